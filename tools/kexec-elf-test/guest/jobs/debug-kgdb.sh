# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Boot vmlinux, load a module, and enter kgdb: by sysrq-g, or before if the first kernel has the argument
# "wait". Set the host name over and over until a debugger changes the sysctl "panic".
if [ "$hop" = 0 ]; then
	wait=$(arg wait)
	kexec -s -l /mnt/vmlinux --initrd=/mnt/initrd --append="$(next kgdboc=ttyS0,115200 ${wait:+kgdbwait})"
	[ "$wait" ] && echo "@attach"
	kexec -e
fi
insmod /mnt/lkdtm.ko || echo "@no-module"
if [ "$(cat /proc/sys/kernel/panic)" != 4711 ]; then
	echo 1 >/proc/sys/kernel/panic
	echo "@attach"
	echo g >/proc/sysrq-trigger
fi
until_debugged 300
