// SPDX-License-Identifier: GPL-2.0
#include "source/records.h"

#include <string.h>

#include "base/error.h"
#include "base/saturate.h"
#include "source/swap.h"

static void init(struct records *r, const struct source *src,
		 const struct subbuf_format *format, unsigned int index)
{
	const struct recording *info = source_recording(src);

	memset(r, 0, sizeof(*r));
	r->format = format;
	r->cpu = info->cpus[index].cpu;
	r->sb.sample_min = SIZE_MAX;
	r->samples = source_has_samples(src);
	/* Whatever was still in the kernel's buffers is lost. */
	r->cut = info->cpus[index].missing || info->cpus[index].open_end ||
		 info->unfinished;
	/* Known from when it was read before. */
	r->holes = source_lacking(src, index, &r->step_max);
	if (!r->holes)
		r->step_max = UINT64_MAX;
}

int records_open(struct records *r, const struct source *src,
		 const struct subbuf_format *format, unsigned int index)
{
	init(r, src, format, index);
	if (source_stream_open(&r->stream, src, index,
				 format->subbuf_bytes) < 0)
		return -1;
	r->path = source_stream_path(r->stream);
	return 0;
}

int records_open_part(struct records *r, const struct source *src,
		      const struct subbuf_format *format, unsigned int index,
		      const struct source_part *part)
{
	init(r, src, format, index);
	r->is_part = true;
	if (source_part_open(&r->stream, src, index, format->subbuf_bytes,
			     part) < 0)
		return -1;
	r->path = source_stream_path(r->stream);
	return 0;
}

void records_close(struct records *r)
{
	source_stream_close(r->stream);
	memset(r, 0, sizeof(*r));
}

static void keep_fault(struct records *r, const struct records_fault *fault)
{
	if (r->nr_faults < RECORDS_FAULTS)
		r->faults[r->nr_faults++] = *fault;
}

static void count_damage(struct records *r, uint64_t file_offset)
{
	keep_fault(r, &(struct records_fault){
		.file_offset = file_offset, .fault = r->sb.fault,
		.found = r->sb.found, .allowed = r->sb.allowed });
	r->losses.damaged++;
	r->losses.damaged_bytes += subbuf_bytes_left(&r->sb);
	r->gap = true;
}

static void count_lost(struct records *r)
{
	if (r->sb.lost == SUBBUF_LOST_NONE)
		return;
	r->gap = true;
	if (r->sb.lost == SUBBUF_LOST_KNOWN &&
	    r->sb.lost_events <= RECORDS_LOST_MAX) {
		saturating_add(&r->losses.lost_events, r->sb.lost_events);
		return;
	}
	r->losses.lost_uncounted++;
	r->losses.lost_absurd += r->sb.lost == SUBBUF_LOST_KNOWN;
}

static void see_fullest(struct source_found *f, uint64_t nr, uint64_t time)
{
	if (nr < f->fullest || (nr == f->fullest && time >= f->fullest_time))
		return;
	f->fullest = nr;
	f->fullest_time = time;
}

/* The sub-buffer is over. */
static void count_records(struct records *r)
{
	uint64_t nr = r->nr - r->nr_before, time = r->sb.ts - r->begin_ts;

	r->nr_before = r->nr;
	r->found.records += nr;
	see_fullest(&r->found, nr, time);
}

/* What is at @data, as subbuf_load() */
static int load_at(struct records *r, const uint8_t *data, size_t left)
{
	if (!r->span.samples)
		return subbuf_load(&r->sb, r->format, data, left);
	subbuf_load_samples(&r->sb, r->span.samples, data, left);
	return 0;
}

/* Load the sub-buffer at r->pos.  Return -1 if none of it can be used. */
static int load_subbuf(struct records *r)
{
	const uint8_t *data = r->span.data + r->pos;
	size_t left = r->span.len - r->pos;
	uint64_t offset = r->span.file_offset + r->pos;

	count_records(r);
	if (r->holes)
		r->gap = true;
	if (r->span.samples || left < r->format->subbuf_bytes)
		r->pos = r->span.len;
	else
		r->pos += r->format->subbuf_bytes;
	if (load_at(r, data, left) < 0) {
		count_damage(r, offset);
		return -1;
	}
	r->begin_ts = r->sb.ts;
	count_lost(r);
	return 0;
}

static void count_bad_chunks(struct records *r)
{
	if (!r->span.bad_chunks)
		return;
	keep_fault(r, &(struct records_fault){
		.file_offset = r->span.file_offset, .wrong = r->span.wrong });
	r->losses.bad_chunks += r->span.bad_chunks;
	r->losses.bad_chunks_bytes += r->span.bad_bytes;
	r->gap = true;
}

/* By what the kernel counted, once all of the stream is in @r */
static void count_lacking(struct records *r)
{
	r->losses.lacking = source_stream_found(r->stream, &r->found,
						&r->losses.fewer);
}

/* The end, but maybe not of what there was to be read or recorded */
static void end_stream(struct records *r)
{
	count_records(r);
	r->losses.unread = source_stream_unread(r->stream);
	if (!r->is_part)
		count_lacking(r);
	if (r->losses.unread || r->cut || r->holes)
		r->gap = true;
}

