/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stand-in for the headers that are about the language and the C library:
 * linux/{types,kernel,align,minmax,overflow,err,string,sort,...}.h. Nothing is
 * simulated here, this is the same in user space.
 */
#ifndef STANDIN_BASE_H
#define STANDIN_BASE_H

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <linux/elf.h>
#include <linux/kconfig.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;
typedef u64 phys_addr_t;

/* linux/compiler.h, linkage.h, init.h, module.h */
#define __user
#define __percpu
#define __init
#define __force
#undef __counted_by		/* New headers of user space have one */
#define __counted_by(x)
#define asmlinkage
#define EXPORT_SYMBOL_GPL(x)
#define late_initcall(x)	static inline void x##_is_not_called(void) { (void)x; }
#define subsys_initcall		late_initcall

/* linux/cleanup.h: a class is a struct, and its constructor */
#define __free(name)		__attribute__((cleanup(sim_free_##name)))
#define CLASS(name, var)	struct name var = sim_get_##name
#define guard(name)		(void)

/* linux/kernel.h, align.h, minmax.h, math.h, overflow.h */
#define ARRAY_SIZE(x)		(sizeof(x) / sizeof((x)[0]))
#define ALIGN_DOWN(x, a)	((x) & ~((typeof(x))(a) - 1))
#define ALIGN(x, a)		ALIGN_DOWN((x) + (typeof(x))(a) - 1, a)
#define IS_ALIGNED(x, a)	(((x) & ((typeof(x))(a) - 1)) == 0)
#define round_down		ALIGN_DOWN
#define round_up		ALIGN
#define max(a, b)		((a) > (b) ? (a) : (b))
#define min(a, b)		((a) < (b) ? (a) : (b))
#define max_t(type, a, b)	max((type)(a), (type)(b))
#define min_t(type, a, b)	min((type)(a), (type)(b))
#define DIV_ROUND_UP(n, d)	(((n) + (d) - 1) / (d))
#define check_add_overflow(a, b, d)	__builtin_add_overflow(a, b, d)
#define array_size(a, b)	((a) * (b))
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#define READ_ONCE(x)		(x)
#define WRITE_ONCE(x, v)	((x) = (v))
#define unlikely(x)		(x)
#define WARN_ON(x)		({ if (x) abort(); 0; })
#define BUG_ON(x)		do { if (x) abort(); } while (0)
#define xchg(p, v)		({ typeof(*(p)) old_ = *(p); *(p) = (v); old_; })
#define sort(base, n, size, cmp, swap)	qsort(base, n, size, cmp)

/* linux/sizes.h, bits.h */
#define SZ_64K			0x10000UL
#define SZ_2M			0x200000UL
#define SZ_1G			0x40000000UL
#define BITS_PER_LONG		64

/* linux/errno.h, err.h */
#define ENOTSUPP		524
#define MAX_ERRNO		4095
#define ERR_PTR(e)		((void *)(long)(e))
#define PTR_ERR(p)		((long)(p))
#define IS_ERR(p)		((unsigned long)(p) >= (unsigned long)-MAX_ERRNO)
#define IS_ERR_OR_NULL(p)	(!(p) || IS_ERR(p))

/* asm/byteorder.h */
#define le16_to_cpu		le16toh
#define le32_to_cpu		le32toh
#define le64_to_cpu		le64toh
#define be16_to_cpu		be16toh
#define be32_to_cpu		be32toh
#define be64_to_cpu		be64toh
#define cpu_to_be32		htobe32
#define cpu_to_be64		htobe64
#define be32_to_cpup(p)		be32toh(*(p))

/* linux/list.h: the version of the tree for user space */
struct list_head {
	struct list_head *next, *prev;
};

struct hlist_head {
	struct hlist_node *first;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

/* linux/printk.h: pr_err() and pr_warn() append to counters.said */
void sim_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void sim_hint(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#define KBUILD_MODNAME		"kexec"
#ifndef pr_fmt
#define pr_fmt(fmt)		fmt
#endif
#define pr_err(fmt, ...)	sim_say(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn			pr_err
#define pr_notice(fmt, ...)	sim_hint(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)	sim_hint(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_devel		pr_debug
#define pr_debug(fmt, ...)	do { if (0) sim_hint(fmt, ##__VA_ARGS__); } while (0)

#endif
