// SPDX-License-Identifier: GPL-2.0
/*
 * The placement of a kernel in memory, which the arm64 kexec_file loaders share
 *
 * A loader describes the parts of the kernel, relative to the 2 MiB-aligned
 * base. kexec_place_kernel() finds a base at which the kernel, the initrd and
 * the rest have room.
 */

#define pr_fmt(fmt)	"kexec_file: " fmt

#include <linux/align.h>
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/sizes.h>
#include <asm/boot.h>

#include "kexec_place.h"

/*
 * Add a segment for each part. Each reaches to the next one, and the last to
 * the end of the span: code that stays out of segments then stays out of gaps
 * and BSS. If the hole is memory from CMA, each segment has its slice of it.
 */
static int add_parts(const struct kexec_buf *hole,
		     const struct kernel_layout *layout)
{
	unsigned int i;

	for (i = 0; i < layout->nr_parts; i++) {
		const struct kernel_part *part = &layout->parts[i];
		unsigned long end = i + 1 < layout->nr_parts ?
				    part[1].offset : hole->memsz;
		struct kexec_buf kbuf = {
			.image	= hole->image,
			.buffer	= part->buf,
			.bufsz	= part->bufsz,
			.mem	= hole->mem + part->offset,
			.memsz	= end - part->offset,
			.cma	= hole->cma ?
				  hole->cma + PHYS_PFN(part->offset) : NULL,
		};
		int ret;

		ret = kexec_add_buffer(&kbuf);
		if (ret)
			return ret;

		kexec_dprintk("Loaded kernel at 0x%lx bufsz=0x%lx memsz=0x%lx\n",
			      kbuf.mem, kbuf.bufsz, kbuf.memsz);
	}

	return 0;
}

/*
 * A crashkernel region begins with the kernel and its initrd. The device tree
 * and the ELF core headers share the last 2 MiB.
 */
static void report_no_room(const struct kimage *image, unsigned long span,
			   unsigned long initrd_len, bool found)
{
	if (IS_ENABLED(CONFIG_CRASH_DUMP) && image->type == KEXEC_TYPE_CRASH)
		pr_err("the crashkernel region has 0x%llx bytes: kernel (0x%lx bytes), initrd (0x%lx bytes), ELF core headers and device tree take at least 0x%lx\n",
		       crashk_res.end ? resource_size(&crashk_res) : 0,
		       span, initrd_len,
		       ALIGN(span + PAGE_ALIGN(initrd_len), SZ_2M) + SZ_2M);
	else if (found)
		pr_err("no hole of 0x%lx bytes for the kernel leaves room for the initrd (0x%lx bytes) and the device tree\n",
		       span, initrd_len);
	else
		pr_err("no hole of 0x%lx bytes for the kernel\n", span);
}

/**
 * kexec_place_kernel - find room for a kernel, its initrd and the rest
 * @image:	The image to which the segments are added.
 * @layout:	The kernel. Its buffers must live until the segments are loaded.
 * @initrd:	The initrd, or NULL.
 * @initrd_len:	Size of @initrd in bytes.
 * @cmdline:	The command line, or NULL.
 *
 * If the lowest hole for the kernel leaves no room for the rest, such as an
 * initrd within reach (booting.rst, section 2), the next hole is tried. On
 * failure, @image has the segments that it had before.
 *
 * Return: 0, -EADDRNOTAVAIL if there is no such hole, or the error of
 * kexec_add_buffer() or load_other_segments().
 */
int kexec_place_kernel(struct kimage *image, const struct kernel_layout *layout,
		       char *initrd, unsigned long initrd_len, char *cmdline)
{
	const unsigned long nr_segments = image->nr_segments;
	struct kexec_buf hole = {
		.image		= image,
		.mem		= KEXEC_BUF_MEM_UNKNOWN,
		.memsz		= PAGE_ALIGN(layout->span),
		.buf_align	= MIN_KIMG_ALIGN,
		.buf_max	= ULONG_MAX,
		/* No segment would own pages below the first part (before v5.8) */
		.must_copy	= layout->parts[0].offset,
	};
	bool found = false;
	int ret;

	while (!(ret = arch_kexec_locate_mem_hole(&hole))) {
		found = true;
		kexec_dprintk("Kernel span at 0x%lx size=0x%lx text_offset=0x%lx\n",
			      hole.mem, hole.memsz, layout->text_offset);

		ret = add_parts(&hole, layout);
		if (!ret)
			ret = load_other_segments(image, hole.mem, hole.memsz,
						  initrd, initrd_len, cmdline);
		if (!ret) {
			image->start = hole.mem + layout->text_offset;
			return 0;
		}

		kimage_remove_segments(image, nr_segments);
		if (ret != -EADDRNOTAVAIL)
			return ret;

		/*
		 * Segments in place can be in the way of others, and CMA can be
		 * above all holes: try those from the first one on, and copy.
		 */
		if (image->no_cma)
			hole.buf_min = hole.mem + hole.memsz;
		image->no_cma = 1;
		hole.cma = NULL;
		hole.mem = KEXEC_BUF_MEM_UNKNOWN;
	}

	if (ret == -EADDRNOTAVAIL)
		report_no_room(image, hole.memsz, initrd_len, found);

	return ret;
}
