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

/* The packet up to its time.  What is earlier than the event before it is then. */
ALWAYS_INLINE void perfetto_put_time(struct perfetto_writer *w,
				     struct perfetto_track *track, uint64_t ts)
{
	uint64_t step = ts > track->last ? ts - track->last : 0;

	/* As many bytes as a head can have are faster to copy than as it has. */
	memcpy(w->to, track->head, sizeof(track->head));
	w->to += track->head_bytes;
	track->last += step;
	for (; step >= 0x80; step >>= 7)
		*w->to++ = step | 0x80;
	*w->to++ = step;
}

/* All of it is written: its length, which is below 128. */
ALWAYS_INLINE void perfetto_put_length(const struct perfetto_writer *w, uint8_t *packet)
{
	packet[1] = w->to - packet - 2;
}

ALWAYS_INLINE void perfetto_put_word(struct perfetto_writer *w, uint64_t bytes,
				     unsigned int nr)
{
	const uint64_t out = htole64(bytes);

	memcpy(w->to, &out, sizeof(out));
	w->to += nr;
}

/* A slice begins, whose name, of @number, was told: perfetto_has_name(). */
ALWAYS_INLINE void perfetto_put_begin(struct perfetto_writer *w,
				      struct perfetto_track *track, uint64_t ts,
				      unsigned int number)
{
	const uint64_t head = PERFETTO_KEY_EVENT | PERFETTO_KEY_TYPE << 16 |
			      PERFETTO_BEGIN << 24 | PERFETTO_KEY_NAME << 32;
	uint8_t *packet = w->to;
	uint64_t iid = number + 1ull;

	perfetto_put_time(w, track, ts);
	if (likely(iid < 0x80)) {
		perfetto_put_word(w, head | 4 << 8 | iid << 40, 6);
	} else if (likely(iid < 0x4000)) {
		perfetto_put_word(w, head | 5 << 8 | (iid & 0x7f) << 40 | 1ull << 47 |
				     iid >> 7 << 48, 7);
	} else {
		perfetto_put_word(w, head | 6 << 8 | (iid & 0x7f) << 40 | 1ull << 47 |
				     (iid >> 7 & 0x7f) << 48 | 1ull << 55 |
				     iid >> 14 << 56, 8);
	}
	perfetto_put_length(w, packet);
}

ALWAYS_INLINE void perfetto_put_end(struct perfetto_writer *w,
				    struct perfetto_track *track, uint64_t ts)
{
	uint8_t *packet = w->to;

	perfetto_put_time(w, track, ts);
	perfetto_put_word(w, PERFETTO_KEY_EVENT | 2 << 8 | PERFETTO_KEY_TYPE << 16 |
			     PERFETTO_END << 24, 4);
	perfetto_put_length(w, packet);
}

#endif /* ANALYZER_PERFETTO_EVENTS_H */
