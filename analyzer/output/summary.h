/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a terminal shows of a recording if nothing else is asked for: at most
 * SUMMARY_LINES lines of 80 columns, on what was recorded, what is missing, what is
 * proven, when exits were, where the time of the vCPUs went, which exit reasons cost
 * most, and what to type next.
 */
#ifndef ANALYZER_SUMMARY_H
#define ANALYZER_SUMMARY_H

#include <stdbool.h>
#include <stdio.h>

#include "result/view.h"

#define SUMMARY_LINES	24u
#define SUMMARY_REASONS	5u

/* Views are finished, and made with the same options. */
struct summary {
	const struct view *exits;	/* by reason, the first SUMMARY_REASONS */
	const struct view *times;	/* NULL: they are not known */
	const struct view *over_time;	/* exits in buckets of summary_bucket();
					   NULL: likewise */
	const char *program;		/* what to type; NULL: kvm-exit-cycles */
	const char *path;		/* of the only input; NULL: there are several */
	bool is_state;			/* which is a saved state */
};

/* How long buckets are, in ns, of a recording of @span_ns; 0: that is too short */
uint64_t summary_bucket(const struct view_options *opt, uint64_t span_ns);

/* Return -1 if writing failed, after a message. */
int summary_print(const struct summary *s, FILE *out);

#endif /* ANALYZER_SUMMARY_H */
