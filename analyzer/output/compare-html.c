// SPDX-License-Identifier: GPL-2.0
/*
 * A comparison as a page for a browser, in the style of html.h: the verdict in sentences,
 * a table for each figure, with its intervals drawn, and how long exits took on both
 * sides.  It has no script: all of it is there at once.
 *
 * A cell has the number of CSV beside the one for people, as data-value.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/decimal.h"
#include "output/compare-private.h"
#include "output/html-private.h"

struct sheet {
	const struct comparison *c;
	FILE *out;
	size_t nr;			/* rows that are shown */
	double reach;			/* of intervals: the logarithm of a ratio */
};

static const struct compare_row *row_of(const struct sheet *t, size_t i)
{
	return i < t->nr ? &t->c->rows[i] : &t->c->total;
}

/* The verdict */

struct sentences {
	FILE *out;
	const char *verdict;
	unsigned int nr;
};

static void put_sentence(void *user, const char *sentence)
{
	struct sentences *s = user;

	if (!s->nr++)
		fprintf(s->out, "<p class=\"verdict is-%s\">", s->verdict);
	else
		fputs(s->nr == 2 ? "<ul><li>" : "<li>", s->out);
	html_text(sentence, s->out);
	fputs(s->nr == 1 ? "</p>\n" : "</li>\n", s->out);
}

static void put_verdict(const struct sheet *t)
{
	struct sentences s = { t->out, compare_verdict(t->c->verdict), 0 };

	compare_tell(t->c, put_sentence, &s);
	if (s.nr > 1)
		fputs("</ul>\n", t->out);
}

static int put_facts(const struct sheet *t)
{
	char *text = NULL;
	size_t len;
	FILE *facts = open_memstream(&text, &len);

	if (!facts)
		return -1;
	compare_print_head(t->c, facts);
	if (fclose(facts)) {
		free(text);
		return -1;
	}
	fputs("<pre>", t->out);
	html_text(text, t->out);
	fputs("</pre>\n", t->out);
	free(text);
	return 0;
}

/* Figures */

static void put_value(const struct sheet *t, const char *key, bool known, double v,
		      unsigned int places, const char *cell)
{
	char buf[COMPARE_NUMBER_MAX];

	fprintf(t->out, "<td data-key=\"%s\" data-value=\"%s\">", key,
		known && isfinite(v) ? compare_number(buf, v, places) : "");
	html_text(cell, t->out);
	fputs("</td>", t->out);
}

/* Intervals: units of the SVG */
#define SPAN_WIDTH	160
#define SPAN_HEIGHT	14

static double x_of_ratio(const struct sheet *t, double ratio)
{
	const double x = SPAN_WIDTH / 2.0 * (1 + log(ratio) / t->reach);

	return fmax(2, fmin(SPAN_WIDTH - 2, x));
}

/* Drawn, on a scale of ratios: the least effect as a band, the interval as a line */
static void draw_interval(const struct sheet *t, const struct compare_figure *f)
{
	const double least = 1 + (double)t->c->opt.min_effect / COMPARE_EFFECT_ONE;
	const double from = x_of_ratio(t, 1 / least), to = x_of_ratio(t, least);

	fputs("<td class=\"interval\">", t->out);
	if (f->has_ratio && f->ratio > 0) {
		fprintf(t->out, "<svg viewBox=\"0 0 %d %d\" aria-hidden=\"true\" class=\"is-%s\"><path class=\"band\" d=\"M%.1f 0h%.1fv%dh-%.1fz\"/><path class=\"axis\" d=\"M%d 0v%d\"/>",
			SPAN_WIDTH, SPAN_HEIGHT, compare_change(f->verdict), from,
			to - from, SPAN_HEIGHT, to - from, SPAN_WIDTH / 2, SPAN_HEIGHT);
		if (f->known && f->low > 0 && isfinite(f->high))
			fprintf(t->out, "<path class=\"line\" d=\"M%.1f %dH%.1f\"/>",
				x_of_ratio(t, f->low), SPAN_HEIGHT / 2,
				x_of_ratio(t, f->high));
		fprintf(t->out, "<circle cx=\"%.1f\" cy=\"%d\" r=\"3.5\"/></svg>",
			x_of_ratio(t, f->ratio), SPAN_HEIGHT / 2);
	}
	fputs("</td>", t->out);
}

