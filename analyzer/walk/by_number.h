/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording with stamps -> its accounted exits, by number, in one pass, by any
 * number of threads.
 *
 * The pass goes by windows: ranges of one epoch's numbers.  Within a window the
 * per-CPU streams do not depend on each other, since kvm_entry is complete in
 * itself.  Each thread takes the next stream that is free, and reads it up to its
 * first exit beyond the window, which the stream then holds.  The next window
 * begins at the lowest number that is held, so that holes cost no time, and
 * memory does not depend on the length of the recording.
 *
 * What becomes of the exits is the sink's to say: a constant table of functions,
 * inlined into the loop.  A sink has figures of its own for each thread, and
 * merges them where a window ends, or at the end of all.  So threads change no
 * figure, and the hot loop takes no lock.
 *
 * Contradictions that no kernel writes are treated alike wherever they stand:
 *
 * - An exit whose number is not higher than the one before it in its stream is
 *   counted in @late, and left out.  So is one of an ISA that does not exist.
 * - A number that comes twice is counted in @repeated.  The exits stay, since
 *   nothing says which is the right one.  Nothing of their epoch is proven.
 * - So it is where the events of an epoch disagree on its reports (epochs.h).
 *
 * Slices (number_slices.h): where the source can be entered in the middle, the
 * recording is cut into slices, all exits from one number to another, and a thread
 * reads a slice alone, from its first window to its last one; then it takes the next
 * slice that is free.  Nobody waits for anybody.  What each slice has is joined in
 * their order, for exits that began in one and ended in another, too.  If a slice does
 * not end where the next one begins, as no kernel writes it, all is read once more, in
 * one slice.  Of any other source the threads share the streams of each window.
 *
 * Recordings that grow (source.h): the walk waits for each stream that is in the
 * window, so a CPU that is idle holds up all others.
 *
 * Facts on epochs are kept for each stream, and joined in the order of the
 * streams when all have ended.
 */
#ifndef ANALYZER_BY_NUMBER_H
#define ANALYZER_BY_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/threads.h"
#include "parse.h"
#include "source/records.h"
#include "source/source.h"
#include "walk/epochs.h"
#include "walk/heads.h"
#include "walk/number_slices.h"
#include "walk/pair.h"

#define WINDOW_EXITS	65536u

/* One per-CPU stream, used by one thread at a time */
struct by_number_stream {
	struct records records;
	struct epochs epochs;
	struct epochs_run run;		/* its latest exit, and those before */
	struct pair_stream *pair;	/* if the sink joins */
	struct event_entry held;	/* beyond the window */
	uint64_t held_ts;
	uint64_t before_held;		/* the number before it */
	bool holds;
	uint64_t begin, end;		/* of a slice: records_position() behind
					   what it holds at first, and in the end */
	bool any;			/* it has a record */
	uint64_t first_ts, last_ts;	/* of all records; last_ts: at the end */
	struct event_stats *stats;	/* if they are to be kept */
	size_t nr_stats, stats_allocated;
};

/* Events and oddities, of one thread or of all */
struct by_number_counts {
	uint64_t entries, exits;	/* events; entries: at the end */
	uint64_t unnumbered, accounted;	/* entries without and with a number;
					   accounted: at the end */
	uint64_t reports;		/* kvm_exit_report events */
	uint64_t bad_isa, late, repeated;	/* exits: see above */
};

/* What one thread has, or one slice */
struct by_number_shard {
	void *own;			/* the sink's, for this thread or slice */
	uint64_t seen[WINDOW_EXITS / 64];	/* numbers of the window */
	struct by_number_counts counts;
	bool failed;
} __attribute__((aligned(64)));

struct by_number {
	const struct by_number_sink *sink;
	void *arg;			/* the sink's */
	const struct parse *p;
	const struct source *src;
	bool keep_stats;		/* all kvm_exit_stats, in each stream */
	bool quiet;			/* damage was told before */

