// SPDX-License-Identifier: GPL-2.0
#include "output/perfetto-events.h"

#include <stdlib.h>

#include "base/deflate.h"

/* Numbers of fields, and what they can be */

enum {
	TRACE_PACKET = 1,

	PACKET_CLOCK_SNAPSHOT = 6,
	PACKET_TIMESTAMP = 8,
	PACKET_SEQUENCE = 10,		/* trusted_packet_sequence_id */
	PACKET_TRACK_EVENT = 11,
	PACKET_INTERNED = 12,
	PACKET_SEQUENCE_FLAGS = 13,
	PACKET_COMPRESSED = 50,		/* packets, by zlib */
	PACKET_CLOCK = 58,		/* timestamp_clock_id */
	PACKET_DEFAULTS = 59,
	PACKET_TRACK = 60,

	DEFAULTS_TRACK_EVENT = 11,
	DEFAULTS_CLOCK = 58,

	TRACK_UUID = 1,
	TRACK_NAME = 2,
	TRACK_PARENT = 5,
	TRACK_COUNTER = 8,

	EVENT_ANNOTATION = 4,
	EVENT_TYPE = 9,
	EVENT_NAME_IID = 10,
	EVENT_TRACK = 11,
	EVENT_NAME = 23,
	EVENT_COUNTER_VALUE = 30,

	INTERNED_EVENT_NAME = 2,
	INTERNED_ANNOTATION_NAME = 3,
	NAME_IID = 1,
	NAME_TEXT = 2,

	ANNOTATION_NAME_IID = 1,
	ANNOTATION_UINT = 3,
	ANNOTATION_STRING = 6,
	ANNOTATION_POINTER = 7,

	SNAPSHOT_CLOCK = 1,
	CLOCK_ID = 1,
	CLOCK_TIMESTAMP = 2,
	CLOCK_IS_INCREMENTAL = 3,
};

enum {
	TRACE_CLOCK_BOOTTIME = 6,		/* that of packets that name none */
	TRACE_CLOCK_TSC = 9,
	TRACE_CLOCK_SEQUENCE = 64,
};

enum {
	FLAG_STATE_CLEARED = 1,
};

enum event_type {
	SLICE_BEGIN = 1,
	SLICE_END = 2,
	COUNTER = 4,
};

enum annotation {
	ANNOTATION_CYCLES = 1,
	ANNOTATION_SEQ,
	ANNOTATION_RIP,
	ANNOTATION_DETAIL,
	ANNOTATIONS,
};

static const char *const annotations[ANNOTATIONS] = {
	[ANNOTATION_CYCLES] = "cycles", [ANNOTATION_SEQ] = "seq",
	[ANNOTATION_RIP] = "rip", [ANNOTATION_DETAIL] = "detail",
};

/* The sequence of all that has none of its own */
#define SEQUENCE_SHARED		1u

#define BLOCK_BYTES		PERFETTO_BLOCK_BYTES

/* Blocks */

int perfetto_init(struct perfetto *p, FILE *out, bool threads)
{
	struct perfetto_queue *q = &p->queue;
	unsigned int i;

	*p = (struct perfetto){ .queue.out = out, .threads = threads };
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->changed, NULL);
	for (i = 0; i < PERFETTO_BLOCKS; i++) {
		q->blocks[i].data = malloc(BLOCK_BYTES);
		if (!q->blocks[i].data)
			return -1;
	}
	p->packets = q->blocks[0];
	q->packed = malloc(deflate_bound(BLOCK_BYTES));
	q->deflate = deflate_alloc();
	return q->packed && q->deflate ? 0 : -1;
}

/* One packet that has all those of @b.  Return -1 if it cannot be written. */
static int write_block(const struct perfetto_queue *q, const struct protobuf *b)
{
	const size_t nr = deflate_block(q->deflate, b->data, b->nr, q->packed);
	uint8_t head[4 * VARINT_MAX];
	struct protobuf outer = { .data = head };
	uint8_t inner[2 * VARINT_MAX];
	struct protobuf in = { .data = inner };

	protobuf_key(&in, PACKET_COMPRESSED, PROTOBUF_BYTES);
	protobuf_varint(&in, nr);
	protobuf_key(&outer, TRACE_PACKET, PROTOBUF_BYTES);
	protobuf_varint(&outer, in.nr + nr);
	memcpy(head + outer.nr, inner, in.nr);
	if (!nr || fwrite(head, 1, outer.nr + in.nr, q->out) != outer.nr + in.nr ||
	    fwrite(q->packed, 1, nr, q->out) != nr)
		return -1;
	return 0;
}