static const char *change_text(const struct compare_figure *f)
{
	static const char *const texts[] = {
		[VERDICT_NONE] = "", [VERDICT_UNSURE] = "none found",
		[VERDICT_SAME] = "no change", [VERDICT_LESS] = "less",
		[VERDICT_MORE] = "more",
	};

	return f->tested ? texts[f->verdict] : "";
}

static void put_change(const struct sheet *t, const struct compare_figure *f)
{
	char cell[CELL_MAX], low[COMPARE_NUMBER_MAX] = "", high[COMPARE_NUMBER_MAX] = "";
	const bool known = f->known && isfinite(f->low) && isfinite(f->high);

	compare_format_change(f, cell);
	put_value(t, "ratio", f->has_ratio, f->ratio, 6, cell);
	compare_format_interval(f, cell);
	fprintf(t->out, "<td data-key=\"interval\" data-low=\"%s\" data-high=\"%s\">%s</td>",
		known ? compare_number(low, f->low, 6) : "",
		known ? compare_number(high, f->high, 6) : "", cell);
	draw_interval(t, f);
	if (t->c->within) {
		compare_format_halves(f, cell);
		fprintf(t->out, "<td data-key=\"halves\">%s</td>", cell);
	}
	fprintf(t->out, "<td class=\"label change is-%s\" data-key=\"change\" data-value=\"%s\">%s</td>",
		compare_change(f->verdict), f->tested ? compare_change(f->verdict) : "",
		change_text(f));
}

static void put_row(const struct sheet *t, size_t i, enum compare_what what)
{
	static const char *const keys[SIDES] = { "before", "after" };
	const struct compare_row *row = row_of(t, i);
	const struct compare_figure *f = &row->figures[what];
	const unsigned int places = what == COMPARE_SHARE ? 6 : 3;
	char label[COMPARE_LABEL_MAX], cell[CELL_MAX];
	unsigned int side;

	fputs("<tr><th scope=\"row\" class=\"label\">", t->out);
	html_text(compare_label(row, label), t->out);
	fputs("</th>", t->out);
	for (side = 0; side < SIDES; side++) {
		compare_format_value(t->c, what, f->has[side], f->value[side], cell);
		put_value(t, keys[side], f->has[side], f->value[side], places, cell);
	}
	put_change(t, f);
	fputs("</tr>\n", t->out);
}

static double figure_reach(const struct compare_figure *f)
{
	double reach = 0;

	if (f->has_ratio && f->ratio > 0)
		reach = fabs(log(f->ratio));
	if (f->known && f->low > 0 && isfinite(f->high))
		reach = fmax(reach, fmax(fabs(log(f->low)), fabs(log(f->high))));
	return reach;
}

/* How far intervals go, in all tables alike: 5 % at least, 8 times at the most */
static double find_reach(const struct sheet *t)
{
	double reach = log(1.05);
	unsigned int what;
	size_t i;

	for (i = 0; i <= t->nr; i++)
		for (what = 0; what < COMPARE_FIGURES; what++)
			reach = fmax(reach, figure_reach(&row_of(t, i)->figures[what]));
	return fmin(reach, log(8)) * 1.1;
}

static bool any_tested(const struct sheet *t, enum compare_what what)
{
	size_t i;

	for (i = 0; i <= t->nr; i++)
		if (row_of(t, i)->figures[what].tested)
			return true;
	return false;
}

