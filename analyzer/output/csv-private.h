/* SPDX-License-Identifier: GPL-2.0 */
/* What csv.c and compare-csv.c share */
#ifndef ANALYZER_CSV_PRIVATE_H
#define ANALYZER_CSV_PRIVATE_H

#include "result/columns.h"

#define CSV_VALUE_MAX	(2 * COLUMN_TEXT_MAX)	/* bytes */

/*
 * At @to: a text in quotes where RFC 4180 wants them; nothing, if there is no value.
 * Return where it ends.
 */
char *csv_append_value(char *to, const struct value *value);

#endif /* ANALYZER_CSV_PRIVATE_H */
