// SPDX-License-Identifier: GPL-2.0
/* How a case is checked: the contents of memory, or the reason for a refusal. */

#include <stdio.h>

#include "cases.h"
#include "invariants.h"

unsigned int nr_tests, nr_failed;
struct machine m;
struct load load;

void ok(const char *wrong, const char *name)
{
	/* A name that begins with "... " is about the subject of the case before. */
	static char subject[256];
	const char *colon;

	printf("%sok %u - ", wrong ? "not " : "", ++nr_tests);
	if (!strncmp(name, "... ", 4)) {
		printf("%s: %s\n", subject, name + 4);
	} else {
		printf("%s\n", name);
		colon = strrchr(name, ':');
		snprintf(subject, sizeof(subject), "%.*s",
			 (int)(colon ? colon - name : strlen(name)), name);
	}
	if (wrong) {
		nr_failed++;
		printf("# %s\n# said: %s\n", wrong, counters.said);
	}
}

void reset(void)
{
	machine_unload();
	free((void *)load.kernel_then);
	m = machine_default();
	load = (struct load) { .cmdline = "quiet" };
	sim_page_shift = m.page_shift;
}

unsigned int nr_kernel_segments(const struct kimage *image, struct area span)
{
	unsigned int n = 0;

	for (unsigned long i = 0; i < image->nr_segments; i++)
		n += image->segment[i].mem - span.start < span.size;
	return n;
}

const char *load_vmlinux(const struct vmlinux *v, struct area *own)
{
	struct elfview view = { };
	const char *wrong;
	size_t len;
	void *file = vmlinux_make(v, &len);

	load.kernel = file;
	load.kernel_len = len;
	machine_set(&m);
	elfview(file, len, &view);
	wrong = machine_load(&load) ? "it is refused" : check_loaded(&m, &load, &view);
	if (!wrong)
		*own = loaded_span(&load, loaded_image(load.flags), &view);
	free(view.bytes);
	free(file);
	return wrong;
}

static const char *accepts(const struct vmlinux *v, unsigned int nr_segments,
			   unsigned long span, unsigned long base)
{
	struct area own = { };
	const char *wrong = load_vmlinux(v, &own);

	if (!wrong && nr_kernel_segments(loaded_image(load.flags), own) != nr_segments)
		wrong = "the kernel has another number of segments";
	if (!wrong && own.size != PAGE_ALIGN(span))
		wrong = "the span has another size";
	if (!wrong && own.start != base)
		wrong = "the base is elsewhere";
	machine_unload();
	return wrong ?: check_nothing_left();
}

void accepted_at(const struct vmlinux *v, unsigned int nr_segments,
		 unsigned long span, unsigned long base, const char *name)
{
	ok(accepts(v, nr_segments, span, base), name);
	reset();
}

void accepted(const struct vmlinux *v, unsigned int nr_segments,
	      unsigned long span, const char *name)
{
	accepted_at(v, nr_segments, span, m.ram[0].start, name);
}

/* The file of a kernel for all cases */
static const void *small_image(size_t *len)
{
	static uint8_t image[64] = {
		[4] = 0x00, 0x00, 0x00, 0x14,	/* b */
		[16] = 0x00, 0x10,		/* image_size */
		[56] = 'A', 'R', 'M', 0x64,
	};

	*len = sizeof(image);
	return image;
}

const char *refuses(const void *file, size_t len, int error, const char *why)
{
	struct load before = { };
	struct kimage *kept;
	int ret;

	before.kernel = small_image(&before.kernel_len);
	machine_set(&m);
	machine_load(&before);
	kept = kexec_image;
	counters.nr_said = 0;
	counters.said[0] = 0;

	load.kernel = file;
	load.kernel_len = len;
	ret = machine_load(&load);
	if (!ret)
		return "it is loaded";
	if (ret != error)
		return strerror(ret);
	/* If no loader knows the file, kexec(8) reports it */
	if (counters.nr_said != !!why || (why && !strstr(counters.said, why)))
		return "the reason is not printed exactly once";
	if (kexec_image != kept)
		return "the kernel loaded before is no longer there";
	machine_unload();
	return check_nothing_left();
}

void refused_file(void *file, size_t len, int error, const char *why,
		  const char *name)
{
	ok(refuses(file, len, error, why), name);
	free(file);
	reset();
}

void refused(const struct vmlinux *v, int error, const char *why,
	     const char *name)
{
	size_t len;
	void *file = vmlinux_make(v, &len);

	refused_file(file, len, error, why, name);
}

void add_load(struct vmlinux *v, uint64_t at, uint64_t filesz, uint64_t memsz)
{
	uint64_t addr = KIMAGE_VADDR + v->text_offset + at;

	v->loads[v->nr_loads++] = (struct pt_load) { addr, addr, filesz, memsz };
}
