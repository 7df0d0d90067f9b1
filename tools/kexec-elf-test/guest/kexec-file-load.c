// SPDX-License-Identifier: GPL-2.0
/*
 * kexec-file-load KERNEL [INITRD|-] [CMDLINE] - the bare system call
 *
 * kexec(8) looks at a file itself and gives up on some before the kernel sees
 * them. This asks the kernel, and prints the name of the errno, or "OK".
 * Exit: 0 loaded, 1 refused, 2 wrong arguments or no such file.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	const char *cmdline = argc > 3 ? argv[3] : "";
	unsigned long flags = 0;
	int kernel, initrd = -1;

	if (argc < 2 || argc > 4) {
		fprintf(stderr, "usage: %s KERNEL [INITRD|-] [CMDLINE]\n", argv[0]);
		return 2;
	}

	kernel = open(argv[1], O_RDONLY);
	if (kernel < 0) {
		perror(argv[1]);
		return 2;
	}

	if (argc > 2 && strcmp(argv[2], "-")) {
		initrd = open(argv[2], O_RDONLY);
		if (initrd < 0) {
			perror(argv[2]);
			return 2;
		}
	} else {
		flags |= KEXEC_FILE_NO_INITRAMFS;
	}

	if (syscall(SYS_kexec_file_load, kernel, initrd, strlen(cmdline) + 1,
		    cmdline, flags)) {
		puts(strerrorname_np(errno));
		return 1;
	}

	puts("OK");
	return 0;
}
