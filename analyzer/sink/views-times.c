// SPDX-License-Identifier: GPL-2.0
/*
 * Where the time of vCPUs went: a sink of the walk by time.  With stamps, it goes
 * by these: a vCPU that changes CPUs takes its open exit along, and time stamps of
 * two CPUs need not agree.  (Without, round_trips.h does it.)
 */
#include <stdlib.h>

#include "base/error.h"
#include "result/columns.h"
#include "sink/views-both.h"

ALWAYS_INLINE void see_stamp(struct views *s, uint64_t tsc)
{
	if (tsc && tsc < s->first)
		s->first = tsc;
	if (tsc > s->last)
		s->last = tsc;
}

/* How much of the vCPU's time was halted so far */
static uint64_t halted_so_far(const struct views *s, const struct event_entry *e)
{
	const struct timeline_vcpu *v = timeline_find((struct timeline *)&s->timeline,
						      e->vm, e->vcpu_id);

	return v ? v->part[TIMES_HALTED] : 0;
}

/* Of what @e added to @before, which is halted: was it polled, or slept? */
static void tell_halt(struct views *s, const struct subbuf_record *rec,
		      const struct event_entry *e, uint64_t before)
{
	const struct halts_told told = halts_entry(s->halts, parse_pid(s->p, rec), rec->ts);
	struct timeline_vcpu *v = timeline_find(&s->timeline, e->vm, e->vcpu_id);

	if (v)
		timeline_tell_halt(v, v->part[TIMES_HALTED] - before, told.polled,
				   told.slept);
}

/* @key is made here, not copied: see exit_detail() in machine-x86.c. */
ALWAYS_INLINE int add_counted(struct views *s, const struct by_time_stream *st,
			      const struct event_entry *e, uint64_t ts)
{
	const struct group_key key = views_key(e, st->records.cpu);
	struct stats_sample sample;

	pair_sample(e, &sample);
	if (unlikely(s->sums) && sums_by_time_add(s->sums, e, &sample) < 0)
		return -1;
	return views_add_exit(s, s->shards, &key, ts, &sample, KEY_OF_EXIT);
}

/* The exit of @e, which is charged */
ALWAYS_INLINE int add_exit(struct views *s, struct by_time_stream *st,
			   struct event_entry *e, uint64_t ts)
{
	int ret;

	if (!e->seq)
		return 0;
	ret = views_see_entry(s, &st->run, e);
	if (ret <= 0)
		return ret;
	e->thread = 0;
	return add_counted(s, st, e, ts);
}

ALWAYS_INLINE int times_entry(struct by_time *w, struct by_time_stream *st,
			      struct subbuf_record rec)
{
	struct views *s = w->arg;
	struct event_entry e;
	uint64_t halted = 0;

	s->counts.entries++;
	parse_entry(w->p, &rec, &e);
	see_stamp(s, e.tsc);
	if (unlikely(s->halts))
		halted = halted_so_far(s, &e);
	if (timeline_stamped_entry(&s->timeline, &e) < 0)
		return -1;
	if (unlikely(s->halts))
		tell_halt(s, &rec, &e, halted);
	return add_exit(s, st, &e, rec.ts);
}

ALWAYS_INLINE int times_exit(struct by_time *w,
			     struct by_time_stream *st __attribute__((unused)),
			     struct subbuf_record rec)
{
	struct views *s = w->arg;
	struct event_exit e;

	s->counts.exits++;
	parse_exit(w->p, &rec, &e);
	see_stamp(s, e.tsc);
	return timeline_stamped_exit(&s->timeline, &e);
}

static int times_gap(struct by_time *w, struct gap gap)
{
	struct views *s = w->arg;

	if (s->halts)
		halts_forget(s->halts);
	return gaps_add(&s->timeline.gaps, gap.begin, gap.end);
}

static int times_other(struct by_time *w,
		       struct by_time_stream *st __attribute__((unused)),
		       struct subbuf_record rec)
{
	struct views *s = w->arg;

	return halts_wakeup(s->halts, rec);
}

BY_TIME_SINK_DECLARE(times)

static const struct by_time_sink times = {
	.by_stamp = true,
	.run = times_run,
	.run_samples = times_run_samples,
	.next = times_next,
	.entry = times_entry,
	.exit = times_exit,
	.other = times_other,
	.rare = views_see_rare,
	.gap = times_gap,
};

BY_TIME_SINK_DEFINE(times)

/* By several threads: see views-both.h. */

ALWAYS_INLINE int charge_entry(struct by_time *w, struct by_time_stream *st,
			       struct subbuf_record rec)
{
	struct views *s = w->arg;
	struct event_entry e;

	s->counts.entries++;
	parse_entry(w->p, &rec, &e);
	if (both_charge_entry(s, &e) < 0)
		return -1;
	return add_exit(s, st, &e, rec.ts);
}

