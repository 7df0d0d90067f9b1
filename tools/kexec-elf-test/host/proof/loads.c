// SPDX-License-Identifier: GPL-2.0
/*
 * arch/arm64/kernel/kexec_elf.c, for all program headers that kexec_build_elf_info() accepts
 *
 * BOUND: N program headers.
 */
#include "proof.h"

/* ASSUMPTION: sort() sorts. An insertion sort of pointers, by the comparison of the loader. */
static int cmp_paddr(const void *a, const void *b);
static void insertion_sort(const struct elf64_phdr **a, unsigned int n)
{
	unsigned int i, j;

	for (i = 1; i < n; i++) {
		const struct elf64_phdr *x = a[i];

		for (j = i; j > 0 && cmp_paddr(&a[j - 1], &x) > 0; j--)
			a[j] = a[j - 1];
		a[j] = x;
	}
}

#undef sort
#define sort(base, n, size, cmp, swap)	insertion_sort(base, n)

/* The arguments of memcpy() */
static struct { const char *to, *from; size_t n; } calls[N];
static unsigned int nr_calls;

/*
 * Of the buffers that are allocated, one is looked at, whichever, and one byte in it, whichever: where
 * it was copied from, and how often.
 */
static unsigned int nth, nr_allocated, nr_copies;
static const char *seen_buf, *seen_from;
static u64 seen_at;
static long nr_live;
static unsigned long ram_pages;
unsigned int sim_page_shift;

unsigned long totalram_pages(void) { return ram_pages; }

void *sim_vmalloc(size_t size, gfp_t gfp)
{
	char *p;

	prove(size > 0, "no buffer of 0 bytes");
	prove(gfp & __GFP_ZERO, "buffers are zeroed");
	if (nondet_bool())
		return NULL;
	p = malloc(size);
	assume(p);
	nr_live++;
	if (nr_allocated++ == nth)
		seen_buf = p;
	return p;
}

void sim_free(const void *p)
{
	if (p)
		nr_live--;
	free((void *)p);
}

static void *model_memcpy(void *to, const void *from, size_t n)
{
	u64 at = __CPROVER_POINTER_OFFSET(to);

	prove(__CPROVER_w_ok(to, n), "memcpy() writes to what is there");
	prove(__CPROVER_r_ok(from, n), "memcpy() reads what is there");
	if (nr_calls < N) {
		calls[nr_calls].to = to;
		calls[nr_calls].from = from;
		calls[nr_calls].n = n;
	}
	nr_calls++;
	if (n && seen_buf && __CPROVER_same_object(to, seen_buf) && seen_at >= at && seen_at - at < n) {
		nr_copies++;
		seen_from = (const char *)from + (seen_at - at);
	}
	return to;
}

#undef memcpy
#define memcpy model_memcpy
#include "arch/arm64/kernel/kexec_elf.c"
#undef memcpy

static struct elf64_hdr ehdr;
static struct elf64_phdr phdrs[N];
static const char *file;
static size_t file_len;

/* ASSUMPTION: the claim of reader.c */
static void any_info(struct kexec_elf_info *info)
{
	unsigned int i;

	file_len = nondet_size();
	file = any_file(file_len);
	__CPROVER_havoc_object(&ehdr);
	__CPROVER_havoc_object(phdrs);
	ehdr.e_phnum = N;
	for (i = 0; i < N; i++) {
		assume(phdrs[i].p_offset <= file_len && phdrs[i].p_filesz <= file_len - phdrs[i].p_offset);
		assume(phdrs[i].p_paddr + phdrs[i].p_memsz >= phdrs[i].p_paddr);
	}
	info->buffer = file;
	info->ehdr = &ehdr;
	info->proghdrs = phdrs;
}

/* ASSUMPTION: the claim of prove_check_loads() */
static void assume_checked(void)
{
	unsigned int i;

	for (i = 0; i < N; i++)
		assume(phdrs[i].p_type != PT_LOAD || phdrs[i].p_filesz <= phdrs[i].p_memsz);
}

void prove_check_loads(void)
{
	struct kexec_elf_info info;
	bool bad = false;
	unsigned int i;
	int ret;

	any_info(&info);
	ret = elf_check_loads(&info);
	for (i = 0; i < N; i++)
		bad |= phdrs[i].p_type == PT_LOAD && phdrs[i].p_filesz > phdrs[i].p_memsz;
	prove(ret == (bad ? -ENOEXEC : 0), "refused exactly if a PT_LOAD has more bytes than memory");
	if (!ret)
		reach("accepted");
}

