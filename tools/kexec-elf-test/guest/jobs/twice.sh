# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Load two kernels, of which the second counts; unload one, and load it again
case $hop in
0)	load k1
	load k2
	kexec -e ;;
1)	load k3
	echo "@loaded $(cat /sys/kernel/kexec_loaded)"
	kexec -s -u
	echo "@unloaded $(cat /sys/kernel/kexec_loaded)"
	kexec -e 2>&1 | sed 's/^/@empty /'
	load k3
	kexec -e ;;
esac
