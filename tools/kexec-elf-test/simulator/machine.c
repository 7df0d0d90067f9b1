// SPDX-License-Identifier: GPL-2.0
/* Physical memory, its free ranges, and the CPU. */

#include <err.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine.h"
#include "memory.h"

struct machine machine;
static struct area free_ranges[2 * MAX_RANGES + 4];
static unsigned int nr_free_ranges;
static struct area written[KEXEC_SEGMENT_MAX];
static unsigned int nr_written;

struct counters counters;
unsigned int sim_page_shift = 12;
char *sim_memory;
struct page *sim_pages;
int memory_fd = -1;

#define SMALL	(8 * SZ_2M)

bool system_supports_4kb_granule(void) { return !machine.no_4k; }
bool system_supports_16kb_granule(void) { return !machine.no_16k; }
bool system_supports_64kb_granule(void) { return !machine.no_64k; }
bool system_supports_mixed_endian(void) { return !machine.no_mixed_endian; }
int security_locked_down(int what) { return machine.locked_down ? -EPERM : 0; }

void sim_say(const char *fmt, ...)
{
	size_t used = strlen(counters.said);
	const char *error = strstr(fmt, "%pe");
	va_list ap;

	/* verify_pefile.c warns about each Image, signatures required or not */
	if (!strncmp(fmt, "PEFILE: ", 8))
		return;
	counters.nr_said++;
	va_start(ap, fmt);
	if (error) {
		/* The kernel's conversion for ERR_PTR(), of which there is one */
		snprintf(counters.said + used, sizeof(counters.said) - used, "%.*s-%s%s",
			 (int)(error - fmt), fmt,
			 strerrorname_np(-PTR_ERR(va_arg(ap, void *))), error + 3);
		va_end(ap);
		return;
	}
	vsnprintf(counters.said + used, sizeof(counters.said) - used, fmt, ap);
	va_end(ap);
}

void sim_hint(const char *fmt, ...)
{
}

static void *reserve(unsigned long size, int flags, int fd)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_NORESERVE, fd, 0);

	if (p == MAP_FAILED)
		err(1, "cannot reserve 0x%lx bytes of addresses", size);
	return p;
}

void machine_init(unsigned long limit)
{
	/* A file, so that vmap() can map a page once more */
	memory_fd = memfd_create("memory", MFD_CLOEXEC);
	if (memory_fd < 0 || ftruncate(memory_fd, limit))
		err(1, "no file for memory");
	sim_memory = reserve(limit, MAP_SHARED, memory_fd);
	sim_pages = reserve((limit >> 12) * sizeof(struct page), MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

struct machine machine_default(void)
{
	return (struct machine) {
		.ram = { { SZ_1G, SZ_1G } },
		.nr_ram = 1,
		.page_shift = 12,
		.alloc_from = SZ_1G + SZ_1G / 2,
	};
}

/* Take one area out of the free ranges */
static void take(struct area a)
{
	unsigned int i, n = nr_free_ranges;

	for (i = 0; i < n && a.size; i++) {
		struct area *f = &free_ranges[i];
		unsigned long f_end = f->start + f->size, end = a.start + a.size;

		if (end <= f->start || a.start >= f_end)
			continue;
		f->size = a.start > f->start ? a.start - f->start : 0;
		if (end < f_end && nr_free_ranges == ARRAY_SIZE(free_ranges))
			abort();
		if (end < f_end)
			free_ranges[nr_free_ranges++] =
				(struct area) { end, f_end - end };
	}
}

static int cmp_area(const void *a, const void *b)
{
	const struct area *l = a, *r = b;

	return l->start < r->start ? -1 : l->start > r->start;
}

unsigned long totalram_pages(void)
{
	unsigned long n = 0;

	for (unsigned int i = 0; i < machine.nr_ram; i++)
		n += machine.ram[i].size >> PAGE_SHIFT;
	return n;
}

void machine_wrote(const struct kimage *image)
{
	for (nr_written = 0; nr_written < image->nr_segments; nr_written++)
		written[nr_written] = (struct area) { image->segment[nr_written].mem,
						      image->segment[nr_written].memsz };
}

/*
 * A page from the machine before may not look like a page that is loaded now. A small
 * one keeps its pages: to fault them in costs more than a load. Those that are allocated are
 * dirtied then.
 */
static void forget(void)
{
	unsigned long at;
	unsigned int i;

	if (totalram_pages() << PAGE_SHIFT <= SMALL) {
		for (i = 0; i < nr_written; i++)
			for (at = 0; at < written[i].size; at += PAGE_SIZE)
				*(char *)phys_to_virt(written[i].start + at) = DIRT;
	} else {
		for (i = 0; i < machine.nr_ram; i++)
			fallocate(memory_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				  machine.ram[i].start, machine.ram[i].size);
	}
	nr_written = 0;
}

void machine_set(const struct machine *m)
{
	unsigned int i, n = 0;

	forget();
	machine = *m;
	sim_page_shift = m->page_shift;
	counters = (struct counters) { };
	alloc_reset();
	crashk_res = (struct resource) {
		.start = m->crash.start,
		.end = m->crash.start + m->crash.size - 1,
	};

	memcpy(free_ranges, m->ram, m->nr_ram * sizeof(m->ram[0]));
	nr_free_ranges = m->nr_ram;
	for (i = 0; i < m->nr_reserved; i++)
		take(m->reserved[i]);
	take(m->crash);
	take(m->cma);
	for (i = 0; i < nr_free_ranges; i++)
		if (free_ranges[i].size)
			free_ranges[n++] = free_ranges[i];
	nr_free_ranges = n;
	qsort(free_ranges, n, sizeof(free_ranges[0]), cmp_area);
}

void machine_dirty_crash(void)
{
	memset(phys_to_virt(machine.crash.start), DIRT, min(machine.crash.size, 4 * SZ_64K));
}

static bool get_range(const struct area *a, unsigned int n, u64 i,
		      phys_addr_t *start, phys_addr_t *end)
{
	if (i >= n)
		return false;
	*start = a[i].start;
	*end = a[i].start + a[i].size;
	return true;
}

bool sim_free_range(u64 i, phys_addr_t *start, phys_addr_t *end)
{
	return get_range(free_ranges, nr_free_ranges, i, start, end);
}

bool sim_ram_range(u64 i, phys_addr_t *start, phys_addr_t *end)
{
	return get_range(machine.ram, machine.nr_ram, i, start, end);
}

/* The lowest free address from @from on that so much memory fits at, or -1 */
unsigned long first_fit(unsigned long from, unsigned long size)
{
	for (unsigned int i = 0; i < nr_free_ranges; i++) {
		struct area *f = &free_ranges[i];
		unsigned long at = ALIGN(max(from, f->start), size);

		if (at >= f->start && at + size <= f->start + f->size)
			return at;
	}
	return -1;
}

u64 sim_nr_free_ranges(void)
{
	return nr_free_ranges;
}

bool machine_has(unsigned long start, unsigned long size)
{
	for (unsigned int i = 0; i < nr_free_ranges; i++)
		if (start >= free_ranges[i].start &&
		    start - free_ranges[i].start < free_ranges[i].size &&
		    size <= free_ranges[i].size - (start - free_ranges[i].start))
			return true;
	return false;
}
