# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Load kernels over and over, and with an initrd too large: does CMA get its pages back?
cma_free() { cat /sys/kernel/mm/cma/reserved/available_pages; }

[ "$hop" = 0 ] || return
kexec-file-load --times 2 /mnt/k1 /mnt/initrd x >/dev/null
before=$(cma_free)
times=1000
for k in k1 k2; do
	echo "@$k-times $(kexec-file-load --times $times /mnt/$k /mnt/initrd x) $((before - $(cma_free)))"
	echo "@$k-half $(kexec-file-load --times 2 /mnt/$k /mnt/half x) $((before - $(cma_free)))"
	times=100
done
load k1
before=$(cma_free)
kexec-file-load /mnt/k2 /mnt/half x
echo "@loaded $((before - $(cma_free)))"
kexec -e
