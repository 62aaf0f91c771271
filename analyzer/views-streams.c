// SPDX-License-Identifier: GPL-2.0
/*
 * A kvm_entry of a patched kernel is complete in itself, so per-CPU streams do
 * not depend on each other: each thread takes the next stream that is free and
 * reads it to its end, into groups of its own.  What is merged afterwards are
 * sums, minima and maxima, which do not depend on who took what; and epochs,
 * in the order of the streams.
 */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "pair.h"
#include "views-private.h"

/* Events */

static int handle_report(const struct views *s, struct views_shard *sh,
			 struct views_stream *st,
			 const struct subbuf_record *rec)
{
	struct event_report e;

	sh->reports++;
	parse_report(s->p, rec, &e);
	return epochs_add_report(&st->epochs, &e);
}

/* The kernel's totals say where epochs end if a kvm_exit_report is lost. */
static int handle_stats(const struct views *s, struct views_stream *st,
			const struct subbuf_record *rec)
{
	struct event_stats e;

	parse_stats(s->p, rec, &e);
	return e.kind == STATS_TOTAL ? epochs_add_stats(&st->epochs, &e) : 0;
}

__attribute__((noinline)) int
views_handle_rare(const struct views *s, struct views_shard *sh,
		  struct views_stream *st, struct subbuf_record rec,
		  enum parse_kind kind)
{
	if (kind == PARSE_EXIT)
		sh->exits++;
	else if (kind == PARSE_REPORT)
		return handle_report(s, sh, st, &rec);
	else if (kind == PARSE_STATS)
		return handle_stats(s, st, &rec);
	return 0;
}

static inline int handle_entry(const struct views *s, struct views_shard *sh,
			       struct views_stream *st,
			       const struct subbuf_record *rec)
{
	struct stats_sample sample;
	struct group_key key;
	struct event_entry e;
	int ret;

	sh->entries++;
	parse_entry(s->p, rec, &e);
	if (!e.seq)
		return 0;
	ret = views_see_entry(sh, st, &e);
	if (ret <= 0)
		return ret;
	key = views_key(&e, st->records.cpu);
	pair_sample(&e, &sample);
	return views_add_exit(s, &sh->groups, &key, rec->ts, &sample);
}

/* @rec is passed by value, so that its fields can stay in registers. */
static inline int handle_record(const struct views *s, struct views_shard *sh,
				struct views_stream *st,
				struct subbuf_record rec, enum parse_kind kind)
{
	if (__builtin_expect(rec.len < s->p->min_len[kind], 0)) {
		sh->short_records++;
		return 0;
	}
	if (kind == PARSE_EXIT) {
		sh->exits++;
		return 0;
	}
	if (kind == PARSE_ENTRY)
		return handle_entry(s, sh, st, &rec);
	return views_handle_rare(s, sh, st, rec, kind);
}

int views_end_stream(struct views_stream *st)
{
	return st->run.first_seq ? epochs_add_run(&st->epochs, &st->run) : 0;
}

/* From st->rec to the end.  As for @sb, see subbuf.h. */
static int read_stream(const struct views *s, struct views_shard *sh,
		       struct views_stream *st)
{
	const uint8_t *kinds = s->p->kind;
	struct subbuf sb = st->records.sb;
	struct subbuf_record rec = st->rec;
	enum parse_kind kind;
	int ret;

	do {
		kind = kinds[subbuf_event_id(&rec)];
		if (kind != PARSE_OTHER &&
		    handle_record(s, sh, st, rec, kind) < 0)
			return -1;
	} while ((ret = records_walk(&st->records, &sb, &rec)) > 0);
	st->records.sb = sb;
	st->rec.ts = rec.ts;
	return ret < 0 ? -1 : views_end_stream(st);
}

static void read_some(void *arg, unsigned int member)
{
	struct views *s = arg;
	struct views_shard *sh = &s->shards[member];
	unsigned int i;

	while (!sh->failed) {
		i = __atomic_fetch_add(&s->next_stream, 1, __ATOMIC_RELAXED);
		if (i >= s->nr_streams)
			break;
		if (s->streams[i].any &&
		    read_stream(s, sh, &s->streams[i]) < 0)
			sh->failed = true;
	}
}

/* Groups of several threads */

/* All threads together may have a quarter of what there may be at all. */
static int open_pool(struct views *s)
{
	unsigned int i;

	if (s->crew.nr == 1)
		return 0;
	s->pool = calloc(1, sizeof(*s->pool));
	if (!s->pool)
		return -1;
	pthread_mutex_init(&s->pool->lock, NULL);
	for (i = 0; i < s->crew.nr; i++)
		s->shards[i].groups.max = GROUPS_MAX / 4 / s->crew.nr;
	return 0;
}

static void close_pool(struct views *s)
{
	if (!s->pool)
		return;
	pthread_mutex_destroy(&s->pool->lock);
	groups_release(&s->pool->groups);
	free(s->pool);
	s->pool = NULL;
}

struct group *views_get_group(const struct views *s, struct groups *groups,
			      const struct group_key *key)
{
	struct group *g = groups_new(groups, key);
	struct groups *all;
	int ret;

	if (g || !groups->full || !s->pool)
		return g;
	all = &s->pool->groups;
	pthread_mutex_lock(&s->pool->lock);
	ret = groups_merge(all, groups);
	groups->full = all->full;
	pthread_mutex_unlock(&s->pool->lock);
	return ret < 0 ? NULL : groups_new(groups, key);
}

