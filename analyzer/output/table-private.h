/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files table*.c share: table.c has the rows, table-head.c the lines
 * above them, table-histogram.c the bars below.
 */
#ifndef ANALYZER_TABLE_PRIVATE_H
#define ANALYZER_TABLE_PRIVATE_H

#include <stdio.h>

#include "result/columns.h"

#define CELL_MAX	144u	/* COLUMN_TEXT_MAX; 39 digits and 12 commas */

/* A value of @col as it stands in a table; "-": there is none */
void table_format(const struct view *v, const struct column *col,
		  const struct value *value, char cell[CELL_MAX]);

void table_print_head(const struct view *v, FILE *out);

/* @width: in columns; UINT32_MAX: there is no limit */
void table_print_histograms(const struct view *v, FILE *out,
			    unsigned int width);

#endif /* ANALYZER_TABLE_PRIVATE_H */
