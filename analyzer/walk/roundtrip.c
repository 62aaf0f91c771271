// SPDX-License-Identifier: GPL-2.0
#include "walk/roundtrip.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/vcpus.h"

void roundtrip_release(struct roundtrip *rt)
{
	free(rt->threads);
	gaps_release(&rt->gaps);
	memset(rt, 0, sizeof(*rt));
}

static struct roundtrip_thread *find_thread(const struct roundtrip *rt,
					    uint32_t tid)
{
	size_t mask = rt->size - 1, i;

	for (i = hash_one(tid) & mask; rt->threads[i].used; i = (i + 1) & mask)
		if (rt->threads[i].tid == tid)
			break;
	return &rt->threads[i];
}

static int grow_threads(struct roundtrip *rt)
{
	size_t size = rt->size ? rt->size * 2 : 64, old_size = rt->size, i;
	struct roundtrip_thread *old = rt->threads;

	if (rt->nr >= VCPUS_MAX)
		return error("too many threads: kvm_exit events of more than %u",
			     VCPUS_MAX);
	rt->threads = calloc(size, sizeof(*rt->threads));
	if (!rt->threads) {
		rt->threads = old;
		return error("out of memory: %zu threads", size);
	}
	rt->size = size;
	for (i = 0; i < old_size; i++)
		if (old[i].used)
			*find_thread(rt, old[i].tid) = old[i];
	free(old);
	return 0;
}

/* NULL: there are too many, or memory is short. */
static struct roundtrip_thread *new_thread(struct roundtrip *rt, uint32_t tid)
{
	if (rt->nr * 2 >= rt->size && grow_threads(rt) < 0)
		return NULL;
	rt->nr++;
	return find_thread(rt, tid);
}

/* The thread's open exit is over by @ts, unseen.  Return 1 if it counts. */
static int end_untimed(struct roundtrip *rt, const struct roundtrip_thread *t,
		       uint64_t ts)
{
	if (!rt->alone && gaps_overlap(&rt->gaps, t->ts, ts)) {
		rt->counts.gaps++;
		return 0;
	}
	rt->counts.untimed++;
	rt->untimed = *t;
	return 1;
}

int roundtrip_exit(struct roundtrip *rt, uint32_t tid, uint32_t cpu,
		   uint64_t ts, uint32_t isa, uint64_t code)
{
	struct roundtrip_thread *t = rt->size ? find_thread(rt, tid) : NULL;
	int ret = 0;

	if (unlikely(!t || !t->used)) {
		t = new_thread(rt, tid);
		if (!t)
			return -1;
	}
	if (t->open)
		ret = end_untimed(rt, t, ts);
	*t = (struct roundtrip_thread){ ts, code, tid, cpu, isa, true, true };
	return ret;
}

bool roundtrip_entry(struct roundtrip *rt, uint32_t tid, uint32_t cpu,
		     uint64_t ts, struct roundtrip_interval *interval)
{
	struct roundtrip_thread *t = rt->size ? find_thread(rt, tid) : NULL;

	if (!t || !t->used || !t->open) {
		rt->counts.no_exit++;
		return false;
	}
	t->open = false;
	if (gaps_overlap(&rt->gaps, t->ts, ts)) {
		rt->counts.gaps++;
		return false;
	}
	if (t->cpu != cpu)
		rt->counts.migrated++;
	if (ts < t->ts) {
		rt->counts.backwards++;
		return false;
	}
	interval->length = ts - t->ts;
	interval->isa = t->isa;
	interval->code = t->code;
	return true;
}

bool roundtrip_next_open(struct roundtrip *rt)
{
	struct roundtrip_thread *t;

	while (rt->next_open < rt->size) {
		t = &rt->threads[rt->next_open++];
		if (!t->open)
			continue;
		t->open = false;
		return end_untimed(rt, t, t->ts);
	}
	return false;
}

void roundtrip_finish(struct roundtrip *rt)
{
	size_t i;

	for (i = 0; i < rt->size; i++)
		rt->counts.open += rt->threads[i].open;
}
