/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All records of one CPU, in order: stream -> sub-buffers -> records.
 *
 * A sub-buffer that is damaged is left at the damage and the next one begun.
 * What is wrong with the first few is kept for records_report_damage(), so that
 * threads that read streams at once do not mix their messages.
 * What is missing is counted in @losses, and @gap says that something is
 * missing before the record that was read last, or after it at the end; who
 * cares clears it.
 */
#ifndef ANALYZER_RECORDS_H
#define ANALYZER_RECORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/losses.h"
#include "source/source.h"
#include "source/subbuf.h"

/*
 * A ring buffer that loses 100 million events a second takes a month to lose so
 * many.  Whoever says that more are missing between two sub-buffers does not
 * know how many are.
 */
#define RECORDS_LOST_MAX	(1ull << 48)

/* Of one CPU: a file that is damaged throughout shall not flood the screen. */
#define RECORDS_FAULTS	3u

/* A sub-buffer, or a compressed chunk if @wrong says what is wrong with it */
struct records_fault {
	uint64_t file_offset;
	const char *wrong;
	enum subbuf_fault fault;
	uint64_t found, allowed;
};

struct records {
	struct subbuf sb;
	const struct subbuf_format *format;
	struct source_stream *stream;
	struct source_span span;
	size_t pos;			/* in span: end of the current sub-buffer */
	const char *path;
	uint32_t cpu;
	uint64_t nr;			/* records that were handed out */
	uint64_t nr_before, begin_ts;	/* of them, before this sub-buffer; its
					   time stamp */
	struct source_found found;	/* but for this sub-buffer */
	bool is_part;			/* of the stream: see records_open_part() */
	bool samples;			/* it may have samples for sub-buffers */
	bool cut;			/* the end of the stream is missing */
	bool holes;			/* sub-buffers are missing, and nothing
					   says where: each is behind a gap */
	bool gap;			/* before the latest record */
	bool waits;			/* it is over, but for what is not there
					   yet: RECORDS_END was for now */
	uint64_t complete;		/* then: up to this time */
	uint64_t step_max;		/* holes: so may be what comes so much later
					   than the record before */
	/* Who asks for the first record of each sub-buffer; NULL: nobody */
	void (*see_first)(void *arg, const struct subbuf_record *rec);
	void *see_first_arg;
	struct losses losses;
	struct records_fault faults[RECORDS_FAULTS];
	unsigned int nr_faults;
};

/* Begin CPU @index of @src; records_close() also after a failure. */
int records_open(struct records *r, const struct source *src,
		 const struct subbuf_format *format, unsigned int index);
void records_close(struct records *r);

/*
 * The same from @part->offset on.  Each part counts what it came to.  Those of one
 * stream are joined in order, once what a part read is what the next one goes on
 * from: see records_begin_part(), records_join() and records_end_parts().
 */
int records_open_part(struct records *r, const struct source *src,
		      const struct subbuf_format *format, unsigned int index,
		      const struct source_part *part);

/* From here on it is this part that counts. */
void records_begin_part(struct records *r);

/* The offset in the stream of what will be read next; 0: it is over */
uint64_t records_position(const struct records *r);

/* Add what @next, which goes on where @r is, counted. */
void records_join(struct records *r, const struct records *next);

/* It has come to its end.  If reading was stopped by now, that is where it was. */
void records_stop_part(struct records *r);

/* Nothing more is read of it: what it counted stays. */
void records_leave_part(struct records *r);

/* All parts are in @r, of which @last came to the end. */
void records_end_parts(struct records *r, struct records *last);

/* Say what is wrong with the first damaged parts; @said: of all streams. */
void records_report_damage(const struct records *r, struct few *said);

/*
 * Return 1 with the time stamp of the first record, which records_next() will
 * return, 0 if there is none, -1 on a reported error.
 */
int records_peek(struct records *r, uint64_t *ts);

/* What these return, besides -1 */
#define RECORDS_END	0
#define RECORDS_NEXT	1
#define RECORDS_GAP	2	/* the next record, and there is a gap before it */

/* Slow path of records_next() */
int records_next_subbuf(struct records *r, struct subbuf_record *rec);
/* As records_next(), if the source has samples */
int records_next_any(struct records *r, struct subbuf_record *rec);

/*
 * Return RECORDS_NEXT or RECORDS_GAP with the next record, RECORDS_END at the end,
 * -1 on a reported error.  The record lives until the next call.  If @waits says
 * so, it is the end of what is there: after source_wait() there may be more.
 */
static inline int records_next(struct records *r, struct subbuf_record *rec)
{
	if (r->samples)
		return records_next_any(r, rec);
	if (__builtin_expect(subbuf_next(&r->sb, rec) > 0, 1)) {
		r->nr++;
		return 1;
	}
	return records_next_subbuf(r, rec);
}

/*
 * The same for a loop that has what it needs of r->sb in a local variable, @sb, so
 * that it takes registers only:
 *
 *	struct subbuf sb = records_begin_walk(r, samples);
 *
 *	while ((ret = records_walk(r, &sb, &rec, samples)) > 0)
 *		...
 *	records_end_walk(r, &sb);
 *
 * There are two loops, as @samples, a constant, is r->samples.
 */
ALWAYS_INLINE struct subbuf records_begin_walk(const struct records *r,
					       bool samples)
{
	struct subbuf sb = {
		.pos = r->sb.pos, .end = r->sb.end, .ts = r->sb.ts,
	};

	if (samples) {
		sb.samples = r->sb.samples;
		sb.sample_min = r->sb.sample_min;
	}
	return sb;
}

ALWAYS_INLINE void records_end_walk(struct records *r, const struct subbuf *sb)
{
	r->sb.pos = sb->pos;
	r->sb.end = sb->end;
	r->sb.ts = sb->ts;
}

ALWAYS_INLINE int records_walk(struct records *r, struct subbuf *sb,
			       struct subbuf_record *rec, bool samples)
{
	struct subbuf_record first;
	int ret;

	ret = samples ? subbuf_next_sample(sb, rec) : subbuf_next(sb, rec);
	if (__builtin_expect(ret > 0, 1)) {
		r->nr++;
		return 1;
	}
	records_end_walk(r, sb);
	if (ret < 0) {
		r->sb.fault = sb->fault;
		r->sb.found = sb->found;
		r->sb.allowed = sb->allowed;
	}
	ret = samples ? records_next_any(r, &first) :
			records_next_subbuf(r, &first);
	*sb = records_begin_walk(r, samples);
	if (ret > 0)
		*rec = first;
	return ret;
}

/* Was there a gap before the latest record?  It is forgotten. */
static inline bool records_take_gap(struct records *r)
{
	bool gap = r->gap;

	r->gap = false;
	return gap;
}

/*
 * The record at @ts follows one at @last.  Was there time for as many events as a
 * sub-buffer holds?  Then there is a gap, if the stream has holes.
 */
static inline void records_see_step(struct records *r, uint64_t last,
				    uint64_t ts)
{
	if (__builtin_expect(ts - last > r->step_max, 0) && ts > last)
		r->gap = true;
}

/*
 * Is there no trace of a loss in @src, of which @l is what all streams lack?
 * Then what is not there was never recorded.
 * @whole: each exit is there, so that statistics that count more events are wrong.
 */
bool losses_none(const struct source *src, const struct losses *l, bool whole);

#endif /* ANALYZER_RECORDS_H */
