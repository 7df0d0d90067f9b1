# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Boot k1. With crash=1, load k2 there for a crash, and crash.
case $hop-$(arg crash) in
0-1)	kexec -s -l /mnt/k1 --initrd=/mnt/initrd --append="$(next crash=1 crashkernel=128M)"
	kexec -e ;;
1-1)	load_crash k2
	crash ;;
*)	chain ;;
esac
