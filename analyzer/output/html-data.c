// SPDX-License-Identifier: GPL-2.0
/*
 * The figures of a page for its script, as JSON within HTML: page/page.js says what
 * they are.  Integers are exact up to 2^53, as far as JavaScript has them.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "output/html-private.h"
#include "result/columns.h"

/* In a script element, no character may begin a tag. */
static int put_string(const char *text, FILE *out)
{
	json_t *s = json_stringn_nocheck(text, strlen(text));
	char *quoted = s ? json_dumps(s, JSON_ENCODE_ANY | JSON_ENSURE_ASCII) : NULL;
	const char *c;

	json_decref(s);
	if (!quoted)
		return -1;
	for (c = quoted; *c; c++)
		if (strchr("<>&", *c))
			fprintf(out, "\\u%04x", (unsigned int)*c);
		else
			putc(*c, out);
	free(quoted);
	return 0;
}

static int put_names(const struct page_axis *axis, FILE *out)
{
	char name[HTML_NAME_MAX];
	unsigned int i;

	for (i = 0; i < axis->nr; i++) {
		if (i)
			putc(',', out);
		html_name(axis, i, name, sizeof(name));
		if (put_string(name, out) < 0)
			return -1;
	}
	return 0;
}

/* "1,2,3": a page has 100,000 of these numbers, and writes each three or seven at once. */
static char *append_next(char *to, u128 v)
{
	*to = ',';
	return decimal_append(to + 1, v);
}

static void put_cell(const struct stats_cell *c, unsigned int bucket, FILE *out)
{
	const u128 figures[] = { c->exits, c->cycles, stats_timed(c) ? c->max : 0,
				 c->user, c->halted, c->off_cpu };
	char text[7 * DECIMAL_U128_MAX], *to = decimal_append(text, bucket);
	unsigned int i;

	for (i = 0; i < sizeof(figures) / sizeof(figures[0]); i++)
		to = append_next(to, figures[i]);
	fwrite(text, 1, to - text, out);
}

static void put_row(const struct page *p, size_t row, FILE *out)
{
	const struct page_row *r = &p->rows[row];
	const struct stats_cell *c;
	const char *before = "";
	unsigned int i;

	fprintf(out, "%s\n[%u,%u,%u,[", row ? "," : "", r->vcpu, r->reason, r->kind);
	for (i = 0; i < p->nr_buckets; i++) {
		c = page_cell(p, row, i);
		if (!c->exits)
			continue;
		fputs(before, out);
		put_cell(c, i, out);
		before = ",";
	}
	fputs("]]", out);
}

static void put_cells(const struct page *p, FILE *out)
{
	size_t row;

	for (row = 0; row < p->nr_rows; row++)
		put_row(p, row, out);
}

static void put_series(const struct page *p, unsigned int series, FILE *out)
{
	char text[4 * DECIMAL_U128_MAX], *to;
	unsigned int bucket, bin;
	bool any = false;
	uint64_t n;

	putc('[', out);
	for (bucket = 0; bucket < p->nr_buckets; bucket++)
		for (bin = p->lowest; bin <= p->highest; bin++) {
			n = page_bins(p, series, bucket)[bin];
			if (!n)
				continue;
			to = any ? append_next(text, bucket) : decimal_append(text, bucket);
			to = append_next(append_next(to, bin), n);
			fwrite(text, 1, to - text, out);
			any = true;
		}
	putc(']', out);
}

/* The @nr series from @first on */
static void put_list(const struct page *p, const char *name, unsigned int first,
		     unsigned int nr, FILE *out)
{
	unsigned int i;

	fprintf(out, ",\n\"%s\":[", name);
	for (i = 0; i < nr; i++) {
		fputs(i ? ",\n" : "\n", out);
		put_series(p, first + i, out);
	}
	fputs("]", out);
}

static void put_heat(const struct page *p, FILE *out)
{
	fputs("{\"all\":", out);
	put_series(p, PAGE_ALL, out);
	put_list(p, "reasons", page_reason_series(0), p->reasons.nr, out);
	put_list(p, "vcpus", page_vcpu_series(p, 0), p->vcpus.nr, out);
	put_list(p, "kinds", page_kind_series(p, 0), p->kinds.nr, out);
	fputs("}", out);
}

/* Nanoseconds of a unit of the recording; 0: figures are shown as they are */
static double ns_of_unit(const struct view *v)
{
	return v->shown.converted ?
	       (double)v->shown.rate.mult / v->shown.rate.div : 0;
}

int html_data(const struct html *h)
{
	const struct page *p = h->p;
	FILE *out = h->out;

	fprintf(out, "<script type=\"application/json\" id=\"data\">{\"unit\":\"%s\",\"ns_per\":%.17g,",
		h->v->unit, ns_of_unit(h->v));
	fprintf(out, "\"width_ns\":%" PRIu64 ",\"first\":%" PRIu64 ",\"buckets\":%u,\"decimals\":%u,",
		p->width_ns, p->first, p->nr_buckets, html_decimals(p));
	fprintf(out, "\"lowest\":%u,\"highest\":%u,", p->lowest, p->highest);
	fprintf(out, "\"plot\":{\"total\":%u,\"left\":%u,\"top\":%u,\"width\":%u,\"height\":%u},\n\"reasons\":[",
		PLOT_TOTAL, PLOT_LEFT, PLOT_TOP, PLOT_WIDTH, PLOT_HEIGHT);
	if (put_names(&p->reasons, out) < 0)
		return -1;
	fputs("],\n\"vcpus\":[", out);
	if (put_names(&p->vcpus, out) < 0)
		return -1;
	fputs("],\n\"kinds\":[", out);
	if (put_names(&p->kinds, out) < 0)
		return -1;
	fputs("],\n\"cells\":[", out);
	put_cells(p, out);
	fputs("],\n\"heat\":", out);
	put_heat(p, out);
	fputs("}</script>\n", out);
	return 0;
}
