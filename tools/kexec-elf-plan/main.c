// SPDX-License-Identifier: GPL-2.0
/*
 * kexec-elf-plan: show the plan of kexec_file_load(2) for a kernel on a
 * machine. Runs the code of the kernel.
 */

#include <err.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <unistd.h>
#include <wchar.h>
#include <wctype.h>

#include "iomem.h"
#include "plan.h"

static const char usage[] =
"usage: kexec-elf-plan [OPTION]... KERNEL\n"
"\n"
"Show what kexec_file_load(2) of arm64 would do with KERNEL, a vmlinux or an\n"
"Image, which may be compressed with gzip, xz or zstd: where everything would go,\n"
"and what it would cost; or why it would refuse it.\n"
"\n"
"  --iomem FILE         the /proc/iomem of the machine (default: this one's)\n"
"  --initrd FILE|SIZE   an initrd, or only its size, such as 30M\n"
"  --command-line TEXT  a command line\n"
"  --crash              a crash kernel, into the crashkernel region\n"
"  --page-size 4K|16K|64K   of the kernel that loads it (default: this\n"
"                       one's on arm64, or else 4K)\n"
"  --cma START-END      its default CMA area, in hexadecimal, as /proc/iomem\n"
"                       writes ranges: kernels go there if there is room\n"
"  --json               for programs\n"
"  --svg FILE           a picture\n"
"  --help               this\n"
"  --version            the version\n"
"\n"
"Exit: 0 it loads, 1 it is refused or cannot be read, 2 wrong arguments.\n";

static void bad_argument(const char *what, const char *argument)
{
	warnx("%s: %s; see --help", what, argument);
	exit(2);
}

/* A number with K, M or G; or false */
static bool read_size(const char *s, unsigned long *size)
{
	static const char units[] = "KMGkmg";
	const char *unit;
	char *end;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	*size = strtoul(s, &end, 0);
	unit = *end ? strchr(units, *end) : NULL;
	if (unit && __builtin_mul_overflow(*size, 1UL << (10 * ((unit - units) % 3 + 1)), size))
		return false;
	return !errno && !end[!!unit] && *size;
}

/* For JSON and XML 1.0: "?" for bytes that are no printable character there */
static const char *printable(const char *name)
{
	char *copy = strdup(name);
	mbstate_t state = { };
	wchar_t wide;
	size_t n;

	if (!copy)
		errx(1, "no memory");
	setlocale(LC_CTYPE, "C.UTF-8");
	for (char *s = copy; *s; s += n) {
		n = mbrtowc(&wide, s, strlen(s), &state);
		if (n > MB_CUR_MAX || !iswprint(wide) || (wide & 0xfffe) == 0xfffe) {
			memset(&state, 0, sizeof(state));
			n = n > MB_CUR_MAX ? 1 : n;
			memset(s, '?', n);
		}
	}
	return copy;
}

/* START-END, within RAM */
static struct area cma_area(const char *s, const struct machine *m)
{
	unsigned long start, end;
	int n = 0;

	if (sscanf(s, "%lx-%lx%n", &start, &end, &n) != 2 || s[n] || end <= start)
		bad_argument("--cma: not a range such as 7f000000-7fffffff", s);
	for (unsigned int i = 0; i < m->nr_ram; i++)
		if (start >= m->ram[i].start && end - m->ram[i].start < m->ram[i].size)
			return (struct area) { start, end - start + 1 };
	bad_argument("--cma: there is no such RAM", s);
	return (struct area) { };
}

static unsigned int page_shift(const char *s)
{
	if (!strcmp(s, "4K"))
		return 12;
	if (!strcmp(s, "16K"))
		return 14;
	if (!strcmp(s, "64K"))
		return 16;
	bad_argument("not 4K, 16K or 64K", s);
	return 0;
}

static void add(struct plan *p, unsigned long start, unsigned long size,
		enum plan_kind kind, const char *name)
{
	if (!size)
		return;
	p->regions = realloc(p->regions, (p->nr_regions + 1) * sizeof(*p->regions));
	if (!p->regions)
		errx(1, "no memory");
	p->regions[p->nr_regions++] = (struct plan_region) {
		start, size, kind, name ?: plan_kind_name(kind)
	};
}

