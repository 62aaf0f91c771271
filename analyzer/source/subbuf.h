/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One sub-buffer of the kernel's ring buffer -> validated records.
 *
 * This is the hot loop of the program, so the iteration is inline, allocates
 * nothing and reads each byte once:
 *
 *	struct subbuf sb;
 *	struct subbuf_record rec;
 *	int ret;
 *
 *	if (subbuf_load(&sb, format, data, len) < 0)
 *		... damaged from the start: no record of it can be trusted
 *	while ((ret = subbuf_next(&sb, &rec)) > 0)
 *		... use rec
 *	if (ret < 0)
 *		... damaged from here on; all records so far are good
 *
 * Where speed matters, keep @sb in a local variable while iterating, and copy
 * it back to where it lives between loops: the compiler then holds it in
 * registers.
 *
 * Invariants: pos and end lie within the bytes that were passed to
 * subbuf_load(), and end - pos is a multiple of 4; every record lies between
 * them and has at least 4 bytes.  Each call of subbuf_next() advances by at
 * least 4 bytes or ends the iteration for good.
 *
 * The layout is that of kernel/trace/ring_buffer.c: struct buffer_data_page and
 * struct ring_buffer_event.  Only little-endian data is read: swap.h turns
 * others into that before.  Data pointers live as long as the bytes that were
 * loaded.
 */
#ifndef ANALYZER_SUBBUF_H
#define ANALYZER_SUBBUF_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/compiler.h"
#include "source/source.h"

/* enum ring_buffer_type in include/linux/ring_buffer.h; below: length in words */
#define SUBBUF_TYPE_PADDING	29
#define SUBBUF_TYPE_TIME_EXTEND	30
#define SUBBUF_TYPE_TIME_STAMP	31

/* The 59 bits of an absolute time stamp lack these: rb_fix_abs_ts() */
#define SUBBUF_TS_MSB		(0xf8ull << 56)
#define SUBBUF_TS_SHIFT		27

/* The id of an event, and what else all events have */
#define SUBBUF_EVENT_MIN	8u

/* RB_MISSED_EVENTS, RB_MISSED_STORED in ring_buffer.c: flags in commit */
#define SUBBUF_MISSED_EVENTS	(1u << 31)
#define SUBBUF_MISSED_STORED	(1u << 30)
#define SUBBUF_MISSED_MASK	(3u << 30)

struct swaps;

/*
 * Layout of every sub-buffer of a file: the fields of events/header_page.
 * All offsets are from the first byte of the sub-buffer.
 */
struct subbuf_format {
	uint32_t subbuf_bytes;	/* header and data: data_offset + capacity */
	uint32_t commit_offset;	/* of the field "commit"; 8 */
	uint32_t long_bytes;	/* size of "commit": the kernel's long, 4 or 8 */
	uint32_t data_offset;	/* of the field "data": 16, or 12 for 32 bits */
	uint32_t capacity;	/* bytes from data_offset to the end */
	const struct swaps *swaps; /* not NULL: big-endian, see swap.h */
};

/*
 * Check and fill @f.  @data_bytes is the size of the field "data".  A layout
 * that no kernel has is reported and refused.
 */
int subbuf_format_init(struct subbuf_format *f, uint32_t commit_offset,
		       uint32_t commit_bytes, uint32_t data_offset,
		       uint32_t data_bytes);

/* What is wrong with a sub-buffer; subbuf_error() says it in words. */
enum subbuf_fault {
	SUBBUF_OK,
	SUBBUF_SHORT,		/* fewer bytes than its header, or than commit */
	SUBBUF_COMMIT,		/* commit exceeds the capacity */
	SUBBUF_COMMIT_ALIGN,	/* commit is not a multiple of 4 */
	SUBBUF_RECORD_HEADER,	/* 4 bytes are left where 8 are needed */
	SUBBUF_RECORD_LENGTH,	/* length below that of the smallest record */
	SUBBUF_RECORD_END,	/* record runs past commit */
};

/* Events were lost between the preceding sub-buffer of the CPU and this one. */
enum subbuf_lost {
	SUBBUF_LOST_NONE,
	SUBBUF_LOST_KNOWN,	/* lost_events of them: RB_MISSED_STORED */
	SUBBUF_LOST_UNKNOWN,	/* at least one: RB_MISSED_EVENTS alone */
};

struct subbuf {
	const uint8_t *pos;	/* next record header */
	const uint8_t *end;	/* end of committed data */
	uint64_t ts;		/* of the latest record; at first of the page */
	const uint8_t *start;	/* first byte of the sub-buffer */
	uint64_t lost_events;	/* only if SUBBUF_LOST_KNOWN */
	enum subbuf_lost lost;
	enum subbuf_fault fault;
	uint64_t found, allowed; /* the two numbers of the fault */
	struct source_samples samples; /* that it has instead of records, or 0 */
	size_t sample_min;	/* bytes of one; SIZE_MAX: it has records */
};

struct subbuf_record {
	uint64_t ts;		/* as recorded, in units of the trace clock */
	const uint8_t *data;	/* the event: its first field is the event's id */
	uint32_t len;		/* of data, a multiple of 4, never 0 */
};

/* Its common_type, the first field of any event */
ALWAYS_INLINE uint16_t subbuf_event_id(const struct subbuf_record *rec)
{
	return rec->data[0] | rec->data[1] << 8;
}

/*
 * Begin with the sub-buffer in the @len bytes at @data.  @len may exceed
 * f->subbuf_bytes (further sub-buffers follow) and may be less (a cut file), as
 * long as header and committed data are there.  Return 0, or -1 with sb->fault
 * set; nothing is printed.
 */
