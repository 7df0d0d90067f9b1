// SPDX-License-Identifier: GPL-2.0
/* Segments that are loaded where they run: in CMA, in free memory, after pages were moved. */

#include <stdlib.h>

#include "cases.h"
#include "invariants.h"

#ifdef KEXEC_FILE_NO_CMA
static void test_cma(void)
{
	struct vmlinux v = vmlinux_default();
	static char initrd[0x5000];
	struct machine other;
	struct area own;
	const char *wrong;

	m.cma = (struct area) { RAM + SZ_1G - 16 * SZ_2M, 16 * SZ_2M };
	other = m;
	accepted_at(&v, 2, 0x20000, m.cma.start, "all of it in CMA");

	/* No segment would own the CMA pages below text_offset */
	m = other;
	v.text_offset = 0x80000;
	v.nr_loads = 0;
	add_load(&v, 0, 0x2f00, 0x3000);
	accepted(&v, 1, 0xa0000, "a kernel with a text_offset does not go into CMA");
	v = vmlinux_default();

	m = other;
	load.flags = KEXEC_FILE_NO_CMA;
	accepted_at(&v, 2, 0x20000, RAM, "CMA, but not wanted");

	m.cma = (struct area) { RAM + SZ_1G / 2 + 0x5000, 16 * SZ_2M };
	accepted_at(&v, 2, 0x20000, RAM + SZ_1G / 2 + SZ_2M,
		    "the first 2 MiB-aligned hole in CMA");

	m.cma = (struct area) { RAM + SZ_1G / 2 + SZ_2M / 2, SZ_2M / 2 };
	accepted_at(&v, 2, 0x20000, RAM, "CMA has no aligned hole");

	/* The device tree has no room above a kernel in this CMA area. */
	m.cma = (struct area) { RAM + SZ_1G - SZ_2M, SZ_2M };
	accepted_at(&v, 2, 0x20000, RAM, "CMA is too high for the rest");

	m.cma = (struct area) { RAM + SZ_2M / 2, SZ_2M / 2 };
	m.reserved[0] = (struct area) { RAM, SZ_2M / 2 };
	m.nr_reserved = 1;
	load.initrd = initrd;
	load.initrd_len = sizeof(initrd);
	accepted_at(&v, 2, 0x20000, RAM + SZ_2M, "CMA is too low for the initrd");

	/* A page of CMA between the kernel and the initrd */
	v.image_size = SZ_2M;
	m.cma = (struct area) { RAM + SZ_2M, 0x1000 };
	load.initrd = initrd;
	load.initrd_len = sizeof(initrd);
	wrong = load_vmlinux(&v, &own);
	if (!wrong && kexec_image->arch.dtb_mem != RAM + SZ_2M)
		wrong = "it is elsewhere";
	ok(wrong, "the device tree in CMA, next to another segment");
	reset();
}
/* Load @v, and compare the numbers of copies, moves and tries with the expected ones */
static const char *loads_in_place(const struct vmlinux *v, unsigned long base, bool copied,
				  unsigned long moved, unsigned int tries)
{
	struct area own = { };
	const char *wrong = load_vmlinux(v, &own);

	if (!wrong && own.start != base)
		wrong = "the base is elsewhere";
	if (!wrong && !counters.copied != !copied)
		wrong = copied ? "nothing is copied at the jump" : "it is copied at the jump";
	if (!wrong && v->aligned && !copied && !counters.maps)
		wrong = "the file is not read to where it runs";
	if (!wrong && counters.moved != moved)
		wrong = "the pages that are moved are not those in the hole";
	if (!wrong && counters.contig_tries != tries)
		wrong = "memory is allocated more or less often";
	machine_unload();
	return wrong ?: check_nothing_left();
}

/* The kernel and the device tree */
#define SEGMENTS	2
#define TRIES		10

/* No free page at a multiple of 2 MiB */
static void full(void)
{
	m.movable = (struct area) { RAM, SZ_1G / 2 };
	m.ram[0].size = SZ_1G / 2 + SZ_2M;
	m.pinned = (struct area) { RAM + SZ_1G / 2, 0x10000 };
}

/* Reading to the place takes two pages more, for bytes that only the file has */
static void test_free(void)
{
	struct vmlinux v = vmlinux_default();

	v.aligned = true;
	ok(loads_in_place(&v, RAM, false, 0, SEGMENTS), "where all memory is free, nothing is copied");
	reset();

	m.pinned = (struct area) { RAM + 0x1f000, 0x1000 };
	ok(loads_in_place(&v, RAM + SZ_2M, false, 0, SEGMENTS), "a hole with a used page is not tried");
	reset();

	m.movable = (struct area) { RAM, SZ_2M };
	ok(loads_in_place(&v, RAM + SZ_2M, false, 0, SEGMENTS), "free memory comes before memory that can be moved");
	reset();

	full();
	ok(loads_in_place(&v, RAM, false, v.image_size + 3 * PAGE_SIZE, SEGMENTS),
	   "without free memory, the pages of the first hole are moved, and no more");
	reset();

	full();
	m.unmovable = true;
	ok(loads_in_place(&v, RAM, true, 0, (1 + SEGMENTS) * TRIES), "when moving fails, it is tried a few times");
	reset();

	m.zone_movable = RAM + SZ_2M / 2;
	m.pinned = (struct area) { RAM, 0x1000 };
	ok(loads_in_place(&v, RAM, true, 0, 0), "ZONE_MOVABLE is left alone, and its border");
	reset();

	/* No segment would own the pages below text_offset; the device tree is in place */
	v.text_offset = 0x80000;
	v.nr_loads = 0;
	add_load(&v, 0, 0x2f00, 0x3000);
	ok(loads_in_place(&v, RAM, true, 0, 1), "a kernel with a text_offset is copied");
	reset();

	v = vmlinux_default();
	load.flags = KEXEC_FILE_NO_CMA;
	ok(loads_in_place(&v, RAM, true, 0, 0), "KEXEC_FILE_NO_CMA: all is copied");
	reset();
}
void test_in_place(void)
{
	test_cma();
	test_free();
}
#else
void test_in_place(void)
{
}
#endif
