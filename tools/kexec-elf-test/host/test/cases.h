/* SPDX-License-Identifier: GPL-2.0 */
/* Named cases: a vmlinux, and the result that the loader must have */
#ifndef CASES_H
#define CASES_H

#include "machine.h"
#include "vmlinux.h"

#define RAM	SZ_1G	/* where the machine's memory begins */

extern unsigned int nr_tests, nr_failed;

/* Each case may change these first; they are the default again after it. */
extern struct machine m;
extern struct load load;

void ok(const char *wrong, const char *name);
void reset(void);

/* Load @v, which stays loaded, and check it. Sets its span; returns the fault, or NULL. */
const char *load_vmlinux(const struct vmlinux *v, struct area *own);

/* The machine loads @v as @nr_segments segments */
void accepted(const struct vmlinux *v, unsigned int nr_segments,
	      unsigned long span, const char *name);

/* As accepted(), with the base at @base */
void accepted_at(const struct vmlinux *v, unsigned int nr_segments,
		 unsigned long span, unsigned long base, const char *name);

/* The machine refuses @v with @error and @why, and keeps the previous kernel.
 * refused_file() frees @file.
 */
void refused(const struct vmlinux *v, int error, const char *why,
	     const char *name);
void refused_file(void *file, size_t len, int error, const char *why,
		  const char *name);

/* The same, as a function of the load alone: the fault, or NULL */
const char *refuses(const void *file, size_t len, int error, const char *why);

/* How many segments of the image are in its span */
unsigned int nr_kernel_segments(const struct kimage *image, struct area span);

/* Put a PT_LOAD at @at bytes above _text */
void add_load(struct vmlinux *v, uint64_t at, uint64_t filesz, uint64_t memsz);

void test_accept(void);
void test_forged(void);
void test_image(void);
void test_in_place(void);
void test_read(void);
void test_refuse(void);
void test_signed(void);

#endif
