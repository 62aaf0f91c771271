// SPDX-License-Identifier: GPL-2.0
#include "walk/marks.h"

#include <string.h>

#include "base/error.h"
#include "event/clock.h"

#define LOOKUP(m, mark, system, name, wanted) \
	parse_lookup(p, src, system, name, &(m)->event[mark], wanted, \
		     sizeof(wanted) / sizeof((wanted)[0]))

static int look_up(struct marks *m, const struct parse *p,
		   const struct source *src)
{
	const struct parse_wanted fpu[] = {
		{ &m->pid, "common_pid" }, { &m->load, "load" },
	};
	const struct parse_wanted userspace_exit[] = {
		{ &m->pid, "common_pid" },
	};
	const struct parse_wanted wakeup[] = {
		{ &m->pid, "common_pid" }, { &m->ns, "ns" },
		{ &m->waited, "waited", NULL, true },
	};
	const struct parse_wanted sched_switch[] = {
		{ &m->prev_pid, "prev_pid" }, { &m->next_pid, "next_pid" },
	};

	if (LOOKUP(m, MARK_FPU, "kvm", "kvm_fpu", fpu) < 0 ||
	    LOOKUP(m, MARK_USERSPACE_EXIT, "kvm", "kvm_userspace_exit",
		   userspace_exit) < 0 ||
	    LOOKUP(m, MARK_WAKEUP, "kvm", "kvm_vcpu_wakeup", wakeup) < 0 ||
	    LOOKUP(m, MARK_SWITCH, "sched", "sched_switch", sched_switch) < 0)
		return -1;
	return 0;
}

/* What is in ns is of no use if nothing says how long that is. */
static bool can_use_ns(const struct marks *m)
{
	uint64_t units;

	if (clock_from_ns(m->info, 0, &units))
		return true;
	note("halts are recorded in ns, and the recording does not say how many there are to a cycle: time from exit to entry is unknown, but for userspace: give --tsc-khz, or record with: %s",
	     recording_advice(m->info)->times);
	return false;
}

/* What KVM has not on @machine cannot be recorded. */
static void note_missing(const struct marks *m, const struct machine *machine)
{
	const bool fpu = m->event[MARK_FPU].present || machine->no_run_begin;
	const bool user = m->event[MARK_USERSPACE_EXIT].present;
	const bool wakeup = m->event[MARK_WAKEUP].present || machine->no_wakeup;
	const bool off_cpu = m->event[MARK_SWITCH].present;

	if (!fpu || !user || !wakeup || !off_cpu)
		note("not recorded:%s%s%s%s: time that these events would tell is unknown: record with: %s",
		     fpu ? "" : " kvm_fpu", user ? "" : " kvm_userspace_exit",
		     wakeup ? "" : " kvm_vcpu_wakeup",
		     off_cpu ? "" : " sched_switch",
		     recording_advice(m->info)->times);
	if (machine->no_run_begin)
		note("KVM on %s has no event for the begin of KVM_RUN: time from kvm_userspace_exit to the next %s is unknown",
		     machine->name, machine->entry);
	if (machine->no_wakeup)
		note("KVM on %s has no kvm_vcpu_wakeup: time from %s to %s is unknown",
		     machine->name, machine->exit, machine->entry);
}

static unsigned int known_parts(const struct marks *m, const struct parse *p)
{
	unsigned int known = TIMES_ALWAYS | 1u << TIMES_GUEST;

	if (m->event[MARK_USERSPACE_EXIT].present && !p->machine->no_run_begin)
		known |= 1u << TIMES_USER;
	if (m->event[MARK_WAKEUP].present)
		known |= 1u << TIMES_HALTED |
			 (parse_has(m->waited) ? TIMES_TOLD : 0);
	if (m->all)
		known |= 1u << TIMES_PROCESSING | 1u << TIMES_OFF_CPU;
	return known;
}

/* Time in userspace has to begin and, where anything says it, to end. */
int marks_init(struct marks *m, const struct parse *p,
	       const struct source *src)
{
	bool user, halted;
	unsigned int i;

	memset(m, 0, sizeof(*m));
	m->info = source_recording(src);
	if (look_up(m, p, src) < 0)
		return -1;
	note_missing(m, p->machine);
	user = (m->event[MARK_FPU].present || p->machine->no_run_begin) &&
	       m->event[MARK_USERSPACE_EXIT].present;
	halted = m->event[MARK_WAKEUP].present && !p->machine->no_wakeup &&
		 can_use_ns(m);
	m->event[MARK_FPU].present &= user && !p->machine->no_run_begin;
	m->event[MARK_USERSPACE_EXIT].present = user;
	m->event[MARK_WAKEUP].present = halted;
	m->all = user && halted && m->event[MARK_SWITCH].present;
	m->known = known_parts(m, p);
	for (i = 1; i < MARKS; i++)
		if (m->event[i].present)
			m->mark[m->event[i].id] = i;
	return 0;
}

static enum timeline_halt how_halted(const struct marks *m, const uint8_t *data)
{
	if (!parse_has(m->waited))
		return TIMELINE_HALT_UNTOLD;
	return parse_get(data, m->waited) ? TIMELINE_HALT_SLEPT : TIMELINE_HALT_POLLED;
}

int marks_tell(const struct marks *m, struct timeline *tl, enum mark mark,
	       uint64_t ts, const uint8_t *data)
{
	uint64_t halted = 0;

	switch (mark) {
	case MARK_FPU:
		return parse_get(data, m->load) ?
		       timeline_run_begin(tl, parse_get(data, m->pid), ts) : 0;
	case MARK_USERSPACE_EXIT:
		timeline_run_end(tl, parse_get(data, m->pid), ts);
		return 0;
	case MARK_WAKEUP:
		clock_from_ns(m->info, parse_get(data, m->ns), &halted);
		return timeline_wakeup(tl, parse_get(data, m->pid), ts, halted,
				       how_halted(m, data));
	default:
		return timeline_switch(tl, parse_get(data, m->prev_pid),
				       parse_get(data, m->next_pid), ts);
	}
}
