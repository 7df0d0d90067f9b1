// SPDX-License-Identifier: GPL-2.0
/*
 * seeds DIR: small files for the fuzzers to begin with, in DIR/vmlinux, DIR/Image, DIR/signed,
 * DIR/changing and DIR/kexec-tools
 */

#include <err.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "vmlinux.h"

/* A file, and the bytes behind it in an input */
static void put(const char *dir, const char *format, unsigned int n, const void *file, size_t len,
		const void *tail, size_t tail_len)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/seed-%u", dir, format, n);
	f = fopen(path, "w");
	if (!f || fwrite(file, 1, len, f) != len || fwrite(tail, 1, tail_len, f) != tail_len ||
	    fclose(f))
		err(1, "%s", path);
}

int main(int argc, char **argv)
{
	const size_t more = sizeof(struct fuzz_more) + FUZZ_TAIL;

	if (argc != 2)
		errx(2, "usage: seeds DIR");
	for (unsigned int machine = 0; machine < 15; machine++) {
		const struct fuzz_tail tail = { .machine = machine, .initrd = machine & 3 };
		struct {
			struct fuzz_more more;
			struct fuzz_tail tail;
		} is_signed = {
			.more.pages = machine % 4,
			.more.signer = machine % 4,
			.more.locked_down = machine % 3 > 0,
			.tail = tail,
		}, changes = {
			.more.pages = 1 + machine % 3,
			.more.signer = machine % 5 == 0,
			.more.at = machine,
			.more.len = machine % 9,
			.more.read = 1 + machine % 4,
			.tail = tail,
		};
		const struct fuzz_packed packed = {
			.format = machine,
			.blocks = machine / 2,
			.value = machine == 14,
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
		is_signed.tail.cpu = FUZZ_MORE;
		changes.tail.cpu = FUZZ_MORE;
		put(argv[1], "Image", machine, image, sizeof(image), &tail, sizeof(tail));

		file = vmlinux_make(&v, &len);
		put(argv[1], "vmlinux", machine, file, len, &tail, sizeof(tail));
		put(argv[1], "signed", machine, file, len, &is_signed, more);
		put(argv[1], "changing", machine, file, len, &changes, more);
		put(argv[1], "kexec-tools", machine, file, len, &packed, FUZZ_PACKED);
		free(file);
	}
	return 0;
}
