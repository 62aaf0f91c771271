/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The events inside an exit -> the exit.
 *
 * Events come in the order of time.  Each belongs to the open exit of its
 * thread.  A slot has what is known since the thread's last kvm_entry: its
 * kvm_exit, and the detail that it and the events so far make.
 *
 * Lost events: a gap is known when the record behind it is read ahead, long
 * before its turn has come.  What began before the end of a gap and was open
 * then, or began since, may lack events; so one time is enough to tell, however
 * many slots and gaps there are.
 *
 * State: 112 bytes for each thread with an open exit, in a table of at most four
 * times as many.  A vCPU that ends leaves its last exit open, so there may be any
 * number; those that few hosts can have at once are kept.
 */
#ifndef ANALYZER_ATTACH_H
#define ANALYZER_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/hints.h"
#include "event/detail.h"
#include "event/inside.h"
#include "event/level.h"

/*
 * Beyond, threads are forgotten whose exit is not among the latest half as many
 * that began.  If it goes on nevertheless, nothing is known of that exit.
 */
#define ATTACH_MAX	65536u

struct attach_slot {
	uint32_t tid;
	bool used, has_exit;
	bool head;		/* of a later slice: no exit or entry yet */
	bool gap;		/* events of it may be lost */
	uint32_t events;	/* but kvm_exit */
	uint32_t elsewhere;	/* of these, that belong in no exit, too */
	uint32_t vm, vcpu, isa;	/* of the kvm_exit, */
	uint16_t level;		/* enum level; the higher one that is told stays */
	uint64_t code;		/* if there is one: */
	uint64_t tsc, rip;	/* all this */
	uint64_t ts;		/* of the first event */
	uint64_t number;	/* in the order in which they began */
	struct detail detail;
};

/* A zeroed struct is an empty one. */
struct attach {
	struct attach_slot *slots;	/* hash by TID */
	size_t size, nr;
	struct hints hints;	/* by TID */
	uint64_t now;		/* of the event to come; 0: gaps do not matter */
	uint64_t gap_end;	/* events may be missing before this time */
	uint64_t next_number;
	uint64_t forgotten_events;
	size_t most;		/* open slots when room was made */
	bool later;		/* a slice of time that is not the first one: all
				   threads are kept, and none has had an exit */
	bool odd;		/* there are too many for that */
};

void attach_release(struct attach *a);

/* A slot keeps its TID, and its place, when it is no longer in use. */
ALWAYS_INLINE bool attach_is_open(const struct attach_slot *slot)
{
	return slot->has_exit || slot->events;
}

/* Events of @slot that should be inside an exit */
ALWAYS_INLINE uint32_t attach_missed(const struct attach_slot *slot)
{
	return slot->events - slot->elsewhere;
}

/* Slow paths of the next two */
struct attach_slot *attach_search(struct attach *a, uint32_t tid);
struct attach_slot *attach_new(struct attach *a, uint32_t tid);

/* The thread's slot, open or not; NULL if it has none */
ALWAYS_INLINE struct attach_slot *attach_find(struct attach *a, uint32_t tid)
{
	struct attach_slot *slot = a->hints.at[hints_place(tid)];

	return likely(slot && slot->tid == tid) ? slot : attach_search(a, tid);
}

/* NULL only if memory is short */
ALWAYS_INLINE struct attach_slot *attach_get(struct attach *a, uint32_t tid)
{
	struct attach_slot *slot = attach_find(a, tid);

	return likely(slot) ? slot : attach_new(a, tid);
}

/*
 * The first exit or entry of the thread in a later slice: what is in @slot goes on
 * from the slice before.
 */
ALWAYS_INLINE bool attach_is_head(const struct attach_slot *slot)
{
	return unlikely(slot->head);
}

/* The first event of @slot */
ALWAYS_INLINE void attach_begin(struct attach *a, struct attach_slot *slot)
{
	slot->ts = a->now;
	slot->number = a->next_number++;
}

/*
 * May events of @slot be lost, if it ends here?  Gaps that are known by now are all
 * that can matter.
 */
ALWAYS_INLINE bool attach_has_gap(const struct attach *a,
				  const struct attach_slot *slot)
{
	return (attach_is_open(slot) ? slot->ts : a->now) < a->gap_end;
}

