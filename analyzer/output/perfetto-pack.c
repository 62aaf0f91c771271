// SPDX-License-Identifier: GPL-2.0
#include "output/perfetto-pack.h"

#include <endian.h>
#include <string.h>

#include "output/perfetto-private.h"

/* Keys: numbers of fields, and wire types */
#define KEY_PACKET	(TRACE_PACKET << 3 | 2ull)
#define KEY_TIME	(PACKET_TIMESTAMP << 3 | 0ull)
#define KEY_SEQUENCE	(PACKET_SEQUENCE << 3 | 0ull)
#define KEY_EVENT	(PACKET_TRACK_EVENT << 3 | 2ull)
#define KEY_TYPE	(EVENT_TYPE << 3 | 0ull)
#define KEY_NAME	(EVENT_NAME_IID << 3 | 0ull)

ALWAYS_INLINE uint8_t *put_word(uint8_t *to, uint64_t bytes, unsigned int nr)
{
	const uint64_t out = htole64(bytes);

	memcpy(to, &out, sizeof(out));
	return to + nr;
}

/*
 * A number of up to 28 bits, without branches, as its length is chance.  So many bytes as
 * sevens of bits: (9 * bits + 64) / 64 is that, rounded up, for as few as these.
 */
ALWAYS_INLINE uint64_t varint_of(uint64_t v, unsigned int *bytes)
{
	const uint64_t more = 0x80808080;
	const unsigned int nr = (9 * (63 - __builtin_clzll(v | 1)) + 73) / 64;

	v = (v & 0x3fff) | (v & 0x3fff << 14) << 2;
	v = (v & 0x7f007f) | (v & 0x3f803f80) << 1;
	*bytes = nr;
	return v | (more & ~(~0ull << 8 * nr >> 8));
}

/* The packet up to its event, of which and of what follows there are @nr bytes */
ALWAYS_INLINE uint8_t *put_head(uint8_t *to, uint64_t step, unsigned int nr)
{
	const uint64_t head = KEY_PACKET | KEY_TIME << 16;
	uint8_t *packet = to;
	unsigned int bytes;
	uint64_t varint;

	if (likely(step < 1u << 28)) {
		varint = varint_of(step, &bytes);
		return put_word(to, head | (1 + bytes + nr) << 8 | varint << 24, 3 + bytes);
	}
	to = put_word(to, head, 3);
	for (; step >= 0x80; step >>= 7)
		*to++ = step | 0x80;
	*to++ = step;
	packet[1] = to - packet - 2 + nr;
	return to;
}

/* Any numbers */
static NOINLINE uint8_t *put_large(uint8_t *to, const struct perfetto_item *item)
{
	unsigned int name_bytes = 0, sequence_bytes, event = 2;
	const uint64_t sequence = varint_of(item->sequence, &sequence_bytes);
	uint64_t name = 0;

	if (item->name) {
		name = varint_of(item->name, &name_bytes);
		event = 3 + name_bytes;
	}
	to = put_head(to, item->step, 3 + event + sequence_bytes);
	to = put_word(to, KEY_EVENT | event << 8 | KEY_TYPE << 16, 3);
	to = put_word(to, (item->name ? SLICE_BEGIN : SLICE_END) | KEY_NAME << 8,
		      item->name ? 2 : 1);
	to = put_word(to, name, name_bytes);
	to = put_word(to, KEY_SEQUENCE, 1);
	return put_word(to, sequence, sequence_bytes);
}

/*
 * Which sequence a packet is of stands at its end, so that what differs from packet to
 * packet has one place, and all else is one match for the compressor.  Names of two bytes
 * are as likely as those of one.
 */
ALWAYS_INLINE uint8_t *put_begin(uint8_t *to, const struct perfetto_item *item)
{
	const uint64_t name = item->name, two = name >= 0x80;
	const uint64_t varint = (name & 0x7f) | two << 7 | (name & 0x3f80) << 1;

	to = put_head(to, item->step, 8 + two);
	to = put_word(to, (KEY_EVENT | 4 << 8 | KEY_TYPE << 16 |
			   (uint64_t)SLICE_BEGIN << 24 | KEY_NAME << 32) +
			  (two << 8 | varint << 40), 6 + two);
	return put_word(to, KEY_SEQUENCE | (uint64_t)item->sequence << 8, 2);
}

