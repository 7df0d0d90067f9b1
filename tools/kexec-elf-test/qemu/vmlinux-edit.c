// SPDX-License-Identifier: GPL-2.0
/*
 * vmlinux-edit IN OUT [EDIT]... - a vmlinux with something changed in it
 *
 * For tests: damages a good file in one known way, or gives it another layout
 * that must boot all the same. EDITs, in the order given; numbers as in C:
 *
 *   code0=N code1=N text_offset=N image_size=N flags=N magic=N
 *			a field of the Image header at the entry
 *   type=N machine=N entry=N		a field of the ELF header
 *   load.I.FIELD=N	FIELD of PT_LOAD number I, from 0: vaddr, paddr,
 *			offset, filesz, memsz. +N and -N are relative.
 *   split=N		cut PT_LOADs at runs of zeroes of N bytes or more,
 *			which then are in no PT_LOAD. Each begins at a multiple
 *			of 4 KiB.
 *   cut=N		cut PT_LOADs in pieces of N bytes, without gaps
 *   reverse		the program headers in reverse order
 *   build-id=OLD:NEW	another build-id, 40 hexadecimal digits; the one edit
 *			that an Image can have
 *
 * Exit: 0 done, 1 failed, 2 wrong arguments.
 */

#define _GNU_SOURCE
#include <endian.h>
#include <err.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE	4096
#define MAX_PHDRS	4096

static Elf *elf;
static GElf_Ehdr ehdr;
static GElf_Phdr phdrs[MAX_PHDRS];
static size_t nr_phdrs;
static unsigned char *bytes;
static size_t size;
static bool is_elf;

/* The Image header's fields, all little endian */
static const struct {
	const char *name;
	unsigned int at, size;
} fields[] = {
	{ "code0", 0, 4 }, { "code1", 4, 4 }, { "text_offset", 8, 8 },
	{ "image_size", 16, 8 }, { "flags", 24, 8 }, { "magic", 56, 4 },
};

static unsigned char *image_header(void)
{
	for (size_t i = 0; i < nr_phdrs; i++) {
		GElf_Phdr *p = &phdrs[i];

		if (p->p_type == PT_LOAD && ehdr.e_entry >= p->p_vaddr &&
		    ehdr.e_entry - p->p_vaddr < p->p_filesz)
			return bytes + p->p_offset + ehdr.e_entry - p->p_vaddr;
	}
	errx(1, "the entry is in no PT_LOAD");
}

static void set(uint64_t *field, const char *value)
{
	uint64_t n = strtoull(value + (*value == '+' || *value == '-'), NULL, 0);

	*field = *value == '+' ? *field + n : *value == '-' ? *field - n : n;
}

static void edit_load(const char *edit)
{
	unsigned long want, seen = 0;
	char *field, *value;

	want = strtoul(edit, &field, 0);
	value = strchr(field, '=');
	if (*field++ != '.' || !value++)
		errx(2, "no such edit: load.%s", edit);
	for (size_t i = 0; i < nr_phdrs; i++) {
		GElf_Phdr *p = &phdrs[i];

		if (p->p_type != PT_LOAD || seen++ != want)
			continue;
		if (!strncmp(field, "vaddr=", 6))
			set(&p->p_vaddr, value);
		else if (!strncmp(field, "paddr=", 6))
			set(&p->p_paddr, value);
		else if (!strncmp(field, "offset=", 7))
			set(&p->p_offset, value);
		else if (!strncmp(field, "filesz=", 7))
			set(&p->p_filesz, value);
		else if (!strncmp(field, "memsz=", 6))
			set(&p->p_memsz, value);
		else
			errx(2, "no such field: %s", field);
		return;
	}
	errx(1, "there is no PT_LOAD %lu", want);
}

/* The program headers of the output */
static GElf_Phdr out[MAX_PHDRS];
static size_t nr_out;

/* Put out the first @used bytes of @p, and go on @skip bytes from its begin */
static void cut_off(GElf_Phdr *p, size_t used, size_t skip)
{
	if (nr_out >= MAX_PHDRS - 2)
		errx(1, "too many PT_LOADs: give a larger number of bytes");
	out[nr_out] = *p;
	out[nr_out].p_filesz = used;
	out[nr_out].p_memsz = used;
	nr_out++;
	p->p_offset += skip;
	p->p_vaddr += skip;
	p->p_paddr += skip;
	p->p_filesz -= skip;
	p->p_memsz -= skip;
}

static void cut(GElf_Phdr *p, size_t every)
{
	while (p->p_filesz > every)
		cut_off(p, every, every);
}

/* The first run of @least zero bytes in [at, end), whole pages; end without one */
static size_t zeroes(size_t at, size_t end, size_t least, size_t *stop)
{
	for (; at < end; at++) {
		size_t z = at;

		while (z < end && !bytes[z])
			z++;
		*stop = z & ~(size_t)(PAGE - 1);
		if (*stop > at && *stop - at >= least && z < end)
			return at;
		at = z;
	}
	return end;
}

static void split(GElf_Phdr *p, size_t least)
{
	size_t stop, hole, end = p->p_offset + p->p_filesz;

	/* The first page stays whole: it has the Image header. */
	while (p->p_filesz > PAGE && p->p_offset % PAGE == 0 &&
	       (hole = zeroes(p->p_offset + PAGE, end, least, &stop)) < end)
		cut_off(p, hole - p->p_offset, stop - p->p_offset);
}

static void each_load(void (*edit)(GElf_Phdr *p, size_t n), const char *value)
{
	nr_out = 0;
	for (size_t i = 0; i < nr_phdrs; i++) {
		GElf_Phdr p = phdrs[i];

		if (p.p_type == PT_LOAD)
			edit(&p, strtoull(value, NULL, 0));
		if (nr_out >= MAX_PHDRS)
			errx(1, "too many program headers");
		out[nr_out++] = p;
	}
	memcpy(phdrs, out, nr_out * sizeof(*out));
	nr_phdrs = nr_out;
}

