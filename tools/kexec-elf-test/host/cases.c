// SPDX-License-Identifier: GPL-2.0
/* How a case is judged: what is in memory, or why it was refused. */

#include <stdio.h>

#include "cases.h"

unsigned int nr_tests, nr_failed;

void ok(bool good, const char *name)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++nr_tests, name);
	if (!good) {
		nr_failed++;
		printf("# said: %s\n", machine.said);
	}
}

void reset(void)
{
	sim_page_size = 4096;
	machine = (struct machine) {
		.ram_start = RAM, .ram_end = RAM + 0x40000000UL
	};
}

/* base + this is where PT_LOAD @i goes */
static uint64_t offset_of(const struct vmlinux *v, unsigned int i)
{
	uint64_t e = v->entry ? v->entry : KIMAGE_VADDR + v->text_offset;

	for (unsigned int j = 0; j < v->nr_loads; j++)
		if (e - v->loads[j].vaddr < v->loads[j].filesz)
			return v->loads[i].paddr - (e - v->loads[j].vaddr +
			       v->loads[j].paddr) + v->text_offset;
	abort();
}

/*
 * Do the segments of @image leave in memory what the Image of @v would: the
 * PT_LOADs' bytes, zeroes between them, nothing of BSS?
 */
bool memory_right(const struct vmlinux *v, const struct kimage *image)
{
	unsigned long span = image->span_size, base = image->span_start;
	unsigned long first = span, end = 0, filled = 0;
	uint8_t *want = calloc(1, span), *have = malloc(span);
	bool good = true;

	memset(have, 0xaa, span);
	for (unsigned int i = 0; i < v->nr_loads; i++) {
		unsigned long at = v->loads[i].filesz ? offset_of(v, i) : 0;

		for (uint64_t b = 0; b < v->loads[i].filesz; b++)
			want[at + b] = vmlinux_byte(v, i, b);
		if (v->loads[i].filesz) {
			first = at < first ? at : first;
			end = max(end, at + v->loads[i].filesz);
		}
	}

	for (unsigned long i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *s = &image->segment[i];

		good &= IS_ALIGNED(s->mem, sim_page_size);
		good &= IS_ALIGNED(s->memsz, sim_page_size);
		good &= s->bufsz <= s->memsz;
		good &= s->mem >= base + filled;	/* ascending, disjoint */
		good &= s->mem + s->memsz <= base + span;
		if (!good)
			break;
		memcpy(have + s->mem - base, s->kbuf, s->bufsz);
		memset(have + s->mem - base + s->bufsz, 0, s->memsz - s->bufsz);
		filled = s->mem + s->memsz - base;
	}

	good &= IS_ALIGNED(base, SZ_2M);
	good &= image->start == base + v->text_offset;
	good &= filled == PAGE_ALIGN(end);	/* no page for BSS */
	good &= image->arch.bss_mem == base + filled;
	good &= image->arch.bss_memsz == span - filled;
	good &= first <= end && !memcmp(have + first, want + first, end - first);
	free(want);
	free(have);
	return good;
}

void accepted(const struct vmlinux *v, unsigned int nr_segments,
	      unsigned long span, const char *name)
{
	struct kimage image;
	size_t len;
	void *file = vmlinux_make(v, &len);
	int ret = load(&image, file, len);
	bool good = !ret && !machine.nr_said &&
		    image.nr_segments == nr_segments &&
		    image.span_size == PAGE_ALIGN(span) &&
		    machine.other_addr == image.span_start &&
		    machine.other_size == image.span_size &&
		    memory_right(v, &image);

	if (!good)
		printf("# errno %d, %lu segments, span 0x%lx\n", ret,
		       image.nr_segments, image.span_size);
	if (!ret)
		unload(&image);
	ok(good && !machine.nr_live, name);
	free(file);
	reset();
}

void refused_file(void *file, size_t len, int error, const char *why,
		  const char *name)
{
	struct kimage image;
	int ret = load(&image, file, len);
	bool good = ret == error && machine.nr_said == 1 &&
		    strstr(machine.said, why) && !image.nr_segments &&
		    !image.span_size && !machine.nr_live;

	if (!good)
		printf("# errno %d, %u messages, %ld allocations left\n", ret,
		       machine.nr_said, machine.nr_live);
	if (!ret)
		unload(&image);
	ok(good, name);
	free(file);
	reset();
}

void refused(const struct vmlinux *v, int error, const char *why,
	     const char *name)
{
	size_t len;
	void *file = vmlinux_make(v, &len);

	refused_file(file, len, error, why, name);
}

void add_load(struct vmlinux *v, uint64_t at, uint64_t filesz, uint64_t memsz)
{
	uint64_t addr = KIMAGE_VADDR + v->text_offset + at;

	v->loads[v->nr_loads++] = (struct pt_load) { addr, addr, filesz, memsz };
}
