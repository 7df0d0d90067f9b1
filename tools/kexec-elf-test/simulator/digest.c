// SPDX-License-Identifier: GPL-2.0
/* The kernel's crypto API for digests, by OpenSSL. The only digest is SHA-256. */

#include <openssl/evp.h>

#include "machine.h"

struct crypto_shash {
	EVP_MD_CTX *ctx;
};

struct crypto_shash *crypto_alloc_shash(const char *name, u32 type, u32 mask)
{
	struct crypto_shash *tfm;

	if (strcmp(name, "sha256"))
		return ERR_PTR(-ENOENT);
	tfm = sim_alloc(sizeof(*tfm), 0);
	if (!tfm)
		return ERR_PTR(-ENOMEM);
	tfm->ctx = EVP_MD_CTX_new();
	return tfm;
}

void crypto_free_shash(struct crypto_shash *tfm)
{
	if (tfm)
		EVP_MD_CTX_free(tfm->ctx);
	sim_free(tfm);
}

static int status(int ok)
{
	return ok ? 0 : -EINVAL;
}

int crypto_shash_init(struct shash_desc *desc)
{
	return status(EVP_DigestInit_ex(desc->tfm->ctx, EVP_sha256(), NULL));
}

int crypto_shash_update(struct shash_desc *desc, const void *data, unsigned int len)
{
	return status(EVP_DigestUpdate(desc->tfm->ctx, data, len));
}

int crypto_shash_final(struct shash_desc *desc, u8 *digest)
{
	return status(EVP_DigestFinal_ex(desc->tfm->ctx, digest, NULL));
}
