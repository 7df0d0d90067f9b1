/* SPDX-License-Identifier: GPL-2.0 */
/* Whether what became of a random file is right, and what is counted of it */
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

/* Each returns what is wrong, or NULL. A kernel that is refused keeps nothing. */
const char *refused(int ret, int error, const char *words);

/* Refusals that a sound file may meet: is this one true? */
const char *check_refusal(const struct machine *m, const struct load *load,
			  const struct vmlinux *v, const struct elfview *view, int ret);

/* What is loaded is what libelf sees in the file, and what its Image gets */
const char *check_accepted(const struct machine *m, const struct load *load,
			   const struct vmlinux *v, const struct elfview *view);

#endif
