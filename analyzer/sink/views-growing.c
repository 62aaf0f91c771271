// SPDX-License-Identifier: GPL-2.0
/*
 * Exits into groups while they are recorded (source.h): a sink of the walk by time,
 * which no idle CPU holds up, where that by number (views-streams.c) would wait.
 */
#include "sink/views-private.h"

ALWAYS_INLINE int add_counted(struct views *s, const struct by_time_stream *st,
			      const struct event_entry *e, uint64_t ts)
{
	const struct group_key key = views_key(e, st->records.cpu);
	struct stats_sample sample;

	pair_sample(e, &sample);
	return views_add_exit(s, s->shards, &key, ts, &sample, KEY_ALL);
}

ALWAYS_INLINE int growing_entry(struct by_time *w, struct by_time_stream *st,
				struct subbuf_record rec)
{
	struct views *s = w->arg;
	struct event_entry e;
	int ret;

	s->counts.entries++;
	parse_entry(w->p, &rec, &e);
	if (!e.seq)
		return 0;
	ret = views_see_entry(s, &st->run, &e);
	if (ret <= 0)
		return ret;
	e.thread = parse_pid(w->p, &rec);
	return add_counted(s, st, &e, rec.ts);
}

ALWAYS_INLINE int growing_exit(struct by_time *w,
			       struct by_time_stream *st __attribute__((unused)),
			       struct subbuf_record rec __attribute__((unused)))
{
	struct views *s = w->arg;

	s->counts.exits++;
	return 0;
}

/* kvm_entry is complete in itself: what is lost before it is none of its concern. */
static int growing_gap(struct by_time *w __attribute__((unused)),
		       struct gap gap __attribute__((unused)))
{
	return 0;
}

BY_TIME_SINK_DECLARE(growing)

static const struct by_time_sink growing = {
	.run = growing_run,
	.run_samples = growing_run_samples,
	.next = growing_next,
	.entry = growing_entry,
	.exit = growing_exit,
	.rare = views_see_rare,
	.gap = growing_gap,
};

BY_TIME_SINK_DEFINE(growing)

int views_read_growing(struct views *s)
{
	return views_walk(s, &growing);
}
