// SPDX-License-Identifier: GPL-2.0
/* The fate of random files on random machines, against libelf and a slow model */

#include <err.h>
#include <stdio.h>
#include <unistd.h>

#include "invariants.h"
#include "model.h"
#include "random_check.h"
#include "random_make.h"

struct tally *tally;

static char why[256];

#define SAY(...)	(snprintf(why, sizeof(why), __VA_ARGS__), why)

const char *refused(int ret, int error, const char *words)
{
	if (ret != error)
		return SAY("errno %d, not %d, for \"%s\"", ret, error, words);
	if (counters.nr_said != !!words || (words && !strstr(counters.said, words)))
		return SAY("\"%s\" is not printed exactly once", words ?: "nothing");
	return check_nothing_left();
}

/*
 * Pages outside of the loaded part may not be found. A coarse upper limit: the files, a copy of
 * the loaded part, and the pages that are set aside because something is to go there.
 */
static bool is_tight(const struct machine *m, const struct load *load, unsigned long loaded)
{
	unsigned long taken = m->cma.size + m->crash.size + load->kernel_len + load->initrd_len +
			      m->pinned.size + m->movable.size;

	for (unsigned int i = 0; i < m->nr_reserved; i++)
		taken += m->reserved[i].size;
	return (totalram_pages() << PAGE_SHIFT) < 2 * loaded + taken + 100 * PAGE_SIZE;
}

const char *check_refusal(const struct machine *m, const struct load *load,
			  const struct vmlinux *v, const struct elfview *view, int ret)
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

/* Elsewhere, the kernel need not take the lowest hole */
static bool of_copies(const struct load *load)
{
#ifdef KEXEC_FILE_NO_CMA
	return load->flags & KEXEC_FILE_NO_CMA;
#else
	return true;
#endif
}

/* The Image of the same kernel gets the address and bytes of the vmlinux; in place, another address */
static const char *check_flat(const struct machine *m, struct load of,
			      const struct elfview *view, const void *image,
			      size_t len, unsigned long base)
{
	bool crash = of.flags & KEXEC_FILE_ON_CRASH;
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
	if (!wrong && (crash || of_copies(&of)) && loaded_image(of.flags)->start - view->text_offset != base)
		wrong = "its Image has another base";
	if (!wrong)
		base = loaded_image(of.flags)->start - view->text_offset;
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
		/* If a part is not read or loaded in place, it can be copied; the device tree returns EINVAL */
		if (!ret ? load->flags & KEXEC_FILE_ON_CRASH || of_copies(load) :
		    counters.contig_failed ? ret != EADDRNOTAVAIL && !is_tight(&m, load, load->kernel_len) :
		    ret != ENOMEM && !(ret == EINVAL && strstr(counters.said, "dtb failed")))
			wrong = SAY("allocation %ld of %ld fails, and errno is %d",
				    m.fail_alloc, total, ret);
		machine_unload();
		tally->seen[NO_ALLOC]++;
		wrong = wrong ?: check_nothing_left();
	}
	return wrong;
}

const char *check_accepted(const struct machine *m, const struct load *load,
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
	tally->seen[IN_PLACE] += !crash && !counters.copied;
	tally->seen[READ_THERE] += !!counters.maps;
	tally->seen[MOVED] += !!counters.moved;
	if ((crash || of_copies(load)) && model_base(m, load, PAGE_ALIGN(view->span)) != base)
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
