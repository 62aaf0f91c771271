/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording -> its events in the order of time, over all CPUs, by one thread; or
 * one slice of them by each of several threads.
 *
 * Each per-CPU stream is in order by itself; a tournament (merge.h) says which one
 * has the next event.  What becomes of the events is the sink's to say: a constant
 * table of functions, inlined into the loop, which has an instance for each sink.
 *
 *	ret = by_time_open(&w, src, p, &sink, arg);
 *	... by_time_want(), if the sink takes further events
 *	if (!ret)
 *		ret = by_time_read(&w);
 *	by_time_close(&w);
 *
 * Slices (slices.h): each is a struct by_time of its own, and its sink has state of
 * its own.  In their order, they are joined to the first one; what the sinks know
 * is theirs to join.
 *
 *	slices_init(&s, ...);
 *	for i from 0 to s.nr - 1
 *		by_time_open_slice(&w[i], &w[0], &s, i, src, p, &sink, &arg[i]);
 *	ret = by_time_read_slices(pointers to w, s.nr, &joined);
 *	... if it is 1, w[0] knows of all, and the first @joined arguments are all
 *
 * Order: that of time stamps.  With @by_stamp it is that of the TSC stamps of
 * kvm_exit and kvm_entry, which need not agree with the trace clock: then only
 * these two have a turn, and what the sink wants besides; what has no stamp stays behind
 * the one before.
 *
 * Runs: a stream keeps its turn for as long as its next event precedes those of
 * all other streams.  So the tournament is played where streams change, and not
 * for each event.
 *
 * Lost events: a gap (gaps.h) is known when the record behind it is read ahead.
 * It has its turn among the events, at the time of the record before it: whatever
 * ended by then is sound.  By stamps, the first event that has a new one ends it.
 *
 * Recordings that grow (source.h): a stream that waits has its turn at the time up
 * to which it is complete, since what it delivers later has it not before.  When
 * that is the first turn of all, and there is still no more of it, all that is known
 * was handled, and source_wait() is called: by then, the figures are of all events
 * before that time.  by_time_read() returns at the end only, as of any recording.
 * By stamps, a stream that waits has the turn of its latest stamp: nothing says which
 * stamps events have that are not there, so a CPU that is idle holds up all others.
 */
#ifndef ANALYZER_BY_TIME_H
#define ANALYZER_BY_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/gaps.h"
#include "base/merge.h"
#include "parse.h"
#include "source/records.h"
#include "source/source.h"
#include "walk/epochs.h"
#include "walk/slices.h"

/* Beyond enum parse_kind: what by_time_want() asked for */
#define BY_TIME_WANTED	PARSE_KINDS
#define BY_TIME_KINDS	(PARSE_KINDS + 1)

/* What comes next of a stream, besides -1 */
enum by_time_found {
	BY_TIME_END,
	BY_TIME_EVENT,
	BY_TIME_GAP,
	BY_TIME_WAIT,			/* for what is not there yet */
};

/* Where a slice begins in a stream: there the one before it ends. */
struct by_time_mark {
	uint64_t position;		/* records_position() */
	uint64_t key, last_ts, stamp;
	struct gap gap, passed;
	bool has_gap, pending, ended;
};

/* One per-CPU stream */
struct by_time_stream {
	struct records records;
	struct subbuf_record rec;	/* the event that waits for its turn; or
					   the record behind the gap */
	unsigned int kind;		/* of the event */
	uint64_t key;			/* when its turn is, or that of the gap */
	uint64_t stamp;			/* the latest one */
	uint64_t last_ts;		/* of the latest record */
	uint64_t step;			/* a longer one between two records is
					   looked at; one back always is */
	uint64_t backwards;		/* time stamps that went back */
	bool any;			/* there is a record */
	bool entered;			/* not at the beginning */
	bool has_gap;			/* it goes before @rec, */
	bool ended;			/* or before the end */
	bool waits;			/* there is no @rec yet */
	uint64_t complete;		/* up to here, when it waited for the
					   last time */
	struct gap gap;
	struct gap passed;		/* the latest that had its turn */
	struct by_time_mark begin;	/* of the slice */
	struct epochs_run run;		/* for the sink */
};

