/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The columns of a report: what output/reports.h prints, and check.h compares.
 */
#ifndef ANALYZER_REPORT_H
#define ANALYZER_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "event/reasons.h"
#include "stats.h"

enum report_where {
	REPORT_TOTAL = 1,	/* the line for the total */
	REPORT_REASON = 2,	/* the line for one reason */
	REPORT_STAMPS = 4,	/* only with the stamps of a patched kernel */
	REPORT_LENGTH = 16,	/* of one exit: '-' if none has a length */
	REPORT_SUM = 8,		/* two reports' values can be subtracted */
};

struct report_column {
	const char *key;	/* NULL: the unit */
	unsigned int where;	/* enum report_where */
	u128 (*get)(const struct stats_cell *c, bool kernel);
};

extern const struct report_column report_columns[];
extern const unsigned int report_nr_columns;

/*
 * The value of a column.  @kernel: as the kernel has it, whose sums have 64
 * bits and wrap around.
 */
u128 report_value(const struct report_column *col, const struct stats_cell *c,
		  bool kernel);

#endif /* ANALYZER_REPORT_H */
