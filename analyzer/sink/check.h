/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's own figures against those of the recording.
 *
 * Where the kernel's figures come from, kvm_exit_stats or a log (klog.h), they
 * are collected first, as lines of reports; check_finish_kernel() sorts them.
 * Then the closed reports of the recording come in order, and each is given a
 * verdict:
 *
 * equal	all figures are; or, where exits before the preceding report of
 *		the kernel are missing, what the two reports of the kernel
 *		differ by is what was recorded in between
 * different	with the values of both
 * not recorded	the kernel has it, but too much of it was not recorded
 * only in the recording	proven, but the kernel's figures lack it
 * cut		the kernel's report is not whole: begin or end of the log, or
 *		kvm_exit_stats events were lost; it is not compared
 */
#ifndef ANALYZER_CHECK_H
#define ANALYZER_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "event/reasons.h"
#include "result/report.h"
#include "sink/proof.h"
#include "stats.h"
#include "walk/by_number.h"

#define CHECK_TOTAL	(-1)	/* slot of the line for the total */
#define CHECK_UNKNOWN	(-2)	/* slot of a reason the recording cannot name */

/* One line of a report, as the kernel has it. */
struct check_line {
	uint32_t epoch;
	int slot;
	uint64_t report;
	struct stats_cell cell;
	uint64_t avg;
	bool has_avg;		/* the log has it, kvm_exit_stats does not */
	size_t order;		/* in which it came: set by check_add() */
};

struct check_report {
	uint32_t epoch;
	uint64_t report;
	size_t first, nr;	/* lines, ascending by slot, then by order */
};

struct check_counts {
	uint64_t equal, different, not_recorded, only_recorded, cut;
};

struct check {
	FILE *out;		/* NULL: the counts alone are wanted */
	const struct reasons *reasons;
	const char *where;	/* what has the kernel's figures: "the log" */
	bool tolerant;		/* lines of the kernel may be lost anywhere */
	struct check_line *lines;
	size_t nr_lines, lines_allocated;
	struct check_report *reports;	/* ascending */
	size_t nr_reports;
	size_t next;		/* report: all before have their verdict */
	struct stats_table recent;	/* recorded since report @base */
	const struct check_report *base;
	struct check_counts counts;
};

int check_init(struct check *c, const struct reasons *reasons, FILE *out);
void check_release(struct check *c);

int check_add(struct check *c, const struct check_line *line);
/* One of the kernel's figures in the recording; or all, which @walk has kept */
int check_add_event(struct check *c, const struct event_stats *e);
int check_add_stats(struct check *c, const struct by_number *walk);
/* Drop all lines: the module was loaded again. */
void check_restart(struct check *c);
int check_finish_kernel(struct check *c);

/* Give a verdict on @r, and on what of the kernel precedes it. */
void check_recorded(struct check *c, const struct proof_report *r);

/* The rest of the kernel's reports, and one line of totals. */
void check_finish(struct check *c);

#endif /* ANALYZER_CHECK_H */
