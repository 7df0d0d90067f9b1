// SPDX-License-Identifier: GPL-2.0
/*
 * arch/arm64/kernel/kexec_place.c, on any memory: holes and failures come as they like
 *
 * BOUND: N parts, and three holes.
 */
#include "proof.h"
#include "arch/arm64/kernel/kexec_place.h"

struct resource crashk_res;
unsigned int sim_page_shift;
static struct kernel_layout layout;
static unsigned long had, hole_start, hole_size, next;
static unsigned int nr_holes, nr_parts;
static bool copied;
static struct page *cma;

/* ASSUMPTION: a hole is at a multiple of 2 MiB, at or above buf_min, and below 2^52 */
int kexec_locate_mem_hole(struct kexec_buf *kbuf)
{
	prove(kbuf->mem == KEXEC_BUF_MEM_UNKNOWN && kbuf->buf_align == SZ_2M, "any hole at a multiple of 2 MiB");
	prove(kbuf->memsz >= layout.span && IS_ALIGNED(kbuf->memsz, PAGE_SIZE), "it has room for the span");
	prove(kbuf->image->nr_segments == had, "what was in the hole before has been taken back");
	prove(!nr_holes || kbuf->image->no_cma, "at the second attempt, all is copied");
	prove(!copied || kbuf->buf_min >= hole_start + hole_size, "after that, it is another hole");
	copied = kbuf->image->no_cma;
	if (nr_holes++ == 3 || nondet_bool())
		return nondet_bool() ? -EADDRNOTAVAIL : -ENOMEM;
	kbuf->mem = nondet_size();
	cma = kbuf->cma = !kbuf->image->no_cma && !kbuf->must_copy && nondet_bool() ? malloc(sizeof(*cma) << 40) : NULL;
	assume(IS_ALIGNED(kbuf->mem, SZ_2M) && kbuf->mem >= kbuf->buf_min);
	assume(kbuf->mem < 1UL << 52 && kbuf->memsz <= (1UL << 52) - kbuf->mem);
	hole_start = kbuf->mem;
	hole_size = kbuf->memsz;
	nr_parts = 0;
	return 0;
}

int kexec_add_buffer(struct kexec_buf *kbuf)
{
	const struct kernel_part *part = &layout.parts[nr_parts];

	prove(kbuf->buffer == part->buf && kbuf->bufsz == part->bufsz, "the bytes of the next part");
	prove(kbuf->mem == hole_start + part->offset, "where they belong");
	prove(kbuf->bufsz <= kbuf->memsz && IS_ALIGNED(kbuf->memsz, PAGE_SIZE), "in whole pages");
	prove(!nr_parts || kbuf->mem == next, "without a gap");
	prove(kbuf->cma == (cma ? cma + (part->offset >> PAGE_SHIFT) : NULL), "in their slice of CMA, or not in CMA");
	next = kbuf->mem + kbuf->memsz;
	nr_parts++;
	if (nondet_bool())
		return nondet_bool() ? -EADDRNOTAVAIL : -ENOMEM;
	kbuf->image->nr_segments++;
	return 0;
}

int load_other_segments(struct kimage *image, unsigned long mem, unsigned long size, char *initrd,
			unsigned long initrd_len, char *cmdline)
{
	prove(mem == hole_start && size == hole_size, "the rest goes beside the span");
	prove(nr_parts == layout.nr_parts && next == hole_start + hole_size, "after the kernel, which has all of the span");
	image->nr_segments += 2;
	if (nondet_bool())
		return nondet_bool() ? -EADDRNOTAVAIL : -ENOMEM;
	return 0;
}

void kimage_remove_segments(struct kimage *image, unsigned long nr_segments)
{
	prove(nr_segments <= image->nr_segments, "only what is there is removed");
	image->nr_segments = nr_segments;
}

#include "arch/arm64/kernel/kexec_place.c"

void prove_place(void)
{
	static struct kimage image;
	unsigned int i;
	int ret;

	any_page_size();
	had = nondet_size();
	assume(had <= 8);
	image.nr_segments = had;
	image.type = nondet_bool();
	/* ASSUMPTION: the claims of header.c and loads.c */
	__CPROVER_havoc_object(&layout);
	assume(layout.span && layout.span <= LONG_MAX && layout.text_offset < layout.span);
	assume(layout.nr_parts && layout.nr_parts <= N);
	for (i = 0; i < layout.nr_parts; i++) {
		struct kernel_part *part = &layout.parts[i];

		assume(IS_ALIGNED(part->offset, PAGE_SIZE) && part->bufsz);
		assume(part->bufsz <= layout.span && part->offset <= layout.span - part->bufsz);
		assume(!i || layout.parts[i - 1].offset + layout.parts[i - 1].bufsz <= part->offset);
	}
	ret = kexec_place_kernel(&image, &layout, NULL, 0, NULL);
	if (ret) {
		prove(ret == -EADDRNOTAVAIL || ret == -ENOMEM, "errno");
		prove(image.nr_segments == had, "on failure, the image has what it had");
		return;
	}
	reach("placed");
	prove(image.nr_segments == had + layout.nr_parts + 2, "all segments are there");
	prove(image.start == hole_start + layout.text_offset && layout.text_offset < hole_size, "entered in the span");
}
