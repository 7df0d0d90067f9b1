// SPDX-License-Identifier: GPL-2.0
/*
 * measure WHAT COMMAND [ARGUMENT]... - count the cost of a command, in a guest
 *
 *   insn	instructions that it executes, in user space and the kernel
 *   syscall	instructions of its kexec_file_load(2) or kexec_load(2) alone
 *   memory	the most pages taken at one time while it runs, and the pages that
 *		are kept when it has ended; counted by another CPU
 *   hold	see hold_pages()
 *
 * Prints lines that begin with "@". Instructions are counted by the PMU, which
 * QEMU has with -icount, and only while the command itself runs, without other
 * tasks and without waits for a disk. The page cache counts as free memory.
 *
 * Exit: as COMMAND, 2 for wrong arguments or without counters.
 */

#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int counter(pid_t pid, bool on_exec)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.inherit = on_exec,
		.disabled = on_exec,
		.enable_on_exec = on_exec,
	};
	int fd = syscall(SYS_perf_event_open, &attr, pid, -1, -1, 0);

	if (fd < 0)
		err(2, "no counter of instructions");
	return fd;
}

static uint64_t count(int fd)
{
	uint64_t n;

	if (read(fd, &n, sizeof(n)) != sizeof(n))
		err(2, "counter of instructions");
	return n;
}

static int ended(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/*
 * Fill pipes with the pages that would be allocated next. Pages in pipes cannot
 * be moved. A fresh machine allocates its lowest pages first, where the kernel
 * is to go. Linux puts such pages aside, and allocates all of them again for each
 * page of the page tables for the jump (kimage_alloc_normal_control_pages()). The
 * cost varies, and can be as high as the rest of the load.
 */
static void hold_pages(void)
{
	static char page[4096];
	long eighth = sysconf(_SC_PHYS_PAGES) / 8 * (sysconf(_SC_PAGESIZE) >> 10) >> 10;
	int ends[2];

	for (long mib = 0; mib < eighth && mib < 256; mib++) {
		if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) ||
		    fcntl(ends[0], F_SETPIPE_SZ, 1 << 20) < 0)
			err(2, "pipe");
		while (write(ends[1], page, sizeof(page)) > 0)
			;
	}
}

/* The child waits for a byte from @go before it becomes the command. */
static pid_t start(char **argv, int *go)
{
	int pipes[2];
	char c;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		err(2, "pipe");
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		err(2, "fork");
	if (pid) {
		close(pipes[0]);
		*go = pipes[1];
		hold_pages();
		return pid;
	}
	if (read(pipes[0], &c, 1) != 1)
		_exit(2);
	execvp(*argv, argv);
	err(2, "%s", *argv);
}

static int insn(char **argv)
{
	int go, fd, status;
	pid_t pid = start(argv, &go);

	fd = counter(pid, true);
	if (write(go, "", 1) != 1 || waitpid(pid, &status, 0) != pid)
		err(2, "%s", *argv);
	printf("@insn %llu\n", (unsigned long long)count(fd));
	return ended(status);
}

static int one_syscall(char **argv)
{
	struct __ptrace_syscall_info info;
	uint64_t before = 0, sum = 0;
	bool traced = false, counted = false;
	int go, fd, status;
	pid_t pid = start(argv, &go);

	if (ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC))
		err(2, "ptrace");
	fd = counter(pid, false);
	if (write(go, "", 1) != 1)
		err(2, "%s", *argv);
	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status)) {
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8))
			traced = true;
		if (WSTOPSIG(status) == (SIGTRAP | 0x80) &&
		    ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0) {
			if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
				counted = info.entry.nr == SYS_kexec_file_load ||
					  info.entry.nr == SYS_kexec_load;
				before = count(fd);
			} else if (counted) {
				sum += count(fd) - before;
				counted = false;
			}
		}
		ptrace(traced ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0, 0);
	}
	printf("@syscall %llu\n", (unsigned long long)sum);
	return ended(status);
}

/*
 * Pages that are not free. Free ones may wait in a list of a CPU, and the page
 * cache can be had at any time.
 */
static long long pages(void)
{
	static const struct {
		const char *name;
		int sign;
	} counters[] = {
		{ " nr_free_pages ", -1 }, { " nr_file_pages ", -1 }, { " count:", -1 },
		/* a memfd is among the file pages, and cannot be had */
		{ " nr_shmem ", 1 },
	};
	static char buf[1 << 16];
	static int fd = -1;
	long long n = 0;
	ssize_t len;

	if (fd < 0)
		fd = open("/proc/zoneinfo", O_RDONLY);
	len = pread(fd, buf, sizeof(buf) - 1, 0);
	if (len < 0)
		err(2, "/proc/zoneinfo");
	buf[len] = 0;
	for (size_t i = 0; i < sizeof(counters) / sizeof(*counters); i++)
		for (char *p = buf; (p = strstr(p, counters[i].name));)
			n += counters[i].sign * atoll(p += strlen(counters[i].name));
	return n;
}

static void on_cpu(pid_t pid, int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(pid, sizeof(set), &set))
		err(2, "there is no CPU %d", cpu);
}

static int memory(char **argv)
{
	/* QEMU lets this CPU run when a timer is due */
	const struct timespec often = { .tv_nsec = 20000 };
	long long before, now, most = 0;
	int go, status;
	pid_t pid = start(argv, &go);

	on_cpu(pid, 0);
	on_cpu(0, 1);
	prctl(PR_SET_TIMERSLACK, 1);
	sleep(1);
	before = pages();
	if (write(go, "", 1) != 1)
		err(2, "%s", *argv);
	while (!waitpid(pid, &status, WNOHANG)) {
		now = pages() - before;
		if (now > most)
			most = now;
		nanosleep(&often, NULL);
	}
	sleep(1);
	printf("@peak_kib %lld\n@pages %lld\n", most * (sysconf(_SC_PAGESIZE) >> 10), pages() - before);
	return ended(status);
}

static int hold(char **argv)
{
	int go, status;
	pid_t pid = start(argv, &go);

	if (write(go, "", 1) != 1 || waitpid(pid, &status, 0) != pid)
		err(2, "%s", *argv);
	return ended(status);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*run)(char **argv);
	} what[] = {
		{ "insn", insn }, { "syscall", one_syscall },
		{ "memory", memory }, { "hold", hold },
	};

	for (size_t i = 0; argc > 2 && i < sizeof(what) / sizeof(*what); i++)
		if (!strcmp(argv[1], what[i].name))
			return what[i].run(argv + 2);
	errx(2, "usage: measure insn|syscall|memory|hold COMMAND [ARGUMENT]...");
}
