// SPDX-License-Identifier: GPL-2.0
#include "walk/timeline.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/vcpus.h"

void timeline_release(struct timeline *tl)
{
	size_t i;

	for (i = 0; i < tl->size; i++)
		free(tl->vcpus[i].pieces);
	free(tl->vcpus);
	gaps_release(&tl->gaps);
	memset(tl, 0, sizeof(*tl));
}

/* vCPUs */

/* The slot of the vCPU, or the free one for it.  The table is never full. */
static struct timeline_vcpu *find_slot(const struct timeline *tl, uint32_t vm,
				       uint32_t vcpu)
{
	uint64_t h = hash_one((uint64_t)vm << 32 | vcpu);
	size_t mask = tl->size - 1, i;

	for (i = h & mask; tl->vcpus[i].used; i = (i + 1) & mask)
		if (tl->vcpus[i].vm == vm && tl->vcpus[i].vcpu == vcpu)
			break;
	return &tl->vcpus[i];
}

static int grow(struct timeline *tl)
{
	size_t size = tl->size ? tl->size * 2 : 64, old_size = tl->size, i;
	struct timeline_vcpu *old = tl->vcpus;

	tl->vcpus = calloc(size, sizeof(*tl->vcpus));
	if (!tl->vcpus) {
		tl->vcpus = old;
		return error("out of memory: %zu vCPUs", size);
	}
	tl->size = size;
	hints_clear(&tl->hints);
	for (i = 0; i < old_size; i++)
		if (old[i].used)
			*find_slot(tl, old[i].vm, old[i].vcpu) = old[i];
	free(old);
	return 0;
}

struct timeline_vcpu *timeline_search(struct timeline *tl, uint32_t vm,
				      uint32_t vcpu)
{
	struct timeline_vcpu *v = tl->size ? find_slot(tl, vm, vcpu) : NULL;

	if (!v || !v->used)
		return NULL;
	tl->hints.at[hints_place((uint64_t)vm << 32 | vcpu)] = v;
	return v;
}

struct timeline_vcpu *timeline_begin(struct timeline *tl, uint32_t vm,
				     uint32_t vcpu, uint64_t ts,
				     enum timeline_state state)
{
	struct timeline_vcpu *v;

	if (tl->nr == VCPUS_MAX) {
		error("too many vCPUs: the recording has more than %u",
		      VCPUS_MAX);
		return NULL;
	}
	if (tl->nr * 2 >= tl->size && grow(tl) < 0)
		return NULL;
	v = find_slot(tl, vm, vcpu);
	*v = (struct timeline_vcpu){ .vm = vm, .vcpu = vcpu, .used = true,
				     .number = tl->nr,
				     .state = state, .first = ts, .last = ts };
	tl->nr++;
	return v;
}

/* Stamps */

void timeline_cut_exit(const struct timeline *tl, struct timeline_vcpu *v,
		       const struct event_entry *e)
{
	const struct {
		enum times_part part;
		uint64_t cycles;
	} parts[] = {
		{ TIMES_USER, e->user }, { TIMES_HALTED, e->halted },
		{ TIMES_OFF_CPU, e->off_cpu }, { TIMES_TRACED, e->traced },
		{ TIMES_PROCESSING, UINT64_MAX },
	};
	uint64_t left = e->tsc - e->exit_tsc, from = e->exit_tsc, to;
	unsigned int i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		to = from + timeline_take(&left, parts[i].cycles);
		v->part[parts[i].part] += timeline_inside(tl, from, to);
		from = to;
	}
	v->last = e->tsc;
}

void timeline_tell_halt(struct timeline_vcpu *v, uint64_t charged, uint64_t polled,
			uint64_t slept)
{
	uint64_t part;

	if (!polled && !slept)
		return;
	part = (u128)charged * polled / ((u128)polled + slept);
	v->polled += part;
	v->slept += charged - part;
}

/* Event time stamps */

static enum times_part part_of(const struct timeline *tl,
			       enum timeline_state state)
{
	switch (state) {
	case TIMELINE_GUEST:
		return TIMES_GUEST;
	case TIMELINE_USER:
		return tl->no_run_begin ? TIMES_UNKNOWN : TIMES_USER;
	case TIMELINE_OFF_CPU:
		return tl->all_recorded ? TIMES_OFF_CPU : TIMES_UNKNOWN;
	default:
		return tl->all_recorded ? TIMES_PROCESSING : TIMES_UNKNOWN;
	}
}

static int keep_piece(struct timeline_vcpu *v, uint64_t start,
		      enum times_part part)
{
	size_t size = v->allocated ? v->allocated * 2 : 4;
	struct timeline_piece *pieces;

	if (v->nr_pieces == v->allocated) {
		pieces = realloc(v->pieces, size * sizeof(*pieces));
		if (!pieces)
			return error("out of memory: %zu pieces of an exit", size);
		v->pieces = pieces;
		v->allocated = size;
	}
	v->pieces[v->nr_pieces++] = (struct timeline_piece){ start, part };
	return 0;
}

/*
 * An event in KVM, whatever was known of the thread before: it was lost how it
 * came there.  Charge up to @ts, and be able to take it back.
 */
static int go_on(struct timeline *tl, struct timeline_vcpu *v, uint64_t ts,
		 enum timeline_state state)
{
	enum times_part part = v->state == TIMELINE_GUEST ?
			       TIMES_UNKNOWN : part_of(tl, v->state);
	uint64_t start = v->last;

