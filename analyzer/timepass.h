/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One more pass over a recording: its events in the order of time, all per-CPU
 * streams together, into a timeline.
 */
#ifndef ANALYZER_TIMEPASS_H
#define ANALYZER_TIMEPASS_H

#include <stdbool.h>
#include <stdint.h>

#include "parse.h"
#include "timeline.h"
#include "tracedat.h"

struct timepass {
	struct timeline timeline;
	uint64_t first, last;	/* the recording's first and last event, by TSC
				   with stamps, else in units of the clock */
};

/*
 * @stamped: by stamps.  @tp is to be released even after a failure.  Without
 * stamps the trace clock is known to be a time.
 */
int timepass_run(struct timepass *tp, const struct tracedat *td,
		 const struct parse *p, bool stamped);
void timepass_release(struct timepass *tp);

#endif /* ANALYZER_TIMEPASS_H */
