// SPDX-License-Identifier: GPL-2.0
/*
 * What the arm64 kexec_file loaders share
 *
 * A loader says what its format is: the kernel's parts, all relative to the
 * 2 MiB-aligned base. Here the header that every arm64 kernel carries is
 * checked, and a base is found at which the kernel and all that goes with it
 * have room.
 */

#define pr_fmt(fmt)	"kexec_file: " fmt

#include <linux/align.h>
#include <linux/cpufeature.h>
#include <linux/errno.h>
#include <linux/ioport.h>
#include <linux/kernel.h>
#include <linux/kexec.h>
#include <linux/overflow.h>
#include <linux/sizes.h>
#include <linux/string.h>
#include <asm/boot.h>
#include <asm/byteorder.h>
#include <asm/image.h>
#include <asm/insn.h>

#include "kexec_place.h"

static bool page_size_supported(u64 flag)
{
	switch (flag) {
	case ARM64_IMAGE_FLAG_PAGE_SIZE_4K:
		return system_supports_4kb_granule();
	case ARM64_IMAGE_FLAG_PAGE_SIZE_16K:
		return system_supports_16kb_granule();
	case ARM64_IMAGE_FLAG_PAGE_SIZE_64K:
		return system_supports_64kb_granule();
	default:	/* not specified */
		return true;
	}
}

/**
 * kexec_check_image_header - check that a kernel can be booted here
 * @h:		The header, at the kernel's entry.
 * @kernel:	On success, text_offset and span are set to what @h asks for.
 *
 * The rules are those of Documentation/arch/arm64/booting.rst. As the
 * bootloader of the next kernel, say what is wrong: it could not.
 *
 * Return: 0, -ENOEXEC if @h is not the header of a kernel that can be loaded,
 * or -EINVAL if it is, but this CPU lacks what the kernel needs.
 */
int kexec_check_image_header(const struct arm64_image_header *h,
			     struct kexec_kernel *kernel)
{
	u64 text_offset = le64_to_cpu(h->text_offset);
	u64 image_size = le64_to_cpu(h->image_size);
	u64 flags = le64_to_cpu(h->flags);
	u32 code0 = le32_to_cpu(h->code0);
	u32 code1 = le32_to_cpu(h->code1);
	u64 pages, span;
	bool be;

	if (memcmp(&h->magic, ARM64_IMAGE_MAGIC, sizeof(h->magic))) {
		pr_err("no Image header at the entry point: magic is 0x%08x\n",
		       le32_to_cpu(h->magic));
		return -ENOEXEC;
	}

	if (!image_size) {
		pr_err("image_size is 0: Linux before v3.17, or not Linux\n");
		return -ENOEXEC;
	}

	if (!aarch64_insn_is_b(code0) && !aarch64_insn_is_b(code1)) {
		pr_err("neither code0 (0x%08x) nor code1 (0x%08x) is a branch\n",
		       code0, code1);
		return -ENOEXEC;
	}

	if (text_offset >= image_size) {
		pr_err("text_offset 0x%llx is not below image_size 0x%llx\n",
		       text_offset, image_size);
		return -ENOEXEC;
	}

	/* Segments are made of whole pages, so _text must begin one. */
	if (!IS_ALIGNED(text_offset, PAGE_SIZE)) {
		pr_err("text_offset 0x%llx is not a multiple of the page size 0x%lx\n",
		       text_offset, PAGE_SIZE);
		return -ENOEXEC;
	}

	/* Below LONG_MAX, rounding up to pages cannot overflow later on. */
	if (check_add_overflow(text_offset, image_size, &span) ||
	    span > LONG_MAX) {
		pr_err("text_offset 0x%llx and image_size 0x%llx overflow\n",
		       text_offset, image_size);
		return -ENOEXEC;
	}

