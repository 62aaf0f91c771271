/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A timeline for Perfetto (https://ui.perfetto.dev): tracks with slices, counters.
 *
 * The format is a protocol buffer whose numbers are those of protos/perfetto/trace in
 * https://github.com/google/perfetto: trace_packet.proto, track_event/,
 * clock_snapshot.proto, interned_data/interned_data.proto.
 *
 * It is written as it comes, and takes constant memory: events are gathered to blocks,
 * of which other threads make packets (perfetto-queue.h) while the next one is gathered.
 *
 * A track of slices has a sequence of packets of its own, so that what all of its packets
 * have in common is said once: the track, the names, and the clock, which goes on by
 * differences.  Its time never goes back.  All else is in one more sequence, with whole
 * time stamps, in any order.
 *
 * Packets do not say that they need what was said before: that is for readers of
 * rings, whose oldest packets are overwritten, and would be a seventh of a slice's bytes.
 *
 * Time stamps are shown as nanoseconds.  The caller may give others, such as cycles: the
 * snapshot of clocks says that one of these is one of those.
 */
#ifndef ANALYZER_PERFETTO_H
#define ANALYZER_PERFETTO_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/protobuf.h"
#include "output/perfetto-queue.h"

#define PERFETTO_NAME_MAX	512u	/* bytes of any text; what is longer is cut */

struct perfetto {
	const char *unit;		/* what perfetto_args.cycles is; NULL: cycles */
	struct perfetto_block *block;	/* that is filled: */
	struct perfetto_item *to, *full;	/* up to here; from here on another one is */
	struct protobuf packet;		/* one that is written as bytes */
	struct perfetto_queue queue;
	bool failed;
};

/* Zeroed, with a uuid, which no other one has: it is empty. */
struct perfetto_track {
	uint64_t uuid;
	uint32_t sequence;		/* 0: not begun */
	uint32_t tail;			/* perfetto_tail() of it */
	uint64_t last;			/* time stamp */
	uint64_t *named;		/* a bit for each name that was told */
};

/* What is said of a slice beyond its name; NULL where there is none */
struct perfetto_args {
	uint64_t cycles, seq;
	bool has_seq, has_rip;
	uint64_t rip;
	const char *detail;
};

/*
 * @threads: so many may be used, the caller's included.  Return -1 if memory is short;
 * perfetto_release() also then.
 */
int perfetto_init(struct perfetto *p, FILE *out, unsigned int threads);
void perfetto_release(struct perfetto *p);

/* All was written, or -1. */
int perfetto_end(struct perfetto *p);

/* Of what is written as bytes at once: texts, and fewer fields than these */
#define PERFETTO_PACKET_MAX	(4 * PERFETTO_NAME_MAX + 32 * PROTOBUF_FIELD_MAX)

/* Items that are written at once: such bytes, or what perfetto-events.h has */
#define PERFETTO_ROOM		(PERFETTO_PACKET_MAX / sizeof(struct perfetto_item) + 2)

/* Slow path of the next one */
void perfetto_end_block(struct perfetto *p);

/* There is room for PERFETTO_ROOM. */
ALWAYS_INLINE void perfetto_make_room(struct perfetto *p)
{
	if (unlikely(p->to > p->full))
		perfetto_end_block(p);
}

/* Another track is below @parent; 0: none. */
void perfetto_describe(struct perfetto *p, uint64_t uuid, uint64_t parent,
		       const char *name, bool is_counter);

/*
 * @track begins at @ts as @sequence, from 2 on.  @nr_names: of slices, by numbers.  Both
 * are below PERFETTO_NUMBER_MAX.
 * Return -1 if memory is short.
 */
int perfetto_begin(struct perfetto *p, struct perfetto_track *track,
		   uint32_t sequence, unsigned int nr_names, uint64_t ts);
void perfetto_track_release(struct perfetto_track *track);

/*
 * A slice begins.  @number: of its name, below the number of names; @name is told with
 * the first one.  What has begun ends, the innermost first.  @args: NULL, there are none.
 */
#define PERFETTO_NO_NUMBER	UINT32_MAX	/* of names that have none */

/* Was the name of @number told?  Then perfetto_slice() does not look at it. */
static inline bool perfetto_has_name(const struct perfetto_track *track,
				     unsigned int number)
{
	return number != PERFETTO_NO_NUMBER &&
	       (track->named[number / 64] >> number % 64 & 1);
}

void perfetto_slice(struct perfetto *p, struct perfetto_track *track, uint64_t ts,
		    unsigned int number, const char *name,
		    const struct perfetto_args *args);
void perfetto_slice_end(struct perfetto *p, struct perfetto_track *track, uint64_t ts);

/* Of tracks without a sequence: a whole slice, and what a counter is from @ts on */
void perfetto_span(struct perfetto *p, uint64_t uuid, uint64_t from, uint64_t to,
		   const char *name);
void perfetto_count(struct perfetto *p, uint64_t uuid, uint64_t ts, uint64_t value);

#endif /* ANALYZER_PERFETTO_H */
