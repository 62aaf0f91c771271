// SPDX-License-Identifier: GPL-2.0
/*
 * A timeline of a recording with stamps: a sink of the walk by stamps.
 *
 * What is inside an exit is on its CPU as a rule, before its kvm_entry.  Events that are
 * on another CPU, before the thread went on to that of the kvm_entry, are not looked at.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "exits.h"
#include "tracks-private.h"
#include "walk/pair.h"

/* What is inside an exit */

/* Events of another thread come: what was known so far is the open exit's. */
static void keep_detail(struct tracks *t, struct tracks_cpu *cpu)
{
	struct tracks_vcpu *v;

	if (cpu->exit_of == TRACKS_NONE)
		return;
	v = &t->vcpus[cpu->exit_of];
	if (v->has_exit && v->exit_tsc == cpu->exit_tsc)
		v->detail = cpu->detail;
	cpu->exit_of = TRACKS_NONE;
}

static int handle_inside(struct by_time *w, struct by_time_stream *st,
			 struct subbuf_record rec)
{
	struct tracks *t = w->arg;
	struct tracks_cpu *cpu = &t->cpus[st - w->streams];
	const uint32_t tid = parse_pid(w->p, &rec);
	const enum detail_kind kind = inside_kind(&t->inside, &rec);

	if (kind == DETAIL_NONE)
		return 0;
	if (cpu->tid != tid) {
		keep_detail(t, cpu);
		cpu->tid = tid;
		cpu->detail = (struct detail){ .kind = DETAIL_NONE };
	}
	inside_merge(&t->inside, &rec, kind, &cpu->detail);
	return 0;
}

static void begin_inside(struct tracks *t, struct tracks_vcpu *v,
			 struct tracks_cpu *cpu, const struct event_exit *e,
			 struct subbuf_record rec)
{
	keep_detail(t, cpu);
	v->detail = (struct detail){ .kind = DETAIL_NONE };
	v->has_exit = inside_exit(&t->inside, &rec, e->isa, e->code, &v->rip, &v->detail);
	v->isa = e->isa;
	v->code = e->code;
	v->exit_tsc = e->tsc;
	cpu->tid = parse_pid(t->p, &rec);
	cpu->exit_of = v - t->vcpus;
	cpu->exit_tsc = e->tsc;
	cpu->detail = v->detail;
}

/* Return false if nothing is known of it. */
static bool find_detail(struct tracks *t, const struct tracks_vcpu *v,
			const struct tracks_cpu *cpu, uint32_t tid,
			const struct event_entry *e, struct detail *d)
{
	*d = v->detail;
	if (cpu->tid == tid && cpu->exit_of == v - t->vcpus)
		*d = cpu->detail;
	else if (cpu->tid == tid)
		detail_merge(d, &cpu->detail);
	if (v->isa != e->isa || v->code != e->code) {
		t->oddities++;
		return false;
	}
	return detail_is_final(d) ||
	       !gaps_overlap(&t->timeline.gaps, e->exit_tsc, e->tsc);
}

/* It stays until another one has its place. */
static const char *text_of(struct tracks *t, const struct detail *d)
{
	const uint64_t hash = hash_one(d->value ^ detail_word(d) << 32);
	struct tracks_text *text = &t->texts[hash % TRACKS_TEXTS];

	if (!detail_equal(&text->detail, d)) {
		text->detail = *d;
		detail_text(d, text->text);
	}
	return text->text;
}

/* The exit of @e is complete: its arguments */
static void end_inside(struct tracks *t, struct tracks_vcpu *v, struct tracks_cpu *cpu,
		       uint32_t tid, const struct event_entry *e,
		       struct perfetto_args *args)
{
	struct detail d;

	if (v->has_exit && v->exit_tsc == e->exit_tsc) {
		args->has_rip = true;
		args->rip = v->rip;
		if (find_detail(t, v, cpu, tid, e, &d) &&
		    (d.kind != DETAIL_NONE || d.flags))
			args->detail = text_of(t, &d);
	}
	v->has_exit = false;
	if (cpu->tid == tid)
		cpu->tid = cpu->exit_of = TRACKS_NONE;
}

/* Events */

/* What a vCPU's time was before an event */
struct charged {
	uint64_t last;			/* 0: it had no event */
	uint64_t guest;
};

/* Of the time since then, up to the exit at hand or its begin: was it not the guest's? */
static bool is_unknown(const struct timeline_vcpu *tv, const struct charged *before)
{
	return tv->part[TIMES_GUEST] == before->guest;
}

