// SPDX-License-Identifier: GPL-2.0
/*
 * The entry point of libFuzzer and AFL++: load a file. Its last four bytes
 * select the machine.
 */

#include <stdio.h>

#include "fuzz.h"
#include "invariants.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	machine_init(1UL << 38);
	return 0;
}

/* Small ones: what is loaded is copied, up to half of the memory */
static struct machine some_machine(uint8_t kind, uint8_t cpu)
{
	struct machine m = machine_default();

	m.page_shift = 12 + 2 * (kind % 3);
	m.ram[0].size = 4 * SZ_2M;
	m.alloc_from = m.ram[0].start + 2 * SZ_2M;
	switch (kind / 3 % 5) {
	case 1:		/* room enough, but not for an initrd */
		m.ram[0].size = 4 * SZ_64K;
		m.ram[1] = (struct area) { 64 * SZ_1G, 4 * SZ_2M };
		m.nr_ram = 2;
		m.alloc_from = m.ram[1].start;
		break;
	case 2:		/* memory begins at 0 */
		m.ram[0].start = 0;
		m.reserved[0] = (struct area) { SZ_2M, 123456 };
		m.nr_reserved = 1;
		m.alloc_from = 0;
		break;
	case 3:
		m.cma = (struct area) { m.alloc_from, SZ_2M };
		break;
	case 4:
		m.crash = (struct area) { m.alloc_from, 2 * SZ_2M };
		break;
	}
	m.no_4k = cpu & 1;
	m.no_16k = cpu & 2;
	m.no_64k = cpu & 4;
	m.no_mixed_endian = cpu & 8;
	return m;
}

static void check(const char *wrong)
{
	if (!wrong)
		return;
	fprintf(stderr, "%s\nsaid: %s\n", wrong, counters.said);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char initrd[3 * SZ_64K];
	struct load load = { .kernel = data, .cmdline = "quiet" };
	struct elfview view = { };
	const uint8_t *last;
	struct machine m;
	int ret;

	if (size <= FUZZ_TAIL)
		return 0;
	load.kernel_len = size - FUZZ_TAIL;
	last = data + load.kernel_len;
	m = some_machine(last[0], last[1]);
	if (m.crash.size)
		load.flags |= KEXEC_FILE_ON_CRASH;
	load.initrd = last[2] & 1 ? initrd : NULL;
	load.initrd_len = last[2] & 2 ? sizeof(initrd) : 100;
	m.fail_alloc = last[3];

	/* Once: no byte like the one before */
	for (size_t i = 0; i < sizeof(initrd) && !initrd[sizeof(initrd) - 1]; i++)
		initrd[i] = (uint32_t)(i * 2654435761u) >> 24 | 1;

	machine_set(&m);
	ret = machine_load(&load);
	if (!ret) {
		/* The kernel tries the Image loader first */
		bool elf = memcmp(data + 56, "ARM\x64", 4);
		/* libelf is more particular about section headers than the kernel */
		bool seen = elf && elfview(data, load.kernel_len, &view);

		if (seen || !elf)
			check(check_loaded(&m, &load, seen ? &view : NULL));
		if (!elf && memcmp(phys_to_virt(loaded_image(load.flags)->start), data,
				   load.kernel_len))
			check("the Image has other bytes than its file");
		free(view.bytes);
	} else if (ret != ENOEXEC && ret != EINVAL && ret != EADDRNOTAVAIL && ret != ENOMEM) {
		check("another errno than documented");
	} else if (ret != ENOMEM && !m.fail_alloc &&
		   counters.nr_said != 1 + !!strstr(counters.said, "PKCS#7")) {
		/*
		 * If memory is short, the allocators print a message. For a
		 * malformed signature, mod_check_sig() does.
		 */
		check("the reason is not printed exactly once");
	}
	machine_unload();
	check(check_nothing_left());
	return 0;
}
