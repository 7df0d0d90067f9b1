// SPDX-License-Identifier: GPL-2.0
/*
 * use-memory PERCENT SEED - make memory look as on a machine after days of work
 *
 * Takes PERCENT of the memory for anonymous pages, and gives back and takes random ones of them
 * again, so that free pages are scattered. Pages in pipes, which cannot be moved, come between
 * them. Then fills the page cache with the file on standard input, prints "@used", and waits.
 *
 * The same SEED takes the same steps.
 */

#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static char *memory;
static size_t page, nr_pages;
static int pipes[64][2];

static void touch(size_t i)
{
	memory[i * page] = 1;
}

/* A page more in some pipe, as long as there is room */
static void pin(void)
{
	static char bytes[65536];

	if (write(pipes[random() % 64][1], bytes, page) < 0)
		return;
}

static void give_back(size_t i)
{
	if (madvise(memory + i * page, page, MADV_DONTNEED))
		err(2, "madvise");
}

int main(int argc, char **argv)
{
	static char buf[1 << 20];

	if (argc != 3)
		errx(2, "usage: use-memory PERCENT SEED <FILE");
	page = sysconf(_SC_PAGESIZE);
	nr_pages = sysconf(_SC_PHYS_PAGES) / 100 * atoi(argv[1]);
	srandom(atoi(argv[2]));
	memory = mmap(NULL, nr_pages * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		err(2, "mmap");
	for (size_t i = 0; i < 64; i++)
		if (pipe2(pipes[i], O_NONBLOCK) || fcntl(pipes[i][0], F_SETPIPE_SZ, 1 << 18) < 0)
			err(2, "pipe");

	for (size_t i = 0; i < nr_pages; i++)
		touch(i);
	for (size_t i = 0; i < nr_pages; i++) {
		give_back(random() % nr_pages);
		if (random() % 256 == 0)
			pin();
		touch(random() % nr_pages);
	}
	for (size_t i = 0; i < nr_pages; i++)
		touch(i);
	while (read(0, buf, sizeof(buf)) > 0)
		;
	puts("@used");
	fflush(stdout);
	pause();
	return 0;
}
