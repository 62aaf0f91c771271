/* SPDX-License-Identifier: GPL-2.0 */
/* The order of two numbers, as qsort() wants it */
#ifndef ANALYZER_COMPARE_H
#define ANALYZER_COMPARE_H

#include <stdint.h>

static inline int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

#endif /* ANALYZER_COMPARE_H */
