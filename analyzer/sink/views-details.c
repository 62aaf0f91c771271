// SPDX-License-Identifier: GPL-2.0
/*
 * Details need more than the kvm_entry, and the order of time (details.h): a sink
 * of the walk by time.
 */
#include <stdlib.h>
#include <string.h>

#include "sink/views-both.h"
#include "walk/pair.h"

/* The group of @key, or that of all that has no room. */
static struct group *detailed_group(const struct views *s,
				    struct groups *groups,
				    struct group_key *key)
{
	struct group *g;

	if (groups->nr < GROUPS_DETAILED_MAX)
		return groups_get(groups, key);
	g = groups_find(groups, key);
	if (g)
		return g;
	s->details->no_room++;
	key->rip = 0;
	if (s->view.by & (BY_RIP | BY_FUNCTION))
		key->rip_is = RIP_OTHER;
	if (s->view.by & (BY_DETAIL | BY_KIND))
		key->detail = (struct detail){ .kind = DETAIL_OTHER };
	return groups_get(groups, key);
}

/* Not by rip: by the function that it is in, or not at all. */
static void find_function(const struct views *s, struct group_key *key)
{
	const struct guest_function *f = NULL;

	if (!(s->view.by & BY_FUNCTION)) {
		key->rip_is = RIP_NONE;
	} else if (key->rip_is == RIP_KNOWN) {
		f = guest_map_find(s->view.map, key->rip);
		if (!f)
			key->rip_is = RIP_NOWHERE;
	}
	key->rip = f ? f->address : 0;
}

/* Of exits that somebody takes, the list has the sums. */
static int hand_out(const struct views *s, const struct group_key *key, uint64_t ts,
		    const struct stats_sample *sample, uint64_t part)
{
	const struct exit_taker *to = s->opt->exits;

	stats_cell_add_part(&s->list->rest.cell, sample, part);
	return to->take(to->user, key, ts, sample);
}

int views_add_detailed(const struct views *s, struct views_shard *sh,
		       struct group_key *key, uint64_t ts,
		       const struct stats_sample *sample)
{
	const struct group_key *mask = &s->mask;
	const uint64_t part = stats_part(sample, s->of);
	struct group *g;

	if (views_drops(s, key, ts, part))
		return 0;
	if (s->opt->exits)
		return hand_out(s, key, ts, sample, part);
	if (s->list) {
		key->ts = ts;
		if (list_add(s->list, key, sample) < 0)
			return -1;
		if (!s->opt->view.dearest)
			return 0;
		key->ts = 0;
	}
	if (unlikely(s->tell_apart))
		key->thread = views_thread(s, key);
	else
		key->thread &= mask->thread;
	key->vm &= mask->vm;
	key->vcpu &= mask->vcpu;
	key->cpu &= mask->cpu;
	key->isa &= mask->isa;
	key->code &= mask->code;
	key->level &= mask->level;
	if (!(s->view.by & BY_RIP))
		find_function(s, key);
	detail_mask(&key->detail, s->view.by, s->opt->view.range_bytes);
	if (s->view.by & BY_TIME) {
		if (views_find_bucket(sh, ts) < 0)
			return -1;
		key->ts = sh->buckets.number;
	}
	g = detailed_group(s, &sh->groups, key);
	return g ? views_add_to_group(s, g, sample, part) : -1;
}

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
