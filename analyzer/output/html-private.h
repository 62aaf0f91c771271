/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files html*.c share: html.c has the document, html-charts.c what is drawn
 * without a script, html-data.c the figures for the script (page/page.js), which draws
 * the same shapes of what is chosen, html-text.c how they write figures.
 */
#ifndef ANALYZER_HTML_PRIVATE_H
#define ANALYZER_HTML_PRIVATE_H

#include <stdio.h>

#include "output/table-private.h"
#include "result/page.h"

/* Charts: units of the SVG, where what is drawn lies */
#define PLOT_TOTAL	1000u
#define PLOT_LEFT	64u
#define PLOT_WIDTH	924u
#define PLOT_TOP	8u
#define PLOT_HEIGHT	260u	/* of the heat map */
#define BARS_HEIGHT	70u	/* of other charts */

#define HEAT_LEVELS	16u	/* of color */

struct html {
	const struct page *p;
	const struct view *v;		/* whose facts and unit are shown */
	FILE *out;
};

#define HTML_NAME_MAX	512u	/* of a series: several labels */

/* The document up to what is in <main>; it ends with "</main></body></html>". */
void html_begin(const char *title, const char *heading, FILE *out);

/* Text, which may be anything, as text */
void html_text(const char *text, FILE *out);

/* A figure as tables for people have it: "53.3 us", "1,234" */
void html_length(const struct html *h, u128 v, FILE *out);
void html_count(u128 v, FILE *out);

/* Bucket k of time begins at so many seconds: as text */
void html_seconds(const struct html *h, unsigned int bucket, FILE *out);

/* Decimal places of that: no more than the width of a bucket has */
unsigned int html_decimals(const struct page *p);

/* A value of a column, as in a table */
void html_cell(const struct view *v, const struct column *col,
	       const struct group *g, char cell[CELL_MAX]);

/* What a series is called: the labels of its group */
void html_name(const struct page_axis *axis, unsigned int i, char *buf, size_t size);

void html_chart_when(const struct html *h);
void html_chart_lengths(const struct html *h);

/* Return -1 only if memory is short. */
int html_data(const struct html *h);

#endif /* ANALYZER_HTML_PRIVATE_H */