static void *write_blocks(void *arg)
{
	struct perfetto_queue *q = arg;
	int ret;

	pthread_mutex_lock(&q->lock);
	while (q->nr || !q->ends) {
		if (!q->nr) {
			pthread_cond_wait(&q->changed, &q->lock);
			continue;
		}
		pthread_mutex_unlock(&q->lock);
		ret = q->failed ? -1 : write_block(q, &q->blocks[q->oldest]);
		pthread_mutex_lock(&q->lock);
		q->failed |= ret < 0;
		q->oldest = (q->oldest + 1) % PERFETTO_BLOCKS;
		q->nr--;
		pthread_cond_signal(&q->changed);
	}
	pthread_mutex_unlock(&q->lock);
	return NULL;
}

/* The block that is gathered waits to be written, too, and the next one is. */
static void put_in_queue(struct perfetto *p)
{
	struct perfetto_queue *q = &p->queue;

	pthread_mutex_lock(&q->lock);
	q->blocks[(q->oldest + q->nr) % PERFETTO_BLOCKS] = p->packets;
	q->nr++;
	pthread_cond_signal(&q->changed);
	while (q->nr == PERFETTO_BLOCKS)
		pthread_cond_wait(&q->changed, &q->lock);
	p->packets = q->blocks[(q->oldest + q->nr) % PERFETTO_BLOCKS];
	p->failed |= q->failed;
	pthread_mutex_unlock(&q->lock);
	p->packets.nr = 0;
}

void perfetto_end_block(struct perfetto *p)
{
	struct perfetto_queue *q = &p->queue;

	if (!p->packets.nr)
		return;
	if (p->threads && !q->runs) {
		q->runs = pthread_create(&q->thread, NULL, write_blocks, q) == 0;
		p->threads = q->runs;
	}
	if (q->runs) {
		put_in_queue(p);
		return;
	}
	p->failed |= write_block(q, &p->packets) < 0;
	p->packets.nr = 0;
}

/* All that is in the queue was written. */
static void end_queue(struct perfetto_queue *q)
{
	if (!q->runs)
		return;
	pthread_mutex_lock(&q->lock);
	q->ends = true;
	pthread_cond_signal(&q->changed);
	pthread_mutex_unlock(&q->lock);
	pthread_join(q->thread, NULL);
	q->runs = false;
}

int perfetto_end(struct perfetto *p)
{
	perfetto_end_block(p);
	end_queue(&p->queue);
	p->failed |= p->queue.failed;
	return p->failed ? -1 : 0;
}

void perfetto_release(struct perfetto *p)
{
	struct perfetto_queue *q = &p->queue;
	unsigned int i;

	end_queue(q);
	deflate_free(q->deflate);
	free(q->packed);
	for (i = 0; i < PERFETTO_BLOCKS; i++)
		free(q->blocks[i].data);
	pthread_cond_destroy(&q->changed);
	pthread_mutex_destroy(&q->lock);
}

/* Packets */

static size_t begin_packet(struct perfetto *p, uint32_t sequence)
{
	size_t at;

	perfetto_make_room(p);
	at = protobuf_begin(&p->packets, TRACE_PACKET);
	protobuf_uint(&p->packets, PACKET_SEQUENCE, sequence);
	return at;
}

/* A text that fits a packet */
static void put_text(struct protobuf *b, unsigned int field, const char *text)
{
	char cut[PERFETTO_NAME_MAX];

	if (strlen(text) >= sizeof(cut)) {
		memcpy(cut, text, sizeof(cut) - 1);
		cut[sizeof(cut) - 1] = '\0';
		text = cut;
	}
	protobuf_text(b, field, text);
}

/* The same, where @b is to stay in registers */
ALWAYS_INLINE void put_text_at(struct protobuf *b, unsigned int field, const char *text)
{
	struct protobuf copy = *b;

	put_text(&copy, field, text);
	b->nr = copy.nr;
}

static void put_name(struct protobuf *b, unsigned int field, uint64_t iid,
		     const char *name)
{
	size_t at = protobuf_begin(b, field);

	protobuf_uint(b, NAME_IID, iid);
	put_text(b, NAME_TEXT, name);
	protobuf_end(b, at);
}

