// SPDX-License-Identifier: GPL-2.0
/* The page allocator, contiguous ranges, CMA, kmalloc(): counted, and made to fail to order */

#include <assert.h>
#include <stddef.h>
#include <sys/mman.h>

#include "memory.h"

static unsigned long next_page;
static bool wrapped;
static struct area given;	/* has all single pages that were handed out */
static struct page *freed;	/* pages to be used again, linked by lru.next */
#define FREED	-1		/* their count */

/* Memory allocated in one piece, in CMA or not, for a segment */
static struct area contig[2 * KEXEC_SEGMENT_MAX + 2];
static unsigned int nr_contig;
static struct zone zones[] = { { .idx = ZONE_NORMAL }, { .idx = ZONE_MOVABLE } };

void alloc_reset(void)
{
	nr_contig = 0;
	next_page = machine.alloc_from;
	wrapped = false;
	given = (struct area) { next_page };
	for (; freed; freed = (struct page *)freed->lru.next)
		freed->count = 0;
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

/* For a size of 0, Linux prints a warning with a backtrace */
void *sim_vmalloc(size_t size, gfp_t gfp)
{
	assert(size);
	return sim_alloc(size, gfp);
}

/* The area that has some of it, or NULL */
static const struct area *overlaps(const struct area *a, unsigned int nr, unsigned long at,
				   unsigned long size)
{
	for (; nr--; a++)
		if (at < a->start + a->size && a->start < at + size)
			return a;
	return NULL;
}

/* Memory in use beyond single pages, and beyond memory that memblock has reserved */
static const struct area *used(unsigned long at, unsigned long size)
{
	return overlaps(contig, nr_contig, at, size) ?: overlaps(&machine.pinned, 1, at, size) ?:
	       overlaps(&machine.movable, 1, at, size);
}

/* Is it free, if memblock has not reserved it? */
static bool is_free(unsigned long at, unsigned long size)
{
	if (used(at, size))
		return false;
	/* Single pages were not given out of there */
	if (at + size <= given.start || at >= given.start + given.size)
		return true;
	for (unsigned long end = at + size; at < end; at += PAGE_SIZE)
		if (pfn_to_page(PHYS_PFN(at))->count > 0)
			return false;
	return true;
}

static bool is_freed(unsigned long at, unsigned long size)
{
	for (unsigned long end = at + size; at < end; at += PAGE_SIZE)
		if (pfn_to_page(PHYS_PFN(at))->count == FREED)
			return true;
	return false;
}

/* A page that was freed, or NULL */
static struct page *get_freed(void)
{
	struct page **link = &freed, **p, *page = freed;

	if (!freed)
		return NULL;
	for (p = link; machine.lowest_first && *p; p = (struct page **)&(*p)->lru.next)
		if (*p < *link)
			link = p;
	page = *link;
	*link = (struct page *)page->lru.next;
	page->count = 0;
	return page;
}

static struct page *give(struct page *page, unsigned int order)
{
	unsigned long at, end;

	counters.pages += 1 << order;
	counters.peak = max(counters.peak, counters.pages);
	for (unsigned int i = 0; i < 1 << order; i++) {
		assert(!page[i].count);
		page[i].count = 1;
	}
	at = page_to_pfn(page) << PAGE_SHIFT;
	end = max(given.start + given.size, at + (PAGE_SIZE << order));
	given.start = min(given.start, at);
	given.size = end - given.start;
	memset(page_address(page), DIRT, PAGE_SIZE << order);
	return page;
}

static unsigned long next_free(unsigned long from, unsigned long size)
{
	const struct area *a;

	while ((from = first_fit(from, size)) != -1UL &&
	       (!is_free(from, size) || is_freed(from, size))) {
		a = used(from, size);
		from = a ? ALIGN(a->start + a->size, size) : from + size;
	}
	return from;
}

/* From alloc_from up to the end of memory, and then from its beginning; single ones again */
static struct page *get_pages(unsigned int order)
{
	unsigned long size = PAGE_SIZE << order, at;
	struct page *page = order ? NULL : get_freed();

	if (page)
		return give(page, 0);
	at = next_free(next_page, size);
	if (at == -1UL && !wrapped) {
		wrapped = true;
		at = next_free(0, size);
	}
	if (at == -1UL || (wrapped && at + size > machine.alloc_from))
		return NULL;

	next_page = at + size;
	return give(pfn_to_page(at >> PAGE_SHIFT), order);
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	return fails() ? NULL : get_pages(order);
}

static void put_freed(struct page *page)
{
	assert(page->count != FREED);
	memset(page_address(page), DIRT, PAGE_SIZE);
	page->count = FREED;
	page->lru.next = (struct list_head *)freed;
	freed = page;
}

void __free_pages(struct page *page, unsigned int order)
{
	counters.pages -= 1 << order;
	for (unsigned int i = 1 << order; i--;)
		put_freed(page + i);
}

/* The pages that vmap() has mapped, each page once more */
static struct vm_area {
	char *start, *addr;
	unsigned long nr;
	struct page **pages;
} maps[4];

static struct vm_area *find_map(const void *p)
{
	for (struct vm_area *v = maps; v < maps + ARRAY_SIZE(maps); v++)
		if (v->nr && (char *)p >= v->addr && (char *)p < v->addr + (v->nr << PAGE_SHIFT))
			return v;
	return NULL;
}

void *sim_vmap(struct page **pages, unsigned long n)
{
	struct vm_area *v = maps;
	unsigned long i, run;

	while (v->nr)
		assert(++v < maps + ARRAY_SIZE(maps));
	if (fails())
		return NULL;
	/* The host's pages are smaller */
	v->start = mmap(NULL, (n + 1) << PAGE_SHIFT, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	v->addr = (char *)PAGE_ALIGN((unsigned long)v->start);
	for (i = 0; i < n; i += run) {
		for (run = 1; i + run < n && pages[i + run] == pages[i] + run;)
			run++;
		if (mmap(v->addr + (i << PAGE_SHIFT), run << PAGE_SHIFT, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED, memory_fd, page_to_pfn(pages[i]) << PAGE_SHIFT) == MAP_FAILED)
			abort();
	}
	v->nr = n;
	v->pages = memcpy(malloc(n * sizeof(*pages)), pages, n * sizeof(*pages));
	counters.live++;
	counters.maps++;
	return v->addr;
}

bool is_vmalloc_addr(const void *addr)
{
	return find_map(addr);
}

struct page *vmalloc_to_page(const void *addr)
{
	struct vm_area *v = find_map(addr);

	return v->pages[((char *)addr - v->addr) >> PAGE_SHIFT];
}

bool sim_vunmap(const void *p)
{
	struct vm_area *v = find_map(p);

	if (!v)
		return false;
	munmap(v->start, (v->nr + 1) << PAGE_SHIFT);
	free(v->pages);
	*v = (struct vm_area) { };
	counters.live--;
	return true;
}

void sim_free(const void *p)
{
	if (p && sim_vunmap(p))
		return;
	if (p)
		counters.live--;
	free((void *)p);
}

static bool contig_fails(void)
{
	return counters.contig_failed |= fails();
}

static void give_contig(unsigned long at, unsigned long size)
{
	if (nr_contig == ARRAY_SIZE(contig))
		abort();
	contig[nr_contig++] = (struct area) { at, size };
	counters.contig += size >> PAGE_SHIFT;
	/* A BSS can be large, and the tests compare only its beginning */
	memset(phys_to_virt(at), DIRT, min(size, 4 * SZ_64K));
}

/* Can free a part of an allocation, as Linux can */
static void free_contig(unsigned long at, unsigned long size)
{
	unsigned long end = at + size;

	for (unsigned int i = 0; i < nr_contig; i++) {
		struct area *used = &contig[i], above;

		above = (struct area) { end, used->start + used->size - end };
		if (at < used->start || end > used->start + used->size)
			continue;
		used->size = at - used->start;
		if (!used->size)
			*used = contig[--nr_contig];
		if (above.size && nr_contig == ARRAY_SIZE(contig))
			abort();
		if (above.size)
			contig[nr_contig++] = above;
		counters.contig -= size >> PAGE_SHIFT;
		return;
	}
	abort();
}

/* First fit, as cma_alloc() does */
struct page *cma_alloc(struct cma *cma, unsigned long count, unsigned int align,
		       bool no_warn)
{
	unsigned long size = count << PAGE_SHIFT, step = PAGE_SIZE << align;
	unsigned long at = ALIGN(machine.cma.start, step);

	if (!machine.cma.size || contig_fails())
		return NULL;

	for (unsigned int i = 0; i < nr_contig; i++) {
		if (overlaps(&contig[i], 1, at, size)) {
			at = ALIGN(contig[i].start + contig[i].size, step);
			i = -1;
		}
	}
	if (size > machine.cma.size ||
	    at - machine.cma.start > machine.cma.size - size)
		return NULL;

	give_contig(at, size);
	return pfn_to_page(at >> PAGE_SHIFT);
}

bool dma_release_from_contiguous(struct device *dev, struct page *pages, int count)
{
	unsigned long at = page_to_pfn(pages) << PAGE_SHIFT;

	if (!overlaps(&machine.cma, 1, at, 1))
		return false;
	free_contig(at, (unsigned long)count << PAGE_SHIFT);
	return true;
}

struct page *pfn_to_online_page(unsigned long pfn)
{
	return overlaps(machine.ram, machine.nr_ram, pfn << PAGE_SHIFT, PAGE_SIZE) ?
	       pfn_to_page(pfn) : NULL;
}

struct zone *page_zone(const struct page *page)
{
	return &zones[machine.zone_movable && page_to_pfn(page) << PAGE_SHIFT >= machine.zone_movable];
}

bool is_migrate_cma_page(const struct page *page)
{
	return overlaps(&machine.cma, 1, page_to_pfn(page) << PAGE_SHIFT, PAGE_SIZE);
}

bool is_free_buddy_page(const struct page *page)
{
	unsigned long at = page_to_pfn(page) << PAGE_SHIFT;

	return machine_has(at, PAGE_SIZE) && is_free(at, PAGE_SIZE);
}

/* Where the buddy allocator has a large block, the step is that block */
bool page_is_unmovable(struct zone *zone, struct page *page, int mode, unsigned long *step)
{
	unsigned long at = page_to_pfn(page) << PAGE_SHIFT, block = 2 * SZ_2M;

	if (overlaps(&machine.movable, 1, at, PAGE_SIZE))
		return false;
	if (!is_free_buddy_page(page))
		return true;
	if (IS_ALIGNED(at, block) && machine_has(at, block) && is_free(at, block) &&
	    page_zone(page) == page_zone(pfn_to_page(PHYS_PFN(at + block - 1))))
		*step = block >> PAGE_SHIFT;
	return false;
}

/* Moves movable pages. The caller has to know which memory it may ask for. */
int alloc_contig_range(unsigned long start, unsigned long end, int flags, gfp_t gfp)
{
	unsigned long at = start << PAGE_SHIFT, size = (end - start) << PAGE_SHIFT, last = at + size - 1;
	struct page **link = &freed;

	assert(page_zone(pfn_to_page(start)) == page_zone(pfn_to_page(end - 1)));
	counters.contig_tries++;
	if (contig_fails() || !machine_has(at, size) || overlaps(&machine.pinned, 1, at, size) ||
	    machine.unmovable)
		return -EBUSY;
	if (overlaps(&machine.movable, 1, at, size)) {
		struct area was = machine.movable;

		machine.movable.size = 0;
		if (!is_free(at, size)) {
			machine.movable = was;
			return -EBUSY;
		}
		counters.moved += min(last, was.start + was.size - 1) - max(at, was.start) + 1;
		/* The rest of it stays: below, or else above */
		machine.movable = was.start < at ? (struct area) { was.start, at - was.start } :
				  was.start + was.size > at + size ?
				  (struct area) { at + size, was.start + was.size - at - size } :
				  (struct area) { };
	} else if (!is_free(at, size)) {
		return -EBUSY;
	}

	while (*link) {
		if (page_to_pfn(*link) >= start && page_to_pfn(*link) < end) {
			(*link)->count = 0;
			*link = (struct page *)(*link)->lru.next;
		} else {
			link = (struct page **)&(*link)->lru.next;
		}
	}
	give_contig(at, size);
	return 0;
}

/* The first pages are the next to be handed out */
void __free_contig_range(unsigned long pfn, unsigned long nr)
{
	free_contig(pfn << PAGE_SHIFT, nr << PAGE_SHIFT);
	for (unsigned long i = min(nr, 64UL); i--;)
		put_freed(pfn_to_page(pfn + i));
}
