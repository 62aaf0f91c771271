/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The figures that a patched kernel keeps itself: kvm/exit_cycles of debugfs.
 *
 * It has the last report since the counters were reset, in the grammar of the log:
 *
 *	kvm_exit_cycles: epoch 1 report 97: exits 48215 cycles ... backwards 0
 *	kvm_exit_cycles: epoch 1 report 97: svm cpuid: exits 779 cycles ... off_cpu 0
 *	kvm_exit_cycles: skipped 0
 *
 * The first line is missing until there is a report.
 */
#ifndef ANALYZER_LIVE_COUNTERS_H
#define ANALYZER_LIVE_COUNTERS_H

#include "kvmexits.h"
#include "live/figures.h"
#include "live/options.h"

struct counters {
	uint32_t epoch;			/* of the report; 0: there is none */
	uint64_t report;
	uint64_t skipped;		/* reports, since the module was loaded */
	struct figures figures;		/* cycles; a row for each reason: "svm hlt" */
};

void counters_release(struct counters *c);

/* Return -1 after an error.  @c is released by the caller also then. */
int counters_read(struct counters *c, struct kvx *k,
		  const struct live_options *opt);

/* Show them each interval.  Return an exit status. */
int counters_show(struct kvx *k, struct live_options *opt,
		  const volatile int *stopped);

#endif /* ANALYZER_LIVE_COUNTERS_H */