	v->state = state;
	return keep_piece(v, start, timeline_charge(tl, v, ts, part));
}

/* Charge up to @ts, for good, with all pieces. */
ALWAYS_INLINE void charge_all(struct timeline *tl, struct timeline_vcpu *v,
			      uint64_t ts, enum timeline_state state)
{
	timeline_charge(tl, v, ts, part_of(tl, v->state));
	v->nr_pieces = 0;
	v->state = state;
}

/* Thread @tid, from its first exit or entry on */
ALWAYS_INLINE struct timeline_vcpu *find_or_begin(struct timeline *tl,
						  uint32_t tid, uint64_t ts,
						  enum timeline_state state)
{
	struct timeline_vcpu *v = timeline_find(tl, 0, tid);

	return likely(v) ? v : timeline_begin(tl, 0, tid, ts, state);
}

int timeline_exit(struct timeline *tl, uint32_t tid, uint64_t ts)
{
	struct timeline_vcpu *v;

	v = find_or_begin(tl, tid, ts, TIMELINE_KVM);
	if (!v)
		return -1;
	/* An exit after an exit: the entry in between is missing. */
	if (v->state != TIMELINE_GUEST)
		timeline_charge(tl, v, ts, TIMES_UNKNOWN);
	charge_all(tl, v, ts, TIMELINE_KVM);
	return 0;
}

int timeline_entry(struct timeline *tl, uint32_t tid, uint64_t ts)
{
	struct timeline_vcpu *v;

	v = find_or_begin(tl, tid, ts, TIMELINE_GUEST);
	if (!v)
		return -1;
	/* An entry after an entry: it failed, or the exit is missing. */
	if (v->state == TIMELINE_GUEST)
		timeline_charge(tl, v, ts, TIMES_UNKNOWN);
	charge_all(tl, v, ts, TIMELINE_GUEST);
	return 0;
}

void timeline_run_end(struct timeline *tl, uint32_t tid, uint64_t ts)
{
	struct timeline_vcpu *v = timeline_find(tl, 0, tid);

	if (v)
		charge_all(tl, v, ts, TIMELINE_USER);
}

/* KVM also loads the FPU in the middle of KVM_RUN: when a vCPU is reset. */
int timeline_run_begin(struct timeline *tl, uint32_t tid, uint64_t ts)
{
	struct timeline_vcpu *v = timeline_find(tl, 0, tid);

	if (!v)
		return 0;
	if (v->state != TIMELINE_USER)
		return go_on(tl, v, ts, TIMELINE_KVM);
	charge_all(tl, v, ts, TIMELINE_KVM);
	return 0;
}

/* Of what was charged since @start, all is taken for halted. */
static void take_back(const struct timeline *tl, struct timeline_vcpu *v,
		      uint64_t start)
{
	uint64_t end = v->last, from, inside;
	struct timeline_piece *p;

	while (v->nr_pieces && end > start) {
		p = &v->pieces[v->nr_pieces - 1];
		from = p->start > start ? p->start : start;
		inside = timeline_inside(tl, from, end);
		v->part[p->part] -= inside;
		v->part[TIMES_HALTED] += inside;
		end = from;
		if (p->start >= start)
			v->nr_pieces--;
	}
}

int timeline_wakeup(struct timeline *tl, uint32_t tid, uint64_t ts,
		    uint64_t halted, enum timeline_halt how)
{
	struct timeline_vcpu *v = timeline_find(tl, 0, tid);
	uint64_t start, before;

	if (!v || v->state == TIMELINE_USER)
		return 0;
	if (go_on(tl, v, ts, TIMELINE_KVM) < 0)
		return -1;
	start = v->last > halted ? v->last - halted : 0;
	before = v->part[TIMES_HALTED];
	take_back(tl, v, start);
	timeline_tell_halt(v, v->part[TIMES_HALTED] - before,
			   how == TIMELINE_HALT_POLLED, how == TIMELINE_HALT_SLEPT);
	/* What follows is no part of this halt, nor this of a later one. */
	v->nr_pieces = 0;
	return 0;
}

int timeline_switch(struct timeline *tl, uint32_t prev, uint32_t next,
		    uint64_t ts)
{
	struct timeline_vcpu *v;

	v = timeline_find(tl, 0, prev);
	if (v && v->state != TIMELINE_USER &&
	    go_on(tl, v, ts, TIMELINE_OFF_CPU) < 0)
		return -1;
	v = timeline_find(tl, 0, next);
	if (v && v->state != TIMELINE_USER &&
	    go_on(tl, v, ts, TIMELINE_KVM) < 0)
		return -1;
	return 0;
}

void timeline_extend(const struct timeline *tl, uint64_t *first, uint64_t *last)
{
	const struct timeline_vcpu *v;
	size_t i;

	for (i = 0; i < tl->size; i++) {
		v = &tl->vcpus[i];
		if (v->used && v->first < *first)
			*first = v->first;
		if (v->used && v->last > *last)
			*last = v->last;
	}
}

void timeline_get(const struct timeline *tl, const struct timeline_vcpu *v,
		  uint64_t first, uint64_t last, struct times *times)
{
	unsigned int i;

	times->span = timeline_inside(tl, first, last);
	times->polled = v->polled;
	times->slept = v->slept;
	for (i = 0; i < TIMES_PARTS; i++)
		times->part[i] = v->part[i];
	times->part[TIMES_BEFORE] = timeline_inside(tl, first, v->first);
	times->part[TIMES_AFTER] = timeline_inside(tl, v->last, last);
}
