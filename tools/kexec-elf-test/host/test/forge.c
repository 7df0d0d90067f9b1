// SPDX-License-Identifier: GPL-2.0
/* Edits of a signed kernel without a key, and the rule that they must not break */

#include <linux/module_signature.h>
#include <linux/pe.h>

#include "elfview.h"
#include "forge.h"
#include "invariants.h"
#include "vmlinux.h"

#define PE_AT		64
#define HEADER_SIZE	0x200
#define IMAGE_LEN	0x3000

struct pe_file {
	struct pe_hdr pe;
	struct pe32plus_opt_hdr opt;
	struct data_directory dirs;
	struct section_header sections[2];
};

/* A PE file of two sections, as efi-header.S lays them out */
static void make_image(struct forgery *f)
{
	struct vmlinux v = vmlinux_default();
	struct pe_file pe = {
		.pe = { .magic = IMAGE_NT_SIGNATURE, .machine = 0xaa64, .sections = 2 },
		.opt = {
			.magic = IMAGE_NT_OPTIONAL_HDR64_MAGIC,
			.header_size = HEADER_SIZE,
			.data_dirs = sizeof(pe.dirs) / sizeof(struct data_dirent),
		},
		.sections = {
			{ ".text", 0x2000, HEADER_SIZE, 0x2000 - HEADER_SIZE, HEADER_SIZE },
			{ ".data", 0x3000, 0x2000, IMAGE_LEN - 0x2000, 0x2000 },
		},
	};

	for (size_t at = 0; at < IMAGE_LEN; at++)
		f->file[at] = vmlinux_byte(&v, 0, at);
	memcpy(f->file + 60, &(uint32_t) { PE_AT }, 4);
	memcpy(f->file + PE_AT, &pe, sizeof(pe));
	f->len = IMAGE_LEN;
	f->csum = PE_AT + offsetof(struct pe_file, opt.csum);
	f->certs = PE_AT + offsetof(struct pe_file, dirs.certs);
}

/* With bytes that are signed and in no segment */
static void make_vmlinux(struct forgery *f)
{
	struct vmlinux v = vmlinux_default();
	void *made = vmlinux_make(&v, &f->len);

	memcpy(f->file, made, f->len);
	free(made);
	memset(f->file + f->len, 0x55, 100);
	f->len += 100;
}

struct forgery forgery(enum format format, enum signer signer)
{
	struct forgery f = { format, calloc(1, FORGERY_ROOM) };

	if (format == IMAGE)
		make_image(&f);
	else
		make_vmlinux(&f);
	f.signed_len = f.len;
	if (signer && format == IMAGE) {
		machine_sign_pe(f.file, f.len, signer);
		f.len += PE_SIGNATURE_LEN;
	} else if (signer) {
		machine_sign(f.file + f.len, f.file, f.len, signer);
		f.len += SIGNATURE_LEN;
	}
	f.original = memcpy(malloc(f.len), f.file, f.len);
	return f;
}

void forgery_free(struct forgery *f)
{
	free(f->file);
	free(f->original);
}

/* Move the end of the file from @at on by @by bytes. The new bytes are a copy of the old ones. */
static void shift(struct forgery *f, size_t at, long by)
{
	if (at > f->len || f->len + by > FORGERY_ROOM)
		return;
	if (by < 0)
		by = -min_t(size_t, -by, f->len - at);
	if (by > 0)
		memmove(f->file + at + by, f->file + at, f->len - at);
	else
		memmove(f->file + at, f->file + at - by, f->len - at + by);
	f->len += by;
	memset(f->file + f->len, 0, FORGERY_ROOM - f->len);
}

static void append(struct forgery *f, const void *bytes, size_t n)
{
	n = min_t(size_t, n, FORGERY_ROOM - f->len);
	memcpy(f->file + f->len, bytes, n);
	f->len += n;
}

/* The trailer of an appended signature of @sig_len bytes */
static void append_trailer(struct forgery *f, uint32_t sig_len)
{
	struct module_signature ms = { .id_type = 2, .sig_len = cpu_to_be32(sig_len) };

	append(f, &ms, sizeof(ms));
	append(f, SIGNATURE_MARKER, sizeof(SIGNATURE_MARKER) - 1);
}

/* Add to a 32-bit field */
static void grow(struct forgery *f, size_t at, uint32_t by)
{
	uint32_t n;

	if (at + sizeof(n) > f->len)
		return;
	memcpy(&n, f->file + at, sizeof(n));
	n += by;
	memcpy(f->file + at, &n, sizeof(n));
}

/* An edit is a byte that says which, and two numbers of 16 and 32 bits */
struct edit {
	uint8_t op;
	uint16_t at;
	uint32_t value;
} __attribute__((packed));