/* The vCPU of the first event at least; NULL only if memory is short. */
static NOINLINE struct tracks_vcpu *new_vcpu(struct tracks *t,
					     const struct timeline_vcpu *tv)
{
	char name[32];

	snprintf(name, sizeof(name), "vCPU %" PRIu32, tv->vcpu);
	return tracks_new_vcpu(t, tv->vm, tv->vcpu, name, tv->first);
}

ALWAYS_INLINE struct tracks_vcpu *find_vcpu(struct tracks *t,
					    const struct timeline_vcpu *tv)
{
	return likely(tv->number < t->nr_vcpus) ? &t->vcpus[tv->number] : new_vcpu(t, tv);
}

/* An event of a vCPU */
struct seen {
	struct timeline_vcpu *tv;
	struct tracks_vcpu *v;
	struct charged before;
};

/* Before it is charged */
ALWAYS_INLINE void see_before(struct tracks *t, uint32_t vm, uint32_t vcpu, struct seen *s)
{
	s->tv = timeline_find(&t->timeline, vm, vcpu);
	s->before = likely(s->tv) ?
		    (struct charged){ s->tv->last, s->tv->part[TIMES_GUEST] } :
		    (struct charged){ .last = 0 };
}

/*
 * It was, at @tsc.  Return 1 with the vCPU; 0: it has no stamp yet; -1: memory is short.
 */
ALWAYS_INLINE int see_charged(struct tracks *t, uint32_t vm, uint32_t vcpu, uint64_t tsc,
			      struct seen *s)
{
	if (unlikely(!s->tv))
		s->tv = timeline_find(&t->timeline, vm, vcpu);
	if (!s->tv)
		return 0;
	s->v = find_vcpu(t, s->tv);
	if (!s->v)
		return -1;
	t->last = tsc > t->last ? tsc : t->last;
	return 1;
}

/*
 * From the event before it to @to the vCPU was in the guest, or it is unknown where.
 * That is drawn with the exit that follows; if none does, as the vCPU's time.
 */
ALWAYS_INLINE void set_before(struct tracks *t, struct tracks_vcpu *v, uint64_t from,
		       uint64_t to, bool unknown)
{
	if (v->before.from != v->before.to && v->taken)
		tracks_draw_before(t, v);
	v->before = (struct span){ from, to };
	v->before_unknown = unknown;
	v->before_on_cpu = unknown;
}

/* Where it was entered, there the guest exits. */
ALWAYS_INLINE int draw_guest_on_cpu(struct tracks *t, struct tracks_vcpu *v)
{
	const bool drawn = v->before_on_cpu || v->before.from == v->before.to;

	v->before_on_cpu = true;
	return drawn ? 0 : tracks_see_on_cpu(t, v->cpu, v - t->vcpus, v->before);
}

static bool takes_time(const struct tracks *t, const struct group_key *key, uint64_t ts)
{
	return !t->filter.any ||
	       (t->all_vcpu_time && filter_takes(&t->filter, key, ts));
}

/* By the exit that ends it, of which it is not known how long it will be */
static NOINLINE bool takes_guest(const struct tracks *t, const struct event_exit *e,
			uint32_t cpu, struct subbuf_record rec)
{
	const struct group_key key = { .vm = e->vm, .vcpu = e->vcpu_id, .cpu = cpu,
				       .thread = parse_pid(t->p, &rec),
				       .isa = e->isa, .code = e->code };

	return filter_takes(&t->filter, &key, rec.ts);
}

static int handle_exit(struct by_time *w, struct by_time_stream *st,
		       struct subbuf_record rec)
{
	struct tracks *t = w->arg;
	struct event_exit e;
	struct seen s;
	int ret;

	parse_exit(w->p, &rec, &e);
	see_before(t, e.vm, e.vcpu_id, &s);
	if (timeline_stamped_exit(&t->timeline, &e) < 0)
		return -1;
	ret = see_charged(t, e.vm, e.vcpu_id, e.tsc, &s);
	if (ret <= 0)
		return ret;
	if (s.before.last && s.tv->last > s.before.last)
		set_before(t, s.v, s.before.last, s.tv->last,
			   is_unknown(s.tv, &s.before));
	/* Now, as the next event of the CPU may be that of another vCPU */
	if ((likely(!t->filter.any) || takes_guest(t, &e, st->records.cpu, rec)) &&
	    draw_guest_on_cpu(t, s.v) < 0)
		return -1;
	if (t->args)
		begin_inside(t, s.v, &t->cpus[st - w->streams], &e, rec);
	return t->out.failed ? -1 : 0;
}

