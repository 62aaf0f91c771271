// SPDX-License-Identifier: GPL-2.0
/*
 * Where the time of vCPUs went.  With stamps, all streams are merged by these: a
 * vCPU that changes CPUs takes its open exit along, and time stamps of two CPUs
 * need not agree.  (Without, trips.h does it.)
 */
#include <stdlib.h>

#include "base/error.h"
#include "base/merge.h"
#include "sink/views-private.h"

struct stream {
	struct records records;
	struct subbuf_record rec;	/* the latest */
	struct epochs_run run;
	enum parse_kind kind;
	uint64_t key;			/* the latest stamp */
	uint64_t last_ts;		/* of the latest record */
	bool any;			/* there is a record */
	bool has_gap, ended;		/* a gap goes before it, or before the
					   end */
	struct gap gap;
	union {
		struct event_entry entry;
		struct event_exit exit;
	};
};

struct reader {
	struct views *s;
	struct stream *streams;
	unsigned int nr_streams;
	struct merge merge;
	bool any_ts, any_stamp;
};

static void see_stamp(struct reader *r, uint64_t tsc)
{
	struct views *s = r->s;

	if (!r->any_stamp || tsc < s->first)
		s->first = tsc;
	if (!r->any_stamp || tsc > s->last)
		s->last = tsc;
	r->any_stamp = true;
}

/*
 * Is st->rec, of st->kind, one that takes a turn by its stamp?  One of 0 has no
 * time: it stays behind the one before.
 */
static bool examine(struct reader *r, struct stream *st)
{
	const struct parse *p = r->s->p;
	uint64_t tsc;

	if (st->kind == PARSE_ENTRY) {
		parse_entry(p, &st->rec, &st->entry);
		tsc = st->entry.tsc;
	} else if (st->kind == PARSE_EXIT) {
		parse_exit(p, &st->rec, &st->exit);
		tsc = st->exit.tsc;
	} else {
		return false;
	}
	if (tsc) {
		st->key = tsc;
		see_stamp(r, tsc);
	}
	return true;
}

/* As it takes its turn among the events, see trips.c. */
static void hold_gap(struct stream *st, uint64_t before, uint64_t behind)
{
	st->has_gap = true;
	st->gap = (struct gap){ before < behind ? before : behind,
				before < behind ? behind : before };
}

/* The first event that has a stamp ends a gap. */
static void see_gap(struct stream *st, uint64_t before)
{
	if (st->key != before && records_take_gap(&st->records))
		hold_gap(st, before, st->key);
}

/* An event that is not merged.  Return 1 if it is one that is. */
static int take(struct reader *r, struct stream *st, struct subbuf_record rec)
{
	struct views *s = r->s;

	st->kind = s->p->kind[subbuf_event_id(&rec)];
	if (rec.len < s->p->min_len[st->kind]) {
		st->records.losses.short_records++;
		return 0;
	}
	st->rec = rec;
	return examine(r, st) ? 1 : views_see_other(s, &rec, st->kind);
}

/*
 * Come to the next event that is merged, and to the gap before it: 1; 0 at the
 * end.  As for @sb, see subbuf.h.
 */
static int next_event(struct reader *r, struct stream *st)
{
	const uint8_t *kinds = r->s->p->kind;
	struct subbuf sb = st->records.sb;
	const uint64_t before = st->key;
	struct subbuf_record rec = { .ts = st->last_ts };
	uint64_t last = rec.ts;
	int ret, found = 0;

	while (!found && (ret = records_walk(&st->records, &sb, &rec)) > 0) {
		if (unlikely(st->records.holes))
			records_see_step(&st->records, last, rec.ts);
		last = rec.ts;
		if (kinds[subbuf_event_id(&rec)] != PARSE_OTHER)
			found = take(r, st, rec);
	}
	st->records.sb = sb;
	st->last_ts = last;
	if (found || ret < 0) {
		if (unlikely(st->records.gap) && found > 0)
			see_gap(st, before);
		return found ? found : ret;
	}
	st->ended = true;
	if (!records_take_gap(&st->records))
		return 0;
	hold_gap(st, st->key, UINT64_MAX);
	return 1;
}

static uint64_t key_of(const struct stream *st)
{
	return st->has_gap ? st->gap.begin : st->key;
}

static int open_stream(struct reader *r, unsigned int i)
{
	struct stream *st = &r->streams[i];
	struct views *s = r->s;
	uint64_t ts;
	int ret;

	if (records_open(&st->records, s->src, &s->p->subbuf, i) < 0)
		return -1;
	ret = records_peek(&st->records, &ts);
	if (ret < 0)
		return -1;
	st->any = ret;
	if (st->any) {
		if (!r->any_ts || ts < s->first_ts)
			s->first_ts = ts;
		r->any_ts = true;
		st->last_ts = ts;
	}
	ret = next_event(r, st);
	if (ret > 0)
		merge_add(&r->merge, key_of(st), i);
	return ret < 0 ? -1 : 0;
}

