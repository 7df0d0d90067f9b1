/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The common part of the proofs. A proof is a function that CBMC calls with all values that a
 * computer can hold. It includes this file, and then the file of Linux that it is about.
 *
 * ASSUMPTION and BOUND in comments are the premises of a proof.
 */
#ifndef PROOF_H
#define PROOF_H

#include "standin.h"
#include <linux/kexec.h>

/* BOUND: program headers, and as many segments: a number below N is below 16 */
#define N		2
#undef KEXEC_SEGMENT_MAX
#define KEXEC_SEGMENT_MAX	N

size_t nondet_size(void);
u64 nondet_u64(void);
unsigned int nondet_uint(void);
int nondet_int(void);
bool nondet_bool(void);
/* A file without bytes: any value, but always the same at an offset */
int __CPROVER_uninterpreted_marker(size_t at);
u64 __CPROVER_uninterpreted_info(size_t at);
u32 __CPROVER_uninterpreted_sig_len(size_t at);

#define assume(c)	__CPROVER_assume(c)
#define prove(c, what)	__CPROVER_assert(c, what)
/* The end of a proof must be reachable, or it is empty: this assertion must fail */
#define reach(what)	__CPROVER_assert(0, "REACH " what)

/* A file is an object of exactly len bytes, each of any value */
static inline char *any_file(size_t len)
{
	char *p;

	assume(len <= 4UL << 30);	/* KEXEC_FILE_SIZE_MAX */
	p = malloc(len);
	assume(p);
	return p;
}

/* The kernel's pages have 4, 16 or 64 KiB */
static inline void any_page_size(void)
{
	sim_page_shift = nondet_uint();
	assume(sim_page_shift == 12 || sim_page_shift == 14 || sim_page_shift == 16);
}

/* Messages are not part of the proof */
void sim_say(const char *fmt, ...) { }
void sim_hint(const char *fmt, ...) { }

#endif
