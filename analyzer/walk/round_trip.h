/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exit + entry of an unpatched kernel -> one round trip, by time stamps.
 *
 * Events come in the order of time over all CPUs.  A kvm_exit opens an interval
 * of its thread (the host's TID: a vcpu_id is not unique), the thread's next
 * kvm_entry closes it.  An exit after an exit is the end of the open one, of which
 * it is not known how long it took: kernels re-enter from their fast path without
 * a kvm_entry.  An entry without an open exit is counted.
 *
 * Lost events: no interval that overlaps a gap is used (see gaps.h).  Without any
 * kvm_entry each exit counts by itself, and no gap can change that.
 *
 * A later slice of time (slices.h) does not know what was open when it began.  So
 * the first event of each thread is noted, as a head, and counts nothing; whoever
 * knows the slices before has it happen there.
 *
 * State: 32 bytes for each TID that ever exited, and 40 for each head.
 */
#ifndef ANALYZER_ROUND_TRIP_H
#define ANALYZER_ROUND_TRIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/gaps.h"
#include "base/hints.h"

struct round_trip_counts {
	uint64_t no_exit;	/* entries without an open exit */
	uint64_t untimed;	/* exits after which the thread exited again */
	uint64_t open;		/* at the end */
	uint64_t gaps;		/* exits not used: events were lost */
	uint64_t backwards;	/* not used: the entry is before the exit */
	uint64_t migrated;	/* entry on another CPU than the exit */
};

struct round_trip_thread {
	uint64_t ts, code;
	uint32_t tid, cpu, isa;
	bool used, open;
};

/* Of a thread that has not exited in this slice */
#define ROUND_TRIP_NO_CPU	UINT32_MAX

/* The first event of a thread in a later slice */
struct round_trip_head {
	uint64_t ts, code;
	uint32_t tid, cpu, isa;
	bool is_exit;			/* or else an entry, without code and isa */
};

struct round_trip_interval {
	uint64_t length;
	uint64_t code;		/* of the exit, */
	uint32_t isa;		/* likewise */
};

struct round_trip {
	struct round_trip_thread *threads;	/* hash by TID */
	size_t size, nr;
	struct hints hints;	/* by TID */
	size_t next_open;	/* of round_trip_next_open() */
	struct round_trip_thread untimed;	/* the latest exit without length */
	struct gaps gaps;
	bool alone;		/* kvm_exit is: there is no kvm_entry */
	bool later;		/* a slice that is not the first one */
	bool odd;		/* it has more threads than can be */
	struct round_trip_head *heads;
	size_t nr_heads, heads_allocated;
	struct round_trip_counts counts;
};

#define ROUND_TRIP_HEAD	2	/* the event was noted */

/* A zeroed struct is an empty one. */
void round_trip_release(struct round_trip *rt);

/* Slow paths of the next two */
struct round_trip_thread *round_trip_search(struct round_trip *rt, uint32_t tid);
int round_trip_first_exit(struct round_trip *rt, uint32_t tid, uint32_t cpu,
			  uint64_t ts, uint32_t isa, uint64_t code);
void round_trip_lone_entry(struct round_trip *rt, bool known, uint32_t tid,
			   uint32_t cpu, uint64_t ts);
int round_trip_end_untimed(struct round_trip *rt,
			  const struct round_trip_thread *t, uint64_t ts);

/* NULL: it has not exited yet. */
ALWAYS_INLINE struct round_trip_thread *round_trip_find(struct round_trip *rt,
						      uint32_t tid)
{
	struct round_trip_thread *t = rt->hints.at[hints_place(tid)];

	return likely(t && t->tid == tid) ? t : round_trip_search(rt, tid);
}

/*
 * Return 1 if the exit that was open is over, and counts, though nothing says
 * how long it took: it is in rt->untimed then.  Return ROUND_TRIP_HEAD if that is
 * for the slice before to say.  Return -1 only if memory is short.
 */
ALWAYS_INLINE int round_trip_exit(struct round_trip *rt, uint32_t tid,
				 uint32_t cpu, uint64_t ts, uint32_t isa,
				 uint64_t code)
{
	struct round_trip_thread *t = round_trip_find(rt, tid);
	int ret = 0;

	if (unlikely(!t))
		return round_trip_first_exit(rt, tid, cpu, ts, isa, code);
	if (unlikely(t->open))
		ret = round_trip_end_untimed(rt, t, ts);
	t->ts = ts;
	t->code = code;
	t->cpu = cpu;
	t->isa = isa;
	t->open = true;
	return ret;
}

/* Return true with @interval if a round trip ends here. */
ALWAYS_INLINE bool round_trip_entry(struct round_trip *rt, uint32_t tid,
				   uint32_t cpu, uint64_t ts,
				   struct round_trip_interval *interval)
{
	struct round_trip_thread *t = round_trip_find(rt, tid);

	if (unlikely(!t || !t->open)) {
		round_trip_lone_entry(rt, t, tid, cpu, ts);
		return false;
	}
	t->open = false;
	if (unlikely(gaps_overlap(&rt->gaps, t->ts, ts))) {
		rt->counts.gaps++;
		return false;
	}
	rt->counts.migrated += t->cpu != cpu;
	if (unlikely(ts < t->ts)) {
		rt->counts.backwards++;
		return false;
	}
	interval->length = ts - t->ts;
	interval->isa = t->isa;
	interval->code = t->code;
	return true;
}

/* At the end, without kvm_entry: what is open counts, one after the other. */
bool round_trip_next_open(struct round_trip *rt);

/*
 * The heads of @next, which begins where @rt ended, have happened in @rt: take over
 * its gaps before that, and its threads and counts after it.  Return -1 if memory is
 * short, or there are too many threads.
 */
int round_trip_join_gaps(struct round_trip *rt, const struct round_trip *next);
int round_trip_join(struct round_trip *rt, const struct round_trip *next);

/* Count what is open at the end. */
void round_trip_finish(struct round_trip *rt);

#endif /* ANALYZER_ROUND_TRIP_H */
