# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Boot k1, and set the host name over and over until a debugger changes the sysctl "panic". If there
# is a file "busy", keep each CPU in user space.
[ "$hop" = 0 ] && { load k1; kexec -e; }
echo 1 >/proc/sys/kernel/panic
if [ -e /mnt/busy ]; then
	for cpu in 1 2; do
		taskset $cpu sh -c 'while :; do :; done' &
	done
fi
echo "@attach"
until_debugged 300