void perfetto_describe(struct perfetto *p, uint64_t uuid, uint64_t parent,
		       const char *name, bool is_counter)
{
	size_t packet = begin_packet(p, SEQUENCE_SHARED), track;
	struct protobuf *b = &p->packets;

	track = protobuf_begin(b, PACKET_TRACK);
	protobuf_uint(b, TRACK_UUID, uuid);
	put_text(b, TRACK_NAME, name);
	if (parent)
		protobuf_uint(b, TRACK_PARENT, parent);
	if (is_counter)
		protobuf_end(b, protobuf_begin(b, TRACK_COUNTER));
	protobuf_end(b, track);
	protobuf_end(b, packet);
}

/* Tracks with a sequence of their own */

static void put_clock(struct protobuf *b, unsigned int id, uint64_t ts)
{
	size_t at = protobuf_begin(b, SNAPSHOT_CLOCK);

	protobuf_uint(b, CLOCK_ID, id);
	protobuf_uint(b, CLOCK_TIMESTAMP, ts);
	if (id == TRACE_CLOCK_SEQUENCE)
		protobuf_uint(b, CLOCK_IS_INCREMENTAL, 1);
	protobuf_end(b, at);
}

static void put_snapshot(struct protobuf *b, uint64_t ts)
{
	size_t at = protobuf_begin(b, PACKET_CLOCK_SNAPSHOT);

	put_clock(b, TRACE_CLOCK_BOOTTIME, ts);
	put_clock(b, TRACE_CLOCK_TSC, ts);
	put_clock(b, TRACE_CLOCK_SEQUENCE, ts);
	protobuf_end(b, at);
}

static void put_defaults(struct protobuf *b, uint64_t uuid)
{
	size_t at = protobuf_begin(b, PACKET_DEFAULTS), event;

	event = protobuf_begin(b, DEFAULTS_TRACK_EVENT);
	protobuf_uint(b, EVENT_TRACK, uuid);
	protobuf_end(b, event);
	protobuf_uint(b, DEFAULTS_CLOCK, TRACE_CLOCK_SEQUENCE);
	protobuf_end(b, at);
}

/* Each packet ends with these bytes: its sequence. */
static void make_tail(struct perfetto_track *track)
{
	uint8_t bytes[2 * VARINT_MAX] = { 0 };
	struct protobuf b = { .data = bytes };

	protobuf_uint(&b, PACKET_SEQUENCE, track->sequence);
	memcpy(&track->tail, bytes, sizeof(track->tail));
	track->tail = le64toh(track->tail);
	track->tail_bytes = b.nr;
}

int perfetto_begin(struct perfetto *p, struct perfetto_track *track,
		   uint32_t sequence, unsigned int nr_names, uint64_t ts)
{
	struct protobuf *b = &p->packets;
	size_t packet, interned;
	unsigned int i;

	track->named = calloc(nr_names / 64 + 1, sizeof(*track->named));
	if (!track->named)
		return -1;
	track->sequence = sequence;
	track->last = ts;
	make_tail(track);
	packet = begin_packet(p, sequence);
	protobuf_uint(b, PACKET_SEQUENCE_FLAGS, FLAG_STATE_CLEARED);
	put_defaults(b, track->uuid);
	interned = protobuf_begin(b, PACKET_INTERNED);
	for (i = 1; i < ANNOTATIONS; i++)
		put_name(b, INTERNED_ANNOTATION_NAME, i,
			 i == ANNOTATION_CYCLES && p->unit ? p->unit : annotations[i]);
	protobuf_end(b, interned);
	put_snapshot(b, ts);
	protobuf_end(b, packet);
	return 0;
}

void perfetto_track_release(struct perfetto_track *track)
{
	free(track->named);
}

/* Events: see perfetto-events.h, too. */

ALWAYS_INLINE void put_number(struct protobuf *b, enum annotation name,
			      unsigned int field, uint64_t v)
{
	size_t at = protobuf_begin(b, EVENT_ANNOTATION);

	protobuf_uint(b, ANNOTATION_NAME_IID, name);
	protobuf_uint(b, field, v);
	protobuf_end_short(b, at);
}

