// SPDX-License-Identifier: GPL-2.0
/* The system call and the jump, and their needs beyond memory. */

#include <err.h>
#include <libfdt.h>
#include <stdio.h>

#include "machine.h"

static const struct load *now;
static unsigned int nr_reads;	/* of the kernel's file */
static char booted_with[DTB_SIZE];

struct resource crashk_res, crashk_low_res;
struct range crashk_cma_ranges[1];
void *initial_boot_params = booted_with;
phys_addr_t initial_boot_params_pa;

/* To be freed with vfree() */
static void *copy(const void *from, size_t size)
{
	void *p = sim_alloc(size, 0);

	return p ? memcpy(p, from, size) : ERR_PTR(-ENOMEM);
}

/* The descriptor says which of the two files it is */
static void look_at(struct file *f)
{
	bool then = now->then && nr_reads >= now->then;

	if (f->fd) {
		f->data = now->initrd;
		f->inode.i_size = now->initrd_len;
	} else {
		f->data = then ? now->kernel_then : now->kernel;
		f->inode.i_size = then ? now->kernel_then_len : now->kernel_len;
	}
}

struct fd sim_get_fd(int fd)
{
	static struct file files[2];
	struct file *f = &files[fd != 0];

	*f = (struct file) { .fd = fd, .inode.i_mode = S_IFREG, .f_mode = FMODE_READ };
	look_at(f);
	return (struct fd) { f };
}

static ssize_t kernel_read(struct file *f, void *buf, size_t len, loff_t *pos)
{
	nr_reads += !f->fd;
	look_at(f);
	if (*pos >= f->inode.i_size)
		return 0;
	len = min(len, (size_t)(f->inode.i_size - *pos));
	memcpy(buf, f->data + *pos, len);
	*pos += len;
	counters.bytes_read += len;
	return len;
}

ssize_t kernel_read_file(struct file *f, loff_t pos, void **buf, size_t buf_size,
			 size_t *file_size, int id)
{
	loff_t i_size = f->inode.i_size;
	bool whole = !pos && i_size <= buf_size, alloc = !*buf;
	ssize_t ret;

	if (!i_size)
		return -EINVAL;
	if (!file_size && i_size > buf_size)
		return -EFBIG;
	if (file_size)
		*file_size = i_size;
	if (alloc)
		*buf = vmalloc(i_size);
	if (!*buf)
		return -ENOMEM;

	ret = kernel_read(f, *buf, i_size > pos ? min(buf_size, (size_t)(i_size - pos)) : 0, &pos);
	if (!whole || pos == i_size)
		return ret;
	if (alloc) {
		vfree(*buf);
		*buf = NULL;
	}
	return -EIO;
}

ssize_t kernel_read_file_from_fd(int fd, loff_t offset, void **buf,
				 size_t buf_size, size_t *file_size, int id)
{
	return kernel_read_file(sim_get_fd(fd).file, offset, buf, buf_size, file_size, id);
}

void *memdup_user(const void *from, size_t size)
{
	return copy(from, size);
}

u64 of_read_number(const u32 *cell, int size)
{
	u64 n = 0;

	while (size--)
		n = n << 32 | be32toh(*cell++);
	return n;
}

/* One page: a header, and a program header for each of some ranges and CPUs */
int crash_prepare_elf64_headers(struct crash_mem *mem, int need_kernel_map,
				void **addr, unsigned long *sz)
{
	*sz = 4096;
	*addr = sim_alloc(*sz, __GFP_ZERO);
	return *addr ? 0 : -ENOMEM;
}

int crash_prepare_headers(int need_kernel_map, void **addr, unsigned long *sz,
			  unsigned long *nr_mem_ranges)
{
	return crash_prepare_elf64_headers(NULL, need_kernel_map, addr, sz);
}

int kimage_crash_copy_vmcoreinfo(struct kimage *image)
{
	struct page *page;

	if (image->type != KEXEC_TYPE_CRASH)
		return 0;
	page = kimage_alloc_control_pages(image, 0);
	if (!page)
		return -ENOMEM;
	image->vmcoreinfo_data_copy = page_address(page);
	return 0;
}

int machine_kexec_prepare(struct kimage *image)
{
	return 0;
}

void machine_kexec_cleanup(struct kimage *image)
{
}

void machine_kexec(struct kimage *image)
{
	abort();
}

/* As many page tables as a copy of the linear map of 1 GiB takes, or so */
int machine_kexec_post_load(struct kimage *image)
{
	if (image->head & IND_DONE)
		return 0;
	for (int i = 0; i < 4; i++)
		if (!kimage_alloc_control_pages(image, 0))
			return -ENOMEM;
	return 0;
}

int machine_load(const struct load *load)
{
	unsigned long flags = load->flags;

	if (!initial_boot_params_pa) {
		fdt_create_empty_tree(booted_with, sizeof(booted_with));
		fdt_setprop_u32(booted_with, 0, "#address-cells", 2);
		fdt_setprop_u32(booted_with, 0, "#size-cells", 2);
		initial_boot_params_pa = 1;
	}
	if (flags & KEXEC_FILE_ON_CRASH && !(flags & KEXEC_FILE_UNLOAD))
		machine_dirty_crash();
	if (!load->initrd)
		flags |= KEXEC_FILE_NO_INITRAMFS;
	now = load;
	nr_reads = 0;
	return -sys_kexec_file_load(0, 1, load->cmdline ? strlen(load->cmdline) + 1 : 0,
				    load->cmdline, flags);
}

void machine_unload(void)
{
	const struct load none = { .flags = KEXEC_FILE_UNLOAD };
	const struct load crash = { .flags = KEXEC_FILE_UNLOAD | KEXEC_FILE_ON_CRASH };

	if (kexec_image)
		machine_load(&none);
	if (kexec_crash_image)
		machine_load(&crash);
}

void machine_jump(const struct kimage *image)
{
	const kimage_entry_t *entry = &image->head;
	char *to = NULL;

	machine_wrote(image);
	for (; !(*entry & IND_DONE); entry++) {
		char *at = phys_to_virt(*entry & PAGE_MASK);

		if (*entry & IND_DESTINATION) {
			to = at;
		} else if (*entry & IND_INDIRECTION) {
			entry = (kimage_entry_t *)at - 1;
		} else if (*entry & IND_SOURCE) {
			memmove(to, at, PAGE_SIZE);
			counters.copied += PAGE_SIZE;
			counters.in_place += to == at;
			to += PAGE_SIZE;
		}
	}
}
