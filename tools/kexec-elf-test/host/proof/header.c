// SPDX-License-Identifier: GPL-2.0
/* kexec_check_image_header() accepts exactly the headers that booting.rst allows */
#include "proof.h"

unsigned int sim_page_shift;
static bool has_4k, has_16k, has_64k, mixed_endian;

bool system_supports_4kb_granule(void) { return has_4k; }
bool system_supports_16kb_granule(void) { return has_16k; }
bool system_supports_64kb_granule(void) { return has_64k; }
bool system_supports_mixed_endian(void) { return mixed_endian; }

#include "arch/arm64/kernel/kexec_image.c"

static u64 field(const u8 *raw, unsigned int at)
{
	u64 value = 0;
	int i;

	for (i = 7; i >= 0; i--)
		value = value << 8 | raw[at + i];
	return value;
}

void prove_header(void)
{
	u8 raw[64];			/* any bytes */
	struct kernel_layout layout, was;
	u64 text_offset, image_size, flags;
	bool image, fits;
	int ret;

	any_page_size();
	has_4k = nondet_bool();
	has_16k = nondet_bool();
	has_64k = nondet_bool();
	mixed_endian = nondet_bool();
	was = layout;
	ret = kexec_check_image_header((void *)raw, &layout);

	/* Section 4 of booting.rst, from the bytes */
	text_offset = field(raw, 8);
	image_size = field(raw, 16);
	flags = field(raw, 24);
	/* code0 or code1 is "b": 000101 in the topmost six bits, little-endian */
	image = (raw[3] & 0xfc) == 0x14 || (raw[7] & 0xfc) == 0x14;
	image &= image_size != 0;
	image &= text_offset % PAGE_SIZE == 0;	/* ours: segments are whole pages */
	image &= text_offset <= LONG_MAX && image_size <= LONG_MAX - text_offset;
	fits = !(flags & 1) || mixed_endian;
	switch (flags >> 1 & 3) {
	case 1:
		fits &= has_4k;
		break;
	case 2:
		fits &= has_16k;
		break;
	case 3:
		fits &= has_64k;
		break;
	}

	prove(ret == (!image ? -ENOEXEC : !fits ? -EINVAL : 0), "accepted exactly if booting.rst allows it");
	if (ret)
		return;
	reach("accepted");
	prove(layout.text_offset == text_offset, "text_offset as in the header");
	prove(layout.span == text_offset + image_size, "the span ends with image_size");
	prove(PAGE_ALIGN(layout.span) >= layout.span, "the span can be rounded up to pages");
}
