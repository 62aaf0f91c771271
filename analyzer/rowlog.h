/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What each report adds, kept until all is known that decides whether the
 * report is proven.
 *
 * A row is the table of the exits of one report, or of a part of it, in the
 * order of (epoch, seq).  It is written as numbers of variable length, some 150
 * to 300 bytes for a report of hundreds of exits: half a percent of what was
 * recorded of them.  The size is limited all the same, since the number of
 * reports is not.
 */
#ifndef ANALYZER_ROWLOG_H
#define ANALYZER_ROWLOG_H

#include <stddef.h>
#include <stdint.h>

#include "stats.h"

#define ROWLOG_BLOCK	(1u << 20)
#define ROWLOG_BLOCKS	16u

struct rowlog_row {
	uint32_t epoch, report;
	uint64_t distinct;	/* exits */
};

struct rowlog {
	uint8_t *blocks[ROWLOG_BLOCKS];
	size_t len;		/* bytes written */
};

/* A zeroed one is empty. */
void rowlog_release(struct rowlog *l);

/* Append.  Return 0, or -1 if it is full, or memory is short: not reported. */
int rowlog_add(struct rowlog *l, const struct rowlog_row *row,
	       const struct stats_table *table);

/*
 * Read the row at @*pos, at first 0, into @row and the cleared @table, and
 * advance.  Return 0 at the end.
 */
int rowlog_next(const struct rowlog *l, size_t *pos, struct rowlog_row *row,
		struct stats_table *table);

#endif /* ANALYZER_ROWLOG_H */
