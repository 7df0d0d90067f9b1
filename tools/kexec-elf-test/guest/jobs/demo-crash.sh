# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Load the user's kernel for a crash, print where it goes, and crash. The capture kernel saves
# /proc/vmcore: whole, and filtered in two formats.
if captured; then
	mount_save
	cp /proc/vmcore /tmp/save/vmcore && echo "@saved"
	# -d 31 minus 8, user pages: makedumpfile 1.7.8 takes parts of slabs for them
	tool makedumpfile -E -d 23 /proc/vmcore /tmp/save/dump.elf && echo "@saved-elf"
	tool makedumpfile -l -d 23 /proc/vmcore /tmp/save/dump && echo "@saved-compressed"
	umount /tmp/save
else
	load_crash kernel -d 2>/tmp/out >/dev/null
	echo "@kexec $?"
	tail -n 1 /tmp/out | sed 's/^/@said /'
	print_dmesg
	hostname "$(arg token)"
	crash
fi