ALWAYS_INLINE uint8_t *put_end(uint8_t *to, const struct perfetto_item *item)
{
	to = put_head(to, item->step, 6);
	return put_word(to, KEY_EVENT | 2 << 8 | KEY_TYPE << 16 |
			    (uint64_t)SLICE_END << 24 | KEY_SEQUENCE << 32 |
			    (uint64_t)item->sequence << 40, 6);
}

ALWAYS_INLINE uint8_t *put_slice(uint8_t *to, const struct perfetto_item *item)
{
	if (unlikely(item->sequence >= 0x80 || item->name >= 0x4000))
		return put_large(to, item);
	return item->name ? put_begin(to, item) : put_end(to, item);
}

/* Arguments */

ALWAYS_INLINE void put_number(struct protobuf *b, enum annotation name,
			      unsigned int field, uint64_t v)
{
	size_t at = protobuf_begin(b, EVENT_ANNOTATION);

	protobuf_uint(b, ANNOTATION_NAME_IID, name);
	protobuf_uint(b, field, v);
	protobuf_end_short(b, at);
}

ALWAYS_INLINE void put_detail(struct protobuf *b, const char *detail, size_t len)
{
	size_t at = protobuf_begin(b, EVENT_ANNOTATION);

	protobuf_uint(b, ANNOTATION_NAME_IID, ANNOTATION_DETAIL);
	protobuf_key(b, ANNOTATION_STRING, PROTOBUF_BYTES);
	protobuf_varint(b, len);
	memcpy(b->data + b->nr, detail, len);
	b->nr += len;
	protobuf_end(b, at);
}

ALWAYS_INLINE void put_args(struct protobuf *b, const struct perfetto_args_items *args,
			    const char *detail)
{
	put_number(b, ANNOTATION_CYCLES, ANNOTATION_UINT, args->cycles);
	if (args->has_seq)
		put_number(b, ANNOTATION_SEQ, ANNOTATION_UINT, args->seq);
	if (args->has_rip)
		put_number(b, ANNOTATION_RIP, ANNOTATION_POINTER, args->rip);
	if (args->detail)
		put_detail(b, detail, args->detail - 1u);
}

void perfetto_pack_args(struct protobuf *b, const struct perfetto_args_items *args,
			const char *detail)
{
	put_args(b, args, detail);
}

/* Return the item behind. */
static NOINLINE const struct perfetto_item *put_begin_args(struct protobuf *b,
							   const struct perfetto_item *item)
{
	const char *detail = (const char *)(item + 3);
	struct protobuf to = *b;
	struct perfetto_args_items args;
	size_t packet, event;

	memcpy(&args, item + 1, sizeof(args));
	packet = protobuf_begin(&to, TRACE_PACKET);
	protobuf_uint(&to, PACKET_TIMESTAMP, item->step);
	event = protobuf_begin(&to, PACKET_TRACK_EVENT);
	protobuf_uint(&to, EVENT_TYPE, SLICE_BEGIN);
	protobuf_uint(&to, EVENT_NAME_IID, item->name & ~PERFETTO_HAS_ARGS);
	put_args(&to, &args, detail);
	protobuf_end(&to, event);
	protobuf_uint(&to, PACKET_SEQUENCE, item->sequence);
	protobuf_end(&to, packet);
	b->nr = to.nr;
	return item + 3 + (args.detail ? perfetto_items_of(args.detail - 1u) : 0);
}

/* Likewise, of bytes */
static NOINLINE const struct perfetto_item *put_bytes(struct protobuf *b,
						      const struct perfetto_item *item)
{
	memcpy(b->data + b->nr, item + 1, item->step);
	b->nr += item->step;
	return item + 1 + perfetto_items_of(item->step);
}

/* Slices that begin and end, up to an item that is neither, or to @end */
ALWAYS_INLINE const struct perfetto_item *put_slices(struct protobuf *b,
						     const struct perfetto_item *item,
						     const struct perfetto_item *end)
{
	uint8_t *to = b->data + b->nr;

	for (; item < end && item->sequence && !(item->name & PERFETTO_HAS_ARGS); item++)
		to = put_slice(to, item);
	b->nr = to - b->data;
	return item;
}

void perfetto_pack(const struct perfetto_item *items, size_t nr, struct protobuf *to)
{
	const struct perfetto_item *item = items, *end = items + nr;

	while ((item = put_slices(to, item, end)) < end)
		item = item->sequence ? put_begin_args(to, item) : put_bytes(to, item);
}
