// SPDX-License-Identifier: GPL-2.0
/*
 * A view as a table, for people: a few lines on the recording (table-head.c),
 * then the groups.
 *
 * Columns are as wide as their longest cell.  Where not all of them fit, the
 * less important ones are left out, and the last line says which.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "output/formats.h"
#include "output/table-private.h"
#include "result/columns.h"

#define GAP		2u	/* spaces between columns */
#define WIDTH_MIN	80u

struct layout {
	const struct view *v;
	FILE *out;
	const struct column *list[COLUMNS_MAX];
	unsigned int width[COLUMNS_MAX];
	bool hidden[COLUMNS_MAX];
	unsigned int nr;
};

/* The rows: the groups that are shown, the others in one, the total. */
enum row_kind {
	ROW_HEADER,
	ROW_GROUP,
	ROW_MORE,
	ROW_TOTAL,
};

void table_format(const struct view *v, const struct column *col,
		  const struct value *value, char cell[CELL_MAX])
{
	char buf[DECIMAL_MAX], scaled[UNIT_TEXT_MAX];

	if (value->type == VALUE_NONE) {
		strcpy(cell, "-");
	} else if (value->type == VALUE_TEXT) {
		strcpy(cell, value->text);
	} else if (value->scaled) {
		decimal_group(cell, unit_scale(scaled, value->integer));
	} else {
		decimal_text(buf, value->integer, value->decimals);
		if (v->opt->raw || (col->flags & COLUMN_LABEL))
			strcpy(cell, buf);
		else
			decimal_group(cell, buf);
	}
}

/* "1,234 more" */
static void format_more(const struct layout *t, char cell[CELL_MAX])
{
	const struct column plain = { .flags = 0 };
	const struct value nr = { .type = VALUE_INTEGER,
				  .integer = t->v->nr_more };

	table_format(t->v, &plain, &nr, cell);
	strcat(cell, " more");
}

static void format_header(const struct layout *t, const struct column *col,
			  char cell[CELL_MAX])
{
	char buf[COLUMN_TEXT_MAX];

	strcpy(cell, columns_name(t->v, col->header ? col->header : col->key,
				  buf));
}

static void format_cell(const struct layout *t, unsigned int i,
			enum row_kind kind, const struct group *g,
			char cell[CELL_MAX])
{
	const struct column *col = t->list[i];
	struct value value;

	*cell = '\0';
	if (kind == ROW_HEADER) {
		format_header(t, col, cell);
		return;
	}
	if (kind != ROW_GROUP && (col->flags & COLUMN_LABEL)) {
		if (kind == ROW_MORE && !i)
			format_more(t, cell);
		else if (!i)
			strcpy(cell, "total");
		return;
	}
	columns_get(t->v, col, g, &value);
	table_format(t->v, col, &value, cell);
}

/* Call @fn for each row. */
static void for_rows(struct layout *t,
		     void (*fn)(struct layout *t, enum row_kind kind,
				const struct group *g))
{
	const struct view *v = t->v;
	size_t i;

	fn(t, ROW_HEADER, NULL);
	for (i = 0; i < v->nr_shown; i++)
		fn(t, ROW_GROUP, v->sorted[i]);
	if (v->nr_more)
		fn(t, ROW_MORE, &v->more);
	fn(t, ROW_TOTAL, &v->total);
}

static void measure_row(struct layout *t, enum row_kind kind,
			const struct group *g)
{
	char cell[CELL_MAX];
	unsigned int i, len;

	for (i = 0; i < t->nr; i++) {
		format_cell(t, i, kind, g, cell);
		len = strlen(cell);
		if (len > t->width[i])
			t->width[i] = len;
	}
}

/* Reasons, details and names are words, to the left; all else are numbers, to the right. */
static bool is_left(const struct layout *t, unsigned int i, enum row_kind kind)
{
	return t->list[i]->by & (BY_REASON | BY_RIP | BY_DETAIL | BY_FUNCTION | BY_KIND |
				    BY_RECORDING) ||
	       (t->list[i]->flags & COLUMN_NAME) ||
	       (!i && kind != ROW_GROUP && kind != ROW_HEADER);
}

