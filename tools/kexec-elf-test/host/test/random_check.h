/* SPDX-License-Identifier: GPL-2.0 */
/* Check the fate of a random file, and count it */
#ifndef RANDOM_CHECK_H
#define RANDOM_CHECK_H

#include "elfview.h"
#include "machine.h"
#include "vmlinux.h"

/* The outcomes that are counted */
enum seen {
	ACCEPTED, CMA, IN_PLACE, READ_THERE, MOVED, CRASH, IMAGE, OBJCOPY, DAMAGED, TRUNCATED, NO_ALLOC,
	NO_HOLE, NO_ROOM, HALF, NO_CPU, NO_PAGES, NR_SEEN
};

/* One for each worker, in memory that they share with the parent */
extern struct tally {
	unsigned long failed, seen[NR_SEEN];
} *tally;

/* Each returns the fault, or NULL. A refused kernel keeps no memory. */
const char *refused(int ret, int error, const char *words);

/* Refusals that a sound file may meet: is this one true? */
const char *check_refusal(const struct machine *m, const struct load *load,
			  const struct vmlinux *v, const struct elfview *view, int ret);

/* The loaded bytes are the bytes that libelf sees in the file, and that its Image gets */
const char *check_accepted(const struct machine *m, const struct load *load,
			   const struct vmlinux *v, const struct elfview *view);

#endif
