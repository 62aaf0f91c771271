/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events of a timeline, as two words each -> packets.
 *
 * An event takes an item: a slice begins or ends, on a track with a sequence of packets
 * of its own.  Arguments follow in items of their own, and so do packets that are
 * written elsewhere, as bytes.  To write items takes a quarter of the instructions that
 * packets take, and any thread can make packets of any items: nothing in them depends on
 * what was before.
 */
#ifndef ANALYZER_PERFETTO_PACK_H
#define ANALYZER_PERFETTO_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/protobuf.h"

/*
 * @event: bytes of the packet, from the length of its event on, to the end, the first one
 * the lowest; so perfetto_event_begin() and perfetto_event_end() have it.  If its lowest
 * byte is 0, it is one of enum perfetto_item_kind above that, a name in 24 bits and a
 * sequence in as many; @step of bytes is how many follow.
 */
struct perfetto_item {
	uint64_t step;			/* time since the event before, of the sequence */
	uint64_t event;
};

enum perfetto_item_kind {
	PERFETTO_BYTES,
	PERFETTO_SLICE,			/* with numbers of any size; name 0: it ends */
	PERFETTO_SLICE_ARGS,		/* arguments follow */
};

#define PERFETTO_NUMBER_MAX	((1u << 24) - 1)

static inline uint64_t perfetto_event_of(enum perfetto_item_kind kind, uint32_t name,
					 uint32_t sequence)
{
	return (uint64_t)kind << 8 | (uint64_t)name << 16 | (uint64_t)sequence << 40;
}

/* Keys: numbers of fields, and wire types */
#define PERFETTO_KEY_TYPE	0x48ull	/* track_event.type, 9 */
#define PERFETTO_KEY_NAME	0x50ull	/* track_event.name_iid, 10 */
#define PERFETTO_KEY_SEQUENCE	0x50ull	/* trusted_packet_sequence_id, 10 */

/* What packets of @sequence end with; 0: it is none of two bytes. */
static inline uint32_t perfetto_tail(uint32_t sequence)
{
	return sequence < 0x80 ? PERFETTO_KEY_SEQUENCE | sequence << 8 : 0;
}

/* Names of two bytes are as likely as those of one. */
ALWAYS_INLINE uint64_t perfetto_event_begin(uint32_t name, uint32_t sequence, uint32_t tail)
{
	const uint64_t two = name >= 0x80;
	const uint64_t varint = (name & 0x7f) | two << 7 | (name & 0x3f80ull) << 1;

	if (unlikely(!tail || name >= 0x4000))
		return perfetto_event_of(PERFETTO_SLICE, name, sequence);
	return ((4 | PERFETTO_KEY_TYPE << 8 | 1 << 16 | PERFETTO_KEY_NAME << 24) + two) |
	       varint << 32 | (uint64_t)tail << (40 + 8 * two);
}

ALWAYS_INLINE uint64_t perfetto_event_end(uint32_t sequence, uint32_t tail)
{
	if (unlikely(!tail))
		return perfetto_event_of(PERFETTO_SLICE, 0, sequence);
	return 2 | PERFETTO_KEY_TYPE << 8 | 2 << 16 | (uint64_t)tail << 24;
}

/* What arguments begin with.  The text of the detail follows. */
struct perfetto_args_items {
	uint64_t cycles;
	uint16_t detail;		/* bytes of its text, and one; 0: there is none */
	bool has_seq, has_rip;
	uint64_t seq, rip;
};

_Static_assert(sizeof(struct perfetto_args_items) == 2 * sizeof(struct perfetto_item),
	       "arguments take whole items");

/* So many take @nr bytes. */
static inline size_t perfetto_items_of(size_t nr)
{
	return (nr + sizeof(struct perfetto_item) - 1) / sizeof(struct perfetto_item);
}

/* @nr items become up to so many bytes of packets, with room to write ahead. */
static inline size_t perfetto_pack_bound(size_t nr)
{
	return 2 * nr * sizeof(struct perfetto_item) + 64;
}

/* Append the packets of @nr items to @to, which has room for all of them. */
void perfetto_pack(const struct perfetto_item *items, size_t nr, struct protobuf *to);

/* Append arguments to an event; @detail: the text, or NULL. */
void perfetto_pack_args(struct protobuf *b, const struct perfetto_args_items *args,
			const char *detail);

#endif /* ANALYZER_PERFETTO_PACK_H */