static void edit(struct forgery *f, const struct edit *e)
{
	size_t at = e->at % (f->len + 1), end = f->len - at;
	uint8_t copy[SIGNATURE_LEN + PE_SIGNATURE_LEN];
	struct forgery other;

	switch (e->op % 13) {
	case 0:		/* from the beginning, and from the end */
		memcpy(f->file + at, &e->value, min_t(size_t, 4, f->len - at));
		break;
	case 1:
		memcpy(f->file + end, &e->value, min_t(size_t, 4, at));
		break;
	case 2:
		if (at < f->len)
			f->file[at] ^= e->value;
		break;
	case 3:
		shift(f, at, (int8_t)e->value);
		break;
	case 4:
		shift(f, end, (int16_t)e->value);
		break;
	case 5:
		append_trailer(f, e->value);
		break;
	case 6:		/* the attack: a trailer, in a table that has grown by as much */
		append_trailer(f, e->value);
		grow(f, f->certs + 4, sizeof(struct module_signature) +
		     sizeof(SIGNATURE_MARKER) - 1);
		break;
	case 7:
		grow(f, f->certs, e->value);
		break;
	case 8:
		grow(f, f->certs + 4, e->value);
		break;
	case 9:		/* a signature, or the bytes in its place, once more */
		at = min_t(size_t, f->len, sizeof(copy));
		memcpy(copy, f->file + f->len - at, at);
		append(f, copy, at);
		break;
	case 10:	/* the signature of the other format, made by a key that is known */
		other = forgery(!f->format, SIGNER_SECONDARY);
		append(f, other.file + other.signed_len, other.len - other.signed_len);
		forgery_free(&other);
		break;
	case 11:	/* a whole kernel of the attacker, before this one or behind it */
		other = forgery(!f->format, SIGNER_UNKNOWN);
		if (e->value & 1 && f->len + other.len <= FORGERY_ROOM) {
			shift(f, 0, other.len);
			memcpy(f->file, other.file, other.len);
		} else {
			append(f, other.file, other.len);
		}
		forgery_free(&other);
		break;
	case 12:	/* the headers of the other format */
		other = forgery(!f->format, SIGNER_SECONDARY);
		memcpy(f->file, other.file, min_t(size_t, e->at % 512, f->len));
		forgery_free(&other);
		break;
	}
}

void forgery_edit(struct forgery *f, const uint8_t *edits, size_t len)
{
	struct edit e;

	for (; len >= sizeof(e); edits += sizeof(e), len -= sizeof(e)) {
		memcpy(&e, edits, sizeof(e));
		edit(f, &e);
	}
}

static bool skipped(const struct forgery *f, size_t at)
{
	return (at >= f->csum && at < f->csum + 4) || (at >= f->certs && at < f->certs + 8);
}

static const char *check_image(const struct forgery *f, const struct kimage *image)
{
	const uint8_t *now = phys_to_virt(image->start);

	if (memcmp(now, f->file, f->len))
		return "the Image is not loaded whole, as it is";
	for (size_t at = 0; at < f->signed_len; at++)
		if (now[at] != f->original[at] && !skipped(f, at))
			return "a byte of the Image is loaded that was not signed";
	return NULL;
}

static const char *check_vmlinux(const struct machine *m, const struct load *load,
				 const struct forgery *f)
{
	struct elfview view = { };
	const char *wrong;

	/* The rules of a load, by the file as it was before the signature was appended */
	if (!elfview(f->original, f->signed_len, &view))
		return "libelf does not read the original";
	wrong = check_loaded(m, load, &view);
	free(view.bytes);
	return wrong;
}

static const char *check_one(const struct forgery *f, bool crash, unsigned int *loaded)
{
	struct machine m = machine_default();
	struct load load = { .kernel_len = f->len, .cmdline = "quiet" };
	/* Exactly its bytes, so that ASan sees reads beyond them */
	uint8_t *file = memcpy(malloc(f->len), f->file, f->len);
	const struct kimage *image;
	const char *wrong = NULL;

	m.ram[0].size = 4 * SZ_2M;
	m.alloc_from = m.ram[0].start + SZ_2M;
	m.crash = (struct area) { m.ram[0].start + 2 * SZ_2M, 2 * SZ_2M };
	m.locked_down = true;
	load.kernel = file;
	load.flags = crash ? KEXEC_FILE_ON_CRASH : 0;
	machine_set(&m);
	if (!machine_load(&load)) {
		++*loaded;
		image = loaded_image(load.flags);
		if (f->len >= 64 && !memcmp(f->file + 56, "ARM\x64", 4)) {
			wrong = f->format == IMAGE ? NULL : "an Image is loaded that was signed as a vmlinux";
			machine_jump(image);
			wrong = wrong ?: check_image(f, image);
		} else {
			wrong = f->format == VMLINUX ? check_vmlinux(&m, &load, f) :
				"a vmlinux is loaded that was signed as an Image";
		}
	}
	machine_unload();
	free(file);
	return wrong ?: check_nothing_left();
}

const char *forgery_check(const struct forgery *f, unsigned int *loaded)
{
	const char *wrong;

	*loaded = 0;
	wrong = check_one(f, false, loaded);
	return wrong ?: check_one(f, true, loaded);
}
