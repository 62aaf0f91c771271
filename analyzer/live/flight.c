// SPDX-License-Identifier: GPL-2.0
#include "live/flight.h"

#include <stdlib.h>
#include <string.h>

#include "live/tracefile.h"

/* Of the kernel's ring buffer: include/linux/ring_buffer.h */
#define TYPE_MASK		31u
#define TYPE_BITS		5
#define TYPE_PADDING		29u
#define TYPE_TIME_EXTEND	30u
#define TYPE_TIME_STAMP		31u
#define DELTA_BITS		27
#define STAMP_BITS		59
#define COMMIT_MASK		0xfffffu	/* of the second word; above: flags of losses */
#define COMMIT_OFFSET		8u

static int no_memory(struct flight *f)
{
	kvx_say(f->tracing->k, KVX_ERROR, "out of memory: what is kept of each CPU: try a smaller --buffer");
	f->failed = true;
	return -1;
}

int flight_open(struct flight *f, const struct tracing *t)
{
	*f = (struct flight){ .tracing = t };
	f->capacity = t->buffer_kb * 1024 / t->subbuf_bytes;
	if (!f->capacity)
		f->capacity = 1;
	f->list = calloc(t->cpus, sizeof(*f->list));
	return f->list ? 0 : no_memory(f);
}

void flight_close(struct flight *f)
{
	unsigned int i;

	for (i = 0; f->list && i < f->tracing->cpus; i++)
		free(f->list[i].pages);
	free(f->list);
	*f = (struct flight){ .list = NULL };
}

static uint8_t *page_at(const struct flight *f, const struct flight_cpu *c,
			uint64_t number)
{
	return c->pages + number % f->capacity * f->tracing->subbuf_bytes;
}

void flight_add(void *flight, unsigned int cpu, const uint8_t *data, size_t len)
{
	struct flight *f = flight;
	struct flight_cpu *c = &f->list[cpu];
	const uint32_t bytes = f->tracing->subbuf_bytes;

	if (f->failed)
		return;
	if (!c->pages)
		c->pages = calloc(f->capacity, bytes);
	if (!c->pages) {
		no_memory(f);
		return;
	}
	for (; len >= bytes; data += bytes, len -= bytes)
		memcpy(page_at(f, c, c->seen++), data, bytes);
}

/* Clipping */

static uint32_t word_at(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t time_of(const uint8_t *page)
{
	uint64_t ts;

	memcpy(&ts, page, sizeof(ts));
	return ts;
}

/*
 * The record at @p, of which @left bytes are there: add its time to @ts.  Return how long
 * it is; 0: there is none, or it is damaged.  @is_event: it is no mark of time.
 */
static uint32_t read_record(const uint8_t *p, uint32_t left, uint64_t *ts,
			    bool *is_event)
{
	const uint32_t word = left >= 4 ? word_at(p) : 0;
	const uint32_t type = word & TYPE_MASK, delta = word >> TYPE_BITS;
	const uint32_t next = left >= 8 ? word_at(p + 4) : 0;
	uint32_t len;

	*is_event = false;
	if (type == TYPE_TIME_EXTEND || type == TYPE_TIME_STAMP) {
		len = 8;
	} else if (type == TYPE_PADDING) {
		if (!delta || next > left)	/* up to the end */
			return 0;
		len = 4 + next;
	} else if (type) {
		len = 4 + 4 * type;
	} else {
		if (next < 4 || next > left)
			return 0;
		len = 4 + ((next + 3) & ~3u);
	}
	if (left < 4 || len > left)
		return 0;
	if (type == TYPE_TIME_STAMP) {
		*ts = (*ts & ~((1ull << STAMP_BITS) - 1)) | delta |
		      (uint64_t)next << DELTA_BITS;
		return len;
	}
	*ts += delta;
	if (type == TYPE_TIME_EXTEND)
		*ts += (uint64_t)next << DELTA_BITS;
	else
		*is_event = type != TYPE_PADDING;
	return len;
}

/* The page begins with the event at @pos, at @ts: what was lost before it is gone. */
static void cut(uint8_t *data, uint32_t pos, uint32_t commit, uint64_t ts,
		uint8_t *page)
{
	const uint32_t type = word_at(data + pos) & TYPE_MASK, len = commit - pos;

	memcpy(data + pos, &type, sizeof(type));
	memmove(data, data + pos, len);
	memset(data + len, 0, pos);
	memcpy(page, &ts, sizeof(ts));
	memcpy(page + COMMIT_OFFSET, &len, sizeof(len));
}

bool flight_clip(uint8_t *page, uint32_t bytes, uint32_t offset, uint64_t begin)
{
	const uint32_t commit = word_at(page + COMMIT_OFFSET) & COMMIT_MASK;
	uint32_t pos = 0, len;
	uint64_t ts = time_of(page);
	bool is_event;

	if (offset > bytes || commit > bytes - offset)
		return false;
	for (; pos < commit; pos += len) {
		len = read_record(page + offset + pos, commit - pos, &ts,
				  &is_event);
		if (!len)
			return false;
		if (!is_event || ts < begin)
			continue;
		/* All of it is late enough: as it was, with what is said of losses */
		if (time_of(page) < begin)
			cut(page + offset, pos, commit, ts, page);
		return true;
	}
	return false;
}

/* Saving */

/* The latest of the times from which CPUs are complete; 0: all are from the start on */
static uint64_t common_begin(const struct flight *f)
{
	const struct flight_cpu *c = f->list;
	uint64_t begin = 0, ts;
	unsigned int i;

	for (i = 0; i < f->tracing->cpus; i++, c++) {
		if (c->seen <= f->capacity)
			continue;
		ts = time_of(page_at(f, c, c->seen - f->capacity));
		if (ts > begin)
			begin = ts;
	}
	return begin;
}

static void save_cpu(const struct flight *f, unsigned int cpu, uint64_t begin,
		     struct tracefile *out)
{
	const struct flight_cpu *c = &f->list[cpu];
	const uint32_t bytes = f->tracing->subbuf_bytes;
	uint64_t i = c->seen > f->capacity ? c->seen - f->capacity : 0;
	uint8_t *page;

	for (; i < c->seen; i++) {
		page = page_at(f, c, i);
		if (flight_clip(page, bytes, f->tracing->data_offset, begin))
			tracefile_add(out, cpu, page, bytes);
	}
}

int flight_save(struct flight *f, int head, const char *path)
{
	const uint64_t begin = common_begin(f);
	struct tracefile out = { .tracing = NULL };
	unsigned int i;
	int ret;

	ret = f->failed ? -1 : tracefile_open(&out, f->tracing, head, path);
	for (i = 0; !ret && i < f->tracing->cpus; i++)
		save_cpu(f, i, begin, &out);
	if (!ret)
		ret = tracefile_finish(&out);
	if (out.failed)
		ret = -1;
	tracefile_drop(&out);
	return ret;
}
