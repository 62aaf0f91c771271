/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that a recording says, in one pass, by any number of threads.
 *
 * Which reports are proven is known only after the last event: epochs.h says
 * why.  So this pass decides nothing.  It leaves the facts in @epochs and what
 * each report adds in @rows, small enough to be kept, from which the ledger
 * proves the reports when all is known.
 *
 * The pass goes by windows, as the second of two passes does (winpass.h), with
 * one difference: the interval of an epoch may not be known yet, so exits are
 * assigned to reports as their events say.  Within a window the per-CPU streams
 * do not depend on each other.  Each thread takes the next stream that is free,
 * and advances it to the end of the window; it adds into its own tables and its
 * own bitmap, without a lock and without an atomic operation per event.  At the
 * end of the window they are merged.  Addition commutes, and where a window
 * ends follows from the events alone: so threads change nothing.
 *
 * Recordings that contradict themselves are left to the two passes over one
 * stream after the other, which treat each contradiction in a defined order:
 * a number that was there before or comes late, reports and intervals that do
 * not fit, an ISA that does not exist, damaged sub-buffers.  The same is done if more facts are recorded
 * than shall be kept in memory.  gather_run() then returns 0, and what it did
 * is dropped.
 */
#ifndef ANALYZER_GATHER_H
#define ANALYZER_GATHER_H

#include <stdbool.h>
#include <stdint.h>

#include "epochs.h"
#include "pair.h"
#include "parse.h"
#include "records.h"
#include "rowlog.h"
#include "tracedat.h"

struct gathered {
	struct epochs epochs;		/* epochs_finish() was called */
	struct rowlog rows;		/* in the order of (epoch, seq) */
	struct losses losses;
	struct pair_counts joins;	/* if there are exits */
	uint64_t entries, exits;	/* events */
	uint64_t accounted;		/* entries with a number */
	uint64_t reports;		/* kvm_exit_report events */
	bool lossless;			/* no trace of a loss in the file */
};

/*
 * Return 1 with @g; 0 if it takes two passes; -1 after a message.  @g is to be
 * released in any case.
 */
int gather_run(struct gathered *g, const struct tracedat *td,
	       const struct parse *p, unsigned int threads);
void gather_release(struct gathered *g);

#endif /* ANALYZER_GATHER_H */