/* @slot is no longer open. */
ALWAYS_INLINE void attach_close(struct attach_slot *slot)
{
	slot->has_exit = false;
	slot->events = 0;
	slot->elsewhere = 0;
	slot->rip = 0;
	slot->level = LEVEL_NONE;
	slot->detail = (struct detail){ .kind = DETAIL_NONE };
}

/* @slot ends here: it is moved to @to. */
void attach_take(const struct attach *a, struct attach_slot *slot,
		 struct attach_slot *to);

/* There was none: @slot is empty. */
ALWAYS_INLINE void attach_none(const struct attach *a, struct attach_slot *slot)
{
	attach_close(slot);
	slot->gap = a->now < a->gap_end;
}

/*
 * A kvm_exit begins a slot.  Return it to be filled in, with what it was before
 * in @old; NULL only if memory is short.
 */
ALWAYS_INLINE struct attach_slot *attach_exit(struct attach *a, uint32_t tid,
					      struct attach_slot *old)
{
	struct attach_slot *slot = attach_get(a, tid);

	if (unlikely(!slot))
		return NULL;
	if (unlikely(attach_is_open(slot)))
		attach_take(a, slot, old);
	else
		attach_none(a, old);
	slot->has_exit = true;
	attach_begin(a, slot);
	return slot;
}

/*
 * An event inside an exit begins the slot, or belongs to it: its detail is still to
 * be merged.  NULL only if memory is short.
 */
ALWAYS_INLINE struct attach_slot *attach_inside(struct attach *a, uint32_t tid)
{
	struct attach_slot *slot = attach_get(a, tid);

	if (likely(slot)) {
		if (unlikely(!slot->has_exit) && !slot->events)
			attach_begin(a, slot);
		slot->events++;
	}
	return slot;
}

/*
 * Any event but kvm_exit and kvm_entry, decoded if it tells more than what is
 * known.  Return -1 only if memory is short.
 */
ALWAYS_INLINE int attach_record(struct attach *a, const struct inside *in,
				struct subbuf_record rec)
{
	const enum detail_kind kind = inside_kind(in, &rec);
	struct attach_slot *slot;

	if (unlikely(kind == DETAIL_NONE))
		return 0;
	a->now = rec.ts;
	slot = attach_inside(a, parse_pid(in->p, &rec));
	if (unlikely(!slot))
		return -1;
	/* An APIC accepts from whoever sends: devices, other vCPUs, the VMM. */
	slot->elsewhere += kind == DETAIL_ACCEPTED;
	if (unlikely(kind == DETAIL_NESTED))
		slot->level = LEVEL_L2;
	inside_merge(in, &rec, kind, &slot->detail);
	return 0;
}

/* A kvm_entry ends the thread's slot: it is moved to @slot. */
void attach_entry(struct attach *a, uint32_t tid, struct attach_slot *slot);

/* How many events are in slots that are still open, or were forgotten */
uint64_t attach_events(const struct attach *a);

/* Events that precede @ts, but not the one that was seen last, are missing. */
void attach_gap(struct attach *a, uint64_t ts);

/*
 * All has been read.  What is still open is moved to the first a->nr slots, in
 * the order of TIDs; after that, only attach_release() is allowed.
 */
void attach_end(struct attach *a);

/*
 * @next began where @a ended: could it be that one that had had all events would
 * have forgotten some?
 */
bool attach_may_forget(const struct attach *a, const struct attach *next);

/*
 * What is open at the end of @next.  @has_begun: says of a thread whether its slot
 * there began anew, or is more of what is in @a.  Return -1 only if memory is short.
 */
int attach_join_slices(struct attach *a, const struct attach *next,
		       bool (*has_begun)(void *arg, uint32_t tid), void *arg);

/* The two halves of an exit as one */
void attach_join(struct attach_slot *exit, const struct attach_slot *entry);

/* What is known of an exit once it is complete */
ALWAYS_INLINE void attach_finish(struct attach_slot *slot)
{
	if (!slot->has_exit || (unlikely(slot->gap) &&
				!detail_is_final(&slot->detail)))
		slot->detail = (struct detail){ .kind = DETAIL_UNKNOWN,
						.flags = slot->detail.flags };
	if (!slot->has_exit || (unlikely(slot->gap) && slot->level == LEVEL_L1))
		slot->level = LEVEL_UNKNOWN;
}

#endif /* ANALYZER_ATTACH_H */
