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
 * State: 104 bytes for each thread with an open exit, in a table of at most four
 * times as many.  A vCPU that ends leaves its last exit open, so there may be any
 * number; those that few hosts can have at once are kept.
 */
#ifndef ANALYZER_ATTACH_H
#define ANALYZER_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "event/detail.h"

/*
 * Beyond, threads are forgotten whose exit is not among the latest half as many
 * that began.  If it goes on nevertheless, nothing is known of that exit.
 */
#define ATTACH_MAX	65536u

struct attach_slot {
	uint32_t tid;
	bool used, has_exit;
	bool gap;		/* events of it may be lost */
	uint32_t events;	/* but kvm_exit */
	uint32_t vm, vcpu, isa;	/* of the kvm_exit, */
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
	uint64_t now;		/* of the event to come; 0: gaps do not matter */
	uint64_t gap_end;	/* events may be missing before this time */
	uint64_t next_number;
	uint64_t forgotten_events;
};

void attach_release(struct attach *a);

/*
 * A kvm_exit begins a slot.  Return it to be filled in, with what it was before
 * in @old; NULL only if memory is short.
 */
struct attach_slot *attach_exit(struct attach *a, uint32_t tid,
				struct attach_slot *old);

/* An event inside an exit.  Return -1 only if memory is short. */
int attach_event(struct attach *a, uint32_t tid, const struct detail *d);

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

/* The two halves of an exit as one */
void attach_join(struct attach_slot *exit, const struct attach_slot *entry);

/* What is known of an exit once it is complete */
void attach_finish(struct attach_slot *slot);

#endif /* ANALYZER_ATTACH_H */
