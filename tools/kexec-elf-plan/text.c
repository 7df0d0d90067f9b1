// SPDX-License-Identifier: GPL-2.0
/* The plan for a terminal */

#include <string.h>

#include "plan.h"

#define WIDTH	64

static const struct {
	char letter;
	const char *name;
} kinds[PLAN_NR_KINDS] = {
	[PLAN_FREE]		= { '.', "free" },
	[PLAN_RESERVED]		= { '#', "reserved" },
	[PLAN_CRASH]		= { 'c', "crashkernel" },
	[PLAN_PART]		= { 'K', "kernel" },
	[PLAN_GAP]		= { '0', "gap (zero)" },
	[PLAN_BSS]		= { 'b', "BSS" },
	[PLAN_INITRD]		= { 'I', "initrd" },
	[PLAN_DTB]		= { 'D', "device tree" },
	[PLAN_ELFCOREHDR]	= { 'E', "elfcorehdr" },
};

char plan_letter(enum plan_kind kind)
{
	return kinds[kind].letter;
}

const char *plan_kind_name(enum plan_kind kind)
{
	return kinds[kind].name;
}

const char *plan_size(uint64_t n)
{
	static char buf[8][32];
	static unsigned int next;
	char *s = buf[next++ % 8];

	if (n >= 1UL << 30)
		snprintf(s, sizeof(buf[0]), "%.4g GiB", n / (double)(1UL << 30));
	else if (n >= 1UL << 20)
		snprintf(s, sizeof(buf[0]), "%.4g MiB", n / (double)(1UL << 20));
	else if (n >= 1UL << 10)
		snprintf(s, sizeof(buf[0]), "%.4g KiB", n / (double)(1UL << 10));
	else
		snprintf(s, sizeof(buf[0]), "%lu bytes", n);
	return s;
}

bool plan_clip(const struct plan_region *r, uint64_t start, uint64_t size,
	       uint64_t *from, uint64_t *to)
{
	if (r->start + r->size <= start || r->start >= start + size)
		return false;
	*from = r->start > start ? r->start - start : 0;
	*to = r->start + r->size - start;
	if (*to > size)
		*to = size;
	return true;
}

static bool is_loaded(const struct plan_region *r)
{
	return r->kind != PLAN_RESERVED && r->kind != PLAN_CRASH;
}

/*
 * The region that a column of @size bytes from @start shows: of the loaded ones, the one with the
 * most bytes there; else the crashkernel region or a reserved region that fills half of it.
 */
static const struct plan_region *shown(const struct plan *p, uint64_t start, double size)
{
	const struct plan_region *best = NULL;
	double most = 0;

	for (unsigned int i = 0; i < p->nr_regions; i++) {
		const struct plan_region *r = &p->regions[i];
		uint64_t from, to;

		if (!plan_clip(r, start, size < 1 ? 1 : size, &from, &to) ||
		    (!is_loaded(r) && (to - from < size / 2 || (best && is_loaded(best)))))
			continue;
		if (!best || to - from > most || is_loaded(r) > is_loaded(best)) {
			best = r;
			most = to - from;
		}
	}
	return best;
}

/* To scale. A loaded region without a column gets one of a neighbour that has several. */
static void bar(const struct plan *p, uint64_t start, uint64_t size, FILE *out)
{
	const struct plan_region *columns[WIDTH];
	const double width = (double)size / WIDTH;
	char map[WIDTH + 1] = "";

	for (unsigned int c = 0; c < WIDTH; c++)
		columns[c] = shown(p, start + (uint64_t)(c * width), width);
	for (unsigned int i = 0; i < p->nr_regions; i++) {
		const struct plan_region *r = &p->regions[i];
		uint64_t from, to;
		int c, near;

		if (!is_loaded(r) || !plan_clip(r, start, size, &from, &to))
			continue;
		for (c = 0; c < WIDTH && columns[c] != r; c++)
			;
		if (c < WIDTH)
			continue;
		near = from / width;
		for (int d = 0; d < 4 && c == WIDTH; d++) {
			c = near + (d % 2 ? (d + 1) / 2 : -d / 2);
			if (c < 0 || c >= WIDTH || (columns[c] && is_loaded(columns[c]) &&
			    !(c && columns[c - 1] == columns[c]) &&
			    !(c + 1 < WIDTH && columns[c + 1] == columns[c])))
				c = WIDTH;
		}
		if (c < WIDTH)
			columns[c] = r;
	}
	for (unsigned int c = 0; c < WIDTH; c++)
		map[c] = plan_letter(columns[c] ? columns[c]->kind : PLAN_FREE);
	fprintf(out, "  0x%012lx  %s  %s\n", start, map, plan_size(size));
}

