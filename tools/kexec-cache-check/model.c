// SPDX-License-Identifier: GPL-2.0
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "model.h"
#include "symbols.h"

#define NR_WORDS	(LINE_SIZE / 4)
#define NR_FINDINGS	4096

static uint64_t ram, ram_size;
static FILE *log_file;

/*
 * By line: which of its words the cache has and memory has not; which words memory
 * has and a clean line in the cache may hide; the instruction that stored to it last,
 * with the number of its kernel in the bits that are the same as bit 63; whether a dirty
 * line was reported of this kernel.
 */
static uint16_t *dirty, *hidden;
static uint64_t *stored_by;
static uint8_t *reported;

#define KERNEL_SHIFT	56
#define KERNEL_MASK	(0x7full << KERNEL_SHIFT)

static struct finding {
	const char *what;
	char where[NAME_SIZE], by[NAME_SIZE];
	unsigned int kernel;
	uint64_t first, count;
} findings[NR_FINDINGS];
static unsigned int nr_findings;

static void *zeroed(uint64_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		abort();
	return p;
}

void model_init(uint64_t start, uint64_t size, FILE *log)
{
	uint64_t nr = size / LINE_SIZE;

	ram = start;
	ram_size = size;
	log_file = log;
	dirty = zeroed(nr * sizeof(*dirty));
	hidden = zeroed(nr * sizeof(*hidden));
	stored_by = zeroed(nr * sizeof(*stored_by));
	reported = zeroed(nr);
}

/* The words of a line that size bytes from pa on touch */
static uint16_t words(uint64_t pa, uint64_t size)
{
	unsigned int from = pa % LINE_SIZE / 4;
	unsigned int to = (pa % LINE_SIZE + size + 3) / 4;

	return (to >= NR_WORDS ? 0xffff : (1u << to) - 1) & ~((1u << from) - 1);
}

/*
 * for_each_line - each line l of a range in RAM, with the words w in it
 */
#define for_each_line(pa, size, l, w)							\
	for (uint64_t _pa = (pa), _end = (pa) + (size), l = (_pa - ram) / LINE_SIZE, w;	\
	     _pa < _end && _pa - ram < ram_size &&					\
	     (w = words(_pa, _end - _pa));						\
	     _pa = (_pa / LINE_SIZE + 1) * LINE_SIZE, l++)

static const char *name_of_storer(uint64_t l, char *name)
{
	uint64_t pc = stored_by[l];
	unsigned int k = (pc & KERNEL_MASK) >> KERNEL_SHIFT;

	pc &= ~KERNEL_MASK;
	return name_in(k, pc >> 63 ? pc | KERNEL_MASK : pc, name);
}

void model_violation(unsigned int cpu, const char *what, uint64_t pa, uint64_t pc)
{
	char where[NAME_SIZE], by[NAME_SIZE], name[NAME_SIZE];
	struct finding *f;

	symbol_of(pa, where);
	symbol_of(pc, by);
	for (f = findings; f < findings + nr_findings; f++)
		if (f->kernel == kernel_nr() && f->what == what && !strcmp(f->where, where) &&
		    !strcmp(f->by, by))
			break;
	if (f == findings + NR_FINDINGS)
		return;
	f->count++;
	if (f < findings + nr_findings)
		return;

	nr_findings++;
	f->what = what;
	f->kernel = kernel_nr();
	f->first = pa;
	memcpy(f->where, where, sizeof(where));
	memcpy(f->by, by, sizeof(by));
	fprintf(log_file, "violation: %s: kernel %u, CPU %u, at %#" PRIx64 " (%s)", what,
		f->kernel, cpu, pa, name_of(pa, name));
	fprintf(log_file, ", by %s", name_of(pc, name));
	if (pa - ram < ram_size && stored_by[(pa - ram) / LINE_SIZE])
		fprintf(log_file, "; stored to last by %s",
			name_of_storer((pa - ram) / LINE_SIZE, name));
	fputc('\n', log_file);
	fflush(log_file);
}

