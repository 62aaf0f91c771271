/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The events inside an exit -> the exit.
 *
 * Events come in the order of time.  Each belongs to the open exit of its
 * thread.  A slot has what is known since the thread's last kvm_entry: its
 * kvm_exit, and the detail that it and the events so far make.
 *
 * State: 80 bytes for each thread with an open exit.
 */
#ifndef ANALYZER_ATTACH_H
#define ANALYZER_ATTACH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "detail.h"

struct attach_slot {
	uint32_t tid;
	bool used, has_exit;
	bool gap;		/* events of it may be lost */
	uint32_t events;	/* but kvm_exit */
	uint32_t vm, vcpu;	/* of the kvm_exit, */
	uint64_t tsc, rip;	/* if there is one */
	struct detail detail;
};

/* A zeroed struct is an empty one. */
struct attach {
	struct attach_slot *slots;	/* hash by TID */
	size_t size, nr;
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

/* How many events are in slots that are still open */
uint64_t attach_events(const struct attach *a);

/* Events are lost here. */
void attach_gap(struct attach *a);

/* The two halves of an exit as one */
void attach_join(struct attach_slot *exit, const struct attach_slot *entry);

/* What is known of an exit once it is complete */
void attach_finish(struct attach_slot *slot);

#endif /* ANALYZER_ATTACH_H */
