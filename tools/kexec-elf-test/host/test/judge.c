// SPDX-License-Identifier: GPL-2.0
/*
 * What must hold of every load. The rules are those of booting.rst, and the
 * ones of Documentation/arch/arm64/kexec-vmlinux.rst.
 */

#include "judge.h"

const struct kimage *judged_image(unsigned long flags)
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

bool judged_in_cma(const struct machine *m, const struct kimage *image)
{
	return within(m->cma, image->span_start, image->span_size);
}

/* May something be there when the new kernel starts? */
static bool usable(const struct machine *m, const struct kimage *image,
		   unsigned long start, unsigned long size)
{
	if (image->type == KEXEC_TYPE_CRASH)
		return within(m->crash, start, size);
	return machine_has(start, size) || within(m->cma, start, size);
}

static const char *judge_places(const struct machine *m, const struct kimage *image)
{
	unsigned long base = image->span_start, span = image->span_size;

	if (!IS_ALIGNED(base, SZ_2M))
		return "base is not 2 MiB-aligned";
	if (!usable(m, image, base, span))
		return "the span is not in free RAM";
	if (image->start < base || image->start >= base + span)
		return "the entry is not in the span";

	for (unsigned long i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *s = &image->segment[i];
		struct area own = { base, span };

		if (!IS_ALIGNED(s->mem, PAGE_SIZE) || !IS_ALIGNED(s->memsz, PAGE_SIZE))
			return "a segment is not page-aligned";
		if (s->bufsz > s->memsz)
			return "a segment has bufsz above memsz";
		if (!usable(m, image, s->mem, s->memsz))
			return "a segment is not in free RAM";
		if (overlap(s->mem, s->memsz, base, span) &&
		    !within(own, s->mem, s->memsz))
			return "a segment is half in the span";
		for (unsigned long j = 0; j < i; j++)
			if (overlap(s->mem, s->memsz, image->segment[j].mem,
			    image->segment[j].memsz))
				return "segments overlap";
	}
	return NULL;
}

static bool is_destination(const struct kimage *image, unsigned long at)
{
	if (overlap(at, PAGE_SIZE, image->span_start, image->span_size))
		return true;
	for (unsigned long i = 0; i < image->nr_segments; i++)
		if (overlap(at, PAGE_SIZE, image->segment[i].mem, image->segment[i].memsz))
			return true;
	return false;
}

/* What the jump itself needs must survive it */
static const char *judge_pages(const struct kimage *image)
{
	const kimage_entry_t *entry = &image->head;
	struct page *page;
	unsigned long to = 0;

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

/* What the device tree says, and whether that is so; after the jump */
static const char *judge_dtb(const struct load *load, const struct kimage *image)
{
	const void *fdt = phys_to_virt(image->arch.dtb_mem);
	unsigned long base = image->span_start, dtb = image->arch.dtb_mem, start, end;
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
		return "initrd: one too many, or none";
	if (load->initrd) {
		start = fdt64_to_cpu(*from);
		end = fdt64_to_cpu(*to);
		if (end - start != load->initrd_len ||
		    memcmp(phys_to_virt(start), load->initrd, load->initrd_len))
			return "the initrd is not where the device tree says";
		if (end > round_down(base, SZ_1G) + 32 * SZ_1G || start < base)
			return "the initrd is out of the kernel's reach";
	}

	if (image->type == KEXEC_TYPE_CRASH)
		if (!fdt_getprop(fdt, chosen, "linux,elfcorehdr", &len) ||
		    !fdt_getprop(fdt, chosen, "linux,usable-memory-range", &len))
			return "the crash kernel is not told what it may use";
	return NULL;
}

/* What the new kernel finds is what its Image would have left there */
static const char *judge_contents(const struct kimage *image, const struct elfview *view)
{
	unsigned long base = image->span_start;
	unsigned long filled = PAGE_ALIGN(view->end), last = 0;

	if (image->span_size != PAGE_ALIGN(view->span))
		return "the span has not the right size";
	if (image->start != base + view->text_offset)
		return "the entry is not at text_offset";
	if (memcmp(phys_to_virt(base + view->first), view->bytes,
	    view->end - view->first))
		return "the kernel has other bytes than its file";

	for (unsigned long i = 0; i < image->nr_segments; i++)
		if (overlap(image->segment[i].mem, 1, base, image->span_size))
			last = max(last, image->segment[i].mem + image->segment[i].memsz);
	if (last != base + filled)
		return "the kernel's segments end elsewhere than its bytes";
	if (image->arch.bss_mem != base + filled ||
	    image->arch.bss_memsz != image->span_size - filled)
		return "BSS is not the rest of the span";
	return NULL;
}

const char *judge_loaded(const struct machine *m, const struct load *load,
			 const struct elfview *view)
{
	const struct kimage *image = judged_image(load->flags);
	const char *wrong;

	if (!image)
		return "nothing is loaded";
	if (counters.nr_said)
		return "it is loaded with a complaint";
	wrong = judge_places(m, image);
	if (!wrong)
		wrong = judge_pages(image);
	if (wrong)
		return wrong;

	machine_jump(image);
	wrong = judge_dtb(load, image);
	if (!wrong && view)
		wrong = judge_contents(image, view);
	return wrong;
}

const char *judge_empty(void)
{
	if (kexec_image || kexec_crash_image)
		return "something is loaded";
	if (counters.live)
		return "allocations have not been freed";
	if (counters.pages)
		return "pages have not been freed";
	if (counters.cma)
		return "CMA pages have not been freed";
	return NULL;
}

bool model_has_hole(const struct machine *m, unsigned long span, bool crash)
{
	phys_addr_t start, end;

	for (u64 i = 0; crash ? !i : sim_free_range(i, &start, &end); i++) {
		if (crash) {
			start = m->crash.start;
			end = start + m->crash.size;
		}
		for (u64 at = ALIGN(start, SZ_2M); at < end; at += SZ_2M)
			if (span <= end - at)
				return true;
	}
	return false;
}
