// SPDX-License-Identifier: GPL-2.0
/*
 * Details need more than the kvm_entry, and the order of time (details.h): a sink
 * of the walk by time.
 */
#include "sink/views-both.h"
#include "walk/pair.h"

/* @both: there is a timeline, and maybe sums */
ALWAYS_INLINE int entry_as(struct by_time *w, struct by_time_stream *st,
			   struct subbuf_record rec, bool both)
{
	struct views *s = w->arg;
	const uint32_t tid = parse_pid(w->p, &rec);
	struct stats_sample sample;
	struct group_key key;
	struct event_entry e;
	int ret;

	s->counts.entries++;
	parse_entry(w->p, &rec, &e);
	if (both && both_charge_entry(s, &e) < 0)
		return -1;
	if (!e.seq)
		return details_drop(s->details, tid);
	ret = views_see_entry(s, &st->run, &e);
	if (ret <= 0)
		return ret;
	/* What is not set here details_entry() sets, or clears. */
	key.vm = e.vm;
	key.vcpu = e.vcpu_id;
	key.cpu = st->records.cpu;
	key.isa = e.isa;
	key.code = e.code;
	key.thread = tid;
	key.ts = 0;
	key.recording = 0;
	pair_sample(&e, &sample);
	if (both && s->sums && sums_by_time_add(s->sums, &e, &sample) < 0)
		return -1;
	ret = details_entry(s->details, tid, &e, &sample, rec.ts, &key);
	if (ret <= 0)
		return ret;
	return views_add_detailed(s, s->shards, &key, rec.ts, &sample);
}

ALWAYS_INLINE int exit_as(struct by_time *w, struct subbuf_record rec, bool both)
{
	struct views *s = w->arg;
	struct event_exit e;

	s->counts.exits++;
	if (both) {
		parse_exit(w->p, &rec, &e);
		if (both_charge_exit(s, &e) < 0)
			return -1;
	}
	return details_exit(s->details, rec);
}

ALWAYS_INLINE int detailed_entry(struct by_time *w, struct by_time_stream *st,
				 struct subbuf_record rec)
{
	return entry_as(w, st, rec, false);
}

ALWAYS_INLINE int detailed_exit(struct by_time *w,
				struct by_time_stream *st __attribute__((unused)),
				struct subbuf_record rec)
{
	return exit_as(w, rec, false);
}

ALWAYS_INLINE int both_entry(struct by_time *w, struct by_time_stream *st,
			     struct subbuf_record rec)
{
	return entry_as(w, st, rec, true);
}

ALWAYS_INLINE int both_exit(struct by_time *w,
			    struct by_time_stream *st __attribute__((unused)),
			    struct subbuf_record rec)
{
	return exit_as(w, rec, true);
}

ALWAYS_INLINE int detailed_other(struct by_time *w,
				 struct by_time_stream *st __attribute__((unused)),
				 struct subbuf_record rec)
{
	struct views *s = w->arg;

	return details_event(s->details, rec);
}

static int detailed_gap(struct by_time *w, struct gap gap)
{
	struct views *s = w->arg;

	if (s->both)
		s->both->odd = true;
	attach_gap(&s->details->attach, gap.end);
	return 0;
}

BY_TIME_SINK_DECLARE(detailed)
BY_TIME_SINK_DECLARE(both)

static const struct by_time_sink detailed = {
	.run = detailed_run,
	.run_samples = detailed_run_samples,
	.next = detailed_next,
	.entry = detailed_entry,
	.exit = detailed_exit,
	.other = detailed_other,
	.rare = views_see_rare,
	.gap = detailed_gap,
};

static const struct by_time_sink both = {
	.run = both_run,
	.run_samples = both_run_samples,
	.next = both_next,
	.entry = both_entry,
	.exit = both_exit,
	.other = detailed_other,
	.rare = views_see_rare,
	.gap = detailed_gap,
};

BY_TIME_SINK_DEFINE(detailed)
BY_TIME_SINK_DEFINE(both)

int views_read_detailed(struct views *s)
{
	const struct by_time_sink *sink = s->both ? &both : &detailed;
	int ret = views_read_slices(s, sink, s->opt->threads);

	if (ret)
		return ret < 0 ? -1 : 0;
	views_expect_passes(s, 1);
	return views_forget(s) < 0 || views_read_slices(s, sink, 1) < 0 ? -1 : 0;
}