/* The parts are those that the timeline was charged with. */
ALWAYS_INLINE void draw_exit(struct tracks *t, struct tracks_vcpu *v,
			     const struct event_entry *e,
			     const struct perfetto_args *args)
{
	struct tracks_parts parts = { .from = e->exit_tsc, .to = e->tsc };
	uint64_t left = e->tsc - e->exit_tsc;

	parts.user = timeline_take(&left, e->user);
	parts.halted = timeline_take(&left, e->halted);
	parts.off_cpu = timeline_take(&left, e->off_cpu);
	parts.traced = timeline_take(&left, e->traced);
	tracks_draw_exit(t, v, &parts, e->isa, e->code, args);
}

/* The exit of @e: unless the thread was away, it is on its CPU, too. */
ALWAYS_INLINE int draw_on_cpu(struct tracks *t, struct tracks_vcpu *v,
			      const struct event_entry *e, unsigned int cpu)
{
	const bool stayed = cpu == v->cpu && !e->user && !e->halted && !e->off_cpu;

	if (draw_guest_on_cpu(t, v) < 0)
		return -1;
	if (!stayed || t->cpus[cpu].vcpu != v - t->vcpus)
		return 0;
	return tracks_see_on_cpu(t, cpu, v - t->vcpus,
				 (struct span){ e->exit_tsc, e->tsc });
}

/*
 * Does the whole of the exit stand in the vCPU's time?  So it does if it begins where
 * the vCPU's time has come to, or later: timeline_charge_entry() splits it then.
 */
ALWAYS_INLINE bool is_whole(const struct charged *before, const struct event_entry *e)
{
	return before->last && e->seq && e->exit_tsc <= e->tsc &&
	       before->last <= e->exit_tsc;
}

/* Does the exit count, by the rules of by_number.h?  Return -1 after an error. */
ALWAYS_INLINE int see_number(struct tracks *t, struct epochs_run *run,
			     const struct event_entry *e)
{
	if (!e->seq)
		return 0;
	if (!isa_valid(e->isa) || epochs_run_is_late(run, e->epoch, e->seq)) {
		t->oddities++;
		return 0;
	}
	return epochs_add_entry(&t->epochs, run, e->epoch, e->report, e->seq);
}

/* Of an exit: what of it is drawn, by the filter */
struct taken {
	bool time, exit;
};

static NOINLINE struct taken filter_exit(const struct tracks *t, unsigned int cpu,
					 const struct event_entry *e,
					 struct subbuf_record rec, uint64_t cycles)
{
	const struct group_key key = { .vm = e->vm, .vcpu = e->vcpu_id,
				       .thread = parse_pid(t->p, &rec),
				       .cpu = source_recording(t->src)->cpus[cpu].cpu,
				       .isa = e->isa, .code = e->code };

	return (struct taken){
		.time = takes_time(t, &key, rec.ts),
		.exit = filter_takes(&t->filter, &key, rec.ts) &&
			filter_takes_cycles(&t->filter, cycles),
	};
}

/* The guest's time before the exit of @e, or what else there was before it */
ALWAYS_INLINE void see_before_exit(struct tracks *t, const struct seen *s,
				   const struct event_entry *e, bool whole)
{
	const uint64_t from = s->before.last, to = s->tv->last;

	if (whole && e->exit_tsc > from)
		set_before(t, s->v, from, e->exit_tsc, is_unknown(s->tv, &s->before));
	else if (!whole && from && to > from)
		set_before(t, s->v, from, to, true);
}

/* An exit that is whole, or what else there was before @rec.  -1: memory is short. */
ALWAYS_INLINE int see_end(struct tracks *t, const struct seen *s, unsigned int cpu,
			  const struct event_entry *e, struct subbuf_record rec)
{
	const bool whole = is_whole(&s->before, e);
	struct taken taken = { true, true };
	struct tracks_vcpu *v = s->v;
	struct perfetto_args args;
	struct stats_sample sample;

	pair_sample(e, &sample);
	if (unlikely(t->filter.any))
		taken = filter_exit(t, cpu, e, rec, sample.cycles);
	v->taken = taken.time;
	see_before_exit(t, s, e, whole);
	if (t->args) {
		args = (struct perfetto_args){ .cycles = sample.cycles, .seq = e->seq,
					       .has_seq = true };
		end_inside(t, v, &t->cpus[cpu], parse_pid(t->p, &rec), e, &args);
	}
	if (!e->seq || !taken.exit) {
		if (!v->taken)
			v->before = (struct span){ 0, 0 };
		return 0;
	}
	tracks_count_exit(t, v, e->tsc);
	if (!whole)
		return 0;
	if (draw_on_cpu(t, v, e, cpu) < 0)
		return -1;
	tracks_draw_before(t, v);
	if (t->slices)
		draw_exit(t, v, e, t->args ? &args : NULL);
	return 0;
}

