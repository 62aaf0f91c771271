/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which of several streams comes next: the one whose next event has the lowest
 * key, and of these the one with the lowest number, so that the order is defined.
 *
 *	for each stream that has an event
 *		merge_add(&m, key, number);
 *	while (m.nr) {
 *		... use the event of stream merge_first(&m)
 *		if it has another one
 *			merge_advance(&m, key);
 *		else
 *			merge_drop(&m);
 *	}
 */
#ifndef ANALYZER_MERGE_H
#define ANALYZER_MERGE_H

#include <stdbool.h>
#include <stdint.h>

struct merge_item {
	uint64_t key;
	uint32_t number;
};

/* A binary heap.  The caller provides room for all streams. */
struct merge {
	struct merge_item *items;
	unsigned int nr;
};

static inline bool merge_precedes(const struct merge_item *a,
				  const struct merge_item *b)
{
	return a->key != b->key ? a->key < b->key : a->number < b->number;
}

static inline uint32_t merge_first(const struct merge *m)
{
	return m->items[0].number;
}

/* Put @item where the first one was, and from there to its place. */
static inline void merge_sift(struct merge *m, struct merge_item item)
{
	unsigned int i = 0, child;

	while ((child = 2 * i + 1) < m->nr) {
		if (child + 1 < m->nr &&
		    merge_precedes(&m->items[child + 1], &m->items[child]))
			child++;
		if (!merge_precedes(&m->items[child], &item))
			break;
		m->items[i] = m->items[child];
		i = child;
	}
	m->items[i] = item;
}

static inline void merge_advance(struct merge *m, uint64_t key)
{
	merge_sift(m, (struct merge_item){ key, m->items[0].number });
}

static inline void merge_drop(struct merge *m)
{
	m->nr--;
	if (m->nr)
		merge_sift(m, m->items[m->nr]);
}

static inline void merge_add(struct merge *m, uint64_t key, uint32_t number)
{
	struct merge_item item = { key, number };
	unsigned int i = m->nr++, parent;

	for (; i; i = parent) {
		parent = (i - 1) / 2;
		if (!merge_precedes(&item, &m->items[parent]))
			break;
		m->items[i] = m->items[parent];
	}
	m->items[i] = item;
}

#endif /* ANALYZER_MERGE_H */
