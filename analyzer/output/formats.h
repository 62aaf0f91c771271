/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What writer.c knows of the formats, one file each.  Functions return -1 if
 * memory is short or writing failed, without a message, or VIEW_SAID.
 */
#ifndef ANALYZER_FORMATS_H
#define ANALYZER_FORMATS_H

#include <stdio.h>

#include "result/view.h"

struct format {
	/* each may be NULL: nothing is printed */
	int (*begin)(const struct view *v, FILE *out);
	int (*block)(const struct view *v, FILE *out);
	int (*end)(const struct view *v, FILE *out);
};

extern const struct format format_reports;
extern const struct format format_table;
extern const struct format format_json;
extern const struct format format_csv;
extern const struct format format_jsonl;
extern const struct format format_sqlite;
extern const struct format format_folded;
extern const struct format format_prometheus;

#endif /* ANALYZER_FORMATS_H */
