// SPDX-License-Identifier: GPL-2.0
/* seeds DIR: small files for the fuzzers to begin with, in DIR/vmlinux and
 * DIR/Image
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "vmlinux.h"

static void put(const char *dir, const char *name, const void *file, size_t len,
		unsigned int machine)
{
	const uint8_t tail[FUZZ_TAIL] = { machine, 0, machine & 3, 0 };
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	if (!f || fwrite(file, 1, len, f) != len ||
	    fwrite(tail, 1, sizeof(tail), f) != sizeof(tail) || fclose(f))
		err(1, "%s", path);
}

int main(int argc, char **argv)
{
	char name[64];

	if (argc != 2)
		errx(2, "usage: seeds DIR");
	for (unsigned int machine = 0; machine < 15; machine++) {
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
		snprintf(name, sizeof(name), "Image/seed-%u", machine);
		put(argv[1], name, image, sizeof(image), machine);

		file = vmlinux_make(&v, &len);
		snprintf(name, sizeof(name), "vmlinux/seed-%u", machine);
		put(argv[1], name, file, len, machine);
		free(file);
	}
	return 0;
}
