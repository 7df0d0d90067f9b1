#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: NEWEST-16k
# packages: qemu-efi-aarch64
# A machine booted by UEFI and described by ACPI; the EFI stub starts the first
# kernel

. "$(dirname "$0")/tap.sh"

use_linux "$NEWEST-16k"
new_disk
kernel k1 "$BUILD/vmlinux"
kernel k2 "$BUILD/arch/arm64/boot/Image"
kernel k3 "$BUILD/vmlinux"
cat >"$disk/job" <<'JOB'
[ ! -d /sys/firmware/efi ] || echo "@efi $(dmesg | sed -n 's/.*efi: \(EFI v[0-9.]*\) by .*/\1/p')"
[ ! -d /sys/firmware/acpi ] || echo "@acpi $(ls /sys/firmware/acpi/tables | grep -c .)"
[ "$hop" = 3 ] || {
	load "k$((hop + 1))" -d >/dev/null 2>&1
	said
	kexec -e
}
JOB
SECONDS_MAX=240 guest uefi "" -M virt -cpu neoverse-n1 -smp 2 -m 1G \
	-drive if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd

# The firmware has no device tree of its own for the kernel: what the first one
# knows of UEFI, its EFI stub has told it
like "$(<"$log")" "UEFI firmware" "the firmware starts the first kernel"
for i in 0 1 2 3; do
	like "$(report "$log" $i efi)" "^EFI v2" "kernel $i knows the machine's UEFI"
	like "$(report "$log" $i acpi)" "^[1-9]" "... and its ACPI tables"
	[ $i = 0 ] || booted $i k$i "... and is the $([ $i = 2 ] && echo Image || echo vmlinux) that was loaded"
done
is "$(report "$log" 3 cpus)" 2 "... with both CPUs"
is "$(grep -c '^@firmware-bug' "$log")" 0 "no kernel finds itself misplaced"

done_testing