	struct threads threads;
	struct by_number_stream *streams;
	struct pair_stream *pairs;	/* one for each, if the sink joins, */
	size_t nr_pairs;		/* of each slice */
	unsigned int nr_streams;
	struct by_number_shard *shards;	/* one for each thread that shares it */
	unsigned int nr_shards;
	unsigned int member;		/* the thread that reads it, if it is one */
	struct heads heads;		/* the streams in the window */
	unsigned int next_in;		/* that no thread has taken: atomic */
	uint64_t in_window;		/* exits of the window before */
	size_t waiting;			/* pair_note() of all streams */

	/* The window: the same for all threads */
	uint32_t epoch;
	uint32_t report;		/* of its first exit */
	uint64_t base, span;		/* numbers */
	uint64_t highest;		/* number that was seen in it */

	/* The slice: all exits from this number_slices_item() to this one */
	unsigned int number;
	merge_item begin, end;		/* MERGE_NONE: the last one */
	merge_item first;		/* what streams hold at first, at least */
	bool begun;			/* it came there: reading was not stopped */
	bool stopped;			/* it was before the slice ended */
	int status;			/* of the thread that reads it */
	unsigned int left;		/* that may have use for its streams: atomic */

	/* All slices, which end in this walk; NULL: it is not cut */
	struct by_number *slices;
	struct number_slices cut;
	unsigned int next_slice;	/* that no thread has taken: atomic */
	unsigned int joined;		/* so many count; or 0 */

	/* After by_number_run() */
	struct epochs epochs;		/* epochs_finish() is the caller's */
	struct losses losses;
	struct few damage;		/* what was said of it */
	struct pair_counts joins;
	struct by_number_counts counts;
	bool any;
	uint64_t first_ts, last_ts;	/* of all records */
};

struct by_number_sink {
	/*
	 * A window has exits of at most so many reports, unless they contradict
	 * each other; 0: of any number.
	 */
	unsigned int (*max_reports)(const struct by_number *w);
	bool joins;			/* kvm_exit is joined to kvm_entry */
	bool threads;			/* exits have their thread; else 0 */

	/*
	 * The streams of a walk that is not cut, or of a slice, are open, and thread
	 * @member reads it.  It may set the sink's own of its shard.  NULL: nothing
	 */
	void (*begin)(struct by_number *w, unsigned int member);

	/* by_number_thread() and by_number_account_held() of this sink */
	void (*thread)(void *walk, unsigned int member);
	int (*held)(struct by_number *w, struct by_number_shard *sh,
		    struct by_number_stream *st);

	/*
	 * An exit of the window, recorded at @ts, for the thread of @sh.  Return
	 * -1 only if memory is short.
	 */
	int (*exit)(const struct by_number *w, struct by_number_shard *sh,
		    const struct by_number_stream *st,
		    const struct event_entry *e, uint64_t ts);

	/* All exits of the window were read.  NULL: the sink does not care. */
	int (*end_window)(struct by_number *w);
};

/* What the user allows, and what is known of how the recording is to be cut */
struct by_number_plan {
	unsigned int threads;
	uint64_t slice_bytes;		/* at least; 0: NUMBER_SLICES_BYTES */
	bool whole;			/* not at all */
};

/*
 * Open what is read first, and find the time of the first record: w->first_ts.
 * by_number_close() also after a failure.
 */
int by_number_open(struct by_number *w, const struct source *src,
		   const struct parse *p, const struct by_number_sink *sink,
		   void *arg, struct by_number_plan plan);

/*
 * How many shards there are, one for each slice, or each thread.  Shards of slices
 * are those of w->slices, by_number_shard() has them all.
 */
unsigned int by_number_shards(const struct by_number *w);

static inline unsigned int by_number_slices(const struct by_number *w)
{
	return w->slices ? w->cut.nr : 1;
}

ALWAYS_INLINE struct by_number_shard *by_number_shard(struct by_number *w,
						      unsigned int i)
{
	return w->slices ? w->slices[i].shards : &w->shards[i];
}