/* As timeline_stamped_entry(), of a vCPU that was found */
ALWAYS_INLINE int charge_entry(struct tracks *t, struct timeline_vcpu *tv,
			       const struct event_entry *e)
{
	return likely(tv && e->tsc) ? timeline_charge_entry(&t->timeline, tv, e) :
				      timeline_stamped_entry(&t->timeline, e);
}

static int handle_entry(struct by_time *w, struct by_time_stream *st,
			struct subbuf_record rec)
{
	const unsigned int cpu = st - w->streams;
	struct tracks *t = w->arg;
	struct event_entry e;
	struct seen s;
	int ret;

	parse_entry(w->p, &rec, &e);
	see_before(t, e.vm, e.vcpu_id, &s);
	if (charge_entry(t, s.tv, &e) < 0 || see_number(t, &st->run, &e) < 0)
		return -1;
	ret = see_charged(t, e.vm, e.vcpu_id, e.tsc, &s);
	if (ret <= 0)
		return ret;
	if (see_end(t, &s, cpu, &e, rec) < 0)
		return -1;
	s.v->cpu = cpu;
	return t->out.failed ? -1 : 0;
}

static int handle_rare(struct by_time *w,
		       struct by_time_stream *st __attribute__((unused)),
		       const uint8_t *data, enum parse_kind kind)
{
	struct tracks *t = w->arg;
	struct event_report report;
	struct event_stats stats;

	if (kind == PARSE_REPORT) {
		parse_report(w->p, data, &report);
		return epochs_add_report(&t->epochs, &report);
	}
	parse_stats(w->p, data, &stats);
	return epochs_add_stats(&t->epochs, &stats);
}

static int handle_gap(struct by_time *w, struct gap gap)
{
	struct tracks *t = w->arg;

	if (gap.begin > t->lost.to)
		tracks_draw_lost(t);
	if (!t->lost.to)
		t->lost.from = gap.begin;
	if (gap.end > t->lost.to)
		t->lost.to = gap.end;
	return gaps_add(&t->timeline.gaps, gap.begin, gap.end);
}

BY_TIME_SINK_DECLARE(draw)

static const struct by_time_sink draw = {
	.by_stamp = true,
	.run = draw_run,
	.run_samples = draw_run_samples,
	.next = draw_next,
	.entry = handle_entry,
	.exit = handle_exit,
	.other = handle_inside,
	.rare = handle_rare,
	.gap = handle_gap,
};

BY_TIME_SINK_DEFINE(draw)

static int open_cpus(struct tracks *t)
{
	const unsigned int nr = source_recording(t->src)->nr_cpus;
	unsigned int i;

	t->cpus = calloc(nr + 1, sizeof(*t->cpus));
	if (!t->cpus)
		return error("out of memory: %u CPUs", nr);
	for (i = 0; i < nr; i++)
		t->cpus[i].vcpu = t->cpus[i].tid = t->cpus[i].exit_of = TRACKS_NONE;
	tracks_describe_cpus(t);
	return t->args ? inside_init(&t->inside, t->p, t->src) : 0;
}

int tracks_draw_stamped(struct tracks *t)
{
	const struct recording *info = source_recording(t->src);
	int status = STATUS_FAILED;
	struct by_time w;

	if (!filter_set_unit(&t->filter, info, "cycles")) {
		filter_unit_error(info);
		return STATUS_USAGE;
	}
	if (by_time_open(&w, t->src, t->p, &draw, t) == 0 && open_cpus(t) == 0) {
		filter_begin(&t->filter, w.first_ts);
		if (t->args)
			by_time_want(&w, t->inside.index);
		if (by_time_read(&w) == 0)
			status = exits_missing(&w, &t->epochs, t->oddities);
	}
	by_time_close(&w);
	return status;
}

