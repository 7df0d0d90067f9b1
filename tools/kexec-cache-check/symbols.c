// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbols.h"

#define NR_KERNELS	64

static struct symbol {
	uint64_t va;
	char name[60];
} *symbols;
static size_t nr_symbols;
static uint64_t text;		/* where _text is linked */

static struct {
	uint64_t base, size;
	uint64_t offset;	/* of KASLR */
	bool runs;
} kernels[NR_KERNELS + 1];
static unsigned int current;

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	return x->va < y->va ? -1 : x->va > y->va;
}

bool symbols_read(const char *name)
{
	FILE *file = fopen(name, "r");
	char line[700], type, word[600];
	struct symbol s;

	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%" SCNx64 " %c %599s", &s.va, &type, word) != 3)
			continue;
		/* Mapping symbols and absolute ones name no place */
		if (!(s.va >> 63) || type == 'a' || type == 'A' || strchr("$.", word[0]))
			continue;
		snprintf(s.name, sizeof(s.name), "%.50s", word);
		if (!(nr_symbols & (nr_symbols - 1)))
			symbols = realloc(symbols, (nr_symbols ? 2 * nr_symbols : 1) * sizeof(s));
		if (!symbols)
			abort();
		symbols[nr_symbols++] = s;
		if (!strcmp(s.name, "_text"))
			text = s.va;
	}
	if (file)
		fclose(file);
	if (nr_symbols)
		qsort(symbols, nr_symbols, sizeof(*symbols), by_address);
	return text;
}

void kernel_entered(uint64_t base, uint64_t size)
{
	if (current < NR_KERNELS)
		current++;
	kernels[current].base = base;
	kernels[current].size = size;
}

unsigned int kernel_nr(void)
{
	return current;
}

void kernel_runs_at(uint64_t va, uint64_t pa)
{
	kernels[current].offset = va - (pa - kernels[current].base + text);
	kernels[current].runs = true;
}

bool kernel_runs(void)
{
	return kernels[current].runs;
}

bool kernel_translate(uint64_t va, uint64_t *pa)
{
	uint64_t offset = va - kernels[current].offset - text;

	if (!kernels[current].runs || offset >= kernels[current].size)
		return false;
	*pa = kernels[current].base + offset;
	return true;
}

bool kernel_has(uint64_t pa)
{
	return current && pa - kernels[current].base < kernels[current].size;
}

/* The last symbol at or before a linked address */
static const struct symbol *find(uint64_t va)
{
	size_t low = 0, high = nr_symbols;

	if (!nr_symbols || va < symbols[0].va)
		return NULL;
	while (high - low > 1) {
		size_t middle = (low + high) / 2;

		if (symbols[middle].va <= va)
			low = middle;
		else
			high = middle;
	}
	return &symbols[low];
}

const char *name_in(unsigned int k, uint64_t address, char *name)
{
	const struct symbol *symbol = NULL;
	uint64_t va = 0;

	if (address >> 63) {
		va = address - kernels[k].offset;
	} else {
		/* A place in memory may have been of a kernel before */
		while (k && address - kernels[k].base >= kernels[k].size)
			k--;
		if (k)
			va = address - kernels[k].base + text;
	}
	if (va)
		symbol = find(va);
	if (symbol)
		snprintf(name, NAME_SIZE, "%s+%#" PRIx64, symbol->name, va - symbol->va);
	else
		snprintf(name, NAME_SIZE, "%s", address >> 63 || k ? "?" : "outside of the kernel");
	return name;
}

const char *name_of(uint64_t address, char *name)
{
	return name_in(current, address, name);
}

const char *symbol_of(uint64_t address, char *name)
{
	char *plus;

	name_of(address, name);
	plus = strchr(name, '+');
	if (plus)
		*plus = 0;
	return name;
}
