// SPDX-License-Identifier: GPL-2.0
/*
 * Details need more than the kvm_entry, and the order of time (details.h): all
 * streams are merged, and read by one thread.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/merge.h"
#include "sink/views-private.h"
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
	if (s->view.by & BY_RIP)
		key->rip_is = RIP_OTHER;
	if (s->view.by & BY_DETAIL)
		key->detail = (struct detail){ .kind = DETAIL_OTHER };
	return groups_get(groups, key);
}

int views_add_detailed(const struct views *s, struct groups *groups,
		       const struct group_key *key, struct group_key masked,
		       uint64_t ts, const struct stats_sample *sample)
{
	struct group *g;

	if (s->list) {
		masked = *key;
		masked.ts = ts;
		return list_add(s->list, &masked, sample);
	}

	if (s->view.by & BY_RIP) {
		masked.rip_is = key->rip_is;
		masked.rip = key->rip;
	}
	if (s->view.by & BY_DETAIL)
		masked.detail = key->detail;
	g = detailed_group(s, groups, &masked);
	return g ? group_add(g, sample) : -1;
}

/* One per-CPU stream */
struct stream {
	struct records records;
	struct subbuf_record rec;	/* the latest */
	struct epochs_run run;
};

struct reader {
	struct views *s;
	struct views_shard *shard;
	struct stream *streams;
	unsigned int nr_streams;
	struct merge merge;
	bool any;
};

static int handle_entry(struct reader *r, struct stream *st)
{
	struct views *s = r->s;
	const struct subbuf_record *rec = &st->rec;
	uint32_t tid = parse_pid(s->p, rec);
	struct stats_sample sample;
	struct group_key key;
	struct event_entry e;
	int ret;

	s->counts.entries++;
	parse_entry(s->p, rec, &e);
	if (!e.seq)
		return details_drop(s->details, tid);
	ret = views_see_entry(s, &st->run, &e);
	if (ret <= 0)
		return ret;
	key = views_key(&e, st->records.cpu);
	pair_sample(&e, &sample);
	ret = details_entry(s->details, tid, &e, &sample, rec->ts, &key);
	if (ret <= 0)
		return ret;
	return views_add_exit(s, &r->shard->groups, &key, rec->ts, &sample);
}

static int handle_record(struct reader *r, struct stream *st)
{
	struct views *s = r->s;
	bool is_short = false;
	enum parse_kind kind = parse_kind(s->p, &st->rec, &is_short);

	st->records.losses.short_records += is_short;
	if (kind == PARSE_ENTRY)
		return handle_entry(r, st);
	if (details_record(s->details, &st->rec) < 0)
		return -1;
	return kind == PARSE_OTHER ? 0 : views_see_other(s, &st->rec, kind);
}

/*
 * A gap ends with the record that was read last; one at the end of the stream,
 * without a record behind it, at the end of the recording.
 */
static void take_gap(struct reader *r, struct stream *st, bool ended)
{
	if (records_take_gap(&st->records))
		attach_gap(&r->s->details->attach,
			   ended ? UINT64_MAX : st->rec.ts);
}

static int open_stream(struct reader *r, unsigned int i)
{
	struct views *s = r->s;
	struct stream *st = &r->streams[i];
	int ret;

	ret = records_open(&st->records, s->src, &s->p->subbuf, i);
	if (!ret)
		ret = records_next(&st->records, &st->rec);
	if (ret < 0)
		return -1;
	take_gap(r, st, !ret);
	if (!ret)
		return 0;
	if (!r->any || st->rec.ts < s->first_ts)
		s->first_ts = st->rec.ts;
	r->any = true;
	merge_add(&r->merge, st->rec.ts, i);
	return 0;
}

static int open_streams(struct reader *r)
{
	unsigned int i;

	r->nr_streams = source_recording(r->s->src)->nr_cpus;
	r->streams = calloc(r->nr_streams + 1, sizeof(*r->streams));
	if (!r->streams || merge_init(&r->merge, r->nr_streams) < 0)
		return error("out of memory: %u CPUs", r->nr_streams);
	for (i = 0; i < r->nr_streams; i++)
		if (open_stream(r, i) < 0)
			return -1;
	filter_begin(&r->s->filter, r->s->first_ts);
	/* Of a CPU that has no stream nothing is known, at any time. */
	if (source_recording(r->s->src)->nr_absent)
		attach_gap(&r->s->details->attach, UINT64_MAX);
	return 0;
}

static void close_streams(struct reader *r)
{
	unsigned int i;

	for (i = 0; r->streams && i < r->nr_streams; i++)
		records_close(&r->streams[i].records);
	free(r->streams);
	merge_release(&r->merge);
}

static int advance(struct reader *r, struct stream *st)
{
	uint64_t last = st->rec.ts;
	int ret = records_next(&st->records, &st->rec);

	if (ret < 0)
		return -1;
	if (unlikely(ret != RECORDS_NEXT || st->records.holes)) {
		records_see_step(&st->records, last, st->rec.ts);
		take_gap(r, st, !ret);
	}
	if (ret)
		merge_advance(&r->merge, st->rec.ts);
	else
		merge_drop(&r->merge);
	return 0;
}

static int read_merged(struct reader *r)
{
	struct stream *st;

	while (r->merge.nr) {
		st = &r->streams[merge_first(&r->merge)];
		if (handle_record(r, st) < 0 || advance(r, st) < 0)
			return -1;
	}
	return details_end(r->s->details);
}

/* Exits whose halves were not in the order of time, and what streams know */
static int finish(struct reader *r)
{
	struct views *s = r->s;
	const struct details_entry *e;
	struct stream *st;

	while ((e = details_next(s->details)))
		if (views_add_exit(s, &r->shard->groups, &e->key, e->ts,
				   &e->sample) < 0)
			return -1;
	for (st = r->streams; st < r->streams + r->nr_streams; st++) {
		if (st->run.first_seq &&
		    epochs_add_run(&s->epochs, &st->run) < 0)
			return -1;
		if (st->rec.ts > s->last_ts)
			s->last_ts = st->rec.ts;
		views_end_records(s, &st->records);
	}
	return 0;
}

int views_read_detailed(struct views *s)
{
	struct reader r = { .s = s };
	int ret = views_open_shards(s, 1);

	r.shard = s->shards;
	if (!ret)
		ret = open_streams(&r);
	if (!ret)
		ret = read_merged(&r);
	if (!ret)
		ret = finish(&r);
	close_streams(&r);
	return ret;
}
