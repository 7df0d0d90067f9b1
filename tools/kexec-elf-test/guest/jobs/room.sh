# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Without room=, print where k1 goes and what is reserved. With room=N, load it with an initrd of
# N + 1 bytes, and then of N.
[ "$hop" = 0 ] || return
room=$(arg room)
if [ ! "$room" ]; then
	kexec -s -d -l /mnt/k1 --append=none >/dev/null 2>&1
	print_dmesg
	sed 's/^/@iomem /' /proc/iomem
	return
fi
cp /mnt/initrd /tmp/initrd
truncate -s $((room + 1)) /tmp/initrd
try one-more /mnt/k1 /tmp/initrd "$(next)"
truncate -s "$room" /tmp/initrd
try just /mnt/k1 /tmp/initrd "$(next)"
kexec -e
