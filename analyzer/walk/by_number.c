// SPDX-License-Identifier: GPL-2.0
#include "walk/by_number-private.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"

/* Events of one stream */

/*
 * An exit that does not go on with the latest run of its stream.  Return 1 if it
 * does not count, -1 only if memory is short.
 */
__attribute__((noinline)) int
by_number_begin_run(struct by_number_shard *sh, struct by_number_stream *st,
		    uint32_t isa, uint32_t epoch, uint32_t report, uint64_t seq)
{
	if (!isa_valid(isa)) {
		sh->counts.bad_isa++;
		return 1;
	}
	if (epochs_run_is_late(&st->run, epoch, seq)) {
		sh->counts.late++;
		return 1;
	}
	return epochs_begin_run(&st->epochs, &st->run, epoch, report, seq);
}

/* The number was there before, in another stream of the same thread. */
__attribute__((noinline)) int by_number_repeated(struct by_number_shard *sh,
						 struct by_number_stream *st,
						 uint32_t epoch)
{
	sh->counts.repeated++;
	return epochs_add_repeated(&st->epochs, epoch, 1);
}

static int keep_stats(struct by_number_stream *st, const struct event_stats *e)
{
	if (array_room(st->stats, st->nr_stats, st->stats_allocated,
		       "kvm_exit_stats events") < 0)
		return -1;
	st->stats[st->nr_stats++] = *e;
	return 0;
}

__attribute__((noinline)) int
by_number_rare(struct by_number *w, struct by_number_shard *sh,
	       struct by_number_stream *st, const uint8_t *data,
	       enum parse_kind kind)
{
	struct event_report report;
	struct event_stats stats;

	if (kind == PARSE_REPORT) {
		sh->counts.reports++;
		parse_report(w->p, data, &report);
		return epochs_add_report(&st->epochs, &report);
	}
	parse_stats(w->p, data, &stats);
	if (w->keep_stats && keep_stats(st, &stats) < 0)
		return -1;
	return epochs_add_stats(&st->epochs, &stats);
}

/* Windows */

/* Fewer exits in a window are read sooner by one thread than others wake up. */
#define ALONE_EXITS	1024u

/*
 * Those that have been in the window: some have more; some stay, as there will be
 * more of them.
 */
static void hold_heads(struct by_number *w)
{
	const unsigned int nr = w->heads.nr_in;
	struct by_number_stream *st;
	uint64_t last;
	unsigned int i;

	heads_clear(&w->heads);
	for (i = 0; i < nr; i++) {
		st = &w->streams[w->heads.in[i]];
		if (st->records.waits)
			w->heads.in[w->heads.nr_in++] = w->heads.in[i];
		last = st->holds ? st->before_held : st->run.last_seq;
		if (last > w->highest)
			w->highest = last;
		if (st->pair)
			pair_note(st->pair, &w->waiting);
		if (st->holds)
			heads_add(&w->heads, w->heads.in[i], st->held.epoch,
				  st->held.seq);
	}
}

static int advance_some(struct by_number *w)
{
	unsigned int i;

	w->next_in = 0;
	if (w->in_window < ALONE_EXITS)
		w->sink->thread(w, 0);
	else
		threads_run(&w->threads, w->sink->thread, w);
	for (i = 0; i < w->threads.nr; i++)
		if (w->shards[i].failed)
			return -1;
	return 0;
}

static int advance_all(struct by_number *w)
{
	w->highest = 0;
	if (advance_some(w) < 0)
		return -1;
	hold_heads(w);
	while (w->heads.nr_in) {
		if (source_wait(w->src) < 0 || advance_some(w) < 0)
			return -1;
		hold_heads(w);
	}
	return w->sink->joins ?
	       pair_resolve(w->pairs, w->nr_streams, &w->waiting,
			    &w->joins) : 0;
}

/*
 * How many numbers from that of @e on are of @reports reports at the most, from
 * that of @e on?  Reports are not shorter than the interval, which is at least
 * what the number of @e implies.
 */
static uint64_t numbers_of_reports(const struct event_entry *e,
				   unsigned int reports)
{
	uint64_t interval, last;

	if (!e->report)
		return WINDOW_EXITS;
	interval = 1 + (e->seq - 1) / e->report;
	if (__builtin_mul_overflow(interval, (uint64_t)e->report + reports - 1,
				   &last))
		return WINDOW_EXITS;
	return last - e->seq + 1;
}

static void begin_window(struct by_number *w, const struct event_entry *e)
{
	unsigned int max_reports = w->sink->max_reports ?
				   w->sink->max_reports(w) : 0;
	uint64_t most;

	w->epoch = e->epoch;
	w->report = e->report;
	w->base = e->seq;
	w->span = WINDOW_EXITS;
	if (w->end - number_slices_item(e->epoch, e->seq) <
	    number_slices_item(0, WINDOW_EXITS))
		w->span = (w->end - number_slices_item(e->epoch, e->seq)) >> 32;
	if (w->span - 1 > UINT64_MAX - w->base)
		w->span = UINT64_MAX - w->base + 1;
	if (max_reports) {
		most = numbers_of_reports(e, max_reports);
		if (w->span > most)
			w->span = most;
	}
	heads_take(&w->heads, w->epoch, w->base, w->span);
}

