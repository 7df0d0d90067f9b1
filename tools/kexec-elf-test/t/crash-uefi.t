#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: all crash
# kernels: NEWEST-16k-secure
# packages: qemu-efi-aarch64
# A crash on a machine booted by UEFI and described by ACPI

. "$(dirname "$0")/tap.sh"

use_linux "$NEWEST-16k-secure"
new_disk capture
kernel k1 "$BUILD/vmlinux"
guest -t 240 crash-uefi "crashkernel=256M read=1 carry=read=1" -M virt -cpu neoverse-n1 -smp 2 -m 1G \
	-drive if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd
like "$(<"$console")" "UEFI firmware" "the firmware starts the first kernel"
for i in 0 1; do
	like "$(fact $i efi)" "^EFI v2" "kernel $i knows the machine's UEFI"
	like "$(fact $i acpi)" "^[1-9]" "... and its ACPI tables"
done
booted 1 k1 "the vmlinux comes up after a panic"
holds "... in the region" within "$(base_of 1)" "$(fact 0 region)"
is "$(fact 0 load.strangers)" "" "... with nothing else in its span"
like "$(fact 1 vmcore) $(fact 1 size)" "^ELF [0-9]{9}" "... sees /proc/vmcore"
is "$(fact 1 read)" whole "... and can read all of it"

done_testing
