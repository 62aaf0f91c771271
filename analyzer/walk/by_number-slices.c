// SPDX-License-Identifier: GPL-2.0
/*
 * The walk by number as a whole: as slices, or as one walk whose streams threads share.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "walk/by_number-private.h"

/* One slice */

static int init_slice(struct by_number *w, unsigned int number)
{
	struct by_number *sl = &w->slices[number];
	unsigned int i;

	sl->src = w->src;
	sl->p = w->p;
	sl->sink = w->sink;
	sl->arg = w->arg;
	sl->nr_streams = w->nr_streams;
	sl->number = number;
	sl->left = 2;
	if (by_number_init(sl, 1) < 0)
		return -1;
	sl->begin = w->cut.begin[number];
	if (number + 1 < w->cut.nr)
		sl->end = w->cut.begin[number + 1];
	if (!w->pairs)
		return 0;
	sl->pairs = w->pairs + (size_t)number * w->nr_streams;
	for (i = 0; i < w->nr_streams; i++)
		sl->streams[i].pair = &sl->pairs[i];
	return 0;
}

/* It is read, or the next one has begun: the second of these has no use for it. */
static void let_go(struct by_number *sl)
{
	unsigned int i;

	/* Those of the first one stay until the end. */
	if (__atomic_sub_fetch(&sl->left, 1, __ATOMIC_ACQ_REL) || !sl->number)
		return;
	for (i = 0; i < sl->nr_streams; i++)
		records_leave_part(&sl->streams[i].records);
}

static void end_slice(struct by_number *sl)
{
	const struct records *records;
	unsigned int i;

	for (i = 0; i < sl->nr_streams; i++) {
		records = &sl->streams[i].records;
		sl->streams[i].end = records_position(records);
		if (source_stream_unread(records->stream))
			sl->stopped = true;
	}
}

/* More than are read at once: each waits for the next one to begin. */
static unsigned int open_at_once(const struct by_number *w)
{
	const unsigned int nr = w->threads.nr + 3;

	return nr < w->cut.nr ? nr : w->cut.nr;
}

static int begin_slice(struct by_number *w, struct by_number *sl)
{
	if (sl->number)
		return by_number_open_slice(sl, &w->cut, open_at_once(w)) < 0 ?
		       -1 : by_number_begin_slice(sl, &w->cut);
	if (sl->sink->begin)
		sl->sink->begin(sl, sl->member);
	return by_number_read_first(sl);
}

static int read_slice(struct by_number *w, struct by_number *sl)
{
	if (begin_slice(w, sl) < 0)
		return -1;
	if (!sl->begun)
		return 0;
	if (sl->number)
		let_go(sl - 1);
	if (by_number_read_windows(sl) < 0)
		return -1;
	end_slice(sl);
	if (!sl->stopped)
		let_go(sl);
	return 0;
}

static void read_slices(void *arg, unsigned int member)
{
	struct by_number *w = arg, *sl;
	unsigned int i;

	while ((i = __atomic_fetch_add(&w->next_slice, 1, __ATOMIC_RELAXED)) <
	       w->cut.nr) {
		sl = &w->slices[i];
		sl->member = member;
		sl->keep_stats = w->keep_stats;
		sl->status = read_slice(w, sl);
		if (sl->status < 0 || !sl->begun || sl->stopped)
			break;
	}
}

/* All slices */

/* Does @st hold what @next, the same stream of the next slice, held at first? */
static bool goes_on(const struct by_number_stream *st,
		    const struct by_number_stream *next, bool skips)
{
	return skips ? st->holds && st->end == next->begin : !st->holds;
}

/* Does the slice behind @sl begin where @sl ends? */
static bool fits(const struct by_number *w, const struct by_number *sl)
{
	const struct by_number *next = sl + 1;
	const struct number_place *place;
	unsigned int i;

	if (next->first < next->begin)
		return false;
	for (i = 0; i < w->nr_streams; i++) {
		place = number_slices_place(&w->cut, next->number, i);
		if (!goes_on(&sl->streams[i], &next->streams[i], place->skips))
			return false;
	}
	return true;
}

/*
 * The first so many slices count.  If reading was stopped in the last of these, or
 * before the one behind it began, it goes on to where each of its streams stops.
 */
static int count_slices(struct by_number *w, unsigned int *nr)
{
	struct by_number *sl = w->slices;
	unsigned int i;

	while (sl + 1 < w->slices + w->cut.nr && !sl->stopped && sl[1].begun)
		sl++;
	*nr = sl->number + 1;
	if (*nr == w->cut.nr)
		return 0;
	sl->end = MERGE_NONE;
	if (by_number_read_windows(sl) < 0)
		return -1;
	for (i = 0; i < sl->nr_streams; i++)
		records_stop_part(&sl->streams[i].records);
	return 0;
}

static int join_stats(struct by_number_stream *st, struct by_number_stream *from)
{
	const size_t nr = st->nr_stats + from->nr_stats;
	struct event_stats *stats;

	if (!from->nr_stats)
		return 0;
	stats = realloc(st->stats, nr * sizeof(*stats));
	if (!stats)
		return error("out of memory: kvm_exit_stats events");
	memcpy(stats + st->nr_stats, from->stats, from->nr_stats * sizeof(*stats));
	st->stats = stats;
	st->nr_stats = nr;
	st->stats_allocated = nr;
	return 0;
}

static int join_stream(struct by_number_stream *st, struct by_number_stream *from)
{
	records_join(&st->records, &from->records);
	if (from->any) {
		st->any = true;
		st->last_ts = from->last_ts;
	}
	if (from->run.first_seq &&
	    epochs_add_run(&from->epochs, &from->run) < 0)
		return -1;
	return join_stats(st, from) < 0 ||
	       epochs_merge(&st->epochs, &from->epochs) < 0 ? -1 : 0;
}

