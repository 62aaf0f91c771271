/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Time in buckets of one width: bucket n is from n times the width on, up to
 * n + 1 times, in ns since the first event.  An exit is in the bucket in which it
 * ended: --from=N*WIDTH --to=(N+1)*WIDTH choose the same exits.
 *
 * A width that nobody has chosen grows as time goes on, from 1 ns by 5 and by 2 in
 * turns, so that there are at most TIME_BUCKETS_USUAL buckets: then each
 * bucket is several of the ones before, and nothing need be read twice.
 */
#ifndef ANALYZER_TIME_BUCKETS_H
#define ANALYZER_TIME_BUCKETS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/recording.h"

#define TIME_BUCKETS_MAX	1000000u
#define TIME_BUCKETS_USUAL	100u

struct time_buckets {
	const struct recording *info;	/* its clock says how long a ns is */
	uint64_t first_ts;
	uint64_t from_ns;		/* what is looked at begins then */
	uint64_t width_ns;
	bool grows;
	bool too_many;			/* more than TIME_BUCKETS_MAX */

	/* The bucket that was found last: time stamps */
	uint64_t begin, length;
	uint64_t number;
};

/* @width_ns: 0 for one that grows.  @info outlives @b, and its clock is a time. */
void time_buckets_init(struct time_buckets *b, const struct recording *info,
		       uint64_t first_ts, uint64_t from_ns, uint64_t width_ns);

/* Slow path of the next one: return -1, without a message, if there are too many. */
int time_buckets_seek(struct time_buckets *b, uint64_t ts);

/* Is @ts in the bucket that was found last? */
ALWAYS_INLINE bool time_buckets_has(const struct time_buckets *b, uint64_t ts)
{
	return likely(ts - b->begin < b->length);
}

#endif /* ANALYZER_TIME_BUCKETS_H */
