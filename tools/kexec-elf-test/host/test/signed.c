// SPDX-License-Identifier: GPL-2.0
/* Signed kernels, on a machine in lockdown, which takes no others */

#include <string.h>

#include "cases.h"
#include "invariants.h"

static char *file, *to;		/* a vmlinux with room behind, and where that is */
static size_t len;		/* of both, without the room */

/* A signed vmlinux. At its end, and in no segment, are bytes that are signed. */
static void make(enum signer signer)
{
	struct vmlinux v = vmlinux_default();
	const size_t room = 4096;
	char *made = vmlinux_make(&v, &len);

	file = calloc(1, len + 2 * room);
	memcpy(file, made, len);
	free(made);
	memset(file + len, 0x55, 100);
	len += 100;
	to = file + len;
	machine_sign(to, file, len, signer);
	len += SIGNATURE_LEN;
}

/* Returns 0 if @what is loaded, an errno if not, or -1 if memory is lost */
static int asked(const void *what, size_t what_len, bool locked_down)
{
	int ret;

	m.locked_down = locked_down;
	load.kernel = what;
	load.kernel_len = what_len;
	machine_set(&m);
	ret = machine_load(&load);
	machine_unload();
	return check_nothing_left() ? -1 : ret;
}

static void done(bool wrong, const char *name)
{
	ok(wrong ? "another answer" : NULL, name);
	free(file);
	reset();
}

static void answers(int locked_down, const char *name)
{
	done(asked(file, len, true) != locked_down || asked(file, len, false), name);
}

static void each_bit(void)
{
	unsigned long taken = 0;

	make(SIGNER_SECONDARY);
	m.locked_down = true;
	for (size_t i = 0; i < len * 8; i += i < 4096 * 8 ? 1 : 4093) {
		file[i / 8] ^= 1 << i % 8;
		taken += !asked(file, len, true);
		file[i / 8] ^= 1 << i % 8;
	}
	for (size_t i = (to - file) * 8; i < len * 8; i++) {
		file[i / 8] ^= 1 << i % 8;
		taken += !asked(file, len, true);
		file[i / 8] ^= 1 << i % 8;
	}
	done(taken, "... with one bit changed: all of headers and signature, many of the rest");
}

static void each_length(void)
{
	unsigned long taken = 0;

	make(SIGNER_SECONDARY);
	for (size_t cut = 1; cut < 4096; cut++)
		taken += !asked(file + cut, len - cut, true) +
			 !asked(file, len - cut, true);
	memset(to + SIGNATURE_LEN, 0, 4096);
	for (size_t more = 1; more < 4096; more++)
		taken += !asked(file, len + more, true);
	done(taken, "... with up to 4095 bytes less or more, at either end");
}

static void twice(void)
{
	make(SIGNER_SECONDARY);
	machine_sign(file + len, file, len, SIGNER_SECONDARY);
	len += SIGNATURE_LEN;
	answers(0, "a file that was signed twice");
}

/* The last segment reaches to the end of the file, signature included */
static void signature_loaded(void)
{
	Elf64_Phdr *phdr, *last;

	make(SIGNER_SECONDARY);
	phdr = (Elf64_Phdr *)(file + ((Elf64_Ehdr *)file)->e_phoff);
	last = phdr;
	for (unsigned int i = 1; i < ((Elf64_Ehdr *)file)->e_phnum; i++)
		if (phdr[i].p_offset > last->p_offset && phdr[i].p_filesz)
			last = &phdr[i];
	last->p_filesz = len - last->p_offset;
	last->p_memsz = max(last->p_memsz, last->p_filesz);
	machine_sign(to, file, to - file, SIGNER_SECONDARY);
	done(asked(file, len, true) != ENOEXEC || asked(file, len, false) != ENOEXEC,
	     "a signed file with its signature in a segment");
}

void test_signed(void)
{
	make(SIGNER_SECONDARY);
	answers(0, "signed by a key of the secondary keyring");
	each_bit();
	each_length();
	make(SIGNER_PLATFORM);
	answers(0, "signed by a key of the platform");
	make(SIGNER_UNKNOWN);
	answers(EPERM, "signed by a key that is not known");
	make(SIGNER_SECONDARY);
	len -= SIGNATURE_LEN;
	answers(EPERM, "not signed");
	twice();
	signature_loaded();
}
