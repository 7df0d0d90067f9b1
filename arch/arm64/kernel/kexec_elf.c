// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec vmlinux (ELF) loader
 *
 * kernel/kexec_elf.c reads the file. What makes its PT_LOADs an arm64 kernel is
 * the Image header at the entry point: it says where base is, and how much
 * memory the kernel needs. See Documentation/arch/arm64/kexec-vmlinux.rst.
 */

#define pr_fmt(fmt)	"kexec_file(vmlinux): " fmt

#include <linux/align.h>
#include <linux/elf.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kexec.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/image.h>

#include "kexec_place.h"

/* The ELF core headers, the initrd, the device tree, and one to spare. */
#define NR_OTHER_SEGMENTS	4

static int elf_probe(const char *buf, unsigned long len)
{
	if (len >= SELFMAG && !memcmp(buf, ELFMAG, SELFMAG))
		return 0;

	/* The last loader to be asked speaks for all of them. */
	pr_err("neither a vmlinux nor an Image: no ELF magic, no Image header\n");
	return -ENOEXEC;
}

/*
 * Find the Image header, which is where the kernel is entered, and return its
 * address in terms of p_paddr.
 */
static int elf_find_header(const struct kexec_elf_info *info,
			   struct arm64_image_header *h, u64 *header)
{
	const struct elfhdr *ehdr = info->ehdr;
	unsigned int i;

	for (i = 0; i < ehdr->e_phnum; i++) {
		const struct elf_phdr *phdr = &info->proghdrs[i];
		u64 offset = ehdr->e_entry - phdr->p_vaddr;

		/* Below p_vaddr, the offset wraps around to a huge one. */
		if (phdr->p_type != PT_LOAD || offset >= phdr->p_filesz ||
		    phdr->p_filesz - offset < sizeof(*h))
			continue;

		*header = phdr->p_paddr + offset;
		memcpy(h, info->buffer + phdr->p_offset + offset, sizeof(*h));
		return 0;
	}

	pr_err("entry point 0x%llx and its Image header are in no PT_LOAD's bytes\n",
	       ehdr->e_entry);
	return -ENOEXEC;
}

static int cmp_paddr(const void *a, const void *b)
{
	const struct elf_phdr *l = *(const struct elf_phdr **)a;
	const struct elf_phdr *r = *(const struct elf_phdr **)b;

	return l->p_paddr < r->p_paddr ? -1 : l->p_paddr > r->p_paddr;
}

/*
 * Check what the reader of the ELF file did not, let @kernel's span hold all
 * PT_LOADs, and collect in @loads those with bytes in the file, in ascending
 * order. The gABI does not promise that order, and an empty PT_LOAD's address
 * means nothing: linkers leave it at 0.
 *
 * Returns how many there are, or -ENOEXEC.
 */
static int elf_collect_loads(const struct kexec_elf_info *info, u64 base,
			     const struct elf_phdr **loads,
			     struct kexec_kernel *kernel)
{
	unsigned int i, n = 0, nr_loads = 0;
	u64 end = base;

	for (i = 0; i < info->ehdr->e_phnum; i++) {
		const struct elf_phdr *phdr = &info->proghdrs[i];

		if (phdr->p_type != PT_LOAD)
			continue;

		if (phdr->p_filesz > phdr->p_memsz) {
			pr_err("PT_LOAD at 0x%llx has p_filesz 0x%llx above p_memsz 0x%llx\n",
			       phdr->p_paddr, phdr->p_filesz, phdr->p_memsz);
			return -ENOEXEC;
		}

		if (phdr->p_memsz)
			loads[n++] = phdr;
	}

	sort(loads, n, sizeof(*loads), cmp_paddr, NULL);

	for (i = 0; i < n; i++) {
		const struct elf_phdr *phdr = loads[i];

		if (phdr->p_paddr < base) {
			pr_err("PT_LOAD at 0x%llx is below the kernel's base 0x%llx\n",
			       phdr->p_paddr, base);
			return -ENOEXEC;
		}

		if (phdr->p_paddr < end) {
			pr_err("PT_LOAD at 0x%llx overlaps the one that ends at 0x%llx\n",
			       phdr->p_paddr, end);
			return -ENOEXEC;
		}

		end = phdr->p_paddr + phdr->p_memsz;
		if (phdr->p_filesz)
			loads[nr_loads++] = phdr;
	}

	if (end - base > LONG_MAX) {
		pr_err("PT_LOADs from 0x%llx to 0x%llx overflow\n", base, end);
		return -ENOEXEC;
	}

	kernel->span = max_t(u64, kernel->span, end - base);
	return nr_loads;
}

/* One segment for @n PT_LOADs that must share it */
static int elf_bounce(const struct kexec_elf_info *info, u64 start,
		      const struct elf_phdr **loads, unsigned int n,
		      struct kexec_part *part)
{
	unsigned int i;

	/* More would be refused later on: do not take it from anybody first. */
	if (PFN_UP(part->bufsz) > totalram_pages() / 2) {
		pr_err("%u PT_LOADs to be joined take 0x%zx bytes, more than half of the memory\n",
		       n, part->bufsz);
		return -EADDRNOTAVAIL;
	}

