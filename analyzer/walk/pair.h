/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exit + entry of a patched kernel -> one accounted exit.
 *
 * kvm_entry has all figures; pair_sample() computes the cycles.  A kvm_exit
 * that was recorded too is joined to it by (vm, vcpu_id, exit_tsc), which needs
 * no order between CPUs.
 *
 * Each per-CPU stream has a struct pair_stream with the open exit of each vCPU
 * that was on this CPU; usually the vCPU's next entry is in the same stream and
 * takes it.  What does not fit is left for pair_resolve(), at the end of a window:
 * entries whose exit is in another stream, and exits that were displaced
 * by a later exit of their vCPU.
 *
 * When may a displaced exit be given up?  Its entry happened before the exit
 * that displaced it.  Entries are numbered in the order of time, so an entry
 * that the stream accounts after that has a higher number; once the window that
 * holds this one is full, all lower numbers have been seen in every stream.
 * That is what @ripe counts.
 *
 * What stays open is one exit for each vCPU, and at most one more for each that
 * lost its entry on another CPU.
 *
 * Of a recording that is read in slices (number_slices.h), each slice has streams of
 * its own.  The exit of an entry may be in a slice before: so a later one keeps the
 * first 16384 of its entries that find none, more than there are vCPUs, for
 * pair_finish(), which has the streams of all slices.  Each stream keeps, too, which
 * vCPUs exited there: an exit in the stream before it is not open any more.
 */
#ifndef ANALYZER_PAIR_H
#define ANALYZER_PAIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/hash.h"
#include "parse.h"
#include "stats.h"

struct pair_counts {
	uint64_t joined;	/* exits that found their entry */
	uint64_t no_exit;	/* entries whose kvm_exit is not recorded */
	uint64_t no_entry;	/* exits whose kvm_entry is not recorded, or
				   did not account */
	uint64_t open;		/* exits without an entry at the end */
	uint64_t mismatch;	/* reason or ISA of exit and entry differ */
};

enum pair_state {
	PAIR_FREE,		/* a slot that was never used */
	PAIR_DONE,		/* joined, or given up */
	PAIR_OPEN,
};

struct pair_exit {
	uint64_t tsc;
	uint64_t vcpu;		/* pair_vcpu() */
	uint64_t reason;	/* pair_reason() */
	enum pair_state state;
};

struct pair_list {
	struct pair_exit *items;
	size_t nr, allocated;
};

struct pair_stream {
	struct pair_exit *slots;	/* hash by vCPU */
	size_t mask;			/* their number - 1 */
	size_t room;			/* how many more may be used */
	struct pair_list displaced;
	size_t ripe;			/* of displaced, from the first one on */
	struct pair_list entries;	/* whose exit was not in this stream */
	size_t noted;			/* see pair_note() */
	bool later;			/* of a slice that is not the first one */
	struct pair_list kept;		/* its entries whose exit may be before it */
	struct pair_list first;		/* what ends an exit before it: vCPUs */
	struct pair_counts counts;
};

/* Both are needed, also if the stream has no exits. */
void pair_init(struct pair_stream *ps);
void pair_release(struct pair_stream *ps);

ALWAYS_INLINE uint64_t pair_vcpu(uint32_t vm, uint32_t vcpu_id)
{
	return (uint64_t)vm << 32 | vcpu_id;
}

ALWAYS_INLINE uint64_t pair_reason(uint32_t isa, uint32_t code)
{
	return (uint64_t)isa << 32 | code;
}

/* The slot of the vCPU, or the free one for it.  The table is never full. */
ALWAYS_INLINE struct pair_exit *pair_slot(const struct pair_stream *ps,
					  uint64_t vcpu)
{
	size_t i = hash_quick(vcpu);

	while (ps->slots[i & ps->mask].vcpu != vcpu &&
	       ps->slots[i & ps->mask].state != PAIR_FREE)
		i++;
	return &ps->slots[i & ps->mask];
}

