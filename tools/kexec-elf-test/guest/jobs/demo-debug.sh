# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Load the user's kernel, print where it goes, and boot it. There, set the host name over and over
# until a debugger changes the sysctl "panic".
if [ "$hop" = 0 ]; then
	load kernel -d 2>/tmp/out >/dev/null
	echo "@kexec $?"
	tail -n 1 /tmp/out | sed 's/^/@said /'
	print_dmesg
	kexec -e
fi
echo 1 >/proc/sys/kernel/panic
echo "@attach"
until_debugged 1000000
