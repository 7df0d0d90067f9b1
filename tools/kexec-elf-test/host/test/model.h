/* SPDX-License-Identifier: GPL-2.0 */
/* The slow and obvious model of placement, without CMA */
#ifndef MODEL_H
#define MODEL_H

#include "machine.h"

/* Is there a 2 MiB-aligned hole for a span of so many bytes, crash kernels aside? */
bool model_has_hole(const struct machine *m, unsigned long span);

/*
 * Returns the first hole, in the order of the loader, that leaves room for all,
 * or -1. A crash kernel's ELF core headers go to the top, the initrd goes next
 * to the kernel, and the device tree goes to the highest 2 MiB that are free.
 */
unsigned long model_base(const struct machine *m, const struct load *load,
			 unsigned long span);

#endif
