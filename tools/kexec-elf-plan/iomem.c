// SPDX-License-Identifier: GPL-2.0
/*
 * Read a machine from its /proc/iomem. On arm64, it lists the ranges that
 * memblock has reserved: "reserved", and the kernel's code and data.
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "iomem.h"

static void add(struct area *areas, unsigned int *n, const char *name,
		unsigned long start, unsigned long end)
{
	if (*n == MAX_RANGES)
		errx(1, "%s has more than %d ranges of a kind", name, MAX_RANGES);
	areas[(*n)++] = (struct area) { start, end - start + 1 };
}

static int cmp_area(const void *a, const void *b)
{
	const struct area *l = a, *r = b;

	return l->start < r->start ? -1 : l->start > r->start;
}

/* Ranges within others, and next to each other, as one */
static void merge(struct area *areas, unsigned int *n)
{
	unsigned int kept = 0;

	qsort(areas, *n, sizeof(*areas), cmp_area);
	for (unsigned int i = 0; i < *n; i++) {
		struct area *last = kept ? &areas[kept - 1] : NULL;
		unsigned long end = areas[i].start + areas[i].size;

		if (!last || areas[i].start > last->start + last->size)
			areas[kept++] = areas[i];
		else if (end > last->start + last->size)
			last->size = end - last->start;
	}
	*n = kept;
}

void read_iomem(const char *name, struct machine *m)
{
	FILE *f = fopen(name, "r");
	char line[256], what[128];
	unsigned long start, end;
	bool in_ram = false, zero = false;

	if (!f)
		err(1, "cannot read %s", name);
	m->nr_ram = 0;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, " %lx-%lx : %127[^\r\n]", &start, &end, what) != 3 || end < start)
			errx(1, "%s is no /proc/iomem: \"%.*s\"", name,
			     (int)strcspn(line, "\n"), line);
		zero |= !end;
		if (line[0] != ' ')
			in_ram = !strcmp(what, "System RAM");
		if (line[0] != ' ' && in_ram)
			add(m->ram, &m->nr_ram, name, start, end);
		else if (in_ram && !strcmp(what, "Crash kernel")) {
			/* Of two, the lower one is for DMA (crashkernel=,low) */
			if (m->crash.size)
				add(m->reserved, &m->nr_reserved, name, m->crash.start,
				    m->crash.start + m->crash.size - 1);
			m->crash = (struct area) { start, end - start + 1 };
		} else if (in_ram)
			add(m->reserved, &m->nr_reserved, name, start, end);
	}
	fclose(f);
	qsort(m->ram, m->nr_ram, sizeof(*m->ram), cmp_area);
	for (unsigned int i = 1; i < m->nr_ram; i++)
		if (m->ram[i].start < m->ram[i - 1].start + m->ram[i - 1].size)
			errx(1, "%s: System RAM at 0x%lx overlaps the range before", name,
			     m->ram[i].start);
	merge(m->reserved, &m->nr_reserved);
	if (zero)
		errx(1, "all addresses of %s are 0: read it as root", name);
	if (!m->nr_ram)
		errx(1, "there is no System RAM in %s", name);
}
