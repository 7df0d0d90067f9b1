// SPDX-License-Identifier: GPL-2.0
/*
 * The entry point of the fuzzers for kexec-tools: compress a file, damage it or not, and open it as
 * kexec -s does: the part of it that is loaded, then the rest.
 */

#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <lzma.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "decompress.h"
#include "fuzz.h"
#include "kernel-file.h"

#define BLOCK		(FUZZ_READ / 2)
#define MAX_BLOCKS	7

/* Longer than a sound file. A damaged one may decompress to gigabytes. */
#define LIMIT		(1 << 18)

FILE *quiet;
int kexec_debug;
static unsigned long nr_runs, nr_read;

void die(const char *fmt, ...)
{
	abort();
}

void *xmalloc(size_t size)
{
	return malloc(size);
}

void *xrealloc(void *p, size_t size)
{
	return realloc(p, size);
}

static void report(void)
{
	fprintf(stderr, "placed: %lu of %lu\n", nr_read, nr_runs);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	struct rlimit limit = { LIMIT, LIMIT };

	quiet = fopen("/dev/null", "w");
	atexit(report);
	signal(SIGXFSZ, SIG_IGN);
	return !quiet || setrlimit(RLIMIT_FSIZE, &limit);
}

static void check(bool right, const char *wrong)
{
	if (right)
		return;
	fprintf(stderr, "%s\n", wrong);
	abort();
}

/* Returns the number of bytes that it writes to @to */
static size_t compress_to(uint8_t *to, size_t room, const uint8_t *data, size_t len, int format)
{
	z_stream z = { .next_in = (uint8_t *)data, .avail_in = len,
		       .next_out = to, .avail_out = room };
	lzma_options_lzma lzma;
	lzma_filter xz[] = { { LZMA_FILTER_LZMA2, &lzma }, { LZMA_VLI_UNKNOWN } };
	size_t out = 0;

	switch (format) {
	case 0:		/* gzip */
		deflateInit2(&z, 1, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY);
		deflate(&z, Z_FINISH);
		deflateEnd(&z);
		return z.total_out;
	case 1:
		/* The smallest dictionary, whose tables take the least time to set up */
		lzma_lzma_preset(&lzma, 0);
		lzma.dict_size = LZMA_DICT_SIZE_MIN;
		lzma_stream_buffer_encode(xz, LZMA_CHECK_CRC32, NULL, data, len, to, &out, room);
		return out;
	case 2:
		return ZSTD_compress(to, room, data, len, 1);
	default:	/* as it is */
		memcpy(to, data, len);
		return len;
	}
}

/* Has the file been read up to the end of each PT_LOAD, if its headers are sound? */
static bool has_loads(const struct kernel_file *file, const uint8_t *data, size_t len)
{
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr;

	memcpy(&ehdr, data, sizeof(ehdr));
	if (memcmp(ehdr.e_ident, ELFMAG "\x02\x01", 6) || ehdr.e_phentsize != sizeof(phdr) ||
	    ehdr.e_phoff > len || ehdr.e_phnum > (len - ehdr.e_phoff) / sizeof(phdr))
		return true;
	for (unsigned int i = 0; i < ehdr.e_phnum; i++) {
		memcpy(&phdr, data + ehdr.e_phoff + i * sizeof(phdr), sizeof(phdr));
		if (phdr.p_type == PT_LOAD && phdr.p_offset <= len &&
		    phdr.p_filesz <= len - phdr.p_offset &&
		    phdr.p_offset + phdr.p_filesz > (uint64_t)file->done)
			return false;
	}
	return true;
}

/* @data is the sound file, as it was read */
static void check_file(const struct kernel_file *file, const uint8_t *data, size_t len, bool whole)
{
	size_t done = file->format ? file->done : len;

	check(!whole || done == len, "it has not been read whole");
	check(done <= len && done <= (size_t)file->size, "more was read than there is");
	check(!file->complete || (size_t)file->size == len, "it is complete, and has another size");
	check(!memcmp(file->buf, data, done), "other bytes than those of the file");
	check(len < sizeof(Elf64_Ehdr) || has_loads(file, data, len) || !file->format,
	      "a part that is loaded is missing");
	for (size_t i = done; i < (size_t)file->size; i++)
		check(!file->buf[i], "there is something in what was not read");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t plain[2048 + MAX_BLOCKS * BLOCK], packed[sizeof(plain) + 65536];
	struct kernel_file file = { };
	struct fuzz_packed tail = { };
	size_t len, more;
	char name[64];
	off_t mapped;
	int fd, ret;
	bool sound;

	if (size <= FUZZ_PACKED || size > 2048)
		return 0;
	size -= FUZZ_PACKED;
	memcpy(&tail, data + size, FUZZ_PACKED);
	memcpy(plain, data, size);
	more = tail.blocks % (MAX_BLOCKS + 1) * BLOCK;
	memset(plain + size, 0, more);
	size += more;

	len = compress_to(packed, sizeof(packed), plain, size, tail.format % 4);
	packed[tail.at % len] ^= tail.value;
	fd = memfd_create("fuzz", 0);
	check(write(fd, packed, len) == (ssize_t)len, "no memory");
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);

	nr_runs++;
	ret = open_kernel_file(&file, name);
	mapped = ret ? 0 : file.size;
	/* An unchanged file may look like a compressed one */
	sound = !tail.value && tail.format % 4 < 3;
	if (sound) {
		check(!ret || file.size > LIMIT, "a sound file is refused");
		check(ret || file.format, "it is not seen to be compressed");
	}
	if (!ret && (sound || (!tail.value && !file.format)))
		check_file(&file, plain, size, false);
	nr_read += !ret;
	if (!ret && !file.complete) {
		ret = complete_kernel_file(&file, name);
		check(!ret || !sound, "the rest of a sound file is refused");
		if (!ret) {
			munmap(file.buf, mapped);
			mapped = file.size;
			file.buf = mmap(NULL, mapped, PROT_READ, MAP_PRIVATE, file.fd, 0);
		}
		if (!ret && sound)
			check_file(&file, plain, size, true);
	}

	if (file.stream)
		file.format->close(file.stream);
	if (mapped)
		munmap(file.buf, mapped);
	close_range(fd, ~0U, 0);
	return 0;
}
