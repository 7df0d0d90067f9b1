# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
#
# Load /mnt/kernel in the way that how= names, rounds= times, and print its cost

[ "$hop" = 0 ] || return

# measure holds pages in pipes; while the first does, the lowest are in use for good,
# as on a machine after days of work
ulimit -n 1024
measure hold sleep 99999 &
sleep 1

# The value for most disks. QEMU's disk reports that it rotates and takes 4 MiB at once:
# then Linux reads 8 MiB ahead, which is more than a small kernel.
echo 128 >/sys/block/vda/queue/read_ahead_kb

how=$(arg how)
append="console=ttyAMA0 rdinit=/.kexec-vmlinux/init page_poison=0 nokaslr hop=1"

load_it() { "$@" -l /mnt/kernel --initrd=/mnt/initrd --append="$append"; }
unload() { kexec "$how" -u; }
# count WHAT [NAME]: load it, count, unload it
count()
{
	load_it measure "$1" kexec "$how" | sed "s/@$1/@${2:-$1}/"
	unload
}
drop() { sync; echo 3 >/proc/sys/vm/drop_caches; }
warm() { cat /mnt/kernel /mnt/initrd >/dev/null; }

case $(arg what) in
insn)
	warm
	count insn "first"		# with what is done but once
	for _ in $(seq "$(arg rounds)"); do
		drop
		count insn insn_cold
		warm
		count insn insn_warm
		count syscall insn_syscall
	done
	;;
profile)
	warm
	count syscall "first"
	# The last call that the profile has is this one: to unload it is a call, too
	load_it measure syscall kexec "$how" | sed "s/@syscall/@insn_profiled/"
	;;
memory)
	warm
	count insn "first"
	for _ in $(seq "$(arg rounds)"); do
		count memory
	done
	;;
jump)
	dmesg -c >/dev/null
	# Older versions do not load with -d, but say where all would go
	load_it kexec "$how" -d 2>&1 | sed -n 's/^segment\[[0-9]*\].memsz/@dmesg &/p'
	print_dmesg
	[ "$(cat /sys/kernel/kexec_loaded)" = 1 ] || load_it kexec "$how"
	kexec -e
	;;
esac
