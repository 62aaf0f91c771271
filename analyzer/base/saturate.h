/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Sums of counts that a file gives.  One that wraps around could be 0: nothing
 * lost, where most is.
 */
#ifndef ANALYZER_SATURATE_H
#define ANALYZER_SATURATE_H

#include <stdint.h>

static inline uint64_t saturated_sum(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static inline void saturating_add(uint64_t *sum, uint64_t n)
{
	*sum = saturated_sum(*sum, n);
}

#endif /* ANALYZER_SATURATE_H */