/* The kind of the PT_LOADs from @start to @end, relative to base */
static const char *part_name(const struct plan_kernel *k, unsigned long start,
			     unsigned long end)
{
	static char names[KEXEC_SEGMENT_MAX][128];
	static unsigned int nr;
	bool data = false;
	char *s = names[nr++ % KEXEC_SEGMENT_MAX];

	if (!k->elf)
		return "Image";
	*s = 0;
	for (unsigned int i = 0; i < k->nr_loads; i++) {
		const struct plan_load *l = &k->loads[i];
		bool write = strchr(l->flags, 'W'), exec = strchr(l->flags, 'E');
		const char *name = write ? (exec && !i ? "text and data" : "data") :
				   !exec ? "rodata" : data ? "init text" : "text";

		data |= write;
		if (!l->filesz || l->offset >= end || l->offset + l->filesz <= start ||
		    strlen(s) > 100)
			continue;
		if (*s)
			strcat(s, ", ");
		strcat(s, name);
	}
	return s;
}

static int cmp_region(const void *a, const void *b)
{
	const struct plan_region *l = a, *r = b;

	return l->start < r->start ? -1 : l->start > r->start;
}

static void add_regions(struct plan *p, const struct kimage *image)
{
	unsigned long base = p->base, end;

	for (unsigned long i = 0; i < image->nr_segments; i++) {
		const struct kexec_segment *s = &image->segment[i];

		if (s->mem - base < p->span) {
			add(p, s->mem, s->bufsz, PLAN_PART,
			    part_name(&p->kernel, s->mem - base, s->mem - base + s->bufsz));
			end = s->mem + s->memsz;
			add(p, s->mem + s->bufsz, s->memsz - s->bufsz,
			    end == base + p->span ? PLAN_BSS : PLAN_GAP, NULL);
		} else if (s->mem == image->arch.dtb_mem) {
			add(p, s->mem, s->memsz, PLAN_DTB, NULL);
		} else if (p->crash && s->mem == image->elf_load_addr) {
			add(p, s->mem, s->memsz, PLAN_ELFCOREHDR, NULL);
		} else {
			add(p, s->mem, s->memsz, PLAN_INITRD, NULL);
		}
	}
	qsort(p->regions, p->nr_regions, sizeof(*p->regions), cmp_region);
}

static void make_plan(struct plan *p, const struct machine *m, const struct load *load)
{
	const struct kimage *image;
	unsigned int i;

	machine_set(m);
	p->page_size = PAGE_SIZE;
	p->error = machine_load(load);
	p->bytes_read = counters.bytes_read;
	p->pages = counters.pages + counters.contig;
	image = p->crash ? kexec_crash_image : kexec_image;
	/* After ENOEXEC, the file is not a sound kernel: do not read it */
	if (p->error != ENOEXEC)
		plan_read_kernel(&p->kernel, load->kernel, load->kernel_len);
	if (p->error) {
		memcpy(p->said, counters.said, sizeof(p->said));
		p->cure = plan_cure(p->said);
	} else {
		p->base = image->start - p->kernel.text_offset;
		p->span = PAGE_ALIGN(p->kernel.text_offset + p->kernel.image_size);
		p->entry = image->start;
		p->in_place = p->base - m->cma.start < m->cma.size;
		add_regions(p, image);
		machine_jump(image);
		p->bytes_copied = counters.copied;
	}
	add(p, m->crash.start, m->crash.size, PLAN_CRASH, NULL);
	for (i = 0; i < m->nr_reserved; i++)
		add(p, m->reserved[i].start, m->reserved[i].size, PLAN_RESERVED, NULL);
	p->ram = calloc(m->nr_ram, sizeof(*p->ram));
	for (i = 0; p->ram && i < m->nr_ram; i++)
		p->ram[p->nr_ram++] = (struct plan_region) {
			m->ram[i].start, m->ram[i].size, PLAN_FREE, "System RAM"
		};
}

