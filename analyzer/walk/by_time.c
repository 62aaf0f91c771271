// SPDX-License-Identifier: GPL-2.0
#include "walk/by_time.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int by_time_hold_gap(struct by_time_stream *st, uint64_t before,
		     uint64_t behind)
{
	st->has_gap = true;
	st->gap = gap_between(before, behind);
	st->key = st->gap.begin;
	return BY_TIME_GAP;
}

bool by_time_see_step(struct by_time_stream *st, uint64_t last, uint64_t ts)
{
	st->backwards += ts < last;
	records_see_step(&st->records, last, ts);
	return st->records.gap;
}

int by_time_see_gap(struct by_time_stream *st, uint64_t before)
{
	if (st->stamp == before)
		return BY_TIME_EVENT;
	records_take_gap(&st->records);
	return by_time_hold_gap(st, before, st->stamp);
}

int by_time_end(struct by_time_stream *st, uint64_t last)
{
	st->ended = true;
	return records_take_gap(&st->records) ?
	       by_time_hold_gap(st, last, UINT64_MAX) : BY_TIME_END;
}

static int open_stream(struct by_time *w, unsigned int i)
{
	struct by_time_stream *st = &w->streams[i];
	uint64_t ts;
	int ret;

	if (records_open(&st->records, w->src, &w->p->subbuf, i) < 0)
		return -1;
	st->step = INT64_MAX;
	if (st->records.holes && st->records.step_max < INT64_MAX)
		st->step = st->records.step_max;
	ret = records_peek(&st->records, &ts);
	if (ret <= 0)
		return ret;
	st->any = true;
	st->last_ts = ts;
	if (!w->any || ts < w->first_ts)
		w->first_ts = ts;
	w->any = true;
	return 0;
}

static int open_kinds(struct by_time *w)
{
	w->kinds = malloc(sizeof(w->p->kind));
	if (!w->kinds)
		return error("out of memory: event ids");
	memcpy(w->kinds, w->p->kind, sizeof(w->p->kind));
	memcpy(w->min_len, w->p->min_len, sizeof(w->p->min_len));
	return 0;
}

int by_time_open(struct by_time *w, const struct source *src,
		 const struct parse *p, const struct by_time_sink *sink,
		 void *arg)
{
	unsigned int i;

	memset(w, 0, sizeof(*w));
	w->src = src;
	w->p = p;
	w->sink = sink;
	w->arg = arg;
	w->nr_streams = source_recording(src)->nr_cpus;
	if (open_kinds(w) < 0)
		return -1;
	w->streams = calloc(w->nr_streams + 1, sizeof(*w->streams));
	if (!w->streams || merge_init(&w->merge, w->nr_streams) < 0)
		return error("out of memory: %u CPUs", w->nr_streams);
	for (i = 0; i < w->nr_streams; i++)
		if (open_stream(w, i) < 0)
			return -1;
	return 0;
}

void by_time_close(struct by_time *w)
{
	unsigned int i;

	for (i = 0; w->streams && i < w->nr_streams; i++)
		records_close(&w->streams[i].records);
	free(w->streams);
	free(w->kinds);
	merge_release(&w->merge);
	memset(w, 0, sizeof(*w));
}

static void want(struct by_time *w, const uint8_t *index, unsigned int id)
{
	if (index[id] && w->kinds[id] == PARSE_OTHER)
		w->kinds[id] = BY_TIME_WANTED;
}

/* Few ids are in use. */
void by_time_want(struct by_time *w, const uint8_t index[65536])
{
	const uint8_t none[64] = { 0 };
	unsigned int from, id;

	for (from = 0; from < sizeof(w->p->kind); from += sizeof(none)) {
		if (!memcmp(index + from, none, sizeof(none)))
			continue;
		for (id = from; id < from + sizeof(none); id++)
			want(w, index, id);
	}
}

/* The first event of @st, or a gap before the first record */
static int begin_stream(struct by_time *w, struct by_time_stream *st)
{
	if (st->any && !w->sink->by_stamp && records_take_gap(&st->records))
		return by_time_hold_gap(st, 0, st->last_ts);
	return w->sink->next(w, st);
}

static int begin(struct by_time *w)
{
	unsigned int i;
	int ret;

	/* Of a CPU that has no stream nothing is known, at any time. */
	if (source_recording(w->src)->nr_absent &&
	    w->sink->gap(w, gap_between(0, UINT64_MAX)) < 0)
		return -1;
	for (i = 0; i < w->nr_streams; i++) {
		ret = begin_stream(w, &w->streams[i]);
		if (ret < 0)
			return -1;
		if (ret != BY_TIME_END)
			merge_add(&w->merge, w->streams[i].key, i);
	}
	return 0;
}

/* The record behind a gap has been read: has it a turn?  Or else what follows? */
static int take_or_next(struct by_time *w, struct by_time_stream *st)
{
	unsigned int kind = w->kinds[subbuf_event_id(&st->rec)];
	int ret = BY_TIME_END;

	if (kind != PARSE_OTHER)
		ret = w->sink->by_stamp ? BY_TIME_EVENT :
		      by_time_take(w, w->sink, st, &st->rec, kind);
	if (ret != BY_TIME_EVENT)
		return w->sink->next(w, st);
	st->kind = kind;
	st->key = w->sink->by_stamp ? st->stamp : st->rec.ts;
	return BY_TIME_EVENT;
}

/* It is the turn of the gap. */
static int pass_gap(struct by_time *w, struct by_time_stream *st)
{
	st->has_gap = false;
	if (w->sink->gap(w, st->gap) < 0)
		return -1;
	if (st->ended)
		return BY_TIME_END;
	/* Nothing was read of a stream that begins with a gap. */
	return st->rec.data ? take_or_next(w, st) : w->sink->next(w, st);
}

static int read_merged(struct by_time *w)
{
	struct by_time_stream *st;
	int ret;

	while (w->merge.nr) {
		st = &w->streams[merge_first(&w->merge)];
		if (unlikely(st->has_gap))
			ret = pass_gap(w, st);
		else
			ret = w->sink->run(w, st, merge_second_item(&w->merge));
		if (ret < 0)
			return -1;
		if (ret != BY_TIME_END)
			merge_advance(&w->merge, st->key);
		else
			merge_drop(&w->merge);
	}
	return 0;
}

static void end(struct by_time *w)
{
	struct few damage = { 0 };
	struct by_time_stream *st;
	unsigned int i;

	for (i = 0; i < w->nr_streams; i++) {
		st = &w->streams[i];
		if (!w->quiet)
			records_report_damage(&st->records, &damage);
		losses_add(&w->losses, &st->records.losses);
		if (st->last_ts > w->last_ts)
			w->last_ts = st->last_ts;
		w->finds_holes |= source_lacking(w->src, i, NULL) &&
				  !st->records.holes;
	}
}

int by_time_read(struct by_time *w)
{
	if (begin(w) < 0 || read_merged(w) < 0)
		return -1;
	end(w);
	return 0;
}

uint64_t by_time_backwards(const struct by_time *w)
{
	uint64_t n = 0;
	unsigned int i;

	for (i = 0; i < w->nr_streams; i++)
		n += w->streams[i].backwards;
	return n;
}
