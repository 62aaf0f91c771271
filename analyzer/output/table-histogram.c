// SPDX-License-Identifier: GPL-2.0
/*
 * Below a table, if asked for: for each of its rows how many exits took how
 * long, in powers of two.
 *
 *	svm npf: exits by cycles
 *	  [16K, 32K)     170    0.74%  #
 *	  [32K, 64K)  22,026   95.97%  ########################################
 *
 * In a terminal whose locale has them, bars are of block characters: bar.h.
 *
 * A bucket has its lower end, and not its upper one; K is 1024.  The longest bar
 * is as long as there is room, and no exit goes without.
 */
#include <inttypes.h>
#include <string.h>

#include "base/decimal.h"
#include "output/bar.h"
#include "output/table-private.h"

#define BAR_MAX		50u
#define WIDTH_USUAL	80u	/* where there is no limit */
#define RANGE_MAX	24u

struct bars {
	const struct view *v;
	FILE *out;
	unsigned int width;
	uint64_t counts[HISTOGRAM_POWERS];
	uint64_t exits, most;
	unsigned int first, last;	/* buckets that are shown */
	unsigned int range_width, count_width;
};

/* 2^@power as "512", "1K", "16E" */
static void format_power(char *to, size_t size, unsigned int power)
{
	static const char *const units[] = { "", "K", "M", "G", "T", "P", "E" };

	snprintf(to, size, "%u%s", 1u << power % 10, units[power / 10]);
}

static void format_range(char to[RANGE_MAX], unsigned int bucket)
{
	char low[8], high[8];

	if (bucket < 2) {
		snprintf(to, RANGE_MAX, "[%u]", bucket);
		return;
	}
	format_power(low, sizeof(low), bucket - 1);
	format_power(high, sizeof(high), bucket);
	snprintf(to, RANGE_MAX, "[%s, %s)", low, high);
}

static void format_count(const struct bars *b, char cell[CELL_MAX], uint64_t n)
{
	char digits[DECIMAL_U128_MAX];
	const char *plain = decimal_u128(digits, n);

	if (b->v->opt->raw)
		strcpy(cell, plain);
	else
		decimal_group(cell, plain);
}

static unsigned int longer(unsigned int a, size_t b)
{
	return a > b ? a : b;
}

/* Return false if there are no exits. */
static bool measure(struct bars *b, const struct group *g)
{
	char cell[CELL_MAX], range[RANGE_MAX];
	unsigned int i;

	histogram_powers(&g->histogram, b->counts);
	b->exits = stats_timed(&g->cell);
	b->most = 0;
	b->range_width = b->count_width = 0;
	for (i = 0; i < HISTOGRAM_POWERS; i++) {
		if (!b->counts[i])
			continue;
		if (!b->most)
			b->first = i;
		b->last = i;
		if (b->counts[i] > b->most)
			b->most = b->counts[i];
	}
	for (i = b->first; b->most && i <= b->last; i++) {
		format_range(range, i);
		format_count(b, cell, b->counts[i]);
		b->range_width = longer(b->range_width, strlen(range));
		b->count_width = longer(b->count_width, strlen(cell));
	}
	return b->most;
}

static void print_bar(const struct bars *b, uint64_t count)
{
	/* "  RANGE  COUNT  100.00%  BAR" */
	unsigned int used = 2 + b->range_width + 2 + b->count_width + 2 + 7 + 2;
	unsigned int room = b->width > used + BAR_MAX ? BAR_MAX :
			    b->width > used ? b->width - used : 1;

	if (count)
		fputs("  ", b->out);
	bar_print(b->out, b->v->opt->blocks, count, b->most, room);
	putc('\n', b->out);
}

static void print_buckets(const struct bars *b)
{
	char cell[CELL_MAX], range[RANGE_MAX], percent[DECIMAL_MAX];
	unsigned int i;

	for (i = b->first; i <= b->last; i++) {
		format_range(range, i);
		format_count(b, cell, b->counts[i]);
		decimal_text(percent, decimal_ratio(b->counts[i], b->exits, 4), 2);
		fprintf(b->out, "  %*s  %*s  %6s%%", (int)b->range_width,
			range, (int)b->count_width, cell, percent);
		print_bar(b, b->counts[i]);
	}
}

/* What the group is: its labels, each but the reason with its header */
static void print_labels(const struct bars *b, const struct group *g)
{
	const struct column *list[COLUMNS_MAX];
	unsigned int nr = columns_select(b->v, false, list), i;
	char digits[DECIMAL_U128_MAX];
	const char *before = "";
	struct value value;

	for (i = 0; i < nr; i++) {
		if (!(list[i]->flags & COLUMN_LABEL))
			continue;
		columns_get(b->v, list[i], g, &value);
		fputs(before, b->out);
		before = ", ";
		if (list[i]->by != BY_REASON)
			fprintf(b->out, "%s ", list[i]->key);
		fputs(value.type == VALUE_TEXT ? value.text :
		      value.type == VALUE_NONE ? "-" :
		      decimal_u128(digits, value.integer), b->out);
	}
}

static void print_one(struct bars *b, const struct group *g, const char *name)
{
	if (!measure(b, g))
		return;
	putc('\n', b->out);
	if (name)
		fputs(name, b->out);
	else
		print_labels(b, g);
	fprintf(b->out, ": exits by %s%s%s\n",
		b->v->opt->of ? stats_of_name(b->v->opt->of) : "",
		b->v->opt->of ? " " : "", b->v->unit);
	print_buckets(b);
}

void table_print_histograms(const struct view *v, FILE *out,
			    unsigned int width)
{
	struct bars b = { .v = v, .out = out, .width = width };
	char name[CELL_MAX + sizeof(" more")];
	size_t i;

	if (width == UINT32_MAX)
		b.width = WIDTH_USUAL;
	for (i = 0; i < v->nr_shown; i++)
		print_one(&b, v->sorted[i], NULL);
	if (v->nr_more) {
		format_count(&b, name, v->nr_more);
		strcat(name, " more");
		print_one(&b, &v->more, name);
	}
	if (v->nr_shown + !!v->nr_more > 1)
		print_one(&b, &v->total, "total");
}