/*
 * Count the exits, and the numbers that two threads have seen; then leave the
 * bitmaps empty.
 */
static uint64_t merge_seen(struct by_number *w)
{
	uint64_t all, seen, repeated = 0, word;
	unsigned int i;

	w->in_window = 0;
	for (word = 0; word <= (w->highest - w->base) / 64; word++) {
		all = 0;
		for (i = 0; i < w->threads.nr; i++) {
			seen = w->shards[i].seen[word];
			repeated += __builtin_popcountll(all & seen);
			all |= seen;
			w->shards[i].seen[word] = 0;
		}
		w->in_window += __builtin_popcountll(all);
	}
	return repeated;
}

static int end_window(struct by_number *w)
{
	uint64_t repeated = merge_seen(w);

	w->counts.repeated += repeated;
	if (repeated &&
	    epochs_add_repeated(&w->epochs, w->epoch, repeated) < 0)
		return -1;
	return w->sink->end_window ? w->sink->end_window(w) : 0;
}

/* The beginning of a later slice */

static merge_item item_of(const struct by_number_stream *st)
{
	return number_slices_item(st->held.epoch, st->held.seq);
}

/* What was read belongs to the slice before, but for the exit that is held. */
static int forget_stream(struct by_number *w, struct by_number_stream *st)
{
	epochs_release(&st->epochs);
	st->run = (struct epochs_run){ .epoch = 0 };
	st->nr_stats = 0;
	st->before_held = 0;
	records_begin_part(&st->records);
	if (w->sink->joins) {
		pair_release(st->pair);
		pair_init(st->pair);
		st->pair->later = true;
	}
	if (!st->holds)
		return 0;
	return epochs_begin_run(&st->epochs, &st->run, st->held.epoch,
				st->held.report, st->held.seq);
}

/* The streams that hold an exit of a slice before this one drop it, and go on. */
static void drop_earlier(struct by_number *w)
{
	const unsigned int nr = w->heads.nr_in;
	struct by_number_stream *st;
	unsigned int i;

	heads_clear(&w->heads);
	for (i = 0; i < nr; i++) {
		st = &w->streams[w->heads.in[i]];
		if (!st->holds || item_of(st) >= w->begin)
			continue;
		st->holds = false;
		w->heads.in[w->heads.nr_in++] = w->heads.in[i];
	}
}

/* Those of a slice that begin with their first record are not read here. */
static unsigned int choose_skipping(struct by_number *w,
				    const struct number_slices *cut)
{
	unsigned int i;

	heads_clear(&w->heads);
	for (i = 0; i < w->nr_streams; i++)
		if (number_slices_place(cut, w->number, i)->skips)
			w->heads.in[w->heads.nr_in++] = i;
	return w->heads.nr_in;
}

static int skip_streams(struct by_number *w)
{
	w->in_window = 0;
	do {
		if (advance_some(w) < 0)
			return -1;
		drop_earlier(w);
	} while (w->heads.nr_in);
	return 0;
}

/* All others: up to their first exit */
static int read_others(struct by_number *w, const struct number_slices *cut)
{
	unsigned int i;

	heads_clear(&w->heads);
	for (i = 0; i < w->nr_streams; i++) {
		if (number_slices_place(cut, w->number, i)->skips)
			continue;
		if (w->sink->joins)
			w->streams[i].pair->later = true;
		w->heads.in[w->heads.nr_in++] = i;
	}
	return advance_some(w);
}

/* Reading was stopped before all streams were where the slice begins. */
static bool any_stopped(const struct by_number *w)
{
	unsigned int i;

	for (i = 0; i < w->nr_streams; i++)
		if (source_stream_unread(w->streams[i].records.stream))
			return true;
	return false;
}

static void hold_all(struct by_number *w)
{
	struct by_number_stream *st;
	unsigned int i;

	heads_clear(&w->heads);
	for (i = 0; i < w->nr_streams; i++) {
		st = &w->streams[i];
		if (!st->holds)
			continue;
		st->begin = records_position(&st->records);
		heads_add(&w->heads, i, st->held.epoch, st->held.seq);
	}
	w->first = heads_any(&w->heads) ? heads_first_item(&w->heads) : MERGE_NONE;
}

int by_number_begin_slice(struct by_number *w, const struct number_slices *cut)
{
	unsigned int i;

	if (choose_skipping(w, cut) && skip_streams(w) < 0)
		return -1;
	for (i = 0; i < w->nr_streams; i++)
		if (number_slices_place(cut, w->number, i)->skips &&
		    forget_stream(w, &w->streams[i]) < 0)
			return -1;
	memset(&w->shards->counts, 0, sizeof(w->shards->counts));
	if (w->sink->begin)
		w->sink->begin(w, w->member);
	if (read_others(w, cut) < 0)
		return -1;
	hold_all(w);
	w->begun = !any_stopped(w);
	return 0;
}

