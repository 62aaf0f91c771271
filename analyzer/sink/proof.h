/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which reports are proven, and their figures.
 *
 * The proof is fed with tables of distinct exits in the order of (epoch, seq),
 * cut at the ends of reports:
 *
 *	for each epoch of epochs->list
 *		proof_begin_epoch()
 *		proof_add() for each report with recorded exits, maybe in parts
 *			proof_close() where such a report is known to end
 *		proof_end_epoch()
 *	proof_finish()
 *
 * A report that ends at exit S of its epoch is proven if S distinct exits up to
 * S were recorded, and the figures of all earlier epochs that it counts are
 * complete too: the *chain* from `since` to the preceding epoch.  Two things may
 * be unknown of a chain: whether an epoch which ended at a multiple of the interval
 * had a further, unrecorded report, and whether epochs of which nothing is
 * recorded had exits.  Neither matters if the chain has as many exits as the
 * kernel's own total of a later report says.  Without such a total, the first is
 * assumed not to be so if nothing at all was lost since the first recorded epoch,
 * and the user is told; the second is not: all of an epoch may have been on a CPU
 * that was not recorded.
 *
 * A report of a kernel has at most PROOF_REASONS_MAX lines of reasons.  What
 * would need more was not printed by any, whatever the recording says, and is
 * not proven.  It also bounds what a small file can make the analyzer print: a
 * report takes an exit at least, and becomes 255 lines at most.
 *
 * Missing is exact: of an epoch whose highest known exit is number H, lowest
 * recorded one L, with D distinct ones recorded, L - 1 exits came before the
 * recording and H - (L - 1) - D are lost.
 */
#ifndef ANALYZER_PROOF_H
#define ANALYZER_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "stats.h"
#include "walk/epochs.h"

/* The kernel numbers the lines of a report in 8 bits: see NR_SLOTS there. */
#define PROOF_REASONS_MAX	255u

/* A closed report of which exits were recorded. */
struct proof_report {
	uint32_t epoch, since;
	uint64_t report, seq;
	bool proven;
	bool skipped;		/* the kernel did not print it */
	bool complete;		/* no exit since the preceding report is lost */
	bool follows;		/* the preceding report was handed out, too */
	const struct stats_table *total;	/* since `since`, if proven */
	const struct stats_table *recent;	/* since the preceding report */
};

/* What is known of an epoch once all of it has been seen. */
struct proof_epoch {
	uint32_t number;
	uint64_t recorded;	/* distinct exits */
	uint64_t before, lost;
	uint64_t open;		/* recorded exits after the last closed report */
	bool end_known;
	bool provable;		/* what its reports count before it is complete */
	bool since_known;
	bool since_assumed;	/* by epochs_finish() */
	bool late;		/* it counts since before the recording */
	bool unseen;		/* it counts epochs that are not recorded */
	bool end_assumed;	/* of an epoch that it counts: nothing follows */
};

struct proof {
	const struct epochs *epochs;
	bool lossless;		/* the recording, from its first event on */
	struct stats_table total, recent, recorded;

	/* the chain: all of the epochs from @since to @last, if @good */
	bool good, assumed;
	bool unseen;		/* it has epochs of which nothing is recorded */
	uint32_t since, last;
	uint64_t chain_exits;

	/* the epoch at hand */
	const struct epoch *e;
	bool provable;
	uint64_t short_report, short_seq;	/* its last report; or 0 */
	uint64_t distinct;
	uint64_t report;	/* what @recent belongs to */
	uint64_t recent_distinct;
	uint64_t closed, closed_seq, closed_distinct;
	bool follows;

	uint64_t pending;	/* exits since the last proven, printed report */
	bool uncovered;		/* some exits are in no proven report */
	uint64_t oversized;	/* reports of too many reasons */
};

int proof_init(struct proof *l, const struct epochs *epochs,
		unsigned int nr_slots, bool lossless);
void proof_release(struct proof *l);

void proof_begin_epoch(struct proof *l, const struct epoch *e);

/* Add @distinct exits of @report; reports come in ascending order. */
void proof_add(struct proof *l, uint64_t report, uint64_t distinct,
		const struct stats_table *table);

/*
 * Where @report ends, if that is known; 0 otherwise.  The interval says it, or
 * the last report of the epoch is known.
 */
uint64_t proof_report_end(const struct proof *l, uint64_t report);

/*
 * All exits up to the end of @report, which proof_add() was called for, have
 * been added.  @out lives until the next call that changes @l.
 */
void proof_close(struct proof *l, uint64_t report, uint64_t seq,
		  struct proof_report *out);

/* Highest number known of the epoch at hand, by any event. */
uint64_t proof_highest_seq(const struct proof *l);

struct proof_epoch proof_end_epoch(struct proof *l);

/*
 * What is missing of all epochs, by the rules of a proof that is given no figures:
 * the sums saturate.  Return -1 only if memory is short.
 */
int proof_count_missing(const struct epochs *epochs, bool lossless,
			 uint64_t *before, uint64_t *lost);

/* Return true if some recorded exits are in no report that was proven. */
bool proof_finish(struct proof *l);

#endif /* ANALYZER_PROOF_H */
