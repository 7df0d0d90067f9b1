// SPDX-License-Identifier: GPL-2.0
/*
 * kexec-file-load [OPTION...] KERNEL [INITRD|-] [CMDLINE] - the bare system call
 *
 * kexec(8) looks at a file itself and gives up on some before the kernel sees
 * them, and has no word for every flag. This asks the kernel, and prints the
 * name of the errno, or "OK".
 *
 *   --crash     as KEXEC_FILE_ON_CRASH
 *   --no-cma    as KEXEC_FILE_NO_CMA
 *   --times N   load N times, and unload each time, until one fails
 *
 * Exit: 0 loaded, 1 refused, 2 wrong arguments or no such file.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef KEXEC_FILE_NO_CMA
#define KEXEC_FILE_NO_CMA	0x00000010
#endif

static int kernel, initrd = -1;
static const char *cmdline = "";

static long kexec_file_load(unsigned long flags)
{
	return syscall(SYS_kexec_file_load, kernel, initrd, strlen(cmdline) + 1,
		       cmdline, flags);
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
		{ "times", required_argument, NULL, 't' },
		{ }
	};
	unsigned long flags = 0, times = 0, unload, i;
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
		case 't':
			times = strtoul(optarg, NULL, 0);
			break;
		default:
			return 2;
		}
	}
	argc -= optind;
	argv += optind;
	if (argc < 1 || argc > 3) {
		fprintf(stderr, "usage: kexec-file-load [--crash] [--no-cma] [--times N] KERNEL [INITRD|-] [CMDLINE]\n");
		return 2;
	}

	kernel = open_or_exit(argv[0]);
	if (argc > 1 && strcmp(argv[1], "-"))
		initrd = open_or_exit(argv[1]);
	else
		flags |= KEXEC_FILE_NO_INITRAMFS;
	if (argc > 2)
		cmdline = argv[2];

	ret = kexec_file_load(flags);
	unload = KEXEC_FILE_UNLOAD | (flags & KEXEC_FILE_ON_CRASH);
	for (i = 1; !ret && i < times; i++) {
		kexec_file_load(unload);
		ret = kexec_file_load(flags);
	}
	if (!ret && times)
		kexec_file_load(unload);

	puts(ret ? strerrorname_np(errno) : "OK");
	return ret != 0;
}
