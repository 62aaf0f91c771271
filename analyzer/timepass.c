// SPDX-License-Identifier: GPL-2.0
#include "timepass.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "error.h"
#include "merge.h"
#include "records.h"

#define HOW_TO_RECORD	"trace-cmd record -C mono -e kvm -e sched:sched_switch"

/* Events other than kvm_entry and kvm_exit that say where a thread is */
enum mark {
	MARK_FPU = 1,
	MARK_USERSPACE_EXIT,
	MARK_WAKEUP,
	MARK_SWITCH,
	MARKS,
};

struct marks {
	uint8_t mark[65536];		/* by event id; 0: none of them */
	struct parse_event event[MARKS];
	struct parse_field pid, load, ns, prev_pid, next_pid;
};

struct source {
	struct records records;
	struct subbuf_record rec;	/* the next one of ours */
	enum parse_kind kind;
	enum mark mark;
	uint64_t key;			/* of it, or of the one before */
	uint64_t last_ts;		/* of the latest record */
	bool has_gap, ours, ended;	/* a gap goes before it: is it one of
					   ours, or is there none? */
	struct gap gap;
	union {
		struct event_entry entry;
		struct event_exit exit;
	};
};

struct pass {
	struct timepass *out;
	const struct tracedat *td;
	const struct parse *p;
	bool stamped, any;
	struct marks *marks;		/* NULL if stamped */
	struct source *sources;
	struct merge merge;
	unsigned int nr_cpus;
};

#define LOOKUP(s, m, system, name, wanted) \
	parse_lookup((s)->p, (s)->td, system, name, &(s)->marks->event[m], \
		     wanted, sizeof(wanted) / sizeof((wanted)[0]))

static int lookup_marks(struct pass *s)
{
	struct marks *m = s->marks;
	const struct parse_wanted fpu[] = {
		{ &m->pid, "common_pid" }, { &m->load, "load" },
	};
	const struct parse_wanted userspace_exit[] = {
		{ &m->pid, "common_pid" },
	};
	const struct parse_wanted wakeup[] = {
		{ &m->pid, "common_pid" }, { &m->ns, "ns" },
	};
	const struct parse_wanted sched_switch[] = {
		{ &m->prev_pid, "prev_pid" }, { &m->next_pid, "next_pid" },
	};

	if (LOOKUP(s, MARK_FPU, "kvm", "kvm_fpu", fpu) < 0 ||
	    LOOKUP(s, MARK_USERSPACE_EXIT, "kvm", "kvm_userspace_exit",
		   userspace_exit) < 0 ||
	    LOOKUP(s, MARK_WAKEUP, "kvm", "kvm_vcpu_wakeup", wakeup) < 0 ||
	    LOOKUP(s, MARK_SWITCH, "sched", "sched_switch", sched_switch) < 0)
		return -1;
	return 0;
}

/* What is in ns is of no use if nothing says how long that is. */
static bool can_use_ns(const struct pass *s)
{
	uint64_t units;

	if (clock_from_ns(tracedat_info(s->td), 0, &units))
		return true;
	note("halts are recorded in ns, and the recording does not say how many there are to a cycle: time from exit to entry is unknown, but for userspace: give --tsc-khz, or record with: " HOW_TO_RECORD);
	return false;
}

static void note_missing(const struct marks *m)
{
	if (!m->event[MARK_FPU].present ||
	    !m->event[MARK_USERSPACE_EXIT].present ||
	    !m->event[MARK_WAKEUP].present || !m->event[MARK_SWITCH].present)
		note("not recorded:%s%s%s%s: time that these events would tell is unknown: record with: " HOW_TO_RECORD,
		     m->event[MARK_FPU].present ? "" : " kvm_fpu",
		     m->event[MARK_USERSPACE_EXIT].present ? "" :
							     " kvm_userspace_exit",
		     m->event[MARK_WAKEUP].present ? "" : " kvm_vcpu_wakeup",
		     m->event[MARK_SWITCH].present ? "" : " sched_switch");
}