void model_store(uint64_t pa, unsigned int size, uint64_t pc)
{
	for_each_line(pa, size, l, w) {
		dirty[l] |= w;
		hidden[l] &= ~w;
		stored_by[l] = (pc & ~KERNEL_MASK) | (uint64_t)kernel_nr() << KERNEL_SHIFT;
	}
}

void model_load(unsigned int cpu, uint64_t pa, unsigned int size, uint64_t pc)
{
	for_each_line(pa, size, l, w)
		if (hidden[l] & w) {
			hidden[l] = 0;
			model_violation(cpu, "load of what was stored with the MMU off and not invalidated",
					pa, pc);
		}
}

void model_store_uncached(unsigned int cpu, uint64_t pa, unsigned int size, uint64_t pc)
{
	for_each_line(pa, size, l, w) {
		hidden[l] |= w;
		if (!dirty[l])
			continue;
		/* The line is written back over it, sooner or later */
		dirty[l] = 0;
		model_violation(cpu, "store over a dirty line, MMU off", pa, pc);
	}
}

static void read_uncached(unsigned int cpu, const char *what, uint64_t pa, unsigned int size,
			  uint64_t pc)
{
	for_each_line(pa, size, l, w)
		if (dirty[l] & w && !reported[l]) {
			reported[l] = 1;
			model_violation(cpu, what, ram + l * LINE_SIZE, pc);
		}
}

void model_load_uncached(unsigned int cpu, uint64_t pa, unsigned int size, uint64_t pc)
{
	read_uncached(cpu, "load of a dirty line, MMU off", pa, size, pc);
}

void model_fetch_uncached(unsigned int cpu, uint64_t pa, unsigned int size, uint64_t pc)
{
	read_uncached(cpu, "fetch of a dirty line, MMU off", pa, size, pc);
}

void model_clean(uint64_t pa)
{
	if (pa - ram < ram_size)
		dirty[(pa - ram) / LINE_SIZE] = 0;
}

void model_clean_invalidate(uint64_t pa)
{
	if (pa - ram < ram_size)
		dirty[(pa - ram) / LINE_SIZE] = hidden[(pa - ram) / LINE_SIZE] = 0;
}

void model_invalidate(unsigned int cpu, uint64_t pa, uint64_t pc)
{
	if (pa - ram < ram_size && dirty[(pa - ram) / LINE_SIZE])
		model_violation(cpu, "DC IVAC of a dirty line", pa, pc);
	model_clean_invalidate(pa);
}

bool model_stored_by_low_code(uint64_t pa)
{
	return pa - ram < ram_size && !(stored_by[(pa - ram) / LINE_SIZE] >> 63);
}

uint64_t model_dirty(const char *what, uint64_t start, uint64_t size)
{
	char symbol[NAME_SIZE], last[NAME_SIZE] = "", by[NAME_SIZE];
	uint64_t count = 0;
	unsigned int shown = 0;

	for_each_line(start, size, l, w)
		count += !!(dirty[l] & w);
	fprintf(log_file, "kernel %u: %" PRIu64 " of %" PRIu64 " lines of %s are dirty\n", kernel_nr(),
		count, (size + LINE_SIZE - 1) / LINE_SIZE, what);
	if (!count)
		return 0;
	for_each_line(start, size, l, w) {
		if (!(dirty[l] & w))
			continue;
		symbol_of(ram + l * LINE_SIZE, symbol);
		if (strcmp(symbol, last) && shown++ < 8)
			fprintf(log_file, "  from %#" PRIx64 " (%s) on; stored to last by %s\n",
				ram + l * LINE_SIZE, symbol, name_of_storer(l, by));
		memcpy(last, symbol, sizeof(last));
	}
	if (shown > 8)
		fprintf(log_file, "  and in %u more places\n", shown - 8);
	return count;
}

void model_next_kernel(void)
{
	memset(reported, 0, ram_size / LINE_SIZE);
}

unsigned int model_summary(void)
{
	struct finding *f;

	for (f = findings; f < findings + nr_findings; f++)
		fprintf(log_file, "sum: kernel %u: %" PRIu64 " times: %s: in %s, by %s\n", f->kernel,
			f->count, f->what, f->where, f->by);
	return nr_findings;
}
