/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Shared by the arm64 kexec_file loaders: the checks of the Image header, and
 * the placement of a kernel in memory.
 */
#ifndef __KEXEC_PLACE_H
#define __KEXEC_PLACE_H

#include <linux/kexec.h>
#include <asm/image.h>

/**
 * struct kernel_part - a part of the kernel that becomes one segment
 * @buf:	Its bytes, in the file or in @bounce.
 * @bufsz:	Number of bytes in @buf. The segment is zero from there on, up
 *		to the next part or the end of the span.
 * @offset:	Where it goes, in bytes from base. A multiple of PAGE_SIZE.
 * @bounce:	Buffer to be freed with vfree(), or NULL if @buf points into the
 *		file.
 */
struct kernel_part {
	void *buf;
	size_t bufsz;
	unsigned long offset;
	void *bounce;
};

/**
 * struct kernel_layout - a kernel to be placed, relative to its base
 * @text_offset:	Distance from base to the Image header, which is where
 *			the kernel is entered, in bytes.
 * @span:		Number of bytes from base that the kernel owns: up to
 *			text_offset + image_size.
 * @nr_parts:		Number of @parts.
 * @parts:		The parts, in ascending order and disjoint. They tile
 *			the span from the first one on.
 *
 * Base is the 2 MiB-aligned address of Documentation/arch/arm64/booting.rst.
 */
struct kernel_layout {
	unsigned long text_offset;
	unsigned long span;
	unsigned int nr_parts;
	struct kernel_part parts[KEXEC_SEGMENT_MAX];
};

int kexec_check_image_header(const struct arm64_image_header *h,
			     struct kernel_layout *layout);
int kexec_place_kernel(struct kimage *image, const struct kernel_layout *layout,
		       char *initrd, unsigned long initrd_len, char *cmdline);

#endif /* __KEXEC_PLACE_H */
