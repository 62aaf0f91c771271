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

/* A slot keeps its TID, and its place, when it is no longer in use. */
static bool is_open(const struct attach_slot *slot)
{
	return slot->has_exit || slot->events;
}

static struct attach_slot *find(const struct attach *a, uint32_t tid)
{
	size_t mask = a->size - 1, i;

	for (i = hash_one(tid) & mask; a->slots[i].used; i = (i + 1) & mask)
		if (a->slots[i].tid == tid)
			break;
	return &a->slots[i];
}

/* How many are open, but for those that began before number @since */
static size_t forget(struct attach *a, uint64_t since)
{
	struct attach_slot *slot;
	size_t nr = 0, i;

	for (i = 0; i < a->size; i++) {
		slot = &a->slots[i];
		if (is_open(slot) && slot->number >= since) {
			nr++;
			continue;
		}
		a->forgotten_events += slot->events;
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
		if (is_open(&old[i]))
			*find(a, old[i].tid) = old[i];
	free(old);
	return 0;
}

static void begin(struct attach *a, struct attach_slot *slot)
{
	slot->ts = a->now;
	slot->number = a->next_number++;
}

static struct attach_slot *get(struct attach *a, uint32_t tid)
{
	struct attach_slot *slot;

	if (a->nr * 2 >= a->size && rehash(a) < 0)
		return NULL;
	slot = find(a, tid);
	if (!slot->used)
		a->nr++;
	slot->used = true;
	slot->tid = tid;
	return slot;
}

/* Gaps that are known by now are all that can matter: it ends here. */
static void take(const struct attach *a, struct attach_slot *slot,
		 struct attach_slot *to)
{
	*to = *slot;
	to->gap = (is_open(slot) ? slot->ts : a->now) < a->gap_end;
	memset(slot, 0, sizeof(*slot));
	slot->tid = to->tid;
	slot->used = true;
}

struct attach_slot *attach_exit(struct attach *a, uint32_t tid,
				struct attach_slot *old)
{
	struct attach_slot *slot = get(a, tid);

	if (!slot)
		return NULL;
	take(a, slot, old);
	slot->has_exit = true;
	begin(a, slot);
	return slot;
}

int attach_event(struct attach *a, uint32_t tid, const struct detail *d)
{
	struct attach_slot *slot = get(a, tid);

	if (!slot)
		return -1;
	if (!is_open(slot))
		begin(a, slot);
	slot->events++;
	detail_merge(&slot->detail, d);
	return 0;
}

void attach_entry(struct attach *a, uint32_t tid, struct attach_slot *slot)
{
	struct attach_slot *open = a->size ? find(a, tid) : NULL;

	if (open && open->used)
		take(a, open, slot);
	else
		*slot = (struct attach_slot){ .gap = a->now < a->gap_end };
}

uint64_t attach_events(const struct attach *a)
{
	uint64_t n = a->forgotten_events;
	size_t i;

	for (i = 0; i < a->size; i++)
		n += a->slots[i].events;
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
		if (!is_open(&a->slots[i]))
			continue;
		take(a, &a->slots[i], &slot);
		a->slots[a->nr++] = slot;
	}
	if (a->nr)
		qsort(a->slots, a->nr, sizeof(*a->slots), cmp_tid);
}

void attach_join(struct attach_slot *exit, const struct attach_slot *entry)
{
	exit->gap |= entry->gap;
	exit->events += entry->events;
	detail_merge(&exit->detail, &entry->detail);
}

void attach_finish(struct attach_slot *slot)
{
	if (!slot->has_exit || (slot->gap && !detail_is_final(&slot->detail)))
		slot->detail = (struct detail){ .kind = DETAIL_UNKNOWN,
						.flags = slot->detail.flags };
}
