// SPDX-License-Identifier: GPL-2.0
/*
 * A comparison as tables, one for each figure, for people: above them what is compared,
 * below what it means.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/decimal.h"
#include "base/error.h"
#include "output/compare-private.h"
#include "output/table-private.h"

#define PATHS_SHOWN	8u
#define LABEL_WIDTH	20	/* at least, and at the most: */
#define LABEL_WIDTH_MAX	40
#define ROWS_SHOWN	20u	/* unless --top says how many */

struct sheet {
	const struct comparison *c;
	FILE *out;
	size_t nr;		/* rows that are shown */
	int label_width;
};

static void print_count(const struct sheet *t, uint64_t n)
{
	char digits[24], text[CELL_MAX];

	snprintf(digits, sizeof(digits), "%" PRIu64, n);
	decimal_group(text, digits);
	fputs(t->c->view_opt->raw ? digits : text, t->out);
}

static void print_paths(const struct sheet *t, enum compare_side side)
{
	const struct compare_input *in = &t->c->sides[side];
	char path[1024];
	unsigned int i;

	for (i = 0; i < in->nr && i < PATHS_SHOWN; i++) {
		escape_text(path, sizeof(path), in->views[i].info->path,
			    strlen(in->views[i].info->path));
		fprintf(t->out, "%s%s", i ? ", " : "", path);
	}
	if (in->nr > PATHS_SHOWN)
		fprintf(t->out, " and %u more", in->nr - PATHS_SHOWN);
}

static void print_side(const struct sheet *t, enum compare_side side)
{
	char buf[COMPARE_NUMBER_MAX];

	fprintf(t->out, "%-11s", side == BEFORE ? "before:" : "after:");
	print_paths(t, side);
	fputs(": ", t->out);
	print_count(t, t->c->exits[side]);
	fprintf(t->out, " exit%s", plural_s(t->c->exits[side]));
	if (t->c->per_second)
		fprintf(t->out, " in %s s",
			compare_number(buf, t->c->seconds[side], 3));
	putc('\n', t->out);
}

static void print_evidence(const struct sheet *t)
{
	const struct comparison *c = t->c;
	char buf[COMPARE_NUMBER_MAX];

	fprintf(t->out, "%-11s", "evidence:");
	if (c->blind || c->evidence == EVIDENCE_NONE)
		fputs("none: one recording a side", t->out);
	else if (c->within)
		fprintf(t->out, "within two recordings only, by %u slices of each",
			COMPARE_SLICES);
	else if (c->evidence == EVIDENCE_WEAK)
		fputs("weak: Student's t, as recordings are few", t->out);
	else
		fprintf(t->out, "exact: %" PRIu32 " relabelings of %s%s",
			c->relabelings,
			c->opt.paired ? "pairs of recordings" : "recordings",
			c->drawn ? ", drawn" : "");
	fprintf(t->out, "; a change is %s %% or more\n",
		compare_number(buf, 100.0 * c->opt.min_effect / COMPARE_EFFECT_ONE,
			       c->opt.min_effect % (COMPARE_EFFECT_ONE / 100) ? 3 : 0));
}

static void print_head(const struct sheet *t)
{
	const struct view *v = &t->c->sides[BEFORE].views[0];
	size_t i;

	print_side(t, BEFORE);
	print_side(t, AFTER);
	fprintf(t->out, "%-11s%s\n", "figures:",
		v->stamped ? "cycles are KVM's own work, by the kernel's stamps" :
			     "whole round trips, by time stamps");
	for (i = 0; i < t->c->nr_differences; i++)
		fprintf(t->out, "%-11s%s\n", i ? "" : "differs:",
			t->c->differences[i]);
	print_evidence(t);
	fprintf(t->out, "%-11s%s\n", "unit:",
		t->c->scaled ? "each as shown" : t->c->unit);
}

void compare_print_head(const struct comparison *c, FILE *out)
{
	const struct sheet t = { .c = c, .out = out };

	print_head(&t);
}

/* Cells */