	part->bounce = __vmalloc(part->bufsz,
				 GFP_KERNEL | __GFP_ZERO | __GFP_NOWARN);
	if (!part->bounce) {
		pr_err("no memory to join %u PT_LOADs in 0x%zx bytes\n",
		       n, part->bufsz);
		return -ENOMEM;
	}

	for (i = 0; i < n; i++)
		memcpy(part->bounce + (loads[i]->p_paddr - start),
		       info->buffer + loads[i]->p_offset, loads[i]->p_filesz);

	part->buf = part->bounce;
	return 0;
}

/*
 * Make parts of PT_LOADs. What is in memory from the first byte of the first
 * part to the last byte of the last one is what Image would have there: early
 * boot expects zeroes in the gaps and keeps page tables in some, so a part's
 * memsz reaches to the next one. The BSS, in no part, is cleared by the kernel
 * itself, and cleaned to the PoC when the kernel is entered.
 *
 * A segment begins with a page of the running kernel. A PT_LOAD that does not,
 * or for which no segment is left, joins the one before.
 */
static int elf_make_parts(const struct kexec_elf_info *info, u64 base,
			  const struct elf_phdr **loads, unsigned int n,
			  unsigned int max_parts, struct kexec_kernel *kernel)
{
	unsigned int i, next;

	for (i = 0; i < n; i = next) {
		struct kexec_part *part = &kernel->parts[kernel->nr_parts++];
		const struct elf_phdr *last;

		next = i + 1;
		while (next < n && (kernel->nr_parts >= max_parts ||
				    !IS_ALIGNED(loads[next]->p_paddr - base,
						PAGE_SIZE)))
			next++;
		last = loads[next - 1];

		part->offset = ALIGN_DOWN(loads[i]->p_paddr - base, PAGE_SIZE);
		part->bufsz = last->p_paddr - base + last->p_filesz - part->offset;
		part->memsz = next < n ? loads[next]->p_paddr - base - part->offset :
					 PAGE_ALIGN(part->bufsz);

		if (next - i > 1 || part->offset != loads[i]->p_paddr - base) {
			int ret = elf_bounce(info, base + part->offset,
					     &loads[i], next - i, part);

			if (ret)
				return ret;
		} else {
			part->buf = (void *)info->buffer + loads[i]->p_offset;
		}
	}

	return 0;
}

static int elf_read_kernel(const struct kexec_elf_info *info,
			   unsigned int max_parts, struct kexec_kernel *kernel)
{
	const struct elf_phdr **loads;
	struct arm64_image_header h;
	u64 base;
	int ret;

	if (!elf_check_arch(info->ehdr)) {
		pr_err("built for machine %u, not for AArch64 (%u)\n",
		       info->ehdr->e_machine, EM_AARCH64);
		return -ENOEXEC;
	}

	ret = elf_find_header(info, &h, &base);
	if (ret)
		return ret;

	ret = kexec_check_image_header(&h, kernel);
	if (ret)
		return ret;

	if (base < kernel->text_offset) {
		pr_err("entry point is below text_offset 0x%lx\n",
		       kernel->text_offset);
		return -ENOEXEC;
	}
	base -= kernel->text_offset;

	loads = kvmalloc_array(info->ehdr->e_phnum, sizeof(*loads), GFP_KERNEL);
	if (!loads)
		return -ENOMEM;

	ret = elf_collect_loads(info, base, loads, kernel);
	if (ret > 0)
		ret = elf_make_parts(info, base, loads, ret, max_parts, kernel);

	kvfree(loads);
	return ret;
}

static int elf_cleanup(void *loader_data)
{
	struct kexec_kernel *kernel = loader_data;
	unsigned int i;

	/* Linux calls this with NULL when the load has failed. */
	if (!kernel)
		return 0;

	for (i = 0; i < kernel->nr_parts; i++)
		vfree(kernel->parts[i].bounce);

	return 0;
}

static void *elf_load(struct kimage *image, char *buf, unsigned long len,
		      char *initrd, unsigned long initrd_len,
		      char *cmdline, unsigned long cmdline_len)
{
	struct kexec_kernel *kernel;
	struct kexec_elf_info info = { };
	struct elfhdr ehdr;
	int ret;

	kernel = kzalloc_obj(*kernel);
	if (!kernel)
		return ERR_PTR(-ENOMEM);

	ret = elf_probe(buf, len) ?:
	      kexec_build_elf_info(buf, len, &ehdr, &info);
	if (!ret) {
		ret = elf_read_kernel(&info, KEXEC_SEGMENT_MAX -
				      image->nr_segments - NR_OTHER_SEGMENTS,
				      kernel);
		kexec_free_elf_info(&info);
	}
	if (!ret)
		ret = kexec_place_kernel(image, kernel, initrd, initrd_len,
					 cmdline);
	if (ret) {
		elf_cleanup(kernel);
		kfree(kernel);
		return ERR_PTR(ret);
	}

	/* Linux frees this after it has called elf_cleanup(). */
	return kernel;
}

const struct kexec_file_ops kexec_elf_ops = {
	.probe = elf_probe,
	.load = elf_load,
	.cleanup = elf_cleanup,
};
