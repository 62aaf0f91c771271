/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The events that a timeline has most of, slices of tracks with a sequence of their own,
 * written inline, as there are several for each exit.
 *
 *	struct perfetto_writer w = perfetto_write(p);
 *	... up to PERFETTO_EVENTS of perfetto_put_begin(), one of them with arguments,
 *	    and perfetto_put_end()
 *	perfetto_wrote(p, &w);
 */
#ifndef ANALYZER_PERFETTO_EVENTS_H
#define ANALYZER_PERFETTO_EVENTS_H

#include <string.h>

#include "output/perfetto.h"

#define PERFETTO_EVENTS		12u	/* at most */

_Static_assert(PERFETTO_EVENTS + 2 + PERFETTO_NAME_MAX / sizeof(struct perfetto_item) + 1 <=
	       PERFETTO_ROOM, "there is room for them, with arguments");

struct perfetto_writer {
	struct perfetto_item *to;
};

ALWAYS_INLINE struct perfetto_writer perfetto_write(struct perfetto *p)
{
	perfetto_make_room(p);
	return (struct perfetto_writer){ p->to };
}

ALWAYS_INLINE void perfetto_wrote(struct perfetto *p, const struct perfetto_writer *w)
{
	p->to = w->to;
}

/* From the event before it to @ts.  What is earlier than that event is then. */
ALWAYS_INLINE uint64_t perfetto_step(struct perfetto_track *track, uint64_t ts)
{
	const uint64_t step = ts > track->last ? ts - track->last : 0;

	track->last += step;
	return step;
}

/* A text that is longer than PERFETTO_NAME_MAX - 1 bytes is cut. */
static inline struct perfetto_args_items perfetto_args_items(const struct perfetto_args *args)
{
	return (struct perfetto_args_items){
		.cycles = args->cycles, .seq = args->seq, .rip = args->rip,
		.has_seq = args->has_seq, .has_rip = args->has_rip,
		.detail = args->detail ? strnlen(args->detail, PERFETTO_NAME_MAX - 1) + 1 : 0,
	};
}

static inline struct perfetto_item *perfetto_put_args(struct perfetto_item *to,
						      const struct perfetto_args *args)
{
	const struct perfetto_args_items items = perfetto_args_items(args);

	memcpy(to, &items, sizeof(items));
	to += 2;
	if (!items.detail)
		return to;
	memcpy(to, args->detail, items.detail - 1u);
	return to + perfetto_items_of(items.detail - 1u);
}

/* A slice begins, whose name, of @number, was told: perfetto_has_name(). */
ALWAYS_INLINE void perfetto_put_begin(struct perfetto_writer *w,
				      struct perfetto_track *track, uint64_t ts,
				      unsigned int number,
				      const struct perfetto_args *args)
{
	*w->to++ = (struct perfetto_item){
		.step = perfetto_step(track, ts),
		.event = args ? perfetto_event_of(PERFETTO_SLICE_ARGS, number + 1,
						  track->sequence) :
				perfetto_event_begin(number + 1, track->sequence,
						     track->tail),
	};
	if (args)
		w->to = perfetto_put_args(w->to, args);
}

ALWAYS_INLINE void perfetto_put_end(struct perfetto_writer *w,
				    struct perfetto_track *track, uint64_t ts)
{
	*w->to++ = (struct perfetto_item){
		.step = perfetto_step(track, ts),
		.event = perfetto_event_end(track->sequence, track->tail),
	};
}

#endif /* ANALYZER_PERFETTO_EVENTS_H */
