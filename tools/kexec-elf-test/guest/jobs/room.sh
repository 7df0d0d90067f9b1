# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Without room=, print the place of k1 and the reserved memory. With room=N, load it with an initrd of
# N + 1 bytes, and then of N.
[ "$hop" = 0 ] || return
room=$(arg room)
if [ ! "$room" ]; then
	if [ "$(arg copy)" ]; then
		load_copied /mnt/k1 - >/dev/null
	else
		kexec -s -d -l /mnt/k1 --append=none >/dev/null 2>&1
	fi
	print_dmesg
	sed 's/^/@iomem /' /proc/iomem
	return
fi
cp /mnt/initrd /tmp/initrd
no_cma=$([ ! "$(arg copy)" ] || echo --no-cma)
truncate -s $((room + 1)) /tmp/initrd
# shellcheck disable=SC2086 # perhaps none
try one-more $no_cma /mnt/k1 /tmp/initrd "$(next)"
truncate -s "$room" /tmp/initrd
# shellcheck disable=SC2086
try just $no_cma /mnt/k1 /tmp/initrd "$(next)"
kexec -e
