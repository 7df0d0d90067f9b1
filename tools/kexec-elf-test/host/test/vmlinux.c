// SPDX-License-Identifier: GPL-2.0
/* Make small vmlinux files with libelf, which shares no code with the loader. */

#include <endian.h>
#include <err.h>
#include <gelf.h>
#include <libelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vmlinux.h"

struct vmlinux vmlinux_default(void)
{
	return (struct vmlinux) {
		.class = ELFCLASS64,
		.data = ELFDATA2LSB,
		.type = ET_DYN,
		.machine = EM_AARCH64,
		.p_type = PT_LOAD,
		.sections = true,
		.nr_loads = 2,
		.loads = {
			{ KIMAGE_VADDR, KIMAGE_VADDR, 0x2f00, 0x3000 },
			{ KIMAGE_VADDR + 0x10000, KIMAGE_VADDR + 0x10000,
			  0x1100, 0x5000 },
		},
		.code0 = 0x91005a4d,	/* add x13, x18, #0x16, which is "MZ" */
		.code1 = 0x14000100,	/* b */
		.magic = 0x644d5241,	/* "ARM\x64" */
		.image_size = 0x20000,
		.flags = 1 << 1 | 1 << 3,	/* little endian, 4K, anywhere */
	};
}

static uint64_t entry(const struct vmlinux *v)
{
	return v->entry ? v->entry : KIMAGE_VADDR + v->text_offset;
}

/* A p_filesz that is too large for a file has no bytes in it. */
static uint64_t in_file(uint64_t filesz)
{
	return filesz < 1 << 24 ? filesz : 0;
}

static void header(const struct vmlinux *v, uint8_t h[64])
{
	uint32_t code0 = htole32(v->code0), code1 = htole32(v->code1);
	uint64_t text_offset = htole64(v->text_offset);
	uint64_t image_size = htole64(v->image_size);
	uint64_t flags = htole64(v->flags);
	uint32_t magic = htole32(v->magic);

	memset(h, 0, 64);
	memcpy(h, &code0, 4);
	memcpy(h + 4, &code1, 4);
	memcpy(h + 8, &text_offset, 8);
	memcpy(h + 16, &image_size, 8);
	memcpy(h + 24, &flags, 8);
	memcpy(h + 56, &magic, 4);
}

uint8_t vmlinux_byte(const struct vmlinux *v, unsigned int i, uint64_t at)
{
	uint64_t vaddr = v->loads[i].vaddr + at;
	uint8_t h[64];

	if (vaddr >= entry(v) && vaddr < entry(v) + sizeof(h)) {
		header(v, h);
		return h[vaddr - entry(v)];
	}
	/* Not the same some pages further; never zero */
	return (uint32_t)(vaddr * 2654435761u + i * 31) >> 24 | 1;
}

static unsigned int nr_phdrs(const struct vmlinux *v)
{
	return v->nr_loads + v->interp + v->note;
}

/* Where the bytes of PT_LOAD @i are in the file: past the headers, and the PT_LOADs before */
static uint64_t load_offset(const struct vmlinux *v, unsigned int i)
{
	uint64_t at = sizeof(Elf64_Ehdr) + nr_phdrs(v) * sizeof(Elf64_Phdr);

	for (unsigned int j = 0; j <= i && j < v->nr_loads; j++) {
		if (j)
			at += in_file(v->loads[j - 1].filesz);
		if (v->aligned && in_file(v->loads[j].filesz))
			at += (v->loads[j].paddr - at) & 0xffff;
	}
	return at;
}

size_t vmlinux_loaded(const struct vmlinux *v)
{
	unsigned int last = v->nr_loads - 1;

	return v->nr_loads ? load_offset(v, last) + in_file(v->loads[last].filesz) : load_offset(v, 0);
}

static const char names[] = "\0.load\0.shstrtab";

static void add_section(Elf *elf, GElf_Shdr shdr, const void *data)
{
	Elf_Scn *scn = elf_newscn(elf);
	Elf_Data *d;

	if (data) {
		d = elf_newdata(scn);
		d->d_buf = (void *)data;
		d->d_size = shdr.sh_size;
	}
	gelf_update_shdr(scn, &shdr);
}

