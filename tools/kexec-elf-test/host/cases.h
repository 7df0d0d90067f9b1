/* SPDX-License-Identifier: GPL-2.0 */
/* Named cases: a vmlinux, and what the loader must make of it */
#ifndef CASES_H
#define CASES_H

#include "machine.h"
#include "vmlinux.h"

#define RAM	0x40000000UL	/* where the machine's memory begins */

extern unsigned int nr_tests, nr_failed;

void ok(bool good, const char *name);
void reset(void);

/* Is what @image leaves in memory what the Image of @v would have left? */
bool memory_right(const struct vmlinux *v, const struct kimage *image);

/* The machine, as the caller has set it up, takes @v, as so many segments */
void accepted(const struct vmlinux *v, unsigned int nr_segments,
	      unsigned long span, const char *name);

/* It does not, for this reason, and keeps nothing; @file is freed */
void refused(const struct vmlinux *v, int error, const char *why,
	     const char *name);
void refused_file(void *file, size_t len, int error, const char *why,
		  const char *name);

/* Put a PT_LOAD at @at bytes above _text */
void add_load(struct vmlinux *v, uint64_t at, uint64_t filesz, uint64_t memsz);

void test_accept(void);
void test_refuse(void);

#endif
