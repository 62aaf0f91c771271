/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The exits that cost most, or that took most of something, one by one: a heap of at most so many, with the
 * cheapest on top, which the next more expensive one replaces.  Of equal ones
 * those that come first in time stay, then those of lower VMs, vCPUs, CPUs and
 * codes, so that the result is defined.
 *
 * Memory: 128 bytes for each that is kept.
 */
#ifndef ANALYZER_LIST_H
#define ANALYZER_LIST_H

#include <stddef.h>

#include "result/group.h"

#define LIST_DEFAULT	20u

struct list_item {
	struct group_key key;
	struct stats_sample sample;
};

/* A zeroed struct with @max is an empty one. */
struct list {
	struct list_item *items;
	size_t nr, allocated, max;
	enum stats_of of;		/* what is the order of */
	struct group rest;		/* of those that are not kept */
	bool in_groups;			/* all exits are in groups as well: the rest is
					   what list_take_rest() makes of them, and */
	uint64_t rest_max;		/* until then, the most of it */
};

void list_release(struct list *l);

/* An empty one that keeps what @other keeps */
static inline struct list list_like(const struct list *other)
{
	return (struct list){ .max = other->max, .of = other->of,
			      .in_groups = other->in_groups };
}

/* Slow path of the next one */
int list_add_any(struct list *l, const struct group_key *key,
		 const struct stats_sample *sample);

/* Most exits cost less than the cheapest that is kept: of these nothing is copied. */
ALWAYS_INLINE bool list_is_cheap(const struct list *l, const struct stats_sample *sample)
{
	return l->nr == l->max &&
	       stats_part(sample, l->of) < stats_part(&l->items[0].sample, l->of);
}

/* Return -1 only if memory is short. */
ALWAYS_INLINE int list_add(struct list *l, const struct group_key *key,
			   const struct stats_sample *sample)
{
	if (unlikely(!l->in_groups || !list_is_cheap(l, sample)))
		return list_add_any(l, key, sample);
	if (sample->cycles > l->rest_max)
		l->rest_max = sample->cycles;
	return 0;
}

/* Add all of @from.  Return -1 only if memory is short. */
int list_merge(struct list *to, const struct list *from);

/* With @in_groups: @gs have all exits.  Return -1 only if memory is short. */
int list_take_rest(struct list *l, const struct groups *gs);

/* Each kept exit as a group of its own.  Return -1 only if memory is short. */
int list_to_groups(const struct list *l, struct groups *gs);

#endif /* ANALYZER_LIST_H */