static void legend(FILE *out)
{
	fprintf(out, "  %12s   ", "");
	for (int k = 0; k < PLAN_NR_KINDS; k++)
		fprintf(out, "%s%c %s", k ? ", " : "", kinds[k].letter, kinds[k].name);
	fprintf(out, "\n");
}

static void kernel(const struct plan_kernel *k, FILE *out)
{
	if (!k->known) {
		fprintf(out, "%s: not a kernel for arm64, or a damaged one\n", k->name);
		return;
	}
	fprintf(out, "%s: %s, Linux %s\n", k->name, k->elf ? "vmlinux" : "Image",
		k->release[0] ? k->release : "of unknown release");
	fprintf(out, "  build-id %s\n", k->build_id[0] ? k->build_id : "none");
	if (k->page_kib)
		fprintf(out, "  %s-endian, %uK pages", k->big_endian ? "big" : "little", k->page_kib);
	else
		fprintf(out, "  %s-endian, page size not specified",
			k->big_endian ? "big" : "little");
	fprintf(out, ", text_offset 0x%lx, image_size 0x%lx (%s)\n", k->text_offset,
		k->image_size, plan_size(k->image_size));
	for (unsigned int i = 0; i < k->nr_loads; i++)
		fprintf(out, "  PT_LOAD %s at base + 0x%07lx: 0x%lx bytes in the file, 0x%lx in memory\n",
			k->loads[i].flags, k->loads[i].offset, k->loads[i].filesz,
			k->loads[i].memsz);
}

void plan_text(const struct plan *p, FILE *out)
{
	kernel(&p->kernel, out);
	if (p->error) {
		fprintf(out, "refused: %s, %s\n", strerrorname_np(p->error),
			strerror(p->error));
		for (const char *s = p->said, *end; *s; s = end) {
			end = strchrnul(s, '\n');
			fprintf(out, "  %.*s\n", (int)(end - s), s);
			end += *end == '\n';
		}
		if (p->cure)
			fprintf(out, "  %s\n", p->cure);
		return;
	}

	fprintf(out, "\nMemory, to scale:\n");
	for (unsigned int i = 0; i < p->nr_ram; i++)
		bar(p, p->ram[i].start, p->ram[i].size, out);
	fprintf(out, "The kernel's span, to scale:\n");
	bar(p, p->base, p->span, out);
	legend(out);

	fprintf(out, "\n  %-14s  %-14s  %12s\n", "from", "to", "");
	for (unsigned int i = 0; i < p->nr_regions; i++) {
		const struct plan_region *r = &p->regions[i];

		if (r->kind == PLAN_RESERVED || r->kind == PLAN_CRASH)
			break;
		fprintf(out, "  0x%012lx  0x%012lx  %12s  %s\n", r->start,
			r->start + r->size - 1, plan_size(r->size), r->name);
	}
	fprintf(out, "  base 0x%lx, span 0x%lx (%s), entered at 0x%lx\n", p->base, p->span,
		plan_size(p->span), p->entry);

	fprintf(out, "\nCost: %s read, %lu pages of %s allocated, %s copied at the jump%s\n",
		plan_size(p->bytes_read), p->pages, plan_size(p->page_size),
		p->bytes_copied ? plan_size(p->bytes_copied) : "nothing",
		p->crash ? " (a crash kernel is in place)" :
		p->in_place ? " (the kernel is in CMA, in place)" :
		p->can_stay ? ", or nothing if that memory is free" : "");
}
