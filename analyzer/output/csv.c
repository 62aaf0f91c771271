// SPDX-License-Identifier: GPL-2.0
/*
 * A view as comma-separated values (RFC 4180): a header line that has the unit
 * in the name of each column, a line for each group, one for the groups that
 * are not shown, one for all, and one for each kind of exits that are missing;
 * one for events that are missing, if any are.  What kind a line is stands in the
 * first column.  Of reports, each has its groups and its total.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "output/csv-private.h"
#include "output/formats.h"
#include "output/rows.h"
#include "result/columns.h"

/* In quotes where RFC 4180 wants them */
static char *append_text(char *to, const char *text)
{
	if (!strpbrk(text, ",\"\r\n"))
		return stpcpy(to, text);
	*to++ = '"';
	for (; *text; text++) {
		if (*text == '"')
			*to++ = '"';
		*to++ = *text;
	}
	*to++ = '"';
	return to;
}

char *csv_append_value(char *to, const struct value *value)
{
	switch (value->type) {
	case VALUE_INTEGER:
		return decimal_append(to, value->integer);
	case VALUE_DECIMAL:
		return decimal_append_places(to, value->integer, value->decimals);
	case VALUE_TEXT:
		return append_text(to, value->text);
	default:
		return to;
	}
}

_Static_assert(CSV_VALUE_MAX >= DECIMAL_MAX && ROWS_COLUMN_MAX > CSV_VALUE_MAX,
	       "room for any value");

static char *put_column(char *to, const struct rows *r, const struct column *col,
			const struct group *g)
{
	struct value value;

	*to++ = ',';
	columns_get(r->v, col, g, &value);
	return csv_append_value(to, &value);
}

/* Of more than one group: only of which report it is can be said. */
static int put_sum(struct rows *r, const char *kind, const struct group *g)
{
	char *to = rows_room(r);
	unsigned int i;

	if (!to)
		return -1;
	to = stpcpy(to, kind);
	for (i = 0; i < r->nr; i++)
		if ((r->list[i]->flags & COLUMN_LABEL) && r->list[i]->by != BY_REPORT)
			*to++ = ',';
		else
			to = put_column(to, r, r->list[i], g);
	rows_end(r, stpcpy(to, "\r\n"));
	return 0;
}

static int put_group(void *arg, const struct view *v, const struct group *g)
{
	(void)v;
	return rows_add(arg, "group", g, "\r\n");
}

static int put_block(const struct view *v, FILE *out)
{
	struct rows *r = rows_open(v, out, put_column);
	int ret;

	if (!r)
		return -1;
	ret = view_for_groups(v, put_group, r);
	if (!ret && v->nr_more)
		ret = put_sum(r, "more", &v->more);
	if (!ret)
		ret = put_sum(r, "total", &v->total);
	return rows_close(r) < 0 ? -1 : ret;
}

struct csv {
	const struct view *v;
	FILE *out;
	const struct column *list[COLUMNS_MAX];
	unsigned int nr;
};

static struct csv csv_of(const struct view *v, FILE *out)
{
	struct csv c = { .v = v, .out = out };

	c.nr = columns_select(v, true, c.list);
	return c;
}

static void put_header(const struct csv *c)
{
	char buf[COLUMN_TEXT_MAX], of[COLUMN_TEXT_MAX];
	unsigned int i;

	fputs("row", c->out);
	for (i = 0; i < c->nr; i++) {
		fprintf(c->out, ",%s%s", columns_name(c->v, c->list[i]->key, buf),
			columns_suffix(c->v, c->list[i], of));
		if (c->list[i]->unit == UNIT_CYCLES)
			fprintf(c->out, "_%s", columns_unit(c->v));
	}
	fputs_unlocked("\r\n", c->out);
}

/* There even if nothing is missing, and empty if that is not known */
static void put_missing(const struct csv *c, const char *kind, uint64_t exits)
{
	unsigned int i;

	fputs(kind, c->out);
	for (i = 0; i < c->nr; i++)
		if (c->v->losses.unread || strcmp(c->list[i]->key, "exits"))
			fputc(',', c->out);
		else
			fprintf(c->out, ",%" PRIu64, exits);
	fputs("\r\n", c->out);
}

static int begin(const struct view *v, FILE *out)
{
	const struct csv c = csv_of(v, out);

	put_header(&c);
	return ferror(out) ? -1 : 0;
}

static int end(const struct view *v, FILE *out)
{
	const struct csv c = csv_of(v, out);

	if (v->stamped) {
		put_missing(&c, "before", v->before);
		put_missing(&c, "lost", v->lost);
	} else {
		put_missing(&c, "unused", v->unused);
	}
	if (v->lacking)
		put_missing(&c, "lacking_events", v->lacking);
	if (v->left_out)
		put_missing(&c, "inputs_left_out", v->left_out);
	return ferror(out) ? -1 : 0;
}

const struct format format_csv = { begin, put_block, end };
