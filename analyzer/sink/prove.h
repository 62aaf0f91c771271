/* SPDX-License-Identifier: GPL-2.0 */
/*
 * From the sums of reports (report_sums.h) to reports that are proven, or are not: the rows
 * go through the proof, epoch after epoch, and who asked is told of each report and
 * of each epoch.
 */
#ifndef ANALYZER_PROVE_H
#define ANALYZER_PROVE_H

#include <stdbool.h>

#include "result/view.h"
#include "sink/report_sums.h"
#include "sink/sums_by_time.h"
#include "sink/proof.h"

struct prove {
	struct report_sums *g;
	/* Return -1 to end it.  @r lives as proof_close() says. */
	int (*report)(struct prove *p, const struct proof_report *r);
	/* All of the epoch is known; NULL: nobody asks. */
	void (*epoch)(struct prove *p, const struct proof_epoch *e,
		      bool is_last);
	void *arg;

	struct proof proof;		/* until prove_release() */
	uint64_t row_report;		/* that the latest row belongs to; or 0 */
	uint64_t highest;		/* number of the epoch at hand */
	bool uncovered;			/* in the end: see proof_finish() */
};

/*
 * Once only, as the rows are read only once.  Return -1 after a message, or as
 * @report did.
 */
int prove_run(struct prove *p);

/* Works on one whose callbacks alone are set, too. */
void prove_release(struct prove *p);

/*
 * Prove in silence, and compare with the kernel's figures in the recording: @src is
 * read once more.  Return -1 after a message.
 */
int prove_quietly(struct view_proof *proof, const struct source *src,
		  const struct parse *parse, unsigned int threads);

/* The same of what is known without: of @losses and @reports events, nothing is odd. */
int prove_sums(struct view_proof *proof, const struct source *src,
	       struct sums_by_time *sums, const struct losses *losses, uint64_t reports);

#endif /* ANALYZER_PROVE_H */
