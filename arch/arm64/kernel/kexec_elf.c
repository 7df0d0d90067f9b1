// SPDX-License-Identifier: GPL-2.0
/*
 * Kexec vmlinux (ELF) loader
 *
 * kernel/kexec_elf.c reads the file. The Image header at the entry point gives
 * base and the memory that the kernel needs. See
 * Documentation/arch/arm64/kexec-vmlinux.rst.
 */

#define pr_fmt(fmt)	"kexec_file(vmlinux): " fmt

#include <linux/align.h>
#include <linux/cleanup.h>
#include <linux/elf.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/kexec.h>
#include <linux/mm.h>
#include <linux/pfn.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/vmalloc.h>
#include <asm/byteorder.h>
#include <asm/image.h>

#include "kexec_place.h"

/*
 * The ELF core headers, the dm-crypt keys, the initrd and the device tree. The
 * segments of IMA and of kexec handover are added before the kernel's.
 */
#define NR_OTHER_SEGMENTS	4

static int elf_probe(const char *buf, unsigned long len)
{
	return len >= SELFMAG && !memcmp(buf, ELFMAG, SELFMAG) ? 0 : -ENOEXEC;
}

/* Check the fields of PT_LOADs that kexec_build_elf_info() does not check. */
static int elf_check_loads(const struct kexec_elf_info *info)
{
	unsigned int i;

	for (i = 0; i < info->ehdr->e_phnum; i++) {
		const struct elf_phdr *phdr = &info->proghdrs[i];

		if (phdr->p_type == PT_LOAD && phdr->p_filesz > phdr->p_memsz) {
			pr_err("PT_LOAD at 0x%llx has p_filesz 0x%llx above p_memsz 0x%llx\n",
			       phdr->p_paddr, phdr->p_filesz, phdr->p_memsz);
			return -ENOEXEC;
		}
	}

	return 0;
}

/*
 * Copy the Image header, which is at the entry point, to @h, and return its
 * address, as a p_paddr, in @header.
 */
static int elf_find_header(const struct kexec_elf_info *info,
			   struct arm64_image_header *h, u64 *header)
{
	const struct elfhdr *ehdr = info->ehdr;
	unsigned int i;

