/* SPDX-License-Identifier: GPL-2.0 */
/* The slow and obvious model of placement, without CMA */
#ifndef MODEL_H
#define MODEL_H

#include "machine.h"

/* Is there a 2 MiB-aligned hole for a span of so many bytes, crash kernels aside? */
bool model_has_hole(const struct machine *m, unsigned long span);

/*
 * The lowest hole that has room for all, in the order in which the loader tries
 * them, or -1. Of the rest, a crash kernel's ELF core headers go to the top, an
 * initrd goes next to the kernel, the device tree to the highest 2 MiB there are.
 */
unsigned long model_base(const struct machine *m, const struct load *load,
			 unsigned long span);

#endif