/*
 * Read all, then join what is known of it in @w.  Return 1 if it has to be read once
 * more, not cut, with a sink that begins with nothing; -1 after an error.
 */
int by_number_run(struct by_number *w);
void by_number_close(struct by_number *w);

/*
 * Slow paths of the loop below.  They take what they need by value, so that the
 * event need not be in memory on the fast ones.
 */
int by_number_begin_run(struct by_number_shard *sh, struct by_number_stream *st,
			uint32_t isa, uint32_t epoch, uint32_t report,
			uint64_t seq);
int by_number_repeated(struct by_number_shard *sh, struct by_number_stream *st,
		       uint32_t epoch);
int by_number_rare(struct by_number *w, struct by_number_shard *sh,
		   struct by_number_stream *st, const uint8_t *data,
		   enum parse_kind kind);

/* The loop: instances are made by by_number_thread() with a constant @sink. */

ALWAYS_INLINE bool by_number_in_window(const struct by_number *w,
				       const struct event_entry *e)
{
	return e->epoch == w->epoch && e->seq - w->base < w->span;
}

/* @e is in the window. */
ALWAYS_INLINE int by_number_account(struct by_number *w,
				    const struct by_number_sink *sink,
				    struct by_number_shard *sh,
				    struct by_number_stream *st,
				    const struct event_entry *e, uint64_t ts)
{
	uint64_t bit = e->seq - w->base, mask = 1ull << (bit & 63);
	uint64_t *seen = &sh->seen[bit / 64];
	int ret;

	if (__builtin_expect(*seen & mask, 0) &&
	    by_number_repeated(sh, st, e->epoch) < 0)
		return -1;
	*seen |= mask;
	ret = sink->exit(w, sh, st, e, ts);
	if (ret || !sink->joins)
		return ret;
	return pair_add_entry(st->pair, e);
}

/* Return 1 if the stream has to wait for the next window. */
ALWAYS_INLINE int by_number_entry(struct by_number *w, const struct parse *p,
				  const struct by_number_sink *sink,
				  struct by_number_shard *sh,
				  struct by_number_stream *st,
				  const struct subbuf_record *rec)
{
	const uint64_t last_seq = st->run.last_seq;
	struct event_entry e;
	int ret;

	parse_entry(p, rec, &e);
	e.thread = sink->threads ? parse_pid(p, rec) : 0;
	if (!e.seq) {
		sh->counts.unnumbered++;
		return sink->joins ? pair_drop(st->pair, e.vm, e.vcpu_id) : 0;
	}
	if (__builtin_expect(!isa_valid(e.isa) ||
			     !epochs_run_goes_on(&st->run, e.epoch, e.report,
						 e.seq), 0)) {
		ret = by_number_begin_run(sh, st, e.isa, e.epoch, e.report,
					  e.seq);
		if (ret)
			return ret < 0 ? -1 : 0;
	} else {
		epochs_run_add(&st->run, e.seq);
	}
	if (__builtin_expect(by_number_in_window(w, &e), 1))
		return by_number_account(w, sink, sh, st, &e, rec->ts);
	st->held = e;
	st->held_ts = rec->ts;
	st->before_held = last_seq;
	st->holds = true;
	return 1;
}

ALWAYS_INLINE int by_number_exit(const struct parse *p,
				 const struct by_number_sink *sink,
				 struct by_number_shard *sh,
				 struct by_number_stream *st,
				 const struct subbuf_record *rec)
{
	struct event_exit e;

	sh->counts.exits++;
	if (!sink->joins)
		return 0;
	parse_exit(p, rec, &e);
	return pair_add_exit(st->pair, &e);
}

