// SPDX-License-Identifier: GPL-2.0
#include "base/error.h"
#include "source/source.h"
#include "source/subbuf.h"

#define TIME_STAMP_BYTES	8

int subbuf_format_init(struct subbuf_format *f, uint32_t commit_offset,
		       uint32_t commit_bytes, uint32_t data_offset,
		       uint32_t data_bytes)
{
	if (commit_bytes != 4 && commit_bytes != 8)
		return error("bad header_page: commit has %u bytes, expected 4 or 8",
			     commit_bytes);
	if (commit_offset < TIME_STAMP_BYTES || data_offset < commit_bytes ||
	    commit_offset > data_offset - commit_bytes)
		return error("bad header_page: commit at %u, expected %u to %u",
			     commit_offset, TIME_STAMP_BYTES,
			     data_offset - commit_bytes);
	if (data_offset % 4)
		return error("bad header_page: data at %u, expected a multiple of 4",
			     data_offset);
	if (data_offset > SOURCE_SUBBUF_MAX ||
	    data_bytes > SOURCE_SUBBUF_MAX - data_offset ||
	    data_bytes < SOURCE_SUBBUF_MIN)
		return error("bad header_page: data at %u of %u bytes, expected %u bytes at least and %u with the header at most",
			     data_offset, data_bytes, SOURCE_SUBBUF_MIN,
			     SOURCE_SUBBUF_MAX);
	f->subbuf_bytes = data_offset + data_bytes;
	f->commit_offset = commit_offset;
	f->long_bytes = commit_bytes;
	f->data_offset = data_offset;
	f->capacity = data_bytes;
	f->swaps = NULL;
	return 0;
}

/*
 * How many events the kernel lost before this sub-buffer.  The number is behind
 * the data, if there was room: ring_buffer_read_page().
 */
static void load_lost(struct subbuf *sb, const struct subbuf_format *f,
		      const uint8_t *data, size_t len, uint32_t flags,
		      uint32_t commit)
{
	const uint8_t *stored = data + f->data_offset + commit;

	if (!(flags & SUBBUF_MISSED_EVENTS))
		return;
	sb->lost = SUBBUF_LOST_UNKNOWN;
	if (!(flags & SUBBUF_MISSED_STORED) ||
	    f->capacity - commit < f->long_bytes ||
	    len - f->data_offset - commit < f->long_bytes)
		return;
	sb->lost_events = f->long_bytes == 8 ? subbuf_u64(stored) :
					       subbuf_u32(stored);
	sb->lost = SUBBUF_LOST_KNOWN;
}

int subbuf_load(struct subbuf *sb, const struct subbuf_format *f,
		const uint8_t *data, size_t len)
{
	uint32_t word, commit;

	memset(sb, 0, sizeof(*sb));
	sb->sample_min = SIZE_MAX;
	sb->start = data;
	sb->pos = data;
	sb->end = data;
	if (len < f->data_offset)
		return subbuf_fail(sb, SUBBUF_SHORT, len, f->data_offset);
	sb->ts = subbuf_u64(data);
	/*
	 * The kernel keeps the number in the low 32 bits; above them may be
	 * copies of SUBBUF_MISSED_EVENTS, when that was added as a negative int.
	 */
	word = subbuf_u32(data + f->commit_offset);
	commit = word & ~SUBBUF_MISSED_MASK;
	if (commit > f->capacity)
		return subbuf_fail(sb, SUBBUF_COMMIT, commit, f->capacity);
	if (commit % 4)
		return subbuf_fail(sb, SUBBUF_COMMIT_ALIGN, commit, 4);
	if (commit > len - f->data_offset)
		return subbuf_fail(sb, SUBBUF_SHORT, len,
				   (uint64_t)f->data_offset + commit);
	load_lost(sb, f, data, len, word & SUBBUF_MISSED_MASK, commit);
	sb->pos = data + f->data_offset;
	sb->end = sb->pos + commit;
	return 0;
}

void subbuf_load_samples(struct subbuf *sb, const struct source_samples *samples,
			 const uint8_t *data, size_t len)
{
	*sb = (struct subbuf){
		.pos = data, .start = data, .end = data + len,
		.samples = *samples,
		.sample_min = samples->data + SUBBUF_EVENT_MIN,
	};
	if (len >= samples->time + sizeof(uint64_t))
		sb->ts = subbuf_u64(data + samples->time);
}

int subbuf_next_any(struct subbuf *sb, struct subbuf_record *rec)
{
	size_t left = sb->end - sb->pos;
	uint16_t size;

	if (subbuf_next_sample(sb, rec))
		return 1;
	if (!sb->samples.data || !left)
		return subbuf_next(sb, rec);
	if (left < sb->sample_min)
		return subbuf_fail(sb, SUBBUF_RECORD_HEADER, left,
				   sb->sample_min);
	size = subbuf_u16(sb->pos + SOURCE_SAMPLE_SIZE);
	return size < sb->sample_min ?
	       subbuf_fail(sb, SUBBUF_RECORD_LENGTH, size, sb->sample_min) :
	       subbuf_fail(sb, SUBBUF_RECORD_END, size, left);
}

int subbuf_error(const struct subbuf *sb, const char *path, unsigned int cpu,
		 uint64_t file_offset)
{
	static const char *const texts[] = {
		[SUBBUF_OK] = "no fault: %llu, %llu",
		[SUBBUF_SHORT] = "%llu bytes are left of %llu",
		[SUBBUF_COMMIT] = "commit %llu exceeds %llu",
		[SUBBUF_COMMIT_ALIGN] = "commit %llu is not a multiple of %llu",
		[SUBBUF_RECORD_HEADER] = "record header: %llu bytes are left of %llu",
		[SUBBUF_RECORD_LENGTH] = "record length %llu is below %llu",
		[SUBBUF_RECORD_END] = "record length %llu exceeds the %llu bytes that remain",
	};
	char text[128];

	/* The texts are above: two numbers each. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), texts[sb->fault],
		 (unsigned long long)sb->found, (unsigned long long)sb->allowed);
#pragma GCC diagnostic pop
	return error("bad sub-buffer: %s: cpu %u at 0x%llx: %s", path, cpu,
		     (unsigned long long)file_offset, text);
}
