/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Figures -> text, in the grammar of the kernel's own reports.
 *
 *	kvm_exit_cycles: epoch 1 report 97: exits 48215 cycles 6738012420 ...
 *	kvm_exit_cycles: epoch 1 report 97: svm hlt: exits 2561 cycles ...
 *
 * A block of all recorded exits says "recorded" in place of epoch and report, so that it
 * cannot be taken for the kernel's.  Without stamps there are fewer columns, and
 * the unit stands in the first word, too: kvm_exit_ns: recorded: exits 3 ns 9.
 * Where exits have no length, a last column says how many do: exits 3 ns 6 timed 2.
 */
#ifndef ANALYZER_REPORTS_H
#define ANALYZER_REPORTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "result/report.h"

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

#endif /* ANALYZER_REPORTS_H */
