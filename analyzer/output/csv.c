// SPDX-License-Identifier: GPL-2.0
/*
 * A view as comma-separated values (RFC 4180): a header line that has the unit
 * in the name of each column, a line for each group, one for the groups that
 * are not shown, one for all, and one for each kind of exits that are missing;
 * one for events that are missing, if any are.  What kind a line is stands in the
 * first column.  Of reports, each has its groups and its total.
 */
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "output/csv-private.h"
#include "output/formats.h"
#include "result/columns.h"

void csv_put_text(const char *text, FILE *out)
{
	if (!strpbrk(text, ",\"\r\n")) {
		fputs_unlocked(text, out);
		return;
	}
	putc_unlocked('"', out);
	for (; *text; text++) {
		if (*text == '"')
			putc('"', out);
		putc(*text, out);
	}
	putc_unlocked('"', out);
}

void csv_put_value(const struct value *value, FILE *out)
{
	char buf[DECIMAL_MAX];

	if (value->type == VALUE_INTEGER)
		fputs_unlocked(decimal_u128(buf, value->integer), out);
	else if (value->type == VALUE_DECIMAL)
		fputs_unlocked(decimal_text(buf, value->integer, value->decimals), out);
	else if (value->type == VALUE_TEXT)
		csv_put_text(value->text, out);
}

struct csv {
	const struct view *v;
	FILE *out;
	const struct column *list[COLUMNS_MAX];
	unsigned int nr;
};

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

static void put_row(const struct csv *c, const char *kind,
		    const struct group *g, bool labels)
{
	struct value value;
	unsigned int i;

	fputs_unlocked(kind, c->out);
	for (i = 0; i < c->nr; i++) {
		putc_unlocked(',', c->out);
		if ((c->list[i]->flags & COLUMN_LABEL) && !labels &&
		    c->list[i]->by != BY_REPORT)
			continue;
		columns_get(c->v, c->list[i], g, &value);
		csv_put_value(&value, c->out);
	}
	fputs_unlocked("\r\n", c->out);
}

/* There even if nothing is missing, and empty if that is not known */
static void put_missing(const struct csv *c, const char *kind, uint64_t exits)
{
	const struct value value = {
		.type = c->v->losses.unread ? VALUE_NONE : VALUE_INTEGER,
		.integer = exits,
	};
	unsigned int i;

	fputs_unlocked(kind, c->out);
	for (i = 0; i < c->nr; i++) {
		putc(',', c->out);
		if (!strcmp(c->list[i]->key, "exits"))
			csv_put_value(&value, c->out);
	}
	fputs_unlocked("\r\n", c->out);
}

static struct csv csv_of(const struct view *v, FILE *out)
{
	struct csv c = { .v = v, .out = out };

	c.nr = columns_select(v, true, c.list);
	return c;
}

static int begin(const struct view *v, FILE *out)
{
	const struct csv c = csv_of(v, out);

	put_header(&c);
	return ferror(out) ? -1 : 0;
}

static int put_group(void *arg, const struct view *v, const struct group *g)
{
	const struct csv *c = arg;

	(void)v;
	put_row(c, "group", g, true);
	return ferror(c->out) ? -1 : 0;
}

static int put_block(const struct view *v, FILE *out)
{
	struct csv c = csv_of(v, out);

	const int ret = view_for_groups(v, put_group, &c);

	if (ret)
		return ret;
	if (v->nr_more)
		put_row(&c, "more", &v->more, false);
	put_row(&c, "total", &v->total, false);
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
