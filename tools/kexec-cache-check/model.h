/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A data cache at its worst: a line that was stored to stays dirty until an
 * instruction cleans it, and a clean line stays until one invalidates it.
 *
 * Addresses (pa) are physical, sizes in bytes. Anything outside of RAM is ignored.
 * pc is the virtual address of the instruction.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define LINE_SIZE	64

/**
 * model_init - a machine whose RAM is at start, with all lines clean
 * @log: where violations are reported, one line for the first of each sort
 */
void model_init(uint64_t start, uint64_t size, FILE *log);

/* The accesses of CPUs through the MMU and the cache */
void model_store(uint64_t pa, unsigned int size, uint64_t pc);
void model_load(unsigned int cpu, uint64_t pa, unsigned int size, uint64_t pc);

/* With the MMU off, which is past the cache */
void model_store_uncached(unsigned int cpu, uint64_t pa, unsigned int size, uint64_t pc);
void model_load_uncached(unsigned int cpu, uint64_t pa, unsigned int size, uint64_t pc);
void model_fetch_uncached(unsigned int cpu, uint64_t pa, unsigned int size, uint64_t pc);

/* Cache maintenance by address, to the point of coherency */
void model_clean(uint64_t pa);
void model_clean_invalidate(uint64_t pa);
void model_invalidate(unsigned int cpu, uint64_t pa, uint64_t pc);

/* True if a kernel before this one, or this one's relocation code, stored to the line last */
bool model_stored_by_low_code(uint64_t pa);

/**
 * model_violation - report that cpu has broken a rule that is not about a line
 */
void model_violation(unsigned int cpu, const char *what, uint64_t pa, uint64_t pc);

/**
 * model_dirty - count the dirty lines of a range, and log where they are
 * @what: a name for the range
 */
uint64_t model_dirty(const char *what, uint64_t start, uint64_t size);

/* A new kernel was entered: report violations again that the kernel before had, too */
void model_next_kernel(void);

/* Log how often each violation was seen; returns how many sorts there are */
unsigned int model_summary(void);

#endif