/*
 * Slow paths of pair_add_exit() and pair_add_entry(); by value, so that @x need
 * not be in memory on the fast ones.
 */
int pair_take_slot(struct pair_stream *ps, struct pair_exit x);
int pair_displace(struct pair_stream *ps, struct pair_exit x);
int pair_defer_entry(struct pair_stream *ps, struct pair_exit x);

/* Return -1 only if memory is short. */
ALWAYS_INLINE int pair_add_exit(struct pair_stream *ps,
				const struct event_exit *e)
{
	struct pair_exit x = { e->tsc, pair_vcpu(e->vm, e->vcpu_id),
			       pair_reason(e->isa, e->code), PAIR_OPEN };
	struct pair_exit *slot = pair_slot(ps, x.vcpu);

	if (__builtin_expect(slot->state != PAIR_DONE, 0)) {
		if (slot->state == PAIR_FREE)
			return pair_take_slot(ps, x);
		if (pair_displace(ps, *slot) < 0)
			return -1;
	}
	*slot = x;
	return 0;
}

ALWAYS_INLINE int pair_add_entry(struct pair_stream *ps,
				 const struct event_entry *e)
{
	struct pair_exit x = { e->exit_tsc, pair_vcpu(e->vm, e->vcpu_id),
			       pair_reason(e->isa, e->code), PAIR_OPEN };
	struct pair_exit *slot = pair_slot(ps, x.vcpu);

	ps->ripe = ps->displaced.nr;
	if (__builtin_expect(slot->state != PAIR_OPEN || slot->tsc != x.tsc, 0))
		return pair_defer_entry(ps, x);
	slot->state = PAIR_DONE;
	ps->counts.joined++;
	ps->counts.mismatch += slot->reason != x.reason;
	return 0;
}

/* An entry that accounts nothing ends its vCPU's open exit.  Return as above. */
int pair_drop(struct pair_stream *ps, uint32_t vm, uint32_t vcpu_id);

/*
 * The window is full, and @ps was in it.  In @waiting, keep how many entries and
 * ripe exits of all streams wait to be joined.
 */
static inline void pair_note(struct pair_stream *ps, size_t *waiting)
{
	size_t now = ps->entries.nr + ps->ripe;

	*waiting += now - ps->noted;
	ps->noted = now;
}

/*
 * Join across all @nr streams, if so many wait for it that it is worth a look at
 * each vCPU of each stream.  Others wait on: windows of a few exits each, which
 * a hostile recording has, would take it too long.
 */
int pair_resolve(struct pair_stream *streams, size_t nr, size_t *waiting,
		 struct pair_counts *counts);

/*
 * All streams have ended: join the rest.  There are @nr, slice after slice, of which
 * each has @in_slice.
 */
int pair_finish(struct pair_stream *streams, size_t nr, size_t in_slice,
		struct pair_counts *counts);

/*
 * Cycles of an exit: what is left between the stamps.  The subtraction is over
 * the integers: hostile or unsynchronized stamps cannot wrap around, as what
 * exceeds 64 bits is less than nothing in the end.
 */
ALWAYS_INLINE void pair_sample(const struct event_entry *e,
			       struct stats_sample *s)
{
	uint64_t between, parts;
	bool wrong;

	wrong = __builtin_sub_overflow(e->tsc, e->exit_tsc, &between);
	wrong |= __builtin_add_overflow(e->user, e->halted, &parts);
	wrong |= __builtin_add_overflow(parts, e->off_cpu, &parts);
	wrong |= __builtin_add_overflow(parts, e->traced, &parts);
	s->backwards = wrong || between < parts;
	s->cycles = s->backwards ? 0 : between - parts;
	s->user = e->user;
	s->halted = e->halted;
	s->off_cpu = e->off_cpu;
	s->untimed = false;
}

#endif /* ANALYZER_PAIR_H */