struct by_time {
	const struct by_time_sink *sink;
	int (*run)(struct by_time *w, struct by_time_stream *st,
		   merge_item limit);	/* of the sink, for what the source has */
	void *arg;			/* the sink's */
	const struct source *src;
	const struct parse *p;
	bool quiet;			/* damage was told before */
	uint8_t *kinds;			/* by event id; 0: of no interest */
	uint32_t min_len[BY_TIME_KINDS];
	struct by_time_stream *streams;
	unsigned int nr_streams;
	struct merge merge;		/* of them */
	bool any;
	uint64_t first_ts;		/* of all records */

	/* The slice: all items from this key to this one */
	uint64_t begin;
	merge_item end;			/* MERGE_NONE: the last one */
	bool is_slice;
	bool skipping;			/* to where it begins */
	bool begun;			/* it came there: reading was not stopped */
	bool odd;			/* set by a sink that cannot join this slice */
	int status;			/* of the thread that reads it */

	/* After by_time_read() */
	uint64_t last_ts;		/* of all records */
	struct losses losses;
	bool finds_holes;		/* sub-buffers turned out to be missing:
					   it has to be read with that in mind */
};

struct by_time_sink {
	bool by_stamp;

	/* BY_TIME_SINK_DEFINE(): by_time_run_as() of records and of samples, and
	   by_time_next_as() */
	int (*run)(struct by_time *w, struct by_time_stream *st,
		   merge_item limit);
	int (*run_samples)(struct by_time *w, struct by_time_stream *st,
			   merge_item limit);
	int (*next)(struct by_time *w, struct by_time_stream *st);

	/* Events, long enough for their fields.  They return -1 after an error. */
	int (*entry)(struct by_time *w, struct by_time_stream *st,
		     struct subbuf_record rec);
	int (*exit)(struct by_time *w, struct by_time_stream *st,
		    struct subbuf_record rec);
	/* What by_time_want() asked for.  NULL: nothing */
	int (*other)(struct by_time *w, struct by_time_stream *st,
		     struct subbuf_record rec);
	/* Reports and statistics of the kernel.  NULL: of no interest */
	int (*rare)(struct by_time *w, struct by_time_stream *st,
		    const uint8_t *data, enum parse_kind kind);
	/* Events may be missing from gap.begin to gap.end. */
	int (*gap)(struct by_time *w, struct gap gap);
};

/*
 * Open all streams, and find the time of the first record.  by_time_close() also
 * after a failure.
 */
int by_time_open(struct by_time *w, const struct source *src,
		 const struct parse *p, const struct by_time_sink *sink,
		 void *arg);
void by_time_close(struct by_time *w);

/* Open slice @number; @first: the first one, which was opened before. */
int by_time_open_slice(struct by_time *w, const struct by_time *first,
		       const struct slices *s, unsigned int number,
		       const struct source *src, const struct parse *p,
		       const struct by_time_sink *sink, void *arg);

/* Events whose @index, by id, is not 0 have a turn, too. */
void by_time_want(struct by_time *w, const uint8_t index[65536]);

/* Read all.  Return -1 after an error. */
int by_time_read(struct by_time *w);

/*
 * Read all slices at once, @nr of them by as many threads.  Return 1 if they fit
 * together: then @joined is how many there are, less than @nr if reading was
 * stopped, and w[0] is as if it had read all.  Return 0 if it takes one walk to read
 * this recording; nothing was said then.  Return -1 after an error.
 */
int by_time_read_slices(struct by_time *const *w, unsigned int nr,
			unsigned int *joined);

