// SPDX-License-Identifier: GPL-2.0
/* Read a kernel, which may be compressed, and an initrd */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plan.h"

static const struct {
	const char *magic;
	size_t len;
	const char *program;
} formats[] = {
	{ "\x1f\x8b",		2, "gzip" },
	{ "\3757zXZ",		6, "xz" },
	{ "\x28\xb5\x2f\xfd",	4, "zstd" },
};

/* The program that decompresses a file that begins with @magic, or NULL */
static const char *decompressor(const char *magic, size_t len)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (len >= formats[i].len && !memcmp(magic, formats[i].magic, formats[i].len))
			return formats[i].program;
	return NULL;
}

/* Run "@program -dc" with @fd as its input; returns its output */
static int start(char *program, int fd, pid_t *pid)
{
	char *const argv[] = { program, "-dcq", NULL };
	posix_spawn_file_actions_t actions;
	int pipes[2], error;

	if (pipe2(pipes, O_CLOEXEC))
		err(1, "no pipe");
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fd, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, pipes[1], STDOUT_FILENO);
	error = posix_spawnp(pid, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (error)
		errx(1, "cannot decompress: %s: %s", program, strerror(error));
	close(pipes[1]);
	return pipes[0];
}

static int open_file(const char *name, size_t *size)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		err(1, "cannot read %s", name);
	if (!S_ISREG(st.st_mode))
		errx(1, "%s is no regular file", name);
	*size = st.st_size;
	return fd;
}

void *slurp_kernel(const char *name, size_t *len)
{
	const char *program;
	size_t size, room;
	char magic[8], *buf;
	ssize_t count;
	int fd, status = 0;
	pid_t pid;

	fd = open_file(name, &size);
	count = pread(fd, magic, sizeof(magic), 0);
	program = decompressor(magic, count < 0 ? 0 : count);
	if (program)
		fd = start((char *)program, fd, &pid);

	room = program ? 1 << 26 : size + 1;
	buf = malloc(room);
	*len = 0;
	while (buf && (count = read(fd, buf + *len, room - *len)) > 0) {
		*len += count;
		if (*len == room)
			buf = realloc(buf, room *= 2);
	}
	if (!buf)
		errx(1, "no memory to read %s", name);
	if (count < 0)
		err(1, "cannot read %s", name);
	close(fd);
	if (program && (waitpid(pid, &status, 0) < 0 || status))
		errx(1, "%s is damaged or cut short, says %s", name, program);
	return buf;
}

void *map_initrd(const char *name, size_t *len)
{
	int fd = open_file(name, len);
	void *p;

	if (!*len)
		errx(1, "%s is empty", name);
	p = mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		err(1, "cannot read %s", name);
	close(fd);
	return p;
}
