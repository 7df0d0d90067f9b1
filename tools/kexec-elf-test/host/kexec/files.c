// SPDX-License-Identifier: GPL-2.0
/*
 * files copy FILE: write the bytes that kexec(8) hands on of a file to stdout
 * files probe FILE: let the parsers of kexec(8) look at a file, and print the answer of each
 * files mutate SEED COUNT FILE: let them look at that many damaged copies
 *
 * Linked with the parts of kexec-tools that read files, under ASan.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kexec.h"
#include "kernel-file.h"
#include <kexec-pe-zboot.h>

int kexec_debug;
int implicit_initrd_fd = -1;
#ifdef HAVE_UKI
int uki_image_probe(const char *buf, off_t size);
#else	/* kexec-tools 2.0.29 */
#define uki_image_probe(buf, size)	(-1)
#endif

static jmp_buf died;
static bool probing;

static int nothing_probe(const char *buf, off_t size)
{
	return -1;
}

struct file_type file_type[] = { { .name = "nothing", .probe = nothing_probe } };
int file_types = 1;

void die(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	if (probing)
		longjmp(died, 1);
	exit(1);
}

static void *checked(void *p)
{
	if (!p)
		die("no memory\n");
	return p;
}

void *xmalloc(size_t size) { return checked(malloc(size)); }
void *xrealloc(void *p, size_t size) { return checked(realloc(p, size)); }

char *slurp_decompress_file(const char *name, off_t *size)
{
	die("not linked\n");
	return NULL;
}

/* A copy that ends where its memory ends, so that ASan sees the first byte behind it */
static void probe(const char *buf, off_t size)
{
	int elf = 0, zboot = 0, uki = 0, fd = -1;
	struct mem_ehdr ehdr;
	off_t len = 0;
	char *copy;

	copy = memcpy(checked(malloc(size + !size)), buf, size);
	probing = true;
	if (!setjmp(died)) {
		elf = build_elf_info(copy, size, &ehdr, 0);
		if (!elf) {
			for (int i = 0; i < ehdr.e_phnum; i++)
				len += ehdr.e_phdr[i].p_filesz;
			free(ehdr.e_note);
			free_elf_info(&ehdr);
		}
		zboot = pez_prepare(copy, size, &fd, &len);
		if (!zboot)
			close(fd);
		uki = uki_image_probe(copy, size);
		printf("elf %d, zboot %d %lld, uki %d\n", elf, zboot, (long long)len, uki);
	}
	probing = false;
	free(copy);
}

/* Headers are near the beginning */
static void mutate(const char *buf, off_t size, unsigned int seed, long count)
{
	static const unsigned int words[] = { 0, 1, 0x7f, 0x80, 0xff, 0x1000, 0x7fffffff,
					      0x80000000, 0xfffffff0, 0xffffffff };
	char *copy = checked(malloc(size));

	srandom(seed);
	for (; count; count--) {
		long edits = 1 + random() % 4;

		memcpy(copy, buf, size);
		while (edits--) {
			long range = random() % 2 ? 128 : size < 4096 ? size : 4096;
			long at = random() % range;
			unsigned int word = words[random() % 10];
			int len = 1 << random() % 3;

			if (at + len <= size)
				memcpy(copy + at, &word, len);
		}
		probe(copy, random() % 8 ? size : random() % size);
	}
	free(copy);
}

int main(int argc, char **argv)
{
	struct kernel_file file;

	if (argc < 3 || open_kernel_file(&file, argv[argc - 1]))
		return 1;
	if (!strcmp(argv[1], "copy"))
		return fwrite(file.buf, 1, file.size, stdout) != file.size || fflush(stdout);
	if (!strcmp(argv[1], "probe"))
		probe(file.buf, file.size);
	else
		mutate(file.buf, file.size, atoi(argv[2]), atol(argv[3]));
	munmap(file.buf, file.size);

	return 0;
}
