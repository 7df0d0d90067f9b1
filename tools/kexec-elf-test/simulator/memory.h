/* SPDX-License-Identifier: GPL-2.0 */
/* The common part of the simulator's files about memory */
#ifndef MEMORY_H
#define MEMORY_H

#include "machine.h"

/* The content of memory before the first write */
#define DIRT	0xaa

/* The machine that was set up */
extern struct machine machine;

/* The file that its memory is */
extern int memory_fd;

/* The lowest free address from @from on that so much memory fits at, or -1 */
unsigned long first_fit(unsigned long from, unsigned long size);

/* All memory is free again */
void alloc_reset(void);

#endif
