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
 * State: 32 bytes for each TID that ever exited.
 */
#ifndef ANALYZER_ROUNDTRIP_H
#define ANALYZER_ROUNDTRIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/gaps.h"
#include "base/hints.h"

struct roundtrip_counts {
	uint64_t no_exit;	/* entries without an open exit */
	uint64_t untimed;	/* exits after which the thread exited again */
	uint64_t open;		/* at the end */
	uint64_t gaps;		/* exits not used: events were lost */
	uint64_t backwards;	/* not used: the entry is before the exit */
	uint64_t migrated;	/* entry on another CPU than the exit */
};

struct roundtrip_thread {
	uint64_t ts, code;
	uint32_t tid, cpu, isa;
	bool used, open;
};

struct roundtrip_interval {
	uint64_t length;
	uint64_t code;		/* of the exit, */
	uint32_t isa;		/* likewise */
};

struct roundtrip {
	struct roundtrip_thread *threads;	/* hash by TID */
	size_t size, nr;
	struct hints hints;	/* by TID */
	size_t next_open;	/* of roundtrip_next_open() */
	struct roundtrip_thread untimed;	/* the latest exit without length */
	struct gaps gaps;
	bool alone;		/* kvm_exit is: there is no kvm_entry */
	struct roundtrip_counts counts;
};

/* A zeroed struct is an empty one. */
void roundtrip_release(struct roundtrip *rt);

/* Slow paths of the next two */
struct roundtrip_thread *roundtrip_search(struct roundtrip *rt, uint32_t tid);
struct roundtrip_thread *roundtrip_new(struct roundtrip *rt, uint32_t tid);
int roundtrip_end_untimed(struct roundtrip *rt,
			  const struct roundtrip_thread *t, uint64_t ts);

/* NULL: it has not exited yet. */
ALWAYS_INLINE struct roundtrip_thread *roundtrip_find(struct roundtrip *rt,
						      uint32_t tid)
{
	struct roundtrip_thread *t = rt->hints.at[hints_place(tid)];

	return likely(t && t->tid == tid) ? t : roundtrip_search(rt, tid);
}

/*
 * Return 1 if the exit that was open is over, and counts, though nothing says
 * how long it took: it is in rt->untimed then.  Return -1 only if memory is
 * short.
 */
ALWAYS_INLINE int roundtrip_exit(struct roundtrip *rt, uint32_t tid,
				 uint32_t cpu, uint64_t ts, uint32_t isa,
				 uint64_t code)
{
	struct roundtrip_thread *t = roundtrip_find(rt, tid);
	int ret = 0;

	if (unlikely(!t))
		t = roundtrip_new(rt, tid);
	if (unlikely(!t))
		return -1;
	if (unlikely(t->open))
		ret = roundtrip_end_untimed(rt, t, ts);
	t->ts = ts;
	t->code = code;
	t->cpu = cpu;
	t->isa = isa;
	t->open = true;
	return ret;
}

/* Return true with @interval if a round trip ends here. */
ALWAYS_INLINE bool roundtrip_entry(struct roundtrip *rt, uint32_t tid,
				   uint32_t cpu, uint64_t ts,
				   struct roundtrip_interval *interval)
{
	struct roundtrip_thread *t = roundtrip_find(rt, tid);

	if (unlikely(!t || !t->open)) {
		rt->counts.no_exit++;
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
bool roundtrip_next_open(struct roundtrip *rt);

/* Count what is open at the end. */
void roundtrip_finish(struct roundtrip *rt);

#endif /* ANALYZER_ROUNDTRIP_H */
