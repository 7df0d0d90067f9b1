// SPDX-License-Identifier: GPL-2.0
/*
 * The rules for every load. They come from booting.rst, and the
 * ones of Documentation/arch/arm64/kexec-vmlinux.rst.
 */

#include "invariants.h"

const struct kimage *loaded_image(unsigned long flags)
{
	return flags & KEXEC_FILE_ON_CRASH ? kexec_crash_image : kexec_image;
}

static bool within(struct area a, unsigned long start, unsigned long size)
{
	return start >= a.start && size <= a.size && start - a.start <= a.size - size;
}

static bool overlap(unsigned long a, unsigned long a_size,
		    unsigned long b, unsigned long b_size)
{
	return a < b + b_size && b < a + a_size;
}

struct area loaded_span(const struct load *load, const struct kimage *image,
			const struct elfview *view)
{
	const uint8_t *header = load->kernel;
	uint64_t text_offset, image_size;

	if (view) {
		text_offset = view->text_offset;
		image_size = view->image_size;
	} else {	/* an Image */
		memcpy(&text_offset, header + 8, 8);
		memcpy(&image_size, header + 16, 8);
	}
	return (struct area) { image->start - text_offset,
			       PAGE_ALIGN(text_offset + image_size) };
}

bool loaded_in_cma(const struct machine *m, const struct kimage *image)
{
	return within(m->cma, image->start, 1);
}

/* May something be there when the new kernel starts? */
static bool usable(const struct machine *m, const struct kimage *image,
		   unsigned long start, unsigned long size)
{
	if (image->type == KEXEC_TYPE_CRASH)
		return within(m->crash, start, size);
	return machine_has(start, size) || within(m->cma, start, size);
}

#ifdef KEXEC_FILE_NO_CMA
/* The segments that are loaded in place own their pages, and no other pages are kept */
static const char *check_in_place(const struct machine *m, const struct load *load,
				  const struct kimage *image)
{
	unsigned long pages = 0;

	for (unsigned long i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *s = &image->segment[i];

		if (within(m->cma, s->mem, s->memsz) && !image->segment_cma[i])
			return "a segment is in CMA and does not own its pages";
		if (!image->segment_cma[i])
			continue;
		if (image->segment_cma[i] != pfn_to_page(PHYS_PFN(s->mem)))
			return "a segment owns pages elsewhere";
		if (image->type == KEXEC_TYPE_CRASH)
			return "a segment of a crash kernel owns pages";
		if (page_zone(image->segment_cma[i])->idx == ZONE_MOVABLE && !within(m->cma, s->mem, 1))
			return "a segment owns pages of ZONE_MOVABLE";
		pages += s->memsz >> PAGE_SHIFT;
	}
	if (pages != counters.contig)
		return "pages are kept that no segment owns";
	if (pages && load->flags & KEXEC_FILE_NO_CMA)
		return "segments are in place, though all are to be copied";
	return NULL;
}
#else
static const char *check_in_place(const struct machine *m, const struct load *load,
				  const struct kimage *image)
{
	return NULL;
}
#endif

static const char *check_segments(const struct machine *m, const struct kimage *image)
{
	for (unsigned long i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *s = &image->segment[i];

		if (!IS_ALIGNED(s->mem, PAGE_SIZE) || !IS_ALIGNED(s->memsz, PAGE_SIZE))
			return "a segment is not page-aligned";
		if (s->bufsz > s->memsz)
			return "a segment has bufsz above memsz";
		if (!usable(m, image, s->mem, s->memsz))
			return "a segment is not in free RAM";
		for (unsigned long j = 0; j < i; j++)
			if (overlap(s->mem, s->memsz, image->segment[j].mem,
			    image->segment[j].memsz))
				return "segments overlap";
	}
	return NULL;
}

static const char *check_span(const struct machine *m, const struct kimage *image,
			      struct area own)
{
	unsigned long base = own.start, span = own.size;

	if (!IS_ALIGNED(base, SZ_2M))
		return "base is not 2 MiB-aligned";
	if (!usable(m, image, base, span))
		return "the span is not in free RAM";
	if (image->start < base || image->start >= base + span)
		return "the entry is not in the span";

	for (unsigned long i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *s = &image->segment[i];

		if (overlap(s->mem, s->memsz, base, span) &&
		    !within(own, s->mem, s->memsz))
			return "a segment is half in the span";
	}
	return NULL;
}

static bool is_destination(const struct kimage *image, unsigned long at)
{
	for (unsigned long i = 0; i < image->nr_segments; i++)
		if (overlap(at, PAGE_SIZE, image->segment[i].mem, image->segment[i].memsz))
			return true;
	return false;
}

/* The memory that the jump itself needs must survive it */
static const char *check_pages(const struct kimage *image)
{
	const kimage_entry_t *entry = &image->head;
	struct page *page;
	unsigned long to = 0;

	/* The control pages of a crash kernel are in no list */
	if (is_destination(image, page_to_pfn(image->control_code_page) << PAGE_SHIFT))
		return "the control code page is where something goes";
	if (image->vmcoreinfo_data_copy &&
	    is_destination(image, virt_to_phys(image->vmcoreinfo_data_copy)))
		return "vmcoreinfo is where something goes";
	list_for_each_entry(page, &image->control_pages, lru)
		if (is_destination(image, page_to_pfn(page) << PAGE_SHIFT))
			return "a control page is where something goes";

	for (; !(*entry & IND_DONE); entry++) {
		unsigned long at = *entry & PAGE_MASK;

		if (*entry & IND_DESTINATION) {
			to = at;
			continue;
		}
		if (is_destination(image, at) && !(*entry & IND_SOURCE && at == to))
			return "a source page is where something else goes";
		if (*entry & IND_SOURCE)
			to += PAGE_SIZE;
		if (*entry & IND_INDIRECTION)
			entry = (kimage_entry_t *)phys_to_virt(at) - 1;
	}
	return NULL;
}