/* How many time stamps went back within a CPU */
uint64_t by_time_backwards(const struct by_time *w);

/* Slow paths of the loop below */

/* Events are missing between @before and @behind, which may be the earlier one. */
int by_time_hold_gap(struct by_time_stream *st, uint64_t before,
		     uint64_t behind);

/* The record at @ts follows one at @last: is there a gap between them? */
bool by_time_see_step(struct by_time_stream *st, uint64_t last, uint64_t ts);

/* There is a gap before the event that has st->stamp, or one like @before. */
int by_time_see_gap(struct by_time_stream *st, uint64_t before);

/* The stream is over, but for a gap; or for what is not there yet. */
int by_time_end(const struct by_time *w, struct by_time_stream *st,
		uint64_t last);

/* The loop: instances are made by BY_TIME_SINK_DEFINE() with a constant @sink. */

/* The stamp of an event; 0: it has none */
ALWAYS_INLINE uint64_t by_time_stamp(const struct by_time *w,
				     const struct by_time_sink *sink,
				     const struct subbuf_record *rec,
				     unsigned int kind)
{
	const struct parse_layout *l = &w->p->layout;

	if (sink->other && kind == BY_TIME_WANTED)
		return 0;
	return parse_get(rec->data, kind == PARSE_ENTRY ? l->entry.tsc :
							  l->exit.tsc);
}

/*
 * An event that has a turn by its stamp, @rec.  The gap before it is one between
 * two stamps.
 */
ALWAYS_INLINE int by_time_take_stamp(struct by_time *w,
				     const struct by_time_sink *sink,
				     struct by_time_stream *st,
				     const struct subbuf_record *rec,
				     unsigned int kind)
{
	uint64_t stamp = by_time_stamp(w, sink, rec, kind), before = st->stamp;

	st->stamp = stamp ? stamp : before;
	st->key = st->stamp;
	return unlikely(st->records.gap) ? by_time_see_gap(st, before) :
					   BY_TIME_EVENT;
}

/* @rec: BY_TIME_EVENT if it has a turn, BY_TIME_END if not. */
ALWAYS_INLINE int by_time_take(struct by_time *w,
			       const struct by_time_sink *sink,
			       struct by_time_stream *st,
			       const struct subbuf_record *rec,
			       unsigned int kind)
{
	if (unlikely(rec->len < w->min_len[kind])) {
		st->records.losses.short_records++;
		return BY_TIME_END;
	}
	if (kind == PARSE_ENTRY || kind == PARSE_EXIT ||
	    (sink->other && kind == BY_TIME_WANTED))
		return sink->by_stamp ? by_time_take_stamp(w, sink, st, rec, kind) :
					BY_TIME_EVENT;
	if (!sink->rare)
		return BY_TIME_END;
	if (!sink->by_stamp)
		return BY_TIME_EVENT;
	/* The slice before had it. */
	if (w->skipping)
		return BY_TIME_END;
	return sink->rare(w, st, rec->data, kind) < 0 ? -1 : BY_TIME_END;
}

/*
 * Read up to what has the next turn: an event, in @rec and @kind, or a gap.  As for
 * @sb, see subbuf.h; for @samples, records.h.  @last: the time stamp of the latest
 * record.
 */
ALWAYS_INLINE int by_time_find(struct by_time *w,
			       const struct by_time_sink *sink,
			       struct by_time_stream *st, struct subbuf *sb,
			       struct subbuf_record *rec, unsigned int *kind,
			       uint64_t *last, bool samples)
{
	const uint8_t *kinds = w->kinds;
	uint64_t before;
	int ret, found;

	while ((ret = records_walk(&st->records, sb, rec, samples)) > 0) {
		before = *last;
		*last = rec->ts;
		if (unlikely(ret == RECORDS_GAP ||
			     rec->ts - before > st->step) &&
		    by_time_see_step(st, before, rec->ts) && !sink->by_stamp) {
			records_take_gap(&st->records);
			return by_time_hold_gap(st, before, rec->ts);
		}
		*kind = kinds[subbuf_event_id(rec)];
		if (*kind == PARSE_OTHER)
			continue;
		found = by_time_take(w, sink, st, rec, *kind);
		if (found != BY_TIME_END)
			return found;
	}
	return ret < 0 ? -1 : by_time_end(w, st, sink->by_stamp ? st->stamp :
								  *last);
}

