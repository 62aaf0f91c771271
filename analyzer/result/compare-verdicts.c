// SPDX-License-Identifier: GPL-2.0
/* What is called a change: the figures of a comparison -> verdicts. */
#include <math.h>

#include "result/compare.h"

double comparison_least_change(const struct comparison *c)
{
	return log1p((double)c->opt.min_effect / COMPARE_EFFECT_ONE);
}

static bool is_large(const struct comparison *c, const struct compare_figure *f)
{
	unsigned int side;
	double change;

	/* None before: it is new. */
	if (!f->has_ratio || f->ratio <= 0)
		return true;
	change = fabs(log(f->ratio));
	for (side = 0; side < SIDES && c->within; side++)
		if (!f->has_halves || change <= fabs(log(f->halves[side])))
			return false;
	return change >= comparison_least_change(c);
}

static bool is_small(const struct comparison *c, const struct compare_figure *f)
{
	const double most = 1 + (double)c->opt.min_effect / COMPARE_EFFECT_ONE;

	return f->known && f->high < most && f->low > 1 / most;
}

static void judge_figure(const struct comparison *c, struct compare_figure *f)
{
	if (!f->tested)
		return;
	if (f->adjusted <= COMPARE_LEVEL && is_large(c, f))
		f->verdict = !f->has_ratio || f->ratio > 1 ? VERDICT_MORE :
							     VERDICT_LESS;
	else
		f->verdict = is_small(c, f) ? VERDICT_SAME : VERDICT_UNSURE;
}

static void judge_row(const struct comparison *c, struct compare_row *row)
{
	unsigned int what;

	for (what = 0; what < COMPARE_FIGURES; what++)
		judge_figure(c, &row->figures[what]);
}

/* Of a row, or of all of them: @more and @less count changes, @unsure and @same others */
struct tally {
	size_t more, less, unsure, same;
};

static void count_verdict(struct tally *t, enum compare_verdict verdict)
{
	t->more += verdict == VERDICT_MORE;
	t->less += verdict == VERDICT_LESS;
	t->unsure += verdict == VERDICT_UNSURE;
	t->same += verdict == VERDICT_SAME;
}

/* @sum says which one it is where some are more and some less. */
static enum compare_verdict tally_verdict(const struct tally *t,
					  enum compare_verdict sum)
{
	if (t->more && t->less)
		return sum;
	if (t->more || t->less)
		return t->more ? VERDICT_MORE : VERDICT_LESS;
	if (t->unsure || !t->same)
		return t->unsure ? VERDICT_UNSURE : VERDICT_NONE;
	return VERDICT_SAME;
}

static enum compare_verdict row_verdict(const struct compare_row *row)
{
	const struct compare_figure *cycles = &row->figures[COMPARE_CYCLES];
	struct tally t = { 0 };
	unsigned int what;

	for (what = 0; what < COMPARE_FIGURES; what++)
		count_verdict(&t, row->figures[what].verdict);
	return tally_verdict(&t, cycles->value[AFTER] > cycles->value[BEFORE] ?
				 VERDICT_MORE : VERDICT_LESS);
}

/* What all exits cost decides, if it changed; else any that costs more is worse. */
void comparison_judge(struct comparison *c)
{
	enum compare_verdict all;
	struct tally t = { 0 };
	size_t i;

	judge_row(c, &c->total);
	all = c->total.figures[COMPARE_CYCLES].verdict;
	for (i = 0; i < c->nr_rows; i++) {
		judge_row(c, &c->rows[i]);
		count_verdict(&t, row_verdict(&c->rows[i]));
	}
	count_verdict(&t, all);
	if (all == VERDICT_MORE || all == VERDICT_LESS)
		c->verdict = all;
	else
		c->verdict = tally_verdict(&t, VERDICT_MORE);
}