static void join_pairs(struct pair_counts *to, const struct pair_counts *from)
{
	to->joined += from->joined;
	to->no_exit += from->no_exit;
	to->no_entry += from->no_entry;
	to->open += from->open;
	to->mismatch += from->mismatch;
}

/* What is held in the end is the next slice's. */
static void drop_held(struct by_number_stream *st)
{
	if (!st->holds)
		return;
	st->run.entries--;
	st->run.last_seq = st->before_held;
	if (!st->run.entries)
		st->run = (struct epochs_run){ .epoch = 0 };
}

static int join_slice(struct by_number *w, struct by_number *sl)
{
	unsigned int i;

	w->counts.repeated += sl->counts.repeated;
	by_number_add_shards(w, sl);
	join_pairs(&w->joins, &sl->joins);
	for (i = 0; sl->number && i < w->nr_streams; i++)
		if (join_stream(&w->streams[i], &sl->streams[i]) < 0)
			return -1;
	return epochs_merge(&w->epochs, &sl->epochs);
}

/* The streams of the first slice are the walk's. */
static void take_streams(struct by_number *w)
{
	struct by_number_stream *none = w->streams;

	w->streams = w->slices->streams;
	w->slices->streams = none;
}

static int join_slices(struct by_number *w, unsigned int nr)
{
	struct by_number_stream *last;
	unsigned int i, j;

	for (i = 0; i + 1 < nr; i++)
		for (j = 0; j < w->nr_streams; j++)
			drop_held(&w->slices[i].streams[j]);
	take_streams(w);
	for (i = 0; i < nr; i++)
		if (join_slice(w, &w->slices[i]) < 0)
			return -1;
	for (i = 0; i < w->nr_streams; i++) {
		last = nr > 1 ? &w->slices[nr - 1].streams[i] : &w->streams[i];
		records_end_parts(&w->streams[i].records, &last->records);
	}
	return by_number_finish(w, (size_t)nr * w->nr_streams);
}

static int run_slices(struct by_number *w)
{
	unsigned int nr = 0, i;

	threads_run(&w->threads, read_slices, w);
	for (i = 0; i < w->cut.nr; i++)
		if (w->slices[i].status < 0)
			return -1;
	if (count_slices(w, &nr) < 0)
		return -1;
	for (i = 0; i + 1 < nr; i++)
		if (!fits(w, &w->slices[i]))
			return 1;
	w->joined = nr;
	return join_slices(w, nr);
}

int by_number_run(struct by_number *w)
{
	if (w->slices)
		return run_slices(w);
	if (w->sink->begin)
		w->sink->begin(w, 0);
	if (by_number_read_first(w) < 0 || by_number_read_windows(w) < 0)
		return -1;
	by_number_add_shards(w, w);
	return by_number_finish(w, w->nr_streams);
}

unsigned int by_number_shards(const struct by_number *w)
{
	return w->slices ? w->cut.nr : w->nr_shards;
}

static int open_pairs(struct by_number *w, size_t nr)
{
	size_t i;

	if (!w->sink->joins)
		return 0;
	w->pairs = calloc(nr * w->nr_streams + 1, sizeof(*w->pairs));
	if (!w->pairs)
		return error("out of memory: %u CPUs", w->nr_streams);
	w->nr_pairs = nr * w->nr_streams;
	for (i = 0; i < w->nr_pairs; i++)
		pair_init(&w->pairs[i]);
	return 0;
}

static int open_slices(struct by_number *w)
{
	unsigned int i;

	w->slices = calloc(w->cut.nr, sizeof(*w->slices));
	if (!w->slices)
		return error("out of memory: %u slices", w->cut.nr);
	for (i = 0; i < w->cut.nr; i++)
		if (init_slice(w, i) < 0)
			return -1;
	if (by_number_open_slice(w->slices, &w->cut, open_at_once(w)) < 0)
		return -1;
	w->any = w->slices->any;
	w->first_ts = w->slices->first_ts;
	return 0;
}

static int open_whole(struct by_number *w)
{
	unsigned int i;

	for (i = 0; w->pairs && i < w->nr_streams; i++)
		w->streams[i].pair = &w->pairs[i];
	return by_number_open_streams(w);
}

int by_number_open(struct by_number *w, const struct source *src,
		   const struct parse *p, const struct by_number_sink *sink,
		   void *arg, struct by_number_plan plan)
{
	unsigned int nr;

	memset(w, 0, sizeof(*w));
	w->src = src;
	w->p = p;
	w->sink = sink;
	w->arg = arg;
	w->nr_streams = source_recording(src)->nr_cpus;
	if (!plan.whole &&
	    number_slices_init(&w->cut, src, p, plan.slice_bytes) < 0)
		return -1;
	nr = w->cut.nr > 1 ? w->cut.nr : w->nr_streams;
	if (by_number_init(w, plan.threads < nr ? plan.threads : nr) < 0 ||
	    open_pairs(w, w->cut.nr > 1 ? w->cut.nr : 1) < 0)
		return -1;
	return w->cut.nr > 1 ? open_slices(w) : open_whole(w);
}

void by_number_close(struct by_number *w)
{
	size_t i;

	for (i = 0; w->slices && i < w->cut.nr; i++)
		by_number_release(&w->slices[i]);
	by_number_release(w);
	for (i = 0; i < w->nr_pairs; i++)
		pair_release(&w->pairs[i]);
	free(w->pairs);
	free(w->slices);
	number_slices_release(&w->cut);
	memset(w, 0, sizeof(*w));
}
