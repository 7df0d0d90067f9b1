// SPDX-License-Identifier: GPL-2.0
/* Damaged files are refused with the errno and message of their damage. */

#include <stdio.h>

#include "cases.h"

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
	refused(&w, ENOEXEC, "ends at 0x8000000000015000, beyond image_size", "PT_LOADs too far apart");

	w = v;
	w.image_size = 0x14fff;
	refused(&w, ENOEXEC, "beyond image_size", "a PT_LOAD that ends a byte beyond image_size");

	/* From there to the entry, it is less than p_filesz, modulo 2^64 */
	w = v;
	w.entry = 0x1000;
	w.loads[0].vaddr = -0x1000ULL;
	w.loads[0].paddr = 0;
	refused(&w, ENOEXEC, "in no PT_LOAD", "entry found across 2^64");

	w = v;
	w.loads[0].paddr = -0x1000ULL;
	w.loads[0].memsz = 0x800;
	w.entry = KIMAGE_VADDR + 0x1800;
	refused(&w, ENOEXEC, "p_filesz 0x2f00 above p_memsz 0x800", "p_paddr of the entry overflows");

	w = v;
	w.loads[1].vaddr = w.loads[1].paddr = KIMAGE_VADDR - 0x10000;
	refused(&w, ENOEXEC, "is below the kernel's base", "PT_LOAD below base");

	w = v;
	w.text_offset = 0x1000;
	for (int i = 0; i < 2; i++) {
		w.loads[i].vaddr += 0x1000;
		w.loads[i].paddr = i * 0x10000;
	}
	refused(&w, ENOEXEC, "below text_offset", "base below address 0");

	w = v;
	w.loads[1].memsz = 1ULL << 40;
	w.image_size = 1ULL << 41;
	refused(&w, EADDRNOTAVAIL, "no hole of 0x20000000000 bytes",
		"more memory than the machine has");

	w = v;
	w.loads[1].vaddr = KIMAGE_VADDR + 0x20000001;
	w.loads[1].paddr = w.loads[1].vaddr;
	w.image_size = 0x20010000;
	refused(&w, EINVAL, "2 PT_LOADs to be joined take 0x20001101 bytes",
		"a buffer of more than half of the memory");
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
	w.text_offset = 0x20000;
	w.entry = KIMAGE_VADDR;
	refused(&w, ENOEXEC, "text_offset 0x20000 is not that of entry point 0xffff800080000000",
		"text_offset that is not the entry's");

	w = v;
	w.text_offset = SZ_2M;
	w.loads[0].paddr = w.loads[1].paddr = 0;
	w.nr_loads = 1;
	w.entry = KIMAGE_VADDR;
	refused(&w, ENOEXEC, "below text_offset", "text_offset of 2 MiB, and an entry at 0");

	w = v;
	w.text_offset = 0x1800;
	w.entry = KIMAGE_VADDR;
	refused(&w, ENOEXEC, "text_offset 0x1800 is not a multiple of the page size 0x1000",
		"text_offset inside a page");

	w = v;
	w.text_offset = 0x1000;
	w.entry = KIMAGE_VADDR;
	m.page_shift = 16;
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
		m.no_4k = i == 1;
		m.no_16k = i == 2;
		m.no_64k = i == 3;
		sprintf(why, "built for %dK pages, which this CPU does not have",
			i == 1 ? 4 : i == 2 ? 16 : 64);
		sprintf(name, "%dK pages, which the CPU lacks",
			i == 1 ? 4 : i == 2 ? 16 : 64);
		refused(&w, EINVAL, why, name);
	}

	w = v;
	w.flags |= 1;
	m.no_mixed_endian = true;
	refused(&w, EINVAL, "built for big-endian", "endianness that the CPU lacks");
}

/* Fields that libelf fills in by itself, put right into the file */
static void test_refused_fields(void)
{
	static const struct {
		struct {
			size_t at, size;
		} field;
		uint64_t value;
		const char *why, *name;
	} fields[] = {
#define FIELD(f)	{ offsetof(Elf64_Ehdr, f), sizeof(((Elf64_Ehdr *)0)->f) }
		{ { EI_CLASS, 1 }, 9, "ELF class", "ELF class 9" },
		{ { EI_DATA, 1 }, 3, "ELF data format", "ELF byte order 3" },
		{ { EI_VERSION, 1 }, 2, "Unknown ELF version 2, 1", "EI_VERSION 2" },
		{ FIELD(e_version), 2, "Unknown ELF version 1, 2", "e_version 2" },
		{ FIELD(e_ehsize), 32, "Bad ELF header size", "e_ehsize 32" },
		{ FIELD(e_phentsize), 32, "program header size 32", "e_phentsize 32" },
		{ FIELD(e_phnum), 0, "No ELF program header", "e_phnum 0" },
		{ FIELD(e_phoff), 0, "No ELF program header", "e_phoff 0" },
		{ FIELD(e_phoff), -8, "headers at invalid location", "e_phoff wraps around" },
		{ FIELD(e_phoff), 1 << 30, "Program headers truncated", "e_phoff past the end" },
		{ { sizeof(Elf64_Ehdr) + offsetof(Elf64_Phdr, p_offset), 8 }, -8,
		  "location wraps around", "p_offset wraps around" },
	};
	struct vmlinux v = vmlinux_default();

	for (int i = 0; i < ARRAY_SIZE(fields); i++) {
		size_t len;
		char *file = vmlinux_make(&v, &len);

		memcpy(file + fields[i].field.at, &fields[i].value, fields[i].field.size);
		refused_file(file, len, ENOEXEC, fields[i].why, fields[i].name);
	}
}

static void truncated(const struct vmlinux *v, const char *name)
{
	const char *wrong = NULL;
	size_t len, n, end = vmlinux_loaded(v);
	char *file = vmlinux_make(v, &len);

	for (n = 0; n < len && !wrong; n++) {
		char *cut = malloc(n ? n : 1);

		memcpy(cut, file, n);
		/* Reading an empty file fails with EINVAL. */
		wrong = refuses(cut, n, n ? ENOEXEC : EINVAL,
				n && n < SELFMAG ? NULL : "");
		/* The bytes after the last segment are not needed */
		if (n >= end)
			wrong = wrong && !strcmp(wrong, "it is loaded") ? NULL : "it is not loaded";
		machine_unload();
		free(cut);
	}
	if (wrong)
		printf("# %zu of %zu bytes\n", n - 1, len);
	ok(wrong, name);
	free(file);
	reset();
}

static void test_truncated(void)
{
	struct vmlinux v = vmlinux_default();

	v.loads[0].filesz = 0x400;
	v.loads[1].filesz = 0x200;
	truncated(&v, "every truncation up to the last segment: ENOEXEC and one message");

	/* Without section headers, only segments can be missing */
	v.sections = false;
	truncated(&v, "every truncation without section headers");
}

void test_refuse(void)
{
	test_refused_elf();
	test_refused_header();
	test_refused_fields();
	test_truncated();
}
