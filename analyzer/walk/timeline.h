/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The time of each vCPU, from its first event to its last: what it was spent on.
 *
 * Events come in the order of time.  Each one charges the time since the vCPU's
 * event before it to one part (times.h), or splits it among several.  So the
 * parts add up whatever the events say: an event that is earlier than the one
 * before it charges nothing, and what cannot be known is charged to "unknown".
 *
 * With stamps, kvm_entry has all parts of the exit it accounts.  What lies
 * between it and the exit TSC of the next one is the guest's.  Time is the TSC.
 *
 * Without, time is that of the events, vCPUs are threads, and there are more
 * events to tell where a thread is after its kvm_exit:
 *
 *	kvm_userspace_exit		KVM_RUN ends: in userspace from here on
 *	kvm_fpu, load 1			until the next KVM_RUN
 *	kvm_vcpu_wakeup			halted, until now and for as long as it says
 *	sched_switch			off the CPU, or back on it
 *
 * As in the kernel's own stamps the outermost counts: a thread that is off the
 * CPU in userspace or while it is halted is in userspace, or halted.  If not all
 * of these events are recorded, what is left of the time from exit to entry is
 * unknown: nothing says that it was spent processing.
 *
 * Lost events: a part of the time that overlaps a gap (gaps.h) is unknown, unless
 * stamps say what it was.
 */
#ifndef ANALYZER_TIMELINE_H
#define ANALYZER_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/gaps.h"
#include "base/times.h"
#include "parse.h"

enum timeline_state {
	TIMELINE_GUEST,
	TIMELINE_KVM,		/* between exit and entry, and none of these: */
	TIMELINE_USER,
	TIMELINE_OFF_CPU,
};

/* Charged since the vCPU's latest state but off the CPU: up to the next one */
struct timeline_piece {
	uint64_t start;
	enum times_part part;
};

struct timeline_vcpu {
	uint32_t vm, vcpu;		/* 0 and the TID, without stamps */
	bool used;
	enum timeline_state state;
	uint64_t first, last;		/* events */
	uint64_t part[TIMES_PARTS];
	struct timeline_piece *pieces;
	size_t nr_pieces, allocated;
};

struct timeline {
	struct timeline_vcpu *vcpus;	/* hash by (vm, vcpu) */
	size_t size, nr;
	bool all_recorded;		/* without stamps: all of the events
					   above, set by the caller */
	struct gaps gaps;
	uint64_t backwards;		/* events earlier than the one before */
};

/* A zeroed struct is an empty one. */
void timeline_release(struct timeline *tl);

/*
 * Stamps; of 0 while the kernel does not count.  These and those below return -1
 * only if memory is short, or there are more vCPUs than VCPUS_MAX.
 */
int timeline_stamped_exit(struct timeline *tl, const struct event_exit *e);
int timeline_stamped_entry(struct timeline *tl, const struct event_entry *e);

/* Events of thread @tid.  It is a vCPU from its first exit or entry on. */
int timeline_exit(struct timeline *tl, uint32_t tid, uint64_t ts);
int timeline_entry(struct timeline *tl, uint32_t tid, uint64_t ts);
void timeline_run_end(struct timeline *tl, uint32_t tid, uint64_t ts);
int timeline_run_begin(struct timeline *tl, uint32_t tid, uint64_t ts);
int timeline_wakeup(struct timeline *tl, uint32_t tid, uint64_t ts,
		    uint64_t halted);
int timeline_switch(struct timeline *tl, uint32_t prev, uint32_t next,
		    uint64_t ts);

/*
 * Extend the time from @first to @last to that of all vCPUs: where time goes back
 * within a CPU, an event may be outside of its first and last one.
 */
void timeline_extend(const struct timeline *tl, uint64_t *first, uint64_t *last);

/*
 * What became of @v in a recording from @first to @last, which no event of it is
 * outside of.
 */
void timeline_get(const struct timeline_vcpu *v, uint64_t first, uint64_t last,
		  struct times *times);

#endif /* ANALYZER_TIMELINE_H */
