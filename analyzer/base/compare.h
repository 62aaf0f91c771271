/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The order of two numbers, as qsort() wants it; and words that may be written in upper
 * or lower case
 */
#ifndef ANALYZER_COMPARE_H
#define ANALYZER_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
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

/*
 * As tolower() in the C locale: a library does not know which one its client chose,
 * and in a Turkish one "I" is no "i".
 */
static inline char lower_case(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

/* Both have @len bytes at least. */
static inline bool is_same_word(const char *a, const char *b, size_t len)
{
	while (len && lower_case(*a) == lower_case(*b)) {
		a++;
		b++;
		len--;
	}
	return !len;
}

#endif /* ANALYZER_COMPARE_H */
