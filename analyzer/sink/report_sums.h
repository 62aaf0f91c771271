/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a recording says of the kernel's reports, in one pass: a sink of the walk
 * by number (by_number.h).
 *
 * Which reports are proven is known only after the last event: epochs.h says
 * why.  So this pass decides nothing.  It leaves the facts in the epochs of the
 * walk, and what each report adds in @rows, from which the proof (proof.h) proves the
 * reports when all is known.
 */
#ifndef ANALYZER_REPORT_SUMS_H
#define ANALYZER_REPORT_SUMS_H

#include <stdbool.h>

#include "sink/report_log.h"
#include "stats.h"
#include "walk/by_number.h"

/* Reports in a window: the tables of one thread then take half a MiB. */
#define REPORT_SUMS_ROWS	32u

struct report_sums {
	struct by_number walk;		/* epochs_finish() was called */
	struct report_log rows;		/* in the order of (epoch, seq), */
	struct report_log *later;	/* and of slices behind the first one */
	bool lossless;			/* no trace of a loss in the file */

	/* while it is read */
	struct report_sums_shard *shards;	/* one for each thread */
	unsigned int nr_rows;		/* reports in a window */
};

/* What the window has of each report, in one thread */
struct report_sums_shard {
	unsigned int nr_rows;
	struct stats_table rows[REPORT_SUMS_ROWS];
};

#define REPORT_SUMS_STATS	1u	/* keep kvm_exit_stats in the streams of the walk */
#define REPORT_SUMS_QUIET	2u	/* say nothing of damage: that was said before */

/* Return -1 after a message.  @g is to be released in any case. */
int report_sums_run(struct report_sums *g, const struct source *src,
		    const struct parse *p, struct by_number_plan plan,
		    unsigned int flags);
void report_sums_release(struct report_sums *g);

/* The epochs of all are there, and @reports events: part of report_sums_run() */
void report_sums_finish(struct report_sums *g, const struct source *src,
			const struct losses *losses, uint64_t reports);

#endif /* ANALYZER_REPORT_SUMS_H */
