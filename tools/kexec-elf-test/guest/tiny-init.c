// SPDX-License-Identifier: GPL-2.0
/*
 * tiny-init - the first process of a guest for which Debian has no user space
 *
 * Big-endian kernels run big-endian programs only. This one needs only Linux's
 * nolibc. It prints the same lines as init. If /mnt/next and /mnt/next-initrd
 * are on the disk, it loads them with the bare system call and jumps; otherwise
 * it powers off.
 */

#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <linux/reboot.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char buf[65536];

/* The whole of a small file, or what fits, with a 0 at the end */
static int slurp(const char *path)
{
	int fd = open(path, O_RDONLY), n, size = 0;

	while (fd >= 0 && (n = read(fd, buf + size, sizeof(buf) - 1 - size)) > 0)
		size += n;
	if (fd >= 0)
		close(fd);
	buf[size] = 0;
	return size;
}

/* The build-id among the ELF notes, in this kernel's byte order */
static void print_build_id(int size)
{
	static const char name[4] = "GNU";
	unsigned int note[3];
	int i;

	for (i = 0; i + 36 <= size; i += 4) {
		memcpy(note, buf + i, sizeof(note));
		if (note[0] == 4 && note[1] == 20 && note[2] == 3 &&
		    !memcmp(buf + i + 12, name, 4))
			break;
	}
	printf("@build-id ");
	for (size = i + 36, i += 16; i < size; i++)
		printf("%x%x", (unsigned char)buf[i] >> 4, buf[i] & 15);
	printf("\n");
}

/* Like "  40210000-405cffff : Kernel code" */
static void print_text(void)
{
	char *p = strstr(buf, " : Kernel code");

	if (!p)
		return;
	*p = 0;
	while (p > buf && p[-1] != ' ' && p[-1] != '\n')
		p--;
	printf("@text %s\n", p);
}

static int hop(void)
{
	char *p;

	slurp("/proc/cmdline");
	p = strstr(buf, "hop=");
	return p ? atoi(p + 4) : 0;
}

static void jump(int next)
{
	static char cmdline[128];
	int kernel = open("/mnt/next", O_RDONLY);
	int initrd = open("/mnt/next-initrd", O_RDONLY);
	unsigned long size;
	long ret;

	if (kernel < 0)
		return;

	snprintf(cmdline, sizeof(cmdline),
		 "console=ttyAMA0 rdinit=/.kexec-vmlinux/init hop=%d", next);
	/* nolibc's syscall() fills registers: no call among its arguments */
	size = strlen(cmdline) + 1;
	ret = syscall(__NR_kexec_file_load, kernel, initrd, size, cmdline, 0);
	printf("@loaded %ld, errno %d\n", ret, errno);
	if (!ret)
		reboot(LINUX_REBOOT_CMD_KEXEC);
}

int main(void)
{
	unsigned int one = 1;
	int fd;

	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mkdir("/mnt", 0755);
	mount("proc", "/proc", "proc", 0, NULL);
	mount("sys", "/sys", "sysfs", 0, NULL);
	mount("dev", "/dev", "devtmpfs", 0, NULL);
	mount("/dev/vda", "/mnt", "ext2", MS_RDONLY, NULL);
	fd = open("/dev/console", O_RDWR);
	dup2(fd, 0);
	dup2(fd, 1);
	dup2(fd, 2);

	printf("@boot hop=%d\n", hop());
	printf("@byte-order %s\n", *(char *)&one ? "little" : "big");
	slurp("/proc/sys/kernel/osrelease");
	printf("@release %s", buf);
	print_build_id(slurp("/sys/kernel/notes"));
	slurp("/proc/iomem");
	print_text();
	printf("@end\n");

	jump(hop() + 1);
	printf("@off\n");
	reboot(LINUX_REBOOT_CMD_POWER_OFF);
	return 0;
}
