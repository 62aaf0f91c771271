/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One exit, event by event, and what its vCPU did before and after: --show.
 *
 * All that is shown is text and numbers, but for time stamps, which one_ns() and
 * one_gap() turn into time.  @info is the caller's.
 */
#ifndef ANALYZER_ONE_H
#define ANALYZER_ONE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/recording.h"
#include "event/fields.h"
#include "event/key.h"
#include "event/reasons.h"
#include "stats.h"

#define ONE_NEIGHBORS	3u		/* exits before it, and after */
#define ONE_EVENTS_MAX	1000u		/* inside it: those beyond are counted */
#define ONE_REASON_MAX	(ISA_NAME_MAX + REASON_NAME_MAX)

/* An exit, complete or not */
struct one_exit {
	uint64_t begin, end;		/* time stamps: of kvm_exit, and of what ended it */
	bool has_begin;			/* its kvm_exit is recorded */
	bool has_end;			/* a kvm_entry ended it: @sample is known */
	bool has_number;		/* with stamps: */
	uint32_t epoch, report;
	uint64_t seq, traced;
	uint32_t cpu;			/* on which it ended */
	struct stats_sample sample;
	char reason[ONE_REASON_MAX];
	bool has_rip;
	uint64_t rip;
	char detail[DETAIL_TEXT_MAX];	/* "": none */
};

struct one_event {
	uint64_t ts;
	uint32_t cpu;
	struct fields fields;
};

struct one {
	const struct recording *info;
	uint64_t first_ts;		/* of all events */
	const char *unit;		/* of lengths: "cycles" or "ns" */
	bool stamped;
	bool has_vm, has_vcpu;
	uint32_t vm, vcpu, thread;
	char vm_name[TASK_NAME_MAX], thread_name[TASK_NAME_MAX];	/* "": unknown */
	bool gap;			/* events of it may be lost */
	struct one_exit before[ONE_NEIGHBORS], exit, after[ONE_NEIGHBORS];
	unsigned int nr_before, nr_after;
	bool has_last;			/* when the exit before @before ended */
	uint64_t last;
	struct one_event *events;	/* from kvm_exit to kvm_entry */
	size_t nr, allocated;
	uint64_t more;			/* events that had no room */
};

/* A zeroed one is empty. */
void one_release(struct one *o);

/* Of @key: what it is called, where and what it was about */
void one_name(struct one_exit *x, const struct reasons *reasons,
	      const struct group_key *key);

/* Room for one more event; NULL: @more counts it, or memory is short: *@failed */
struct one_event *one_add_event(struct one *o, bool *failed);

/* @ts since the first event, in ns.  Return false if the clock does not say. */
bool one_ns(const struct one *o, uint64_t ts, uint64_t *ns);

/*
 * From @from to @to in ns, or else in units of the clock: 0 if it went back.  What they
 * are is one_clock_unit().
 */
uint64_t one_gap(const struct one *o, uint64_t from, uint64_t to);
const char *one_clock_unit(const struct one *o);

#endif /* ANALYZER_ONE_H */
