// SPDX-License-Identifier: GPL-2.0
/* What the loaders get from the rest of the kernel, simulated. */

#include <stdarg.h>
#include <stdio.h>

#include "machine.h"

unsigned long sim_page_size = 4096;
struct machine machine;
static const struct kexec_file_ops *ops;
static void *loader_data;

bool system_supports_4kb_granule(void) { return !machine.no_4k; }
bool system_supports_16kb_granule(void) { return !machine.no_16k; }
bool system_supports_64kb_granule(void) { return !machine.no_64k; }
bool system_supports_mixed_endian(void) { return !machine.no_mixed_endian; }

unsigned long totalram_pages(void)
{
	return (machine.ram_end - machine.ram_start) / PAGE_SIZE;
}

void said(const char *fmt, ...)
{
	size_t used = strlen(machine.said);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(machine.said + used, sizeof(machine.said) - used, fmt, ap);
	va_end(ap);
	machine.nr_said++;
}

void *sim_alloc(size_t size)
{
	void *p;

	if (++machine.nr_allocs == machine.fail_alloc)
		return NULL;

	p = calloc(1, size);
	if (p)
		machine.nr_live++;
	return p;
}

void sim_free(const void *p)
{
	if (p)
		machine.nr_live--;
	free((void *)p);
}

/* The lowest hole in one range of RAM; parts are at fixed addresses */
int kexec_add_span(struct kexec_buf *kbuf)
{
	unsigned long start = max(machine.ram_start, kbuf->buf_min);

	kbuf->memsz = PAGE_ALIGN(kbuf->memsz);
	start = ALIGN(start, kbuf->buf_align);
	if (start >= machine.ram_end ||
	    machine.ram_end - start < kbuf->memsz)
		return -EADDRNOTAVAIL;

	kbuf->mem = start;
	kbuf->image->span_start = start;
	kbuf->image->span_size = kbuf->memsz;
	return 0;
}

int kexec_next_span(struct kexec_buf *kbuf)
{
	kimage_remove_span(kbuf->image);
	kbuf->buf_min = kbuf->mem + kbuf->memsz;
	return kexec_add_span(kbuf);
}

void kimage_remove_segments(struct kimage *image, unsigned long nr_segments)
{
	image->nr_segments = nr_segments;
}

void kimage_remove_span(struct kimage *image)
{
	image->span_size = 0;
}

int kexec_add_buffer(struct kexec_buf *kbuf)
{
	struct kimage *image = kbuf->image;

	if (image->nr_segments >= KEXEC_SEGMENT_MAX)
		return -EINVAL;
	if (kbuf->mem == KEXEC_BUF_MEM_UNKNOWN)
		abort();

	kbuf->memsz = PAGE_ALIGN(kbuf->memsz);
	image->segment[image->nr_segments++] = (struct kexec_segment) {
		.kbuf = kbuf->buffer,
		.bufsz = kbuf->bufsz,
		.mem = kbuf->mem,
		.memsz = kbuf->memsz,
	};
	return 0;
}

int load_other_segments(struct kimage *image, unsigned long kernel_load_addr,
			unsigned long kernel_size, char *initrd,
			unsigned long initrd_len, char *cmdline)
{
	machine.other_addr = kernel_load_addr;
	machine.other_size = kernel_size;
	return machine.other_errors[machine.nr_other++ % 4];
}

int load(struct kimage *image, void *file, size_t len)
{
	const struct kexec_file_ops *loaders[] = {
		&kexec_image_ops, &kexec_elf_ops
	};
	int ret = -ENOEXEC;

	memset(image, 0, sizeof(*image));
	for (int i = 0; i < 2 && ret; i++) {
		ops = loaders[i];
		ret = ops->probe(file, len);
	}
	if (ret)
		return -ret;

	loader_data = ops->load(image, file, len, NULL, 0, NULL, 0);
	if (IS_ERR(loader_data)) {
		ret = -PTR_ERR(loader_data);
		loader_data = NULL;
		unload(image);
	}
	return ret;
}

/* As kimage_file_post_load_cleanup() */
void unload(struct kimage *image)
{
	if (ops->cleanup)
		ops->cleanup(loader_data);
	kfree(loader_data);
	loader_data = NULL;
}
