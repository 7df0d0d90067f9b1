// SPDX-License-Identifier: GPL-2.0
/*
 * Signatures with real digests and without keys: a signer and a SHA-256 digest
 * replace PKCS#7. The rest has the format of scripts/sign-file and of sbsign.
 */

#include <openssl/evp.h>

#include <linux/module_signature.h>
#include <linux/pe.h>

#include "machine.h"
#include "verify_pefile.h"

/* Appended, the digest is of the data. In a PE file, it is of the content: the digest of the file. */
struct signature {
	u32 kind, signer;
	u8 digest[SHA256_DIGEST_SIZE];
};

#define KIND_APPENDED	0x37474953
#define KIND_PE		0x38474953

/* DER: a sequence of some bytes, whose length is in the last two */
struct pe_signature {
	u8 sequence[4];
	struct signature sig;
	u8 content[SHA256_DIGEST_SIZE];
};

#define MARKER_LEN	(sizeof(SIGNATURE_MARKER) - 1)
_Static_assert(sizeof(struct signature) + sizeof(struct module_signature) + MARKER_LEN ==
	       SIGNATURE_LEN, "SIGNATURE_LEN");
_Static_assert(ALIGN(sizeof(struct win_certificate) + sizeof(struct pe_signature), 8UL) ==
	       PE_SIGNATURE_LEN, "PE_SIGNATURE_LEN");

/* Of the bytes of @data that are not in @gaps, which are in ascending order; no code of the kernel */
static void digest(u8 *to, const void *data, size_t len, const struct area *gaps, unsigned int n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t at = 0;

	EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
	for (unsigned int i = 0; i < n; i++) {
		EVP_DigestUpdate(ctx, data + at, gaps[i].start - at);
		at = gaps[i].start + gaps[i].size;
	}
	EVP_DigestUpdate(ctx, data + at, len - at);
	EVP_DigestFinal_ex(ctx, to, NULL);
	EVP_MD_CTX_free(ctx);
}

void machine_sign(void *to, const void *data, size_t len, enum signer signer)
{
	struct signature sig = { KIND_APPENDED, signer };
	struct module_signature ms = {
		.id_type = 2,		/* PKCS#7 */
		.sig_len = cpu_to_be32(sizeof(sig)),
	};

	digest(sig.digest, data, len, NULL, 0);
	memcpy(to, &sig, sizeof(sig));
	memcpy(to + sizeof(sig), &ms, sizeof(ms));
	memcpy(to + sizeof(sig) + sizeof(ms), SIGNATURE_MARKER, MARKER_LEN);
}

void machine_sign_pe(void *image, size_t len, enum signer signer)
{
	struct pe32plus_opt_hdr *opt = image + ((struct mz_hdr *)image)->peaddr +
				       sizeof(struct pe_hdr);
	struct data_dirent *certs = &((struct data_directory *)(opt + 1))->certs;
	const struct area gaps[] = {
		{ (void *)&opt->csum - image, sizeof(opt->csum) },
		{ (void *)certs - image, sizeof(*certs) },
	};
	struct win_certificate wrapper = {
		.length = sizeof(wrapper) + sizeof(struct pe_signature),
		.revision = WIN_CERT_REVISION_2_0,
		.cert_type = WIN_CERT_TYPE_PKCS_SIGNED_DATA,
	};
	struct pe_signature pe = {
		.sequence = { 0x30, 0x82, 0, sizeof(pe) - sizeof(pe.sequence) },
		.sig = { KIND_PE, signer },
	};

	digest(pe.content, image, len, gaps, ARRAY_SIZE(gaps));
	digest(pe.sig.digest, pe.content, sizeof(pe.content), NULL, 0);
	memset(image + len, 0, PE_SIGNATURE_LEN);
	memcpy(image + len, &wrapper, sizeof(wrapper));
	memcpy(image + len + sizeof(wrapper), &pe, sizeof(pe));
	*certs = (struct data_dirent) { len, PE_SIGNATURE_LEN };
}

/* The content is the digest; a real signature names the algorithm as well */
int mscode_parse(void *context, const void *content, size_t len, size_t header_len)
{
	struct pefile_context *ctx = context;

	ctx->digest = kmalloc(len, GFP_KERNEL);
	if (!ctx->digest)
		return -ENOMEM;
	memcpy((void *)ctx->digest, content, len);
	ctx->digest_len = len;
	ctx->digest_algo = "sha256";
	return 0;
}

static int verify(const struct signature *sig, u32 kind, const void *data, size_t len,
		  const struct key *keys)
{
	u8 right[SHA256_DIGEST_SIZE];

	if (sig->kind != kind)
		return -EBADMSG;
	if (sig->signer != (unsigned long)keys)
		return -ENOKEY;
	digest(right, data, len, NULL, 0);
	return memcmp(sig->digest, right, sizeof(right)) ? -EKEYREJECTED : 0;
}

int verify_pkcs7_signature(const void *data, size_t len, const void *from, size_t sig_len,
			   struct key *keys, enum key_being_used_for usage,
			   int (*view_content)(void *ctx, const void *data, size_t len,
					       size_t asn1hdrlen),
			   void *ctx)
{
	struct signature sig;
	struct pe_signature pe;
	int ret;

	if (usage == VERIFYING_MODULE_SIGNATURE) {
		if (sig_len != sizeof(sig))
			return -EBADMSG;
		memcpy(&sig, from, sizeof(sig));
		return verify(&sig, KIND_APPENDED, data, len, keys);
	}

	if (sig_len != sizeof(pe))
		return -EBADMSG;
	memcpy(&pe, from, sizeof(pe));
	ret = verify(&pe.sig, KIND_PE, pe.content, sizeof(pe.content), keys);
	return ret ?: view_content(ctx, pe.content, sizeof(pe.content), 0);
}
