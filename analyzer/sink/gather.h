/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a recording says of the kernel's reports, in one pass: a sink of the walk
 * by number (by_number.h).
 *
 * Which reports are proven is known only after the last event: epochs.h says
 * why.  So this pass decides nothing.  It leaves the facts in the epochs of the
 * walk, and what each report adds in @rows, from which the ledger proves the
 * reports when all is known.
 */
#ifndef ANALYZER_GATHER_H
#define ANALYZER_GATHER_H

#include <stdbool.h>

#include "sink/rowlog.h"
#include "stats.h"
#include "walk/by_number.h"

/* Reports in a window: the tables of one thread then take half a MiB. */
#define GATHER_ROWS	32u

struct gathered {
	struct by_number walk;		/* epochs_finish() was called */
	struct rowlog rows;		/* in the order of (epoch, seq) */
	bool lossless;			/* no trace of a loss in the file */

	/* while it is read */
	struct gather_shard *shards;	/* one for each thread */
	unsigned int nr_rows;		/* reports in a window */
};

/* What the window has of each report, in one thread */
struct gather_shard {
	unsigned int nr_rows;
	struct stats_table rows[GATHER_ROWS];
};

#define GATHER_STATS	1u	/* keep kvm_exit_stats in the streams of the walk */
#define GATHER_QUIET	2u	/* say nothing of damage: that was said before */

/* Return -1 after a message.  @g is to be released in any case. */
int gather_run(struct gathered *g, const struct source *src,
	       const struct parse *p, unsigned int threads, unsigned int flags);
void gather_release(struct gathered *g);

#endif /* ANALYZER_GATHER_H */
