// SPDX-License-Identifier: GPL-2.0
/*
 * Below a table, if asked for: for each of its rows how many exits took how
 * long, in powers of two, or finer: --bins.
 *
 *	svm npf: exits by cycles
 *	  [16K, 32K)     170    0.74%  #
 *	  [32K, 64K)  22,026   95.97%  ########################################
 *
 * In a terminal whose locale has them, bars are of block characters: bar.h.
 *
 * A bin has its lower end, and not its upper one; K is 1024.  The longest bar
 * is as long as there is room, and no exit goes without.
 */
#include <inttypes.h>
#include <string.h>

#include "base/decimal.h"
#include "output/bar.h"
#include "output/table-private.h"

#define BAR_MAX		50u
#define WIDTH_USUAL	80u	/* where there is no limit */
#define VALUE_MAX	24u
#define RANGE_MAX	(2 * VALUE_MAX + 8)

struct bars {
	const struct view *v;
	FILE *out;
	unsigned int width;
	const struct histogram *h;
	unsigned int bins;		/* for each power of two */
	uint64_t exits, most;
	uint64_t first, last;		/* lowest values of the bins that are shown */
	unsigned int range_width, count_width;
};

/* @v as "512", "1K", "40K", "16E": 0 is 2^64 */
static void format_value(char to[VALUE_MAX], uint64_t v)
{
	static const char units[] = " KMGTPE";
	unsigned int unit = 0;

	if (!v) {
		strcpy(to, "16E");
		return;
	}
	for (; !(v % 1024); v /= 1024)
		unit++;
	snprintf(to, VALUE_MAX, unit ? "%" PRIu64 "%c" : "%" PRIu64, v, units[unit]);
}

static void format_range(char to[RANGE_MAX], uint64_t low, uint64_t high)
{
	char begin[VALUE_MAX], end[VALUE_MAX];

	if (low == high) {
		snprintf(to, RANGE_MAX, "[%" PRIu64 "]", low);
		return;
	}
	format_value(begin, low);
	format_value(end, high + 1);
	snprintf(to, RANGE_MAX, "[%s, %s)", begin, end);
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

/* The bin behind that of @high; false: that was the last one that is shown. */
static bool next_bin(const struct bars *b, uint64_t *low, uint64_t *high)
{
	if (*low >= b->last)
		return false;
	*low = *high + 1;
	*high = histogram_bin_high(*low, b->bins);
	return true;
}

static void find_ends(struct bars *b)
{
	uint64_t low = 0, high, n;

	b->most = 0;
	for (;; low = high + 1) {
		high = histogram_bin_high(low, b->bins);
		n = histogram_bin_count(b->h, low, high);
		if (n && !b->most)
			b->first = low;
		if (n)
			b->last = low;
		if (n > b->most)
			b->most = n;
		if (high == UINT64_MAX)
			return;
	}
}

/* Return false if there are no exits. */
static bool measure(struct bars *b, const struct group *g)
{
	char cell[CELL_MAX], range[RANGE_MAX];
	uint64_t low, high;

	b->h = &g->histogram;
	b->bins = b->v->opt->bins ? b->v->opt->bins : 1;
	b->exits = stats_timed(&g->cell);
	b->range_width = b->count_width = 0;
	find_ends(b);
	low = b->first;
	high = histogram_bin_high(low, b->bins);
	do {
		format_range(range, low, high);
		format_count(b, cell, histogram_bin_count(b->h, low, high));
		b->range_width = longer(b->range_width, strlen(range));
		b->count_width = longer(b->count_width, strlen(cell));
	} while (b->most && next_bin(b, &low, &high));
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

static void print_bins(const struct bars *b)
{
	char cell[CELL_MAX], range[RANGE_MAX], percent[DECIMAL_MAX];
	uint64_t low = b->first, high = histogram_bin_high(low, b->bins), n;

	do {
		n = histogram_bin_count(b->h, low, high);
		format_range(range, low, high);
		format_count(b, cell, n);
		decimal_text(percent, decimal_ratio(n, b->exits, 4), 2);
		fprintf(b->out, "  %*s  %*s  %6s%%", (int)b->range_width,
			range, (int)b->count_width, cell, percent);
		print_bar(b, n);
	} while (next_bin(b, &low, &high));
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
	print_bins(b);
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
