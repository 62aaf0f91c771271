// SPDX-License-Identifier: GPL-2.0
/*
 * The events of one CPU: plain runs as they are, and all else as sub-buffers that
 * the kernel could have written: struct buffer_data_page and struct
 * ring_buffer_event, in the byte order of the file.  Each span is one of them, and no
 * longer than what is in it.
 */
#include <stdlib.h>

#include "base/array.h"
#include "base/compare.h"
#include "base/error.h"
#include "base/saturate.h"
#include "source/perfdata/perfdata-ahead.h"
#include "source/subbuf.h"

/* What all streams together keep of the file, while a record of each fits */
#define WINDOWS_BYTES_MAX	(16u << 20)
#define WINDOW_BYTES_MAX	(64u << 10)
#define WINDOW_BYTES_MIN	4096u

/* At the most: a time extend, a header of two words, and up to a word of 0 */
#define RECORD_OVERHEAD		20u

/* A record of runs that overlap in time */
struct item {
	uint64_t time, at;
	uint32_t size;
};

struct perf_stream {
	struct source_stream stream;
	const struct perfdata *pd;
	const struct perf_cpu *c;
	struct perf_window w;
	unsigned int index;		/* of c */
	struct perf_ahead *ahead;	/* or NULL */
	struct perf_item item;		/* of it: the run that is read, or comes next */
	bool has_item, waits;		/* it comes next; there is none yet */
	size_t next_run;		/* of c */
	uint64_t run_bytes;		/* of runs that were begun */
	struct item *items;		/* instead of runs, if not NULL */
	size_t nr_items, next_item;
	bool failed, ended;

	uint8_t *out;			/* the sub-buffer */
	size_t largest;			/* record, at the most */
	size_t room, used, enough;
	uint64_t ts;			/* of its latest record */
	uint64_t lost;			/* before the next one */
	bool gap;			/* likewise, of no known number */
	uint64_t file_offset;		/* of its first record */
	struct source_samples samples;	/* of plain runs */
};

static void put_u32(const struct perfdata *pd, uint8_t *p, uint32_t v)
{
	v = pd->big_endian ? htobe32(v) : htole32(v);
	memcpy(p, &v, sizeof(v));
}

static void put_u64(const struct perfdata *pd, uint8_t *p, uint64_t v)
{
	v = pd->big_endian ? htobe64(v) : htole64(v);
	memcpy(p, &v, sizeof(v));
}

/* The bit fields type_len and time_delta */
static void put_head(const struct perfdata *pd, uint8_t *p, uint32_t type,
		     uint32_t delta)
{
	put_u32(pd, p, pd->big_endian ? type << 27 | delta : type | delta << 5);
}

/* What is lost before it is in the flags of commit, and behind the data. */
static void end_subbuf(struct perf_stream *s, bool lost, uint64_t nr)
{
	uint64_t commit = s->used - PERF_SUBBUF_HEADER;

	if (lost)
		commit |= SUBBUF_MISSED_EVENTS;
	if (lost && nr) {
		commit |= SUBBUF_MISSED_STORED;
		put_u64(s->pd, s->out + s->used, nr);
		s->used += 8;
	}
	put_u64(s->pd, s->out + 8, commit);
}

static void put_sample(struct perf_stream *s, const struct perf_sample *sample)
{
	const uint32_t words = (sample->raw_bytes + 3) / 4;
	uint8_t *p = s->out + s->used;
	uint64_t delta = 0;

	if (s->used == PERF_SUBBUF_HEADER) {
		put_u64(s->pd, s->out, sample->time);
	} else if (sample->time > s->ts) {
		delta = sample->time - s->ts;
		if (delta >> SUBBUF_TS_SHIFT) {
			put_head(s->pd, p, SUBBUF_TYPE_TIME_EXTEND,
				 delta & ((1u << SUBBUF_TS_SHIFT) - 1));
			put_u32(s->pd, p + 4, delta >> SUBBUF_TS_SHIFT);
			p += 8;
			delta = 0;
		}
	}
	s->ts = sample->time;
	if (words < SUBBUF_TYPE_PADDING) {
		put_head(s->pd, p, words, delta);
		p += 4;
	} else {
		put_head(s->pd, p, 0, delta);
		put_u32(s->pd, p + 4, words * 4 + 4);
		p += 8;
	}
	memcpy(p, sample->raw, sample->raw_bytes);
	if (sample->raw_bytes % 4)
		memset(p + sample->raw_bytes, 0, words * 4 - sample->raw_bytes);
	s->used = p + words * 4 - s->out;
}

static int file_changed(const struct perf_stream *s)
{
	unsigned long long offset;
	const char *path = perf_place(s->pd, s->w.pos | s->w.spooled, &offset);

	return error("file changed while it was read: %s: cpu %u at 0x%llx",
		     path, s->c->cpu, offset);
}

