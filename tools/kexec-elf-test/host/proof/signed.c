// SPDX-License-Identifier: GPL-2.0
/*
 * kernel/kexec_file.c: of a signed file, what is loaded is what is verified
 */
#include "proof.h"
#include <linux/module_signature.h>

/*
 * The bytes of the file are not there: memcmp() and memcpy() return for an offset whatever they like,
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

/* ASSUMPTION: it reads what it is given, and returns anything */
int verify_pkcs7_signature(const void *data, size_t len, const void *sig, size_t sig_len,
			   struct key *keys, int usage, void *view, void *ctx)
{
	prove(__CPROVER_r_ok(data, len) && __CPROVER_r_ok(sig, sig_len), "what is verified is in the file");
	prove(data == file && sig == file + len, "the signature follows what it covers");
	prove(!nr_calls || verified == len, "the second keyring is asked about the same bytes");
	nr_calls++;
	verified = len;
	return nondet_int();
}

/* As kimage_file_prepare_segments() does: cut the signature off, and load the rest if it is verified */
void prove_signed(void)
{
	struct module_signature ms;
	unsigned long file_len = nondet_size(), len = file_len, again;
	int ret;

	file = any_file(file_len);
	mod_split_sig(file, &len, &ms);
	prove(len <= file_len, "not more than the file");
	ret = kexec_kernel_verify_appended_sig(file, file_len);
	if (!nr_calls) {
		prove(ret, "refused if nothing was verified");
		reach("refused");
		return;
	}
	reach("verified");
	prove(nr_calls <= 2, "two keyrings");
	prove(verified == len, "what is loaded is what is verified");
	prove(len && len + sizeof(ms) < file_len, "something is signed, by something");
}
