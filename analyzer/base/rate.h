/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How fast the TSC is, from events that have both a time stamp of the trace clock,
 * in ns, and a stamp of the TSC.
 *
 * Each stream of events keeps some points of its own, spread evenly over all that
 * it has: RATE_POINTS at the most, whatever its length.  The slope between each
 * point and the one half of all points later is an estimate.  The rate is the
 * median of all estimates of all streams, so that a few points whose two clocks
 * were read far apart, as an emulator or another hypervisor got in between, do no
 * harm.  Its error is how far 80 % of the estimates are from it at the most: that
 * has what a clock drifts or is adjusted by while it is watched, too.
 *
 * All is done by integers: the result does not depend on the machine, nor on the
 * number of threads.
 */
#ifndef ANALYZER_RATE_H
#define ANALYZER_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RATE_POINTS	256u

struct rate_point {
	uint64_t ns, tsc;
};

/* Of one stream.  Zeroed: it has none. */
struct rate_points {
	struct rate_point *at;
	unsigned int nr, allocated;
	uint64_t seen, every;		/* each so many-th is kept; 0: each */
	bool all;			/* all are kept, for rate_join() */
};

/*
 * Both clocks at the same moment.  What is not later than the last is left out,
 * and so is all if memory is short.
 */
void rate_add(struct rate_points *points, uint64_t ns, uint64_t tsc);
/* What comes behind @to, of the same stream: all its points */
void rate_join(struct rate_points *to, const struct rate_points *all);
void rate_release(struct rate_points *points);

enum rate_verdict {
	RATE_GOOD,
	RATE_FEW,		/* points, to be a fit */
	RATE_SHORT,		/* all within less than RATE_NS_MIN */
	RATE_UNSTEADY,		/* the error is above RATE_PPM_MAX */
	RATE_NO_MEMORY,
	RATE_NO_POINTS,			/* nothing has both stamps */
	RATE_MANY,			/* of several machines */
};

#define RATE_ESTIMATES_MIN	16u
#define RATE_NS_MIN		10000000u	/* a hundredth of a second */
#define RATE_PPM_MAX		1000u

struct rate {
	uint64_t hz;		/* cycles in a second, rounded */
	uint64_t error_hz;	/* rounded up */
};

/* The streams that are NULL have no points. */
enum rate_verdict rate_fit(const struct rate_points *const *streams, size_t nr,
			   struct rate *rate);

#endif /* ANALYZER_RATE_H */
