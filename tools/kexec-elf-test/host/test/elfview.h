/* SPDX-License-Identifier: GPL-2.0 */
/* A vmlinux as libelf reads it, to be compared with the reader of the kernel */
#ifndef ELFVIEW_H
#define ELFVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Offsets are from base, in bytes */
struct elfview {
	uint64_t text_offset, image_size;	/* of the Image header */
	uint64_t span;
	uint64_t first, end;	/* from the first byte of the file to the last */
	uint8_t *bytes;		/* the contents, zero in the gaps; free() it */
};

/* Returns false if libelf finds no Image header at the entry of @file */
bool elfview(const void *file, size_t len, struct elfview *view);

#endif
