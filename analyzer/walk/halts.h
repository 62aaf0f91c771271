/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Was a halt polled or slept?  kvm_vcpu_wakeup says it where a halt ends; stamps of the
 * kvm_entry behind it say how long it was.  By stamps, an event without one may come
 * long before its turn, so what it says waits for the next kvm_entry of its thread that
 * is later by the trace clock.
 *
 * Memory: 208 bytes for each thread, of at most HALTS_THREADS_MAX; of others, nothing is
 * told, nor of more than HALTS_WAITING halts of one exit.
 */
#ifndef ANALYZER_HALTS_H
#define ANALYZER_HALTS_H

#include "base/table.h"
#include "parse.h"

#define HALTS_WAITING		8u
#define HALTS_THREADS_MAX	131072u

/* ns of halts that were polled as a whole, and of others */
struct halts_told {
	uint64_t polled, slept;
};

struct halts {
	const struct parse *p;
	struct parse_event event;
	struct parse_field pid, ns, waited;
	uint8_t index[65536];		/* by id: for by_time_want() */
	struct halts_thread *threads;
	size_t nr, allocated;		/* nr: 0 if nothing was told at all */
	struct table table;		/* by TID */
};

/* Return -1 after an error.  Release works on a zeroed or failed one. */
int halts_init(struct halts *h, const struct parse *p, const struct source *src);
void halts_release(struct halts *h);

/* A kvm_vcpu_wakeup.  Return -1 only if memory is short. */
int halts_wakeup(struct halts *h, struct subbuf_record rec);

/* A kvm_entry of thread @tid at @ts: what was told of its exit */
struct halts_told halts_entry(struct halts *h, uint32_t tid, uint64_t ts);

/* Events may be missing: what waits may be of an exit before. */
void halts_forget(struct halts *h);

#endif /* ANALYZER_HALTS_H */
