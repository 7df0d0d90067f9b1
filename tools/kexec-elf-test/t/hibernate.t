#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# suites: all cost
# kernels: NEWEST-hibernate NEWEST-64k
# A machine hibernates and resumes. Hibernation makes its page tables with the functions that make
# kexec's (arch/arm64/mm/trans_pgd.c). The code that writes the old memory back runs on them.

. "$(dirname "$0")/tap.sh"

# hibernate NAME BUILD PAGE-SIZE APPEND QEMU-OPTION...: to a disk, and back. The memory of the machine
# holds a file of random bytes, which is on no disk.
hibernate()
{
	local swap=$test_dir/swap before

	use_linux "$LINUX_VERSION"
	new_disk hibernate
	rm -f "$swap"
	truncate -s 1G "$swap"
	/sbin/mkswap -p "$3" "$swap" >/dev/null 2>&1
	use_linux "$NEWEST-$2"
	make_disk "$disk_dir.img" "$disk_dir"
	for stage in sleep wake; do
		console=$test_dir/$stage.log
		run_guest "$console" 120 0 "$disk_dir.img" "resume=/dev/vdb $4" "${@:5}" \
			-drive "if=none,id=swap,format=raw,file=$swap" -device virtio-blk-device,drive=swap || :
		cp "$console" "$LOGS/check-hibernate-$1-$stage.log"
		read_facts "$console"
		[ $stage = wake ] || before="$(fact 0 token) $(fact 0 hash)$(fact 0 failed)$(fact 0 token-after)"
	done
	like "$before" '^[0-9a-f-]+ [0-9a-f]{64}$' "$1: the machine goes to sleep"
	is "$(fact 0 token-after) $(fact 0 hash-after)" "$before" "... and wakes up with the same memory"
}

hibernate 4k hibernate 4096 "" -M virt -cpu cortex-a57 -smp 2 -m 512M
hibernate rodata hibernate 4096 "rodata=off" -M virt -cpu max,pauth-impdef=on -m 3G
hibernate el2 hibernate 4096 "nokaslr" -M virt,virtualization=on -cpu max,pauth-impdef=on -smp 2 -m 1G
hibernate 64k 64k 65536 "" -M virt -cpu max,pauth-impdef=on -smp 2 -m 1G

done_testing
