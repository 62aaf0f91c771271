/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When events of some CPU may be missing: intervals of time.
 *
 * A gap lies between two records of one CPU: it begins at the time stamp of the
 * one before, of whatever event it is, and ends at that of the one behind.  While
 * it lasts, a thread may have been on that CPU, unseen.  So nothing is known of an
 * interval that overlaps a gap; what ends before it, or begins after, is sound.
 *
 * Gaps are added in the order in which they begin, as whoever merges streams
 * comes to them.  Those that overlap become one, so both their begins and their
 * ends ascend, and one lookup is a binary search.
 *
 * Memory: at most 1 MiB.  If there are more gaps than that has room for, the
 * older half becomes one: what is that old is then held to be unknown.
 */
#ifndef ANALYZER_GAPS_H
#define ANALYZER_GAPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GAPS_MAX	65536u

struct gap {
	uint64_t begin, end;
};

/* Of two records, time may have gone back. */
static inline struct gap gap_between(uint64_t a, uint64_t b)
{
	return (struct gap){ a < b ? a : b, a < b ? b : a };
}

/* A zeroed struct is an empty one. */
struct gaps {
	struct gap *list;	/* ascending, and none touches another */
	size_t nr, allocated;
	uint64_t end;		/* of the last one; 0: there is none */
};

void gaps_release(struct gaps *g);

/* In any order of @begin and @end.  Return -1 only if memory is short. */
int gaps_add(struct gaps *g, uint64_t begin, uint64_t end);

/* Slow path of gaps_overlap() */
bool gaps_find(const struct gaps *g, uint64_t from, uint64_t to);

/* Does a gap that was added overlap the time from @from to @to? */
static inline bool gaps_overlap(const struct gaps *g, uint64_t from, uint64_t to)
{
	return __builtin_expect(from < g->end, 0) && gaps_find(g, from, to);
}

#endif /* ANALYZER_GAPS_H */