static void put_table(const struct sheet *t, enum compare_what what, const char *title)
{
	size_t i;

	fprintf(t->out, "<section><h2>%s</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"%s\"><table data-figure=\"%s\"><caption class=\"hidden\">%s</caption>\n<thead><tr><td></td><th scope=\"col\">before</th><th scope=\"col\">after</th><th scope=\"col\">change %%</th><th scope=\"col\">95 %% interval</th><td class=\"interval\"></td>%s%s</tr></thead>\n<tbody>\n",
		title, title, compare_name(t->c, what), title,
		t->c->within ? "<th scope=\"col\">its halves %</th>" : "",
		any_tested(t, what) ? "<th scope=\"col\" class=\"label\">verdict</th>" :
				      "<td></td>");
	for (i = 0; i < t->nr; i++)
		put_row(t, i, what);
	fputs("</tbody>\n<tfoot>", t->out);
	put_row(t, t->nr, what);
	fputs("</tfoot></table></div></section>\n", t->out);
}

static void put_figures(const struct sheet *t)
{
	const char *second = t->c->per_second ? " per second" : "";
	const char *unit = t->c->scaled ? "Time" : t->c->unit;
	char title[64];

	snprintf(title, sizeof(title), "What it cost: %s%s", unit, second);
	put_table(t, COMPARE_CYCLES, title);
	snprintf(title, sizeof(title), "How often: exits%s", second);
	put_table(t, COMPARE_COUNT, title);
	put_table(t, COMPARE_MEAN, "What one exit cost: the mean");
	put_table(t, COMPARE_P50, "What one exit cost: p50, the median");
	put_table(t, COMPARE_P99, "What one exit cost: p99, the tail");
	put_table(t, COMPARE_SHARE, "Share of all");
}

/* How long exits took: both sides in one chart, for each row */

struct lengths {
	uint64_t bins[SIDES][PAGE_BINS];
	uint64_t exits[SIDES];
	unsigned int lowest, highest;	/* bins that have any */
	double most;			/* the largest share of a bin */
};

#define LENGTHS_WIDTH	460
#define LENGTHS_HEIGHT	110
#define LENGTHS_TOP	6

static void add_lengths(struct lengths *l, unsigned int side, const struct group *g)
{
	unsigned int bin;

	if (!g)
		return;
	page_add_lengths(&g->histogram, l->bins[side]);
	l->exits[side] = stats_timed(&g->cell);
	for (bin = 0; bin < PAGE_BINS; bin++) {
		if (!l->bins[side][bin])
			continue;
		l->most = fmax(l->most, (double)l->bins[side][bin] / l->exits[side]);
		l->lowest = bin < l->lowest ? bin : l->lowest;
		l->highest = bin > l->highest ? bin : l->highest;
	}
}

static double lengths_x(const struct lengths *l, unsigned int bin)
{
	return (double)LENGTHS_WIDTH * (bin - l->lowest) / (l->highest + 1 - l->lowest);
}

static void draw_side(const struct sheet *t, const struct lengths *l, unsigned int side)
{
	static const char *const classes[SIDES] = { "before", "after" };
	const int bottom = LENGTHS_TOP + LENGTHS_HEIGHT;
	unsigned int bin;

	if (!l->exits[side])
		return;
	fprintf(t->out, "<path class=\"%s\" d=\"M0 %d", classes[side], bottom);
	for (bin = l->lowest; bin <= l->highest; bin++)
		fprintf(t->out, "V%.1fH%.1f", bottom - LENGTHS_HEIGHT *
			((double)l->bins[side][bin] / l->exits[side] / l->most),
			lengths_x(l, bin + 1));
	fprintf(t->out, "V%d\"/>\n", bottom);
}

static void draw_scale(const struct html *h, const struct lengths *l)
{
	const unsigned int blocks = (l->highest - l->lowest) / PAGE_BINS_OF_BLOCK + 1;
	const unsigned int step = PAGE_BINS_OF_BLOCK * ((blocks + 5) / 6);
	unsigned int bin = (l->lowest + step - 1) / step * step;

	fprintf(h->out, "<path class=\"axis\" d=\"M0 %dh%d\"/>\n",
		LENGTHS_TOP + LENGTHS_HEIGHT, LENGTHS_WIDTH);
	for (; bin <= l->highest + 1; bin += step) {
		fprintf(h->out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">",
			lengths_x(l, bin), LENGTHS_TOP + LENGTHS_HEIGHT + 13,
			bin == l->lowest ? "start" :
			bin > l->highest - PAGE_BINS_OF_BLOCK / 2 ? "end" : "middle");
		html_length(h, page_bin_start(bin), h->out);
		fputs("</text>\n", h->out);
	}
}

