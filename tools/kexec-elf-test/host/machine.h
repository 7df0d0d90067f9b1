/* SPDX-License-Identifier: GPL-2.0 */
/* The machine that the loaders run on, as a value; see machine.c */
#ifndef MACHINE_H
#define MACHINE_H

#include "standin.h"

struct machine {
	unsigned long ram_start, ram_end;	/* bytes; end is the first past it */
	bool no_4k, no_16k, no_64k, no_mixed_endian;
	int other_errors[4];	/* what load_other_segments() returns, in turn */
	long fail_alloc;	/* the allocation that fails, from 1; 0 is none */

	/* What happened */
	unsigned int nr_other;	/* calls of load_other_segments() */
	unsigned long other_addr, other_size;	/* what the last one was told */
	long nr_allocs, nr_live;
	char said[4096];	/* all messages */
	unsigned int nr_said;
};

extern struct machine machine;

/* Load a file as kexec_file_load() does; 0 or an errno. On success @image is
 * what would be booted, until unload().
 */
int load(struct kimage *image, void *file, size_t len);
void unload(struct kimage *image);

#endif
