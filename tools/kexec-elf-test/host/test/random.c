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
#include "model.h"
#include "random_make.h"

/* The outcomes that are counted */
enum seen {
	ACCEPTED, CMA, CRASH, TAKEN, IMAGE, OBJCOPY, DAMAGED, TRUNCATED, NO_ALLOC,
	NO_HOLE, NO_ROOM, HALF, NO_CPU, NO_PAGES, NR_SEEN
};

static const char * const seen_name[NR_SEEN] = {
	"loaded, and all in its place",
	"of these, in CMA",
	"of these, crash kernels",
	"of these, with pages that the file was read to",
	"of these, the Image gets the same base and bytes",
	"of these, objcopy makes the same Image",
	"damaged in a known way: refused for it",
	"truncated: refused",
	"an allocation fails, each in turn: ENOMEM",
	"no hole, and the model finds none",
	"a hole, but no room for the rest, and the model finds none",
	"more than half of the memory",
	"a CPU that lacks what the kernel needs",
	"no page left outside of what is loaded",
};

/* One for each worker, in memory that they share with the parent */
static struct tally {
	unsigned long failed, asked, seen[NR_SEEN];
} *tally;

static char why[256];

const char *__asan_default_options(void);

#define SAY(...)	(snprintf(why, sizeof(why), __VA_ARGS__), why)

/* A kernel that is refused keeps nothing */
static const char *refused(int ret, int error, const char *words)
{
	if (ret != error)
		return SAY("errno %d, not %d, for \"%s\"", ret, error, words);
	if (counters.nr_said != 1 || !strstr(counters.said, words))
		return SAY("\"%s\" is not printed exactly once", words);
	return check_nothing_left();
}

/*
 * Pages outside of what is loaded may not be found. A coarse upper limit: the files, a copy of
 * what is loaded, and the pages that are set aside because something is to go there.
 */
static bool is_tight(const struct machine *m, const struct load *load, unsigned long loaded)
{
	unsigned long taken = m->cma.size + m->crash.size + load->kernel_len + load->initrd_len;

	for (unsigned int i = 0; i < m->nr_reserved; i++)
		taken += m->reserved[i].size;
	return (totalram_pages() << PAGE_SHIFT) < 2 * loaded + taken + 100 * PAGE_SIZE;
}

/* Refusals that a sound file may meet: is this one true? */
static const char *check_refusal(const struct machine *m, const struct load *load,
				 const struct vmlinux *v, const struct elfview *view,
				 int ret)
{
	unsigned long span = PAGE_ALIGN(view->span), sum = span + load->initrd_len, all = totalram_pages() << PAGE_SHIFT;
	bool crash = load->flags & KEXEC_FILE_ON_CRASH;
	unsigned int pages = v->flags >> 1 & 3;

	if (ret == EINVAL && strstr(counters.said, "which this CPU does not have")) {
		tally->seen[NO_CPU]++;
		if (!(v->flags & 1 && m->no_mixed_endian) &&
		    !(pages == 1 && m->no_4k) && !(pages == 2 && m->no_16k) &&
		    !(pages == 3 && m->no_64k))
			return "the CPU has what the kernel needs";
	} else if (ret == EINVAL && strstr(counters.said, "half of the memory")) {
		tally->seen[HALF]++;
		if (sum + 20 * PAGE_SIZE < all / 2)
			return "it is less than half of the memory";
	} else if (ret == EADDRNOTAVAIL && crash) {
		const char *least = strstr(counters.said, "at least 0x");

		tally->seen[NO_ROOM]++;
		if (model_base(m, load, span) != -1UL)
			return SAY("the model finds room at 0x%lx", model_base(m, load, span));
		if (!least || strtoul(least + 9, NULL, 16) <= m->crash.size)
			return "the region has room for what the message asks for";
		return refused(ret, EADDRNOTAVAIL, "the crashkernel region has");
	} else if (ret == EADDRNOTAVAIL && strstr(counters.said, "leaves room")) {
		tally->seen[NO_ROOM]++;
		if (model_base(m, load, span) != -1UL)
			return SAY("the model finds room at 0x%lx", model_base(m, load, span));
	} else if (ret == EADDRNOTAVAIL) {
		tally->seen[NO_HOLE]++;
		if (model_has_hole(m, span))
			return "the model finds a hole";
		return refused(ret, EADDRNOTAVAIL, "no hole of");
	} else if (ret == ENOMEM) {
		tally->seen[NO_PAGES]++;
		if (!is_tight(m, load, sum))
			return "there are pages enough";
		return check_nothing_left();
	} else {
		return SAY("errno %d for a sound file", ret);
	}
	return refused(ret, ret, "");
}

