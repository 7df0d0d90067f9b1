/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The machine that the loaders run on, as a value. What is not said is what
 * machine_default() says: 1 GiB at 0x40000000, a CPU that has everything.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <linux/kexec.h>

#define MAX_RANGES	512

/* Physical memory, in bytes */
struct area {
	unsigned long start, size;
};

struct machine {
	struct area ram[MAX_RANGES], reserved[MAX_RANGES];
	unsigned int nr_ram, nr_reserved;
	struct area crash, cma;		/* size 0: none; reserved, both of them */
	unsigned int page_shift;	/* of the kernel that runs */
	bool no_4k, no_16k, no_64k, no_mixed_endian;
	bool locked_down;		/* takes no kernel without a signature */
	unsigned long alloc_from;	/* where free pages are taken from */
	long fail_alloc;		/* the allocation that fails, from 1; 0: none */
};

/* What a call of kexec_file_load(2) gets. An @initrd of NULL is none. */
struct load {
	const void *kernel, *initrd;
	size_t kernel_len, initrd_len;
	const char *cmdline;
	unsigned long flags;
};

/* What has been counted since the machine was set up */
struct counters {
	long allocs;		/* kmalloc(), vmalloc(), alloc_pages(), CMA */
	long live, pages, cma;	/* of those, what has not been freed */
	unsigned long bytes_read;	/* from files */
	unsigned long copied;	/* bytes, by machine_jump() */
	unsigned int nr_said;
	char said[2048];	/* pr_err() and pr_warn() */
};

extern struct counters counters;

/* The system call of kernel/kexec_file.c */
long sys_kexec_file_load(int kernel_fd, int initrd_fd, unsigned long cmdline_len,
			 const char *cmdline, unsigned long flags);

/* So much physical memory can be simulated, in bytes: call it once, first */
void machine_init(unsigned long limit);

struct machine machine_default(void);

/* Set it up, with nothing loaded. Memory is not zero when it is handed out. */
void machine_set(const struct machine *m);

/* Make the system call. Returns 0 or an errno; what is loaded is in kexec_image
 * or kexec_crash_image.
 */
int machine_load(const struct load *load);
void machine_unload(void);

/* Nor is the crashkernel region, where a kernel is put that is not big */
void machine_dirty_crash(void);

/* Copy the segments to where they go, as arm64_relocate_new_kernel does. The
 * bytes are at phys_to_virt() then.
 */
void machine_jump(const struct kimage *image);

/* Is all of it RAM that is not reserved? */
bool machine_has(unsigned long start, unsigned long size);

/* Whose signature it is; the kernel knows the first two */
enum signer {
	SIGNER_SECONDARY = 1, SIGNER_PLATFORM, SIGNER_UNKNOWN,
};

/* Put at @to what scripts/sign-file would append to @data: so many bytes */
#define SIGNATURE_LEN	64
void machine_sign(void *to, const void *data, size_t len, enum signer signer);

/* For the device tree that the machine was booted with: where it is */
#define DTB_SIZE	4096

#endif
