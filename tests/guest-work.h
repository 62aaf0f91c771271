/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What guests do, by a seed: exits of some reasons, with costs that are log-normal, as
 * a run of one and the same work has them: from one recording to the next, the cost and
 * the number of each reason's exits differ by a level of their own.
 *
 *	struct work w = work_of(seed, &change);
 *
 *	while (work_next(&w, &exit))
 *		...
 */
#ifndef TESTS_GUEST_WORK_H
#define TESTS_GUEST_WORK_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/random.h"

#define WORK_SECONDS	4u
#define WORK_LEVEL	0.005	/* what recordings differ by, as a standard deviation */
#define WORK_SPREAD	0.3	/* of the logarithm of a cost */
#define WORK_TAIL	2.05	/* standard deviations: 2 of 100 exits are above */

struct work_reason {
	uint32_t code;		/* of SVM */
	double share;		/* of the exits */
	double cycles;		/* its median */
};

static const struct work_reason work_reasons[] = {
	{ 0x400, 0.60, 40000 },		/* npf */
	{ 0x7b, 0.20, 30000 },		/* io */
	{ 0x78, 0.12, 60000 },		/* hlt */
	{ 0x7c, 0.08, 20000 },		/* msr */
};

#define WORK_REASONS	4u

/* What is planted: all of it times @factor */
enum work_change {
	WORK_SAME,
	WORK_COST,		/* of each exit of the reason */
	WORK_TAIL_COST,		/* of the dearest 2 of 100 */
	WORK_COUNT,
};

struct work_plan {
	uint32_t exits;		/* without a change, about */
	enum work_change change;
	unsigned int reason;	/* index */
	double factor;
};

struct work_exit {
	unsigned int reason;	/* index */
	uint64_t ns, cycles;	/* when; what it cost */
};

struct work {
	struct random random;
	const struct work_plan *plan;
	double level[WORK_REASONS];
	uint32_t left[WORK_REASONS], all;
	uint64_t ns;
};

/* Normal, by the sum of 12 */
static inline double work_normal(struct random *r)
{
	double sum = -6;
	unsigned int i;

	for (i = 0; i < 12; i++)
		sum += random_below(r, 1u << 30) / (double)(1u << 30);
	return sum;
}

static inline bool work_changes(const struct work *w, unsigned int reason,
				enum work_change change)
{
	return w->plan->change == change && w->plan->reason == reason;
}

static inline struct work work_of(uint64_t seed, const struct work_plan *plan)
{
	struct work w = { .random = { seed }, .plan = plan };
	unsigned int i;
	double exits;

	for (i = 0; i < WORK_REASONS; i++) {
		w.level[i] = exp(WORK_LEVEL * work_normal(&w.random));
		exits = plan->exits * work_reasons[i].share *
			exp(WORK_LEVEL * work_normal(&w.random));
		if (work_changes(&w, i, WORK_COUNT))
			exits *= plan->factor;
		w.left[i] = exits + 0.5;
		w.all += w.left[i];
	}
	return w;
}

/* Any of those that are left, each as likely */
static inline unsigned int work_choose(struct work *w, uint32_t left)
{
	uint32_t index = random_below(&w->random, left);
	unsigned int i;

	for (i = 0; i + 1 < WORK_REASONS && index >= w->left[i]; i++)
		index -= w->left[i];
	w->left[i]--;
	return i;
}

static inline bool work_next(struct work *w, struct work_exit *e)
{
	uint32_t left = 0;
	unsigned int i;
	double z, cycles;

	for (i = 0; i < WORK_REASONS; i++)
		left += w->left[i];
	if (!left)
		return false;
	i = work_choose(w, left);
	z = work_normal(&w->random);
	cycles = work_reasons[i].cycles * w->level[i] * exp(WORK_SPREAD * z);
	if (work_changes(w, i, WORK_COST) ||
	    (work_changes(w, i, WORK_TAIL_COST) && z > WORK_TAIL))
		cycles *= w->plan->factor;
	w->ns += WORK_SECONDS * 1000000000ull / w->all;
	*e = (struct work_exit){ i, w->ns, cycles + 0.5 };
	return true;
}

#endif /* TESTS_GUEST_WORK_H */
