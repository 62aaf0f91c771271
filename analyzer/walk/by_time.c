// SPDX-License-Identifier: GPL-2.0
#include "walk/by_time.h"

#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "base/error.h"
#include "base/threads.h"

int by_time_hold_gap(struct by_time_stream *st, uint64_t before,
		     uint64_t behind)
{
	/* Nothing is missing of what was complete. */
	if (before < st->complete)
		before = st->complete;
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

/* @last: the time or the stamp of the latest event */
static int wait_for_more(const struct by_time *w, struct by_time_stream *st,
			 uint64_t last)
{
	st->waits = true;
	if (!w->sink->by_stamp) {
		last = st->records.complete;
		/* Else it is as if all had been there at once. */
		if (source_recording(w->src)->grows)
			st->complete = last;
	}
	st->key = last;
	return BY_TIME_WAIT;
}

int by_time_end(const struct by_time *w, struct by_time_stream *st, uint64_t last)
{
	if (st->records.waits)
		return wait_for_more(w, st, last);
	st->ended = true;
	return records_take_gap(&st->records) ?
	       by_time_hold_gap(st, last, UINT64_MAX) : BY_TIME_END;
}

static int see_first(struct by_time *w, struct by_time_stream *st)
{
	uint64_t ts;
	int ret = records_peek(&st->records, &ts);

	if (ret <= 0)
		return ret;
	st->any = true;
	st->last_ts = ts;
	if (!w->any || ts < w->first_ts)
		w->first_ts = ts;
	w->any = true;
	return 0;
}

/* @part: NULL: all of it */
static int open_stream(struct by_time *w, unsigned int i,
		       const struct source_part *part)
{
	struct by_time_stream *st = &w->streams[i];
	const struct subbuf_format *format = &w->p->subbuf;
	int ret;

	ret = part ? records_open_part(&st->records, w->src, format, i, part) :
		     records_open(&st->records, w->src, format, i);
	if (ret < 0)
		return -1;
	st->entered = part && part->offset;
	st->step = INT64_MAX;
	if (st->records.holes && st->records.step_max < INT64_MAX)
		st->step = st->records.step_max;
	return see_first(w, st);
}

/* Could @st, which waits, begin before all others? */
static bool may_begin(const struct by_time *w, const struct by_time_stream *st)
{
	return st->records.waits && (!w->any || st->records.complete < w->first_ts);
}

/* Until the time of the first record of all is known */
static int wait_for_first(struct by_time *w)
{
	struct by_time_stream *st = w->streams;

	while (st < w->streams + w->nr_streams) {
		if (!may_begin(w, st)) {
			st++;
			continue;
		}
		if (source_wait(w->src) < 0)
			return -1;
		for (st = w->streams; st < w->streams + w->nr_streams; st++)
			if (may_begin(w, st) && see_first(w, st) < 0)
				return -1;
		st = w->streams;
	}
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

/* All but the streams */
static int init(struct by_time *w, const struct source *src,
		const struct parse *p, const struct by_time_sink *sink,
		void *arg)
{
	memset(w, 0, sizeof(*w));
	w->src = src;
	w->p = p;
	w->sink = sink;
	w->run = source_has_samples(src) ? sink->run_samples : sink->run;
	w->arg = arg;
	w->end = MERGE_NONE;
	w->nr_streams = source_recording(src)->nr_cpus;
	if (open_kinds(w) < 0)
		return -1;
	w->streams = calloc(w->nr_streams + 1, sizeof(*w->streams));
	if (!w->streams || merge_init(&w->merge, w->nr_streams) < 0)
		return error("out of memory: %u CPUs", w->nr_streams);
	return 0;
}

int by_time_open(struct by_time *w, const struct source *src,
		 const struct parse *p, const struct by_time_sink *sink,
		 void *arg)
{
	unsigned int i;

	if (init(w, src, p, sink, arg) < 0)
		return -1;
	for (i = 0; i < w->nr_streams; i++)
		if (open_stream(w, i, NULL) < 0)
			return -1;
	return wait_for_first(w);
}

int by_time_open_slice(struct by_time *w, const struct by_time *first,
		       const struct slices *s, unsigned int number,
		       const struct source *src, const struct parse *p,
		       const struct by_time_sink *sink, void *arg)
{
	struct source_part part = { .parts = s->nr };
	unsigned int i;

	if (s->nr == 1)
		return by_time_open(w, src, p, sink, arg);
	if (init(w, src, p, sink, arg) < 0)
		return -1;
	w->is_slice = true;
	w->begin = s->begin[number];
	if (number + 1 < s->nr)
		w->end = merge_item_of(s->begin[number + 1], 0);
	for (i = 0; i < w->nr_streams; i++) {
		part.offset = slices_offset(s, number, i);
		if (open_stream(w, i, &part) < 0)
			return -1;
	}
	w->first_ts = first->first_ts;
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

/* What is behind the gap? */
static int leave_gap(struct by_time *w, struct by_time_stream *st)
{
	st->has_gap = false;
	st->passed = st->gap;
	if (st->ended)
		return BY_TIME_END;
	/* Nothing was read of a stream that begins with a gap. */
	return st->rec.data ? take_or_next(w, st) : w->sink->next(w, st);
}

/* It is the turn of the gap. */
static int pass_gap(struct by_time *w, struct by_time_stream *st)
{
	return w->sink->gap(w, st->gap) < 0 ? -1 : leave_gap(w, st);
}

static struct by_time_mark mark_of(const struct by_time_stream *st)
{
	return (struct by_time_mark){
		.position = records_position(&st->records),
		.key = st->ended && !st->has_gap ? 0 : st->key,
		.last_ts = st->last_ts, .stamp = st->stamp,
		.gap = st->has_gap ? st->gap : (struct gap){ 0, 0 },
		.passed = st->passed, .has_gap = st->has_gap,
		.pending = st->records.gap, .ended = st->ended,
	};
}

/* What the slices before had, up to the first item of this one */
static int skip_stream(struct by_time *w, struct by_time_stream *st)
{
	void (*see_first)(void *, const struct subbuf_record *) =
		st->records.see_first;
	int ret;

	st->records.see_first = NULL;

	/* What is missing before where it is entered is of no concern. */
	if (st->entered)
		records_take_gap(&st->records);
	for (ret = begin_stream(w, st);
	     ret > BY_TIME_END && st->key < w->begin;) {
		if (!st->has_gap) {
			ret = w->sink->next(w, st);
			continue;
		}
		ret = leave_gap(w, st);
	}
	if (st->ended && source_stream_unread(st->records.stream))
		w->begun = false;
	st->begin = mark_of(st);
	st->backwards = 0;
	records_begin_part(&st->records);
	st->records.see_first = see_first;
	return ret;
}

static int compare_gaps(const void *a, const void *b)
{
	const struct gap *x = a, *y = b;

	return compare_u64(x->begin, y->begin);
}

/* The gaps that began before this slice, and are not over */
static int pass_open_gaps(struct by_time *w)
{
	struct gap *open = calloc(w->nr_streams + 1, sizeof(*open));
	unsigned int nr = 0, i;
	int ret = 0;

	if (!open)
		return error("out of memory: %u CPUs", w->nr_streams);
	for (i = 0; i < w->nr_streams; i++)
		if (w->streams[i].passed.end >= w->begin)
			open[nr++] = w->streams[i].passed;
	if (nr)
		qsort(open, nr, sizeof(*open), compare_gaps);
	for (i = 0; i < nr && !ret; i++)
		ret = w->sink->gap(w, open[i]);
	free(open);
	return ret;
}

/* Once all streams are where the slice begins */
static int begin_slice(struct by_time *w)
{
	unsigned int i;
	int ret;

	w->begun = true;
	w->skipping = true;
	for (i = 0; i < w->nr_streams; i++) {
		ret = skip_stream(w, &w->streams[i]);
		if (ret < 0)
			return -1;
		if (ret != BY_TIME_END)
			merge_add(&w->merge, w->streams[i].key, i);
	}
	w->skipping = false;
	return w->begun ? pass_open_gaps(w) : 0;
}

static int begin(struct by_time *w)
{
	unsigned int i;
	int ret;

	/* Of a CPU that has no stream nothing is known, at any time. */
	if (source_recording(w->src)->nr_absent &&
	    w->sink->gap(w, gap_between(0, UINT64_MAX)) < 0)
		return -1;
	if (w->begin)
		return begin_slice(w);
	w->begun = true;
	for (i = 0; i < w->nr_streams; i++) {
		ret = begin_stream(w, &w->streams[i]);
		if (ret < 0)
			return -1;
		if (ret != BY_TIME_END)
			merge_add(&w->merge, w->streams[i].key, i);
	}
	return 0;
}

/* Nobody else has anything before what @st waits for.  Is there more by now? */
static int ask_again(struct by_time *w, struct by_time_stream *st)
{
	const uint64_t key = st->key;
	int ret;

	st->waits = false;
	ret = w->sink->next(w, st);
	if (ret != BY_TIME_WAIT || st->key > key)
		return ret;
	return source_wait(w->src) < 0 ? -1 : BY_TIME_WAIT;
}

static int read_merged(struct by_time *w)
{
	struct by_time_stream *st;
	merge_item limit;
	int ret;

	/* A stream without an item comes after any end. */
	while (w->merge.nr && merge_first_item(&w->merge) < w->end) {
		st = &w->streams[merge_first(&w->merge)];
		limit = merge_second_item(&w->merge);
		if (unlikely(st->has_gap))
			ret = pass_gap(w, st);
		else if (unlikely(st->waits))
			ret = ask_again(w, st);
		else
			ret = w->run(w, st, limit < w->end ? limit : w->end);
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

/* Slices */

static bool same_gap(struct gap a, struct gap b)
{
	return a.begin == b.begin && a.end == b.end;
}

/* A slice that begins at @begin ends at @a in a stream.  Does it go on at @b? */
static bool goes_on(const struct by_time_mark *a, const struct by_time_mark *b,
		    uint64_t begin)
{
	return a->position == b->position && a->key == b->key &&
	       a->last_ts == b->last_ts && a->stamp == b->stamp &&
	       a->ended == b->ended && a->has_gap == b->has_gap &&
	       a->pending == b->pending &&
	       same_gap(a->gap, b->gap) &&
	       (same_gap(a->passed, b->passed) ||
		(a->passed.end < begin && b->passed.end < begin));
}

/* Does @next begin where @w ends, in all streams?  Has time gone on? */
static bool fit(const struct by_time *w, const struct by_time *next)
{
	const struct by_time_stream *st;
	struct by_time_mark end;
	unsigned int i;

	for (i = 0; i < w->nr_streams; i++) {
		st = &w->streams[i];
		end = mark_of(st);
		if (st->backwards || next->streams[i].backwards ||
		    !goes_on(&end, &next->streams[i].begin, next->begin))
			return false;
	}
	return true;
}

static bool is_stopped(const struct by_time *w)
{
	unsigned int i;

	for (i = 0; i < w->nr_streams; i++)
		if (source_stream_unread(w->streams[i].records.stream))
			return true;
	return false;
}

/*
 * The first so many slices count.  If reading was stopped in the last of these, or
 * before the one behind it began, it goes on to where each of its streams stops.
 */
static int count_slices(struct by_time *const *w, unsigned int nr,
			unsigned int *joined)
{
	unsigned int i = 0;

	while (i + 1 < nr && !is_stopped(w[i]) && w[i + 1]->begun)
		i++;
	*joined = i + 1;
	w[i]->end = MERGE_NONE;
	return read_merged(w[i]);
}

static void join_streams(struct by_time *to, const struct by_time *w)
{
	unsigned int i;

	for (i = 0; i < to->nr_streams; i++) {
		records_join(&to->streams[i].records, &w->streams[i].records);
		to->streams[i].last_ts = w->streams[i].last_ts;
	}
}

struct reading_slices {
	struct by_time *const *w;
	unsigned int nr;
	struct threads threads;
};

static void read_share(void *arg, unsigned int member)
{
	const struct reading_slices *r = arg;
	struct by_time *w;
	unsigned int i;

	for (i = member; i < r->nr; i += r->threads.nr) {
		w = r->w[i];
		w->status = begin(w);
		if (!w->status && w->begun)
			w->status = read_merged(w);
	}
}

static int read_all_slices(struct by_time *const *w, unsigned int nr)
{
	struct reading_slices r = { .w = w, .nr = nr };
	unsigned int i;
	int ret = 0;

	threads_init(&r.threads, nr);
	threads_run(&r.threads, read_share, &r);
	threads_release(&r.threads);
	for (i = 0; i < nr; i++)
		if (w[i]->status < 0)
			ret = -1;
	return ret;
}

static bool any_odd(struct by_time *const *w, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (w[i]->odd)
			return true;
	return false;
}

int by_time_read_slices(struct by_time *const *w, unsigned int nr,
			unsigned int *joined)
{
	unsigned int i;

	*joined = nr;
	if (nr == 1)
		return by_time_read(w[0]) < 0 ? -1 : 1;
	if (read_all_slices(w, nr) < 0 || count_slices(w, nr, joined) < 0)
		return any_odd(w, nr) ? 0 : -1;
	if (any_odd(w, *joined))
		return 0;
	for (i = 1; i < *joined; i++)
		if (!fit(w[i - 1], w[i]))
			return 0;
	for (i = 1; i < *joined; i++)
		join_streams(w[0], w[i]);
	for (i = 0; i < w[0]->nr_streams; i++)
		records_end_parts(&w[0]->streams[i].records,
				  &w[*joined - 1]->streams[i].records);
	end(w[0]);
	return 1;
}

uint64_t by_time_backwards(const struct by_time *w)
{
	uint64_t n = 0;
	unsigned int i;

	for (i = 0; i < w->nr_streams; i++)
		n += w->streams[i].backwards;
	return n;
}
