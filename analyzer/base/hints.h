/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where in a table keys were found last: a guess, which who looks up a key checks
 * before the hash function is computed.
 *
 * A vCPU has several events in a row, and there are few vCPUs; so it is right as a
 * rule.  Keys at one place of it displace each other, which costs time, and no more
 * than without it.  Who moves or frees what it points to clears it.
 */
#ifndef ANALYZER_HINTS_H
#define ANALYZER_HINTS_H

#include <stdint.h>
#include <string.h>

#include "base/compiler.h"

#define HINTS	1024u

/* A zeroed struct is an empty one. */
struct hints {
	void *at[HINTS];	/* NULL: none */
};

/*
 * The place of @key: a TID, or a VM and a vCPU as upper and lower half.  VMs whose
 * processes began one after the other, and have vCPUs 0 to many, are apart.
 */
ALWAYS_INLINE unsigned int hints_place(uint64_t key)
{
	return ((uint32_t)key + (uint32_t)(key >> 32) * 40503) % HINTS;
}

static inline void hints_clear(struct hints *h)
{
	memset(h, 0, sizeof(*h));
}

#endif /* ANALYZER_HINTS_H */
