/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Figures of exits by what they have in common: VM, vCPU, thread, CPU, exit
 * reason, instruction (rip), detail, or some of these.
 *
 * A group is found by its key; what exits are not grouped by is 0 in all keys.
 * Each thread has a struct groups of its own, and they are merged at the end.
 * All figures are integers that are added, so the result does not depend on how
 * exits were shared out.
 *
 * By time, all keys of one struct groups are of buckets of one width (time_buckets.h),
 * which can be made wider: then groups are added up.
 *
 * Memory: at most GROUPS_MAX groups, of 336 bytes and a histogram each (see
 * histogram.h; 1 KiB as a rule), and a quarter more in all threads together.  An
 * exit adds 752 bytes at the most, so what is allocated is bounded by the size of
 * the recording, too.  For states, where each part of exits has its own histogram,
 * an exit that is not of cycles only adds 4 KiB at the most.
 */
#ifndef ANALYZER_GROUP_H
#define ANALYZER_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/histogram.h"
#include "base/sumsq.h"
#include "base/table.h"
#include "base/times.h"
#include "event/key.h"
#include "stats.h"

#define GROUPS_MAX	262144u

/*
 * A busy recording may have millions of instructions and addresses.  Once there
 * are so many groups, an exit that would begin another one is counted in that of
 * its VM, vCPU, CPU and reason, as RIP_OTHER and DETAIL_OTHER.
 */
#define GROUPS_DETAILED_MAX	65536u

/* What a group has of one part of its exits, as others have it of cycles */
struct group_part {
	uint64_t min, max;	/* undefined while there are no exits */
	struct sumsq squares;
	struct histogram histogram;
};

#define GROUP_PARTS		4u	/* user, halted, off_cpu, total */
#define GROUP_PART_OF(i)	((enum stats_of)((i) + 1))

struct group {
	struct group_key key;
	struct stats_cell cell;
	struct sumsq squares;
	struct histogram histogram;
	struct times *times;	/* of the vCPUs; NULL: not looked at */
	struct group_part *parts;	/* GROUP_PARTS of them; NULL: not asked for,
				   or no exit was anything but cycles */
};

/* A zeroed struct is an empty one. */
struct groups {
	struct group *list;	/* in any order */
	struct table table;	/* by key */
	size_t nr, allocated;
	size_t max;		/* of nr; 0: GROUPS_MAX */
	uint64_t width_ns;	/* of buckets of time; 0: not by time, or empty */
	bool full;		/* one more than that was asked for */
};

/* The order of keys: by recording, VM, vCPU, thread, CPU, reason, rip, detail; time first */
int group_key_compare(const struct group_key *a, const struct group_key *b);

void group_release(struct group *g);
void groups_release(struct groups *gs);

/* Slow path of groups_get(): append a group. */
struct group *groups_new(struct groups *gs, const struct group_key *key);

/*
 * The group of @key; NULL: there is none yet.  @parts: what keys of @gs can have, and
 * this one.
 */
enum group_key_parts {
	KEY_OF_EXIT,		/* no rip, detail or time */
	KEY_OF_TIME,		/* no rip or detail */
	KEY_ALL,
};

ALWAYS_INLINE bool group_key_same(const struct group_key *a,
				  const struct group_key *b,
				  enum group_key_parts parts)
{
	if (parts == KEY_ALL)
		return group_key_equal(a, b);
	return group_key_same_exit(a, b) &&
	       (parts == KEY_OF_EXIT || a->ts == b->ts);
}

ALWAYS_INLINE struct group *groups_find_as(const struct groups *gs,
					   const struct group_key *key,
					   enum group_key_parts parts)
{
	const size_t mask = gs->table.mask;
	struct group *g;
	size_t i;

	if (unlikely(!gs->nr))
		return NULL;
	/* As table_next() goes; in hot loops this takes fewer instructions. */
	for (i = group_key_hash(key) & mask; gs->table.slots[i].item;
	     i = (i + 1) & mask) {
		g = &gs->list[gs->table.slots[i].item - 1];
		if (likely(group_key_same(&g->key, key, parts)))
			return g;
	}
	return NULL;
}

ALWAYS_INLINE struct group *groups_find(const struct groups *gs,
					const struct group_key *key)
{
	return groups_find_as(gs, key, KEY_ALL);
}

/*
 * Find or begin the group of @key, which stays where it is until the next one is
 * begun.  NULL: there are too many, gs->full says so and nothing was printed;
 * or memory is short.
 */
ALWAYS_INLINE struct group *groups_get(struct groups *gs,
				       const struct group_key *key)
{
	struct group *g = groups_find(gs, key);

	return __builtin_expect(!!g, 1) ? g : groups_new(gs, key);
}

/*
 * @part: of @s, what minimum, maximum, squares and histogram are of.  Return -1 only
 * if memory is short.
 */
ALWAYS_INLINE int group_add_part(struct group *g, const struct stats_sample *s,
				 uint64_t part)
{
	if (__builtin_expect(s->untimed, 0)) {
		stats_cell_add_untimed(&g->cell);
		return 0;
	}
	stats_cell_add_part(&g->cell, s, part);
	sumsq_add(&g->squares, part);
	return histogram_add(&g->histogram, part);
}

ALWAYS_INLINE int group_add(struct group *g, const struct stats_sample *s)
{
	return group_add_part(g, s, s->cycles);
}

/* The same, of cycles and of each other part.  All exits of @g were added so. */
int group_add_each_part(struct group *g, const struct stats_sample *s);

/* Add the time of a vCPU.  Return -1 only if memory is short. */
int group_add_times(struct group *g, const struct times *times);

/* Say that there are too many groups.  Return -1, always. */
int groups_error(void);

/* Add figures; keys do not matter.  Return -1 only if memory is short. */
int group_merge(struct group *to, const struct group *from);

/*
 * The same, where @from has each part: of @of is what @to then has of it, and of
 * others, which came so as well.
 */
int group_merge_of(struct group *to, const struct group *from, enum stats_of of);

/* For group_merge(), before all else; and for group_release() */
int group_merge_parts(struct group *to, const struct group *from);
void group_release_parts(struct group *g);

/*
 * Make buckets of time @width_ns wide, a multiple of what they are.  Return -1 only
 * if memory is short.
 */
int groups_widen(struct groups *gs, uint64_t width_ns);

/*
 * Add all of @from, which is left empty and has no more than @to may have.  Of
 * buckets of time, both have the wider ones then.  Return -1 where groups_get()
 * fails.
 */
int groups_merge(struct groups *to, struct groups *from);

/*
 * Rounded; 0 if there are no exits.  @of: what the squares are of.  The same for
 * percentiles: see histogram.h.
 */
uint64_t group_stddev(const struct group *g, enum stats_of of);
uint64_t group_percentile(const struct group *g, unsigned int permille);

/*
 * Where @g has each part, or no exit was anything but cycles: a percentile of @of, and
 * the highest one.
 */
uint64_t group_percentile_of(const struct group *g, enum stats_of of,
			     unsigned int permille);
uint64_t group_max_of(const struct group *g, enum stats_of of);

/* Not rounded up to what a bucket has: see histogram_about_rank() */
double group_percentile_about(const struct group *g, unsigned int permille);

#endif /* ANALYZER_GROUP_H */
