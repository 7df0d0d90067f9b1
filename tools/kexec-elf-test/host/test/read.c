// SPDX-License-Identifier: GPL-2.0
/* How much of a file is read: the loaded part, and no debug information */

#include <string.h>

#include "cases.h"
#include "invariants.h"

#define DEBUG_INFO	(4UL << 20)

/* A vmlinux with DEBUG_INFO bytes more; its segments end at offset @end */
static char *with_debug_info(size_t *len, size_t *end)
{
	struct vmlinux v = vmlinux_default();
	char *file = vmlinux_make(&v, len), *more;

	*end = vmlinux_loaded(&v);
	more = calloc(1, *len + DEBUG_INFO);
	memcpy(more, file, *len);
	free(file);
	*len += DEBUG_INFO;
	return more;
}

/* It is loaded as it has to be, and so many bytes have been read */
static void reads(char *file, size_t len, unsigned long bytes, const char *name)
{
	struct elfview view = { };
	const char *wrong;

	load.kernel = file;
	load.kernel_len = len;
	machine_set(&m);
	elfview(file, len, &view);
	wrong = machine_load(&load) ? "it is refused" : NULL;
	if (!wrong && counters.bytes_read != bytes)
		wrong = "another number of bytes was read";
	if (!wrong)
		wrong = check_loaded(&m, &load, &view);
	ok(wrong, name);
	free(view.bytes);
	free(file);
	reset();
}

void test_read(void)
{
	const unsigned long head = SZ_64K + PAGE_SIZE, peek = head + strlen(SIGNATURE_MARKER);
	size_t len, end;
	char *file;

	file = with_debug_info(&len, &end);
	reads(file, len, peek + end, "nothing is read after the last segment");

	file = with_debug_info(&len, &end);
	memcpy(file + len - strlen(SIGNATURE_MARKER) - 1, SIGNATURE_MARKER, strlen(SIGNATURE_MARKER));
	reads(file, len, peek + end, "... nor for a marker that is not at the very end");

	file = with_debug_info(&len, &end);
	machine_sign(file + len - SIGNATURE_LEN, file, len - SIGNATURE_LEN,
		     SIGNER_SECONDARY);
	reads(file, len, peek + len, "a file with a signature at its end is read whole");

	file = with_debug_info(&len, &end);
	memcpy(file + 0x100000, file + ((Elf64_Ehdr *)file)->e_phoff,
	       ((Elf64_Ehdr *)file)->e_phnum * sizeof(Elf64_Phdr));
	((Elf64_Ehdr *)file)->e_phoff = 0x100000;
	reads(file, len, head + len, "... so is one with its program headers elsewhere");

	file = with_debug_info(&len, &end);
	((Elf64_Ehdr *)file)->e_shoff = len - 64;
	((Elf64_Ehdr *)file)->e_shnum = 1;
	((Elf64_Ehdr *)file)->e_shentsize = 64;
	reads(file, len, peek + end, "nor are section headers read");

	file = with_debug_info(&len, &end);
	((Elf64_Ehdr *)file)->e_shoff = -8;
	((Elf64_Ehdr *)file)->e_shnum = 1;
	((Elf64_Ehdr *)file)->e_shentsize = 40;
	reads(file, len, peek + end, "... and they may be damaged");

	file = with_debug_info(&len, &end);
	((Elf64_Ehdr *)file)->e_shoff = len - 63;
	((Elf64_Ehdr *)file)->e_shnum = 1;
	((Elf64_Ehdr *)file)->e_shentsize = 64;
	reads(file, len, peek + end, "... or cut off");

	/* The program headers overlap the ELF header, whose fields must stay */
	file = with_debug_info(&len, &end);
	((Elf64_Ehdr *)file)->e_phoff = 60;
	((Elf64_Ehdr *)file)->e_shnum = 1;
	refused_file(file, len, ENOEXEC, "", "program headers that overlap the ELF header");

	file = with_debug_info(&len, &end);
	((Elf64_Phdr *)(file + ((Elf64_Ehdr *)file)->e_phoff))->p_offset = len;
	refused_file(file, len, ENOEXEC, "ELF segment not in file",
		     "a segment beyond the end: the file is read whole, to report it");

	/* The headers are the first read, the end of the file the second */
	file = with_debug_info(&len, &end);
	load.kernel_then = memcpy(malloc(end), file, end);
	load.kernel_then_len = end;
	load.then = 3;
	reads(file, len, peek + end, "a file that loses its debug information meanwhile");

	file = with_debug_info(&len, &end);
	load.kernel_then = memcpy(malloc(end - 1), file, end - 1);
	load.kernel_then_len = end - 1;
	load.then = 3;
	refused_file(file, len, ENOEXEC, "ELF segment not in file",
		     "... and the end of a segment: it is read again, whole, and refused");

	for (int n = 0; n < 2; n++) {
		file = with_debug_info(&len, &end);
		((Elf64_Ehdr *)file)->e_phoff = 0;
		((Elf64_Ehdr *)file)->e_phnum = n;
		refused_file(file, len, ENOEXEC, "No ELF program header", n ?
			     "a program header within the ELF header: refused" :
			     "neither segments nor program headers: refused");
	}
}
