/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The machine that the loaders run on. machine_default() returns a machine with
 * 1 GiB of RAM at 0x40000000 and a CPU that supports all page sizes.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <linux/kexec.h>

#define MAX_RANGES	4096

/* Physical memory, in bytes */
struct area {
	unsigned long start, size;
};

struct machine {
	struct area ram[MAX_RANGES], reserved[MAX_RANGES];
	unsigned int nr_ram, nr_reserved;
	struct area crash, cma;		/* size 0: none; reserved, both of them */
	/* In use: pages that cannot be moved, and pages that can; size 0: none */
	struct area pinned, movable;
	unsigned long zone_movable;	/* where ZONE_MOVABLE begins; 0: nowhere */
	bool unmovable;			/* each attempt to allocate a range fails */
	unsigned int page_shift;	/* of the running kernel */
	bool no_4k, no_16k, no_64k, no_mixed_endian;
	bool locked_down;		/* takes no kernel without a signature */
	unsigned long alloc_from;	/* where free pages are taken from */
	bool lowest_first;		/* a page that was freed comes back by its address; false: the
					 * last freed one comes first
					 */
	long fail_alloc;		/* the allocation that fails, from 1; 0: none */
};

/* The arguments of kexec_file_load(2). An @initrd of NULL is no initrd. */
struct load {
	const void *kernel, *initrd;
	size_t kernel_len, initrd_len;
	const char *cmdline;
	unsigned long flags;
	/* The kernel's bytes from a read on, from 1; 0: they stay as they are */
	const void *kernel_then;
	size_t kernel_then_len;
	unsigned int then;
};

/* The counters since the machine was set up */
struct counters {
	long allocs;		/* kmalloc(), vmalloc(), alloc_pages(), CMA, ranges */
	long live, pages;	/* of those, not freed yet */
	long contig;		/* the same of pages in one piece, in CMA or not */
	long peak;		/* the most pages at one time */
	unsigned long bytes_read;	/* from files */
	unsigned long copied;	/* bytes, by machine_jump() */
	unsigned long in_place;	/* pages that it copied onto themselves */
	unsigned long moved;	/* bytes of pages that were moved for a segment */
	unsigned int contig_tries;	/* calls of alloc_contig_range() */
	unsigned int maps;	/* calls of vmap(): a file is read to where it runs */
	bool contig_failed;	/* the allocation that was to fail was one of these */
	unsigned int nr_said;
	char said[2048];	/* pr_err() and pr_warn() */
};

extern struct counters counters;

/* The system call of kernel/kexec_file.c */
long sys_kexec_file_load(int kernel_fd, int initrd_fd, unsigned long cmdline_len,
			 const char *cmdline, unsigned long flags);

/* Reserve addresses for @limit bytes of physical memory. Call once, first, and after fork(). */
void machine_init(unsigned long limit);

struct machine machine_default(void);

/* Set up @m, without a loaded kernel. Allocated memory is not zero. */
void machine_set(const struct machine *m);

/* Make the system call. Returns 0 or an errno; the load is in kexec_image
 * or kexec_crash_image.
 */
int machine_load(const struct load *load);
void machine_unload(void);

/* Fill the beginning of the crashkernel region with bytes that are not zero */
void machine_dirty_crash(void);

/* Copy the segments to where they go, as arm64_relocate_new_kernel does, which also copies
 * a page onto itself. The bytes are at phys_to_virt() then.
 */
void machine_jump(const struct kimage *image);

/* The memory that machine_jump() is about to write to. machine_set() forgets it. */
void machine_wrote(const struct kimage *image);

/* Is all of it RAM that is not reserved? */
bool machine_has(unsigned long start, unsigned long size);

/* Whose signature it is; the kernel knows the first two */
enum signer {
	SIGNER_SECONDARY = 1, SIGNER_PLATFORM, SIGNER_UNKNOWN,
};

/* Write the SIGNATURE_LEN bytes to @to that sign-file appends to @data */
#define SIGNATURE_LEN		80
#define SIGNATURE_MARKER	"~Module signature appended~\n"
void machine_sign(void *to, const void *data, size_t len, enum signer signer);

/*
 * Sign a PE file as sbsign does: write the certificate table, PE_SIGNATURE_LEN bytes, behind
 * the @len bytes of @image, and its place into the header.
 */
#define PE_SIGNATURE_LEN	88
void machine_sign_pe(void *image, size_t len, enum signer signer);

/* The size of the device tree that the machine was booted with */
#define DTB_SIZE	4096

#endif
