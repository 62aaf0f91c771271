// SPDX-License-Identifier: GPL-2.0
#include "base/gaps.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"

void gaps_release(struct gaps *g)
{
	free(g->list);
	memset(g, 0, sizeof(*g));
}

static void forget_older(struct gaps *g)
{
	const size_t older = GAPS_MAX / 2;

	g->list[0].end = g->list[older - 1].end;
	memmove(g->list + 1, g->list + older,
		(g->nr - older) * sizeof(*g->list));
	g->nr -= older - 1;
}

int gaps_add(struct gaps *g, uint64_t begin, uint64_t end)
{
	struct gap gap = gap_between(begin, end);
	const struct gap *last;

	for (; g->nr; g->nr--) {
		last = &g->list[g->nr - 1];
		if (last->end < gap.begin)
			break;
		if (last->begin < gap.begin)
			gap.begin = last->begin;
		if (last->end > gap.end)
			gap.end = last->end;
	}
	if (g->nr == GAPS_MAX)
		forget_older(g);
	if (array_room(g->list, g->nr, g->allocated,
		       "places where events were lost") < 0)
		return -1;
	g->list[g->nr++] = gap;
	g->end = gap.end;
	return 0;
}

/* The first gap that ends after @from is the only one that matters. */
bool gaps_find(const struct gaps *g, uint64_t from, uint64_t to)
{
	size_t low = 0, high = g->nr, i;

	while (low < high) {
		i = low + (high - low) / 2;
		if (g->list[i].end > from)
			high = i;
		else
			low = i + 1;
	}
	return low < g->nr && g->list[low].begin < to;
}