	be = arm64_image_flag_field(flags, ARM64_IMAGE_FLAG_BE);
	if (be != IS_ENABLED(CONFIG_CPU_BIG_ENDIAN) &&
	    !system_supports_mixed_endian()) {
		pr_err("built for %s-endian, which this CPU does not have\n",
		       be ? "big" : "little");
		return -EINVAL;
	}

	pages = arm64_image_flag_field(flags, ARM64_IMAGE_FLAG_PAGE_SIZE);
	if (!page_size_supported(pages)) {
		/* The encoding is 1 for 4K, 2 for 16K and 3 for 64K. */
		pr_err("built for %uK pages, which this CPU does not have\n",
		       1U << (2 * pages));
		return -EINVAL;
	}

	kernel->text_offset = text_offset;
	kernel->span = span;
	return 0;
}

static int add_parts(struct kimage *image, const struct kexec_kernel *kernel,
		     unsigned long base)
{
	unsigned int i;

	for (i = 0; i < kernel->nr_parts; i++) {
		const struct kexec_part *part = &kernel->parts[i];
		struct kexec_buf kbuf = {
			.image	= image,
			.buffer	= part->buf,
			.bufsz	= part->bufsz,
			.mem	= base + part->offset,
			.memsz	= part->memsz,
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

/* Where the kernel is entered, and what it uses but no part covers */
static void set_kernel(struct kimage *image, const struct kexec_kernel *kernel)
{
	const struct kexec_part *last = &kernel->parts[kernel->nr_parts - 1];
	unsigned long end = last->offset + PAGE_ALIGN(last->memsz);

	image->start = image->span_start + kernel->text_offset;
	image->arch.bss_mem = image->span_start + end;
	image->arch.bss_memsz = image->span_size - end;
}

/*
 * Of a crashkernel region, one wants to know what size would do. It begins with
 * the kernel and its initrd; device tree and ELF core headers share the last
 * 2 MiB.
 */
static void say_no_room(const struct kimage *image, unsigned long span,
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
 * kexec_place_kernel - find room for a kernel and for what goes with it
 * @image:	The image to which the segments are added.
 * @kernel:	The kernel. Its buffers must live until the segments are loaded.
 * @initrd:	The initrd, or NULL.
 * @initrd_len:	Size of @initrd in bytes.
 * @cmdline:	The command line, or NULL.
 *
 * The lowest hole for the kernel's span need not leave room for the rest, such
 * as an initrd within reach (booting.rst, section 2): then the next one is
 * tried. On failure @image has the segments it had before.
 *
 * Return: 0, -EADDRNOTAVAIL if there is no such hole, or the error of whatever
 * else failed.
 */
int kexec_place_kernel(struct kimage *image, const struct kexec_kernel *kernel,
		       char *initrd, unsigned long initrd_len, char *cmdline)
{
	const unsigned long nr_segments = image->nr_segments;
	struct kexec_buf hole = {
		.image		= image,
		.mem		= KEXEC_BUF_MEM_UNKNOWN,
		.memsz		= kernel->span,
		.buf_align	= MIN_KIMG_ALIGN,
		.buf_max	= ULONG_MAX,
	};
	bool found = false;
	int ret;

	for (ret = kexec_add_span(&hole); !ret; ret = kexec_next_span(&hole)) {
		found = true;
		kexec_dprintk("Kernel span at 0x%lx size=0x%lx text_offset=0x%lx\n",
			      hole.mem, hole.memsz, kernel->text_offset);

		ret = add_parts(image, kernel, hole.mem);
		if (!ret)
			ret = load_other_segments(image, hole.mem, hole.memsz,
						  initrd, initrd_len, cmdline);
		if (!ret) {
			set_kernel(image, kernel);
			return 0;
		}

		kimage_remove_segments(image, nr_segments);
		if (ret != -EADDRNOTAVAIL)
			break;
	}

	kimage_remove_span(image);

	/* Of other errors, whoever failed has told. */
	if (ret != -EADDRNOTAVAIL)
		return ret;

	say_no_room(image, hole.memsz, initrd_len, found);
	return ret;
}
