// SPDX-License-Identifier: GPL-2.0
/*
 * kernel/module_signature.c, kernel/kexec_file.c: an appended signature is found where it is, and
 * the bytes that it covers are the bytes that are verified
 */
#include "proof.h"
#include <linux/module_signature.h>

/*
 * The file has no bytes: memcmp() and memcpy() return for an offset whatever they like,
 * but always the same (proof.h). Both check their ends.
 */
static int model_memcmp(const void *a, const void *b, size_t n)
{
	prove(__CPROVER_r_ok(a, n) && __CPROVER_r_ok(b, n), "memcmp() reads what is there");
	return __CPROVER_uninterpreted_marker(__CPROVER_POINTER_OFFSET(a));
}

static void *model_memcpy(void *to, const void *from, size_t n)
{
	struct module_signature *ms = to;
	size_t at = __CPROVER_POINTER_OFFSET(from);

	prove(__CPROVER_w_ok(to, n) && __CPROVER_r_ok(from, n), "memcpy() copies what is there");
	*(u64 *)ms = __CPROVER_uninterpreted_info(at);
	ms->sig_len = __CPROVER_uninterpreted_sig_len(at);
	return to;
}

unsigned int sim_page_shift;
#undef memcmp
#undef memcpy
#define memcmp model_memcmp
#define memcpy model_memcpy
#include "kernel/module_signature.c"
#include "kernel/kexec_file.c"
#undef memcmp
#undef memcpy

static const char *file;
static unsigned int nr_calls;
static size_t verified;

/* ASSUMPTION: it reads its arguments, and returns anything */
int verify_pkcs7_signature(const void *data, size_t len, const void *sig, size_t sig_len,
			   struct key *keys, enum key_being_used_for usage,
			   int (*view)(void *ctx, const void *data, size_t len, size_t header_len),
			   void *ctx)
{
	prove(__CPROVER_r_ok(data, len) && __CPROVER_r_ok(sig, sig_len), "what is verified is in the file");
	prove(data == file && sig == file + len, "the signature follows what it covers");
	prove(!nr_calls || verified == len, "the second keyring is asked about the same bytes");
	nr_calls++;
	verified = len;
	return nondet_int();
}

/* elf_load() and kexec_kernel_verify_appended_sig() ask mod_split_sig() about the same file */
void prove_signed(void)
{
	size_t file_len = nondet_size(), len = file_len, sig_len;
	const u8 *sig;
	int ret;

	file = any_file(file_len);
	mod_split_sig(file, &len, false, &sig_len, &sig, "");
	prove(len <= file_len, "not more than the file");
	ret = kexec_kernel_verify_appended_sig(file, file_len);
	if (!nr_calls) {
		prove(ret, "refused if nothing was verified");
		reach("refused");
		return;
	}
	reach("verified");
	prove(nr_calls <= 2, "two keyrings");
	prove(verified == len, "the loaded bytes are the verified bytes");
	prove(len && len + sizeof(struct module_signature) < file_len, "something is signed, by something");
}
