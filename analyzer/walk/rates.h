/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How fast the TSC is, from the kvm_entry events of a patched kernel, which have a
 * stamp of the TSC besides the time stamp of the trace clock (rate.h).
 *
 * One event of a sub-buffer will do, the first one if it is a kvm_entry: so the
 * loop over all events has nothing to do with it.  Each stream is read by one
 * thread at a time, and has points of its own.
 */
#ifndef ANALYZER_RATES_H
#define ANALYZER_RATES_H

#include "base/rate.h"
#include "parse.h"
#include "source/records.h"
#include "source/source.h"

struct rates_stream {
	const struct parse *p;
	struct rate_points points;
};

/* Zeroed: nothing is watched. */
struct rates {
	struct rates_stream *streams;
	unsigned int nr;
};

/* Of a trace clock that counts ns; of another one there will be no points. */
int rates_init(struct rates *r, const struct source *src,
	       const struct parse *p);
void rates_release(struct rates *r);

/* Watch what is read of info->cpus[@index], by one reader at a time. */
void rates_watch(struct rates *r, unsigned int index, struct records *records);

/*
 * The same of a later slice of time, of which @later has the points, and then add
 * them to those of the earlier ones.
 */
void rates_watch_later(struct rates *later, unsigned int index,
		       struct records *records);
void rates_join(struct rates *r, const struct rates *later);

/*
 * All has been read: the TSC when the trace clock was at @ns, by the points of the
 * stream that has most of them, and by @hz before and behind these.  It never goes
 * back.  Return false if there are no points.
 */
bool rates_to_tsc(const struct rates *r, uint64_t hz, uint64_t ns, uint64_t *tsc);

/* All has been read. */
enum rate_verdict rates_fit(const struct rates *r, struct rate *rate);

#endif /* ANALYZER_RATES_H */
