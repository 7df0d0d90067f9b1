/* SPDX-License-Identifier: GPL-2.0 */
/* Checks that must pass for every load of any file on any machine */
#ifndef INVARIANTS_H
#define INVARIANTS_H

#include "elfview.h"
#include "machine.h"

/*
 * Check a load that has succeeded, and jump. @view is NULL for an Image, whose
 * contents are not checked. Returns NULL, or a string that describes the error.
 */
const char *check_loaded(const struct machine *m, const struct load *load,
			 const struct elfview *view);

/*
 * Check a load of a file that had other bytes later: its place, and the memory that the jump
 * needs, but not its contents.
 */
const char *check_placed(const struct machine *m, const struct load *load);

/* No kernel is loaded any more: has all memory been freed? */
const char *check_nothing_left(void);

/*
 * Returns the memory that the kernel owns, from its base to its image_size.
 * @view is NULL for an Image.
 */
struct area loaded_span(const struct load *load, const struct kimage *image,
			const struct elfview *view);

/* Is the kernel where it stays, in CMA? Linux before 7 does not do that. */
bool loaded_in_cma(const struct machine *m, const struct kimage *image);

/* The image that a load with these flags leaves */
const struct kimage *loaded_image(unsigned long flags);

#endif