static void print_row(struct layout *t, enum row_kind kind,
		      const struct group *g)
{
	char cell[CELL_MAX];
	unsigned int i;
	int width;

	for (i = 0; i < t->nr; i++) {
		if (t->hidden[i])
			continue;
		format_cell(t, i, kind, g, cell);
		width = is_left(t, i, kind) ? -(int)t->width[i] :
					      (int)t->width[i];
		fprintf(t->out, "%*s%*s", i ? (int)GAP : 0, "", width, cell);
	}
	putc('\n', t->out);
}

/* What fits, but no less than a table needs to be read */
static unsigned int available_width(const struct view *v)
{
	uint32_t width = v->opt->width;

	if (!width)
		return UINT32_MAX;
	return width < WIDTH_MIN ? WIDTH_MIN : width;
}

static unsigned int priority_of(const struct layout *t, unsigned int i)
{
	return columns_priority(t->list[i], t->v->opt->subject);
}

/*
 * The most important column behind column @last, or at all if that is t->nr; of
 * equal ones, the first.  t->nr: none
 */
static unsigned int next_important(const struct layout *t, unsigned int last)
{
	unsigned int above = last < t->nr ? priority_of(t, last) : 0;
	unsigned int i, next = t->nr, lowest = UINT32_MAX, priority;

	for (i = 0; i < t->nr; i++) {
		priority = priority_of(t, i);
		if ((priority > above ||
		     (priority && priority == above && i > last)) &&
		    priority < lowest) {
			lowest = priority;
			next = i;
		}
	}
	return next;
}

/*
 * Hide what does not fit: columns without a priority stay, the others are
 * taken in the order of their priorities, each if there is still room for it.
 */
static void fit(struct layout *t, unsigned int width)
{
	unsigned int used = 0, need, i;

	for (i = 0; i < t->nr; i++)
		if (!priority_of(t, i))
			used += t->width[i] + (used ? GAP : 0);
	for (i = t->nr; (i = next_important(t, i)) < t->nr;) {
		need = t->width[i] + GAP;
		t->hidden[i] = need > width || used > width - need;
		if (!t->hidden[i])
			used += need;
	}
}

static void print_hidden(const struct layout *t)
{
	char header[CELL_MAX];
	bool any = false;
	unsigned int i;

	for (i = 0; i < t->nr; i++) {
		if (!t->hidden[i])
			continue;
		format_header(t, t->list[i], header);
		fprintf(t->out, "%s %s", any ? "" : "\nNo room for:", header);
		any = true;
	}
	if (any)
		putc('\n', t->out);
}

/* How to see an exit of a list from inside: it goes by its time. */
static void print_step(const struct layout *t)
{
	const struct column *time = columns_find(VIEW_OF_LIST, "time");
	struct value value;
	char cell[CELL_MAX];

	if (t->v->opt->subject != VIEW_OF_LIST || !t->v->nr_shown)
		return;
	columns_get(t->v, time, t->v->sorted[0], &value);
	if (value.type == VALUE_NONE)
		return;
	table_format(t->v, time, &value, cell);
	fprintf(t->out, "\nThe first one, event by event: --show=%s\n", cell);
}

static int begin(const struct view *v, FILE *out)
{
	table_print_head(v, out);
	return ferror(out) ? -1 : 0;
}

/* What a report is called goes above it, and an empty line before that. */
static void print_title(const struct view *v, FILE *out)
{
	if (v->report.index)
		putc('\n', out);
	if (v->report.proven)
		fprintf(out, "epoch %" PRIu32 " report %" PRIu64 ":\n",
			v->report.epoch, v->report.number);
	else
		fputs("recorded:\n", out);
}

static int print_block(const struct view *v, FILE *out)
{
	struct layout t = { .v = v, .out = out };
	unsigned int width = available_width(v);

	t.nr = columns_select(v, false, t.list);
	if (v->opt->subject == VIEW_OF_REPORTS)
		print_title(v, out);
	for_rows(&t, measure_row);
	fit(&t, width);
	for_rows(&t, print_row);
	print_hidden(&t);
	print_step(&t);
	if (v->opt->histogram)
		table_print_histograms(v, out, width);
	return ferror(out) ? -1 : 0;
}

const struct format format_table = { begin, print_block, NULL };
