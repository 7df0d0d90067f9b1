// SPDX-License-Identifier: GPL-2.0
/* kernel/kexec_elf.c: Linux's reader of ELF files, for files of any length and any bytes */
#include "proof.h"

static long nr_live;
unsigned int sim_page_shift;

void *sim_alloc(size_t size, gfp_t gfp)
{
	void *p;

	if (nondet_bool())
		return NULL;
	p = malloc(size);
	assume(p);
	nr_live++;
	return p;
}

void sim_free(const void *p)
{
	if (p)
		nr_live--;
	free((void *)p);
}

#include "kernel/kexec_elf.c"

static u64 field(const char *buf, size_t at, unsigned int n)
{
	const u8 *p = (const u8 *)buf;
	bool be = p[5] == 2;
	unsigned int i;
	u64 value = 0;

	for (i = 0; i < n; i++)
		value = value << 8 | p[at + (be ? i : n - 1 - i)];
	return value;
}

void prove_read_ehdr(void)
{
	size_t len = nondet_size();
	char *buf = any_file(len);
	struct elfhdr ehdr;
	int ret;

	ret = elf_read_ehdr(buf, len, &ehdr);
	prove(!ret || ret == -ENOEXEC, "errno");
	if (ret)
		return;
	reach("accepted");
	prove(len >= 64 && buf[0] == 0x7f && buf[1] == 'E' && buf[2] == 'L' && buf[3] == 'F' && buf[4] == 2,
	      "an ELF file of 64 bits");
	prove(ehdr.e_phnum == field(buf, 56, 2) && ehdr.e_phoff == field(buf, 32, 8) &&
	      ehdr.e_entry == field(buf, 24, 8) && ehdr.e_machine == field(buf, 18, 2), "fields as in the file");
	prove(!ehdr.e_phoff || !ehdr.e_phnum ||
	      (ehdr.e_phoff <= len && (u64)ehdr.e_phnum * 56 <= len - ehdr.e_phoff && ehdr.e_phentsize == 56),
	      "program headers are in the file");
}

/* Any program header of up to 65535 */
void prove_read_phdr(void)
{
	size_t len = nondet_size();
	char *buf = any_file(len);
	struct elfhdr ehdr;
	struct elf_phdr phdrs[1];
	struct kexec_elf_info info = { .buffer = buf, .ehdr = &ehdr, .proghdrs = phdrs };
	int ret;

	/* ASSUMPTION: the claim of prove_read_ehdr(), for the table from any program header on */
	assume(ehdr.e_ident[EI_CLASS] == ELFCLASS64);
	assume(ehdr.e_phoff <= len && 56 <= len - ehdr.e_phoff);
	ret = elf_read_phdr(buf, len, &info, 0);
	prove(!ret || ret == -ENOEXEC, "errno");
	if (ret)
		return;
	reach("accepted");
	prove(phdrs[0].p_offset <= len && phdrs[0].p_filesz <= len - phdrs[0].p_offset, "its bytes are in the file");
	prove(phdrs[0].p_paddr + phdrs[0].p_memsz >= phdrs[0].p_paddr, "its addresses do not wrap");
}

/*
 * BOUND: a little-endian file with N program headers, which follow the ELF header, where linkers
 * put them. The rest of the file is not read.
 */
static char head[64 + 56 * N] __attribute__((aligned(8)));
static struct elf64_hdr *const any = (struct elf64_hdr *)head;

static void any_head(void)
{
	__CPROVER_havoc_object(head);
	any->e_ident[EI_DATA] = ELFDATA2LSB;
	any->e_phoff = sizeof(*any);
	any->e_phnum = N;
}

void prove_build(void)
{
	struct elf64_hdr ehdr;
	struct kexec_elf_info info = { };
	size_t len = nondet_size();
	unsigned int i;
	int ret;

	any_head();
	assume(len >= sizeof(head));
	ret = kexec_build_elf_info(head, len, &ehdr, &info);
	if (ret) {
		prove(ret == -ENOEXEC || ret == -ENOMEM, "errno");
		prove(!nr_live, "refused: nothing is leaked");
		return;
	}
	reach("accepted");
	prove(info.ehdr == &ehdr && info.buffer == head && ehdr.e_phnum == N, "what is returned");
	for (i = 0; i < N; i++) {
		const struct elf64_phdr *p = &info.proghdrs[i];

		prove(p->p_offset <= len && p->p_filesz <= len - p->p_offset, "bytes are in the file");
		prove(p->p_paddr + p->p_memsz >= p->p_paddr, "addresses do not wrap");
	}
	kexec_free_elf_info(&info);
	prove(!nr_live, "all is freed");
}

/* The bytes read of a file are as good as the file */
void prove_load_len(void)
{
	const struct elf64_phdr *phdrs = (struct elf64_phdr *)(head + sizeof(*any));
	size_t file_len = nondet_size(), head_len = nondet_size(), len;
	struct kexec_elf_info whole = { }, part = { };
	struct elf64_hdr ehdr;
	unsigned int i;
	bool accepted;

	any_head();
	assume(head_len <= sizeof(head) && head_len <= file_len);
	len = elf_load_len(head, head_len, file_len);
	prove(len <= file_len, "not more than the file");
	if (len == file_len)
		return;
	reach("shorter");
	prove(len >= sizeof(*any) + any->e_phnum * sizeof(*phdrs), "it has the headers");
	for (i = 0; i < any->e_phnum; i++)
		prove(phdrs[i].p_offset + phdrs[i].p_filesz <= len, "it has each segment");
	accepted = !kexec_build_elf_info(head, file_len, &ehdr, &whole);
	if (accepted) {
		/* A failure for want of memory is no fault of the file */
		int ret = kexec_build_elf_info(head, len, &ehdr, &part);

		prove(!ret || ret == -ENOMEM, "it is accepted if the whole file is");
	}
}
