/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ratios as decimal fractions: the one place where a figure is rounded.
 *
 * A ratio is rounded once, by integers: to the nearest number of so many
 * decimal places, and up where two are as near.  1 of 32 is 3.125 %, which is
 * 3.13 in any format.  Two ratios with the same decimal places are the same
 * integer, times 10^-places, wherever they are printed.
 *
 * Not rounded this way: averages, which the kernel rounds down, and so do we.
 */
#ifndef ANALYZER_DECIMAL_H
#define ANALYZER_DECIMAL_H

#include "stats.h"

#define DECIMAL_U128_MAX	40	/* bytes: 39 digits and the end */

/* Return the first digit, which lies in @buf. */
const char *decimal_u128(char buf[DECIMAL_U128_MAX], u128 v);

/* At @to, with no end behind it; return where that would be: "123", "0x7b" */
char *decimal_append(char *to, u128 v);
char *decimal_append_hex(char *to, uint64_t v);

/*
 * @part / @whole in units of 10^-@places, rounded.  @whole is not 0.  What does
 * not fit in 128 bits is cut, so @part / @whole is to be below 10^28 for 10
 * places.
 */
u128 decimal_ratio(u128 part, u128 whole, unsigned int places);

#define DECIMAL_MAX	48u	/* bytes: 39 digits, a point, zeros, the end */

#define DECIMAL_PLACES_MAX	9u

/* @v times 10^-@places, DECIMAL_PLACES_MAX at most: "3.13", "0.05" */
char *decimal_append_places(char *to, u128 v, unsigned int places);
const char *decimal_text(char buf[DECIMAL_MAX], u128 v, unsigned int places);

/* @digits, which may have a point, into @to: a comma between each three before it */
void decimal_group(char *to, const char *digits);

/* @v times 10^-@places for programs that want a double: the one nearest to it */
double decimal_real(u128 v, unsigned int places);

#endif /* ANALYZER_DECIMAL_H */
