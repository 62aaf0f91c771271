/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which of several streams comes next: the one whose next event has the lowest
 * key, and of these the one with the lowest number, so that the order is defined.
 *
 *	merge_init(&m, streams);
 *	for each stream that has an event
 *		merge_add(&m, key, number);
 *	while (m.nr) {
 *		... use the event of stream merge_first(&m), and those behind it
 *		that precede merge_second_item(&m)
 *		if it has another one
 *			merge_advance(&m, key);
 *		else
 *			merge_drop(&m);
 *	}
 *	merge_release(&m);
 *
 * A tournament: a tree whose leaves are the streams, and in which each node has
 * the lower of the two below it.  What changes is the way from one leaf to the
 * root, as many steps as the tree is high.  Which of two streams comes next is
 * chance; so it is computed, not branched on, where a binary heap of as many
 * steps would be mispredicted in half of them.
 */
#ifndef ANALYZER_MERGE_H
#define ANALYZER_MERGE_H

#include <stdint.h>
#include <stdlib.h>

/* Key and number of a stream: one integer, so that comparing takes no branch */
typedef unsigned __int128 merge_item;

/* A stream without an event comes after all others. */
#define MERGE_NONE	(~(merge_item)0)

struct merge {
	merge_item *tree;		/* root 1; below i: 2 i and 2 i + 1 */
	uint32_t leaves;		/* a power of 2 */
	uint32_t nr;			/* streams that have an event */
};

static inline merge_item merge_item_of(uint64_t key, uint32_t number)
{
	return (merge_item)key << 64 | number;
}

/* Streams are 0 to @streams - 1.  Return -1 if memory is short. */
static inline int merge_init(struct merge *m, uint32_t streams)
{
	uint32_t i;

	m->nr = 0;
	for (m->leaves = 1; m->leaves < streams; m->leaves *= 2)
		;
	m->tree = malloc(2 * m->leaves * sizeof(*m->tree));
	for (i = 0; m->tree && i < 2 * m->leaves; i++)
		m->tree[i] = MERGE_NONE;
	return m->tree ? 0 : -1;
}

static inline void merge_release(struct merge *m)
{
	free(m->tree);
}

static inline void merge_set(struct merge *m, uint32_t number, merge_item item)
{
	uint32_t i = m->leaves + number;
	merge_item other;

	for (m->tree[i] = item; i > 1; m->tree[i] = item) {
		other = m->tree[i ^ 1];
		item = other < item ? other : item;
		i /= 2;
	}
}

static inline merge_item merge_first_item(const struct merge *m)
{
	return m->tree[1];
}

static inline uint32_t merge_first(const struct merge *m)
{
	return merge_first_item(m);
}

/* The next event of all other streams: each lost to the first one on its way up. */
static inline merge_item merge_second_item(const struct merge *m)
{
	uint32_t i = m->leaves + merge_first(m);
	merge_item second = MERGE_NONE;

	for (; i > 1; i /= 2)
		second = m->tree[i ^ 1] < second ? m->tree[i ^ 1] : second;
	return second;
}

/* For longer keys: 96 bits above those of the number */
static inline void merge_add_item(struct merge *m, merge_item item)
{
	m->nr++;
	merge_set(m, item, item);
}

static inline void merge_add(struct merge *m, uint64_t key, uint32_t number)
{
	merge_add_item(m, merge_item_of(key, number));
}

static inline void merge_advance(struct merge *m, uint64_t key)
{
	uint32_t number = merge_first(m);

	merge_set(m, number, merge_item_of(key, number));
}

static inline void merge_drop(struct merge *m)
{
	m->nr--;
	merge_set(m, merge_first(m), MERGE_NONE);
}

#endif /* ANALYZER_MERGE_H */
