/* SPDX-License-Identifier: GPL-2.0 */
/* What must hold of every load, whatever the file and the machine */
#ifndef INVARIANTS_H
#define INVARIANTS_H

#include "elfview.h"
#include "machine.h"

/*
 * The load has succeeded: is all of it right? Jumps to find out. Where @view is
 * NULL, the file is an Image, and the contents of the kernel are not looked at. Returns what is wrong, or
 * NULL.
 */
const char *check_loaded(const struct machine *m, const struct load *load,
			 const struct elfview *view);

/* Nothing is loaded any more: has everything been freed? */
const char *check_nothing_left(void);

/*
 * The memory that the kernel owns, from its base on: what the Image header of the
 * file says; @view is NULL for an Image
 */
struct area loaded_span(const struct load *load, const struct kimage *image,
			const struct elfview *view);

/* Is the kernel where it stays, in CMA? Linux before 7 does not do that. */
bool loaded_in_cma(const struct machine *m, const struct kimage *image);

/* The image that a load with these flags leaves */
const struct kimage *loaded_image(unsigned long flags);

#endif
