/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The format for the target and the mutator of the fuzzers: an input is a file, and a struct
 * fuzz_tail in its last bytes.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>

struct fuzz_tail {
	uint8_t machine, cpu;	/* see some_machine() */
	uint8_t initrd;		/* bits: there is one, it is large */
	uint8_t fail_alloc;	/* the allocation that fails, or 0 */
};

#define FUZZ_TAIL	sizeof(struct fuzz_tail)

/* A bit of @cpu: before the tail is this */
#define FUZZ_MORE	16

struct fuzz_more {
	uint64_t value;		/* the written bytes */
	int16_t at;		/* where, from the start or, below 0, from the end */
	uint8_t len;		/* so many bytes of it, up to 8 */
	uint8_t read;		/* once the file was read so often; 0: before the load */
	uint8_t shrinks;	/* the file does, by so many bytes */
	uint8_t pages;		/* of debug information behind the loaded part */
	uint8_t signer;		/* enum signer of a signature behind that, or 0 */
	uint8_t locked_down;	/* is the machine? */
};

/* The same for kexec-tools */
struct fuzz_packed {
	uint16_t at;		/* where the compressed file is damaged */
	uint8_t value;		/* by XOR; 0: it is not */
	uint8_t format;		/* gzip, xz, zstd, or left as it is */
	uint8_t blocks;		/* of debug information behind the loaded part */
};

#define FUZZ_PACKED	5	/* bytes of it in an input */
#define FUZZ_READ	4096	/* bytes that kexec-tools reads at once */

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
			       unsigned int seed);

#endif
