/* SPDX-License-Identifier: GPL-2.0 */
/* What csv.c and compare-csv.c share */
#ifndef ANALYZER_CSV_PRIVATE_H
#define ANALYZER_CSV_PRIVATE_H

#include <stdio.h>

#include "result/columns.h"

/* In quotes where RFC 4180 wants them */
void csv_put_text(const char *text, FILE *out);

/* Nothing, if there is none */
void csv_put_value(const struct value *value, FILE *out);

#endif /* ANALYZER_CSV_PRIVATE_H */
