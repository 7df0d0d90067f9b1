/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stand-in for the kernel's headers, so that the arm64 kexec_file loaders and
 * kernel/kexec_elf.c compile for the host as they are. The Makefile makes every
 * header that they include lead here; asm/image.h is the kernel's own.
 *
 * Simulated, in machine.c: memory and its holes, the page size and features of
 * the CPU, kmalloc() and vmalloc() (counted, and made to fail), pr_err().
 * Not simulated: the hole finding of kernel/kexec_file.c, the device tree.
 */
#ifndef STANDIN_H
#define STANDIN_H

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <linux/elf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef __u8 u8;
typedef __u32 u32;
typedef __u64 u64;

/* asm/page.h: a variable, so that one binary is a kernel of any page size */
extern unsigned long sim_page_size;
#define PAGE_SIZE		sim_page_size

/* linux/align.h, minmax.h, overflow.h, sizes.h, err.h, kconfig.h */
#define ALIGN_DOWN(x, a)	((x) & ~((typeof(x))(a) - 1))
#define ALIGN(x, a)		ALIGN_DOWN((x) + (a) - 1, a)
#define IS_ALIGNED(x, a)	(((x) & ((typeof(x))(a) - 1)) == 0)
#define PAGE_ALIGN(x)		ALIGN(x, PAGE_SIZE)
#define max(a, b)		((a) > (b) ? (a) : (b))
#define max_t(type, a, b)	max((type)(a), (type)(b))
#define check_add_overflow(a, b, d)	__builtin_add_overflow(a, b, d)
#define SZ_2M			0x200000UL
#define MIN_KIMG_ALIGN		SZ_2M
#define ERR_PTR(e)		((void *)(long)(e))
#define PTR_ERR(p)		((long)(p))
#define IS_ERR(p)		((unsigned long)(p) >= (unsigned long)-4095)
#define IS_ENABLED(x)		0	/* CONFIG_CPU_BIG_ENDIAN: a little-endian host */

/* asm/byteorder.h */
#define le16_to_cpu		le16toh
#define le32_to_cpu		le32toh
#define le64_to_cpu		le64toh
#define be16_to_cpu		be16toh
#define be32_to_cpu		be32toh
#define be64_to_cpu		be64toh

/* linux/elf.h and asm/elf.h of arm64 */
#define elfhdr			elf64_hdr
#define elf_phdr		elf64_phdr
#define elf_shdr		elf64_shdr
#define ELF_CLASS		ELFCLASS64
#define elf_check_arch(x)	((x)->e_machine == EM_AARCH64)

/* asm/insn.h, asm/cpufeature.h */
#define aarch64_insn_is_b(x)	(((x) & 0xfc000000) == 0x14000000)
bool system_supports_4kb_granule(void);
bool system_supports_16kb_granule(void);
bool system_supports_64kb_granule(void);
bool system_supports_mixed_endian(void);

/* linux/printk.h: what is said is kept for the test to look at */
void said(const char *fmt, ...) __attribute__((format(gnu_printf, 1, 2)));
#define pr_err(fmt, ...)	said(pr_fmt(fmt), ##__VA_ARGS__)
#define pr_debug(fmt, ...)	do { if (0) said(fmt, ##__VA_ARGS__); } while (0)
#define kexec_dprintk		pr_debug

/* linux/slab.h, vmalloc.h */
#define GFP_KERNEL		0
#define __GFP_ZERO		0
#define __GFP_NOWARN		0
void *sim_alloc(size_t size);
void sim_free(const void *p);
#define kzalloc(size, gfp)		sim_alloc(size)
#define kzalloc_obj(obj)	((typeof(obj) *)sim_alloc(sizeof(obj)))
#define kvmalloc_array(n, size, gfp)	sim_alloc((n) * (size))
#define __vmalloc(size, gfp)		sim_alloc(size)
#define kfree			sim_free
#define kvfree			sim_free
#define vfree			sim_free

/* linux/mm.h, pfn.h */
unsigned long totalram_pages(void);
#define PFN_UP(x)		(PAGE_ALIGN(x) / PAGE_SIZE)

/* linux/sort.h */
#define sort(base, n, size, cmp, swap)	qsort(base, n, size, cmp)

/* linux/kexec.h: of struct kimage, what the loaders use */
#define KEXEC_SEGMENT_MAX	16
#define KEXEC_BUF_MEM_UNKNOWN	ULONG_MAX

struct kexec_segment {
	void *kbuf;
	size_t bufsz;
	unsigned long mem;
	size_t memsz;
};

struct kimage {
	unsigned long start;
	unsigned long nr_segments;
	struct kexec_segment segment[KEXEC_SEGMENT_MAX];
	unsigned long span_start;
	unsigned long span_size;
	struct {
		unsigned long bss_mem;
		unsigned long bss_memsz;
	} arch;
};

struct kexec_buf {
	struct kimage *image;
	void *buffer;
	unsigned long bufsz;
	unsigned long mem;
	unsigned long memsz;
	unsigned long buf_align;
	unsigned long buf_min;
	unsigned long buf_max;
	bool top_down;
};

struct kexec_file_ops {
	int (*probe)(const char *buf, unsigned long len);
	void *(*load)(struct kimage *image, char *kernel, unsigned long len,
		      char *initrd, unsigned long initrd_len,
		      char *cmdline, unsigned long cmdline_len);
	int (*cleanup)(void *loader_data);
};

extern const struct kexec_file_ops kexec_image_ops, kexec_elf_ops;

struct kexec_elf_info {
	const char *buffer;
	const struct elfhdr *ehdr;
	const struct elf_phdr *proghdrs;
};

int kexec_build_elf_info(const char *buf, size_t len, struct elfhdr *ehdr,
			 struct kexec_elf_info *elf_info);
void kexec_free_elf_info(struct kexec_elf_info *elf_info);
int kexec_elf_probe(const char *buf, unsigned long len);
int kexec_elf_load(struct kimage *image, struct elfhdr *ehdr,
		   struct kexec_elf_info *elf_info, struct kexec_buf *kbuf,
		   unsigned long *lowest_load_addr);
int kexec_add_buffer(struct kexec_buf *kbuf);
int kexec_add_span(struct kexec_buf *kbuf);
int kexec_next_span(struct kexec_buf *kbuf);
void kimage_remove_segments(struct kimage *image, unsigned long nr_segments);
void kimage_remove_span(struct kimage *image);
int load_other_segments(struct kimage *image, unsigned long kernel_load_addr,
			unsigned long kernel_size, char *initrd,
			unsigned long initrd_len, char *cmdline);

#endif
