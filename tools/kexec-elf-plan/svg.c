// SPDX-License-Identifier: GPL-2.0
/* The plan as a picture: all of memory, and the kernel's span, each to scale */

#include <string.h>

#include "plan.h"

#define LEFT	150
#define WIDTH	700
#define BAR	34
#define STEP	56

static const char * const colour[PLAN_NR_KINDS] = {
	[PLAN_FREE]		= "#f2f2ee",
	[PLAN_RESERVED]		= "#b5b5ae",
	[PLAN_CRASH]		= "#e3cfa8",
	[PLAN_PART]		= "#2f6db3",
	[PLAN_GAP]		= "#a9c6e8",
	[PLAN_BSS]		= "#d5e4f5",
	[PLAN_INITRD]		= "#4d9a57",
	[PLAN_DTB]		= "#c8553d",
	[PLAN_ELFCOREHDR]	= "#8a5fb0",
};

static const char other_part[] = "#7fa9d9";	/* of the kernel, without text */

static const char *colour_of(const struct plan_region *r)
{
	return r->kind == PLAN_PART && strcmp(r->name, "Image") && strncmp(r->name, "text", 4) ?
	       other_part : colour[r->kind];
}

static void text(FILE *out, double x, double y, const char *class, const char *s)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" class=\"%s\">", x, y, class);
	for (; *s; s++) {
		if (*s == '<' || *s == '&')
			fprintf(out, *s == '<' ? "&lt;" : "&amp;");
		else
			fputc(*s, out);
	}
	fprintf(out, "</text>\n");
}

static void box(FILE *out, double x, double y, double w, const char *fill, const char *title)
{
	/* Each part is visible, however small it is. */
	fprintf(out, "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%d\" fill=\"%s\"><title>%s</title></rect>\n",
		x, y, w < 1.5 ? 1.5 : w, BAR, fill, title);
}

static void bar(const struct plan *p, uint64_t start, uint64_t size, double y, FILE *out)
{
	char s[160];

	snprintf(s, sizeof(s), "0x%lx", start);
	text(out, LEFT - 10, y + BAR / 2 + 4, "address", s);
	text(out, LEFT + WIDTH + 10, y + BAR / 2 + 4, "size", plan_size(size));
	box(out, LEFT, y, WIDTH, colour[PLAN_FREE], "free");
	for (unsigned int i = p->nr_regions; i--;) {
		const struct plan_region *r = &p->regions[i];
		uint64_t from, to;

		if (!plan_clip(r, start, size, &from, &to))
			continue;
		snprintf(s, sizeof(s), "%s, 0x%lx-0x%lx, %s", r->name, r->start,
			 r->start + r->size - 1, plan_size(r->size));
		box(out, LEFT + (double)from * WIDTH / size, y,
		    (double)(to - from) * WIDTH / size, colour_of(r), s);
	}
	fprintf(out, "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%d\" class=\"frame\"/>\n",
		LEFT, y, WIDTH, BAR);
}

void plan_svg(const struct plan *p, FILE *out)
{
	unsigned int rows = 0, height;
	double y = 70;
	char s[256];

	while (rows < p->nr_regions && p->regions[rows].kind != PLAN_RESERVED &&
	       p->regions[rows].kind != PLAN_CRASH)
		rows++;
	height = p->error ? 140 : 172 + (p->nr_ram + 1) * STEP + rows * 22;
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 %u\" width=\"960\" height=\"%u\">\n",
		height, height);
	fprintf(out, "<style>text { font: 13px sans-serif; fill: #222 } .address { text-anchor: end; font-family: monospace }\n"
		".title { font-size: 17px; font-weight: bold } .mono { font-family: monospace }\n"
		".right { text-anchor: end } .frame { fill: none; stroke: #555 }</style>\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n");
	snprintf(s, sizeof(s), "%s: %s %s", p->kernel.name,
		 !p->kernel.known ? "not a kernel for arm64" : p->kernel.elf ?
		 "vmlinux of Linux" : "Image of Linux", p->kernel.release);
	text(out, 20, 28, "title", s);
	snprintf(s, sizeof(s), "build-id %s", p->kernel.build_id[0] ? p->kernel.build_id : "none");
	text(out, 20, 48, "mono", s);

	if (p->error) {
		text(out, 20, y + 20, "title", "refused:");
		snprintf(s, sizeof(s), "%.200s", p->said);
		text(out, 20, y + 44, "mono", s);
		fprintf(out, "</svg>\n");
		return;
	}

	for (unsigned int i = 0; i < p->nr_ram; i++, y += STEP)
		bar(p, p->ram[i].start, p->ram[i].size, y, out);
	/* The span, drawn larger below where it is */
	text(out, 20, y + 14, "", "The kernel's span:");
	y += 26;
	bar(p, p->base, p->span, y, out);
	y += STEP + 6;

	for (unsigned int i = 0; i < rows; i++, y += 22) {
		const struct plan_region *r = &p->regions[i];

		fprintf(out, "<rect x=\"%d\" y=\"%.1f\" width=\"14\" height=\"14\" fill=\"%s\" stroke=\"#555\"/>\n",
			LEFT, y, colour_of(r));
		text(out, LEFT + 24, y + 12, "", r->name);
		snprintf(s, sizeof(s), "0x%012lx - 0x%012lx", r->start, r->start + r->size - 1);
		text(out, LEFT + 190, y + 12, "mono", s);
		text(out, LEFT + 560, y + 12, "right", plan_size(r->size));
	}
	/* Kinds that have no row */
	for (unsigned int k = 0, x = LEFT; k < PLAN_NR_KINDS; k++) {
		if (k != PLAN_FREE && k != PLAN_RESERVED && k != PLAN_CRASH)
			continue;
		fprintf(out, "<rect x=\"%u\" y=\"%.1f\" width=\"14\" height=\"14\" fill=\"%s\" stroke=\"#555\"/>\n",
			x, y, colour[k]);
		text(out, x + 24, y + 12, "", plan_kind_name(k));
		x += 150;
	}
	y += 22;
	snprintf(s, sizeof(s), "%s read, %lu pages allocated, %s copied at the jump",
		 plan_size(p->bytes_read), p->pages,
		 p->bytes_copied ? plan_size(p->bytes_copied) : "nothing");
	text(out, LEFT, y + 20, "", s);
	fprintf(out, "</svg>\n");
}
