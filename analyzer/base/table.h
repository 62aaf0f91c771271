/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A hash table over an array: it finds places in it, and the caller compares.
 *
 *	uint64_t hash = hash_one(key), at = hash;
 *	uint32_t i;
 *
 *	while (table_next(&t, &at, &i))
 *		if (list[i].key == key)
 *			return &list[i];
 *	if (array_room(list, nr, allocated, "things") < 0 ||
 *	    table_add(&t, hash, nr, "things") < 0)
 *		return NULL;
 *	list[nr++] = ...
 *
 * Nothing is taken out.  It is half full at the most: a few items take 1 KiB, many
 * up to 32 bytes each.
 */
#ifndef ANALYZER_TABLE_H
#define ANALYZER_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/hash.h"

struct table_slot {
	uint32_t hash;		/* of its key: what is needed of it to grow */
	uint32_t item;		/* place in the array, plus 1; 0: free */
};

/* A zeroed struct is an empty one. */
struct table {
	struct table_slot *slots;	/* NULL: there are none */
	size_t mask, nr;		/* how many slots, less 1; how many items */
};

void table_release(struct table *t);

/*
 * Which item comes next of those that may have a key of the hash @at, which is
 * changed?  False: no more.
 */
ALWAYS_INLINE bool table_next(const struct table *t, uint64_t *at, uint32_t *item)
{
	const struct table_slot *slots = t->slots;
	uint32_t found;

	if (unlikely(!slots))
		return false;
	found = slots[(*at)++ & t->mask].item;
	*item = found - 1;
	return likely(found);
}

/* Enter @item, below UINT32_MAX.  Return -1 after an error: "out of memory: N WHAT". */
int table_add(struct table *t, uint64_t hash, size_t item, const char *what);

#endif /* ANALYZER_TABLE_H */
