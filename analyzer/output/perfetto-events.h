/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The packets that a timeline has most of, slices of tracks with a sequence of their own,
 * written where they go: inline, as there are several for each exit.
 *
 *	struct perfetto_writer w = perfetto_write(p);
 *	... up to PERFETTO_EVENTS of perfetto_put_begin() and perfetto_put_end()
 *	perfetto_wrote(p, &w);
 *
 * A writer is a copy of what struct perfetto has, whose members can stay in registers:
 * what is written are bytes, which might be those of any struct in memory.
 */
#ifndef ANALYZER_PERFETTO_EVENTS_H
#define ANALYZER_PERFETTO_EVENTS_H

#include <endian.h>

#include "output/perfetto.h"

#define PERFETTO_EVENTS		12u	/* at most, without arguments */

/* Keys: numbers of fields, and wire types */
#define PERFETTO_KEY_PACKET	0x0aull	/* packet, 1, a message: */
#define PERFETTO_KEY_TIME	0x40ull	/* timestamp, 8 */
#define PERFETTO_KEY_EVENT	0x5aull	/* track_event, 11, a message: */
#define PERFETTO_KEY_TYPE	0x48ull	/* type, 9 */
#define PERFETTO_KEY_NAME	0x50ull	/* name_iid, 10 */

#define PERFETTO_BEGIN		1ull	/* types */
#define PERFETTO_END		2ull

struct perfetto_writer {
	uint8_t *data, *to;
};

ALWAYS_INLINE struct perfetto_writer perfetto_write(struct perfetto *p)
{
	perfetto_make_room(p);
	return (struct perfetto_writer){ p->packets.data,
					 p->packets.data + p->packets.nr };
}

ALWAYS_INLINE void perfetto_wrote(struct perfetto *p, const struct perfetto_writer *w)
{
	p->packets.nr = w->to - w->data;
}

ALWAYS_INLINE void perfetto_put_word(struct perfetto_writer *w, uint64_t bytes,
				     unsigned int nr)
{
	const uint64_t out = htole64(bytes);

	memcpy(w->to, &out, sizeof(out));
	w->to += nr;
}

/* From the event before it to @ts.  What is earlier than that event is then. */
ALWAYS_INLINE uint64_t perfetto_step(struct perfetto_track *track, uint64_t ts)
{
	const uint64_t step = ts > track->last ? ts - track->last : 0;

	track->last += step;
	return step;
}

/* A number of up to 28 bits, without branches, as its length is chance */
ALWAYS_INLINE uint64_t perfetto_varint(uint64_t v, unsigned int *bytes)
{
	const uint64_t spread = (v & 0x7f) | (v & 0x7f << 7) << 1 |
				(v & 0x7f << 14) << 2 | (v & 0x7f << 21) << 3;

	*bytes = (70 - __builtin_clzll(v | 1)) / 7;
	return spread | (0x80808080ull & ((1ull << 8 * (*bytes - 1)) - 1));
}

/* The packet up to its event, of which and of what follows there are @nr bytes */
ALWAYS_INLINE void perfetto_put_head(struct perfetto_writer *w, uint64_t step,
				     unsigned int nr)
{
	const uint64_t head = PERFETTO_KEY_PACKET | PERFETTO_KEY_TIME << 16;
	uint8_t *packet = w->to;
	unsigned int bytes;
	uint64_t varint;

	if (likely(step < 1u << 28)) {
		varint = perfetto_varint(step, &bytes);
		perfetto_put_word(w, head | (1 + bytes + nr) << 8 | varint << 24, 3 + bytes);
		return;
	}
	perfetto_put_word(w, head, 3);
	for (; step >= 0x80; step >>= 7)
		*w->to++ = step | 0x80;
	*w->to++ = step;
	packet[1] = w->to - packet - 2 + nr;
}

/*
 * @event: its @nr bytes.  Which sequence it is of stands at the end, so that what differs
 * from packet to packet has one place, and all else is one match for the compressor.
 */
ALWAYS_INLINE void perfetto_put_event(struct perfetto_writer *w,
				      struct perfetto_track *track, uint64_t ts,
				      uint64_t event, unsigned int nr)
{
	perfetto_put_head(w, perfetto_step(track, ts), nr + track->tail_bytes);
	perfetto_put_word(w, event, nr);
	perfetto_put_word(w, track->tail, track->tail_bytes);
}

/* A slice begins, whose name, of @number, was told: perfetto_has_name(). */
ALWAYS_INLINE void perfetto_put_begin(struct perfetto_writer *w,
				      struct perfetto_track *track, uint64_t ts,
				      unsigned int number)
{
	const uint64_t head = PERFETTO_KEY_EVENT | PERFETTO_KEY_TYPE << 16 |
			      PERFETTO_BEGIN << 24 | PERFETTO_KEY_NAME << 32;
	const uint64_t iid = number + 1ull;

	if (likely(iid < 0x80))
		perfetto_put_event(w, track, ts, head | 4 << 8 | iid << 40, 6);
	else if (likely(iid < 0x4000))
		perfetto_put_event(w, track, ts,
				   head | 5 << 8 | (iid & 0x7f) << 40 | 1ull << 47 |
				   iid >> 7 << 48, 7);
	else
		perfetto_put_event(w, track, ts,
				   head | 6 << 8 | (iid & 0x7f) << 40 | 1ull << 47 |
				   (iid >> 7 & 0x7f) << 48 | 1ull << 55 |
				   iid >> 14 << 56, 8);
}

ALWAYS_INLINE void perfetto_put_end(struct perfetto_writer *w,
				    struct perfetto_track *track, uint64_t ts)
{
	perfetto_put_event(w, track, ts,
			   PERFETTO_KEY_EVENT | 2 << 8 | PERFETTO_KEY_TYPE << 16 |
			   PERFETTO_END << 24, 4);
}

#endif /* ANALYZER_PERFETTO_EVENTS_H */
