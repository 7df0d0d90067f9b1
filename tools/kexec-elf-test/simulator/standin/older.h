/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stand-in for headers that only older Linux includes: up to 7.2, it prepares the ELF core
 * headers in arch/arm64 (simulated in system.c).
 */
#ifndef STANDIN_OLDER_H
#define STANDIN_OLDER_H

#include "system.h"

/* linux/overflow.h */
#define struct_size(p, member, n)	(sizeof(*(p)) + (n) * sizeof((p)->member[0]))

/* linux/crash_core.h */
int crash_prepare_elf64_headers(struct crash_mem *mem, int need_kernel_map,
				void **addr, unsigned long *sz);
static inline int crash_exclude_mem_range(struct crash_mem *mem,
					  unsigned long long start,
					  unsigned long long end)
{
	return 0;
}

#endif
