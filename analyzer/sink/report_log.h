/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What each report adds, kept until all is known that decides whether the
 * report is proven.
 *
 * A row is the table of the exits of one report, or of a part of it, in the
 * order of (epoch, seq).  It is written as numbers of variable length, some 150
 * to 300 bytes for a report of hundreds of exits: half a percent of what was
 * recorded of them.  The number of reports has no limit; what exceeds 16 MiB is
 * kept in a temporary file, which nobody else can open.
 */
#ifndef ANALYZER_REPORT_LOG_H
#define ANALYZER_REPORT_LOG_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "stats.h"

#define REPORT_LOG_BLOCK	(1u << 20)
#define REPORT_LOG_BLOCKS	16u

struct report_log_row {
	uint32_t epoch, report;
	uint64_t exits;		/* numbers that come twice count twice */
};

struct report_log {
	uint8_t *blocks[REPORT_LOG_BLOCKS];	/* of REPORT_LOG_BLOCK bytes; no number
					   crosses their ends */
	unsigned int nr;		/* of them */
	FILE *file;			/* further blocks; NULL: there are none */
	uint8_t *spare;			/* through which these go */
	uint64_t rows;
	unsigned int max;		/* blocks; 0: REPORT_LOG_BLOCKS */
	struct report_log *behind;	/* whose rows follow; NULL: none do */

	uint8_t *block;			/* at hand: written to, or read from */
	size_t used;			/* of it */
	unsigned int next;		/* of the blocks, to be read */
	uint64_t rows_read;
};

/* A zeroed one is empty. */
void report_log_release(struct report_log *l);

/* Append.  Return -1 on a reported error. */
int report_log_add(struct report_log *l, const struct report_log_row *row,
	       const struct stats_table *table);

/*
 * Read the next row, from the first on, into @row and the cleared @table.  All
 * have been added.  Return 1; 0 at the end, -1 on a reported error.
 */
int report_log_next(struct report_log *l, struct report_log_row *row,
		struct stats_table *table);

#endif /* ANALYZER_REPORT_LOG_H */
