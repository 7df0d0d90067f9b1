/* SPDX-License-Identifier: GPL-2.0 */
/* Random machines and files; the same seed makes the same ones */
#ifndef RANDOM_MAKE_H
#define RANDOM_MAKE_H

#include "machine.h"
#include "vmlinux.h"

/* A damage to a sound file, and the errno and message that must refuse it */
struct damage {
	const char *name;
	int error;
	const char *why;
	void (*to)(struct vmlinux *v);
};

extern const struct damage damages[];
extern const unsigned int nr_damages;

void random_seed(uint64_t seed);

/* 0 to @n - 1 */
uint64_t random_below(uint64_t n);

void random_fill(void *buf, size_t len);

/* True once in @n */
bool once_in(uint64_t n);

struct machine random_machine(void);

/* One that is sound; a kernel of @page_shift can load it */
struct vmlinux random_vmlinux(unsigned int page_shift);

#endif
