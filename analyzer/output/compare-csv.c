// SPDX-License-Identifier: GPL-2.0
/*
 * A comparison as comma-separated values (RFC 4180): a line for each figure of each row.
 * What is not known is empty.
 */
#include <math.h>

#include "output/compare-private.h"
#include "output/csv-private.h"

static void put_header(const struct comparison *c, FILE *out)
{
	const struct column *list[COLUMNS_MAX];
	unsigned int nr, i;

	fputs("row", out);
	nr = c->nr_rows ? compare_labels(c->rows[0].view, true, list) : 0;
	for (i = 0; i < nr; i++)
		fprintf(out, ",%s", list[i]->key);
	fputs(",figure,unit,before,after,ratio,low,high,p,p_adjusted,change,half_before,half_after,by_count,by_cost\r\n",
	      out);
}

static void put_number(bool known, double v, unsigned int places, FILE *out)
{
	char buf[COMPARE_NUMBER_MAX];

	putc(',', out);
	if (known && isfinite(v))
		fputs(compare_number(buf, v, places), out);
}

static void put_labels(const struct comparison *c,
		       const struct compare_row *row, FILE *out)
{
	const struct column *list[COLUMNS_MAX];
	const struct view *v = row->group ? row->view :
			       c->nr_rows ? c->rows[0].view : NULL;
	unsigned int nr = v ? compare_labels(v, true, list) : 0, i;
	char text[CSV_VALUE_MAX];
	struct value value;

	for (i = 0; i < nr; i++) {
		putc(',', out);
		if (!row->group)
			continue;
		columns_get(v, list[i], row->group, &value);
		fwrite(text, 1, csv_append_value(text, &value) - text, out);
	}
}

static const char *unit_name(const struct comparison *c, enum compare_what what)
{
	return what == COMPARE_COUNT || what == COMPARE_SHARE ? "" : c->unit;
}

static void put_figure(const struct comparison *c, const struct compare_row *row,
		       enum compare_what what, FILE *out)
{
	const struct compare_figure *f = &row->figures[what];
	const bool parts = what == COMPARE_CYCLES;
	const unsigned int places = what == COMPARE_SHARE ? 6 : 3;
	const bool tells = f->known || f->verdict != VERDICT_NONE;

	fputs(row->group ? "group" : "total", out);
	put_labels(c, row, out);
	fprintf(out, ",%s,%s", compare_name(c, what), unit_name(c, what));
	put_number(f->has[BEFORE], f->value[BEFORE], places, out);
	put_number(f->has[AFTER], f->value[AFTER], places, out);
	put_number(f->has_ratio, f->ratio, 6, out);
	put_number(f->known, f->low, 6, out);
	put_number(f->known, f->high, 6, out);
	put_number(tells, f->p, 6, out);
	put_number(f->tested, f->adjusted, 6, out);
	fprintf(out, ",%s", f->tested ? compare_change(f->verdict) : "");
	put_number(f->has_halves, f->halves[BEFORE], 6, out);
	put_number(f->has_halves, f->halves[AFTER], 6, out);
	put_number(parts, row->by_count, 3, out);
	put_number(parts, row->by_cost, 3, out);
	fputs("\r\n", out);
}

static void put_row(const struct comparison *c, const struct compare_row *row,
		    FILE *out)
{
	unsigned int what;

	for (what = 0; what < COMPARE_FIGURES; what++)
		put_figure(c, row, what, out);
}

int compare_print_csv(const struct comparison *c, FILE *out)
{
	size_t i;

	put_header(c, out);
	for (i = 0; i < c->nr_rows; i++)
		put_row(c, &c->rows[i], out);
	put_row(c, &c->total, out);
	return ferror(out) ? -1 : 0;
}