/* Which of them can be used?  Time in userspace has to begin and to end. */
static int load_marks(struct pass *s)
{
	struct marks *m = calloc(1, sizeof(*m));
	bool user, halted;
	unsigned int i;

	s->marks = m;
	if (!m)
		return error("out of memory: event formats");
	if (lookup_marks(s) < 0)
		return -1;
	note_missing(m);
	user = m->event[MARK_FPU].present &&
	       m->event[MARK_USERSPACE_EXIT].present;
	halted = m->event[MARK_WAKEUP].present && can_use_ns(s);
	m->event[MARK_FPU].present = user;
	m->event[MARK_USERSPACE_EXIT].present = user;
	m->event[MARK_WAKEUP].present = halted;
	s->out->timeline.all_recorded = user && halted &&
					m->event[MARK_SWITCH].present;
	for (i = 1; i < MARKS; i++)
		if (m->event[i].present)
			m->mark[m->event[i].id] = i;
	return 0;
}

/* Streams */

static void see_time(struct pass *s, uint64_t ts)
{
	struct timepass *out = s->out;

	if (!s->any || ts < out->first)
		out->first = ts;
	if (!s->any || ts > out->last)
		out->last = ts;
	s->any = true;
}

/* With a stamp?  One of 0 has no time: it stays behind the one before. */
static bool examine_stamped(struct pass *s, struct source *src)
{
	uint64_t tsc;

	if (src->kind == PARSE_ENTRY) {
		parse_entry(s->p, &src->rec, &src->entry);
		tsc = src->entry.tsc;
	} else if (src->kind == PARSE_EXIT) {
		parse_exit(s->p, &src->rec, &src->exit);
		tsc = src->exit.tsc;
	} else {
		return false;
	}
	if (tsc) {
		src->key = tsc;
		see_time(s, tsc);
	}
	return true;
}

/* Is src->rec an event of ours? */
static bool examine(struct pass *s, struct source *src)
{
	bool is_short = false;

	src->kind = parse_kind(s->p, &src->rec, &is_short);
	if (s->stamped)
		return examine_stamped(s, src);
	src->key = src->rec.ts;
	see_time(s, src->key);
	src->mark = s->marks->mark[subbuf_event_id(&src->rec)];
	if (src->mark && src->rec.len < s->marks->event[src->mark].min_len)
		src->mark = 0;
	return src->mark || src->kind == PARSE_ENTRY || src->kind == PARSE_EXIT;
}

/* As it takes its turn among the events, see trips.c. */
static void hold_gap(struct source *src, uint64_t before, uint64_t behind)
{
	src->has_gap = true;
	src->gap = (struct gap){ before < behind ? before : behind,
				 before < behind ? behind : before };
}

/*
 * A gap goes before the record that was read, or there may be one: return true if
 * it takes its turn now.  With stamps, the first event that has one ends a gap.
 */
static bool see_gap(struct pass *s, struct source *src)
{
	uint64_t before = src->key;

	records_see_step(&src->records, src->last_ts, src->rec.ts);
	src->last_ts = src->rec.ts;
	src->ours = examine(s, src);
	if (s->stamped && src->key == before)
		return false;
	if (!records_take_gap(&src->records))
		return false;
	hold_gap(src, before, src->key);
	return true;
}

/* Come to the next event of ours, or to a gap before it: 1; 0 at the end */
static int next_event(struct pass *s, unsigned int index)
{
	struct source *src = &s->sources[index];
	int ret;

	while ((ret = records_next(&src->records, &src->rec)) > 0) {
		if (__builtin_expect(src->records.watched, 0)) {
			if (see_gap(s, src) || src->ours)
				return 1;
		} else if (examine(s, src)) {
			return 1;
		}
	}
	src->ended = true;
	if (ret < 0 || !records_take_gap(&src->records))
		return ret;
	hold_gap(src, src->key, UINT64_MAX);
	return 1;
}

/* The same, once the gap has had its turn */
static int behind_gap(struct pass *s, unsigned int index)
{
	struct source *src = &s->sources[index];

	src->has_gap = false;
	if (src->ended)
		return 0;
	return src->ours ? 1 : next_event(s, index);
}