ALWAYS_INLINE int charge_exit(struct by_time *w,
			      struct by_time_stream *st __attribute__((unused)),
			      struct subbuf_record rec)
{
	struct views *s = w->arg;
	struct event_exit e;

	s->counts.exits++;
	parse_exit(w->p, &rec, &e);
	return both_charge_exit(s, &e);
}

/* Reading ends: it is to be read in the order of stamps. */
static int charge_gap(struct by_time *w, struct gap gap __attribute__((unused)))
{
	struct views *s = w->arg;

	s->both->odd = true;
	return -1;
}

BY_TIME_SINK_DECLARE(charge)

static const struct by_time_sink charge = {
	.run = charge_run,
	.run_samples = charge_run_samples,
	.next = charge_next,
	.entry = charge_entry,
	.exit = charge_exit,
	.rare = views_see_rare,
	.gap = charge_gap,
};

BY_TIME_SINK_DEFINE(charge)

static int read_slices(struct views *s)
{
	return views_read_slices(s, &charge, s->opt->threads);
}

static bool may_slice(const struct views *s)
{
	return s->opt->threads > 1 && !s->halts && !s->again && !views_has_window(s) &&
	       !s->view.info->grows;
}

/* It was in vain: what was found is forgotten. */
static int begin_again(struct views *s)
{
	views_expect_passes(s, 1);
	if (views_forget(s) < 0)
		return -1;
	if (!s->sums)
		return 0;
	sums_by_time_free(s->sums);
	s->sums = sums_by_time_alloc(s->p);
	return s->sums ? 0 : -1;
}

/* Return 1; 0 if it is to be read by one thread, in the order of stamps; or -1. */
static int read_by_threads(struct views *s)
{
	struct both both = { .odd = false };
	bool good;

	s->both = &both;
	good = both_listen(s, read_slices) > 0 && !both.odd && !s->finds_holes;
	s->both = NULL;
	s->timeline.known = TIMES_ALL;
	s->first = s->timeline.nr ? UINT64_MAX : 0;
	s->last = 0;
	return good ? 1 : begin_again(s);
}

static int read_times(struct views *s)
{
	int ret = may_slice(s) ? read_by_threads(s) : 0;

	if (ret)
		return ret < 0 ? -1 : 0;
	s->first = UINT64_MAX;
	s->last = 0;
	s->timeline.known = TIMES_ALL;
	ret = views_walk(s, &times);
	if (s->halts && s->halts->nr)
		s->timeline.known |= TIMES_TOLD;
	if (s->first > s->last)
		s->first = 0;
	return ret;
}

int views_read_times(struct views *s)
{
	struct halts *halts;
	int ret;

	if (!columns_want_halts(s->view.opt))
		return read_times(s);
	halts = malloc(sizeof(*halts));
	if (!halts)
		return error("out of memory: halts");
	ret = halts_init(halts, s->p, s->src);
	s->halts = halts;
	if (!ret)
		ret = read_times(s);
	s->halts = NULL;
	halts_release(halts);
	free(halts);
	return ret;
}

/* Without stamps, what is known of a vCPU is its thread. */
static int find_owner(struct views *s, uint32_t tid, struct group_key *key)
{
	const struct owner *owner = owners_get(&s->owners, tid);

	if (!owner)
		return -1;
	key->vm = owner->vm;
	key->vcpu = owner->vcpu;
	key->thread = tid;
	return 0;
}

/* The time of one vCPU, into its group */
static int add_time(struct views *s, const struct timeline_vcpu *vcpu)
{
	struct group_key key = { .vm = vcpu->vm, .vcpu = vcpu->vcpu };
	struct group_key masked;
	struct times times = { .known = s->timeline.known };
	struct group *g;

	if (!s->view.stamped && find_owner(s, vcpu->vcpu, &key) < 0)
		return -1;
	masked = (struct group_key){
		.vm = key.vm & s->mask.vm, .vcpu = key.vcpu & s->mask.vcpu,
		.thread = views_thread(s, &key),
	};
	/* Its time is cut, and not left out. */
	if (s->filter.any && !filter_takes(&s->filter, &key, s->filter.begin))
		return 0;
	g = groups_get(&s->view.groups, &masked);
	if (!g)
		return s->view.groups.full ? groups_error() : -1;
	timeline_get(&s->timeline, vcpu, s->first, s->last, &times);
	return group_add_times(g, &times);
}

int views_add_times(struct views *s)
{
	const struct timeline *tl = &s->timeline;
	size_t i;
	int ret = 0;

	timeline_extend(tl, &s->first, &s->last);
	s->view.times_span = timeline_inside(tl, s->first, s->last);
	for (i = 0; i < tl->size && !ret; i++)
		if (tl->vcpus[i].used)
			ret = add_time(s, &tl->vcpus[i]);
	views_warn_odd(s, ret ? 0 : tl->backwards,
		       "events that are earlier than the one before, of the same vCPU");
	return ret;
}
