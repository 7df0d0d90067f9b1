// SPDX-License-Identifier: GPL-2.0
/* Random machines and files */

#include "random_make.h"

static uint64_t state;

void random_seed(uint64_t seed)
{
	state = seed;
}

/* splitmix64, of public domain */
static uint64_t random_u64(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint64_t random_below(uint64_t n)
{
	return random_u64() % n;
}

void random_fill(void *buf, size_t len)
{
	uint64_t seed = random_u64() | 1;

	for (size_t i = 0; i < len; i++)
		((uint8_t *)buf)[i] = (i + seed) * seed >> 24;
}

bool once_in(uint64_t n)
{
	return !random_below(n);
}

/* As often small as large, from 1 to 2^bits - 1 */
static uint64_t random_size(unsigned int bits)
{
	return 1 + random_below((1UL << (1 + random_below(bits))) - 1);
}

/* Some of @in; no more than @max bytes */
static struct area random_area(struct area in, unsigned long align, unsigned long max)
{
	unsigned long start = ALIGN(in.start + random_below(in.size), align);
	unsigned long size = ALIGN(1 + random_below(max), align);

	if (start + size > in.start + in.size)
		return (struct area) { };
	return (struct area) { start, size };
}

struct machine random_machine(void)
{
	static const unsigned int shifts[] = { 12, 12, 14, 16 };
	struct machine m = {
		.nr_ram = 1 + random_below(4),
		.page_shift = shifts[random_below(4)],
	};
	unsigned long at = once_in(4) ? 0 : random_below(64) << 26;
	unsigned int i, n;

	for (i = 0; i < m.nr_ram; i++) {
		m.ram[i].start = at;
		m.ram[i].size = random_size(14) << 16;
		if (once_in(3))
			m.ram[i].size += SZ_1G;
		at += m.ram[i].size;
		at += once_in(4) ? 32 * SZ_1G : random_below(256) << 21;
	}

	/* Ranges that firmware reserves need not be page-aligned */
	for (i = random_below(8); i; i--)
		m.reserved[m.nr_reserved++] =
			random_area(m.ram[random_below(m.nr_ram)],
				    once_in(2) ? 8 : 0x10000, random_size(28));

	n = random_below(m.nr_ram);
	if (once_in(3))
		m.cma = random_area(m.ram[n], SZ_2M / 2, random_size(27));
	if (once_in(2))
		m.crash = random_area(m.ram[n], SZ_2M, random_size(26));
	if (m.cma.start < m.crash.start + m.crash.size &&
	    m.crash.start < m.cma.start + m.cma.size)
		m.cma.size = 0;
	/* memblock reserves no memory twice */
	for (i = 0; i < m.nr_reserved; i++) {
		struct area *r = &m.reserved[i];

		if ((r->start < m.cma.start + m.cma.size && m.cma.start < r->start + r->size) ||
		    (r->start < m.crash.start + m.crash.size &&
		     m.crash.start < r->start + r->size))
			r->size = 0;
	}

	n = random_below(m.nr_ram);
	m.alloc_from = ALIGN_DOWN(m.ram[n].start + random_below(m.ram[n].size), 1UL << 16);
	m.no_4k = m.page_shift != 12 && once_in(8);
	m.no_16k = m.page_shift != 14 && once_in(8);
	m.no_64k = m.page_shift != 16 && once_in(8);
	m.no_mixed_endian = once_in(4);
	m.lowest_first = once_in(2);
	if (once_in(3))
		m.pinned = random_area(m.ram[n], 0x10000, random_size(28));
	/* A full machine has few free pages, at the end of its memory */
	n = m.nr_ram - 1;
	if (m.ram[n].size > 2 * SZ_2M && once_in(4)) {
		m.alloc_from = m.ram[n].start + m.ram[n].size - SZ_2M;
		m.movable = (struct area) { 0, m.alloc_from };
	} else if (once_in(3)) {
		m.movable = random_area(m.ram[n], 0x10000, random_size(28));
	}
	if (once_in(8))
		m.zone_movable = m.ram[n].start + ALIGN_DOWN(m.ram[n].size / 2, SZ_2M);
	m.unmovable = once_in(16);
	return m;
}

/* Where the next PT_LOAD begins, after @at */
static uint64_t random_gap(uint64_t at)
{
	switch (random_below(5)) {
	case 0:		/* in the page where the one before ends */
		return at + random_below(64);
	case 1:
		return ALIGN(at, 0x1000);
	case 2:
		return ALIGN(at, 0x10000);
	case 3:
		return ALIGN(at, 0x1000) + (random_below(16) << 12);
	default:
		return at + random_size(once_in(32) ? 20 : 14);
	}
}

struct vmlinux random_vmlinux(unsigned int page_shift)
{
	struct vmlinux v = vmlinux_default();
	uint64_t start = KIMAGE_VADDR, at, lma;
	unsigned int i, first;

	v.nr_loads = once_in(4) ? 1 + random_below(40) : 1 + random_below(5);
	v.type = once_in(2) ? ET_EXEC : ET_DYN;
	v.data = once_in(8) ? ELFDATA2MSB : ELFDATA2LSB;
	v.sections = once_in(2);
	v.aligned = once_in(2);
	v.flags = random_below(16);
	if (once_in(4))
		v.text_offset = once_in(2) ? 0x80000 : random_below(40) << page_shift;
	start += v.text_offset;
	lma = once_in(4) ? v.text_offset + (random_below(1UL << 40) << 12) : start;
	/* _text need not begin the PT_LOAD it is in, if base is not above that */
	at = 0;
	if (v.text_offset && once_in(4))
		at = -random_below(v.text_offset);

	for (i = 0; i < v.nr_loads; i++) {
		struct pt_load *p = &v.loads[i];

		p->vaddr = start + at;
		p->paddr = lma + at;
		p->filesz = once_in(8) ? 0 : random_size(once_in(64) ? 18 : 12);
		p->memsz = p->filesz + (once_in(3) ? random_size(16) : 0);
		if (!i)		/* the header, where e_entry will be */
			p->filesz += (start - p->vaddr) + 64;
		p->memsz = max(p->memsz, p->filesz);
		at = random_gap(p->vaddr + p->memsz - start);
	}

	/* A PT_LOAD without memory may have any address */
	for (i = 1; i < v.nr_loads; i++)
		if (!v.loads[i].memsz && once_in(2))
			v.loads[i].paddr = random_below(1UL << 48);

	v.entry = start;
	v.image_size = at;
	if (once_in(4))
		v.image_size += random_size(once_in(32) ? 26 : 18);

	/* In any order */
	for (i = v.nr_loads - 1; i && once_in(2); i--) {
		struct pt_load swap = v.loads[i];

		first = random_below(i + 1);
		v.loads[i] = v.loads[first];
		v.loads[first] = swap;
	}
	v.note = v.nr_loads > 1 && v.loads[1].filesz > 0x200 && once_in(2);
	return v;
}

static void x86(struct vmlinux *v)
{
	v->machine = EM_X86_64;
}

static void rel(struct vmlinux *v)
{
	v->type = ET_REL;
}

static void interp(struct vmlinux *v)
{
	v->interp = true;
}

static void magic(struct vmlinux *v)
{
	v->magic ^= 1U << random_below(32);
}

static void without_size(struct vmlinux *v)
{
	v->image_size = 0;
}

static void no_branch(struct vmlinux *v)
{
	v->code1 = 0xd503201f;
}

static void huge(struct vmlinux *v)
{
	v->image_size = -1 - random_below(1 << 20);
}

static void unaligned(struct vmlinux *v)
{
	v->text_offset |= 8;
	v->image_size |= 1 << 30;
}

static void elsewhere(struct vmlinux *v)
{
	v->text_offset += (1 + random_below(31)) << 16;
}

/* The entry's PT_LOAD has 64 bytes at least */
static void small(struct vmlinux *v)
{
	v->image_size = 1 + random_below(63);
}

static void no_entry(struct vmlinux *v)
{
	v->entry -= 1UL << 40;
}

static void low_base(struct vmlinux *v)
{
	uint64_t lowest = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < v->nr_loads; i++)
		if (v->loads[i].memsz)
			lowest = min(lowest, v->loads[i].paddr);
	for (i = 0; i < v->nr_loads; i++)
		v->loads[i].paddr -= lowest;
	v->text_offset += 1UL << 40;
}

