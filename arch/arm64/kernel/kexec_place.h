/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the arm64 kexec_file loaders share: the checks of the Image header, and
 * the placement of a kernel in memory.
 */
#ifndef __KEXEC_PLACE_H
#define __KEXEC_PLACE_H

#include <linux/kexec.h>
#include <asm/image.h>

/**
 * struct kexec_part - one segment of the kernel to be loaded
 * @buf:	Its bytes, in the file or in @bounce.
 * @bufsz:	How many bytes there are in @buf.
 * @memsz:	How many bytes it fills in memory; those past @bufsz are zero.
 * @offset:	Where it goes, in bytes from base. A multiple of PAGE_SIZE.
 * @bounce:	Buffer to be released with vfree(), or NULL when @buf points into
 *		the file.
 */
struct kexec_part {
	void *buf;
	size_t bufsz;
	size_t memsz;
	unsigned long offset;
	void *bounce;
};

/**
 * struct kexec_kernel - a kernel to be placed, relative to its base
 * @text_offset:	Distance from base to the Image header, which is where
 *			the kernel is entered, in bytes.
 * @span:		Bytes from base that the kernel owns, whether a part
 *			covers them or not.
 * @nr_parts:		How many of @parts are in use.
 * @parts:		The parts, in ascending order and disjoint.
 *
 * Base is the 2 MiB-aligned address of Documentation/arch/arm64/booting.rst.
 */
struct kexec_kernel {
	unsigned long text_offset;
	unsigned long span;
	unsigned int nr_parts;
	struct kexec_part parts[KEXEC_SEGMENT_MAX];
};

int kexec_check_image_header(const struct arm64_image_header *h,
			     struct kexec_kernel *kernel);
int kexec_place_kernel(struct kimage *image, const struct kexec_kernel *kernel,
		       char *initrd, unsigned long initrd_len, char *cmdline);

#endif /* __KEXEC_PLACE_H */
