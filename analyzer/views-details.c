// SPDX-License-Identifier: GPL-2.0
/*
 * Details need more than the kvm_entry, and the order of time (details.h): all
 * streams are merged, and read by one thread.
 */
#include <stdlib.h>

#include "error.h"
#include "merge.h"
#include "pair.h"
#include "views-private.h"

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

static int handle_entry(const struct views *s, struct views_shard *sh,
			struct views_stream *st)
{
	const struct subbuf_record *rec = &st->rec;
	uint32_t tid = parse_pid(s->p, rec);
	struct stats_sample sample;
	struct group_key key;
	struct event_entry e;
	int ret;

	sh->entries++;
	parse_entry(s->p, rec, &e);
	if (!e.seq)
		return details_drop(s->details, tid);
	ret = views_see_entry(sh, st, &e);
	if (ret <= 0)
		return ret;
	key = views_key(&e, st->records.cpu);
	pair_sample(&e, &sample);
	ret = details_entry(s->details, tid, &e, &sample, rec->ts, &key);
	if (ret <= 0)
		return ret;
	return views_add_exit(s, &sh->groups, &key, rec->ts, &sample);
}

static int handle_record(const struct views *s, struct views_shard *sh,
			 struct views_stream *st)
{
	bool is_short = false;
	enum parse_kind kind = parse_kind(s->p, &st->rec, &is_short);

	sh->short_records += is_short;
	if (kind == PARSE_ENTRY)
		return handle_entry(s, sh, st);
	if (details_record(s->details, &st->rec) < 0)
		return -1;
	return views_handle_rare(s, sh, st, st->rec, kind);
}

/*
 * A gap ends with the record that was read last; one at the end of the stream,
 * without a record behind it, at the end of the recording.
 */
static void take_gap(const struct views *s, struct views_stream *st, bool ended)
{
	if (records_take_gap(&st->records))
		attach_gap(&s->details->attach, ended ? UINT64_MAX : st->rec.ts);
}

static int advance(const struct views *s, struct merge *m,
		   struct views_stream *st)
{
	uint64_t last = st->rec.ts;
	int ret = records_next(&st->records, &st->rec);

	if (ret < 0)
		return -1;
	if (__builtin_expect(st->records.watched, 0)) {
		records_see_step(&st->records, last, st->rec.ts);
		take_gap(s, st, !ret);
	}
	if (ret)
		merge_advance(m, st->rec.ts);
	else
		merge_drop(m);
	return 0;
}

static int read_merged(const struct views *s, struct views_shard *sh,
		       struct merge *m)
{
	struct views_stream *st;

	while (m->nr) {
		st = &s->streams[merge_first(m)];
		if (handle_record(s, sh, st) < 0 || advance(s, m, st) < 0)
			return -1;
	}
	return details_end(s->details);
}

/* Exits whose halves were not in the order of time, and runs of all streams */
static int finish_detailed(const struct views *s, struct views_shard *sh)
{
	const struct details_entry *e;
	unsigned int i;

	while ((e = details_next(s->details)))
		if (views_add_exit(s, &sh->groups, &e->key, e->ts,
				   &e->sample) < 0)
			return -1;
	for (i = 0; i < s->nr_streams; i++)
		if (views_end_stream(&s->streams[i]) < 0)
			return -1;
	return 0;
}

void views_read_detailed(struct views *s)
{
	struct views_shard *sh = &s->shards[0];
	struct merge m;
	unsigned int i;

	sh->failed = true;
	if (merge_init(&m, s->nr_streams) < 0) {
		error("out of memory: %u CPUs", s->nr_streams);
		return;
	}
	for (i = 0; i < s->nr_streams; i++) {
		take_gap(s, &s->streams[i], !s->streams[i].any);
		if (s->streams[i].any)
			merge_add(&m, s->streams[i].rec.ts, i);
	}
	sh->failed = read_merged(s, sh, &m) < 0 || finish_detailed(s, sh) < 0;
	merge_release(&m);
}
