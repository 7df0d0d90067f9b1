// SPDX-License-Identifier: GPL-2.0
/*
 * kexec-file-load [OPTION...] KERNEL [INITRD|-] [CMDLINE] - the bare system call
 *
 * kexec(8) looks at a file itself and gives up on some before the kernel sees
 * them, and has no word for every flag. This asks the kernel, and prints the
 * name of the errno, or "OK".
 *
 *   --crash     as KEXEC_FILE_ON_CRASH
 *   --no-cma    as KEXEC_FILE_NO_CMA: all is copied at the jump
 *   --debug     as KEXEC_FILE_DEBUG
 *   --times N   load N times, and unload each time, until one fails
 *   --loads N   load N times, until N were loaded or refused for another reason than EBUSY, and print
 *               how often each errno was returned
 *   --fail N    in call 1 the first allocation fails, in call 2 the second, and so on (fault
 *               injection, fail-nth), each of the first N and every 29th of the rest. Prints how
 *               many were made to fail, and how often each errno was returned. Unloads last.
 *   --cold      with --fail: the files are not in the page cache before a call
 *   --nth N     the Nth allocation fails, in one call. Prints "none" instead for fewer allocations.
 *
 * Exit: 0 loaded, 1 refused, 2 wrong arguments or no such file.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/kexec.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef KEXEC_FILE_DEBUG
#define KEXEC_FILE_DEBUG	0x00000008
#endif
#ifndef KEXEC_FILE_NO_CMA
#define KEXEC_FILE_NO_CMA	0x00000010
#endif

static int kernel, initrd = -1;
static bool cold;
static const char *cmdline = "";

static long kexec_file_load(unsigned long flags)
{
	return syscall(SYS_kexec_file_load, kernel, initrd, strlen(cmdline) + 1,
		       cmdline, flags);
}

/* Write to a file of proc(5), or read a number from it; exits without that file */
static long fail_nth(const char *nth)
{
	const char *name = "/proc/thread-self/fail-nth";
	int fd = open(name, nth ? O_WRONLY : O_RDONLY);
	char buf[24] = "";

	if (fd < 0 || (nth ? write(fd, nth, strlen(nth)) : read(fd, buf, sizeof(buf) - 1)) < 0) {
		perror(name);
		exit(2);
	}
	close(fd);
	return atol(buf);
}

/* How often each errno was returned */
static long count[134];

static int load_and_count(unsigned long flags)
{
	int error = kexec_file_load(flags) ? errno : 0;

	if ((unsigned int)error < sizeof(count) / sizeof(*count))
		count[error]++;
	return error;
}

static void print_counts(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(count) / sizeof(*count); i++)
		if (count[i] > 0)
			printf(" %s=%ld", i ? strerrorname_np(i) : "OK", count[i]);
	putchar('\n');
}

static int load_often(unsigned long flags, unsigned long loads)
{
	while (loads)
		if (load_and_count(flags) == EBUSY)
			usleep(20000);
		else
			loads--;
	print_counts();
	return 0;
}

/* Load; the nth allocation fails. False if there are fewer. */
static bool fails_at(unsigned long flags, long nth, int *error)
{
	char text[24];
	long left;

	snprintf(text, sizeof(text), "%ld", nth);
	fail_nth(text);
	*error = load_and_count(flags);
	left = fail_nth(NULL);
	fail_nth("0");
	return !left;
}

static int fail_one(unsigned long flags, unsigned long unload, long nth)
{
	int error;

	if (!fails_at(flags, nth, &error))
		puts("none");
	else
		puts(error ? strerrorname_np(error) : "OK");
	kexec_file_load(unload);
	return 0;
}

static int fail_each(unsigned long flags, unsigned long unload, long dense)
{
	long nth = 1, injected = 0;

	for (;;) {
		int error;

		if (cold) {
			posix_fadvise(kernel, 0, 0, POSIX_FADV_DONTNEED);
			posix_fadvise(initrd, 0, 0, POSIX_FADV_DONTNEED);
		}
		if (!fails_at(flags, nth, &error)) {
			count[error]--;
			break;
		}
		injected++;
		nth += nth < dense ? 1 : 29;
	}
	kexec_file_load(unload);
	printf("%ld of %ld", injected, nth);
	print_counts();
	return 0;
}

static int open_or_exit(const char *name)
{
	int fd = open(name, O_RDONLY);

	if (fd < 0) {
		perror(name);
		exit(2);
	}
	return fd;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "crash", no_argument, NULL, 'p' },
		{ "no-cma", no_argument, NULL, 'c' },
		{ "debug", no_argument, NULL, 'v' },
		{ "times", required_argument, NULL, 't' },
		{ "loads", required_argument, NULL, 'l' },
		{ "fail", required_argument, NULL, 'f' },
		{ "cold", no_argument, NULL, 'd' },
		{ "nth", required_argument, NULL, 'n' },
		{ }
	};
	unsigned long flags = 0, times = 0, loads = 0, fail = 0, nth = 0, unload, i;
	long ret;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'p':
			flags |= KEXEC_FILE_ON_CRASH;
			break;
		case 'c':
			flags |= KEXEC_FILE_NO_CMA;
			break;
		case 'v':
			flags |= KEXEC_FILE_DEBUG;
			break;
		case 't':
			times = strtoul(optarg, NULL, 0);
			break;
		case 'l':
			loads = strtoul(optarg, NULL, 0);
			break;
		case 'f':
			fail = strtoul(optarg, NULL, 0);
			break;
		case 'd':
			cold = true;
			break;
		case 'n':
			nth = strtoul(optarg, NULL, 0);
			break;
		default:
			return 2;
		}
	}
	argc -= optind;
	argv += optind;
	if (argc < 1 || argc > 3) {
		fprintf(stderr, "usage: kexec-file-load [--crash] [--no-cma] [--debug] [--times N | --loads N | --fail N [--cold] | --nth N] KERNEL [INITRD|-] [CMDLINE]\n");
		return 2;
	}

	kernel = open_or_exit(argv[0]);
	if (argc > 1 && *argv[1] && strcmp(argv[1], "-"))
		initrd = open_or_exit(argv[1]);
	else
		flags |= KEXEC_FILE_NO_INITRAMFS;
	if (argc > 2)
		cmdline = argv[2];

	unload = KEXEC_FILE_UNLOAD | (flags & KEXEC_FILE_ON_CRASH);
	if (loads)
		return load_often(flags, loads);
	if (nth)
		return fail_one(flags, unload, nth);
	if (fail)
		return fail_each(flags, unload, fail);
	ret = kexec_file_load(flags);
	for (i = 1; !ret && i < times; i++) {
		kexec_file_load(unload);
		ret = kexec_file_load(flags);
	}
	if (!ret && times)
		kexec_file_load(unload);

	puts(ret ? strerrorname_np(errno) : "OK");
	return ret != 0;
}
