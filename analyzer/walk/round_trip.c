// SPDX-License-Identifier: GPL-2.0
#include "walk/round_trip.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/vcpus.h"

void round_trip_release(struct round_trip *rt)
{
	free(rt->threads);
	gaps_release(&rt->gaps);
	memset(rt, 0, sizeof(*rt));
}

static struct round_trip_thread *find_thread(const struct round_trip *rt,
					    uint32_t tid)
{
	size_t mask = rt->size - 1, i;

	for (i = hash_one(tid) & mask; rt->threads[i].used; i = (i + 1) & mask)
		if (rt->threads[i].tid == tid)
			break;
	return &rt->threads[i];
}

static int grow_threads(struct round_trip *rt)
{
	size_t size = rt->size ? rt->size * 2 : 64, old_size = rt->size, i;
	struct round_trip_thread *old = rt->threads;

	if (rt->nr >= VCPUS_MAX)
		return error("too many threads: kvm_exit events of more than %u",
			     VCPUS_MAX);
	rt->threads = calloc(size, sizeof(*rt->threads));
	if (!rt->threads) {
		rt->threads = old;
		return error("out of memory: %zu threads", size);
	}
	rt->size = size;
	hints_clear(&rt->hints);
	for (i = 0; i < old_size; i++)
		if (old[i].used)
			*find_thread(rt, old[i].tid) = old[i];
	free(old);
	return 0;
}

struct round_trip_thread *round_trip_search(struct round_trip *rt, uint32_t tid)
{
	struct round_trip_thread *t = rt->size ? find_thread(rt, tid) : NULL;

	if (!t || !t->used)
		return NULL;
	rt->hints.at[hints_place(tid)] = t;
	return t;
}

/* NULL: there are too many, or memory is short. */
struct round_trip_thread *round_trip_new(struct round_trip *rt, uint32_t tid)
{
	struct round_trip_thread *t;

	if (rt->nr * 2 >= rt->size && grow_threads(rt) < 0)
		return NULL;
	rt->nr++;
	t = find_thread(rt, tid);
	t->tid = tid;
	t->used = true;
	return t;
}

/* The thread's open exit is over by @ts, unseen.  Return 1 if it counts. */
int round_trip_end_untimed(struct round_trip *rt,
			  const struct round_trip_thread *t, uint64_t ts)
{
	if (!rt->alone && gaps_overlap(&rt->gaps, t->ts, ts)) {
		rt->counts.gaps++;
		return 0;
	}
	rt->counts.untimed++;
	rt->untimed = *t;
	return 1;
}

bool round_trip_next_open(struct round_trip *rt)
{
	struct round_trip_thread *t;

	while (rt->next_open < rt->size) {
		t = &rt->threads[rt->next_open++];
		if (!t->open)
			continue;
		t->open = false;
		return round_trip_end_untimed(rt, t, t->ts);
	}
	return false;
}

void round_trip_finish(struct round_trip *rt)
{
	size_t i;

	for (i = 0; i < rt->size; i++)
		rt->counts.open += rt->threads[i].open;
}
