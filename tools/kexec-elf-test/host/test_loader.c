// SPDX-License-Identifier: GPL-2.0
/*
 * Named cases for the arm64 vmlinux and Image loaders: what is accepted ends up
 * in memory as it should, what is refused is refused for the reason put in.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "machine.h"
#include "vmlinux.h"

#define RAM	0x40000000UL

static unsigned int nr_tests, nr_failed;

static void ok(bool good, const char *name)
{
	printf("%sok %u - %s\n", good ? "" : "not ", ++nr_tests, name);
	if (!good) {
		nr_failed++;
		printf("# said: %s\n", machine.said);
	}
}

static void reset(void)
{
	sim_page_size = 4096;
	machine = (struct machine) {
		.ram_start = RAM, .ram_end = RAM + 0x40000000UL
	};
}

/* base + this is where PT_LOAD @i goes */
static uint64_t offset_of(const struct vmlinux *v, unsigned int i)
{
	uint64_t e = v->entry ? v->entry : KIMAGE_VADDR + v->text_offset;

	for (unsigned int j = 0; j < v->nr_loads; j++)
		if (e - v->loads[j].vaddr < v->loads[j].filesz)
			return v->loads[i].paddr - (e - v->loads[j].vaddr +
			       v->loads[j].paddr) + v->text_offset;
	abort();
}

/*
 * Do the segments of @image leave in memory what the Image of @v would: the
 * PT_LOADs' bytes, zeroes between them, nothing of BSS?
 */
static bool memory_right(const struct vmlinux *v, const struct kimage *image)
{
	unsigned long span = image->span_size, base = image->span_start;
	unsigned long first = span, end = 0, filled = 0;
	uint8_t *want = calloc(1, span), *have = malloc(span);
	bool good = true;

	memset(have, 0xaa, span);
	for (unsigned int i = 0; i < v->nr_loads; i++) {
		unsigned long at = v->loads[i].filesz ? offset_of(v, i) : 0;

		for (uint64_t b = 0; b < v->loads[i].filesz; b++)
			want[at + b] = vmlinux_byte(v, i, b);
		if (v->loads[i].filesz) {
			first = at < first ? at : first;
			end = max(end, at + v->loads[i].filesz);
		}
	}

	for (unsigned long i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *s = &image->segment[i];

		good &= IS_ALIGNED(s->mem, sim_page_size);
		good &= IS_ALIGNED(s->memsz, sim_page_size);
		good &= s->bufsz <= s->memsz;
		good &= s->mem >= base + filled;	/* ascending, disjoint */
		good &= s->mem + s->memsz <= base + span;
		if (!good)
			break;
		memcpy(have + s->mem - base, s->kbuf, s->bufsz);
		memset(have + s->mem - base + s->bufsz, 0, s->memsz - s->bufsz);
		filled = s->mem + s->memsz - base;
	}

	good &= IS_ALIGNED(base, SZ_2M);
	good &= image->start == base + v->text_offset;
	good &= filled == PAGE_ALIGN(end);	/* no page for BSS */
	good &= first <= end && !memcmp(have + first, want + first, end - first);
	free(want);
	free(have);
	return good;
}

static void accepted(const struct vmlinux *v, unsigned int nr_segments,
		     unsigned long span, const char *name)
{
	struct kimage image;
	size_t len;
	void *file = vmlinux_make(v, &len);
	int ret = load(&image, file, len);
	bool good = !ret && !machine.nr_said &&
		    image.nr_segments == nr_segments &&
		    image.span_size == PAGE_ALIGN(span) &&
		    machine.other_addr == image.span_start &&
		    machine.other_size == image.span_size &&
		    memory_right(v, &image);

	if (!good)
		printf("# errno %d, %lu segments, span 0x%lx\n", ret,
		       image.nr_segments, image.span_size);
	if (!ret)
		unload(&image);
	ok(good && !machine.nr_live, name);
	free(file);
	reset();
}

static void refused_file(void *file, size_t len, int error, const char *why,
			 const char *name)
{
	struct kimage image;
	int ret = load(&image, file, len);
	bool good = ret == error && machine.nr_said == 1 &&
		    strstr(machine.said, why) && !image.nr_segments &&
		    !image.span_size && !machine.nr_live;

	if (!good)
		printf("# errno %d, %u messages, %ld allocations left\n", ret,
		       machine.nr_said, machine.nr_live);
	if (!ret)
		unload(&image);
	ok(good, name);
	free(file);
	reset();
}

static void refused(const struct vmlinux *v, int error, const char *why,
		    const char *name)
{
	size_t len;
	void *file = vmlinux_make(v, &len);

	refused_file(file, len, error, why, name);
}

