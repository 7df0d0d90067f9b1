// SPDX-License-Identifier: GPL-2.0
/* Placement by exhaustive search: slow, but simple. */

#include "model.h"

/* The segments that have been placed so far */
struct taken {
	struct area areas[4];
	unsigned int nr;
};

static bool is_free(const struct taken *t, u64 at, u64 len)
{
	for (unsigned int i = 0; i < t->nr; i++)
		if (at < t->areas[i].start + t->areas[i].size && t->areas[i].start < at + len)
			return false;
	return true;
}

static bool model_range(const struct machine *m, bool crash, u64 i, phys_addr_t *start,
			phys_addr_t *end)
{
	if (!crash)
		return sim_free_range(i, start, end);
	*start = m->crash.start;
	*end = m->crash.start + m->crash.size;
	return !i;
}

/* Place @len bytes at the lowest or highest address from @min_at to @max_at */
static bool place(const struct machine *m, bool crash, struct taken *t, u64 min_at,
		  u64 max_at, u64 len, u64 step, bool top_down)
{
	phys_addr_t start, end;
	u64 best = -1;

	for (u64 i = 0; model_range(m, crash, i, &start, &end); i++) {
		u64 at = ALIGN(max(start, min_at), step);

		for (; at < end && len <= end - at && at + len - 1 <= max_at; at += step) {
			if (!is_free(t, at, len))
				continue;
			best = at;
			if (!top_down)
				break;
		}
		if (best != -1ULL && !top_down)
			break;
	}
	if (best == -1ULL)
		return false;
	t->areas[t->nr++] = (struct area) { best, len };
	return true;
}

unsigned long model_base(const struct machine *m, const struct load *load,
				unsigned long span)
{
	bool crash = load->flags & KEXEC_FILE_ON_CRASH;
	phys_addr_t start, end;

	for (u64 i = 0; model_range(m, crash, i, &start, &end); i++) {
		for (u64 base = ALIGN(start, SZ_2M); base < end && span <= end - base;
		     base = ALIGN(base + span, SZ_2M)) {
			u64 limit = ALIGN_DOWN(base, SZ_1G) + 32 * SZ_1G;
			struct taken t = { };

			if (crash && !place(m, crash, &t, base + span, -1, PAGE_SIZE,
					    SZ_64K, true))
				continue;
			if (load->initrd && !place(m, crash, &t, base + span, limit,
						   PAGE_ALIGN(load->initrd_len), PAGE_SIZE,
						   false))
				continue;
			if (place(m, crash, &t, base + span, -1, PAGE_SIZE, SZ_2M, true))
				return base;
		}
	}
	return -1;
}

bool model_has_hole(const struct machine *m, unsigned long span)
{
	phys_addr_t start, end;

	for (u64 i = 0; model_range(m, false, i, &start, &end); i++)
		for (u64 at = ALIGN(start, SZ_2M); at < end; at += SZ_2M)
			if (span <= end - at)
				return true;
	return false;
}
