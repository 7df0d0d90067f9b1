/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stand-in for what only older Linux includes: up to 7.2, it prepares the ELF core
 * headers in arch/arm64 (simulated in system.c); up to 6.12 or later, it computes
 * digests for a purgatory with the crypto API (not simulated).
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

/* crypto/hash.h: arm64 has no purgatory */
struct crypto_shash;
struct shash_desc {
	struct crypto_shash *tfm;
};

#define crypto_alloc_shash(name, type, mask)	((struct crypto_shash *)NULL)
#define crypto_free_shash(tfm)			do { } while (0)
#define crypto_shash_descsize(tfm)		0
#define crypto_shash_init(desc)			0
#define crypto_shash_update(desc, data, len)	0
#define crypto_shash_final(desc, digest)	0

#endif
