// SPDX-License-Identifier: GPL-2.0
#include "output/perfetto-events.h"

#include <stdlib.h>

#include "output/perfetto-private.h"

static const char *const annotations[ANNOTATIONS] = {
	[ANNOTATION_CYCLES] = "cycles", [ANNOTATION_SEQ] = "seq",
	[ANNOTATION_RIP] = "rip", [ANNOTATION_DETAIL] = "detail",
};

/* The sequence of all that has none of its own */
#define SEQUENCE_SHARED		1u

/* Blocks */

static void fill(struct perfetto *p, struct perfetto_block *b)
{
	p->block = b;
	p->to = b->items;
	p->full = b->items + PERFETTO_BLOCK_ITEMS - PERFETTO_ROOM;
}

int perfetto_init(struct perfetto *p, FILE *out, unsigned int threads)
{
	*p = (struct perfetto){ .unit = NULL };
	if (perfetto_queue_init(&p->queue, out, threads) < 0)
		return -1;
	p->packet.data = malloc(PERFETTO_PACKET_MAX);
	fill(p, perfetto_queue_next(&p->queue));
	return p->packet.data ? 0 : -1;
}

void perfetto_end_block(struct perfetto *p)
{
	p->block->nr = p->to - p->block->items;
	fill(p, perfetto_queue_put(&p->queue, &p->failed));
}

int perfetto_end(struct perfetto *p)
{
	p->block->nr = p->to - p->block->items;
	if (perfetto_queue_end(&p->queue) < 0)
		p->failed = true;
	return p->failed ? -1 : 0;
}

void perfetto_release(struct perfetto *p)
{
	perfetto_queue_release(&p->queue);
	free(p->packet.data);
}

/* Packets that are written here, one after the other, and are bytes to who takes items */

static size_t begin_packet(struct perfetto *p, uint32_t sequence)
{
	size_t at;

	p->packet.nr = 0;
	at = protobuf_begin(&p->packet, TRACE_PACKET);
	protobuf_uint(&p->packet, PACKET_SEQUENCE, sequence);
	return at;
}

static void end_packet(struct perfetto *p, size_t at)
{
	struct perfetto_item *to;

	protobuf_end(&p->packet, at);
	perfetto_make_room(p);
	to = p->to;
	*to++ = (struct perfetto_item){ .step = p->packet.nr };
	memcpy(to, p->packet.data, p->packet.nr);
	p->to = to + perfetto_items_of(p->packet.nr);
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
	struct protobuf *b = &p->packet;

	track = protobuf_begin(b, PACKET_TRACK);
	protobuf_uint(b, TRACK_UUID, uuid);
	put_text(b, TRACK_NAME, name);
	if (parent)
		protobuf_uint(b, TRACK_PARENT, parent);
	if (is_counter)
		protobuf_end(b, protobuf_begin(b, TRACK_COUNTER));
	protobuf_end(b, track);
	end_packet(p, packet);
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

int perfetto_begin(struct perfetto *p, struct perfetto_track *track,
		   uint32_t sequence, unsigned int nr_names, uint64_t ts)
{
	struct protobuf *b = &p->packet;
	size_t packet, interned;
	unsigned int i;

	track->named = calloc(nr_names / 64 + 1, sizeof(*track->named));
	if (!track->named)
		return -1;
	track->sequence = sequence;
	track->tail = perfetto_tail(sequence);
	track->last = ts;
	packet = begin_packet(p, sequence);
	protobuf_uint(b, PACKET_SEQUENCE_FLAGS, FLAG_STATE_CLEARED);
	put_defaults(b, track->uuid);
	interned = protobuf_begin(b, PACKET_INTERNED);
	for (i = 1; i < ANNOTATIONS; i++)
		put_name(b, INTERNED_ANNOTATION_NAME, i,
			 i == ANNOTATION_CYCLES && p->unit ? p->unit : annotations[i]);
	protobuf_end(b, interned);
	put_snapshot(b, ts);
	end_packet(p, packet);
	return 0;
}

void perfetto_track_release(struct perfetto_track *track)
{
	free(track->named);
}

/* Events: see perfetto-events.h, too. */

/* The name of a number is told in the packet that has it first. */
static void tell_name(struct protobuf *b, struct perfetto_track *track,
		      unsigned int number, const char *name)
{
	size_t at;

	track->named[number / 64] |= 1ull << number % 64;
	at = protobuf_begin(b, PACKET_INTERNED);
	put_name(b, INTERNED_EVENT_NAME, number + 1, name);
	protobuf_end(b, at);
}

static void put_args(struct protobuf *b, const struct perfetto_args *args)
{
	const struct perfetto_args_items items = perfetto_args_items(args);

	perfetto_pack_args(b, &items, args->detail);
}

/* Of a slice whose name was not told, as a packet that has it */
static void put_slice(struct perfetto *p, struct perfetto_track *track, uint64_t ts,
		      unsigned int number, const char *name,
		      const struct perfetto_args *args)
{
	struct protobuf *b = &p->packet;
	size_t packet, event;

	b->nr = 0;
	packet = protobuf_begin(b, TRACE_PACKET);
	protobuf_uint(b, PACKET_TIMESTAMP, perfetto_step(track, ts));
	event = protobuf_begin(b, PACKET_TRACK_EVENT);
	protobuf_uint(b, EVENT_TYPE, SLICE_BEGIN);
	if (number != PERFETTO_NO_NUMBER)
		protobuf_uint(b, EVENT_NAME_IID, number + 1);
	else
		put_text(b, EVENT_NAME, name);
	if (args)
		put_args(b, args);
	protobuf_end(b, event);
	if (number != PERFETTO_NO_NUMBER)
		tell_name(b, track, number, name);
	protobuf_uint(b, PACKET_SEQUENCE, track->sequence);
	end_packet(p, packet);
}

void perfetto_slice(struct perfetto *p, struct perfetto_track *track, uint64_t ts,
		    unsigned int number, const char *name,
		    const struct perfetto_args *args)
{
	struct perfetto_writer w;

	if (!perfetto_has_name(track, number)) {
		put_slice(p, track, ts, number, name, args);
		return;
	}
	w = perfetto_write(p);
	perfetto_put_begin(&w, track, ts, number, args);
	perfetto_wrote(p, &w);
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
	struct protobuf *b = &p->packet;
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

	put_text(&p->packet, EVENT_NAME, name);
	protobuf_end(&p->packet, event);
	end_packet(p, packet);
	event = begin_shared(p, uuid, to, SLICE_END, &packet);
	protobuf_end(&p->packet, event);
	end_packet(p, packet);
}

void perfetto_count(struct perfetto *p, uint64_t uuid, uint64_t ts, uint64_t value)
{
	size_t packet, event = begin_shared(p, uuid, ts, COUNTER, &packet);

	protobuf_uint(&p->packet, EVENT_COUNTER_VALUE, value);
	protobuf_end(&p->packet, event);
	end_packet(p, packet);
}
