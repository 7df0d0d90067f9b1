// SPDX-License-Identifier: GPL-2.0
/* An accepted file ends up in memory as Image would have put it there. */

#include <stdio.h>

#include "cases.h"
#include "invariants.h"

static void test_accepted(void)
{
	struct vmlinux v = vmlinux_default(), w;
	struct pt_load swap;

	accepted(&v, 2, 0x20000, "text and data, ET_DYN");

	w = v;
	w.type = ET_EXEC;
	accepted(&w, 2, 0x20000, "ET_EXEC");

	load.flags = KEXEC_FILE_DEBUG;
	accepted(&v, 2, 0x20000, "with messages for debugging");

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
	w.image_size = 0x15000;
	accepted(&w, 2, 0x15000, "the highest PT_LOAD ends where the span does");

	w = v;
	w.image_size = 0x11101;
	w.loads[1].memsz = 0x1101;
	accepted(&w, 2, 0x12000, "... inside a page");

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
	w.text_offset = 0x20000;
	w.nr_loads = 0;
	add_load(&w, 0, 0x2f00, 0x3000);
	add_load(&w, 0x10000, 0x1100, 0x5000);
	accepted(&w, 2, 0x40000, "text_offset as large as image_size");

	w = v;
	for (int i = 0; i < 2; i++)
		w.loads[i].paddr = w.loads[i].vaddr - KIMAGE_VADDR + 0x7f000000;
	accepted(&w, 2, 0x20000, "p_paddr differs from p_vaddr");

	w = v;
	w.entry = KIMAGE_VADDR + 0x1000;
	w.text_offset = 0x1000;
	accepted(&w, 2, 0x21000, "entry in the middle of a PT_LOAD that begins at base");

	w = v;
	m.ram[0].start = 0;
	accepted(&w, 2, 0x20000, "base at physical address 0");

	w = v;
	w.flags = 3 << 1;
	m.no_4k = true;
	m.no_16k = true;
	accepted(&w, 2, 0x20000, "64K pages on a CPU that has no others");

	w = v;
	w.flags = 0;
	m.no_4k = m.no_16k = m.no_64k = true;
	accepted(&w, 2, 0x20000, "page size not specified");

	w = v;
	w.flags |= 1;
	accepted(&w, 2, 0x20000, "big-endian kernel on a CPU that has both");

	m.no_mixed_endian = true;
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
	m.page_shift = 16;
	accepted(&w, 1, 0x20000, "PT_LOADs that share a 64K page");

	w = v;
	add_load(&w, 0x18000, 0x1234, 0x2000);
	m.page_shift = 16;
	accepted(&w, 2, 0x20000, "PT_LOAD that begins inside a 64K page joins the one before");

	w = v;
	add_load(&w, 0x16000, 0x1234, 0x2000);
	m.page_shift = 14;
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
	for (int i = 0; i < 40; i++)
		add_load(&w, i * 0x3000, 0x1800, 0x2000);
	w.image_size = 40 * 0x3000;
	accepted(&w, 12, w.image_size, "40 PT_LOADs leave segments for others");
}

/* Two ranges of RAM, 4 MiB and 1 GiB, further apart than an initrd may be */
static void two_ranges(void)
{
	m.ram[0].size = 2 * SZ_2M;
	m.ram[1] = (struct area) { 64 * SZ_1G, SZ_1G };
	m.nr_ram = 2;
	m.alloc_from = m.ram[1].start + SZ_1G / 2;
}

