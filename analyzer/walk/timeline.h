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
 *	kvm_fpu, load 1			until the next KVM_RUN; where KVM has no such
 *					event, all until the next kvm_entry is unknown
 *	kvm_vcpu_wakeup			halted, until now and for as long as it says; and
 *					whether that was polled as a whole
 *	sched_switch			off the CPU, or back on it
 *
 * As in the kernel's own stamps the outermost counts: a thread that is off the
 * CPU in userspace or while it is halted is in userspace, or halted.  If not all
 * of these events are recorded, what is left of the time from exit to entry is
 * unknown: nothing says that it was spent processing.
 *
 * A window: of time outside of it nothing is charged, and what crosses one of its ends
 * is cut there.  Nobody knows when an exit spent its parts: they are taken to follow
 * each other in the order of timeline_split_exit(), so that the parts of windows that
 * follow each other add up to those of the whole.
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
#include "base/hints.h"
#include "base/times.h"
#include "parse.h"

enum timeline_state {
	TIMELINE_GUEST,
	TIMELINE_KVM,		/* between exit and entry, and none of these: */
	TIMELINE_USER,
	TIMELINE_OFF_CPU,
};

/* What is told of a halt */
enum timeline_halt {
	TIMELINE_HALT_UNTOLD,
	TIMELINE_HALT_POLLED,
	TIMELINE_HALT_SLEPT,
};

/* Charged since the vCPU's latest state but off the CPU: up to the next one */
struct timeline_piece {
	uint64_t start;
	enum times_part part;
};

struct timeline_vcpu {
	uint32_t vm, vcpu;		/* 0 and the TID, without stamps */
	uint32_t number;		/* 0, 1, 2: in the order in which they began */
	bool used;
	enum timeline_state state;
	uint64_t first, last;		/* events */
	uint64_t part[TIMES_PARTS];
	uint64_t polled, slept;		/* of TIMES_HALTED */
	struct timeline_piece *pieces;
	size_t nr_pieces, allocated;
};

struct timeline {
	struct timeline_vcpu *vcpus;	/* hash by (vm, vcpu) */
	size_t size, nr;
	struct hints hints;		/* by vCPU */
	bool all_recorded;		/* without stamps: all of the events
					   above, set by the caller */
	bool no_run_begin;		/* KVM has no kvm_fpu, likewise */
	unsigned int known;		/* parts, as in times.h, likewise; with
					   stamps, too */
	struct gaps gaps;
	uint64_t backwards;		/* events earlier than the one before */
	bool cut;			/* there is a window: */
	uint64_t begin, end;		/* this one, its end exclusive */
};

/* A zeroed struct is an empty one. */
void timeline_release(struct timeline *tl);

/* Slow path of timeline_find() */
struct timeline_vcpu *timeline_search(struct timeline *tl, uint32_t vm,
				      uint32_t vcpu);

/* NULL: it has had no event yet. */
ALWAYS_INLINE struct timeline_vcpu *timeline_find(struct timeline *tl,
						  uint32_t vm, uint32_t vcpu)
{
	const uint64_t key = (uint64_t)vm << 32 | vcpu;
	struct timeline_vcpu *v = tl->hints.at[hints_place(key)];

	return likely(v && v->vm == vm && v->vcpu == vcpu) ?
	       v : timeline_search(tl, vm, vcpu);
}

/*
 * Begin with an event at @ts, the vCPU's first.  NULL: memory is short, or there
 * are more vCPUs than VCPUS_MAX.
 */
struct timeline_vcpu *timeline_begin(struct timeline *tl, uint32_t vm,
				     uint32_t vcpu, uint64_t ts,
				     enum timeline_state state);

/* How much of the time from @from to @to is in the window, if there is one */
static inline uint64_t timeline_inside(const struct timeline *tl, uint64_t from,
				       uint64_t to)
{
	if (!tl->cut)
		return to - from;
	if (from < tl->begin)
		from = tl->begin;
	if (to > tl->end)
		to = tl->end;
	return to > from ? to - from : 0;
}

/* Time up to @ts, less if a gap makes it doubtful; return the part it went to. */
ALWAYS_INLINE enum times_part timeline_charge(struct timeline *tl,
					      struct timeline_vcpu *v,
					      uint64_t ts, enum times_part part)
{
	if (unlikely(ts < v->last)) {
		tl->backwards++;
		return part;
	}
	if (gaps_overlap(&tl->gaps, v->last, ts))
		part = TIMES_UNKNOWN;
	v->part[part] += likely(!tl->cut) ? ts - v->last :
					    timeline_inside(tl, v->last, ts);
	v->last = ts;
	return part;
}

/*
 * Stamps; of 0 while the kernel does not count: then the vCPU's time is unknown
 * until it does.  These and those below return -1 where timeline_begin() fails, or
 * memory is short.
 */
