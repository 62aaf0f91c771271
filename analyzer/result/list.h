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
};

void list_release(struct list *l);

/* Return -1 only if memory is short. */
int list_add(struct list *l, const struct group_key *key,
	     const struct stats_sample *sample);

/* Add all of @from.  Return -1 only if memory is short. */
int list_merge(struct list *to, const struct list *from);

/* Each kept exit as a group of its own.  Return -1 only if memory is short. */
int list_to_groups(const struct list *l, struct groups *gs);

#endif /* ANALYZER_LIST_H */
