// SPDX-License-Identifier: GPL-2.0
/* The page allocator, kmalloc(), vmalloc() and CMA: counted, and made to fail to order */

#include <assert.h>
#include <stddef.h>

#include "memory.h"

static unsigned long next_page;
static bool wrapped;
static struct page *freed;	/* pages to be used again, linked by lru.next */
static struct area cma_used[KEXEC_SEGMENT_MAX + 1];
static unsigned int nr_cma_used;

/*
 * What vmalloc() has returned. It is memory of this process, so that ASan sees where it
 * ends. Its pages are made, with the same bytes, when the first of them is asked for.
 */
#define NR_AREAS	8
static struct vm_area {
	void *addr;
	size_t size;
	struct page **pages;
} areas[NR_AREAS];

void alloc_reset(void)
{
	nr_cma_used = 0;
	memset(areas, 0, sizeof(areas));
	next_page = machine.alloc_from;
	wrapped = false;
	freed = NULL;
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
		if (a->addr && p >= a->addr && p < a->addr + a->size)
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
		if (!areas[i].addr) {
			areas[i] = (struct vm_area) { p, size };
			break;
		}
	return p;
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
	return page;
}

static struct page *give(struct page *page, unsigned int order)
{
	counters.pages += 1 << order;
	counters.peak = max(counters.peak, counters.pages);
	page->count = 1;
	memset(page_address(page), DIRT, PAGE_SIZE << order);
	return page;
}

/* From alloc_from up to the end of memory, and then from its beginning; single ones again */
static struct page *get_pages(unsigned int order)
{
	unsigned long size = PAGE_SIZE << order, at;
	struct page *page = order ? NULL : get_freed();

	if (page)
		return give(page, 0);
	at = first_fit(next_page, size);
	if (at == -1UL && !wrapped) {
		wrapped = true;
		at = first_fit(0, size);
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

void __free_pages(struct page *page, unsigned int order)
{
	if (--page->count)
		return;
	counters.pages -= 1 << order;
	memset(page_address(page), DIRT, PAGE_SIZE << order);
	for (unsigned int i = 1 << order; i--; freed = page + i)
		page[i].lru.next = (struct list_head *)freed;
}

void get_page(struct page *page)
{
	page->count++;
	counters.taken++;
}

static void free_pages_of(struct vm_area *a, unsigned long nr)
{
	while (nr--)
		__free_pages(a->pages[nr], 0);
	free(a->pages);
	a->pages = NULL;
}

/*
 * In Linux, vmalloc() has allocated the pages, so this does not count as an allocation.
 * False, too, if the machine has no memory for them.
 */
bool is_vmalloc_addr(const void *addr)
{
	struct vm_area *a = find_area(addr);
	unsigned long i, nr;

	if (!a || a->pages)
		return a;
	nr = PFN_UP(a->size);
	a->pages = calloc(nr, sizeof(*a->pages));
	for (i = 0; a->pages && i < nr; i++) {
		unsigned long at = i << PAGE_SHIFT;

		a->pages[i] = get_pages(0);
		if (!a->pages[i]) {
			free_pages_of(a, i);
			return false;
		}
		memcpy(page_address(a->pages[i]), a->addr + at,
		       min_t(size_t, a->size - at, PAGE_SIZE));
	}
	return true;
}

struct page *vmalloc_to_page(const void *addr)
{
	struct vm_area *a = find_area(addr);

	return a->pages[(addr - a->addr) >> PAGE_SHIFT];
}

void sim_free(const void *p)
{
	struct vm_area *a = p ? find_area(p) : NULL;

	if (a) {
		if (a->pages)
			free_pages_of(a, PFN_UP(a->size));
		a->addr = NULL;
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
