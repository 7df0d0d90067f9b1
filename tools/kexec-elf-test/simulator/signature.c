// SPDX-License-Identifier: GPL-2.0
/*
 * Signatures without cryptography. A signer and a checksum of the signed bytes
 * replace PKCS#7. The rest has the format of scripts/sign-file.
 */

#include <linux/module_signature.h>

#include "machine.h"

#define MAGIC	0x37474953

struct signature {
	u32 magic, signer;
	u64 checksum, unused;
};

_Static_assert(sizeof(struct signature) + sizeof(struct module_signature) +
	       sizeof(SIGNATURE_MARKER) - 1 == SIGNATURE_LEN, "SIGNATURE_LEN");

/* FNV-1a: one bit in another byte makes another sum */
static u64 checksum(const u8 *data, size_t len)
{
	u64 sum = 0xcbf29ce484222325;

	while (len--)
		sum = (sum ^ *data++) * 0x100000001b3;
	return sum;
}

void machine_sign(void *to, const void *data, size_t len, enum signer signer)
{
	struct signature sig = { MAGIC, signer, checksum(data, len) };
	struct module_signature ms = {
		.id_type = 2,		/* PKCS#7 */
		.sig_len = cpu_to_be32(sizeof(sig)),
	};

	memcpy(to, &sig, sizeof(sig));
	memcpy(to + sizeof(sig), &ms, sizeof(ms));
	memcpy(to + sizeof(sig) + sizeof(ms), SIGNATURE_MARKER, sizeof(SIGNATURE_MARKER) - 1);
}

int verify_pkcs7_signature(const void *data, size_t len, const void *from,
			   size_t sig_len, struct key *keys, int usage,
			   void *view_content, void *ctx)
{
	struct signature sig;

	if (sig_len != sizeof(sig))
		return -EBADMSG;
	memcpy(&sig, from, sizeof(sig));
	if (sig.magic != MAGIC || sig.unused)
		return -EBADMSG;
	if (sig.signer != (unsigned long)keys)
		return -ENOKEY;
	return sig.checksum == checksum(data, len) ? 0 : -EKEYREJECTED;
}