static int open_streams(struct reader *r)
{
	struct views *s = r->s;
	unsigned int i;

	r->nr_streams = source_recording(s->src)->nr_cpus;
	r->streams = calloc(r->nr_streams + 1, sizeof(*r->streams));
	if (!r->streams || merge_init(&r->merge, r->nr_streams) < 0)
		return error("out of memory: %u CPUs", r->nr_streams);
	for (i = 0; i < r->nr_streams; i++)
		if (open_stream(r, i) < 0)
			return -1;
	filter_begin(&s->filter, s->first_ts);
	/* Of a CPU that has no stream nothing is known, at any time. */
	return source_recording(s->src)->nr_absent ?
	       gaps_add(&s->timeline.gaps, 0, UINT64_MAX) : 0;
}

static void close_streams(struct reader *r)
{
	unsigned int i;

	for (i = 0; r->streams && i < r->nr_streams; i++)
		records_close(&r->streams[i].records);
	free(r->streams);
	merge_release(&r->merge);
}

static int handle_entry(struct reader *r, struct stream *st)
{
	const struct event_entry *e = &st->entry;
	struct views *s = r->s;
	struct stats_sample sample;
	struct group_key key;
	int ret;

	s->counts.entries++;
	if (timeline_stamped_entry(&s->timeline, e) < 0)
		return -1;
	if (!e->seq)
		return 0;
	ret = views_see_entry(s, &st->run, e);
	if (ret <= 0)
		return ret;
	key = views_key(e, st->records.cpu);
	pair_sample(e, &sample);
	return views_add_exit(s, &s->shards->groups, &key, st->rec.ts, &sample);
}

static int handle_event(struct reader *r, struct stream *st)
{
	if (st->kind == PARSE_ENTRY)
		return handle_entry(r, st);
	r->s->counts.exits++;
	return timeline_stamped_exit(&r->s->timeline, &st->exit);
}

/* The gap before the latest event of @st has had its turn. */
static int pass_gap(struct reader *r, struct stream *st)
{
	st->has_gap = false;
	if (gaps_add(&r->s->timeline.gaps, st->gap.begin, st->gap.end) < 0)
		return -1;
	return !st->ended;
}

static int read_merged(struct reader *r)
{
	struct stream *st;
	int ret;

	while (r->merge.nr) {
		st = &r->streams[merge_first(&r->merge)];
		if (unlikely(st->has_gap))
			ret = pass_gap(r, st);
		else if (handle_event(r, st) < 0)
			ret = -1;
		else
			ret = next_event(r, st);
		if (ret < 0)
			return -1;
		if (ret)
			merge_advance(&r->merge, key_of(st));
		else
			merge_drop(&r->merge);
	}
	return 0;
}

static int finish(struct reader *r)
{
	struct views *s = r->s;
	struct stream *st;

	for (st = r->streams; st < r->streams + r->nr_streams; st++) {
		if (st->run.first_seq &&
		    epochs_add_run(&s->epochs, &st->run) < 0)
			return -1;
		if (st->any && st->last_ts > s->last_ts)
			s->last_ts = st->last_ts;
		views_end_records(s, &st->records);
	}
	return 0;
}

int views_read_times(struct views *s)
{
	struct reader r = { .s = s };
	int ret = views_open_shards(s, 1);

	if (!ret)
		ret = open_streams(&r);
	if (!ret)
		ret = read_merged(&r);
	if (!ret)
		ret = finish(&r);
	close_streams(&r);
	return ret;
}

/* The time of one vCPU, into its group */
static int add_time(struct views *s, const struct timeline_vcpu *vcpu)
{
	const struct group_key key = { .vm = vcpu->vm, .vcpu = vcpu->vcpu };
	const struct group_key masked = { .vm = key.vm & s->mask.vm,
					  .vcpu = key.vcpu & s->mask.vcpu };
	struct times times;
	struct group *g;

	if (s->filter.any && !filter_takes(&s->filter, &key, 0))
		return 0;
	g = groups_get(&s->view.groups, &masked);
	if (!g)
		return s->view.groups.full ? groups_error() : -1;
	timeline_get(vcpu, s->first, s->last, &times);
	return group_add_times(g, &times);
}

int views_add_times(struct views *s)
{
	const struct timeline *tl = &s->timeline;
	size_t i;
	int ret = 0;

	timeline_extend(tl, &s->first, &s->last);
	s->view.times_span = s->last - s->first;
	for (i = 0; i < tl->size && !ret; i++)
		if (tl->vcpus[i].used)
			ret = add_time(s, &tl->vcpus[i]);
	views_warn_odd(s, ret ? 0 : tl->backwards,
		       "events that are earlier than the one before, of the same vCPU");
	return ret;
}