void compare_format_value(const struct comparison *c, enum compare_what what,
			  bool has, double v, char cell[CELL_MAX])
{
	const bool count = what == COMPARE_COUNT || what == COMPARE_SHARE;
	char buf[COMPARE_NUMBER_MAX], scaled[UNIT_TEXT_MAX];
	const char *number;

	if (!has) {
		strcpy(cell, "-");
		return;
	}
	if (what == COMPARE_SHARE) {
		snprintf(cell, CELL_MAX, "%s %%", compare_number(buf, 100 * v, 2));
		return;
	}
	if (c->scaled && !count) {
		strcpy(cell, unit_scale(scaled, (u128)(v + 0.5)));
		return;
	}
	number = compare_number(buf, v, what == COMPARE_COUNT ? 1 : 0);
	if (c->view_opt->raw)
		strcpy(cell, number);
	else
		decimal_group(cell, number);
}

static void format_percent(double ratio, char cell[CELL_MAX])
{
	double percent = 100 * (ratio - 1);
	char buf[COMPARE_NUMBER_MAX];

	compare_number(buf, fabs(percent), fabs(percent) < 99.95 ? 1 : 0);
	snprintf(cell, CELL_MAX, "%s%s", percent < 0 ? "-" : "+", buf);
}

void compare_format_change(const struct compare_figure *f, char cell[CELL_MAX])
{
	if (!f->has[AFTER] && !f->has[BEFORE])
		strcpy(cell, "-");
	else if (f->has_ratio && f->ratio > 0)
		format_percent(f->ratio, cell);
	else if (f->value[BEFORE] == 0 && f->value[AFTER] > 0)
		strcpy(cell, "new");
	else
		strcpy(cell, f->value[BEFORE] > 0 ? "gone" : "-");
}

void compare_format_interval(const struct compare_figure *f, char cell[CELL_MAX])
{
	char low[CELL_MAX], high[CELL_MAX];

	if (!f->known || !isfinite(f->low) || !isfinite(f->high)) {
		strcpy(cell, "-");
		return;
	}
	format_percent(f->low, low);
	format_percent(f->high, high);
	snprintf(cell, CELL_MAX, "%.40s to %.40s", low, high);
}

void compare_format_halves(const struct compare_figure *f, char cell[CELL_MAX])
{
	char before[CELL_MAX], after[CELL_MAX];

	strcpy(cell, "-");
	if (!f->has_halves)
		return;
	format_percent(f->halves[BEFORE], before);
	format_percent(f->halves[AFTER], after);
	snprintf(cell, CELL_MAX, "%.40s, %.40s", before, after);
}

static void format_part(const struct sheet *t, const struct compare_row *row,
			double part, char cell[CELL_MAX])
{
	const double before = row->figures[COMPARE_CYCLES].value[BEFORE];

	(void)t;
	if (before > 0)
		format_percent(1 + part / before, cell);
	else
		strcpy(cell, "-");
}

static const char *mark_of(const struct compare_figure *f)
{
	return f->verdict == VERDICT_MORE || f->verdict == VERDICT_LESS ? " *" : "";
}

/* Rows */

static void print_label(const struct sheet *t, const struct compare_row *row)
{
	char label[COMPARE_LABEL_MAX];
	const char *text = compare_label(row, label);

	fprintf(t->out, "%-*.*s", t->label_width, t->label_width, text);
}

static void print_figure(const struct sheet *t, const struct compare_row *row,
			 enum compare_what what)
{
	const struct compare_figure *f = &row->figures[what];
	char cell[CELL_MAX];

	print_label(t, row);
	compare_format_value(t->c, what, f->has[BEFORE], f->value[BEFORE], cell);
	fprintf(t->out, "%16s", cell);
	compare_format_value(t->c, what, f->has[AFTER], f->value[AFTER], cell);
	fprintf(t->out, "%16s", cell);
	compare_format_change(f, cell);
	fprintf(t->out, "%9s", cell);
	compare_format_interval(f, cell);
	fprintf(t->out, "%18s", cell);
	if (t->c->within) {
		compare_format_halves(f, cell);
		fprintf(t->out, "%16s", cell);
	}
	fprintf(t->out, "%s\n", mark_of(f));
}

static void print_cycles(const struct sheet *t, const struct compare_row *row,
			 enum compare_what what)
{
	const struct compare_figure *f = &row->figures[COMPARE_CYCLES];
	const struct compare_figure *share = &row->figures[COMPARE_SHARE];
	char cell[CELL_MAX];
	unsigned int side;

