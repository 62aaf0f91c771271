// SPDX-License-Identifier: GPL-2.0
#include "output/perfetto-pack.h"

#include <endian.h>
#include <string.h>

#include "output/perfetto-private.h"

/* Keys: numbers of fields, and wire types */
#define KEY_PACKET	(TRACE_PACKET << 3 | 2ull)
#define KEY_TIME	(PACKET_TIMESTAMP << 3 | 0ull)
#define KEY_EVENT	(PACKET_TRACK_EVENT << 3 | 2ull)

_Static_assert(PERFETTO_KEY_TYPE == EVENT_TYPE << 3 &&
	       PERFETTO_KEY_NAME == EVENT_NAME_IID << 3 &&
	       PERFETTO_KEY_SEQUENCE == PACKET_SEQUENCE << 3, "keys are those of the fields");

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

/*
 * Which sequence a packet is of stands at its end, so that what differs from packet to
 * packet has one place, and all else is one match for the compressor.
 */
ALWAYS_INLINE uint8_t *put_slice(uint8_t *to, const struct perfetto_item *item)
{
	const unsigned int nr = 3 + (item->event & 0xff);

	to = put_head(to, item->step, 1 + nr);
	*to++ = KEY_EVENT;
	return put_word(to, item->event, nr);
}

static uint32_t name_of(const struct perfetto_item *item)
{
	return item->event >> 16 & PERFETTO_NUMBER_MAX;
}

static uint32_t sequence_of(const struct perfetto_item *item)
{
	return item->event >> 40;
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

/* Any slice.  Return the item behind it. */
static NOINLINE const struct perfetto_item *put_any(struct protobuf *b,
						    const struct perfetto_item *item,
						    bool has_args)
{
	const char *detail = (const char *)(item + 3);
	struct perfetto_args_items args = { .detail = 0 };
	const uint32_t name = name_of(item);
	struct protobuf to = *b;
	size_t packet, event;

	packet = protobuf_begin(&to, TRACE_PACKET);
	protobuf_uint(&to, PACKET_TIMESTAMP, item->step);
	event = protobuf_begin(&to, PACKET_TRACK_EVENT);
	protobuf_uint(&to, EVENT_TYPE, name ? SLICE_BEGIN : SLICE_END);
	if (name)
		protobuf_uint(&to, EVENT_NAME_IID, name);
	if (has_args) {
		memcpy(&args, item + 1, sizeof(args));
		put_args(&to, &args, detail);
	}
	protobuf_end(&to, event);
	protobuf_uint(&to, PACKET_SEQUENCE, sequence_of(item));
	protobuf_end(&to, packet);
	b->nr = to.nr;
	return item + (has_args ? 3 : 1) +
	       (args.detail ? perfetto_items_of(args.detail - 1u) : 0);
}

/* Likewise */
static NOINLINE const struct perfetto_item *put_bytes(struct protobuf *b,
						      const struct perfetto_item *item)
{
	memcpy(b->data + b->nr, item + 1, item->step);
	b->nr += item->step;
	return item + 1 + perfetto_items_of(item->step);
}

/* Slices that have their bytes, up to an item that has not, or to @end */
ALWAYS_INLINE const struct perfetto_item *put_slices(struct protobuf *b,
						     const struct perfetto_item *item,
						     const struct perfetto_item *end)
{
	uint8_t *to = b->data + b->nr;

	for (; item < end && (item->event & 0xff); item++)
		to = put_slice(to, item);
	b->nr = to - b->data;
	return item;
}

void perfetto_pack(const struct perfetto_item *items, size_t nr, struct protobuf *to)
{
	const struct perfetto_item *item = items, *end = items + nr;

	while ((item = put_slices(to, item, end)) < end)
		item = item->event ?
		       put_any(to, item, (item->event >> 8 & 0xff) == PERFETTO_SLICE_ARGS) :
		       put_bytes(to, item);
}