void prove_find_header(void)
{
	struct kexec_elf_info info;
	struct arm64_image_header h;
	u64 header = nondet_u64(), was = header;
	const struct elf64_phdr *first = NULL;
	unsigned int i;
	int ret;

	any_info(&info);
	assume_checked();
	ret = elf_find_header(&info, &h, &header);
	for (i = 0; i < N && !first; i++)
		if (phdrs[i].p_type == PT_LOAD && ehdr.e_entry >= phdrs[i].p_vaddr &&
		    phdrs[i].p_filesz >= 64 && ehdr.e_entry - phdrs[i].p_vaddr <= phdrs[i].p_filesz - 64)
			first = &phdrs[i];
	if (!first) {
		prove(ret == -ENOEXEC && header == was, "refused if no PT_LOAD has the entry and 64 bytes from there");
		return;
	}
	prove(!ret, "found in the first PT_LOAD that has it");
	reach("found");
	prove(header == first->p_paddr + (ehdr.e_entry - first->p_vaddr), "address of the header");
}

/* ASSUMPTION: the claim of header.c, with any verdict */
static struct kernel_layout checked;
int kexec_check_image_header(const struct arm64_image_header *h, struct kernel_layout *layout)
{
	int ret = nondet_int();

	assume(ret <= 0);
	assume(checked.span <= LONG_MAX && checked.text_offset < checked.span);
	if (!ret) {
		layout->text_offset = checked.text_offset;
		layout->span = checked.span;
	}
	return ret;
}

void prove_check_header(void)
{
	struct kexec_elf_info info = { .ehdr = &ehdr };
	struct arm64_image_header h;
	struct kernel_layout layout;
	u64 header = nondet_u64();
	int ret;

	__CPROVER_havoc_object(&ehdr);
	__CPROVER_havoc_object(&checked);
	ret = elf_check_header(&info, &h, header, &layout);
	prove(ret <= 0, "errno");
	if (ret)
		return;
	reach("accepted");
	prove(h.magic == 0x644d5241, "the magic is that of an Image header");
	prove((ehdr.e_entry - layout.text_offset) % SZ_2M == 0, "text_offset is that of the entry");
	prove(header >= layout.text_offset, "base is not below 0");
}

static bool has_memory(const struct elf64_phdr *p)
{
	return p->p_type == PT_LOAD && p->p_memsz;
}

void prove_collect_loads(void)
{
	struct kexec_elf_info info;
	const struct elf64_phdr *loads[N];
	struct kernel_layout layout;
	u64 base = nondet_u64();
	unsigned int i, j, wanted = 0;
	bool bad = false;
	int ret;

	any_info(&info);
	assume_checked();
	/* ASSUMPTION: the claims of header.c and prove_check_header() */
	layout.span = nondet_size();
	assume(layout.span && layout.span <= LONG_MAX);
	ret = elf_collect_loads(&info, base, loads, &layout);

	/* When it is to be refused, without an order */
	for (i = 0; i < N; i++) {
		const struct elf64_phdr *p = &phdrs[i];

		if (!has_memory(p))
			continue;
		bad |= p->p_paddr < base || p->p_paddr + p->p_memsz - base > layout.span;
		for (j = 0; j < i; j++)
			bad |= has_memory(&phdrs[j]) && p->p_paddr < phdrs[j].p_paddr + phdrs[j].p_memsz &&
			       phdrs[j].p_paddr < p->p_paddr + p->p_memsz;
		wanted += p->p_filesz > 0;
	}
	prove(ret == (bad ? -ENOEXEC : (int)wanted), "refused exactly if PT_LOADs overlap or leave the span");
	if (ret < 0)
		return;
	reach("accepted");
	for (i = 0; i < N; i++) {
		unsigned int times = 0;

		for (j = 0; j < ret; j++)
			times += loads[j] == &phdrs[i];
		prove(times == (has_memory(&phdrs[i]) && phdrs[i].p_filesz), "each PT_LOAD with bytes is there once");
	}
	for (j = 0; j + 1 < ret; j++)
		prove(loads[j]->p_paddr + loads[j]->p_memsz <= loads[j + 1]->p_paddr, "ascending and disjoint");
}

/* The rules for the parts of n PT_LOADs */
static void judge_parts(const struct kernel_layout *layout, u64 base, const struct elf64_phdr **loads,
			unsigned int n)
{
	unsigned int i, j, which = nondet_uint(), holders = 0;
	u64 byte = nondet_u64(), at;

	for (i = 0; i < layout->nr_parts; i++) {
		const struct kernel_part *p = &layout->parts[i];

		prove(IS_ALIGNED(p->offset, PAGE_SIZE), "a part begins a page");
		prove(p->bufsz && p->bufsz <= layout->span && p->offset <= layout->span - p->bufsz, "a part is in the span");
		prove(!i || layout->parts[i - 1].offset + layout->parts[i - 1].bufsz <= p->offset, "parts ascend, disjoint");
		prove(__CPROVER_r_ok(p->buf, p->bufsz), "a part has its bytes");
		prove(p->bounce ? p->buf == p->bounce : __CPROVER_same_object(p->buf, file), "in a buffer or in the file");
	}

	/* A byte of a PT_LOAD, whichever */
	assume(which < n && byte < loads[which]->p_filesz);
	at = loads[which]->p_paddr - base + byte;
	for (i = 0; i < layout->nr_parts; i++) {
		const struct kernel_part *p = &layout->parts[i];

		if (at < p->offset || at - p->offset >= p->bufsz)
			continue;
		holders++;
		if (!p->bounce)
			prove((char *)p->buf + (at - p->offset) == file + loads[which]->p_offset + byte, "it is the file's byte");
		else if (p->bounce == seen_buf && at - p->offset == seen_at)
			prove(nr_copies == 1 && seen_from == file + loads[which]->p_offset + byte, "it was copied once, from the file");
	}
	prove(holders == 1, "each byte of a PT_LOAD is in one part");

	/* The byte that is looked at, if it is of no PT_LOAD */
	for (i = 0; i < layout->nr_parts; i++) {
		const struct kernel_part *p = &layout->parts[i];
		bool in = false;

		if (!p->bounce || p->bounce != seen_buf || seen_at >= p->bufsz)
			continue;
		at = p->offset + seen_at;
		for (j = 0; j < n; j++)
			in |= at >= loads[j]->p_paddr - base && at - (loads[j]->p_paddr - base) < loads[j]->p_filesz;
		prove(nr_copies == in, "what is between PT_LOADs stays zero");
	}
}