/* The Image of the same kernel gets the address and bytes of the vmlinux */
static const char *check_flat(const struct machine *m, struct load of,
			      const struct elfview *view, const void *image,
			      size_t len, unsigned long base)
{
	const char *wrong = NULL;
	int ret;

	of.kernel = image;
	of.kernel_len = len;
	machine_set(m);
	ret = machine_load(&of);
	if (ret == ENOMEM && is_tight(m, &of, view->span + of.initrd_len))
		return NULL;
	if (ret)
		return SAY("its Image is refused, errno %d", ret);

	tally->seen[IMAGE]++;
	wrong = check_loaded(m, &of, NULL);
	if (!wrong && loaded_image(of.flags)->start - view->text_offset != base)
		wrong = "its Image has another base";
	if (!wrong && memcmp(phys_to_virt(base + view->first), view->bytes, len))
		wrong = "its Image has other bytes";
	machine_unload();
	return wrong ?: check_nothing_left();
}

static const char *check_objcopy(const struct load *load, const struct elfview *view)
{
	char name[] = "/tmp/random.XXXXXX", flat[64], command[256];
	int fd = mkstemp(name);
	size_t len = view->end - view->first;
	uint8_t *image = malloc(len + 1);
	const char *wrong = NULL;
	FILE *f;

	if (fd < 0 || write(fd, load->kernel, load->kernel_len) != load->kernel_len)
		err(1, "%s", name);
	close(fd);
	snprintf(flat, sizeof(flat), "%s.flat", name);
	snprintf(command, sizeof(command), "aarch64-linux-gnu-objcopy -O binary %s %s",
		 name, flat);
	if (system(command))
		wrong = "objcopy failed";
	f = fopen(flat, "r");
	if (f) {
		if (fread(image, 1, len + 1, f) != len || memcmp(image, view->bytes, len))
			wrong = "objcopy makes another Image";
		fclose(f);
	}
	tally->seen[OBJCOPY]++;
	unlink(name);
	unlink(flat);
	free(image);
	return wrong;
}

static const char *check_failures(struct machine m, const struct load *load, long total)
{
	const char *wrong = NULL;

	for (m.fail_alloc = 1; m.fail_alloc <= total && !wrong; m.fail_alloc++) {
		int ret;

		machine_set(&m);
		ret = machine_load(load);
		/* CMA has a fallback; the device tree returns EINVAL */
		if (ret != ENOMEM && !(m.cma.size && (!ret || ret == EADDRNOTAVAIL)) &&
		    !(ret == EINVAL && strstr(counters.said, "dtb failed")))
			wrong = SAY("allocation %ld of %ld fails, and errno is %d",
				    m.fail_alloc, total, ret);
		machine_unload();
		tally->seen[NO_ALLOC]++;
		wrong = wrong ?: check_nothing_left();
	}
	return wrong;
}

static const char *check_accepted(const struct machine *m, const struct load *load,
				  const struct vmlinux *v, const struct elfview *view)
{
	const struct kimage *image = loaded_image(load->flags);
	const char *wrong = check_loaded(m, load, view);
	unsigned long base, allocs = counters.allocs;
	bool crash = load->flags & KEXEC_FILE_ON_CRASH;

	if (wrong)
		return wrong;
	base = image->start - view->text_offset;
	tally->seen[ACCEPTED]++;
	tally->seen[CMA] += loaded_in_cma(m, image);
	tally->seen[CRASH] += crash;
	tally->seen[TAKEN] += !!counters.taken;
	tally->asked += counters.asked;
	if ((crash || !m->cma.size) && model_base(m, load, PAGE_ALIGN(view->span)) != base)
		return SAY("base is 0x%lx, the model's is 0x%lx", base,
			   model_base(m, load, PAGE_ALIGN(view->span)));
	machine_unload();
	wrong = check_nothing_left();

	if (!wrong && view->first == view->text_offset)
		wrong = check_flat(m, *load, view, view->bytes, view->end - view->first, base);
	if (!wrong && v->sections && !v->note && once_in(200))
		wrong = check_objcopy(load, view);
	if (!wrong && allocs < 100 && once_in(64))
		wrong = check_failures(*m, load, allocs);
	return wrong;
}

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
	wrong = refused(machine_load(load), ENOEXEC, "");
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
	printf("# flags 0x%lx, initrd 0x%zx\n", load->flags, load->initrd_len);
}

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
	unsigned long jobs = sysconf(_SC_NPROCESSORS_ONLN), asked = 0;
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
	machine_init(1UL << 40);
	for (j = 0; j < jobs; j++) {
		pid = fork();
		if (pid < 0)
			err(1, "fork");
		if (pid)
			continue;
		tally += j;
		if (only == -1UL)
			work(seed, j, jobs, n);
		else
			work(seed, only, 1, only + 1);
		exit(0);
	}
	while (wait(&status) > 0)
		failed += !!status;

	for (j = 0; j < jobs; j++) {
		failed += tally[j].failed;
		asked += tally[j].asked;
	}
	for (i = 0; i < NR_SEEN; i++) {
		unsigned long sum = 0;

		for (j = 0; j < jobs; j++)
			sum += tally[j].seen[i];
		printf("# %8lu %s\n", sum, seen_name[i]);
		/* Each outcome must occur. Only NO_PAGES is rare. */
		if (!sum && i != NO_PAGES && only == -1UL && n >= 50000 &&
		    (i != CMA || has_cma) && (i != TAKEN || asked))
			failed++;
	}
	printf("%sok 1 - random files on random machines\n1..1\n", failed ? "not " : "");
	return failed != 0;
}
