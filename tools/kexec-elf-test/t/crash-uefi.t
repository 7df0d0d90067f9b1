#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels: NEWEST-16k
# packages: qemu-efi-aarch64
# A crash on a machine booted by UEFI and described by ACPI

. "$(dirname "$0")/tap.sh"

use_linux "$NEWEST-16k"
new_crash_disk
kernel k1 "$BUILD/vmlinux"
cat >"$disk/job" <<'JOB'
. /mnt/crash.job
[ ! -d /sys/firmware/efi ] || echo "@efi $(dmesg | sed -n 's/.*efi: \(EFI v[0-9.]*\) by .*/\1/p')"
[ ! -d /sys/firmware/acpi ] || echo "@acpi $(ls /sys/firmware/acpi/tables | grep -c .)"
if captured; then
	echo "@size $(stat -c %s /proc/vmcore)"
	cat /proc/vmcore >/dev/null && echo "@read whole"
	return
fi
[ "$hop" = 0 ] || return
sed -n 's/ *\([0-9a-f]*-[0-9a-f]*\) : Crash kernel$/@region \1/p' /proc/iomem
load_crash k1 -d >/dev/null 2>&1
said
crash
JOB
SECONDS_MAX=240 guest crash-uefi "crashkernel=256M" -M virt -cpu neoverse-n1 -smp 2 -m 1G \
	-drive if=pflash,format=raw,readonly=on,file=/usr/share/AAVMF/AAVMF_CODE.fd
like "$(<"$log")" "UEFI firmware" "the firmware starts the first kernel"
for i in 0 1; do
	like "$(report "$log" $i efi)" "^EFI v2" "kernel $i knows the machine's UEFI"
	like "$(report "$log" $i acpi)" "^[1-9]" "... and its ACPI tables"
done
booted 1 k1 "the vmlinux comes up after a panic"
is "$(in_region "$(base_of 1)" && echo yes)" yes "... in the region"
is "$(strangers)" "" "... with nothing else in its span"
like "$(report "$log" 1 vmcore) $(report "$log" 1 size)" "^ELF [0-9]{9}" "... sees /proc/vmcore"
is "$(report "$log" 1 read)" whole "... and can read all of it"

done_testing
