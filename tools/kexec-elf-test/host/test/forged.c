// SPDX-License-Identifier: GPL-2.0
/* Without a key, only the signed kernel can be loaded. */

#include <linux/module_signature.h>
#include <stdio.h>

#include "cases.h"
#include "forge.h"

#define TRAILER_LEN	(sizeof(struct module_signature) + sizeof(SIGNATURE_MARKER) - 1)

static const char *const names[] = { "vmlinux", "Image" };

/* Both loads of @f, for kexec -e and for a crash, must succeed (2), fail (0) or may do either (-1) */
static const char *expect(const struct forgery *f, int loads)
{
	unsigned int loaded;
	const char *wrong = forgery_check(f, &loaded);

	if (!wrong && loads >= 0 && loaded != loads)
		wrong = loads ? "it is refused" : "it is loaded";
	return wrong;
}

static void signer(enum format format, enum signer signer, int loads, const char *who)
{
	struct forgery f = forgery(format, signer);
	char name[80];

	snprintf(name, sizeof(name), "%s, locked down: signed by %s", names[format], who);
	ok(expect(&f, loads), name);
	forgery_free(&f);
}

/*
 * The table of certificates is not signed, and neither is its length: an appended trailer can
 * be in it. The trailer must not shorten the Image.
 */
static void trailer_in_table(uint32_t sig_len)
{
	struct forgery f = forgery(IMAGE, SIGNER_SECONDARY);
	struct {
		uint8_t op;
		uint16_t at;
		uint32_t sig_len;
	} __attribute__((packed)) edit = { 6, 0, sig_len };
	size_t len = f.len;
	char name[80];

	forgery_edit(&f, (void *)&edit, sizeof(edit));
	snprintf(name, sizeof(name), "Image: a trailer in the table cuts off 0x%x bytes", sig_len);
	ok(f.len != len + TRAILER_LEN ? "no trailer" : expect(&f, 2), name);
	forgery_free(&f);
}

static void each_bit(enum format format)
{
	struct forgery f = forgery(format, SIGNER_SECONDARY);
	unsigned int loaded, nr_loaded = 0;
	const char *wrong = NULL;
	char name[80];

	for (size_t i = 0; i < f.len * 8 && !wrong; i += i < 1024 * 8 || i > f.signed_len * 8 ? 1 : 1021) {
		f.file[i / 8] ^= 1 << i % 8;
		wrong = forgery_check(&f, &loaded);
		f.file[i / 8] ^= 1 << i % 8;
		nr_loaded += loaded;
	}
	/* The checksum and the padding of the table of a PE file may differ */
	if (!wrong && !nr_loaded != (format == VMLINUX))
		wrong = "another number of them is loaded";
	snprintf(name, sizeof(name), "%s: one bit changed", names[format]);
	ok(wrong, name);
	forgery_free(&f);
}

static void each_length(enum format format)
{
	const char *wrong = NULL;
	char name[80];

	for (long by = -4096; by < 4096 && !wrong; by++) {
		struct forgery f = forgery(format, SIGNER_SECONDARY);

		f.len += by;
		wrong = by ? expect(&f, 0) : expect(&f, 2);
		forgery_free(&f);
	}
	snprintf(name, sizeof(name), "%s: up to 4096 bytes less or more", names[format]);
	ok(wrong, name);
}

/* Both signatures on one file: the other format's is data */
static void both(enum format format, bool own_first)
{
	struct forgery f = forgery(format, own_first ? SIGNER_SECONDARY : 0);
	const uint8_t other[7] = { 10 };
	char name[80];

	forgery_edit(&f, other, sizeof(other));
	if (!own_first && format == VMLINUX) {
		machine_sign(f.file + f.len, f.file, f.len, SIGNER_SECONDARY);
		f.len += SIGNATURE_LEN;
	}
	snprintf(name, sizeof(name), "%s: %s signature of the other format", names[format],
		 own_first ? "behind its signature, a" : "before its signature, a");
	ok(expect(&f, own_first ? 0 : 2), name);
	forgery_free(&f);
}

/* An appended signature on a signed Image: the Image is loaded whole, or not at all */
static void image_signed_twice(void)
{
	struct forgery f = forgery(IMAGE, SIGNER_SECONDARY);

	machine_sign(f.file + f.len, f.file, f.len, SIGNER_SECONDARY);
	f.len += SIGNATURE_LEN;
	ok(expect(&f, 0), "Image: signed, and then as a vmlinux is");
	forgery_free(&f);
}

static void random_edits(enum format format, unsigned int seed)
{
	unsigned int loaded, n[3] = { 0 };
	const char *wrong = NULL;
	uint8_t edits[7 * 6];
	char name[80];
	int i;

	srand(seed);
	for (i = 0; i < 20000 && !wrong; i++) {
		struct forgery f = forgery(format, SIGNER_SECONDARY);
		size_t len = 7 * (1 + rand() % 6);

		for (size_t j = 0; j < len; j++)
			edits[j] = rand() % 3 ? rand() : 0;
		forgery_edit(&f, edits, len);
		wrong = forgery_check(&f, &loaded);
		forgery_free(&f);
		n[loaded]++;
	}
	if (wrong)
		printf("# edit %d\n", i - 1);
	else if (!n[0] || (!n[2] && format == IMAGE))
		wrong = "none is refused, or none is loaded";
	snprintf(name, sizeof(name), "%s: %d times some random edits, %u loaded", names[format], i, n[2]);
	ok(wrong, name);
}

void test_forged(void)
{
	static const uint32_t cut[] = { 0, 1, 0x1000, 0x2000, 0x2f00, 0x3000, -1 };

	for (enum format format = VMLINUX; format <= IMAGE; format++) {
		signer(format, SIGNER_SECONDARY, 2, "a key of the secondary keyring");
		signer(format, SIGNER_PLATFORM, 2, "a key of the platform");
		signer(format, SIGNER_UNKNOWN, 0, "a key that is not known");
		signer(format, 0, 0, "nobody");
		each_bit(format);
		each_length(format);
		both(format, true);
		random_edits(format, 1);
	}
	both(VMLINUX, false);
	image_signed_twice();
	for (int i = 0; i < ARRAY_SIZE(cut); i++)
		trailer_in_table(cut[i]);
	reset();
}