int by_number_read_windows(struct by_number *w)
{
	int ret = 0;

	while (!ret && heads_any(&w->heads) && heads_first_item(&w->heads) < w->end) {
		begin_window(w, &w->streams[heads_first(&w->heads)].held);
		ret = advance_all(w);
		if (!ret)
			ret = end_window(w);
	}
	return ret;
}

int by_number_read_first(struct by_number *w)
{
	/* The window is empty yet: each stream stops at its first exit. */
	w->in_window = ALONE_EXITS;
	w->begun = true;
	return advance_all(w);
}

/* The end */

static void add_counts(struct by_number_counts *to,
		       const struct by_number_counts *from)
{
	to->exits += from->exits;
	to->unnumbered += from->unnumbered;
	to->reports += from->reports;
	to->bad_isa += from->bad_isa;
	to->late += from->late;
	to->repeated += from->repeated;
}

static int join_stream(struct by_number *w, struct by_number_stream *st)
{
	if (st->run.first_seq && epochs_add_run(&st->epochs, &st->run) < 0)
		return -1;
	if (st->any && st->last_ts > w->last_ts)
		w->last_ts = st->last_ts;
	losses_add(&w->losses, &st->records.losses);
	if (!w->quiet)
		records_report_damage(&st->records, &w->damage);
	return epochs_merge(&w->epochs, &st->epochs);
}

/* What the loop need not count, as the epochs know it */
static void derive_counts(struct by_number *w)
{
	struct by_number_counts *n = &w->counts;
	size_t i;

	n->accounted = n->bad_isa + n->late;
	for (i = 0; i < w->epochs.nr; i++)
		n->accounted += w->epochs.list[i].entries;
	n->entries = n->accounted + n->unnumbered;
}

void by_number_add_shards(struct by_number *w, const struct by_number *from)
{
	unsigned int i;

	for (i = 0; i < from->nr_shards; i++)
		add_counts(&w->counts, &from->shards[i].counts);
}

int by_number_finish(struct by_number *w, size_t nr_pairs)
{
	unsigned int i;

	for (i = 0; i < w->nr_streams; i++)
		if (join_stream(w, &w->streams[i]) < 0)
			return -1;
	derive_counts(w);
	return w->sink->joins && w->counts.exits ?
	       pair_finish(w->pairs, nr_pairs, w->nr_streams,
			   &w->joins) : 0;
}

/* @part: NULL: all of it */
static int open_stream(struct by_number *w, unsigned int i,
		       const struct source_part *part)
{
	struct by_number_stream *st = &w->streams[i];
	const struct subbuf_format *format = &w->p->subbuf;
	int ret;

	if (w->sink->joins) {
		st->pair = &w->pairs[i];
		pair_init(st->pair);
	}
	ret = part ? records_open_part(&st->records, w->src, format, i, part) :
		     records_open(&st->records, w->src, format, i);
	if (ret < 0)
		return -1;
	while (!(ret = records_peek(&st->records, &st->first_ts)) &&
	       st->records.waits)
		if (source_wait(w->src) < 0)
			return -1;
	if (ret <= 0)
		return ret;
	st->any = true;
	if (!w->any || st->first_ts < w->first_ts)
		w->first_ts = st->first_ts;
	w->any = true;
	return 0;
}

int by_number_init(struct by_number *w, unsigned int threads)
{
	size_t bytes;

	w->end = MERGE_NONE;
	threads_init(&w->threads, threads);
	w->nr_shards = w->threads.nr;
	bytes = w->nr_shards * sizeof(*w->shards);
	w->shards = aligned_alloc(__alignof__(*w->shards), bytes);
	if (!w->shards)
		return error("out of memory: %u threads", w->threads.nr);
	memset(w->shards, 0, bytes);
	w->streams = calloc(w->nr_streams + 1, sizeof(*w->streams));
	if (!w->streams || heads_init(&w->heads, w->nr_streams) < 0)
		return error("out of memory: %u CPUs", w->nr_streams);
	return 0;
}

int by_number_open_streams(struct by_number *w)
{
	unsigned int i;

	for (i = 0; i < w->nr_streams; i++)
		if (open_stream(w, i, NULL) < 0)
			return -1;
	return 0;
}

int by_number_open_slice(struct by_number *w, const struct number_slices *cut,
			 unsigned int parts)
{
	const struct number_place *place;
	struct source_part part = { .parts = parts };
	unsigned int i;

	for (i = 0; i < w->nr_streams; i++) {
		place = number_slices_place(cut, w->number, i);
		part.offset = place->offset;
		part.end = place->end;
		part.has_end = place->has_end;
		if (open_stream(w, i, &part) < 0)
			return -1;
	}
	return 0;
}

static void close_stream(struct by_number_stream *st)
{
	records_close(&st->records);
	epochs_release(&st->epochs);
	free(st->stats);
}

void by_number_release(struct by_number *w)
{
	unsigned int i;

	if (w->threads.nr)
		threads_release(&w->threads);
	for (i = 0; w->streams && i < w->nr_streams; i++)
		close_stream(&w->streams[i]);
	free(w->streams);
	free(w->shards);
	heads_release(&w->heads);
	epochs_release(&w->epochs);
}