static uint64_t key_of(const struct source *src)
{
	return src->has_gap ? src->gap.begin : src->key;
}

static int open_sources(struct pass *s)
{
	unsigned int i;
	int ret;

	s->sources = calloc(s->nr_cpus + 1, sizeof(*s->sources));
	if (!s->sources || merge_init(&s->merge, s->nr_cpus) < 0)
		return error("out of memory: %u CPUs", s->nr_cpus);
	for (i = 0; i < s->nr_cpus; i++) {
		if (records_open(&s->sources[i].records, s->td, &s->p->subbuf,
				 i) < 0)
			return -1;
		ret = next_event(s, i);
		if (ret < 0)
			return -1;
		if (ret)
			merge_add(&s->merge, key_of(&s->sources[i]), i);
	}
	/* Of a CPU that has no stream nothing is known, at any time. */
	return tracedat_info(s->td)->nr_absent ?
	       gaps_add(&s->out->timeline.gaps, 0, UINT64_MAX) : 0;
}

static void close_sources(struct pass *s)
{
	unsigned int i;

	for (i = 0; s->sources && i < s->nr_cpus; i++)
		records_close(&s->sources[i].records);
	free(s->sources);
	merge_release(&s->merge);
	free(s->marks);
}

/* In the order of time */

static int handle_mark(struct pass *s, const struct source *src)
{
	const struct marks *m = s->marks;
	struct timeline *tl = &s->out->timeline;
	const uint8_t *data = src->rec.data;
	uint64_t ts = src->rec.ts, halted = 0;

	switch (src->mark) {
	case MARK_FPU:
		if (parse_get(data, m->load))
			timeline_run_begin(tl, parse_get(data, m->pid), ts);
		return 0;
	case MARK_USERSPACE_EXIT:
		timeline_run_end(tl, parse_get(data, m->pid), ts);
		return 0;
	case MARK_WAKEUP:
		clock_from_ns(tracedat_info(s->td), parse_get(data, m->ns),
			      &halted);
		return timeline_wakeup(tl, parse_get(data, m->pid), ts, halted);
	default:
		return timeline_switch(tl, parse_get(data, m->prev_pid),
				       parse_get(data, m->next_pid), ts);
	}
}

static int handle_event(struct pass *s, const struct source *src)
{
	struct timeline *tl = &s->out->timeline;
	uint32_t tid;

	if (__builtin_expect(src->has_gap, 0))
		return gaps_add(&tl->gaps, src->gap.begin, src->gap.end);
	if (s->stamped)
		return src->kind == PARSE_ENTRY ?
		       timeline_stamped_entry(tl, &src->entry) :
		       timeline_stamped_exit(tl, &src->exit);
	if (src->mark)
		return handle_mark(s, src);
	tid = parse_pid(s->p, &src->rec);
	return src->kind == PARSE_ENTRY ? timeline_entry(tl, tid, src->rec.ts) :
					  timeline_exit(tl, tid, src->rec.ts);
}

static int run(struct pass *s)
{
	unsigned int i;
	int ret;

	while (s->merge.nr) {
		i = merge_first(&s->merge);
		if (handle_event(s, &s->sources[i]) < 0)
			return -1;
		ret = s->sources[i].has_gap ? behind_gap(s, i) :
					      next_event(s, i);
		if (ret < 0)
			return -1;
		if (ret)
			merge_advance(&s->merge, key_of(&s->sources[i]));
		else
			merge_drop(&s->merge);
	}
	return 0;
}

int timepass_run(struct timepass *tp, const struct tracedat *td,
		 const struct parse *p, bool stamped)
{
	struct pass s = { .out = tp, .td = td, .p = p, .stamped = stamped,
			  .nr_cpus = tracedat_info(td)->nr_cpus };
	int ret = 0;

	memset(tp, 0, sizeof(*tp));
	if (!stamped)
		ret = load_marks(&s);
	if (!ret)
		ret = open_sources(&s);
	if (!ret)
		ret = run(&s);
	close_sources(&s);
	return ret;
}

void timepass_release(struct timepass *tp)
{
	timeline_release(&tp->timeline);
	memset(tp, 0, sizeof(*tp));
}
