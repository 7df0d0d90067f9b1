/* SPDX-License-Identifier: GPL-2.0 */
/* Forgeries: a signed kernel, edited by somebody who has no key, on a machine in lockdown */
#ifndef FORGE_H
#define FORGE_H

#include "machine.h"

enum format { VMLINUX, IMAGE };

/* A kernel, for an attacker to edit */
struct forgery {
	enum format format;
	uint8_t *file;			/* at most ROOM bytes, 0 behind the file */
	size_t len;
	uint8_t *original;		/* as it was signed */
	size_t signed_len;		/* up to the signature */
	size_t csum, certs;		/* of an Image: the fields that its signature skips */
};

#define FORGERY_ROOM	0x20000

/* A kernel that @signer has signed, with the signature of its format. 0: without one. */
struct forgery forgery(enum format format, enum signer signer);
void forgery_free(struct forgery *f);

/*
 * Edit @f, as the bytes of @edits tell: set, insert, remove, copy and append bytes, among them
 * signatures, and change the lengths that lead to them
 */
void forgery_edit(struct forgery *f, const uint8_t *edits, size_t len);

/*
 * Load @f on a machine in lockdown, as a kernel and as a crash kernel. It must be
 * refused, or each loaded byte must be a signed byte, except for the fields and the
 * table that a PE signature skips. An Image is loaded whole. Returns the fault, or NULL;
 * @loaded is how many of the two loads have succeeded.
 */
const char *forgery_check(const struct forgery *f, unsigned int *loaded);

#endif