/* @rec is passed by value, so that its fields can stay in registers. */
ALWAYS_INLINE int by_number_record(struct by_number *w, const struct parse *p,
				   const struct by_number_sink *sink,
				   struct by_number_shard *sh,
				   struct by_number_stream *st,
				   struct subbuf_record rec,
				   enum parse_kind kind)
{
	if (__builtin_expect(rec.len < p->min_len[kind], 0)) {
		st->records.losses.short_records++;
		return 0;
	}
	if (kind == PARSE_EXIT)
		return by_number_exit(p, sink, sh, st, &rec);
	if (kind == PARSE_ENTRY)
		return by_number_entry(w, p, sink, sh, st, &rec);
	return by_number_rare(w, sh, st, rec.data, kind);
}

/*
 * Read the stream up to its first exit beyond the window.  As for @sb, see
 * subbuf.h; for @samples, records.h.
 */
ALWAYS_INLINE int by_number_read_as(struct by_number *w,
				    const struct by_number_sink *sink,
				    struct by_number_shard *sh,
				    struct by_number_stream *st, bool samples)
{
	const struct parse *p = w->p;
	struct subbuf sb = records_begin_walk(&st->records, samples);
	struct subbuf_record rec = { .ts = st->last_ts };
	enum parse_kind kind;
	int ret;

	while ((ret = records_walk(&st->records, &sb, &rec, samples)) > 0) {
		kind = p->kind[subbuf_event_id(&rec)];
		if (kind == PARSE_OTHER)
			continue;
		ret = by_number_record(w, p, sink, sh, st, rec, kind);
		if (ret)
			break;
	}
	records_end_walk(&st->records, &sb);
	st->last_ts = rec.ts;
	return ret;
}

ALWAYS_INLINE int by_number_read(struct by_number *w,
				 const struct by_number_sink *sink,
				 struct by_number_shard *sh,
				 struct by_number_stream *st)
{
	return st->records.samples ?
	       by_number_read_as(w, sink, sh, st, true) :
	       by_number_read_as(w, sink, sh, st, false);
}

/* The exit that @st holds is in the window by now. */
ALWAYS_INLINE int by_number_account_held(struct by_number *w,
					 const struct by_number_sink *sink,
					 struct by_number_shard *sh,
					 struct by_number_stream *st)
{
	st->holds = false;
	return by_number_account(w, sink, sh, st, &st->held, st->held_ts);
}

ALWAYS_INLINE int by_number_advance(struct by_number *w,
				    const struct by_number_sink *sink,
				    struct by_number_shard *sh,
				    struct by_number_stream *st)
{
	if (st->holds && sink->held(w, sh, st) < 0)
		return -1;
	return by_number_read(w, sink, sh, st);
}

/* What each thread does in each window */
ALWAYS_INLINE void by_number_thread(struct by_number *w,
				    const struct by_number_sink *sink,
				    unsigned int member)
{
	struct by_number_shard *sh = &w->shards[member];
	unsigned int i;

	while (!sh->failed) {
		i = __atomic_fetch_add(&w->next_in, 1, __ATOMIC_RELAXED);
		if (i >= w->heads.nr_in)
			break;
		if (by_number_advance(w, sink, sh,
				      &w->streams[w->heads.in[i]]) < 0)
			sh->failed = true;
	}
}

/*
 * The two instances of the loop that each sink has.  They are functions of their
 * own, since what is held is rare, and would take registers.
 */
#define BY_NUMBER_SINK_DECLARE(sink)					\
static int sink##_held(struct by_number *w, struct by_number_shard *sh,	\
		       struct by_number_stream *st);			\
static void sink##_thread(void *walk, unsigned int member);

#define BY_NUMBER_SINK_DEFINE(sink)					\
static NOINLINE int sink##_held(struct by_number *w,			\
				struct by_number_shard *sh,		\
				struct by_number_stream *st)		\
{									\
	return by_number_account_held(w, &sink, sh, st);		\
}									\
									\
static void sink##_thread(void *walk, unsigned int member)		\
{									\
	by_number_thread(walk, &sink, member);				\
}

#endif /* ANALYZER_BY_NUMBER_H */
