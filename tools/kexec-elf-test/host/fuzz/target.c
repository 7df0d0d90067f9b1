// SPDX-License-Identifier: GPL-2.0
/* The entry point of libFuzzer and AFL++: load a file on a machine */

#include <stdio.h>

#include "fuzz.h"
#include "invariants.h"

static unsigned long nr_runs, nr_placed;
static bool minimize;

/* Memory that is freed is not used again within a load. More than that makes it slow. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "quarantine_size_mb=1";
}

/* How many files pass the checks of their headers: they are loaded, or there is no room */
static void report(void)
{
	fprintf(stderr, "placed: %lu of %lu\n", nr_placed, nr_runs);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	machine_init(1UL << 38);
	atexit(report);
	minimize = getenv("FUZZ_MINIMIZE");
	return 0;
}

/* Small ones: the loaded part is copied, up to half of the memory */
static struct machine some_machine(const struct fuzz_tail *tail)
{
	uint8_t kind = tail->machine, cpu = tail->cpu;
	struct machine m = machine_default();

	m.page_shift = 12 + 2 * (kind % 3);
	m.ram[0].size = 2 * SZ_2M;
	m.alloc_from = m.ram[0].start + SZ_2M;
	switch (kind / 3 % 5) {
	case 1:		/* room enough, but not for an initrd */
		m.ram[0].size = 4 * SZ_64K;
		m.ram[1] = (struct area) { 64 * SZ_1G, 2 * SZ_2M };
		m.nr_ram = 2;
		m.alloc_from = m.ram[1].start;
		break;
	case 2:		/* memory begins at 0 */
		m.ram[0].start = 0;
		m.reserved[0] = (struct area) { SZ_2M, 123456 };
		m.nr_reserved = 1;
		m.alloc_from = 0;
		break;
	case 3:
		m.cma = (struct area) { m.alloc_from, SZ_2M };
		break;
	case 4:
		m.crash = (struct area) { m.alloc_from, SZ_2M };
		break;
	}
	m.no_4k = cpu & 1;
	m.no_16k = cpu & 2;
	m.no_64k = cpu & 4;
	m.no_mixed_endian = cpu & 8;
	m.fail_alloc = tail->fail_alloc;
	return m;
}

static void change(uint8_t *file, size_t len, const struct fuzz_more *more)
{
	size_t at = more->at + (more->at < 0 ? len : 0);

	for (unsigned int i = 0; i < min(more->len, 8); i++)
		if (at + i < len)
			file[at + i] = more->value >> 8 * i;
}

/*
 * Put debug information and a signature behind the file, and change it. Both files of @load
 * are one allocation each, so that ASan sees their ends.
 */
static void add_more(struct load *load, const struct fuzz_more *more)
{
	size_t plain = load->kernel_len + (more->pages % 4 << 12), len = plain;
	uint8_t *file;

	len += more->signer ? SIGNATURE_LEN : 0;
	file = calloc(1, len);
	memcpy(file, load->kernel, load->kernel_len);
	if (more->signer)
		machine_sign(file + plain, file, plain, more->signer % 4);
	load->kernel = file;
	load->kernel_len = len;
	load->then = more->read;
	if (more->read) {
		load->kernel_then_len = len - min(more->shrinks, len);
		load->kernel_then = memcpy(malloc(load->kernel_then_len), file,
					   load->kernel_then_len);
		change((void *)load->kernel_then, load->kernel_then_len, more);
	} else {
		change(file, len, more);
	}
}

static bool is_signed(const uint8_t *file, size_t len)
{
	uint8_t signature[SIGNATURE_LEN];

	if (len < SIGNATURE_LEN)
		return false;
	len -= SIGNATURE_LEN;
	for (enum signer s = SIGNER_SECONDARY; s < SIGNER_UNKNOWN; s++) {
		machine_sign(signature, file, len, s);
		if (!memcmp(signature, file + len, SIGNATURE_LEN))
			return true;
	}
	return false;
}

static void check(const char *wrong)
{
	if (!wrong)
		return;
	fprintf(stderr, "%s\nsaid: %s\n", wrong, counters.said);
	abort();
}