/* The end of what is there */
static void wait_stream(struct records *r)
{
	count_records(r);
	r->complete = source_stream_complete(r->stream);
}

/* Of a big-endian recording: see swap.h */
static void swap_span(struct records *r)
{
	size_t left = r->span.len, step = r->format->subbuf_bytes;
	uint8_t *data = r->span.data;

	for (; left > step; data += step, left -= step)
		swap_subbuf(r->format, data, left);
	swap_subbuf(r->format, data, left);
}

/* As source_next_span() */
static int load_span(struct records *r)
{
	int ret;

	/* What is missing may lie behind the last record of the span. */
	if (r->span.bad_chunks)
		r->gap = true;
	ret = source_next_span(r->stream, &r->span);
	r->pos = 0;
	r->waits = ret == SOURCE_AGAIN;
	if (ret == 1) {
		count_bad_chunks(r);
		if (r->format->swaps)
			swap_span(r);
		return 1;
	}
	if (r->waits)
		wait_stream(r);
	else if (!ret)
		end_stream(r);
	memset(&r->span, 0, sizeof(r->span));
	r->sb = (struct subbuf){ .sample_min = SIZE_MAX };
	r->begin_ts = 0;
	return ret < 0 ? -1 : RECORDS_END;
}

int records_next_subbuf(struct records *r, struct subbuf_record *rec)
{
	int ret;

	if (r->sb.fault)
		count_damage(r, r->span.file_offset +
				(r->sb.start - r->span.data));
	for (;;) {
		while (r->pos == r->span.len) {
			ret = load_span(r);
			if (ret <= 0)
				return ret;
		}
		if (load_subbuf(r) < 0)
			continue;
		ret = subbuf_next_any(&r->sb, rec);
		if (ret > 0) {
			r->nr++;
			/* That of the first one is looked at by records_peek(). */
			if (r->see_first && r->nr > 1)
				r->see_first(r->see_first_arg, rec);
			return r->gap ? RECORDS_GAP : RECORDS_NEXT;
		}
		if (ret < 0)
			count_damage(r, r->span.file_offset +
					(r->sb.start - r->span.data));
	}
}

int records_next_any(struct records *r, struct subbuf_record *rec)
{
	if (subbuf_next_any(&r->sb, rec) > 0) {
		r->nr++;
		return 1;
	}
	return records_next_subbuf(r, rec);
}

int records_peek(struct records *r, uint64_t *ts)
{
	struct subbuf_record rec;
	int ret = records_next(r, &rec);

	if (ret <= 0)
		return ret;
	*ts = rec.ts;
	r->nr--;
	/* It was the first of its sub-buffer, which was sound: begin again. */
	load_at(r, r->sb.start, r->span.data + r->span.len - r->sb.start);
	return 1;
}

/*
 * The part before came to the sub-buffer that this one is in, and not to its end:
 * so this one counts its records, and the other its losses.
 */
void records_begin_part(struct records *r)
{
	r->losses = (struct losses){ .lost_events = 0 };
	r->found = (struct source_found){ .records = 0 };
	r->nr_faults = 0;
}

uint64_t records_position(const struct records *r)
{
	return r->span.data ? r->span.stream_offset + (r->sb.pos - r->span.data) :
			      0;
}

void records_join(struct records *r, const struct records *next)
{
	unsigned int i;

	for (i = 0; i < next->nr_faults; i++)
		keep_fault(r, &next->faults[i]);
	losses_add(&r->losses, &next->losses);
	r->found.records += next->found.records;
	see_fullest(&r->found, next->found.fullest, next->found.fullest_time);
}

void records_stop_part(struct records *r)
{
	struct source_span span;

	if (source_next_span(r->stream, &span) == 0)
		r->losses.unread = source_stream_unread(r->stream);
}

void records_leave_part(struct records *r)
{
	source_stream_close(r->stream);
	r->stream = NULL;
}

void records_end_parts(struct records *r, struct records *last)
{
	source_part_commit(last->stream);
	if (r != last)
		source_part_commit(r->stream);
	count_lacking(r);
}

static void report_fault(const struct records *r, const struct records_fault *f)
{
	const struct subbuf sb = { .fault = f->fault, .found = f->found,
				   .allowed = f->allowed };

	if (f->wrong)
		error("cannot decompress: %s: cpu %u at 0x%llx: %s", r->path,
		      r->cpu, (unsigned long long)f->file_offset, f->wrong);
	else
		subbuf_error(&sb, r->path, r->cpu, f->file_offset);
}

void records_report_damage(const struct records *r, struct few *said)
{
	unsigned int i;

	for (i = 0; i < r->nr_faults; i++)
		if (few_more(said))
			report_fault(r, &r->faults[i]);
}

bool losses_none(const struct source *src, const struct losses *l, bool whole)
{
	const struct recording *info = source_recording(src);

	return !info->missing_bytes && !info->unfinished && !info->cut &&
	       !info->nr_dropped &&
	       !info->nr_absent && !info->nr_ambiguous && (whole || !l->fewer) &&
	       !l->lost_events && !l->lost_uncounted && !l->damaged &&
	       !l->bad_chunks && !l->unread && !l->short_records;
}
