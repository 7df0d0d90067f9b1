/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Names of addresses. All entered kernels have the symbols of one System.map.
 */
#ifndef SYMBOLS_H
#define SYMBOLS_H

#include <stdbool.h>
#include <stdint.h>

#define NAME_SIZE	100

/* Read a System.map; false if it has no _text */
bool symbols_read(const char *name);

/**
 * kernel_entered - a kernel is at base; it is the current one from now on
 * @size: image_size of its header
 */
void kernel_entered(uint64_t base, uint64_t size);

/* The number of the current kernel, from 1 on; 0 before the first is entered */
unsigned int kernel_nr(void);

/**
 * kernel_runs_at - the current kernel has been seen at a virtual address
 * @pa: the physical address of the same instruction
 */
void kernel_runs_at(uint64_t va, uint64_t pa);

/* Has the current kernel been seen at its virtual address? */
bool kernel_runs(void);

/* The physical address of a virtual one in the current kernel's image; false outside of it */
bool kernel_translate(uint64_t va, uint64_t *pa);

/* Is a physical address in the image of the current kernel? */
bool kernel_has(uint64_t pa);

/* SYMBOL+OFFSET of an address, virtual or physical, into name, NAME_SIZE long; returns name */
const char *name_of(uint64_t address, char *name);

/* The same, of an address that kernel k, or the current one, used */
const char *name_in(unsigned int k, uint64_t address, char *name);

/* Only SYMBOL */
const char *symbol_of(uint64_t address, char *name);

#endif