/* As perf_window_peek(), within a run: that it had only records was seen. */
static int peek(struct perf_stream *s, struct perf_record *rec)
{
	int ret = perf_window_peek(&s->w, rec);

	return ret == PERF_WINDOW_BAD ? file_changed(s) : ret;
}

/* Which time a record has; 0: none */
static uint64_t time_of(const struct perf_stream *s,
			const struct perf_record *rec)
{
	struct perf_sample where = { .time = 0 };
	const struct perf_attr *a;
	uint64_t lost;
	bool known;

	if (!rec->whole)
		return 0;
	if (rec->type != PERF_SAMPLE) {
		perf_lost_place(s->pd, rec, &lost, &where);
		return where.time;
	}
	a = perf_attr_of(s->pd, rec, &known);
	if (a)
		perf_sample_place(s->pd, a, rec, &where);
	return where.time;
}

static bool is_of_interest(const struct perf_record *rec)
{
	return rec->type == PERF_SAMPLE || rec->type == PERF_LOST ||
	       rec->type == PERF_LOST_SAMPLES;
}

/* The records of the run at next_run, behind those that are there */
static int add_items(struct perf_stream *s, size_t *allocated)
{
	const struct perf_run *run = &s->c->runs[s->next_run++];
	uint64_t time = run->first, own;
	struct perf_record rec;
	int ret;

	s->run_bytes += run->bytes;
	perf_window_seek(&s->w, run->offset, run->bytes);
	for (; (ret = peek(s, &rec)) > 0; perf_window_skip(&s->w, &rec)) {
		if (!is_of_interest(&rec))
			continue;
		own = time_of(s, &rec);
		if (own)
			time = own;
		if (array_room(s->items, s->nr_items, *allocated,
			       "records to be sorted") < 0)
			return -1;
		s->items[s->nr_items++] = (struct item){ time, rec.at, rec.size };
	}
	return ret;
}

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = compare_u64(x->time, y->time);

	return order ? order : compare_u64(x->at, y->at);
}

/* Runs from next_run on that overlap, sorted; at least two */
static int sort_runs(struct perf_stream *s)
{
	const struct perf_cpu *c = s->c;
	uint64_t last = c->runs[s->next_run].last;
	size_t allocated = 0;

	do {
		if (c->runs[s->next_run].last > last)
			last = c->runs[s->next_run].last;
		if (add_items(s, &allocated) < 0)
			return -1;
	} while (s->next_run < c->nr && c->runs[s->next_run].first < last);
	s->next_item = 0;
	if (s->nr_items)
		qsort(s->items, s->nr_items, sizeof(*s->items), compare_items);
	return 1;
}

/* Do the run at next_run and the one behind it overlap in time? */
static bool runs_overlap(const struct perf_stream *s)
{
	const struct perf_run *run = &s->c->runs[s->next_run];

	return s->c->unordered && s->next_run + 1 < s->c->nr &&
	       run[1].first < run->last;
}

/* Nothing is left of the run before: what comes next?  NULL: nothing, or not yet */
static const struct perf_run *find_run(struct perf_stream *s)
{
	int ret;

	if (!s->ahead)
		return s->next_run < s->c->nr ? &s->c->runs[s->next_run] : NULL;
	if (!s->has_item && !s->waits) {
		ret = perf_ahead_next(s->ahead, s->index, &s->item);
		s->has_item = ret == 1;
		s->waits = ret == SOURCE_AGAIN;
		s->failed = ret < 0;
	}
	return s->has_item ? &s->item.run : NULL;
}

static void begin_run(struct perf_stream *s, const struct perf_run *run)
{
	s->run_bytes += run->bytes;
	if (s->ahead && s->item.data)
		perf_window_look(&s->w, s->item.data, run->offset, run->bytes);
	else
		perf_window_seek(&s->w, run->offset, run->bytes);
	s->has_item = false;
	s->next_run++;
}

/* Can @run, which comes next, be handed out as it is? */
static bool is_plain(const struct perf_stream *s, const struct perf_run *run)
{
	return run && !s->lost && run->plain && run->bytes <= s->w.room &&
	       (s->ahead || !runs_overlap(s));
}

/* Begin with what comes next: 1, 0 if nothing does, -1 on error. */
static int next_run(struct perf_stream *s)
{
	const struct perf_run *run = find_run(s);

	free(s->items);
	s->items = NULL;
	s->nr_items = 0;
	if (!run || (s->used > PERF_SUBBUF_HEADER && is_plain(s, run)))
		return s->failed ? -1 : 0;
	if (!s->ahead && runs_overlap(s))
		return sort_runs(s);
	begin_run(s, run);
	return 1;
}

