# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Load the user's kernel, print where it goes, and boot it
if [ "$hop" = 0 ]; then
	kexec -s -d -l /mnt/kernel --initrd=/mnt/initrd \
		--append="$(cat /mnt/append)" 2>/tmp/out >/dev/null
	echo "@kexec $?"
	tail -n 1 /tmp/out | sed 's/^/@said /'
	print_dmesg
	kexec -e
fi
