/* SPDX-License-Identifier: GPL-2.0 */
/* Small vmlinux files, made with libelf to order */
#ifndef VMLINUX_H
#define VMLINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_LOADS	41
#define KIMAGE_VADDR	0xffff800080000000ULL

struct pt_load {
	uint64_t vaddr, paddr, filesz, memsz;
};

struct vmlinux {
	int class, data, type, machine, p_type;	/* ELF's; 0: as arm64 */
	uint64_t entry;				/* 0: KIMAGE_VADDR + text_offset */
	bool interp, note, sections;	/* PT_INTERP, PT_NOTE in PT_LOAD 1 */
	bool aligned;			/* offsets and addresses are alike, modulo 64 KiB: as ld does it */
	unsigned int nr_loads;
	struct pt_load loads[MAX_LOADS];
	/* The Image header, at the entry if that is in a PT_LOAD */
	uint32_t code0, code1, magic;
	uint64_t text_offset, image_size, flags;
};

/* A good one, to be changed: text and data with a gap between them, and BSS */
struct vmlinux vmlinux_default(void);

/* Returns a buffer of exactly *@len bytes, for the caller to free */
void *vmlinux_make(const struct vmlinux *v, size_t *len);

/* Where the bytes of its PT_LOADs end in the file */
size_t vmlinux_loaded(const struct vmlinux *v);

/* The byte that the file has at offset @at of PT_LOAD @i */
uint8_t vmlinux_byte(const struct vmlinux *v, unsigned int i, uint64_t at);

#endif
