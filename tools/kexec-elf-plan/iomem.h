/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IOMEM_H
#define IOMEM_H

#include "machine.h"

/* Read a /proc/iomem into @m; ends the program if there is no memory in it */
void read_iomem(const char *name, struct machine *m);

#endif
