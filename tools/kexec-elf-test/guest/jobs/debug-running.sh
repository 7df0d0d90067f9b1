# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Boot k1, and set the host name over and over until a debugger changes the sysctl "panic"
[ "$hop" = 0 ] && { load k1; kexec -e; }
echo 1 >/proc/sys/kernel/panic
echo "@attach"
i=0
while [ $i -lt 300 ] && [ "$(cat /proc/sys/kernel/panic)" = 1 ]; do
	hostname "n$i"
	sleep 0.1
	i=$((i + 1))
done
echo "@panic $(cat /proc/sys/kernel/panic)"