/* Return 1 with the next record of any kind, 0 at the end, -1 on error. */
static int next_record(struct perf_stream *s, struct perf_record *rec)
{
	const struct item *item;
	int ret;

	for (;;) {
		if (s->items && s->next_item < s->nr_items) {
			item = &s->items[s->next_item];
			perf_window_seek(&s->w, item->at, item->size);
			ret = peek(s, rec);
			return ret ? ret : file_changed(s);
		}
		if (!s->items) {
			ret = peek(s, rec);
			if (ret)
				return ret;
		}
		ret = next_run(s);
		if (ret <= 0)
			return ret;
	}
}

static void skip_record(struct perf_stream *s, const struct perf_record *rec)
{
	perf_window_skip(&s->w, rec);
	if (s->items)
		s->next_item++;
}

/* Of a LOST or LOST_SAMPLES record in the row */
static uint64_t lost_of(const struct perf_stream *s,
			const struct perf_record *rec)
{
	struct perf_sample where;
	uint64_t lost;

	if (!perf_lost_place(s->pd, rec, &lost, &where))
		return 0;
	/* Without a CPU, it belongs to the one of the records around it. */
	if (where.cpu != s->c->cpu &&
	    (where.cpu != PERF_CPU_UNKNOWN || rec->type != PERF_LOST))
		return 0;
	return rec->type == PERF_LOST || where.time ? lost : 0;
}

/* 1: it was added, or is of no interest; 0: the sub-buffer has no room. */
static int add_sample(struct perf_stream *s, const struct perf_record *rec)
{
	const struct perf_attr *a;
	struct perf_sample sample;
	bool known;

	a = perf_attr_of(s->pd, rec, &known);
	if (!a || !perf_sample_place(s->pd, a, rec, &sample) ||
	    sample.cpu != s->c->cpu)
		return 1;
	if (!perf_sample_raw(s->pd, a, rec, &sample)) {
		/* Damaged: one is lost here. */
		if (s->used > PERF_SUBBUF_HEADER)
			return 0;
		saturating_add(&s->lost, 1);
		return 1;
	}
	if (s->used > PERF_SUBBUF_HEADER &&
	    (s->used >= s->enough ||
	     s->used + sample.raw_bytes + RECORD_OVERHEAD + 8 > s->room))
		return 0;
	if (s->used == PERF_SUBBUF_HEADER)
		s->file_offset = rec->at & ~PERF_SPOOLED;
	put_sample(s, &sample);
	return 1;
}

/* As add_sample(), of any record */
static int add_record(struct perf_stream *s, const struct perf_record *rec)
{
	uint64_t lost;

	if (!is_of_interest(rec) || !rec->whole)
		return 1;
	if (rec->type == PERF_SAMPLE)
		return add_sample(s, rec);
	lost = lost_of(s, rec);
	if (lost && s->used > PERF_SUBBUF_HEADER)
		return 0;
	saturating_add(&s->lost, lost);
	return 1;
}

/* Fill the sub-buffer: 1, 0 if there is nothing more, -1 on error. */
static int fill(struct perf_stream *s, bool *lost, uint64_t *nr)
{
	struct perf_record rec;
	int ret;

	*lost = false;
	*nr = 0;
	while ((ret = next_record(s, &rec)) > 0) {
		if (!add_record(s, &rec))
			break;
		if (s->used > PERF_SUBBUF_HEADER && s->lost) {
			*lost = true;
			*nr = s->lost;
			s->lost = 0;
		}
		skip_record(s, &rec);
	}
	if (ret < 0)
		return -1;
	if (s->used > PERF_SUBBUF_HEADER)
		return 1;
	/* At the end: what was lost behind all of it */
	if (s->waits || s->ended)
		return 0;
	s->ended = true;
	*nr = saturated_sum(s->lost, s->c->tail);
	*lost = *nr;
	put_u64(s->pd, s->out, s->ts);
	s->file_offset = s->w.pos;
	return *lost;
}

/* Bytes of the stream that were handed out */
static uint64_t done(const struct perf_stream *s)
{
	return s->run_bytes - (s->items ? 0 : s->w.end - s->w.pos);
}

/* @run, which is plain and comes next, as it is */
static int hand_out_run(struct perf_stream *s, const struct perf_run *run,
			struct source_span *span)
{
	uint8_t *data;

	begin_run(s, run);
	if (perf_window_take(&s->w, &data) < 0)
		return -1;
	s->ts = run->last;
	*span = (struct source_span){
		.data = data, .len = run->bytes,
		.file_offset = run->offset & ~PERF_SPOOLED,
		.samples = &s->samples,
	};
	return 1;
}

