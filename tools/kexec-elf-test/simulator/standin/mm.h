/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Stand-in for linux/{mm,slab,vmalloc,memblock,cma,highmem,...}.h.
 *
 * Simulated in machine.c: physical memory, which takes memory of the host only
 * where it is written to; its struct pages; memblock's free ranges. In alloc.c:
 * the page allocator, contiguous ranges, CMA, kmalloc() and vmalloc(), all counted
 * and made to fail to order.
 */
#ifndef STANDIN_MM_H
#define STANDIN_MM_H

#include "base.h"

/* asm/page.h: variables, so that one program is a kernel of any page size */
extern unsigned int sim_page_shift;
#define PAGE_SHIFT		sim_page_shift
#define PAGE_SIZE		(1UL << PAGE_SHIFT)
#define PAGE_MASK		(~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x)		ALIGN(x, PAGE_SIZE)
#define PAGE_ALIGNED(x)		(!((unsigned long)(x) & (PAGE_SIZE - 1)))
#define PFN_UP(x)		(((x) + PAGE_SIZE - 1) >> PAGE_SHIFT)
#define PFN_DOWN(x)		((x) >> PAGE_SHIFT)
#define PHYS_PFN(x)		((unsigned long)((x) >> PAGE_SHIFT))
#define PFN_PHYS(x)		((phys_addr_t)(x) << PAGE_SHIFT)
unsigned int get_order(unsigned long size);

/* linux/mm_types.h, page-flags.h */
struct page {
	struct list_head lru;
	void *mapping;
	unsigned long private;
	int count;
};

#define page_private(page)		((page)->private)
#define set_page_private(page, v)	((page)->private = (v))
#define SetPageReserved(page)		do { } while (0)
#define ClearPageReserved(page)		do { } while (0)
#define PageHighMem(page)		0

/* asm/memory.h: all of physical memory is mapped, from sim_memory on */
extern char *sim_memory;
extern struct page *sim_pages;
#define pfn_to_page(pfn)	(sim_pages + (pfn))
#define page_to_pfn(page)	((unsigned long)((page) - sim_pages))
#define phys_to_virt(phys)	((void *)(sim_memory + (phys)))
#define virt_to_phys(virt)	((phys_addr_t)((char *)(virt) - sim_memory))
#define __va			phys_to_virt
#define __pa(virt)		virt_to_phys((void *)(virt))
#define virt_to_page(virt)	pfn_to_page(virt_to_phys(virt) >> PAGE_SHIFT)
#define page_address(page)	phys_to_virt(page_to_pfn(page) << PAGE_SHIFT)
#define ZERO_PAGE(x)		((struct page *)NULL)

/* linux/gfp.h */
#define gfp_t			unsigned int
#define __GFP_ZERO		1U
#define __GFP_NOWARN		2U
#define __GFP_NORETRY		4U
#define __GFP_HIGHMEM		8U
#define GFP_KERNEL		16U
#define GFP_HIGHUSER		(GFP_KERNEL | __GFP_HIGHMEM)
struct page *alloc_pages(gfp_t gfp, unsigned int order);
void __free_pages(struct page *page, unsigned int order);
unsigned long totalram_pages(void);
#define accept_memory(start, size)	do { } while (0)
#define free_reserved_page(page)	do { } while (0)

/* linux/highmem.h */
#define kmap_local_page(page)	page_address(page)
#define kunmap_local(addr)	do { } while (0)
#define clear_page(addr)	memset(addr, 0, PAGE_SIZE)
#define clear_highpage(page)	clear_page(page_address(page))
#define copy_highpage(to, from)	\
	memcpy(page_address(to), page_address(from), PAGE_SIZE)

