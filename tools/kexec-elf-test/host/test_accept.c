// SPDX-License-Identifier: GPL-2.0
/* What is accepted ends up in memory as Image would have put it there. */

#include <stdio.h>

#include "cases.h"

static void test_accepted(void)
{
	struct vmlinux v = vmlinux_default(), w;
	struct pt_load swap;

	accepted(&v, 2, 0x20000, "text and data, ET_DYN");

	w = v;
	w.type = ET_EXEC;
	accepted(&w, 2, 0x20000, "ET_EXEC");

	w = v;
	w.sections = false;
	accepted(&w, 2, 0x20000, "no section headers");

	w = v;
	w.data = ELFDATA2MSB;
	w.flags |= 1;
	accepted(&w, 2, 0x20000, "big-endian file");

	w = v;
	swap = w.loads[0];
	w.loads[0] = w.loads[1];
	w.loads[1] = swap;
	accepted(&w, 2, 0x20000, "PT_LOADs in descending order");

	w = v;
	w.loads[w.nr_loads++] = (struct pt_load) { 0, KIMAGE_VADDR + 0x8000, 0, 0 };
	w.loads[w.nr_loads++] = (struct pt_load) { 0, 0, 0, 0 };
	accepted(&w, 2, 0x20000, "empty PT_LOADs are ignored, whatever their addresses");

	w = v;
	w.note = true;
	accepted(&w, 2, 0x20000, "program headers of another type are ignored");

	w = v;
	add_load(&w, 0x8000, 0, 0x2000);
	accepted(&w, 2, 0x20000, "PT_LOAD without bytes between others is zeroed");

	w = v;
	w.image_size = 0x10000;
	accepted(&w, 2, 0x15000, "span reaches to the highest PT_LOAD");

	w = v;
	w.image_size = 0x123456;
	accepted(&w, 2, 0x123456, "span reaches to image_size");

	w = v;
	w.text_offset = 0x80000;
	w.image_size = 0x100000;
	w.nr_loads = 0;
	add_load(&w, 0, 0x2f00, 0x3000);
	add_load(&w, 0x10000, 0x1100, 0x5000);
	accepted(&w, 2, 0x180000, "text_offset 0x80000");

	w = v;
	for (int i = 0; i < 2; i++)
		w.loads[i].paddr = w.loads[i].vaddr - KIMAGE_VADDR + 0x7f000000;
	accepted(&w, 2, 0x20000, "p_paddr differs from p_vaddr");

	w = v;
	w.entry = KIMAGE_VADDR + 0x1000;
	w.text_offset = 0x1000;
	accepted(&w, 2, 0x21000, "entry in the middle of a PT_LOAD that begins at base");

	w = v;
	machine.ram_start = 0;
	accepted(&w, 2, 0x20000, "base at physical address 0");

	w = v;
	w.flags = 3 << 1;
	machine.no_4k = true;
	machine.no_16k = true;
	accepted(&w, 2, 0x20000, "64K pages on a CPU that has no others");

	w = v;
	w.flags = 0;
	machine.no_4k = machine.no_16k = machine.no_64k = true;
	accepted(&w, 2, 0x20000, "page size not specified");

	w = v;
	w.flags |= 1;
	accepted(&w, 2, 0x20000, "big-endian kernel on a CPU that has both");

	machine.no_mixed_endian = true;
	accepted(&v, 2, 0x20000, "little-endian kernel on a CPU that has only that");

	w = v;
	w.code0 = 0x14000100;
	w.code1 = 0;
	accepted(&w, 2, 0x20000, "branch in code0");
}