	(void)what;
	print_label(t, row);
	for (side = 0; side < SIDES; side++) {
		compare_format_value(t->c, COMPARE_CYCLES, f->has[side], f->value[side], cell);
		fprintf(t->out, "%16s", cell);
	}
	compare_format_change(f, cell);
	fprintf(t->out, "%9s", cell);
	format_part(t, row, row->by_count, cell);
	fprintf(t->out, "%9s", cell);
	format_part(t, row, row->by_cost, cell);
	fprintf(t->out, "%9s", cell);
	for (side = 0; side < SIDES; side++) {
		compare_format_value(t->c, COMPARE_SHARE, share->has[side], share->value[side],
			     cell);
		fprintf(t->out, "%9s", cell);
	}
	fprintf(t->out, "%s\n", mark_of(f));
}

typedef void (*row_fn)(const struct sheet *t, const struct compare_row *row,
		       enum compare_what what);

static void print_rows(const struct sheet *t, row_fn print,
		       enum compare_what what)
{
	size_t i;

	for (i = 0; i < t->nr; i++)
		print(t, &t->c->rows[i], what);
	print(t, &t->c->total, what);
}

/* "cycles/s": what a table is of */
static void name_of(const struct sheet *t, enum compare_what what,
		    char name[CELL_MAX])
{
	const char *second = t->c->per_second ? "/s" : "";

	if (what == COMPARE_CYCLES)
		snprintf(name, CELL_MAX, "%s%s", t->c->scaled ? "time" : t->c->unit,
			 second);
	else if (what == COMPARE_COUNT)
		snprintf(name, CELL_MAX, "exits%s", second);
	else
		strcpy(name, compare_name(t->c, what));
}

static void print_table(const struct sheet *t, enum compare_what what)
{
	char name[CELL_MAX];

	name_of(t, what, name);
	if (what == COMPARE_CYCLES)
		fprintf(t->out, "\n%-*s%16s%16s%9s%9s%9s%9s%9s\n", t->label_width,
			name, "before", "after", "change%", "count%", "cost%",
			"share", "after");
	else
		fprintf(t->out, "\n%-*s%16s%16s%9s%18s%s\n", t->label_width, name,
			"before", "after", "change%", "95 % interval",
			t->c->within ? "    its halves %" : "");
	print_rows(t, what == COMPARE_CYCLES ? print_cycles : print_figure, what);
}

static void print_sentence(void *user, const char *sentence)
{
	fprintf(user, "%s\n", sentence);
}

/* Those that are not shown hold less than a hundredth, unless --top cut others. */
static void print_rest(const struct sheet *t)
{
	double share = 0;
	char buf[COMPARE_NUMBER_MAX];
	size_t i;

	for (i = t->nr; i < t->c->nr_rows; i++)
		share += t->c->rows[i].figures[COMPARE_SHARE].value[AFTER];
	if (t->nr < t->c->nr_rows)
		fprintf(t->out, "\n%zu more, with %s %% of all cycles after: see --top, --format=csv\n",
			t->c->nr_rows - t->nr, compare_number(buf, 100 * share, 2));
}

static int longest_label(const struct sheet *t)
{
	char label[COMPARE_LABEL_MAX];
	int longest = LABEL_WIDTH, len;
	size_t i;

	for (i = 0; i < t->nr; i++) {
		len = strlen(compare_label(&t->c->rows[i], label));
		if (len > longest)
			longest = len;
	}
	return longest < LABEL_WIDTH_MAX ? longest : LABEL_WIDTH_MAX;
}

size_t compare_rows_shown(const struct comparison *c)
{
	size_t wanted = c->view_opt->top;

	if (!wanted)
		wanted = c->nr_judged < ROWS_SHOWN ? c->nr_judged : ROWS_SHOWN;
	return wanted < c->nr_rows ? wanted : c->nr_rows;
}

int compare_print_table(const struct comparison *c, FILE *out)
{
	struct sheet t = { .c = c, .out = out, .nr = compare_rows_shown(c) };
	unsigned int what;

	t.label_width = longest_label(&t);
	print_head(&t);
	for (what = COMPARE_CYCLES; what < COMPARE_SHARE; what++)
		print_table(&t, what);
	print_rest(&t);
	putc('\n', out);
	compare_tell(c, print_sentence, out);
	return ferror(out) ? -1 : 0;
}