/* Does @node have a property @name with this address and size? */
static bool has_range(const void *fdt, int node, const char *name, unsigned long start,
		 unsigned long size)
{
	int len;
	const fdt64_t *range = fdt_getprop(fdt, node, name, &len);

	return range && len == 16 && fdt64_to_cpu(range[0]) == start &&
	       fdt64_to_cpu(range[1]) == size;
}

/* After the jump: does the device tree describe the load? */
static const char *check_dtb(const struct machine *m, const struct load *load,
			     const struct kimage *image, unsigned long base)
{
	const void *fdt = phys_to_virt(image->arch.dtb_mem);
	unsigned long dtb = image->arch.dtb_mem, start, end;
	const fdt64_t *from, *to;
	const char *bootargs;
	int chosen, len;

	if (fdt_check_full(fdt, SZ_2M))
		return "there is no device tree";
	if (dtb / SZ_2M != (dtb + fdt_totalsize(fdt) - 1) / SZ_2M)
		return "the device tree crosses a 2 MiB boundary";
	if (dtb < base)
		return "the device tree is below the kernel";
	chosen = fdt_path_offset(fdt, "/chosen");
	bootargs = fdt_getprop(fdt, chosen, "bootargs", NULL);
	if (!load->cmdline != !bootargs || (bootargs && strcmp(bootargs, load->cmdline)))
		return "bootargs are not the command line";

	from = fdt_getprop(fdt, chosen, "linux,initrd-start", &len);
	to = fdt_getprop(fdt, chosen, "linux,initrd-end", &len);
	if (!load->initrd != !from || !from != !to)
		return "the device tree lacks the initrd, or has one too many";
	if (load->initrd) {
		start = fdt64_to_cpu(*from);
		end = fdt64_to_cpu(*to);
		if (end - start != load->initrd_len ||
		    memcmp(phys_to_virt(start), load->initrd, load->initrd_len))
			return "the initrd is not where the device tree says";
		if (end > round_down(base, SZ_1G) + 32 * SZ_1G || start < base)
			return "the initrd is out of the kernel's reach";
	}

	if (image->type == KEXEC_TYPE_CRASH) {
		unsigned long size = 0;

		for (unsigned long i = 0; i < image->nr_segments; i++)
			if (image->segment[i].mem == image->elf_load_addr)
				size = image->segment[i].bufsz;
		if (!size || !has_range(fdt, chosen, "linux,elfcorehdr", image->elf_load_addr, size))
			return "the ELF core headers are not where the device tree says";
		if (!has_range(fdt, chosen, "linux,usable-memory-range", m->crash.start, m->crash.size))
			return "linux,usable-memory-range is not the crashkernel region";
	}
	return NULL;
}

/* The new kernel finds the bytes that its Image would have left there */
static const char *check_contents(const struct kimage *image, const struct elfview *view,
				  struct area own)
{
	unsigned long base = own.start;
	unsigned long at = base + ALIGN_DOWN(view->first, PAGE_SIZE);
	const char *rest = phys_to_virt(base + view->end);
	size_t len = own.size - view->end;

	if (memcmp(phys_to_virt(base + view->first), view->bytes,
	    view->end - view->first))
		return "the kernel has other bytes than its file";
	/* BSS; of a large one, the beginning */
	len = min_t(size_t, len, SZ_2M);
	if (len && (rest[0] || memcmp(rest, rest + 1, len - 1)))
		return "BSS is not zero";

	/* Segments cover each gap and BSS, even if memory is zero before */
	for (unsigned long i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *s = &image->segment[i];

		if (!overlap(s->mem, 1, base, own.size))
			continue;
		if (s->mem != at)
			return "there is a gap between the kernel's segments";
		at += s->memsz;
	}
	if (at != base + own.size)
		return "the kernel's segments end elsewhere than its span";
	return NULL;
}

const char *check_placed(const struct machine *m, const struct load *load)
{
	const struct kimage *image = loaded_image(load->flags);
	const char *wrong;

	if (!image)
		return "nothing is loaded";
	/* Linux reports a malformed signature even where it requires no signature. */
	if (counters.nr_said && !strstr(counters.said, "PKCS#7"))
		return "it is loaded with a complaint";
	wrong = check_segments(m, image);
	if (!wrong)
		wrong = check_in_place(m, load, image);
	if (!wrong)
		wrong = check_pages(image);
	return wrong;
}

const char *check_loaded(const struct machine *m, const struct load *load,
			 const struct elfview *view)
{
	const struct kimage *image = loaded_image(load->flags);
	const char *wrong = check_placed(m, load);
	struct area own;

	if (wrong)
		return wrong;
	own = loaded_span(load, image, view);
	wrong = check_span(m, image, own);
	if (wrong)
		return wrong;

	machine_jump(image);
	wrong = check_dtb(m, load, image, own.start);
	if (!wrong && view)
		wrong = check_contents(image, view, own);
	return wrong;
}

const char *check_nothing_left(void)
{
	if (kexec_image || kexec_crash_image)
		return "something is loaded";
	if (counters.live)
		return "allocations have not been freed";
	if (counters.pages)
		return "pages have not been freed";
	if (counters.contig)
		return "pages in one piece have not been freed";
	return NULL;
}