int subbuf_load(struct subbuf *sb, const struct subbuf_format *f,
		const uint8_t *data, size_t len);

/* The same of the @len bytes at @data, which are @samples */
void subbuf_load_samples(struct subbuf *sb, const struct source_samples *samples,
			 const uint8_t *data, size_t len);

/*
 * Report what is wrong with @sb: "bad sub-buffer: PATH: cpu 3 at 0x4f20: commit
 * 100000 exceeds 4080".  @file_offset is that of the sub-buffer's first byte.
 * Return -1, always.
 */
int subbuf_error(const struct subbuf *sb, const char *path, unsigned int cpu,
		 uint64_t file_offset);

/* Committed bytes that were not handed out: the damage, after a fault. */
static inline size_t subbuf_bytes_left(const struct subbuf *sb)
{
	return sb->end - sb->pos;
}

ALWAYS_INLINE uint16_t subbuf_u16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

ALWAYS_INLINE uint64_t subbuf_u64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

ALWAYS_INLINE uint32_t subbuf_u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static inline int subbuf_fail(struct subbuf *sb, enum subbuf_fault fault,
			      uint64_t found, uint64_t allowed)
{
	sb->fault = fault;
	sb->found = found;
	sb->allowed = allowed;
	return -1;
}

/*
 * Everything but a record of up to 112 bytes; @head is the word at sb->pos.
 * Return 1 with @rec; 0: no record, go on; -1: sb->fault is set.
 */
static inline int subbuf_next_special(struct subbuf *sb,
				      struct subbuf_record *rec, uint32_t head)
{
	size_t left = sb->end - sb->pos;
	uint32_t type = head & 31, delta = head >> 5, word;
	uint64_t abs;

	/* rb_null_event(): nothing but padding up to the end */
	if (type == SUBBUF_TYPE_PADDING && !delta) {
		sb->pos = sb->end;
		return 0;
	}
	if (left < 8)
		return subbuf_fail(sb, SUBBUF_RECORD_HEADER, left, 8);
	word = subbuf_u32(sb->pos + 4);

	switch (type) {
	case SUBBUF_TYPE_TIME_EXTEND:
		sb->ts += ((uint64_t)word << SUBBUF_TS_SHIFT) + delta;
		sb->pos += 8;
		return 0;
	case SUBBUF_TYPE_TIME_STAMP:
		/* rb_fix_abs_ts(): the upper 5 bits are those of before */
		abs = ((uint64_t)word << SUBBUF_TS_SHIFT) + delta;
		if (sb->ts & SUBBUF_TS_MSB) {
			abs |= sb->ts & SUBBUF_TS_MSB;
			if (abs < sb->ts)
				abs += 1ull << 59;
		}
		sb->ts = abs;
		sb->pos += 8;
		return 0;
	}

	/*
	 * The word counts itself and what follows it: data of a record of type
	 * 0, or what was the data of a discarded event.
	 */
	if (word < (type ? 4 : 8))
		return subbuf_fail(sb, SUBBUF_RECORD_LENGTH, word, type ? 4 : 8);
	if (word > left - 4)
		return subbuf_fail(sb, SUBBUF_RECORD_END, word, left - 4);
	/* Cannot pass the end: left is a multiple of 4. */
	word = (word + 3) & ~3u;
	sb->ts += delta;
	rec->ts = sb->ts;
	rec->data = sb->pos + 8;
	rec->len = word - 4;
	sb->pos += 4 + word;
	return !type;
}

/* Return 1 with the next record, 0 at the end, -1 if it is malformed. */
ALWAYS_INLINE int
subbuf_next(struct subbuf *sb, struct subbuf_record *rec)
{
	uint32_t head, len;
	int ret;

	while (sb->pos != sb->end) {
		head = subbuf_u32(sb->pos);
		len = (head & 31) * 4;
		/* 1 to 28: the number of words, the common case */
		if (__builtin_expect(len - 4 < 28 * 4, 1)) {
			if (len > (size_t)(sb->end - sb->pos) - 4)
				return subbuf_fail(sb, SUBBUF_RECORD_END, len,
						   sb->end - sb->pos - 4);
			sb->ts += head >> 5;
			rec->ts = sb->ts;
			rec->data = sb->pos + 4;
			rec->len = len;
			sb->pos += 4 + len;
			return 1;
		}
		ret = subbuf_next_special(sb, rec, head);
		if (ret)
			return ret;
	}
	return 0;
}

/* True with the next record, if it is a sample; else see subbuf_next_any() */
ALWAYS_INLINE bool
subbuf_next_sample(struct subbuf *sb, struct subbuf_record *rec)
{
	const uint8_t *p = sb->pos;
	const size_t left = sb->end - p;
	size_t size;

	if (unlikely(left < sb->sample_min))
		return false;
	size = subbuf_u16(p + SOURCE_SAMPLE_SIZE);
	if (unlikely(size < sb->sample_min || size > left))
		return false;
	sb->ts = subbuf_u64(p + sb->samples.time);
	rec->ts = sb->ts;
	rec->data = p + sb->samples.data;
	rec->len = size - sb->samples.data;
	sb->pos = p + size;
	return true;
}

/* As subbuf_next(), of a sub-buffer that may have samples instead of records */
int subbuf_next_any(struct subbuf *sb, struct subbuf_record *rec);

#endif /* ANALYZER_SUBBUF_H */
