// SPDX-License-Identifier: GPL-2.0
#include "walk/halts.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define NS_MAX	(1ull << 56)	/* of one halt: two years; so no sum overflows */

struct halt {
	uint64_t ts, ns;
	bool slept;
};

struct halts_thread {
	uint32_t tid, nr;
	struct halt halts[HALTS_WAITING];	/* that wait for their kvm_entry */
};

int halts_init(struct halts *h, const struct parse *p, const struct source *src)
{
	const struct parse_wanted wanted[] = {
		{ &h->pid, "common_pid" }, { &h->ns, "ns" },
		{ &h->waited, "waited", NULL, true },
	};

	memset(h, 0, sizeof(*h));
	h->p = p;
	if (parse_lookup(p, src, "kvm", "kvm_vcpu_wakeup", &h->event, wanted,
			 sizeof(wanted) / sizeof(wanted[0])) < 0)
		return -1;
	if (h->event.present && parse_has(h->waited))
		h->index[h->event.id] = 1;
	return 0;
}

void halts_release(struct halts *h)
{
	free(h->threads);
	table_release(&h->table);
	h->threads = NULL;
}

static struct halts_thread *find(const struct halts *h, uint32_t tid)
{
	uint64_t at = hash_one(tid);
	uint32_t i;

	while (table_next(&h->table, &at, &i))
		if (h->threads[i].tid == tid)
			return &h->threads[i];
	return NULL;
}

static int begin(struct halts *h, uint32_t tid)
{
	if (array_room(h->threads, h->nr, h->allocated, "threads that halt") < 0 ||
	    table_add(&h->table, hash_one(tid), h->nr, "threads that halt") < 0)
		return -1;
	h->threads[h->nr++] = (struct halts_thread){ .tid = tid };
	return 0;
}

int halts_wakeup(struct halts *h, struct subbuf_record rec)
{
	uint64_t ns;
	uint32_t tid;
	struct halts_thread *t;

	if (rec.len < h->event.min_len)
		return 0;
	tid = parse_get(rec.data, h->pid);
	ns = parse_get(rec.data, h->ns);
	t = find(h, tid);
	if (!t && h->nr == HALTS_THREADS_MAX)
		return 0;
	if (!t && begin(h, tid) < 0)
		return -1;
	t = t ? t : &h->threads[h->nr - 1];
	if (t->nr < HALTS_WAITING)
		t->halts[t->nr++] = (struct halt){ rec.ts, ns < NS_MAX ? ns : NS_MAX,
						   parse_get(rec.data, h->waited) };
	return 0;
}

struct halts_told halts_entry(struct halts *h, uint32_t tid, uint64_t ts)
{
	struct halts_told told = { 0, 0 };
	struct halts_thread *t = find(h, tid);
	const struct halt *halt;
	uint32_t i, left = 0;

	if (!t)
		return told;
	for (i = 0; i < t->nr; i++) {
		halt = &t->halts[i];
		if (halt->ts > ts)
			t->halts[left++] = *halt;
		else if (halt->slept)
			told.slept += halt->ns ? halt->ns : 1;
		else
			told.polled += halt->ns ? halt->ns : 1;
	}
	t->nr = left;
	return told;
}

void halts_forget(struct halts *h)
{
	size_t i;

	for (i = 0; i < h->nr; i++)
		h->threads[i].nr = 0;
}