/* linux/slab.h, vmalloc.h */
void *sim_alloc(size_t size, gfp_t gfp);
void *sim_vmalloc(size_t size, gfp_t gfp);
void sim_free(const void *p);
#define kmalloc(size, gfp)		sim_alloc(size, gfp)
#define kzalloc(size, gfp)		sim_alloc(size, __GFP_ZERO)
#define kzalloc_obj(obj)		((typeof(obj) *)sim_alloc(sizeof(obj), __GFP_ZERO))
#define kmalloc_array(n, size, gfp)	sim_alloc((n) * (size), gfp)
#define kcalloc(n, size, gfp)		sim_alloc((n) * (size), __GFP_ZERO)
#define kmalloc_flex(obj, member, n)	\
	((typeof(obj) *)sim_alloc(sizeof(obj) + (n) * sizeof((obj).member[0]), 0))
#define kmalloc_objs(obj, n)		((typeof(obj) *)sim_alloc((n) * sizeof(obj), 0))
#define kvmalloc_objs(obj, n)		((typeof(obj) *)sim_alloc((n) * sizeof(obj), 0))
#define kvmalloc(size, gfp)		sim_alloc(size, gfp)
#define kvmalloc_array(n, size, gfp)	sim_alloc((n) * (size), gfp)
#define __vmalloc(size, gfp)		sim_vmalloc(size, gfp)
#define vmalloc(size)			sim_vmalloc(size, 0)
#define vzalloc(size)			sim_vmalloc(size, __GFP_ZERO)
#define kfree				sim_free
#define kfree_sensitive			sim_free
static inline void sim_free_kfree(void *p) { sim_free(*(void **)p); }
static inline void sim_free_kvfree(void *p) { sim_free(*(void **)p); }
#define kvfree				sim_free
#define vfree				sim_free
#define VM_MAP				0
#define PAGE_KERNEL			0
#define vmap(pages, n, flags, prot)	sim_vmap(pages, n)
#define vunmap				sim_vunmap
bool sim_vunmap(const void *p);
void *sim_vmap(struct page **pages, unsigned long n);
bool is_vmalloc_addr(const void *addr);
struct page *vmalloc_to_page(const void *addr);

/* linux/cma.h, dma-map-ops.h */
struct cma;
struct device;
#define dev_get_cma_area(dev)		((struct cma *)NULL)
struct page *cma_alloc(struct cma *cma, unsigned long count, unsigned int align,
		       bool no_warn);
bool dma_release_from_contiguous(struct device *dev, struct page *pages, int count);

/* linux/mmzone.h, memory_hotplug.h, page-isolation.h, page-flags.h, gfp.h */
struct zone {
	int lock, idx;
};

#define ZONE_NORMAL			0
#define ZONE_MOVABLE			1
#define zone_idx(zone)			((zone)->idx)
#define page_range_contiguous(page, n)	true
#define PB_ISOLATE_MODE_OTHER		0
#define ACR_FLAGS_NONE			0
struct zone *page_zone(const struct page *page);
struct page *pfn_to_online_page(unsigned long pfn);
bool is_migrate_cma_page(const struct page *page);
bool is_free_buddy_page(const struct page *page);
bool page_is_unmovable(struct zone *zone, struct page *page, int mode, unsigned long *step);
int alloc_contig_range(unsigned long start, unsigned long end, int flags, gfp_t gfp);
void __free_contig_range(unsigned long pfn, unsigned long nr);

/* linux/memblock.h. An index is a position in the machine's list of ranges. */
bool sim_free_range(u64 i, phys_addr_t *start, phys_addr_t *end);
bool sim_ram_range(u64 i, phys_addr_t *start, phys_addr_t *end);
u64 sim_nr_free_ranges(void);
#define NUMA_NO_NODE		-1
#define MEMBLOCK_NONE		0
#define for_each_free_mem_range(i, nid, flags, start, end, p_nid) \
	for (i = 0; sim_free_range(i, start, end); i++)
#define for_each_free_mem_range_reverse(i, nid, flags, start, end, p_nid) \
	for (i = sim_nr_free_ranges() - 1; sim_free_range(i, start, end); i--)
#define for_each_mem_range(i, start, end) \
	for (i = 0; sim_ram_range(i, start, end); i++)

#endif