/* What comes next, as a sub-buffer */
static int hand_out_subbuf(struct perf_stream *s, struct source_span *span)
{
	uint64_t nr;
	bool lost;
	int ret;

	s->used = PERF_SUBBUF_HEADER;
	ret = fill(s, &lost, &nr);
	if (ret <= 0)
		return ret;
	end_subbuf(s, lost, nr);
	*span = (struct source_span){
		.data = s->out, .len = s->used, .file_offset = s->file_offset,
	};
	return 1;
}

/* Was all of what was begun handed out? */
static bool is_between_runs(const struct perf_stream *s)
{
	return s->items ? s->next_item == s->nr_items : s->w.pos == s->w.end;
}

static int next_span(struct perf_stream *s, struct source_span *span)
{
	const struct perf_run *run = is_between_runs(s) ? find_run(s) : NULL;

	if (s->failed)
		return -1;
	if (s->waits)
		return 0;
	return is_plain(s, run) ? hand_out_run(s, run, span) :
				  hand_out_subbuf(s, span);
}

/* As stream_stopped(): how much is unread takes a look at all. */
static int is_stopped(struct perf_stream *s, uint64_t from)
{
	if (s->ahead && !reading_stopped(s->pd->source.reading))
		return 0;
	if (s->ahead && perf_ahead_finish(s->ahead) < 0)
		return -1;
	return stream_stopped(&s->stream, from, s->c->bytes - from, s->ended);
}

int perf_next_span(struct source_stream *stream, struct source_span *span)
{
	struct perf_stream *s = (struct perf_stream *)stream;
	uint64_t from = done(s);
	int ret;

	if (s->failed)
		return -1;
	ret = is_stopped(s, from);
	if (ret) {
		s->failed = ret < 0;
		return ret < 0 ? -1 : 0;
	}
	s->waits = false;
	ret = next_span(s, span);
	reading_add(s->pd->source.reading, done(s) - from);
	if (ret == 1) {
		span->stream_offset = from;
	} else if (!ret && s->waits) {
		stream->complete = s->item.complete;
		return SOURCE_AGAIN;
	} else if (!ret) {
		stream_end_reading(stream, STREAM_END_REAL, 0);
	}
	s->failed = ret < 0;
	return ret;
}

/* How much of the file a stream keeps; a record fits, or all that there is. */
static size_t window_bytes(const struct perf_stream *s)
{
	size_t share = WINDOWS_BYTES_MAX / s->pd->nr_cpus;

	if (share > WINDOW_BYTES_MAX)
		share = WINDOW_BYTES_MAX;
	if (share < WINDOW_BYTES_MIN)
		share = WINDOW_BYTES_MIN;
	if (share > s->c->bytes && !s->ahead)
		share = s->c->bytes;
	if (share < s->largest)
		share = s->largest;
	return share < 16 ? 16 : share;
}

int perf_stream_open(struct source_stream **out, const struct source *src,
		     unsigned int index, uint32_t subbuf_bytes,
		     const struct source_part *part)
{
	const struct perfdata *pd = perfdata_of(src);
	struct perf_stream *s = calloc(1, sizeof(*s));
	size_t window;
	int ret;

	(void)subbuf_bytes;
	*out = NULL;
	if (!s)
		return error("out of memory: %s", pd->path);
	s->pd = pd;
	s->c = &pd->cpus[index];
	s->stream = (struct source_stream){
		.source = src, .cpu = &pd->recording_cpus[index],
		.path = pd->path,
	};
	stream_set_end(&s->stream, index, part);
	if (pd->plain)
		s->samples = (struct source_samples){
			.time = pd->plain->time, .data = pd->plain->fixed + 4,
		};
	s->index = index;
	ret = pd->ahead ? perf_ahead_open(pd->ahead) : 0;
	if (ret < 0) {
		free(s);
		return -1;
	}
	s->ahead = ret ? pd->ahead : NULL;
	/* What is to come is not known. */
	s->largest = ret ? PERF_RECORD_MAX : s->c->largest;
	window = window_bytes(s);
	s->enough = window < PERF_SUBBUF_ENOUGH ? window : PERF_SUBBUF_ENOUGH;
	s->room = PERF_SUBBUF_HEADER + s->enough + s->largest +
		  RECORD_OVERHEAD + 8;
	s->out = malloc(s->room);
	if (!s->out || perf_window_init(&s->w, pd, window) < 0) {
		if (!s->out)
			error("out of memory: %s: %zu bytes", pd->path, s->room);
		perf_stream_close(&s->stream);
		return -1;
	}
	*out = &s->stream;
	return 0;
}

void perf_stream_close(struct source_stream *stream)
{
	struct perf_stream *s = (struct perf_stream *)stream;

	if (s->ahead)
		perf_ahead_leave(s->ahead, &s->item);
	perf_window_release(&s->w);
	free(s->items);
	free(s->out);
	free(s);
}
