# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Hops that differ in initrd, command line, KASLR and caller
case $hop in
[0-3]) load "k$((hop + 1))" ;;
4)	kexec -s -l /mnt/k5 --append="$(next root=/dev/vda rootfstype=ext2 init=/.kexec-vmlinux/init |
		sed 's/rdinit=[^ ]*//')" ;;
5)	kexec -s -l /mnt/k6 --initrd=/mnt/initrd --reuse-cmdline \
		--append="rdinit=/.kexec-vmlinux/init hop=6" ;;
6)	load k7 --append=""
	kexec -s -l /mnt/k7 --initrd=/mnt/initrd --append="$(next nokaslr)" ;;
7)	# The bare system call, and a file in memory that has no name any more
	cp /mnt/k8 /tmp
	exec 3</tmp/k8
	rm /tmp/k8
	kexec-file-load /proc/self/fd/3 /mnt/initrd "$(next)" ;;
8)	# --reuse-cmdline leaves hop=5 before hop=6
	hop=9
	return ;;
esac
kexec -e