static void test_bounce(void)
{
	struct vmlinux v = vmlinux_default(), w;

	w = v;
	w.loads[1].vaddr = w.loads[1].paddr = KIMAGE_VADDR + 0x8000;
	sim_page_size = 65536;
	accepted(&w, 1, 0x20000, "PT_LOADs that share a 64K page");

	w = v;
	add_load(&w, 0x18000, 0x1234, 0x2000);
	sim_page_size = 65536;
	accepted(&w, 2, 0x20000, "PT_LOAD that begins inside a 64K page joins the one before");

	w = v;
	add_load(&w, 0x16000, 0x1234, 0x2000);
	sim_page_size = 16384;
	accepted(&w, 2, 0x20000, "PT_LOAD that begins inside a 16K page joins the one before");

	w = v;
	w.loads[1].vaddr = w.loads[1].paddr = KIMAGE_VADDR + 0x2f10;
	w.loads[0].memsz = w.loads[0].filesz;
	accepted(&w, 1, 0x20000, "PT_LOADs that share a 4K page");

	w = v;
	w.entry = KIMAGE_VADDR + 0x1000;
	w.text_offset = 0x1000;
	w.loads[0].vaddr += 0x10;
	w.loads[0].paddr += 0x10;
	accepted(&w, 2, 0x21000, "the lowest PT_LOAD begins inside a page");

	w = v;
	w.nr_loads = 0;
	for (int i = 0; i < MAX_LOADS; i++)
		add_load(&w, i * 0x3000, 0x1800, 0x2000);
	w.image_size = MAX_LOADS * 0x3000;
	accepted(&w, 12, w.image_size, "40 PT_LOADs leave segments for others");
}

static void test_placement(void)
{
	struct vmlinux v = vmlinux_default();
	struct kimage image;
	size_t len;
	void *file = vmlinux_make(&v, &len);
	int ret;

	machine.other_errors[0] = machine.other_errors[1] = -EADDRNOTAVAIL;
	ret = load(&image, file, len);
	ok(!ret && machine.nr_other == 3 && image.nr_segments == 2 &&
	   image.span_start == RAM + 2 * SZ_2M && memory_right(&v, &image),
	   "the next hole is tried when the initrd has no room");
	unload(&image);
	reset();

	machine.other_errors[0] = -ENOMEM;
	ret = load(&image, file, len);
	ok(ret == ENOMEM && machine.nr_other == 1 && !machine.nr_said &&
	   !image.nr_segments && !image.span_size && !machine.nr_live,
	   "an error that another hole does not cure is returned at once");
	reset();

	for (int i = 0; i < 4; i++)
		machine.other_errors[i] = -EADDRNOTAVAIL;
	machine.ram_end = RAM + 4 * SZ_2M;
	ret = load(&image, file, len);
	ok(ret == EADDRNOTAVAIL && machine.nr_other == 4 &&
	   strstr(machine.said, "leaves room for the initrd") &&
	   !image.nr_segments && !machine.nr_live,
	   "no hole with room for the initrd: EADDRNOTAVAIL");
	reset();

	machine.ram_end = RAM + 0x10000;
	ret = load(&image, file, len);
	ok(ret == EADDRNOTAVAIL && strstr(machine.said, "no hole of 0x20000 bytes") &&
	   !machine.nr_live, "no hole for the span: EADDRNOTAVAIL, with its size");
	free(file);
	reset();
}

static void test_no_memory(void)
{
	struct vmlinux v = vmlinux_default();
	struct kimage image;
	bool good = true;
	size_t len;
	void *file;
	long n, total;

	add_load(&v, 0x16000, 0x1234, 0x2000);
	file = vmlinux_make(&v, &len);
	sim_page_size = 16384;
	good = !load(&image, file, len);
	total = machine.nr_allocs;
	unload(&image);
	for (n = 1; n <= total; n++) {
		reset();
		sim_page_size = 16384;
		machine.fail_alloc = n;
		good &= load(&image, file, len) == ENOMEM && !machine.nr_live &&
			!image.nr_segments;
	}
	ok(good && total == 4, "each of 4 allocations fails in turn: ENOMEM, nothing kept");
	free(file);
	reset();
}

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
	void *file = flat_image(v, size);
	struct kimage image;
	int ret = load(&image, file, size);
	const struct kexec_segment *s = &image.segment[0];

	ok(!ret && image.nr_segments == 1 && s->kbuf == file &&
	   s->bufsz == size && s->memsz == v->image_size &&
	   s->mem == RAM + v->text_offset && image.start == s->mem &&
	   image.span_start == RAM &&
	   image.span_size == v->text_offset + v->image_size &&
	   !image.arch.bss_memsz, name);
	unload(&image);
	free(file);
	reset();
}

static void image_refused(const struct vmlinux *v, const char *why,
			  const char *name)
{
	refused_file(flat_image(v, 0x3000), 0x3000, ENOEXEC, why, name);
}

static void test_image(void)
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
	image_refused(&w, "neither a vmlinux nor an Image", "a file that is neither");
}

void test_accept(void)
{
	test_accepted();
	test_bounce();
	test_placement();
	test_no_memory();
	test_image();
}
