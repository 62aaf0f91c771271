/* SPDX-License-Identifier: GPL-2.0 */
/* Bars of shares, in block characters of Unicode (U+2580 to U+259F) or in ASCII */
#ifndef ANALYZER_BAR_H
#define ANALYZER_BAR_H

#include <stdbool.h>
#include <stdio.h>

#include "stats.h"

/*
 * A bar as long as @part is of @whole, which has @room columns: in eighths of a
 * column with @blocks, else in columns, rounded up, so that nothing goes without.
 * Return the columns that it takes.
 */
unsigned int bar_print(FILE *out, bool blocks, u128 part, u128 whole,
		       unsigned int room);

/* One column, as high as @part is of @whole, in eighths; a space for nothing */
void bar_print_level(FILE *out, bool blocks, uint64_t part, uint64_t whole);

#endif /* ANALYZER_BAR_H */
