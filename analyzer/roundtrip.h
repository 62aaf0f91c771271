/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exit + entry of an unpatched kernel -> one round trip, by time stamps.
 *
 * Events come in the order of time over all CPUs.  A kvm_exit opens an interval
 * of its thread (the host's TID: a vcpu_id is not unique), the thread's next
 * kvm_entry closes it.  An exit after an exit replaces the open one; an entry
 * without an open exit is counted.
 *
 * Lost events: while events of any CPU are missing, a thread may have been on
 * that CPU, entered, exited and come back.  No interval that overlaps such a
 * gap is used.
 *
 * State: 32 bytes for each TID that ever exited.
 */
#ifndef ANALYZER_ROUNDTRIP_H
#define ANALYZER_ROUNDTRIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct roundtrip_counts {
	uint64_t no_exit;	/* entries without an open exit */
	uint64_t no_entry;	/* exits after which the thread exited again */
	uint64_t open;		/* at the end */
	uint64_t gaps;		/* round trips not used: events were lost */
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
	uint64_t gap_end;	/* events may be missing before this time */
	bool gap;
	struct roundtrip_counts counts;
};

/* A zeroed struct is an empty one. */
void roundtrip_release(struct roundtrip *rt);

/* Events that precede @ts, but not the one that was seen last, are missing. */
void roundtrip_gap(struct roundtrip *rt, uint64_t ts);

/* Return -1 only if memory is short. */
int roundtrip_exit(struct roundtrip *rt, uint32_t tid, uint32_t cpu,
		   uint64_t ts, uint32_t isa, uint64_t code);

/* Return true with @interval if a round trip ends here. */
bool roundtrip_entry(struct roundtrip *rt, uint32_t tid, uint32_t cpu,
		     uint64_t ts, struct roundtrip_interval *interval);

/* Count what is open at the end. */
void roundtrip_finish(struct roundtrip *rt);

#endif /* ANALYZER_ROUNDTRIP_H */
