# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Crash as kind= names it, by LKDTM or by lack of memory. The capture kernel saves a compressed dump.
if captured; then
	mount_save
	tool makedumpfile -l -d 23 /proc/vmcore /tmp/save/dump && echo "@saved"
	umount /tmp/save
	return
fi
load_crash kernel
echo "@loaded $(cat /sys/kernel/kexec_crash_loaded)"
hostname "$(arg token)"
# There is no clock, and makedumpfile takes 0 for an error
date -s 2026-11-30 >/dev/null
mount -t debugfs debug /sys/kernel/debug 2>/dev/null
cd /sys/kernel/debug/provoke-crash || return
kind=$(arg kind)
case $kind in
HUNG_TASK)
	# It waits in state D, and another task crashes
	sh -c 'echo HUNG_TASK >DIRECT' &
	sleep 0.5
	echo "@crash"
	echo c >/proc/sysrq-trigger ;;
OOM)
	echo 2 >/proc/sys/vm/panic_on_oom
	echo "@crash"
	tail /dev/zero ;;
*)
	echo "@crash"
	echo "$kind" >DIRECT ;;
esac
