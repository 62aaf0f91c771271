/* SPDX-License-Identifier: GPL-2.0 */
/* The order of two numbers, as qsort() wants it */
#ifndef ANALYZER_COMPARE_H
#define ANALYZER_COMPARE_H

#include <stdint.h>

static inline int compare_u64(uint64_t a, uint64_t b)
{
	return a < b ? -1 : a > b;
}

/* Of an array of such */
static inline int compare_u32_items(const void *a, const void *b)
{
	return compare_u64(*(const uint32_t *)a, *(const uint32_t *)b);
}

#endif /* ANALYZER_COMPARE_H */
