// SPDX-License-Identifier: GPL-2.0
/* Read a vmlinux with libelf, and lay out its contents in memory. */

#include <endian.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>

#include "elfview.h"

static uint64_t le64_at(const uint8_t *p)
{
	uint64_t n;

	memcpy(&n, p, sizeof(n));
	return le64toh(n);
}

/* Calls @what for each PT_LOAD with something in memory */
static void each_load(Elf *elf, void (*what)(Elf *elf, const GElf_Phdr *p, void *arg),
		      void *arg)
{
	size_t n = 0;

	elf_getphdrnum(elf, &n);
	for (size_t i = 0; i < n; i++) {
		GElf_Phdr p;

		if (gelf_getphdr(elf, i, &p) && p.p_type == PT_LOAD && p.p_memsz)
			what(elf, &p, arg);
	}
}

struct search {
	uint64_t entry, base;
	bool found;
	struct elfview *view;
};

static void find_header(Elf *elf, const GElf_Phdr *p, void *arg)
{
	struct search *s = arg;
	uint64_t at = s->entry - p->p_vaddr;
	const uint8_t *file;
	size_t len;

	/* The header has 64 bytes; of several PT_LOADs there, the first counts */
	if (s->found || s->entry < p->p_vaddr || at >= p->p_filesz || p->p_filesz - at < 64)
		return;
	file = (const uint8_t *)elf_rawfile(elf, &len) + p->p_offset + at;
	s->view->text_offset = le64_at(file + 8);
	s->view->image_size = le64_at(file + 16);
	s->base = p->p_paddr + at - s->view->text_offset;
	s->found = true;
}

static void measure(Elf *elf, const GElf_Phdr *p, void *arg)
{
	struct search *s = arg;
	struct elfview *v = s->view;
	uint64_t at = p->p_paddr - s->base;

	if (!p->p_filesz)
		return;
	if (at < v->first)
		v->first = at;
	if (at + p->p_filesz > v->end)
		v->end = at + p->p_filesz;
}

static void lay_out(Elf *elf, const GElf_Phdr *p, void *arg)
{
	struct search *s = arg;
	Elf_Data *data = elf_getdata_rawchunk(elf, p->p_offset, p->p_filesz, ELF_T_BYTE);

	if (p->p_filesz)
		memcpy(s->view->bytes + (p->p_paddr - s->base - s->view->first),
		       data->d_buf, p->p_filesz);
}

bool elfview(const void *file, size_t len, struct elfview *view)
{
	struct search s = { .view = view };
	GElf_Ehdr ehdr;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_memory((char *)file, len);
	*view = (struct elfview) { .first = UINT64_MAX };
	if (elf && gelf_getehdr(elf, &ehdr)) {
		s.entry = ehdr.e_entry;
		each_load(elf, find_header, &s);
	}
	if (s.found) {
		view->span = view->text_offset + view->image_size;
		each_load(elf, measure, &s);
		view->bytes = calloc(1, view->end - view->first);
		each_load(elf, lay_out, &s);
	}
	elf_end(elf);
	return s.found;
}