ALWAYS_INLINE int by_time_handle(struct by_time *w,
				 const struct by_time_sink *sink,
				 struct by_time_stream *st,
				 struct subbuf_record rec, unsigned int kind)
{
	if (kind == PARSE_ENTRY)
		return sink->entry(w, st, rec);
	if (kind == PARSE_EXIT)
		return sink->exit(w, st, rec);
	if (sink->other && kind == BY_TIME_WANTED)
		return sink->other(w, st, rec);
	return sink->rare ? sink->rare(w, st, rec.data, kind) : 0;
}

/*
 * It is the turn of the event that @st has: handle it, and those behind it that
 * precede @limit, the next event of all other streams.
 */
ALWAYS_INLINE int by_time_run_as(struct by_time *w,
				 const struct by_time_sink *sink,
				 struct by_time_stream *st, merge_item limit,
				 bool samples)
{
	const uint32_t number = merge_first(&w->merge);
	struct subbuf sb = records_begin_walk(&st->records, samples);
	struct subbuf_record rec = st->rec;
	unsigned int kind = st->kind;
	uint64_t last = st->last_ts;
	int ret;

	do {
		ret = by_time_handle(w, sink, st, rec, kind);
		if (unlikely(ret < 0))
			break;
		ret = by_time_find(w, sink, st, &sb, &rec, &kind, &last,
				   samples);
	} while (ret == BY_TIME_EVENT &&
		 merge_item_of(sink->by_stamp ? st->key : rec.ts, number) <
		 limit);
	records_end_walk(&st->records, &sb);
	st->rec = rec;
	st->kind = kind;
	st->last_ts = last;
	if (!sink->by_stamp && ret == BY_TIME_EVENT)
		st->key = rec.ts;
	return ret;
}

/* The first event of @st, or the one behind what has had its turn */
ALWAYS_INLINE int by_time_next_as(struct by_time *w,
				  const struct by_time_sink *sink,
				  struct by_time_stream *st)
{
	struct subbuf sb = records_begin_walk(&st->records, true);
	int ret;

	ret = by_time_find(w, sink, st, &sb, &st->rec, &st->kind, &st->last_ts,
			   true);
	records_end_walk(&st->records, &sb);
	if (!sink->by_stamp && ret == BY_TIME_EVENT)
		st->key = st->rec.ts;
	return ret;
}

/* The three instances of the loop that each sink has */
#define BY_TIME_SINK_DECLARE(sink)					\
static int sink##_run(struct by_time *w, struct by_time_stream *st,	\
		      merge_item limit);				\
static int sink##_run_samples(struct by_time *w,			\
			      struct by_time_stream *st,		\
			      merge_item limit);			\
static int sink##_next(struct by_time *w, struct by_time_stream *st);

#define BY_TIME_SINK_DEFINE(sink)					\
static int sink##_run(struct by_time *w, struct by_time_stream *st,	\
		      merge_item limit)					\
{									\
	return by_time_run_as(w, &sink, st, limit, false);		\
}									\
									\
static int sink##_run_samples(struct by_time *w,			\
			      struct by_time_stream *st,		\
			      merge_item limit)				\
{									\
	return by_time_run_as(w, &sink, st, limit, true);		\
}									\
									\
static int sink##_next(struct by_time *w, struct by_time_stream *st)	\
{									\
	return by_time_next_as(w, &sink, st);				\
}

#endif /* ANALYZER_BY_TIME_H */
