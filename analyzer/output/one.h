/* SPDX-License-Identifier: GPL-2.0 */
/* One exit, event by event, as a table or as JSON: docs/schema-show.json */
#ifndef ANALYZER_OUTPUT_ONE_H
#define ANALYZER_OUTPUT_ONE_H

#include <stdio.h>

#include "result/one.h"

/* Return -1 after an error. */
int one_print_table(const struct one *o, FILE *out);
int one_print_json(const struct one *o, FILE *out);

#endif /* ANALYZER_OUTPUT_ONE_H */
