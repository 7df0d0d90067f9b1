// SPDX-License-Identifier: GPL-2.0
/*
 * Mutate the fields that the loaders look at: in the ELF header, of program headers
 * and of the Image header get values that are near to a limit or to each other.
 */

#include <elf.h>
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"

static unsigned int state;

static unsigned int below(unsigned int n)
{
	state = state * 1103515245 + 12345;
	return (state >> 8) % n;
}

struct field {
	size_t at, size;
};

#define FIELD(type, f)	{ offsetof(type, f), sizeof(((type *)0)->f) }

static const struct field ehdr_fields[] = {
	FIELD(Elf64_Ehdr, e_type), FIELD(Elf64_Ehdr, e_machine),
	FIELD(Elf64_Ehdr, e_version), FIELD(Elf64_Ehdr, e_entry),
	FIELD(Elf64_Ehdr, e_phoff), FIELD(Elf64_Ehdr, e_shoff),
	FIELD(Elf64_Ehdr, e_ehsize), FIELD(Elf64_Ehdr, e_phentsize),
	FIELD(Elf64_Ehdr, e_phnum), FIELD(Elf64_Ehdr, e_shentsize),
	FIELD(Elf64_Ehdr, e_shnum), { EI_CLASS, 1 }, { EI_DATA, 1 },
};

static const struct field phdr_fields[] = {
	FIELD(Elf64_Phdr, p_type), FIELD(Elf64_Phdr, p_offset),
	FIELD(Elf64_Phdr, p_vaddr), FIELD(Elf64_Phdr, p_paddr),
	FIELD(Elf64_Phdr, p_filesz), FIELD(Elf64_Phdr, p_memsz),
};

/* See arch/arm64/include/asm/image.h */
static const struct field image_fields[] = {
	{ 0, 4 }, { 4, 4 }, { 8, 8 }, { 16, 8 }, { 24, 8 }, { 56, 4 },
};

static const struct field more_fields[] = {
	FIELD(struct fuzz_more, value), FIELD(struct fuzz_more, at), FIELD(struct fuzz_more, at),
	FIELD(struct fuzz_more, len), FIELD(struct fuzz_more, read),
	FIELD(struct fuzz_more, shrinks), FIELD(struct fuzz_more, pages),
	FIELD(struct fuzz_more, signer), FIELD(struct fuzz_more, locked_down),
};

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static uint64_t interesting(uint64_t old)
{
	static const uint64_t base[] = {
		0, 1, 2, 3, 56, 64, 0x1000, 0x4000, 0x10000, 0x80000, 0x200000,
		1UL << 30, 1UL << 40, 1UL << 62, 1UL << 63, -1UL,
	};
	uint64_t b = base[below(ARRAY_SIZE(base))];

	switch (below(6)) {
	case 0: return b;
	case 1: return -b;
	case 2: return old + b;
	case 3: return old - b;
	case 4: return old ^ 1UL << below(64);
	default: return old + below(33) - 16;
	}
}

static void change(uint8_t *data, size_t size, size_t at, struct field f, uint64_t value)
{
	if (f.at + f.size <= size && at <= size - f.at - f.size)
		memcpy(data + at + f.at, &value, f.size);
}

static uint64_t get(const uint8_t *data, size_t size, size_t at, struct field f)
{
	uint64_t value = 0;

	if (f.at + f.size <= size && at <= size - f.at - f.size)
		memcpy(&value, data + at + f.at, f.size);
	return value;
}

/* Where the Image header of a vmlinux is in the file */
static size_t find_header(const uint8_t *data, size_t size, const Elf64_Ehdr *ehdr)
{
	for (unsigned int i = 0; i < ehdr->e_phnum && i < 64; i++) {
		size_t at = ehdr->e_phoff + i * sizeof(Elf64_Phdr);
		Elf64_Phdr p;

		if (at > size || size - at < sizeof(p))
			break;
		memcpy(&p, data + at, sizeof(p));
		if (ehdr->e_entry - p.p_vaddr < p.p_filesz)
			return p.p_offset + ehdr->e_entry - p.p_vaddr;
	}
	return 0;
}

static void mutate_elf(uint8_t *data, size_t size)
{
	const struct field *f;
	size_t a, b;
	Elf64_Ehdr ehdr;
	Elf64_Phdr p;

	memcpy(&ehdr, data, sizeof(ehdr));
	a = ehdr.e_phoff + below(ehdr.e_phnum % 64 + 1) * sizeof(p);
	b = ehdr.e_phoff + below(ehdr.e_phnum % 64 + 1) * sizeof(p);
	switch (below(8)) {
	case 0:
		f = &ehdr_fields[below(ARRAY_SIZE(ehdr_fields))];
		change(data, size, 0, *f, interesting(get(data, size, 0, *f)));
		break;
	case 1:
		f = &image_fields[below(ARRAY_SIZE(image_fields))];
		a = find_header(data, size, &ehdr);
		change(data, size, a, *f, interesting(get(data, size, a, *f)));
		break;
	case 2:		/* one is as another is */
		if (a <= size - sizeof(p) && b <= size - sizeof(p))
			memmove(data + a, data + b, sizeof(p));
		break;
	case 3:		/* one begins where another ends */
		if (b > size - sizeof(p))
			break;
		memcpy(&p, data + b, sizeof(p));
		change(data, size, a, phdr_fields[3], p.p_paddr + p.p_memsz + below(3) - 1);
		break;
	default:
		f = &phdr_fields[below(ARRAY_SIZE(phdr_fields))];
		change(data, size, a, *f, interesting(get(data, size, a, *f)));
	}
}

static void mutate_more(uint8_t *data, size_t size)
{
	const struct field *f = &more_fields[below(ARRAY_SIZE(more_fields))];
	uint64_t value = interesting(get(data, size, 0, *f));

	if (f->size == 1)
		value = below(8);
	else if (f->size == 2)
		value = below(2) ? below(size) : -1 - below(64);
	change(data, size, 0, *f, value);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed)
{
	const struct field *f;
	size_t keep = 0;
	bool more;

	state = seed;
	/* Bytes that are inserted into an Image header, or removed, move its magic away */
	if (size > 64 && !memcmp(data + 56, "ARM\x64", 4) && below(4))
		keep = 64;
	if (below(3) == 0 || size < sizeof(Elf64_Ehdr) + FUZZ_TAIL)
		return keep + LLVMFuzzerMutate(data + keep, size - keep, max_size - keep);

	more = size >= sizeof(Elf64_Ehdr) + sizeof(struct fuzz_more) + FUZZ_TAIL &&
	       data[size - FUZZ_TAIL + offsetof(struct fuzz_tail, cpu)] & FUZZ_MORE;
	if (more && below(2)) {
		size -= FUZZ_TAIL + sizeof(struct fuzz_more);
		mutate_more(data + size, sizeof(struct fuzz_more));
		size += FUZZ_TAIL + sizeof(struct fuzz_more);
	} else if (below(8) == 0) {
		data[size - 1 - below(FUZZ_TAIL)] = below(256);
	} else if (!memcmp(data, ELFMAG, SELFMAG)) {
		mutate_elf(data, size - FUZZ_TAIL);
	} else {
		f = &image_fields[below(ARRAY_SIZE(image_fields))];
		change(data, size, 0, *f, interesting(get(data, size, 0, *f)));
	}
	return size;
}
