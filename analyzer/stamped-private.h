/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files stamped*.c share: the driving loop for patched kernels.
 */
#ifndef ANALYZER_STAMPED_PRIVATE_H
#define ANALYZER_STAMPED_PRIVATE_H

#include "analyze.h"
#include "check.h"
#include "gather.h"
#include "klog.h"
#include "ledger.h"
#include "proven.h"
#include "render.h"
#include "winpass.h"

struct stamped {
	const struct options *opt;
	const struct tracedat *td;
	const struct parse *p;
	unsigned int nr_cpus;
	struct winpass pass;		/* the second of two; or zeroed */
	struct gathered g;
	struct ledger ledger;
	uint64_t row_report;		/* that the latest row belongs to; or 0 */
	struct proven proven;
	uint64_t chosen;		/* reports that were asked for */
	struct stats_table last;	/* the latest of them, if only that is */
	uint32_t last_epoch;
	uint64_t last_report;
	uint64_t highest;		/* number of the epoch at hand */
	struct check check;
	struct render render;
	bool pairing;
	bool gathered;			/* in one pass, which kept @g.rows */
	struct klog_counts log;
	struct analyze_epochs said;	/* of epochs, and more of them: */
	struct few unproven, endless, unseen, assumed;
	int status;
};

/*
 * The first of two passes: all but the rows into s->g.  The second: into the
 * ledger.  Return -1 after a message.
 */
int stamped_scan(struct stamped *s);
int stamped_prove_pass(struct stamped *s);

/* Enter the exits of each epoch of s->g.epochs into the ledger, in order. */
void stamped_begin_epoch(struct stamped *s, const struct epoch *e);
int stamped_enter_row(struct stamped *s, uint64_t report, uint64_t distinct,
		      const struct stats_table *table);
int stamped_end_epoch(struct stamped *s, const struct epoch *e);

#endif /* ANALYZER_STAMPED_PRIVATE_H */
