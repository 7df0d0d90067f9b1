// SPDX-License-Identifier: GPL-2.0
/* A flat Image is loaded and refused as its header asks; sizes that both formats may have. */

#include <stdio.h>

#include "cases.h"
#include "invariants.h"

/* The beginning of the flat Image of @v, @size bytes, for the caller to free */
static void *flat_image(const struct vmlinux *v, size_t size)
{
	char *image = malloc(size);

	for (size_t at = 0; at < size; at++)
		image[at] = vmlinux_byte(v, 0, at);
	return image;
}

static void image_accepted(const struct vmlinux *v, const char *name)
{
	const size_t size = 0x3000;
	const struct kimage *image;
	struct area own = { };
	void *file = flat_image(v, size);
	struct elfview view = {
		.text_offset = v->text_offset,
		.image_size = v->image_size,
		.span = v->text_offset + v->image_size,
		.first = v->text_offset,
		.end = v->text_offset + size,
		.bytes = calloc(1, size),
	};
	const char *wrong;

	memcpy(view.bytes, file, size);
	load.kernel = file;
	load.kernel_len = size;
	machine_set(&m);
	wrong = machine_load(&load) ? "it is refused" : check_loaded(&m, &load, &view);
	image = loaded_image(0);
	if (!wrong)
		own = loaded_span(&load, image, &view);
	if (!wrong && (nr_kernel_segments(image, own) != 1 || own.start != RAM))
		wrong = "it is not one segment, at the beginning";
	ok(wrong, name);
	free(view.bytes);
	free(file);
	reset();
}

static void image_refused(const struct vmlinux *v, const char *why,
			  const char *name)
{
	refused_file(flat_image(v, 0x3000), 0x3000, ENOEXEC, why, name);
}

static void test_headers(void)
{
	struct vmlinux v = vmlinux_default(), w;

	image_accepted(&v, "Image: one segment of image_size");

	w = v;
	w.text_offset = 0x80000;
	w.image_size = 0x100000;
	w.entry = KIMAGE_VADDR;
	image_accepted(&w, "Image: text_offset 0x80000");

	w = v;
	w.image_size = 0;
	image_refused(&w, "image_size is 0", "Image: image_size 0");

	w = v;
	w.image_size = 0x2000;
	image_refused(&w, "more than image_size", "Image: larger than image_size");

	w = v;
	w.magic = 0;
	image_refused(&w, NULL, "a file that is neither");
}

/* The loaded part may take half of the memory, its gaps and BSS included */
static void test_half(void)
{
	static const unsigned long sizes[] = { 520, 800, 1018 };
	struct vmlinux v = vmlinux_default();
	char name[64];

	v.image_size = 400UL << 20;
	accepted(&v, 2, v.image_size, "image_size of less than half of the memory");
	for (int i = 0; i < ARRAY_SIZE(sizes); i++) {
		v.image_size = sizes[i] << 20;
		m.alloc_from = RAM;
		sprintf(name, "image_size of %lu of 1024 MiB", sizes[i]);
		refused(&v, EINVAL, "half of the memory", name);

		m.alloc_from = RAM;
		sprintf(name, "Image: image_size of %lu of 1024 MiB", sizes[i]);
		refused_file(flat_image(&v, 0x3000), 0x3000, EINVAL, "half of the memory", name);
	}
}

/*
 * Pages that were allocated where a segment goes are freed, and used again: an Image and its
 * pages take no more memory than twice its size, even if memory is handed out there first.
 */
static void test_peak(bool lowest_first, const char *name)
{
	struct vmlinux v = vmlinux_default();
	const char *wrong = NULL;
	void *file;

	v.image_size = 40UL << 20;
	file = flat_image(&v, 0x3000);
	m.alloc_from = RAM;
	m.lowest_first = lowest_first;
	load.kernel = file;
	load.kernel_len = 0x3000;
#ifdef KEXEC_FILE_NO_CMA
	load.flags = KEXEC_FILE_NO_CMA;
#endif
	machine_set(&m);
	if (machine_load(&load))
		wrong = "it is refused";
	else if (counters.peak > (v.image_size >> PAGE_SHIFT) * 2)
		wrong = "more memory is allocated";
	else
		machine_jump(kexec_image);
	if (!wrong)
		printf("# %s: peak %ld MiB, %lu of %lu pages in place\n", name,
		       counters.peak >> (20 - PAGE_SHIFT), counters.in_place,
		       counters.copied >> PAGE_SHIFT);
	ok(wrong, name);
	free(file);
	reset();
}

void test_image(void)
{
	test_headers();
	test_half();
	test_peak(false, "freed pages are used again, the last one first");
	test_peak(true, "freed pages are used again, the lowest one first");
}
