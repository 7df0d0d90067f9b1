# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Boot k1, and restart the machine from there, once: the disk remembers that
mount -o remount,rw /mnt
if [ ! -e /mnt/restarted ]; then
	if [ "$hop" = 0 ]; then
		echo "@load"
		load k1
		echo "@jump"
		kexec -e
	fi
	touch /mnt/restarted
	umount /mnt
	echo "@restart"
	reboot -f
fi
