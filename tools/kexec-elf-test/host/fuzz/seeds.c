// SPDX-License-Identifier: GPL-2.0
/*
 * seeds DIR: small files for the fuzzers to begin with, in DIR/vmlinux, DIR/Image, DIR/signed and
 * DIR/changing
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "vmlinux.h"

/* @more may be NULL */
static void put(const char *dir, const char *format, const void *file, size_t len,
		unsigned int machine, const struct fuzz_more *more)
{
	const struct fuzz_tail tail = {
		.machine = machine,
		.cpu = more ? FUZZ_MORE : 0,
		.initrd = machine & 3,
	};
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/seed-%u", dir, format, machine);
	f = fopen(path, "w");
	if (!f || fwrite(file, 1, len, f) != len ||
	    (more && fwrite(more, 1, sizeof(*more), f) != sizeof(*more)) ||
	    fwrite(&tail, 1, sizeof(tail), f) != sizeof(tail) || fclose(f))
		err(1, "%s", path);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		errx(2, "usage: seeds DIR");
	for (unsigned int machine = 0; machine < 15; machine++) {
		const struct fuzz_more by_page = {
			.pages = machine % 4,
			.signer = machine % 4,
			.locked_down = machine % 3 > 0,
		};
		const struct fuzz_more later = {
			.pages = 1 + machine % 3,
			.signer = machine % 5 == 0,
			.at = machine,
			.len = machine % 9,
			.read = 1 + machine % 4,
		};
		struct vmlinux v = vmlinux_default();
		uint8_t image[64];
		size_t len;
		void *file;

		v.loads[0].filesz = 0x80;
		v.loads[1].filesz = 0x40;
		if (machine % 2)
			v.data = 2;	/* ELFDATA2MSB */
		if (machine % 3 == 1)
			v.text_offset = v.entry = 0;
		v.sections = machine % 4 == 1;
		v.note = machine % 4 == 2;
		for (; v.nr_loads < machine % 5; v.nr_loads++)
			v.loads[v.nr_loads] = (struct pt_load) {
				KIMAGE_VADDR + 0x4000 * v.nr_loads,
				KIMAGE_VADDR + 0x4000 * v.nr_loads, 0x20, 0x30
			};

		for (unsigned int i = 0; i < sizeof(image); i++)
			image[i] = vmlinux_byte(&v, 0, i);
		put(argv[1], "Image", image, sizeof(image), machine, NULL);

		file = vmlinux_make(&v, &len);
		put(argv[1], "vmlinux", file, len, machine, NULL);
		put(argv[1], "signed", file, len, machine, &by_page);
		put(argv[1], "changing", file, len, machine, &later);
		free(file);
	}
	return 0;
}
