// SPDX-License-Identifier: GPL-2.0
#include "walk/attach.h"

#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "base/error.h"
#include "base/hash.h"

void attach_release(struct attach *a)
{
	free(a->slots);
	memset(a, 0, sizeof(*a));
}

static struct attach_slot *find(const struct attach *a, uint32_t tid)
{
	size_t mask = a->size - 1, i;

	for (i = hash_one(tid) & mask; a->slots[i].used; i = (i + 1) & mask)
		if (a->slots[i].tid == tid)
			break;
	return &a->slots[i];
}

/* Of a later slice it has to be known which threads have had an exit. */
static bool must_stay(const struct attach *a, const struct attach_slot *slot)
{
	return attach_is_open(slot) || (a->later && slot->used);
}

/* How many are open, but for those that began before number @since */
static size_t forget(struct attach *a, uint64_t since)
{
	struct attach_slot *slot;
	size_t nr = 0, i;

	for (i = 0; i < a->size; i++) {
		slot = &a->slots[i];
		if (must_stay(a, slot) && slot->number >= since) {
			nr++;
			continue;
		}
		a->forgotten_events += attach_missed(slot);
		memset(slot, 0, sizeof(*slot));
	}
	return nr;
}

/*
 * Make room: threads without an open exit are forgotten; of too many with one,
 * those whose exit is not among the latest that began.
 */
static int rehash(struct attach *a)
{
	size_t size = 64, old_size = a->size, nr = forget(a, 0), i;
	struct attach_slot *old = a->slots;

	hints_clear(&a->hints);
	if (nr > a->most)
		a->most = nr;
	if (nr > ATTACH_MAX && a->later) {
		a->odd = true;
		return -1;
	}
	if (nr > ATTACH_MAX)
		nr = forget(a, a->next_number - ATTACH_MAX / 2);
	while (size < nr * 4)
		size *= 2;
	a->slots = calloc(size, sizeof(*a->slots));
	if (!a->slots) {
		a->slots = old;
		return error("out of memory: %zu threads", size);
	}
	a->size = size;
	a->nr = nr;
	for (i = 0; i < old_size; i++)
		if (must_stay(a, &old[i]))
			*find(a, old[i].tid) = old[i];
	free(old);
	return 0;
}

struct attach_slot *attach_search(struct attach *a, uint32_t tid)
{
	struct attach_slot *slot = a->size ? find(a, tid) : NULL;

	if (!slot || !slot->used)
		return NULL;
	a->hints.at[hints_place(tid)] = slot;
	return slot;
}

struct attach_slot *attach_new(struct attach *a, uint32_t tid)
{
	struct attach_slot *slot;

	if (a->nr * 2 >= a->size && rehash(a) < 0)
		return NULL;
	a->nr++;
	slot = find(a, tid);
	slot->used = true;
	slot->head = a->later;
	slot->tid = tid;
	return slot;
}

void attach_take(const struct attach *a, struct attach_slot *slot,
		 struct attach_slot *to)
{
	*to = *slot;
	to->gap = attach_has_gap(a, slot);
	attach_close(slot);
}

void attach_entry(struct attach *a, uint32_t tid, struct attach_slot *slot)
{
	struct attach_slot *open = attach_find(a, tid);

	if (open)
		attach_take(a, open, slot);
	else
		attach_none(a, slot);
}

uint64_t attach_events(const struct attach *a)
{
	uint64_t n = a->forgotten_events;
	size_t i;

	for (i = 0; i < a->size; i++)
		n += attach_missed(&a->slots[i]);
	return n;
}

void attach_gap(struct attach *a, uint64_t ts)
{
	if (ts > a->gap_end)
		a->gap_end = ts;
}

static int cmp_tid(const void *a, const void *b)
{
	const struct attach_slot *x = a, *y = b;

	return compare_u64(x->tid, y->tid);
}

void attach_end(struct attach *a)
{
	struct attach_slot slot;
	size_t i;

	a->nr = 0;
	for (i = 0; i < a->size; i++) {
		if (!attach_is_open(&a->slots[i]))
			continue;
		attach_take(a, &a->slots[i], &slot);
		a->slots[a->nr++] = slot;
	}
	if (a->nr)
		qsort(a->slots, a->nr, sizeof(*a->slots), cmp_tid);
}

/* The table is made anew before there are four times as many, or 64. */
bool attach_may_forget(const struct attach *a, const struct attach *next)
{
	return 4 * (a->most + next->most) + 128 > ATTACH_MAX;
}

static int join_slot(struct attach *a, const struct attach_slot *slot, bool anew)
{
	struct attach_slot *to = attach_get(a, slot->tid);

	if (!to)
		return -1;
	if (anew || !attach_is_open(to))
		*to = *slot;
	else
		attach_join(to, slot);
	to->head = false;
	return 0;
}

int attach_join_slices(struct attach *a, const struct attach *next,
		       bool (*has_begun)(void *arg, uint32_t tid), void *arg)
{
	const struct attach_slot *slot;
	size_t i;

	for (i = 0; i < next->size; i++) {
		slot = &next->slots[i];
		if (attach_is_open(slot) &&
		    join_slot(a, slot, has_begun(arg, slot->tid)) < 0)
			return -1;
	}
	attach_gap(a, next->gap_end);
	a->most += next->most;
	return 0;
}

void attach_join(struct attach_slot *exit, const struct attach_slot *entry)
{
	exit->gap |= entry->gap;
	exit->events += entry->events;
	exit->elsewhere += entry->elsewhere;
	if (entry->level > exit->level)
		exit->level = entry->level;
	detail_merge(&exit->detail, &entry->detail);
}
