#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: all
# kernels: NEWEST-16k-secure
# packages: qemu-efi-aarch64
# A machine booted by UEFI and described by ACPI; the EFI stub starts the first
# kernel

. "$(dirname "$0")/tap.sh"

use_linux "$NEWEST-16k-secure"
new_disk chain
kernel k1 "$BUILD/vmlinux"
kernel k2 "$BUILD/arch/arm64/boot/Image"
kernel k3 "$BUILD/vmlinux"
guest -t 240 uefi "" -M virt -cpu neoverse-n1 -smp 2 -m 1G \
	-drive if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd

# The firmware passes no device tree: the EFI stub of the first kernel puts UEFI into one
like "$(<"$console")" "UEFI firmware" "the firmware starts the first kernel"
for i in 0 1 2 3; do
	like "$(fact $i efi)" "^EFI v2" "kernel $i knows the machine's UEFI"
	like "$(fact $i acpi)" "^[1-9]" "... and its ACPI tables"
	[ $i = 0 ] || booted $i k$i "... and is the $([ $i = 2 ] && echo Image || echo vmlinux) that was loaded"
done
is "$(fact 3 cpus)" 2 "... with both CPUs"
nothing_misplaced "no kernel finds itself misplaced"

done_testing
