/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sum of squares, and the standard deviation, without rounding.
 *
 * The square of a 64-bit number has 128 bits, and fewer than 2^64 of them add
 * up to fewer than 192 bits: the sum is kept in that many and cannot overflow.
 * Addition commutes, so the order of samples and any number of threads change
 * nothing.
 *
 * The variance of n samples with sum S and sum of squares Q is
 *
 *	(n * Q - S * S) / (n * n)
 *
 * whose numerator is computed exactly, in 256 bits: nothing cancels out.  Twice
 * the standard deviation, rounded down, is the largest m for which
 *
 *	(m * n)^2 <= 4 * (n * Q - S * S)
 *
 * and with it the nearest integer is known.  It is at most 2^63.  This is the
 * population's variance: divided by n, as the recorded exits are all there are,
 * not a sample of them.
 */
#ifndef ANALYZER_SUMSQ_H
#define ANALYZER_SUMSQ_H

#include <stdbool.h>
#include <stdint.h>

#include "stats.h"

struct sumsq {
	u128 low;
	uint64_t high;
};

static inline void sumsq_add(struct sumsq *q, uint64_t v)
{
	u128 square = (u128)v * v;

	q->low += square;
	q->high += q->low < square;
}

/* @v was added. */
static inline void sumsq_take_out(struct sumsq *q, uint64_t v)
{
	u128 square = (u128)v * v;

	q->high -= q->low < square;
	q->low -= square;
}

void sumsq_merge(struct sumsq *to, const struct sumsq *from);

/* Can it be of @n samples, none above @max, whose sum is @sum?  @n is below 2^48. */
bool sumsq_possible(const struct sumsq *q, uint64_t n, u128 sum, uint64_t max);

/* Of @n samples whose sum is @sum, rounded to the nearest; 0 for none. */
uint64_t sumsq_stddev(const struct sumsq *q, uint64_t n, u128 sum);

#endif /* ANALYZER_SUMSQ_H */
