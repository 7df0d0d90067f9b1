// SPDX-License-Identifier: GPL-2.0
/* The entry point of the fuzzer that edits signed files: a byte that says which, and edits */

#include <stdio.h>

#include "forge.h"
#include "fuzz.h"

static unsigned long nr_runs, nr_loaded;

static void report(void)
{
	fprintf(stderr, "placed: %lu of %lu\n", nr_loaded, nr_runs);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	machine_init(1UL << 32);
	atexit(report);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct forgery f;
	unsigned int loaded;
	const char *wrong;

	if (!size)
		return 0;
	f = forgery(data[0] & 1, SIGNER_SECONDARY);
	forgery_edit(&f, data + 1, size - 1);
	wrong = forgery_check(&f, &loaded);
	if (wrong) {
		fprintf(stderr, "%s\nsaid: %s\n", wrong, counters.said);
		abort();
	}
	forgery_free(&f);
	nr_runs++;
	nr_loaded += loaded > 0;
	return 0;
}
