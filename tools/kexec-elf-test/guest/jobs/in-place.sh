# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# A chain of kernels that are loaded where they run, the last one with KEXEC_FILE_NO_CMA. Before that,
# over and over: does the page allocator get its pages back?
case $hop in
0)	kexec-file-load --times 2 /mnt/k1 /mnt/initrd x >/dev/null
	kexec-file-load /mnt/k1 /mnt/half x >/dev/null
	before=$(free_kib)
	echo "@times $(kexec-file-load --times 1000 /mnt/k1 /mnt/initrd x)"
	for _ in $(seq 20); do
		kexec-file-load /mnt/k1 /mnt/half x
	done >/tmp/half
	echo "@half $(uniq /tmp/half)"
	sleep 1
	echo "@lost $((before - $(free_kib)))"
	echo "@isolated $(awk '/zone.*type *Isolate/ { lines++; for (i = 7; i <= NF; i++) n += $i }
		END { print (lines ? n + 0 : "unknown") }' /proc/pagetypeinfo)"
	load k1 -d >/dev/null 2>&1 ;;
1)	load k2 -d >/dev/null 2>&1 ;;
2)	kexec-file-load --no-cma /mnt/k3 /mnt/initrd "$(next)" >/dev/null ;;
3)	return ;;
esac
print_dmesg
kexec -e
