// SPDX-License-Identifier: GPL-2.0
/* Read the description of a kernel from a vmlinux or an Image */

#include <endian.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"

static uint64_t le64_at(const uint8_t *p)
{
	uint64_t n;

	memcpy(&n, p, sizeof(n));
	return le64toh(n);
}

/* See Documentation/arch/arm64/booting.rst */
static void read_header(struct plan_kernel *k, const uint8_t *h)
{
	uint64_t flags = le64_at(h + 24);
	static const unsigned int kib[] = { 0, 4, 16, 64 };

	k->text_offset = le64_at(h + 8);
	k->image_size = le64_at(h + 16);
	k->big_endian = flags & 1;
	k->page_kib = kib[flags >> 1 & 3];
}

/* Is @at in the notes of another ELF file, such as the vDSO? */
static bool in_vdso(const uint8_t *bytes, size_t at)
{
	for (size_t elf = at & ~4095UL, i = 0; i < 16; i++, elf -= 4096) {
		const uint8_t *e = bytes + elf;

		if (!memcmp(e, ELFMAG, SELFMAG))
			return true;
		if (!elf)
			break;
	}
	return false;
}

/* A note of owner "GNU" and type 3, in either byte order */
static void find_build_id(struct plan_kernel *k, const uint8_t *bytes, size_t len)
{
	const uint8_t *at = bytes;

	while ((at = memmem(at, bytes + len - at, "GNU", 4))) {
		const uint8_t *note = at - 12;
		unsigned int size;

		at += 4;
		if (at - bytes < 16)
			continue;
		/* One of these bytes is 0, in either byte order. */
		size = note[4] | note[7];
		if ((note[0] | note[3]) != 4 || (note[8] | note[11]) != 3 || !size ||
		    size > 32 || size > bytes + len - at || in_vdso(bytes, note - bytes))
			continue;
		for (unsigned int i = 0; i < size; i++)
			sprintf(k->build_id + 2 * i, "%02x", at[i]);
		return;
	}
}

static void find_release(struct plan_kernel *k, const uint8_t *bytes, size_t len)
{
	static const char banner[] = "Linux version ";
	const char *at = memmem(bytes, len, banner, sizeof(banner) - 1);
	const char *end = (const char *)bytes + len;

	if (!at)
		return;
	at += sizeof(banner) - 1;
	for (unsigned int i = 0; at < end && *at > ' ' && *at < 0x7f && i + 1 < sizeof(k->release); i++)
		k->release[i] = *at++;
}

static int cmp_load(const void *a, const void *b)
{
	const struct plan_load *l = a, *r = b;

	return l->offset < r->offset ? -1 : l->offset > r->offset;
}

/* Are the bytes of @p in the file? A load that fails early does not check. */
static bool in_file(const GElf_Phdr *p, size_t len)
{
	return p->p_offset <= len && p->p_filesz <= len - p->p_offset;
}

static void read_loads(struct plan_kernel *k, Elf *elf, const uint8_t *file, size_t len)
{
	size_t n = 0;
	GElf_Ehdr ehdr;
	GElf_Phdr p;
	uint64_t base = 0;

	gelf_getehdr(elf, &ehdr);
	elf_getphdrnum(elf, &n);
	for (size_t i = 0; i < n; i++) {
		uint64_t at;

		gelf_getphdr(elf, i, &p);
		at = ehdr.e_entry - p.p_vaddr;

		if (p.p_type == PT_LOAD && in_file(&p, len) && at < p.p_filesz &&
		    p.p_filesz - at >= 64) {
			read_header(k, file + p.p_offset + at);
			base = p.p_paddr + at - k->text_offset;
			break;
		}
	}
	for (size_t i = 0; i < n && k->nr_loads < 64; i++) {
		struct plan_load *l = &k->loads[k->nr_loads];

		gelf_getphdr(elf, i, &p);
		if (p.p_type != PT_LOAD || !p.p_memsz || !in_file(&p, len))
			continue;
		*l = (struct plan_load) { p.p_paddr - base, p.p_filesz, p.p_memsz, "" };
		snprintf(l->flags, sizeof(l->flags), "%c%c%c", p.p_flags & PF_R ? 'R' : ' ',
			 p.p_flags & PF_W ? 'W' : ' ', p.p_flags & PF_X ? 'E' : ' ');
		find_build_id(k, file + p.p_offset, k->build_id[0] ? 0 : p.p_filesz);
		find_release(k, file + p.p_offset, k->release[0] ? 0 : p.p_filesz);
		k->nr_loads++;
	}
	qsort(k->loads, k->nr_loads, sizeof(k->loads[0]), cmp_load);
}

void plan_read_kernel(struct plan_kernel *k, const uint8_t *file, size_t len)
{
	Elf *elf;

	if (len < 64)
		return;
	k->known = true;
	/* The kernel, too, asks first whether it is an Image */
	k->elf = memcmp(file + 56, "ARM\x64", 4);
	if (!k->elf) {
		read_header(k, file);
		find_build_id(k, file, len);
		find_release(k, file, len);
		return;
	}
	elf_version(EV_CURRENT);
	elf = elf_memory((char *)file, len);
	if (elf)
		read_loads(k, elf, file, len);
	elf_end(elf);
}
