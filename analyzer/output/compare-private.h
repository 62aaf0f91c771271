/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files compare*.c share.  Numbers are decimal in any locale.
 */
#ifndef ANALYZER_COMPARE_PRIVATE_H
#define ANALYZER_COMPARE_PRIVATE_H

#include <stdio.h>

#include "output/table-private.h"
#include "result/columns.h"
#include "result/compare.h"

/* Each returns -1 if memory is short or writing failed, without a message. */
int compare_print_table(const struct comparison *c, FILE *out);
int compare_print_csv(const struct comparison *c, FILE *out);
int compare_print_json(const struct comparison *c, FILE *out);
int compare_print_html(const struct comparison *c, FILE *out);

/* The lines above a table: what is compared, and how sure it is */
void compare_print_head(const struct comparison *c, FILE *out);

/* How many rows people are shown */
size_t compare_rows_shown(const struct comparison *c);

/* Figures as they stand in a table: "+7.1", "+4.0 to +10.2" */
void compare_format_value(const struct comparison *c, enum compare_what what,
			  bool has, double v, char cell[CELL_MAX]);
void compare_format_change(const struct compare_figure *f, char cell[CELL_MAX]);
void compare_format_interval(const struct compare_figure *f, char cell[CELL_MAX]);
void compare_format_halves(const struct compare_figure *f, char cell[CELL_MAX]);

/* "cycles_per_s", or "cycles" of each recording: as in CSV and JSON */
const char *compare_name(const struct comparison *c, enum compare_what what);

/* The columns that say what a row of @v is of; return how many. */
unsigned int compare_labels(const struct view *v, bool machine,
			    const struct column *list[COLUMNS_MAX]);

/* What @row is of, for people: "svm npf", "all exits" */
#define COMPARE_LABEL_MAX	256u
const char *compare_label(const struct compare_row *row,
			  char buf[COMPARE_LABEL_MAX]);

/* @v with @places, rounded: "-0.52" */
#define COMPARE_NUMBER_MAX	64u
const char *compare_number(char buf[COMPARE_NUMBER_MAX], double v,
			   unsigned int places);

/* "exact", "weak", "within", "none": how sure it is */
const char *compare_evidence(const struct comparison *c);

/* "worse", "better", "same", "unsure", "none"; of a figure: "more", "less" */
const char *compare_verdict(enum compare_verdict verdict);
const char *compare_change(enum compare_verdict verdict);

/*
 * What differs, in sentences: the first one is the verdict.  Each lives until @say
 * returns.
 */
typedef void (*compare_say_fn)(void *user, const char *sentence);
void compare_tell(const struct comparison *c, compare_say_fn say, void *user);

#endif /* ANALYZER_COMPARE_PRIVATE_H */