/* ASSUMPTION: prove_collect_loads() leaves the first n of phdrs. Returns base. */
static u64 any_loads(struct kexec_elf_info *info, const struct elf64_phdr **loads, unsigned int n,
		     struct kernel_layout *layout)
{
	u64 base = nondet_u64();
	unsigned int i;

	any_page_size();
	/* ASSUMPTION: 2^52 bytes of memory or less, which arm64 can address */
	ram_pages = nondet_size();
	assume(ram_pages <= 1UL << (52 - PAGE_SHIFT));
	any_info(info);
	layout->span = nondet_size();
	assume(layout->span && layout->span <= LONG_MAX);
	for (i = 0; i < n; i++) {
		loads[i] = &phdrs[i];
		assume(phdrs[i].p_filesz && phdrs[i].p_filesz <= phdrs[i].p_memsz);
		assume(phdrs[i].p_paddr >= base && phdrs[i].p_paddr + phdrs[i].p_memsz - base <= layout->span);
		assume(!i || phdrs[i - 1].p_paddr + phdrs[i - 1].p_memsz <= phdrs[i].p_paddr);
	}
	return base;
}

/* ASSUMPTION: each PT_LOAD becomes a part */
static void make_parts(unsigned int n)
{
	static struct kernel_layout layout;
	struct kexec_elf_info info;
	const struct elf64_phdr *loads[N];
	u64 base = any_loads(&info, loads, n, &layout);
	unsigned int i, max_parts = nondet_uint();
	int ret;

	nth = nondet_uint();
	seen_at = nondet_u64();
	for (i = 1; i < n; i++)
		assume(max_parts >= n && IS_ALIGNED(phdrs[i].p_paddr - base, PAGE_SIZE));
	ret = elf_make_parts(&info, base, loads, n, max_parts, &layout);
	prove(!ret || ret == -ENOMEM || ret == -EINVAL, "errno");
	if (!ret) {
		reach("made");
		prove(layout.nr_parts == n, "each is a part");
		judge_parts(&layout, base, loads, n);
	}
	elf_cleanup(&layout);
	prove(!nr_live, "what was allocated is freed");
}

void prove_one_part(void) { make_parts(1); }
void prove_two_parts(void) { make_parts(2); }

/* ASSUMPTION: no segment is left for the second PT_LOAD, or it does not begin a page */
void prove_joined(void)
{
	static struct kernel_layout layout;
	const struct kernel_part *p = layout.parts;
	struct kexec_elf_info info;
	const struct elf64_phdr *loads[N];
	u64 base = any_loads(&info, loads, N, &layout);
	unsigned int i, max_parts = nondet_uint();
	int ret;

	nth = N;	/* no byte is looked at: the copies are */
	assume(max_parts < N || !IS_ALIGNED(phdrs[1].p_paddr - base, PAGE_SIZE));
	ret = elf_make_parts(&info, base, loads, N, max_parts, &layout);
	prove(!ret || ret == -ENOMEM || ret == -EINVAL, "errno");
	if (!ret) {
		reach("joined");
		prove(layout.nr_parts == 1, "one part");
		prove(IS_ALIGNED(p->offset, PAGE_SIZE), "it begins a page");
		prove(p->bufsz && p->bufsz <= layout.span && p->offset <= layout.span - p->bufsz, "it is in the span");
		prove(p->buf == p->bounce && __CPROVER_OBJECT_SIZE(p->buf) == p->bufsz, "it is the buffer");
		prove(nr_calls == N, "each PT_LOAD is copied once");
		for (i = 0; i < N; i++)
			prove(calls[i].to == (char *)p->buf + (phdrs[i].p_paddr - base - p->offset) &&
			      calls[i].from == file + phdrs[i].p_offset && calls[i].n == phdrs[i].p_filesz,
			      "its bytes, to its place");
	}
	elf_cleanup(&layout);
	prove(!nr_live, "what was allocated is freed");
}
