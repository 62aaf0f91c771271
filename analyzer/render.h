/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Figures -> text, in the grammar of the kernel's own reports.
 *
 *	kvm_exit_cycles: epoch 1 report 97: exits 48215 cycles 6738012420 ...
 *	kvm_exit_cycles: epoch 1 report 97: svm hlt: exits 2561 cycles ...
 *
 * One table of columns says what is printed and what check.h compares.  A block
 * of all recorded exits says "recorded" in place of epoch and report, so that it
 * cannot be taken for the kernel's.  Without stamps there are fewer columns, and
 * the unit stands in the first word, too: kvm_exit_ns: recorded: exits 3 ns 9.
 * Where exits have no length, a last column says how many do: exits 3 ns 6 timed 2.
 */
#ifndef ANALYZER_RENDER_H
#define ANALYZER_RENDER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "reasons.h"
#include "stats.h"

enum render_where {
	RENDER_TOTAL = 1,	/* the line for the total */
	RENDER_REASON = 2,	/* the line for one reason */
	RENDER_STAMPS = 4,	/* only with the stamps of a patched kernel */
	RENDER_LENGTH = 16,	/* of one exit: '-' if none has a length */
	RENDER_SUM = 8,		/* two reports' values can be subtracted */
};

struct render_column {
	const char *key;	/* NULL: the unit */
	unsigned int where;	/* enum render_where */
	u128 (*get)(const struct stats_cell *c, bool kernel);
};

extern const struct render_column render_columns[];
extern const unsigned int render_nr_columns;

/*
 * The value of a column.  @kernel: as the kernel has it, whose sums have 64
 * bits and wrap around.
 */
u128 render_value(const struct render_column *col, const struct stats_cell *c,
		  bool kernel);

struct render {
	FILE *out;
	const struct reasons *reasons;
	const char *unit;	/* "cycles" or "ns" */
	bool stamped;
};

/* Return 0, or -1 if writing failed. */
int render_report(const struct render *r, uint32_t epoch, uint64_t report,
		  const struct stats_table *t);
int render_recorded(const struct render *r, const struct stats_table *t);

/* Return -1 if any of the writes failed: see output.h. */
int render_flush(const struct render *r);

#define RENDER_U128_MAX	40	/* bytes: 39 digits and the end */

/* Decimal; return the first digit, which lies in @buf. */
const char *render_u128(char buf[RENDER_U128_MAX], u128 v);

#endif /* ANALYZER_RENDER_H */
