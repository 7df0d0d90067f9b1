# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC2154
# Load a kernel and unload it: does CMA get its pages back? Then boot it.
cma_free() { cat /sys/kernel/mm/cma/reserved/available_pages; }

[ "$hop" = 0 ] || return
before=$(cma_free)
load k1 -d >/dev/null 2>&1
print_dmesg
kexec -s -u
echo "@kept $((before - $(cma_free)))"
load k1
kexec -e
