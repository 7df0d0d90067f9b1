// SPDX-License-Identifier: GPL-2.0
/* Physical memory, what is free of it, the allocators, and the CPU. */

#include <assert.h>
#include <err.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>

#include "machine.h"

static struct machine machine;
static struct area free_ranges[2 * MAX_RANGES + 4];
static unsigned int nr_free_ranges;
static struct area cma_used[KEXEC_SEGMENT_MAX + 1];
static unsigned int nr_cma_used;
static unsigned long next_page;
static bool wrapped;
static struct area written[KEXEC_SEGMENT_MAX];
static unsigned int nr_written;

struct counters counters;
unsigned int sim_page_shift = 12;
char *sim_memory;
struct page *sim_pages;

/* The content of memory before the first write */
#define DIRT	0xaa

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

static void *reserve(unsigned long size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		err(1, "cannot reserve 0x%lx bytes of addresses", size);
	return p;
}

void machine_init(unsigned long limit)
{
	sim_memory = reserve(limit);
	sim_pages = reserve((limit >> 12) * sizeof(struct page));
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

/* Take one area out of what is free */
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

/*
 * What vmalloc() has returned. It is memory of this process, so that ASan sees where it
 * ends. Its pages are made, with the same bytes, when find_vm_area() is asked for them.
 */
#define NR_AREAS	8
static struct vm_area {
	struct vm_struct vm;
	size_t size;
} areas[NR_AREAS];

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
 * No page that the machine before had in memory may look like one that is loaded now. A small
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
			madvise(phys_to_virt(machine.ram[i].start), machine.ram[i].size,
				MADV_DONTNEED);
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
	nr_cma_used = 0;
	memset(areas, 0, sizeof(areas));
	next_page = m->alloc_from;
	wrapped = false;
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

unsigned int get_order(unsigned long size)
{
	unsigned int order = 0;

	while (PAGE_SIZE << order < size)
		order++;
	return order;
}

static bool fails(void)
{
	return ++counters.allocs == machine.fail_alloc;
}

static void *alloc_aligned(size_t align, size_t size, gfp_t gfp)
{
	void *p;

	if (fails() || posix_memalign(&p, align, size))
		return NULL;
	if (gfp & __GFP_ZERO)
		memset(p, 0, size);
	counters.live++;
	return p;
}

void *sim_alloc(size_t size, gfp_t gfp)
{
	return alloc_aligned(_Alignof(max_align_t), size, gfp);
}

static struct vm_area *find_area(const void *p)
{
	struct vm_area *a;

	for (a = areas; a < areas + NR_AREAS; a++)
		if (a->vm.addr && p >= a->vm.addr && p < a->vm.addr + a->size)
			return a;
	return NULL;
}

/* For a size of 0, Linux prints a warning with a backtrace */
void *sim_vmalloc(size_t size, gfp_t gfp)
{
	void *p;
	int i;

	assert(size);
	p = alloc_aligned(PAGE_SIZE, size, gfp);
	for (i = 0; p && i < NR_AREAS; i++)
		if (!areas[i].vm.addr) {
			areas[i] = (struct vm_area) { { p }, size };
			break;
		}
	return p;
}

/* The lowest free address from @from on that so much memory fits at, or -1 */
static unsigned long first_fit(unsigned long from, unsigned long size)
{
	for (unsigned int i = 0; i < nr_free_ranges; i++) {
		struct area *f = &free_ranges[i];
		unsigned long at = ALIGN(max(from, f->start), size);

		if (at >= f->start && at + size <= f->start + f->size)
			return at;
	}
	return -1;
}

/* From alloc_from up to the end of memory, and then from its beginning */
static struct page *get_pages(unsigned int order)
{
	unsigned long size = PAGE_SIZE << order, at;

	at = first_fit(next_page, size);
	if (at == -1UL && !wrapped) {
		wrapped = true;
		at = first_fit(0, size);
	}
	if (at == -1UL || (wrapped && at + size > machine.alloc_from))
		return NULL;

	next_page = at + size;
	counters.pages += 1 << order;
	pfn_to_page(at >> PAGE_SHIFT)->count = 1;
	memset(phys_to_virt(at), DIRT, size);
	return pfn_to_page(at >> PAGE_SHIFT);
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	return fails() ? NULL : get_pages(order);
}

void __free_pages(struct page *page, unsigned int order)
{
	if (--page->count)
		return;
	counters.pages -= 1 << order;
}

void get_page(struct page *page)
{
	page->count++;
	counters.taken++;
}

static void free_pages_of(struct vm_area *a, unsigned long nr)
{
	while (nr--)
		__free_pages(a->vm.pages[nr], 0);
	free(a->vm.pages);
	a->vm.pages = NULL;
}

/*
 * In Linux, vmalloc() has allocated the pages, so this does not count as an allocation.
 * NULL, too, if the machine has no memory for them.
 */
struct vm_struct *find_vm_area(const void *addr)
{
	struct vm_area *a = find_area(addr);
	unsigned long i, nr;

	if (!a || a->vm.pages)
		return a ? &a->vm : NULL;
	nr = PFN_UP(a->size);
	a->vm.pages = calloc(nr, sizeof(*a->vm.pages));
	for (i = 0; a->vm.pages && i < nr; i++) {
		unsigned long at = i << PAGE_SHIFT;

		a->vm.pages[i] = get_pages(0);
		if (!a->vm.pages[i]) {
			free_pages_of(a, i);
			return NULL;
		}
		memcpy(page_address(a->vm.pages[i]), a->vm.addr + at,
		       min_t(size_t, a->size - at, PAGE_SIZE));
	}
	return &a->vm;
}

void sim_free(const void *p)
{
	struct vm_area *a = p ? find_area(p) : NULL;

	if (a) {
		if (a->vm.pages)
			free_pages_of(a, PFN_UP(a->size));
		a->vm.addr = NULL;
	}
	if (p)
		counters.live--;
	free((void *)p);
}

/* First fit, as cma_alloc() does */
struct page *cma_alloc(struct cma *cma, unsigned long count, unsigned int align,
		       bool no_warn)
{
	unsigned long size = count << PAGE_SHIFT, step = PAGE_SIZE << align;
	unsigned long at = ALIGN(machine.cma.start, step);

	if (!machine.cma.size || fails() || nr_cma_used == ARRAY_SIZE(cma_used))
		return NULL;

	for (unsigned int i = 0; i < nr_cma_used; i++) {
		if (at < cma_used[i].start + cma_used[i].size &&
		    cma_used[i].start < at + size) {
			at = ALIGN(cma_used[i].start + cma_used[i].size, step);
			i = -1;
		}
	}
	if (size > machine.cma.size ||
	    at - machine.cma.start > machine.cma.size - size)
		return NULL;

	cma_used[nr_cma_used++] = (struct area) { at, size };
	counters.cma += count;
	/* A BSS can be large, and the tests compare only its beginning */
	memset(phys_to_virt(at), DIRT, min(size, 4 * SZ_64K));
	return pfn_to_page(at >> PAGE_SHIFT);
}

/* Can free a part of an allocation: Linux keeps only a bitmap of the pages */
bool dma_release_from_contiguous(struct device *dev, struct page *pages, int count)
{
	unsigned long at = page_to_pfn(pages) << PAGE_SHIFT;
	unsigned long end = at + ((unsigned long)count << PAGE_SHIFT);

	for (unsigned int i = 0; i < nr_cma_used; i++) {
		struct area *used = &cma_used[i], above;

		above = (struct area) { end, used->start + used->size - end };
		if (at < used->start || end > used->start + used->size)
			continue;
		used->size = at - used->start;
		if (!used->size)
			*used = cma_used[--nr_cma_used];
		if (above.size && nr_cma_used == ARRAY_SIZE(cma_used))
			abort();
		if (above.size)
			cma_used[nr_cma_used++] = above;
		counters.cma -= count;
		return true;
	}
	abort();
}
