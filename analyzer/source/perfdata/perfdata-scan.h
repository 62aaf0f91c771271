/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A look at each record, which finds the runs of each CPU: of all of the file at once
 * (perf_index()), or of what is in memory, bit by bit (perfdata-ahead.c).
 */
#ifndef ANALYZER_PERFDATA_SCAN_H
#define ANALYZER_PERFDATA_SCAN_H

#include "source/perfdata/perfdata-private.h"

#define PERF_TASKS_SEEN	64u

/* What the pass over the file knows */
struct perf_scan {
	struct perfdata *pd;
	struct perf_window w;
	unsigned int latest;		/* place of the CPU of the latest run */
	uint64_t task;			/* of the latest sample: PID and TID in it */
	uint64_t tasks[PERF_TASKS_SEEN]; /* of some before, by TID */
	struct perf_run *run;		/* the latest one of all */
	/* A LOST of no known CPU: what is next in the file is of the same one */
	uint64_t lost, lost_at, lost_end;
	/*
	 * perf takes what all CPUs have in turn, and ends each round with a record: when
	 * one is over, all is there up to the latest time of the round before.
	 */
	uint64_t highest;		/* time so far, */
	uint64_t before;		/* and before this round */
	uint64_t complete;
};

/* CPUs of which ID_INDEX said that they were recorded */
int perf_scan_silent_cpus(struct perfdata *pd);
/* In the order of their numbers; no record has been looked at since. */
void perf_scan_sort_cpus(struct perfdata *pd);

/* All records of the kernel, or of perf, but for compressed ones */
int perf_scan_record(struct perf_scan *s, const struct perf_record *rec);
/* Plain samples that the latest run goes on with, as far as they are in the window */
void perf_scan_go_on(struct perf_scan *s);
/* What comes next is elsewhere. */
void perf_scan_end_run(struct perf_scan *s);

/* All was looked at: sums, and what was lost behind the last record of each CPU */
void perf_scan_finish(struct perfdata *pd);

#endif /* ANALYZER_PERFDATA_SCAN_H */