	for (i = 0; i < ehdr->e_phnum; i++) {
		const struct elf_phdr *phdr = &info->proghdrs[i];
		u64 offset = ehdr->e_entry - phdr->p_vaddr;

		if (phdr->p_type != PT_LOAD || ehdr->e_entry < phdr->p_vaddr ||
		    offset >= phdr->p_filesz ||
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

/* Check the Image header like the header of an Image, and against the ELF header. */
static int elf_check_header(const struct kexec_elf_info *info,
			    const struct arm64_image_header *h, u64 header,
			    struct kernel_layout *layout)
{
	int ret;

	if (memcmp(&h->magic, ARM64_IMAGE_MAGIC, sizeof(h->magic))) {
		pr_err("no Image header at the entry point: magic is 0x%08x\n",
		       le32_to_cpu(h->magic));
		return -ENOEXEC;
	}

	ret = kexec_check_image_header(h, layout);
	if (ret)
		return ret;

	/* The kernel is linked at a multiple of 2 MiB, and text_offset. */
	if (!IS_ALIGNED(info->ehdr->e_entry - layout->text_offset, SZ_2M)) {
		pr_err("text_offset 0x%lx is not that of entry point 0x%llx\n",
		       layout->text_offset, info->ehdr->e_entry);
		return -ENOEXEC;
	}

	if (header < layout->text_offset) {
		pr_err("entry point is below text_offset 0x%lx\n",
		       layout->text_offset);
		return -ENOEXEC;
	}

	return 0;
}

static int cmp_paddr(const void *a, const void *b)
{
	const struct elf_phdr *l = *(const struct elf_phdr **)a;
	const struct elf_phdr *r = *(const struct elf_phdr **)b;

	return l->p_paddr < r->p_paddr ? -1 : l->p_paddr > r->p_paddr;
}

/*
 * Collect in @loads the PT_LOADs that have bytes in the file, in ascending
 * order. The gABI asks for that order, but a file may have been edited. The
 * address of an empty PT_LOAD has no meaning: objcopy leaves it at 0.
 *
 * Returns how many there are, or -ENOEXEC.
 */
static int elf_collect_loads(const struct kexec_elf_info *info, u64 base,
			     const struct elf_phdr **loads,
			     const struct kernel_layout *layout)
{
	unsigned int i, n = 0, nr_loads = 0;
	u64 end = base;

	for (i = 0; i < info->ehdr->e_phnum; i++) {
		const struct elf_phdr *phdr = &info->proghdrs[i];

		if (phdr->p_type == PT_LOAD && phdr->p_memsz)
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
		if (end - base > layout->span) {
			pr_err("PT_LOAD at 0x%llx ends at 0x%llx, beyond image_size, 0x%llx\n",
			       phdr->p_paddr, end, base + layout->span);
			return -ENOEXEC;
		}

		if (phdr->p_filesz)
			loads[nr_loads++] = phdr;
	}

	return nr_loads;
}

/* Copy @n PT_LOADs that share a segment into a buffer. */
static int elf_bounce(const struct kexec_elf_info *info, u64 start,
		      const struct elf_phdr **loads, unsigned int n,
		      struct kernel_part *part)
{
	unsigned int i;

	/* sanity_check_segment_list() refuses more: do not allocate it first. */
	if (PFN_UP(part->bufsz) > totalram_pages() / 2) {
		pr_err("%u PT_LOADs to be joined take 0x%zx bytes, more than half of the memory\n",
		       n, part->bufsz);
		return -EINVAL;
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
 * Make parts of PT_LOADs. A segment begins with a page of the running kernel. A
 * PT_LOAD that does not, or for which no segment is left, joins the one before.
 */
static int elf_make_parts(const struct kexec_elf_info *info, u64 base,
			  const struct elf_phdr **loads, unsigned int n,
			  unsigned int max_parts, struct kernel_layout *layout)
{
	unsigned int i, next;

	for (i = 0; i < n; i = next) {
		struct kernel_part *part = &layout->parts[layout->nr_parts++];
		const struct elf_phdr *last;
		int ret;

		next = i + 1;
		while (next < n && (layout->nr_parts >= max_parts ||
				    !IS_ALIGNED(loads[next]->p_paddr - base,
						PAGE_SIZE)))
			next++;
		last = loads[next - 1];

		part->offset = ALIGN_DOWN(loads[i]->p_paddr - base, PAGE_SIZE);
		part->bufsz = last->p_paddr - base + last->p_filesz - part->offset;

		if (next == i + 1 && part->offset == loads[i]->p_paddr - base) {
			part->buf = (void *)info->buffer + loads[i]->p_offset;
			continue;
		}

		ret = elf_bounce(info, base + part->offset, &loads[i], next - i,
				 part);
		if (ret)
			return ret;
	}

	return 0;
}

static int elf_make_layout(const struct kexec_elf_info *info,
			   unsigned int max_parts, struct kernel_layout *layout)
{
	struct arm64_image_header h;
	u64 header, base;
	int ret;

	if (!elf_check_arch(info->ehdr)) {
		pr_err("built for machine %u, not for AArch64 (%u)\n",
		       info->ehdr->e_machine, EM_AARCH64);
		return -ENOEXEC;
	}

	ret = elf_check_loads(info);
	if (ret)
		return ret;

	ret = elf_find_header(info, &h, &header);
	if (ret)
		return ret;

	ret = elf_check_header(info, &h, header, layout);
	if (ret)
		return ret;

	const struct elf_phdr **loads __free(kvfree) =
		kvmalloc_objs(*loads, info->ehdr->e_phnum);
	if (!loads)
		return -ENOMEM;

	base = header - layout->text_offset;
	ret = elf_collect_loads(info, base, loads, layout);
	if (ret < 0)
		return ret;

	return elf_make_parts(info, base, loads, ret, max_parts, layout);
}

static int elf_read_kernel(const char *buf, unsigned long len,
			   unsigned int max_parts, struct kernel_layout *layout)
{
	struct kexec_elf_info info = { };
	struct elfhdr ehdr;
	int ret;

	ret = kexec_build_elf_info(buf, len, &ehdr, &info);
	if (ret)
		return ret;

	ret = elf_make_layout(&info, max_parts, layout);
	kexec_free_elf_info(&info);
	return ret;
}

static int elf_cleanup(void *loader_data)
{
	struct kernel_layout *layout = loader_data;
	unsigned int i;

	/* NULL if the load has failed */
	if (!layout)
		return 0;

	for (i = 0; i < layout->nr_parts; i++)
		vfree(layout->parts[i].bounce);

	return 0;
}

static void *elf_load(struct kimage *image, char *buf, unsigned long len,
		      char *initrd, unsigned long initrd_len,
		      char *cmdline, unsigned long cmdline_len)
{
	struct kernel_layout *layout;
	int ret;

	layout = kzalloc_obj(*layout);
	if (!layout)
		return ERR_PTR(-ENOMEM);

	ret = elf_read_kernel(buf, len, KEXEC_SEGMENT_MAX - image->nr_segments -
			      NR_OTHER_SEGMENTS, layout);
	if (ret)
		goto out_free;

	ret = kexec_place_kernel(image, layout, initrd, initrd_len, cmdline);
	if (ret)
		goto out_free;

	/* kimage_file_post_load_cleanup() calls elf_cleanup(), and frees it. */
	return layout;

out_free:
	elf_cleanup(layout);
	kfree(layout);
	return ERR_PTR(ret);
}

const struct kexec_file_ops kexec_elf_ops = {
	.probe = elf_probe,
	.load = elf_load,
	.cleanup = elf_cleanup,
};
