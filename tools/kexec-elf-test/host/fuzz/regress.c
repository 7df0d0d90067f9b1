// SPDX-License-Identifier: GPL-2.0
/* regress FILE...: give each to the fuzzers' target; TAP */

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

int main(int argc, char **argv)
{
	static uint8_t data[1 << 20];

	int failed = 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	LLVMFuzzerInitialize(&argc, &argv);
	printf("1..%d\n", argc - 1);
	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "r");
		size_t len = f ? fread(data, 1, sizeof(data), f) : 0;
		/* On the heap, so that ASan sees reads past the end */
		uint8_t *file = malloc(len);

		for (size_t j = 0; j < len; j++)
			file[j] = data[j];
		/* It aborts if anything is wrong */
		LLVMFuzzerTestOneInput(file, len);
		printf("%sok %d - %s\n", len ? "" : "not ", i, basename(argv[i]));
		failed += !len;
		free(file);
		if (f)
			fclose(f);
	}
	return failed != 0;
}
