/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files table*.c share: table.c has the rows, table-head.c the lines
 * above them.
 */
#ifndef ANALYZER_TABLE_PRIVATE_H
#define ANALYZER_TABLE_PRIVATE_H

#include "columns.h"

#define CELL_MAX	96u	/* COLUMN_TEXT_MAX; 39 digits and 12 commas */

/* A comma between each three digits of the integer part */
void table_group_digits(char *to, const char *digits);

void table_print_head(const struct view *v, FILE *out);

#endif /* ANALYZER_TABLE_PRIVATE_H */