static const char *check_success(const struct machine *m, const struct load *load)
{
	/* The kernel tries the Image loader first */
	bool elf = load->kernel_len < 64 || memcmp(load->kernel + 56, "ARM\x64", 4), seen;
	struct elfview view = { };
	const char *wrong;

	if (m->locked_down && !is_signed(load->kernel, load->kernel_len) &&
	    !(load->then && is_signed(load->kernel_then, load->kernel_then_len)))
		return "it is loaded without a signature";
	if (load->then)
		return check_placed(m, load);

	/* libelf is more particular about section headers than the kernel */
	seen = elf && elfview(load->kernel, load->kernel_len, &view);
	wrong = seen || !elf ? check_loaded(m, load, seen ? &view : NULL) : NULL;
	if (!wrong && !elf && memcmp(phys_to_virt(loaded_image(load->flags)->start),
				     load->kernel, load->kernel_len))
		wrong = "the Image has other bytes than its file";
	free(view.bytes);
	return wrong;
}

static bool is_known(const uint8_t *file, size_t len)
{
	return (len >= SELFMAG && !memcmp(file, ELFMAG, SELFMAG)) ||
	       (len >= 64 && !memcmp(file + 56, "ARM\x64", 4));
}

static const char *check_refusal(const struct machine *m, const struct load *load, int ret)
{
	bool known = is_known(load->kernel, load->kernel_len);
	bool then_known = load->then ? is_known(load->kernel_then, load->kernel_then_len) : known;

	switch (ret) {
	case ENOMEM:
		/* If memory is short, the allocators print a message */
		return NULL;
	case EIO:
		if (!load->then || load->kernel_then_len >= load->kernel_len)
			return "another errno than documented";
		break;
	case EPERM:
		/* The lockdown LSM prints the reason */
		return m->locked_down ? NULL : "signatures are enforced";
	case EADDRNOTAVAIL:
	case EINVAL:
	case ENOEXEC:
		break;
	default:
		return "another errno than documented";
	}
	/* If no loader knows the file, kexec(8) reports it. The loader may have seen either read. */
	if (ret == ENOEXEC && !(known && then_known)) {
		if (counters.nr_said > (known || then_known))
			return "a reason is printed";
		return NULL;
	}
	/* mod_check_sig() reports a malformed signature to the verification and to the loader */
	if (!m->fail_alloc && counters.nr_said != 1 + 2 * !!strstr(counters.said, "PKCS#7"))
		return "the reason is not printed exactly once";
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char initrd[SZ_64K + 100];
	struct load load = { .kernel = data, .cmdline = "quiet" };
	struct fuzz_more more = { };
	struct fuzz_tail tail;
	struct machine m;
	bool placed;
	int ret;

	if (size <= FUZZ_TAIL)
		return 0;
	size -= FUZZ_TAIL;
	memcpy(&tail, data + size, FUZZ_TAIL);
	if (tail.cpu & FUZZ_MORE && size > sizeof(more)) {
		size -= sizeof(more);
		memcpy(&more, data + size, sizeof(more));
	}
	load.kernel_len = size;
	m = some_machine(&tail);
	m.locked_down = more.locked_down & 1;
	if (m.crash.size)
		load.flags |= KEXEC_FILE_ON_CRASH;
	load.initrd = tail.initrd & 1 ? initrd : NULL;
	load.initrd_len = (tail.initrd & 2 ? 1UL << m.page_shift : 0) + 100;
	if (tail.cpu & FUZZ_MORE)
		add_more(&load, &more);

	/* Once: no byte like the one before */
	for (size_t i = 0; i < sizeof(initrd) && !initrd[sizeof(initrd) - 1]; i++)
		initrd[i] = (uint32_t)(i * 2654435761u) >> 24 | 1;

	machine_set(&m);
	ret = machine_load(&load);
	nr_runs++;
	placed = !ret || ret == EADDRNOTAVAIL;
	nr_placed += placed;
	check(ret ? check_refusal(&m, &load, ret) : check_success(&m, &load));
	machine_unload();
	check(check_nothing_left());
	if (tail.cpu & FUZZ_MORE) {
		free((void *)load.kernel);
		free((void *)load.kernel_then);
	}
	/*
	 * libFuzzer is not to go on from a refused file: the next ones mostly were refused, too.
	 * A minimized corpus keeps such files.
	 */
	return placed || minimize ? 0 : -1;
}