static void test_placement(void)
{
	struct vmlinux v = vmlinux_default();
	static char initrd[4 * SZ_2M];
	struct machine crowded;

	two_ranges();
	accepted(&v, 2, 0x20000, "the lowest hole of two");

	two_ranges();
	load.initrd = initrd;
	load.initrd_len = sizeof(initrd);
	accepted_at(&v, 2, 0x20000, 64 * SZ_1G,
		    "the next hole is tried when the initrd has no room");

	/* Half of the memory is the limit for all that is loaded: much is reserved. */
	m.reserved[0] = (struct area) { RAM + 4 * SZ_2M, SZ_1G - 4 * SZ_2M };
	m.nr_reserved = 1;
	m.alloc_from = RAM;
	crowded = m;
	load.initrd = initrd;
	load.initrd_len = sizeof(initrd);
	refused(&v, EADDRNOTAVAIL, "leaves room for the initrd",
		"no hole with room for the initrd: EADDRNOTAVAIL");

	m = crowded;
	m.reserved[0] = (struct area) { RAM + 0x10000, SZ_1G - 0x10000 };
	refused(&v, EADDRNOTAVAIL, "no hole of 0x20000 bytes",
		"no hole for the span: EADDRNOTAVAIL, with its size");

	m.crash = (struct area) { RAM + SZ_1G / 2, 16 * SZ_2M };
	load.flags = KEXEC_FILE_ON_CRASH;
	load.initrd = initrd;
	load.initrd_len = sizeof(initrd);
	accepted_at(&v, 2, 0x20000, RAM + SZ_1G / 2, "a crash kernel");

	m.crash = (struct area) { RAM + SZ_1G / 2, 6 * SZ_2M };
	load.flags = KEXEC_FILE_ON_CRASH;
	load.initrd = initrd;
	load.initrd_len = sizeof(initrd);
	accepted_at(&v, 2, 0x20000, RAM + SZ_1G / 2, "... in the smallest region that has room");

	m.crash = (struct area) { RAM + SZ_1G / 2, 5 * SZ_2M };
	load.flags = KEXEC_FILE_ON_CRASH;
	load.initrd = initrd;
	load.initrd_len = sizeof(initrd);
	refused(&v, EADDRNOTAVAIL,
		"the crashkernel region has 0xa00000 bytes: kernel (0x20000 bytes), initrd (0x800000 bytes), ELF core headers and device tree take at least 0xc00000",
		"no room for a crash kernel and its initrd, wherever it is tried");

	m.crash = (struct area) { RAM + SZ_1G / 2, SZ_2M };
	load.flags = KEXEC_FILE_ON_CRASH;
	v.image_size = 2 * SZ_2M;
	refused(&v, EADDRNOTAVAIL,
		"the crashkernel region has 0x200000 bytes: kernel (0x400000 bytes), initrd (0x0 bytes), ELF core headers and device tree take at least 0x600000",
		"no room for a crash kernel alone");
}

static bool all_copied(void)
{
#ifdef KEXEC_FILE_NO_CMA
	return load.flags & (KEXEC_FILE_NO_CMA | KEXEC_FILE_ON_CRASH);
#else
	return true;
#endif
}

/* Each allocation fails in turn; how many there are is in @nr */
static const char *all_fail(const void *file, size_t len, long *nr)
{
	const char *wrong = NULL;
	long n, total;

	load.kernel = file;
	load.kernel_len = len;
	machine_set(&m);
	if (machine_load(&load))
		return "it is refused";
	total = counters.allocs;
	machine_unload();

	for (n = 1; n <= total && !wrong; n++) {
		int ret;

		m.fail_alloc = n;
		machine_set(&m);
		ret = machine_load(&load);
		/* If a part is not read or loaded in place, it can be copied. drivers/of/kexec.c has no errno. */
		if (!ret ? all_copied() : ret != ENOMEM && !(ret == EINVAL && strstr(counters.said, "dtb failed")))
			wrong = ret ? strerror(ret) : "it is loaded";
		machine_unload();
		if (!wrong)
			wrong = check_nothing_left();
	}
	if (wrong)
		printf("# allocation %ld of %ld\n", n - 1, total);
	*nr = total;
	return wrong;
}

static void test_no_memory(void)
{
	static char initrd[550 * 4096];
	struct vmlinux v = vmlinux_default();
	const char *wrong;
	size_t len;
	void *file;
	long nr = 0;

	add_load(&v, 0x16000, 0x1234, 0x2000);
	file = vmlinux_make(&v, &len);
	m.page_shift = 14;
	load.initrd = "initrd";
	load.initrd_len = 6;
	wrong = all_fail(file, len, &nr);
	if (!wrong && nr < 10)
		wrong = "there are fewer allocations than there must be";
	ok(wrong, "each allocation fails in turn: ENOMEM, nothing kept");
	reset();

#ifdef KEXEC_FILE_NO_CMA
	m.page_shift = 14;
	load.initrd = "initrd";
	load.initrd_len = 6;
	load.flags = KEXEC_FILE_NO_CMA;
	wrong = all_fail(file, len, &nr);
	if (!wrong && nr < 15)
		wrong = "there are fewer allocations than there must be";
	ok(wrong, "the same, of a kernel that is to be copied");
	reset();
#endif

	m.crash = (struct area) { RAM + SZ_1G / 2, 16 * SZ_2M };
	load.flags = KEXEC_FILE_ON_CRASH;
	ok(all_fail(file, len, &nr), "the same, of a crash kernel");
	free(file);
	reset();

	/* An indirection page has room for 511 others, of the file and not */
	v = vmlinux_default();
	v.image_size += 600 * 4096;
	file = vmlinux_make(&v, &len);
	load.initrd = initrd;
	load.initrd_len = sizeof(initrd);
#ifdef KEXEC_FILE_NO_CMA
	load.flags = KEXEC_FILE_NO_CMA;
#endif
	wrong = all_fail(file, len, &nr);
	if (!wrong && nr < 600)
		wrong = "there are fewer allocations than there must be";
	ok(wrong, "the same, of more pages than one indirection page has room for");
	free(file);
	reset();
}

void test_accept(void)
{
	test_accepted();
	test_bounce();
	test_placement();
	test_no_memory();
}