ALWAYS_INLINE int timeline_stamped_exit(struct timeline *tl,
					const struct event_exit *e)
{
	struct timeline_vcpu *v = timeline_find(tl, e->vm, e->vcpu_id);

	if (likely(e->tsc)) {
		if (unlikely(!v))
			v = timeline_begin(tl, e->vm, e->vcpu_id, e->tsc,
					   TIMELINE_KVM);
		if (!v)
			return -1;
		/* An exit after an exit: the entry in between is missing. */
		timeline_charge(tl, v, e->tsc, v->state == TIMELINE_GUEST ?
					       TIMES_GUEST : TIMES_UNKNOWN);
	}
	if (v)
		v->state = TIMELINE_KVM;
	return 0;
}

/* Of what is @left; parts that exceed the whole are cut. */
ALWAYS_INLINE uint64_t timeline_take(uint64_t *left, uint64_t cycles)
{
	if (cycles > *left)
		cycles = *left;
	*left -= cycles;
	return cycles;
}

/* Slow path of timeline_split_exit(): there is a window. */
void timeline_cut_exit(const struct timeline *tl, struct timeline_vcpu *v,
		       const struct event_entry *e);

/* The vCPU is at the exit TSC of @e.  No gap makes this doubtful. */
ALWAYS_INLINE void timeline_split_exit(const struct timeline *tl,
				       struct timeline_vcpu *v,
				       const struct event_entry *e)
{
	uint64_t left = e->tsc - e->exit_tsc;

	if (unlikely(tl->cut)) {
		timeline_cut_exit(tl, v, e);
		return;
	}
	v->part[TIMES_USER] += timeline_take(&left, e->user);
	v->part[TIMES_HALTED] += timeline_take(&left, e->halted);
	v->part[TIMES_OFF_CPU] += timeline_take(&left, e->off_cpu);
	v->part[TIMES_TRACED] += timeline_take(&left, e->traced);
	v->part[TIMES_PROCESSING] += left;
	v->last = e->tsc;
}

/* The same for a stamp that is not 0 */
ALWAYS_INLINE int timeline_charge_entry(struct timeline *tl,
					struct timeline_vcpu *v,
					const struct event_entry *e)
{
	bool is_exit = e->seq && e->exit_tsc <= e->tsc;

	/* An exit that began before the vCPU's first event is not in its time. */
	if (unlikely(!v))
		v = timeline_begin(tl, e->vm, e->vcpu_id, e->tsc,
				   TIMELINE_GUEST);
	if (!v)
		return -1;
	if (is_exit && e->exit_tsc > v->last)
		timeline_charge(tl, v, e->exit_tsc,
				v->state == TIMELINE_GUEST ? TIMES_GUEST :
							     TIMES_UNKNOWN);
	if (likely(is_exit && e->exit_tsc == v->last))
		timeline_split_exit(tl, v, e);
	else
		timeline_charge(tl, v, e->tsc, TIMES_UNKNOWN);
	v->state = TIMELINE_GUEST;
	return 0;
}

ALWAYS_INLINE int timeline_stamped_entry(struct timeline *tl,
					 const struct event_entry *e)
{
	struct timeline_vcpu *v = timeline_find(tl, e->vm, e->vcpu_id);

	if (likely(e->tsc))
		return timeline_charge_entry(tl, v, e);
	if (v)
		v->state = TIMELINE_KVM;
	return 0;
}

/*
 * @charged of an exit's time was halted, of which events say that @polled ns were polled
 * and @slept slept: both, if there were several halts, in that ratio.
 */
void timeline_tell_halt(struct timeline_vcpu *v, uint64_t charged, uint64_t polled,
			uint64_t slept);

/* Events of thread @tid.  It is a vCPU from its first exit or entry on. */
int timeline_exit(struct timeline *tl, uint32_t tid, uint64_t ts);
int timeline_entry(struct timeline *tl, uint32_t tid, uint64_t ts);
void timeline_run_end(struct timeline *tl, uint32_t tid, uint64_t ts);
int timeline_run_begin(struct timeline *tl, uint32_t tid, uint64_t ts);
int timeline_wakeup(struct timeline *tl, uint32_t tid, uint64_t ts,
		    uint64_t halted, enum timeline_halt how);
int timeline_switch(struct timeline *tl, uint32_t prev, uint32_t next,
		    uint64_t ts);

/*
 * Extend the time from @first to @last to that of all vCPUs: where time goes back
 * within a CPU, an event may be outside of its first and last one.
 */
void timeline_extend(const struct timeline *tl, uint64_t *first, uint64_t *last);

/*
 * What became of @v in a recording from @first to @last, which no event of it is
 * outside of, but for the window.
 */
void timeline_get(const struct timeline *tl, const struct timeline_vcpu *v,
		  uint64_t first, uint64_t last, struct times *times);

#endif /* ANALYZER_TIMELINE_H */
