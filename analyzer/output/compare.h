/* SPDX-License-Identifier: GPL-2.0 */
/* A comparison -> text, in each of the formats that it has: table, csv, json, html */
#ifndef ANALYZER_OUTPUT_COMPARE_H
#define ANALYZER_OUTPUT_COMPARE_H

#include <stdio.h>

#include "result/compare.h"

/* Return -1 after an error, or if nothing more can be written. */
int compare_print(const struct comparison *c, FILE *out);

#endif /* ANALYZER_OUTPUT_COMPARE_H */