/* A PT_LOAD with bytes in the file; a sound file has at least one */
static struct pt_load *some_load(struct vmlinux *v)
{
	struct pt_load *p;

	do
		p = &v->loads[random_below(v->nr_loads)];
	while (!p->filesz);
	return p;
}

static void overlap(struct vmlinux *v)
{
	struct pt_load p = *some_load(v);

	p.vaddr += 1UL << 41;
	p.paddr += random_below(p.memsz);
	v->loads[v->nr_loads++] = p;
}

static void below(struct vmlinux *v)
{
	struct pt_load p = { .memsz = 1, .vaddr = v->entry + (1UL << 41) };

	/* Base is at or below the entry, as far as text_offset says */
	for (unsigned int i = 0; i < v->nr_loads; i++)
		if (v->entry - v->loads[i].vaddr < v->loads[i].filesz)
			p.paddr = v->loads[i].paddr + v->entry - v->loads[i].vaddr -
				  v->text_offset - 1 - random_below(1 << 20);
	v->loads[v->nr_loads++] = p;
}

static void file_size(struct vmlinux *v)
{
	struct pt_load *p = some_load(v);

	p->memsz = p->filesz - 1;
}

static void not_in_file(struct vmlinux *v)
{
	struct pt_load *p = some_load(v);

	p->filesz = p->memsz = 1UL << (30 + random_below(20));
}

static void wraps(struct vmlinux *v)
{
	struct pt_load *p = some_load(v);

	p->paddr = -1 - random_below(p->memsz);
}

const struct damage damages[] = {
	{ "another machine",	ENOEXEC, "built for machine 62", x86 },
	{ "ET_REL",		ENOEXEC, "Not an ELF executable", rel },
	{ "PT_INTERP",		ENOEXEC, "interpreter", interp },
	{ "magic",		ENOEXEC, "magic is 0x", magic },
	{ "image_size 0",	ENOEXEC, "image_size is 0", without_size },
	{ "no branch",		ENOEXEC, "is a branch", no_branch },
	{ "image_size overflows", ENOEXEC, "overflow", huge },
	{ "text_offset unaligned", ENOEXEC, "is not a multiple of the page size", unaligned },
	{ "another text_offset", ENOEXEC, "is not that of entry point", elsewhere },
	{ "image_size too small", ENOEXEC, "beyond image_size", small },
	{ "entry outside",	ENOEXEC, "in no PT_LOAD", no_entry },
	{ "base below 0",	ENOEXEC, "below text_offset", low_base },
	{ "overlap",		ENOEXEC, "overlaps", overlap },
	{ "below base",		ENOEXEC, "below the kernel's base", below },
	{ "p_filesz > p_memsz",	ENOEXEC, "above p_memsz", file_size },
	{ "not in the file",	ENOEXEC, "not in file", not_in_file },
	{ "wraps around",	ENOEXEC, "wraps around", wraps },
};

const unsigned int nr_damages = ARRAY_SIZE(damages);