/* Put a PT_LOAD at @at bytes above _text */
static void add_load(struct vmlinux *v, uint64_t at, uint64_t filesz,
		     uint64_t memsz)
{
	uint64_t addr = KIMAGE_VADDR + v->text_offset + at;

	v->loads[v->nr_loads++] = (struct pt_load) { addr, addr, filesz, memsz };
}

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
	ok(ret == ENOMEM && machine.nr_other == 1 && machine.nr_said == 1 &&
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

static void test_refused_elf(void)
{
	struct vmlinux v = vmlinux_default(), w;

	w = v;
	w.machine = EM_X86_64;
	refused(&w, ENOEXEC, "built for machine 62, not for AArch64", "x86-64 vmlinux");

	w = v;
	w.class = ELFCLASS32;
	w.entry = 0x80000000;
	for (int i = 0; i < 2; i++)
		w.loads[i].vaddr = w.loads[i].paddr = w.entry + i * 0x10000;
	refused(&w, ENOEXEC, "ELF class", "32-bit ELF");

	w = v;
	w.type = ET_REL;
	refused(&w, ENOEXEC, "Not an ELF executable", "relocatable object");

	w = v;
	w.interp = true;
	refused(&w, ENOEXEC, "interpreter", "dynamic executable");

	w = v;
	w.nr_loads = 0;
	w.type = ET_EXEC;
	refused(&w, ENOEXEC, "No ELF program header", "no program header");

	w = v;
	w.p_type = PT_NOTE;
	refused(&w, ENOEXEC, "in no PT_LOAD", "no PT_LOAD");

	w = v;
	w.entry = KIMAGE_VADDR + 0x100000;
	refused(&w, ENOEXEC, "in no PT_LOAD", "entry outside of all PT_LOADs");

	w = v;
	w.entry = KIMAGE_VADDR + 0x2f00 - 63;
	refused(&w, ENOEXEC, "in no PT_LOAD", "header runs out of the PT_LOAD's bytes");

	w = v;
	w.entry = KIMAGE_VADDR + 0x12000;
	refused(&w, ENOEXEC, "in no PT_LOAD", "entry in BSS");

	w = v;
	w.entry = KIMAGE_VADDR - 8;
	refused(&w, ENOEXEC, "in no PT_LOAD", "entry below all PT_LOADs");

	w = v;
	w.loads[1].vaddr = w.loads[1].paddr = KIMAGE_VADDR + 0x2000;
	refused(&w, ENOEXEC, "overlaps", "overlapping PT_LOADs");

	w = v;
	w.loads[0].memsz = 0x10001;
	refused(&w, ENOEXEC, "overlaps", "p_memsz reaches into the next PT_LOAD");

	w = v;
	w.loads[1].memsz = 0x1000;
	refused(&w, ENOEXEC, "p_filesz 0x1100 above p_memsz 0x1000", "p_filesz > p_memsz");

	w = v;
	w.loads[1].filesz = w.loads[1].memsz = 1ULL << 40;
	refused(&w, ENOEXEC, "not in file", "p_filesz past the end of the file");

	w = v;
	w.loads[1].paddr = -0x1000ULL;
	refused(&w, ENOEXEC, "wraps around", "p_paddr + p_memsz overflows");

	w = v;
	w.loads[0].paddr = 0x1000;
	w.loads[1].paddr = 1ULL << 63 | 0x10000;
	refused(&w, ENOEXEC, "overflow", "PT_LOADs too far apart");

	w = v;
	w.loads[1].vaddr = w.loads[1].paddr = KIMAGE_VADDR - 0x10000;
	refused(&w, ENOEXEC, "is below the kernel's base", "PT_LOAD below base");

	w = v;
	w.loads[0].paddr = 0;
	w.loads[1].paddr = 0x10000;
	w.text_offset = 0x1000;
	w.entry = KIMAGE_VADDR;
	refused(&w, ENOEXEC, "below text_offset", "base below address 0");

	w = v;
	w.loads[1].memsz = 1ULL << 40;
	refused(&w, EADDRNOTAVAIL, "no hole of 0x10000010000 bytes",
		"more memory than the machine has");
}

static void test_refused_header(void)
{
	struct vmlinux v = vmlinux_default(), w;

	w = v;
	w.magic = 0;
	refused(&w, ENOEXEC, "magic is 0x00000000", "no Image header");

	w = v;
	w.magic ^= 1 << 24;
	refused(&w, ENOEXEC, "magic is 0x654d5241", "bad magic");

	w = v;
	w.image_size = 0;
	refused(&w, ENOEXEC, "image_size is 0", "image_size 0");

	w = v;
	w.code1 = 0xd503201f;
	refused(&w, ENOEXEC, "code1 (0xd503201f) is a branch", "no branch in code0 or code1");

	w = v;
	w.image_size = w.text_offset = 0x20000;
	w.entry = KIMAGE_VADDR;
	refused(&w, ENOEXEC, "text_offset 0x20000 is not below image_size 0x20000",
		"text_offset not below image_size");

	w = v;
	w.text_offset = 0x1800;
	w.entry = KIMAGE_VADDR;
	refused(&w, ENOEXEC, "text_offset 0x1800 is not a multiple of the page size 0x1000",
		"text_offset inside a page");

	w = v;
	w.text_offset = 0x1000;
	w.entry = KIMAGE_VADDR;
	sim_page_size = 65536;
	refused(&w, ENOEXEC, "page size 0x10000", "text_offset inside a 64K page");

	w = v;
	w.image_size = -1ULL;
	refused(&w, ENOEXEC, "overflow", "image_size 2^64 - 1");

	w = v;
	w.text_offset = 1ULL << 63;
	w.image_size = (1ULL << 63) + 1;
	w.entry = KIMAGE_VADDR;
	refused(&w, ENOEXEC, "overflow", "text_offset + image_size overflows");

	for (int i = 1; i <= 3; i++) {
		char why[64], name[64];

		w = v;
		w.flags = i << 1;
		machine.no_4k = i == 1;
		machine.no_16k = i == 2;
		machine.no_64k = i == 3;
		sprintf(why, "built for %dK pages, which this CPU does not have",
			i == 1 ? 4 : i == 2 ? 16 : 64);
		sprintf(name, "%dK pages, which the CPU lacks",
			i == 1 ? 4 : i == 2 ? 16 : 64);
		refused(&w, EINVAL, why, name);
	}

	w = v;
	w.flags |= 1;
	machine.no_mixed_endian = true;
	refused(&w, EINVAL, "built for big-endian", "endianness that the CPU lacks");
}

static void test_truncated(void)
{
	struct vmlinux v = vmlinux_default();
	unsigned int wrong = 0;
	struct kimage image;
	size_t len;
	char *file;

	v.loads[0].filesz = 0x400;
	v.loads[1].filesz = 0x200;
	file = vmlinux_make(&v, &len);
	for (size_t n = 0; n < len; n++) {
		char *cut = malloc(n ? n : 1);
		int ret;

		memcpy(cut, file, n);
		ret = load(&image, cut, n);
		if (ret != ENOEXEC || machine.nr_said != 1 || machine.nr_live) {
			printf("# %zu of %zu bytes: errno %d, %s\n", n, len,
			       ret, machine.said);
			wrong++;
		}
		free(cut);
		reset();
	}
	ok(len > 4096 && !wrong, "every truncation: ENOEXEC and one message");
	free(file);
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

static void test_image(void)
{
	struct vmlinux v = vmlinux_default();
	size_t len, size = 0x3000;
	char *file = vmlinux_make(&v, &len), *image = malloc(size);
	struct kimage k;
	int ret;

	/* The flat Image of this vmlinux begins with its header. */
	memcpy(image, file + 4096, 0x2f00);
	ret = load(&k, image, size);
	ok(!ret && k.nr_segments == 1 && k.segment[0].kbuf == image &&
	   k.segment[0].bufsz == size && k.segment[0].memsz == 0x20000 &&
	   k.start == RAM && k.segment[0].mem == RAM && k.span_size == 0x20000,
	   "Image: one segment of image_size");
	unload(&k);
	reset();
	free(image);
	free(file);

	v.image_size = 0;
	file = vmlinux_make(&v, &len);
	image = malloc(size);
	memcpy(image, file + 4096, 0x2f00);
	refused_file(image, size, ENOEXEC, "image_size is 0", "Image: image_size 0");
	free(file);

	v = vmlinux_default();
	v.image_size = 0x2000;
	file = vmlinux_make(&v, &len);
	image = malloc(size);
	memcpy(image, file + 4096, 0x2f00);
	refused_file(image, size, ENOEXEC, "more than image_size", "Image: larger than image_size");
	free(file);

	image = calloc(1, size);
	refused_file(image, size, ENOEXEC, "neither a vmlinux nor an Image",
		     "a file that is neither");
}

int main(void)
{
	reset();
	test_accepted();
	test_bounce();
	test_placement();
	test_refused_elf();
	test_refused_header();
	test_truncated();
	test_no_memory();
	test_image();
	printf("1..%u\n", nr_tests);
	return nr_failed != 0;
}
