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
	free(rt->heads);
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

	/* Of a slice, some have not exited: who reads all will tell. */
	if (rt->nr >= VCPUS_MAX && rt->later) {
		rt->odd = true;
		return -1;
	}
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
static struct round_trip_thread *new_thread(struct round_trip *rt, uint32_t tid)
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

static int note_head(struct round_trip *rt, const struct round_trip_head *head)
{
	size_t size = rt->heads_allocated ? rt->heads_allocated * 2 : 64;
	struct round_trip_head *heads = rt->heads;

	if (rt->nr_heads == rt->heads_allocated) {
		heads = realloc(heads, size * sizeof(*heads));
		if (!heads)
			return error("out of memory: %zu threads", size);
		rt->heads = heads;
		rt->heads_allocated = size;
	}
	heads[rt->nr_heads++] = *head;
	return 0;
}

int round_trip_first_exit(struct round_trip *rt, uint32_t tid, uint32_t cpu,
			  uint64_t ts, uint32_t isa, uint64_t code)
{
	const struct round_trip_head head = {
		.ts = ts, .code = code, .tid = tid, .cpu = cpu, .isa = isa,
		.is_exit = true,
	};
	struct round_trip_thread *t = new_thread(rt, tid);

	if (!t)
		return -1;
	t->ts = ts;
	t->code = code;
	t->cpu = cpu;
	t->isa = isa;
	t->open = true;
	if (!rt->later)
		return 0;
	return note_head(rt, &head) < 0 ? -1 : ROUND_TRIP_HEAD;
}

/* @known: the thread has had an event; if not, it may be in its exit. */
void round_trip_lone_entry(struct round_trip *rt, bool known, uint32_t tid,
			   uint32_t cpu, uint64_t ts)
{
	const struct round_trip_head head = { .ts = ts, .tid = tid, .cpu = cpu };
	struct round_trip_thread *t;

	if (known || !rt->later) {
		rt->counts.no_exit++;
		return;
	}
	t = new_thread(rt, tid);
	if (t)
		t->cpu = ROUND_TRIP_NO_CPU;
	if (!t || note_head(rt, &head) < 0)
		rt->odd = true;
}

int round_trip_join_gaps(struct round_trip *rt, const struct round_trip *next)
{
	size_t i;

	for (i = 0; i < next->gaps.nr; i++)
		if (gaps_add(&rt->gaps, next->gaps.list[i].begin,
			     next->gaps.list[i].end) < 0)
			return -1;
	return 0;
}

static int join_thread(struct round_trip *rt, const struct round_trip_thread *t)
{
	struct round_trip_thread *to = round_trip_find(rt, t->tid);

	if (!to)
		to = new_thread(rt, t->tid);
	if (!to)
		return -1;
	*to = *t;
	return 0;
}

static void add_counts(struct round_trip_counts *to,
		       const struct round_trip_counts *n)
{
	to->no_exit += n->no_exit;
	to->untimed += n->untimed;
	to->open += n->open;
	to->gaps += n->gaps;
	to->backwards += n->backwards;
	to->migrated += n->migrated;
}

int round_trip_join(struct round_trip *rt, const struct round_trip *next)
{
	const struct round_trip_thread *t;
	size_t i;

	for (i = 0; i < next->size; i++) {
		t = &next->threads[i];
		if (t->used && (t->open || t->cpu != ROUND_TRIP_NO_CPU) &&
		    join_thread(rt, t) < 0)
			return -1;
	}
	add_counts(&rt->counts, &next->counts);
	return 0;
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