/* The streams */

static int open_shards(struct views *s)
{
	size_t bytes = s->crew.nr * sizeof(*s->shards);

	s->shards = aligned_alloc(__alignof__(*s->shards), bytes);
	if (s->shards)
		memset(s->shards, 0, bytes);
	if (!s->shards || open_pool(s) < 0)
		return error("out of memory: %u threads", s->crew.nr);
	return 0;
}

static int open_streams(struct views *s)
{
	struct views_stream *st;
	bool any = false;
	unsigned int i;
	int ret;

	if (open_shards(s) < 0)
		return -1;
	s->streams = calloc(s->nr_streams + 1, sizeof(*s->streams));
	if (!s->streams)
		return error("out of memory: %u CPUs", s->nr_streams);
	for (i = 0; i < s->nr_streams; i++) {
		st = &s->streams[i];
		if (s->winpass.streams)
			st->rejects = &s->winpass.streams[i].rejects;
		if (records_open(&st->records, s->td, &s->p->subbuf, i, true) < 0)
			return -1;
		ret = records_next(&st->records, &st->rec);
		if (ret < 0)
			return -1;
		if (!ret)
			continue;
		st->any = true;
		st->first_ts = st->rec.ts;
		if (!any || st->first_ts < s->filter.first_ts)
			s->filter.first_ts = st->first_ts;
		any = true;
	}
	return 0;
}

void views_close_records(struct views *s)
{
	unsigned int i;

	for (i = 0; s->streams && i < s->nr_streams; i++)
		records_close(&s->streams[i].records);
}

void views_close_streams(struct views *s)
{
	unsigned int i;

	views_close_records(s);
	for (i = 0; s->streams && i < s->nr_streams; i++)
		epochs_release(&s->streams[i].epochs);
	for (i = 0; s->shards && i < s->crew.nr; i++) {
		groups_release(&s->shards[i].groups);
		vcpus_release(&s->shards[i].vcpus);
	}
	close_pool(s);
	free(s->streams);
	free(s->shards);
	s->streams = NULL;
	s->shards = NULL;
	epochs_release(&s->epochs);
}

/* Has a thread failed?  Then say why, if that was not said. */
static int check_shards(const struct views *s)
{
	const struct views_shard *sh;
	unsigned int i;

	for (i = 0; i < s->crew.nr; i++) {
		sh = &s->shards[i];
		if (sh->groups.full || sh->vcpus.full)
			return groups_error();
		if (sh->failed)
			return -1;
	}
	return 0;
}

int views_read(struct views *s)
{
	unsigned int i;

	if (open_streams(s) < 0)
		return -1;
	s->next_stream = 0;
	if (s->details)
		views_read_detailed(s);
	else
		crew_run(&s->crew, read_some, s);
	if (check_shards(s) < 0)
		return -1;
	for (i = 0; i < s->nr_streams; i++)
		if (epochs_merge(&s->epochs, &s->streams[i].epochs) < 0)
			return -1;
	epochs_finish(&s->epochs, false);
	return 0;
}

/* Once all has been read */

static int merge_groups(struct groups *to, struct groups *from)
{
	if (groups_merge(to, from) == 0)
		return 0;
	return to->full ? groups_error() : -1;
}

static int merge_vcpus(struct vcpus *to, const struct vcpus *from)
{
	if (vcpus_merge(to, from) == 0)
		return 0;
	return to->full ? groups_error() : -1;
}

static int merge_shard(struct views *s, struct views_shard *sh,
		       struct vcpus *vcpus)
{
	s->entries += sh->entries;
	s->exits += sh->exits;
	s->accounted += sh->accounted;
	s->view.exits += sh->used;
	s->view.isas |= sh->isas;
	s->reports += sh->reports;
	s->view.losses.short_records += sh->short_records;
	s->bad_isa += sh->bad_isa;
	if (merge_groups(&s->view.groups, &sh->groups) < 0)
		return -1;
	return merge_vcpus(vcpus, &sh->vcpus);
}

int views_merge_shards(struct views *s, struct vcpus *vcpus)
{
	unsigned int i;

	if (s->pool && merge_groups(&s->view.groups, &s->pool->groups) < 0)
		return -1;
	for (i = 0; i < s->crew.nr; i++)
		if (merge_shard(s, &s->shards[i], vcpus) < 0)
			return -1;
	return 0;
}

/* Messages were held back while threads ran: read what is damaged once more. */
static int report_damage(const struct views *s, unsigned int index)
{
	const struct losses *l = &s->streams[index].records.losses;
	struct subbuf_record rec;
	struct records r;
	int ret;

	if (!l->damaged && !l->bad_chunks)
		return 0;
	ret = records_open(&r, s->td, &s->p->subbuf, index, false);
	while (!ret && (ret = records_next(&r, &rec)) > 0)
		ret = 0;
	records_close(&r);
	return ret;
}

int views_merge_streams(struct views *s)
{
	uint64_t last_ts = 0;
	struct views_stream *st;
	unsigned int i;

	for (i = 0; i < s->nr_streams; i++) {
		st = &s->streams[i];
		if (st->any && st->rec.ts > last_ts)
			last_ts = st->rec.ts;
		losses_add(&s->view.losses, &st->records.losses);
		if (report_damage(s, i) < 0)
			return -1;
	}
	view_set_span(&s->view, s->filter.first_ts, last_ts);
	return 0;
}