/* One for each PT_LOAD, since objcopy copies sections. Returns e_shstrndx. */
static int make_sections(Elf *elf, const struct vmlinux *v, uint64_t names_offset)
{
	int n = 1;

	for (unsigned int i = 0; i < v->nr_loads; i++) {
		GElf_Shdr shdr = {
			.sh_name = 1,
			.sh_type = SHT_PROGBITS,
			.sh_flags = SHF_ALLOC,
			.sh_addr = v->loads[i].vaddr,
			.sh_offset = load_offset(v, i),
			.sh_size = v->loads[i].filesz,
			.sh_addralign = 1,
		};

		if (!in_file(v->loads[i].filesz))
			continue;
		add_section(elf, shdr, NULL);
		n++;
	}
	add_section(elf, (GElf_Shdr) {
		.sh_name = 7,
		.sh_type = SHT_STRTAB,
		.sh_offset = names_offset,
		.sh_size = sizeof(names),
		.sh_addralign = 1,
	}, names);
	return n;
}

void *vmlinux_make(const struct vmlinux *v, size_t *len)
{
	unsigned int n = nr_phdrs(v);
	uint64_t offset = vmlinux_loaded(v);
	int fd = memfd_create("vmlinux", 0);
	struct stat st;
	Elf *elf;
	GElf_Ehdr ehdr;
	void *file;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_WRITE, NULL);
	if (!elf || !gelf_newehdr(elf, v->class) ||
	    (n && !gelf_newphdr(elf, n)))
		errx(1, "libelf: %s", elf_errmsg(-1));
	elf_flagelf(elf, ELF_C_SET, ELF_F_LAYOUT);

	gelf_getehdr(elf, &ehdr);
	ehdr.e_ident[EI_DATA] = v->data;
	ehdr.e_type = v->type;
	ehdr.e_machine = v->machine;
	ehdr.e_version = EV_CURRENT;
	ehdr.e_entry = entry(v);
	ehdr.e_phoff = v->class == ELFCLASS32 ? sizeof(Elf32_Ehdr) :
						sizeof(Elf64_Ehdr);
	if (!n)
		ehdr.e_phoff = 0;

	for (unsigned int i = 0; i < v->nr_loads; i++) {
		GElf_Phdr phdr = {
			.p_type = v->p_type,
			.p_flags = i ? PF_R | PF_W : PF_R | PF_X,
			.p_offset = load_offset(v, i),
			.p_vaddr = v->loads[i].vaddr,
			.p_paddr = v->loads[i].paddr,
			.p_filesz = v->loads[i].filesz,
			.p_memsz = v->loads[i].memsz,
			.p_align = 0x10000,
		};

		if (!gelf_update_phdr(elf, i, &phdr))
			errx(1, "libelf: %s", elf_errmsg(-1));
	}
	if (v->interp) {
		GElf_Phdr phdr = { .p_type = PT_INTERP };

		gelf_update_phdr(elf, n - 1, &phdr);
	}
	if (v->note) {
		GElf_Phdr phdr = {
			.p_type = PT_NOTE,
			.p_vaddr = v->loads[1].vaddr + 0x100,
			.p_paddr = v->loads[1].paddr + 0x100,
			.p_offset = load_offset(v, 0),
			.p_filesz = 0x54,
			.p_memsz = 0x54,
		};

		gelf_update_phdr(elf, v->nr_loads, &phdr);
	}

	/* Past the bytes, names for sections, and the section headers */
	ehdr.e_shoff = (offset + sizeof(names) + 7) & ~7ULL;
	if (v->sections)
		ehdr.e_shstrndx = make_sections(elf, v, offset);
	gelf_update_ehdr(elf, &ehdr);
	if (elf_update(elf, ELF_C_WRITE) < 0)
		errx(1, "libelf: %s", elf_errmsg(-1));
	elf_end(elf);

	if (!v->sections && ftruncate(fd, offset))
		err(1, "ftruncate");
	if (fstat(fd, &st))
		err(1, "fstat");

	/* On the heap, so that ASan sees reads past the end */
	*len = st.st_size;
	file = malloc(*len);
	if (!file || pread(fd, file, *len, 0) != st.st_size)
		err(1, "vmlinux");
	close(fd);

	for (unsigned int i = 0; i < v->nr_loads; i++) {
		uint64_t filesz = in_file(v->loads[i].filesz), offset = load_offset(v, i);

		for (uint64_t at = 0; at < filesz; at++)
			((uint8_t *)file)[offset + at] = vmlinux_byte(v, i, at);
	}

	return file;
}
