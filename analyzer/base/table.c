// SPDX-License-Identifier: GPL-2.0
#include "base/table.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/*
 * There may be as many tables as CPUs, most of them of one or two items; in larger
 * ones, a few more slots save a look at a second one for each event.
 */
#define SIZE_FIRST	4u
#define SIZE_NEXT	128u

void table_release(struct table *t)
{
	free(t->slots);
	memset(t, 0, sizeof(*t));
}

static void enter(const struct table *t, struct table_slot slot)
{
	size_t i = slot.hash;

	while (t->slots[i & t->mask].item)
		i++;
	t->slots[i & t->mask] = slot;
}

/* How many slots there are */
static size_t size_of(const struct table *t)
{
	return t->slots ? t->mask + 1 : 0;
}

static int grow(struct table *t, const char *what)
{
	const size_t old = size_of(t);
	const size_t size = !old ? SIZE_FIRST :
			    old < SIZE_NEXT ? SIZE_NEXT : 2 * old;
	struct table bigger = { .mask = size - 1, .nr = t->nr };
	size_t i;

	bigger.slots = calloc(size, sizeof(*bigger.slots));
	if (!bigger.slots)
		return error("out of memory: %zu %s", t->nr, what);
	for (i = 0; i < old; i++)
		if (t->slots[i].item)
			enter(&bigger, t->slots[i]);
	free(t->slots);
	*t = bigger;
	return 0;
}

int table_add(struct table *t, uint64_t hash, size_t item, const char *what)
{
	if (t->nr * 2 >= size_of(t) && grow(t, what) < 0)
		return -1;
	enter(t, (struct table_slot){ .hash = hash, .item = item + 1 });
	t->nr++;
	return 0;
}