ALWAYS_INLINE void put_detail(struct protobuf *b, const char *detail)
{
	size_t at = protobuf_begin(b, EVENT_ANNOTATION);

	protobuf_uint(b, ANNOTATION_NAME_IID, ANNOTATION_DETAIL);
	put_text_at(b, ANNOTATION_STRING, detail);
	protobuf_end(b, at);
}

ALWAYS_INLINE void put_args(struct protobuf *b, const struct perfetto_args *args)
{
	put_number(b, ANNOTATION_CYCLES, ANNOTATION_UINT, args->cycles);
	if (args->has_seq)
		put_number(b, ANNOTATION_SEQ, ANNOTATION_UINT, args->seq);
	if (args->has_rip)
		put_number(b, ANNOTATION_RIP, ANNOTATION_POINTER, args->rip);
	if (args->detail)
		put_detail(b, args->detail);
}

/* The name of a number is told in the packet that has it first. */
static void tell_name(struct protobuf *b, struct perfetto_track *track,
		      unsigned int number, const char *name)
{
	size_t at;

	if (perfetto_has_name(track, number))
		return;
	track->named[number / 64] |= 1ull << number % 64;
	at = protobuf_begin(b, PACKET_INTERNED);
	put_name(b, INTERNED_EVENT_NAME, number + 1, name);
	protobuf_end(b, at);
}

ALWAYS_INLINE void put_tail(struct protobuf *b, const struct perfetto_track *track)
{
	const uint64_t tail = htole64(track->tail);

	memcpy(b->data + b->nr, &tail, sizeof(tail));
	b->nr += track->tail_bytes;
}

void perfetto_slice(struct perfetto *p, struct perfetto_track *track, uint64_t ts,
		    unsigned int number, const char *name,
		    const struct perfetto_args *args)
{
	struct protobuf b, *packets = &p->packets;
	size_t packet, event;

	perfetto_make_room(p);
	b = *packets;
	packet = protobuf_begin(&b, TRACE_PACKET);
	protobuf_uint(&b, PACKET_TIMESTAMP, perfetto_step(track, ts));
	event = protobuf_begin(&b, PACKET_TRACK_EVENT);
	protobuf_uint(&b, EVENT_TYPE, SLICE_BEGIN);
	if (number != PERFETTO_NO_NUMBER)
		protobuf_uint(&b, EVENT_NAME_IID, number + 1);
	else
		put_text_at(&b, EVENT_NAME, name);
	if (args)
		put_args(&b, args);
	packets->nr = b.nr;
	protobuf_end(packets, event);
	if (number != PERFETTO_NO_NUMBER)
		tell_name(packets, track, number, name);
	put_tail(packets, track);
	protobuf_end(packets, packet);
}

void perfetto_slice_end(struct perfetto *p, struct perfetto_track *track, uint64_t ts)
{
	struct perfetto_writer w = perfetto_write(p);

	perfetto_put_end(&w, track, ts);
	perfetto_wrote(p, &w);
}

/* Tracks without one */

static size_t begin_shared(struct perfetto *p, uint64_t uuid, uint64_t ts,
			   enum event_type type, size_t *packet)
{
	struct protobuf *b = &p->packets;
	size_t at;

	*packet = begin_packet(p, SEQUENCE_SHARED);
	protobuf_uint(b, PACKET_TIMESTAMP, ts);
	at = protobuf_begin(b, PACKET_TRACK_EVENT);
	protobuf_uint(b, EVENT_TYPE, type);
	protobuf_uint(b, EVENT_TRACK, uuid);
	return at;
}

void perfetto_span(struct perfetto *p, uint64_t uuid, uint64_t from, uint64_t to,
		   const char *name)
{
	size_t packet, event = begin_shared(p, uuid, from, SLICE_BEGIN, &packet);

	put_text(&p->packets, EVENT_NAME, name);
	protobuf_end(&p->packets, event);
	protobuf_end(&p->packets, packet);
	event = begin_shared(p, uuid, to, SLICE_END, &packet);
	protobuf_end(&p->packets, event);
	protobuf_end(&p->packets, packet);
}

void perfetto_count(struct perfetto *p, uint64_t uuid, uint64_t ts, uint64_t value)
{
	size_t packet, event = begin_shared(p, uuid, ts, COUNTER, &packet);

	protobuf_uint(&p->packets, EVENT_COUNTER_VALUE, value);
	protobuf_end(&p->packets, event);
	protobuf_end(&p->packets, packet);
}
