// SPDX-License-Identifier: GPL-2.0
/*
 * tiny-init - the first process of a big-endian guest, or of another architecture
 *
 * Debian has no big-endian user space for arm64. This program needs only Linux's nolibc. It prints
 * the same lines as init. If /mnt/next-1 and /mnt/next-initrd are on the disk, it loads them with the
 * bare system call and jumps. The next kernel does the same with next-2, and so on. Without such a
 * file, it powers off.
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

#if defined(__aarch64__)
#define CONSOLE "ttyAMA0"
#else
#define CONSOLE "ttyS0"
#endif

static char buf[65536];

/* A small file, or its beginning as far as it fits, with a 0 at the end */
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

/* The CRC-32 of a file that only the next initrd has */
static void print_ballast(void)
{
	unsigned int crc = ~0U;
	int fd = open("/ballast", O_RDONLY), n, i, bit;

	if (fd < 0)
		return;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (i = 0; i < n; i++)
			for (crc ^= (unsigned char)buf[i], bit = 0; bit < 8; bit++)
				crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	close(fd);
	printf("@ballast %u\n", ~crc);
}

static int hop(void)
{
	char *p;

	slurp("/proc/cmdline");
	p = strstr(buf, "hop=");
	return p ? atoi(p + 4) : 0;
}

/* Take all blocks of memory offline that Linux gives away while a kernel is loaded */
static void take_offline(void)
{
	int fd, i, offline = 0, refused = 0;
	char name[64];

	for (i = 0; i < 64; i++) {
		snprintf(name, sizeof(name), "/sys/devices/system/memory/memory%d/state", i);
		fd = open(name, O_WRONLY);
		if (fd < 0)
			continue;
		if (write(fd, "offline", 7) == 7)
			offline++;
		else
			refused++;
		close(fd);
	}
	printf("@offline %d, refused %d\n", offline, refused);
}

static void jump(int next)
{
	/* Linux on RISC-V puts an initrd above an Image, and the CMA area is at the end of memory */
	static char cmdline[128];
	char name[] = "/mnt/next-0";
	int initrd = open("/mnt/next-initrd", O_RDONLY);
	unsigned long size;
	int kernel;
	long ret;

	name[sizeof(name) - 2] += next;
	kernel = open(name, O_RDONLY);
	if (kernel < 0)
		return;

	snprintf(cmdline, sizeof(cmdline),
		 "console=" CONSOLE " rdinit=/.kexec-vmlinux/init cma=0 hop=%d", next);
	/* nolibc's syscall() fills registers: no call among its arguments */
	size = strlen(cmdline) + 1;
	errno = 0;
	ret = syscall(__NR_kexec_file_load, kernel, initrd, size, cmdline, 0);
	printf("@loaded %ld, errno %d\n", ret, errno);
	if (ret)
		return;
	take_offline();
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

	/* As "dmesg -n 1": no message of the kernel's in the middle of a line */
	syscall(__NR_syslog, 8, NULL, 1);
	printf("@boot hop=%d\n", hop());
	printf("@byte-order %s\n", *(char *)&one ? "little" : "big");
	slurp("/proc/sys/kernel/osrelease");
	printf("@release %s", buf);
	print_build_id(slurp("/sys/kernel/notes"));
	slurp("/proc/iomem");
	print_text();
	print_ballast();
	printf("@end\n");

	jump(hop() + 1);
	printf("@off\n");
	reboot(LINUX_REBOOT_CMD_POWER_OFF);
	return 0;
}
