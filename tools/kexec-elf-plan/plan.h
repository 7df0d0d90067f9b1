/* SPDX-License-Identifier: GPL-2.0 */
/* The results of kexec_file_load(), ready to be shown */
#ifndef PLAN_H
#define PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* A PT_LOAD with something in memory; @offset is from base, in bytes */
struct plan_load {
	uint64_t offset, filesz, memsz;
	char flags[4];
};

/* The facts about the file in its headers */
struct plan_kernel {
	const char *name;
	bool known, elf, big_endian;	/* empty, if not known */
	unsigned int page_kib;		/* 0: not specified */
	char release[128], build_id[65];	/* empty: not found */
	uint64_t text_offset, image_size;
	unsigned int nr_loads;
	struct plan_load loads[64];
};

/* Kinds of memory, and the order of the legend */
enum plan_kind {
	PLAN_FREE, PLAN_RESERVED, PLAN_PART, PLAN_GAP, PLAN_BSS, PLAN_INITRD,
	PLAN_DTB, PLAN_ELFCOREHDR, PLAN_CRASH, PLAN_NR_KINDS
};

struct plan_region {
	uint64_t start, size;
	enum plan_kind kind;
	const char *name;
};

struct plan {
	struct plan_kernel kernel;
	bool crash, in_place;
	bool can_stay;		/* in place, if the memory there is free */
	unsigned int page_size;
	int error;			/* 0: it loads */
	char said[2048];		/* by the kernel, when it refuses */
	const char *cure;		/* or NULL */
	uint64_t base, span, entry;
	unsigned int nr_ram, nr_regions;
	struct plan_region *ram;
	struct plan_region *regions;	/* the loaded parts; then the reserved ones */
	uint64_t bytes_read, bytes_copied, pages;
};

/* The character of a kind in the map, and its name */
char plan_letter(enum plan_kind kind);
const char *plan_kind_name(enum plan_kind kind);

/* A size with its unit, in one of a few static buffers that are used in turn */
const char *plan_size(uint64_t n);

/* Fill in @k from @file, which has passed the checks of the kernel */
void plan_read_kernel(struct plan_kernel *k, const uint8_t *file, size_t len);

/* A kernel, decompressed, to be freed; an initrd, as it is. End the program if they cannot be read. */
void *slurp_kernel(const char *name, size_t *len);
void *map_initrd(const char *name, size_t *len);

/* The advice of the documentation for the message @said, or NULL */
const char *plan_cure(const char *said);

/*
 * The part of @r that is in @size bytes from @start, as offsets from @start.
 * Returns false without one.
 */
bool plan_clip(const struct plan_region *r, uint64_t start, uint64_t size,
	       uint64_t *from, uint64_t *to);

void plan_text(const struct plan *p, FILE *out);
void plan_json(const struct plan *p, FILE *out);
void plan_svg(const struct plan *p, FILE *out);

#endif
