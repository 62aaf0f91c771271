/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings made before a change and after it: what differs, by how much, and how
 * sure that is.  inference.h has the statistics, docs/compare.md the whole of it for
 * people.
 *
 * Each recording is a view of its own, by the same keys.  A row is what its exits have
 * in common: an exit reason, as a rule; a last one is of all exits.  A row has figures,
 * each with its value on the two sides, of all their exits together, and a ratio: after
 * by before, of the geometric means of the recordings' own values, so that each
 * recording counts as one.
 *
 * With one recording a side, each is cut into COMPARE_SLICES spans of equal time,
 * which are taken for recordings.  That tells what differs within these two only, as
 * slices of one recording are more alike than recordings are.  So what the two halves of
 * each recording differ by stands beside it, and a change is called one only if it
 * is larger than both.
 *
 * Change of cycles per second = change of count * average cost + average count * change
 * of cost, exactly, where both averages are of before and after.
 */
#ifndef ANALYZER_RESULT_COMPARE_H
#define ANALYZER_RESULT_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "result/inference.h"
#include "result/view.h"

#define COMPARE_SLICES	8u
#define COMPARE_LEVEL	0.05		/* adjusted p below which it is no chance */

enum compare_side {
	BEFORE,
	AFTER,
	SIDES,
};

/* In the order in which they are shown */
enum compare_what {
	COMPARE_CYCLES,		/* spent per second */
	COMPARE_COUNT,		/* exits per second */
	COMPARE_MEAN,		/* cycles of an exit, */
	COMPARE_P50,
	COMPARE_P99,		/* which is the tail */
	COMPARE_SHARE,		/* of all cycles, from 0 to 1 */
	COMPARE_FIGURES,
};

enum compare_verdict {
	VERDICT_NONE,		/* not tested, or cannot be */
	VERDICT_UNSURE,		/* no change was found: there may be one */
	VERDICT_SAME,		/* the whole interval is below the least effect */
	VERDICT_LESS,		/* a change: it is better, */
	VERDICT_MORE,		/* or worse */
};

struct compare_figure {
	bool has[SIDES];
	double value[SIDES];		/* in the unit of the comparison */
	bool has_ratio, known;
	double ratio;
	double low, high;		/* of the ratio; 95 %; if known */
	double p, adjusted;		/* if known; adjusted only if tested */
	bool tested;
	bool has_halves;		/* with one recording a side: */
	double halves[SIDES];		/* the second half by the first one */
	enum compare_verdict verdict;
};

struct compare_row {
	const struct view *view;	/* gives labels for: */
	const struct group *group;	/* NULL: of all exits */
	struct compare_figure figures[COMPARE_FIGURES];
	double by_count, by_cost;	/* of the change of cycles per second; of all
					   exits: the sums of all rows */
	bool judged;			/* its figures are tested */
};

struct compare_options {
	bool paired;
	uint32_t min_effect;		/* in 1 / 100000: 2000 are 2 % */
};

#define COMPARE_MIN_EFFECT	2000u
#define COMPARE_EFFECT_ONE	100000u	/* 100 % */

/* One side: views that are complete, with the unit in which they are to be shown */
struct compare_input {
	const struct view *views;	/* of recordings */
	unsigned int nr;
	const struct view *slices;	/* of the only one: COMPARE_SLICES; NULL:
					   none */
};

struct comparison {
	struct compare_options opt;
	const struct view_options *view_opt;
	struct compare_input sides[SIDES];
	uint64_t exits[SIDES];		/* that are looked at */
	bool per_second;		/* else per recording: no clock says how long */
	double seconds[SIDES];
	const char *unit;		/* of figures of cycles; a literal */
	bool scaled;			/* ns, to be shown in what suits them */

	bool within;			/* figures are those of slices */
	bool blind;			/* one a side, and no slices: nothing is known */
	enum evidence evidence;
	uint32_t relabelings;
	bool drawn;
	double lowest_p;
	unsigned int nr_tests;

	struct compare_row *rows;	/* those that cost most first */
	size_t nr_rows, nr_judged;
	struct compare_row total;
	enum compare_verdict verdict;

	char **differences;		/* between the sides, but for figures; a line
					   each, safe to be shown */
	size_t nr_differences;
	struct groups all;		/* keys of the rows, */
	struct groups sums[SIDES];	/* and what each side has of these, all its
					   recordings together */
};

/*
 * Fill @c, which has opt, view_opt and sides; what these point to outlives it.  Return
 * -1 after an error: the sides cannot be compared, or memory is short.  Release also
 * then.
 */
int comparison_make(struct comparison *c);
void comparison_release(struct comparison *c);

/* What @side has of @row, which is not the total; NULL: nothing */
const struct group *comparison_group(const struct comparison *c,
				     const struct compare_row *row, unsigned int side);

/* For comparison_make(): what else differs.  Return -1 as it does. */
int compare_find_differences(struct comparison *c);

/* The logarithm of the least ratio that is a change */
double comparison_least_change(const struct comparison *c);

/* All figures are known and tested: their verdicts, and the one of all. */
void comparison_judge(struct comparison *c);

#endif /* ANALYZER_RESULT_COMPARE_H */