static void set_up(struct machine *m)
{
	unsigned long limit = 0, largest = 0;

	for (unsigned int i = 0; i < m->nr_ram; i++) {
		limit = max(limit, m->ram[i].start + m->ram[i].size);
		/* Allocations come from the middle of the largest range. */
		if (m->ram[i].size > largest) {
			largest = m->ram[i].size;
			m->alloc_from = ALIGN_DOWN(m->ram[i].start + largest / 2, SZ_64K);
		}
	}
	machine_init(ALIGN(limit, SZ_1G));
}

int main(int argc, char **argv)
{
	enum { CRASH = 256, IOMEM, INITRD, COMMAND_LINE, PAGE_SIZE_OF, CMA, JSON, SVG, VERSION, HELP };
	static const struct option options[] = {
		{ "crash", no_argument, NULL, CRASH },
		{ "iomem", required_argument, NULL, IOMEM },
		{ "initrd", required_argument, NULL, INITRD },
		{ "command-line", required_argument, NULL, COMMAND_LINE },
		{ "page-size", required_argument, NULL, PAGE_SIZE_OF },
		{ "cma", required_argument, NULL, CMA },
		{ "json", no_argument, NULL, JSON },
		{ "svg", required_argument, NULL, SVG },
		{ "version", no_argument, NULL, VERSION },
		{ "help", no_argument, NULL, HELP },
		{ }
	};
	const char *iomem = "/proc/iomem", *svg = NULL, *cma = NULL, *name;
	static struct machine m = { .page_shift = 12 };
	struct load load = { .cmdline = "" };
	static struct plan p;
	bool json = false;
	FILE *f;
	int c;

#ifdef __aarch64__
	m.page_shift = __builtin_ctzl(sysconf(_SC_PAGESIZE));
#endif
	while ((c = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		switch (c) {
		case CRASH:
			p.crash = true;
			load.flags |= KEXEC_FILE_ON_CRASH;
			break;
		case IOMEM:
			iomem = optarg;
			break;
		case INITRD:
			/* A file wins over a size of the same name */
			if (access(optarg, F_OK) && read_size(optarg, &load.initrd_len))
				load.initrd = calloc(1, load.initrd_len);
			else
				load.initrd = map_initrd(optarg, &load.initrd_len);
			if (!load.initrd)
				errx(1, "no memory for an initrd of %s", optarg);
			break;
		case COMMAND_LINE:
			load.cmdline = optarg;
			break;
		case PAGE_SIZE_OF:
			m.page_shift = page_shift(optarg);
			break;
		case CMA:
			cma = optarg;
			break;
		case JSON:
			json = true;
			break;
		case SVG:
			svg = optarg;
			break;
		case VERSION:
			puts("kexec-elf-plan " PLAN_VERSION);
			return 0;
		case 'h':
		case HELP:
			fputs(usage, stdout);
			return 0;
		default:
			fputs("kexec-elf-plan: see --help\n", stderr);
			return 2;
		}
	}
	if (optind == argc)
		errx(2, "missing KERNEL; see --help");
	if (optind + 1 != argc)
		bad_argument("more than one KERNEL", argv[optind + 1]);
	name = argv[optind];

	read_iomem(iomem, &m);
	if (cma)
		m.cma = cma_area(cma, &m);
#ifdef KEXEC_FILE_NO_CMA
	/* Where it goes in place depends on which memory is in use: plan the lowest hole */
	else
		load.flags |= KEXEC_FILE_NO_CMA;
	p.can_stay = !cma;
#endif
	if (p.crash && !m.crash.size)
		errx(1, "there is no Crash kernel in %s: boot with crashkernel=256M or the like",
		     iomem);
	load.kernel = slurp_kernel(name, &load.kernel_len);
	p.kernel.name = printable(strrchr(name, '/') ? strrchr(name, '/') + 1 : name);
	set_up(&m);
	make_plan(&p, &m, &load);

	if (svg) {
		f = fopen(svg, "w");
		if (!f)
			err(1, "cannot write %s", svg);
		plan_svg(&p, f);
		if (fclose(f))
			err(1, "cannot write %s", svg);
	}
	if (json)
		plan_json(&p, stdout);
	else
		plan_text(&p, stdout);
	if (fflush(stdout) || ferror(stdout))
		err(1, "cannot write");
	return p.error != 0;
}
