// SPDX-License-Identifier: GPL-2.0
/*
 * random [--seed SEED] [--count N] [--only N]: random files on random
 * machines; TAP. A case is known by the seed and its number.
 */

#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "invariants.h"
#include "random_check.h"
#include "random_make.h"

static const char * const seen_name[NR_SEEN] = {
	"loaded, and all in its place",
	"of these, in CMA",
	"of these, in place elsewhere: nothing is copied",
	"of these, read to where they run",
	"of these, after pages were moved",
	"of these, crash kernels",
	"of these, the Image gets the same base and bytes",
	"of these, objcopy makes the same Image",
	"damaged in a known way: refused for it",
	"truncated: refused",
	"an allocation fails, each in turn: ENOMEM, or it is copied instead",
	"no hole, and the model finds none",
	"a hole, but no room for the rest, and the model finds none",
	"more than half of the memory",
	"a CPU that lacks what the kernel needs",
	"no page left outside of what is loaded",
};

const char *__asan_default_options(void);

static const char *sound(const struct machine *m, struct load *load,
			 const struct vmlinux *v)
{
	struct elfview view;
	const char *wrong;
	int ret;

	if (!elfview(load->kernel, load->kernel_len, &view))
		return "libelf cannot read it";
	machine_set(m);
	ret = machine_load(load);
	wrong = ret ? check_refusal(m, load, v, &view, ret) :
		      check_accepted(m, load, v, &view);
	machine_unload();
	free(view.bytes);
	return wrong;
}

static const char *damaged(struct machine *m, struct load *load, struct vmlinux *v)
{
	const struct damage *d = &damages[random_below(nr_damages)];
	const char *wrong;
	int ret;

	/* Only one thing is to be wrong. */
	m->no_4k = m->no_16k = m->no_64k = m->no_mixed_endian = false;
	d->to(v);
	load->kernel = vmlinux_make(v, &load->kernel_len);
	machine_set(m);
	ret = machine_load(load);
	wrong = refused(ret, d->error, d->why);
	tally->seen[DAMAGED]++;
	free((void *)load->kernel);
	return wrong;
}

static const char *truncated(const struct machine *m, struct load *load,
			     const struct vmlinux *v)
{
	size_t len = 1 + random_below(vmlinux_loaded(v) - 1);
	void *cut = malloc(len);
	const char *wrong;

	load->kernel = memcpy(cut, load->kernel, len);
	load->kernel_len = len;
	machine_set(m);
	wrong = refused(machine_load(load), ENOEXEC, len < SELFMAG ? NULL : "");
	tally->seen[TRUNCATED]++;
	free(cut);
	return wrong;
}

static void describe(const struct machine *m, const struct load *load)
{
	for (unsigned int i = 0; i < m->nr_ram; i++)
		printf("# RAM 0x%lx+0x%lx\n", m->ram[i].start, m->ram[i].size);
	for (unsigned int i = 0; i < m->nr_reserved; i++)
		printf("# reserved 0x%lx+0x%lx\n", m->reserved[i].start, m->reserved[i].size);
	printf("# crash 0x%lx+0x%lx, CMA 0x%lx+0x%lx, pages of 0x%lx from 0x%lx on\n",
	       m->crash.start, m->crash.size, m->cma.start, m->cma.size,
	       1UL << m->page_shift, m->alloc_from);
	printf("# pinned 0x%lx+0x%lx, movable 0x%lx+0x%lx, ZONE_MOVABLE 0x%lx%s\n",
	       m->pinned.start, m->pinned.size, m->movable.start, m->movable.size,
	       m->zone_movable, m->unmovable ? ", no range can be allocated" : "");
	printf("# flags 0x%lx, initrd 0x%zx\n", load->flags, load->initrd_len);
}

/* Linux 7.x loads into CMA, and has the patch that loads in place */
#ifdef KEXEC_FILE_NO_CMA
static const bool has_cma = true;
#else
static const bool has_cma;
#endif

static const char *one_case(uint64_t seed, unsigned long n)
{
	static uint8_t initrd[1 << 22];
	struct machine m;
	struct vmlinux v;
	struct load load = { };
	const char *wrong;
	void *file;

	random_seed(seed + n * 0x1000003);
	m = random_machine();
	v = random_vmlinux(m.page_shift);
	if (once_in(2)) {
		load.initrd = initrd;
		load.initrd_len = 1 + random_below(1 << (1 + random_below(once_in(64) ? 22 : 16)));
		random_fill(initrd, load.initrd_len);
	}
	if (once_in(2))
		load.cmdline = "console=ttyAMA0 quiet";
#ifdef KEXEC_FILE_NO_CMA
	if (once_in(8))
		load.flags |= KEXEC_FILE_NO_CMA;
#endif
	if (m.crash.size && once_in(2))
		load.flags |= KEXEC_FILE_ON_CRASH;

	file = vmlinux_make(&v, &load.kernel_len);
	load.kernel = file;
	if (once_in(4))
		wrong = damaged(&m, &load, &v);
	else if (v.sections && once_in(8))
		wrong = truncated(&m, &load, &v);
	else
		wrong = sound(&m, &load, &v);
	if (wrong)
		describe(&m, &load);
	machine_unload();
	free(file);
	return wrong;
}

/* With the usual 256 MB, each allocation is memory that is new to the CPU */
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=4";
}

static void work(uint64_t seed, unsigned long first, unsigned long step, unsigned long n)
{
	for (unsigned long i = first; i < n && tally->failed < 10; i += step) {
		const char *wrong = one_case(seed, i);

		if (!wrong)
			continue;
		tally->failed++;
		printf("# case %lu: %s\n# said: %s\n# again: host.sh random --seed %lu --only %lu\n",
		       i, wrong, counters.said, seed, i);
	}
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "count", required_argument, NULL, 'n' },
		{ "only", required_argument, NULL, 'o' },
		{ }
	};
	unsigned long n = 100000, only = -1, failed = 0, j;
	unsigned long jobs = sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t seed = time(NULL);
	int c, i, status;
	pid_t pid;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			n = strtoul(optarg, NULL, 0);
			break;
		case 'o':
			only = strtoul(optarg, NULL, 0);
			break;
		default:
			return 2;
		}
	}

	if (only != -1UL)
		jobs = 1;
	tally = mmap(NULL, jobs * sizeof(*tally), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (tally == MAP_FAILED)
		err(1, "mmap");

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("# seed %lu, %lu cases\n", seed, only == -1UL ? n : 1);
	for (j = 0; j < jobs; j++) {
		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (pid)
			continue;
		machine_init(1UL << 40);
		tally += j;
		if (only == -1UL)
			work(seed, j, jobs, n);
		else
			work(seed, only, 1, only + 1);
		exit(0);
	}
	while (wait(&status) > 0)
		failed += !!status;

	for (j = 0; j < jobs; j++)
		failed += tally[j].failed;
	for (i = 0; i < NR_SEEN; i++) {
		unsigned long sum = 0;

		for (j = 0; j < jobs; j++)
			sum += tally[j].seen[i];
		printf("# %8lu %s\n", sum, seen_name[i]);
		/* Each outcome must occur. Only NO_PAGES is rare. */
		if (!sum && i != NO_PAGES && only == -1UL && n >= 50000 &&
		    (has_cma || (i != CMA && i != IN_PLACE && i != READ_THERE && i != MOVED)))
			failed++;
	}
	printf("%sok 1 - random files on random machines\n1..1\n", failed ? "not " : "");
	return failed != 0;
}