static void put_counts(const struct html *h, const struct lengths *l, const char *label)
{
	unsigned int bin;

	fputs("<details><summary>Figures</summary><div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Exits by length: ", h->out);
	html_text(label, h->out);
	fputs("\"><table data-lengths=\"", h->out);
	html_text(label, h->out);
	fputs("\"><thead><tr><th scope=\"col\">from</th><th scope=\"col\">exits before</th><th scope=\"col\">exits after</th></tr></thead>\n<tbody>",
	      h->out);
	for (bin = l->lowest; bin <= l->highest; bin++) {
		if (!l->bins[BEFORE][bin] && !l->bins[AFTER][bin])
			continue;
		fputs("<tr><th scope=\"row\">", h->out);
		html_length(h, page_bin_start(bin), h->out);
		fputs("</th><td>", h->out);
		html_count(l->bins[BEFORE][bin], h->out);
		fputs("</td><td>", h->out);
		html_count(l->bins[AFTER][bin], h->out);
		fputs("</td></tr>\n", h->out);
	}
	fputs("</tbody></table></div></details>\n", h->out);
}

static void put_lengths(const struct sheet *t, const struct compare_row *row)
{
	const struct html h = { .v = &t->c->sides[BEFORE].views[0], .out = t->out };
	struct lengths l = { .lowest = PAGE_BINS };
	char label[COMPARE_LABEL_MAX];
	unsigned int side;

	compare_label(row, label);
	for (side = 0; side < SIDES; side++)
		add_lengths(&l, side, comparison_group(t->c, row, side));
	if (l.lowest == PAGE_BINS)
		return;
	fputs("<figure><figcaption>", t->out);
	html_text(label, t->out);
	fprintf(t->out, "</figcaption>\n<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"How long exits took, before and after: ",
		LENGTHS_WIDTH, LENGTHS_TOP + LENGTHS_HEIGHT + 18);
	html_text(label, t->out);
	fputs("\">\n", t->out);
	draw_side(t, &l, BEFORE);
	draw_side(t, &l, AFTER);
	draw_scale(&h, &l);
	fputs("</svg>\n", t->out);
	put_counts(&h, &l, label);
	fputs("</figure>\n", t->out);
}

static void put_all_lengths(const struct sheet *t)
{
	size_t i;

	fprintf(t->out, "<section><h2>How long exits took</h2>\n<p class=\"faint\">What share of the exits of a side took how long, in quarters of powers of two%s%s.</p>\n<p class=\"legend\"><span><i class=\"side-before\"></i>before</span><span><i class=\"side-after\"></i>after</span></p>\n<div class=\"lengths\">\n",
		t->c->scaled ? "" : " of ", t->c->scaled ? "" : t->c->sides[BEFORE].views[0].unit);
	for (i = 0; i < t->nr; i++)
		put_lengths(t, &t->c->rows[i]);
	fputs("</div></section>\n", t->out);
}

static void put_rest(const struct sheet *t)
{
	if (t->nr < t->c->nr_rows)
		fprintf(t->out, "<p class=\"faint\">%zu more that cost less: see --top, --format=csv</p>\n",
			t->c->nr_rows - t->nr);
}

int compare_print_html(const struct comparison *c, FILE *out)
{
	struct sheet t = { .c = c, .out = out, .nr = compare_rows_shown(c) };
	int ret;

	t.reach = find_reach(&t);
	html_begin("VM exits: before and after", "Before and after", out);
	put_verdict(&t);
	ret = put_facts(&t);
	put_figures(&t);
	put_rest(&t);
	put_all_lengths(&t);
	fputs("</main>\n</body></html>\n", out);
	return ret < 0 || ferror(out) ? -1 : 0;
}