static void read_hex(const char *hex, unsigned char id[20])
{
	for (int i = 0; i < 20; i++)
		if (sscanf(hex + 2 * i, "%2hhx", &id[i]) != 1)
			errx(2, "a build-id has 40 hexadecimal digits: %s", hex);
}

/* The build-id distinguishes the file from another one of the same build */
static void set_build_id(const char *ids)
{
	unsigned char old[20], new[20], *at;

	if (strlen(ids) != 81 || ids[40] != ':')
		errx(2, "not two build-ids: %s", ids);
	read_hex(ids, old);
	read_hex(ids + 41, new);
	at = memmem(bytes, size, old, sizeof(old));
	if (!at)
		errx(1, "the file does not have build-id %.40s", ids);
	memcpy(at, new, sizeof(new));
}

static void edit(const char *e)
{
	const char *value = strchr(e, '=');

	for (size_t i = 0; value && i < sizeof(fields) / sizeof(*fields); i++) {
		uint64_t n = htole64(strtoull(value + 1, NULL, 0));

		if (strlen(fields[i].name) != (size_t)(value - e) ||
		    strncmp(e, fields[i].name, value - e))
			continue;
		memcpy(image_header() + fields[i].at, &n, fields[i].size);
		return;
	}

	if (!strncmp(e, "build-id=", 9)) {
		set_build_id(e + 9);
	} else if (!strncmp(e, "type=", 5)) {
		ehdr.e_type = strtoul(value + 1, NULL, 0);
	} else if (!strncmp(e, "machine=", 8)) {
		ehdr.e_machine = strtoul(value + 1, NULL, 0);
	} else if (!strncmp(e, "entry=", 6)) {
		set(&ehdr.e_entry, value + 1);
	} else if (!strncmp(e, "load.", 5)) {
		edit_load(e + 5);
	} else if (!strncmp(e, "split=", 6)) {
		each_load(split, value + 1);
	} else if (!strncmp(e, "cut=", 4)) {
		each_load(cut, value + 1);
	} else if (!strcmp(e, "reverse")) {
		for (size_t i = 0; i < nr_phdrs / 2; i++) {
			GElf_Phdr p = phdrs[i];

			phdrs[i] = phdrs[nr_phdrs - 1 - i];
			phdrs[nr_phdrs - 1 - i] = p;
		}
	} else {
		errx(2, "no such edit: %s", e);
	}
}

/*
 * Overwrite the headers of the file. Program headers go to the end if there are
 * more than before. libelf's writer would move the sections, which must stay.
 */
static void put_headers(int fd, const char *name)
{
	static Elf64_Phdr raw[MAX_PHDRS];
	Elf_Data from, to;
	Elf64_Ehdr head;

	if (nr_phdrs > ehdr.e_phnum)
		ehdr.e_phoff = (size + 7) & ~7UL;
	ehdr.e_phnum = nr_phdrs;

	for (size_t n = 0; n < nr_phdrs; n++)
		raw[n] = (Elf64_Phdr) {
			phdrs[n].p_type, phdrs[n].p_flags,
			phdrs[n].p_offset, phdrs[n].p_vaddr,
			phdrs[n].p_paddr, phdrs[n].p_filesz,
			phdrs[n].p_memsz, phdrs[n].p_align };
	from = (Elf_Data) {
		.d_version = EV_CURRENT, .d_type = ELF_T_PHDR,
		.d_buf = raw, .d_size = nr_phdrs * sizeof(*raw),
	};
	to = from;
	if (!elf64_xlatetof(&to, &from, ehdr.e_ident[EI_DATA]) ||
	    pwrite(fd, raw, to.d_size, ehdr.e_phoff) != (ssize_t)to.d_size)
		err(1, "%s", name);
	memcpy(&head, &ehdr, sizeof(head));
	from = (Elf_Data) {
		.d_version = EV_CURRENT, .d_type = ELF_T_EHDR,
		.d_buf = &head, .d_size = sizeof(head),
	};
	to = from;
	if (!elf64_xlatetof(&to, &from, ehdr.e_ident[EI_DATA]) ||
	    pwrite(fd, &head, sizeof(head), 0) != sizeof(head))
		err(1, "%s", name);
}

int main(int argc, char **argv)
{
	size_t n;
	int fd;

	if (argc < 3) {
		fprintf(stderr, "usage: vmlinux-edit IN OUT [EDIT]...\n");
		return 2;
	}

	elf_version(EV_CURRENT);
	fd = open(argv[1], O_RDONLY);
	if (fd < 0)
		err(1, "%s", argv[1]);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	is_elf = elf && elf_kind(elf) == ELF_K_ELF;
	if (is_elf && (!gelf_getehdr(elf, &ehdr) ||
		       elf_getphdrnum(elf, &nr_phdrs) || nr_phdrs > MAX_PHDRS))
		errx(1, "%s: %s", argv[1], elf_errmsg(-1));
	for (n = 0; n < nr_phdrs; n++)
		gelf_getphdr(elf, n, &phdrs[n]);
	bytes = malloc(size = lseek(fd, 0, SEEK_END));
	if (!bytes || pread(fd, bytes, size, 0) != (ssize_t)size)
		err(1, "%s", argv[1]);
	elf_end(elf);
	close(fd);

	for (int i = 3; i < argc; i++)
		edit(argv[i]);

	fd = open(argv[2], O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		err(1, "%s", argv[2]);
	if (is_elf)
		put_headers(fd, argv[2]);
	return close(fd) ? 1 : 0;
}
