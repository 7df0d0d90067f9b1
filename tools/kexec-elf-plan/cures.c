// SPDX-License-Identifier: GPL-2.0
/* Find the advice for a message in the documentation of the loader. */

#include <string.h>

#include "plan.h"

static const struct {
	const char *parts[4];	/* of the message, in this order */
	const char *advice;
} cures[] = {
#include "cures.h"
};

#define NR_CURES	(sizeof(cures) / sizeof(*cures))

const char *plan_cure(const char *said)
{
	const char *best = NULL;
	size_t best_len = 0;

	/* Two messages begin with "no hole of": prefer the longest match */
	for (size_t i = 0; i < NR_CURES; i++) {
		const char *at = said;
		size_t len = 0;

		for (int j = 0; j < 4 && at && cures[i].parts[j]; j++) {
			at = strstr(at, cures[i].parts[j]);
			len += strlen(cures[i].parts[j]);
		}
		if (at && len > best_len) {
			best = cures[i].advice;
			best_len = len;
		}
	}
	return best;
}
