# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Load the kernel file= (default: k1) for a crash, print where it goes, and crash, unless only=load.
# The capture kernel prints how much memory it has and, with read=1, reads all of /proc/vmcore.
# With keys=TOKEN, the keys of two encrypted disks are handed to it.
keys=/sys/kernel/config/crash_dm_crypt_keys
if [ "$(arg keys)" ]; then
	mkdir -p /sys/kernel/config
	mount -t configfs config /sys/kernel/config
fi

if captured; then
	ram=0
	for r in $(iomem 'System RAM'); do
		ram=$((ram + 0x${r#*-} - 0x${r%-*} + 1))
	done
	echo "@ram $((ram >> 20))"
	if [ "$(arg read)" ]; then
		echo "@size $(stat -c %s /proc/vmcore)"
		cat /proc/vmcore >/dev/null && echo "@read whole"
	fi
	if [ -e $keys ]; then
		echo yes >$keys/restore
		for key in one two; do
			echo "@$key $(tool keyctl print "$(tool keyctl search @u user disk:$key)")"
		done
	fi
	return
fi
[ "$hop" = 0 ] || return

if [ "$(arg keys)" ]; then
	for key in one two; do
		tool keyctl add logon disk:$key "secret-$key-$(arg keys)" @u >/dev/null
		mkdir $keys/$key
		echo disk:$key >$keys/$key/description
	done
fi
file=$(arg file)
file=${file:-k1}
# Of two regions, the low one is for DMA
echo "@region $(iomem 'Crash kernel' | tail -n 1)"
dmesg -c >/dev/null
load_crash "$file" -d >/dev/null 2>&1
# Without a region, kexec(8) does not ask the kernel
grep -q 'Crash kernel' /proc/iomem || kexec-file-load --crash "/mnt/$file" /mnt/initrd x
echo "@loaded $(cat /sys/kernel/kexec_crash_loaded)"
print_dmesg
[ "$(cat /sys/kernel/kexec_crash_loaded)" = 0 ] || [ "$(arg only)" ] || crash
