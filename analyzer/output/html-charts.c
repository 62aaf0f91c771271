// SPDX-License-Identifier: GPL-2.0
/*
 * Charts as inline SVG.  The script knows the elements by their id.
 */
#include <inttypes.h>
#include <math.h>

#include "output/html-private.h"

#define TICKS	6u	/* of time, at the most */

static double x_of(const struct page *p, double bucket)
{
	return PLOT_LEFT + bucket * PLOT_WIDTH / p->nr_buckets;
}

static double bin_height(const struct page *p)
{
	return (double)PLOT_HEIGHT / (p->highest + 1 - p->lowest);
}

/* The lower edge of a bin */
static double y_of(const struct page *p, double bin)
{
	return PLOT_TOP + PLOT_HEIGHT - (bin - p->lowest) * bin_height(p);
}

/* Square roots: what is rare is seen beside what is not. */
static unsigned int level_of(uint64_t n, uint64_t max)
{
	return ceil(HEAT_LEVELS * sqrt((double)n / max)) - 1;
}

static uint64_t heat_max(const struct page *p)
{
	const uint64_t *bins = page_bins(p, PAGE_ALL, 0);
	uint64_t max = 1;
	size_t i;

	for (i = 0; i < (size_t)p->nr_buckets * PAGE_BINS; i++)
		if (bins[i] > max)
			max = bins[i];
	return max;
}

static void draw_level(const struct html *h, unsigned int level, uint64_t max)
{
	const struct page *p = h->p;
	const double width = (double)PLOT_WIDTH / p->nr_buckets;
	unsigned int bucket, bin;
	uint64_t n;

	fprintf(h->out, "<path fill-opacity=\"%.2f\" d=\"",
		0.2 + 0.8 * level / (HEAT_LEVELS - 1));
	for (bucket = 0; bucket < p->nr_buckets; bucket++)
		for (bin = p->lowest; bin <= p->highest; bin++) {
			n = page_bins(p, PAGE_ALL, bucket)[bin];
			if (n && level_of(n, max) == level)
				fprintf(h->out, "M%.1f %.1fh%.1fv%.1fh-%.1fz",
					x_of(p, bucket), y_of(p, bin + 1), width,
					bin_height(p), width);
		}
	fputs("\"/>\n", h->out);
}

/* All rows of a bucket */
static struct stats_cell bucket_sum(const struct page *p, unsigned int bucket)
{
	struct stats_cell sum = { .exits = 0 };
	size_t row;

	for (row = 0; row < p->nr_rows; row++)
		if (page_cell(p, row, bucket)->exits)
			stats_cell_merge(&sum, page_cell(p, row, bucket));
	return sum;
}

static void draw_max(const struct html *h)
{
	const struct page *p = h->p;
	struct stats_cell sum;
	unsigned int i;

	fputs("<path id=\"heat-max\" class=\"max\" d=\"", h->out);
	for (i = 0; i < p->nr_buckets; i++) {
		sum = bucket_sum(p, i);
		if (stats_timed(&sum))
			fprintf(h->out, "M%.1f %.1fh%.1f", x_of(p, i),
				y_of(p, page_bin(sum.max) + 0.5),
				(double)PLOT_WIDTH / p->nr_buckets);
	}
	fputs("\"/>\n", h->out);
}

/* From one length that is named to the next: each fourth power of two, or each of few */
static unsigned int bins_of_label(const struct page *p)
{
	const unsigned int bins = p->highest + 1 - p->lowest;

	return PAGE_BINS_OF_BLOCK * (bins > 48 ? 4 : bins > 24 ? 2 : 1);
}

static unsigned int first_label(const struct page *p)
{
	const unsigned int step = bins_of_label(p);

	return (p->lowest + step - 1) / step * step;
}

static void draw_text(const struct html *h, double x, double y, const char *anchor)
{
	fprintf(h->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">", x, y, anchor);
}

static void draw_lengths(const struct html *h)
{
	const struct page *p = h->p;
	unsigned int bin;

	for (bin = first_label(p); bin <= p->highest; bin += bins_of_label(p)) {
		fprintf(h->out, "<path class=\"axis\" d=\"M%u %.1fh%u\"/>", PLOT_LEFT,
			y_of(p, bin), PLOT_WIDTH);
		draw_text(h, PLOT_LEFT - 6, y_of(p, bin) + 4, "end");
		html_length(h, page_bin_start(bin), h->out);
		fputs("</text>\n", h->out);
	}
}

static void draw_seconds(const struct html *h, unsigned int y)
{
	unsigned int step = (h->p->nr_buckets + TICKS - 1) / TICKS, i;

	for (i = 0; i < h->p->nr_buckets; i += step) {
		draw_text(h, x_of(h->p, i), y, i ? "middle" : "start");
		html_seconds(h, i, h->out);
		fputs(" s</text>\n", h->out);
	}
}

struct bars {
	const char *id;
	unsigned int top;
	unsigned int nr;
	uint64_t (*get)(const struct page *p, unsigned int i);
};

/* From the left, as high as their share of the highest one */
static void draw_bars(const struct html *h, const struct bars *b)
{
	const double slot = (double)PLOT_WIDTH / b->nr;
	const double width = slot > 1 ? slot - 0.5 : 0.5;
	uint64_t max = 1, n;
	unsigned int i;
	double height;

	for (i = 0; i < b->nr; i++)
		if (b->get(h->p, i) > max)
			max = b->get(h->p, i);
	fprintf(h->out, "<path id=\"%s\" class=\"bar\" data-top=\"%u\" data-height=\"%u\" d=\"",
		b->id, b->top, BARS_HEIGHT);
	for (i = 0; i < b->nr; i++) {
		n = b->get(h->p, i);
		height = (double)n * BARS_HEIGHT / max;
		if (n)
			fprintf(h->out, "M%.1f %.1fv-%.2fh%.1fv%.2fz",
				PLOT_LEFT + i * slot, (double)b->top + BARS_HEIGHT,
				height, width, height);
	}
	fprintf(h->out, "\"/>\n<path class=\"axis\" d=\"M%u %uh%u\"/>\n", PLOT_LEFT,
		b->top + BARS_HEIGHT, PLOT_WIDTH);
	fprintf(h->out, "<text id=\"%s-max\" x=\"%u\" y=\"%u\" text-anchor=\"end\">",
		b->id, PLOT_LEFT - 6, b->top + 10);
	html_count(max, h->out);
	fputs("</text>\n", h->out);
}

static uint64_t exits_at(const struct page *p, unsigned int i)
{
	return bucket_sum(p, i).exits;
}

static uint64_t exits_in_bin(const struct page *p, unsigned int i)
{
	uint64_t sum = 0;
	unsigned int bucket;

	for (bucket = 0; bucket < p->nr_buckets; bucket++)
		sum += page_bins(p, PAGE_ALL, bucket)[p->lowest + i];
	return sum;
}

void html_chart_when(const struct html *h)
{
	const unsigned int rate = PLOT_TOP + PLOT_HEIGHT + 14;
	const uint64_t max = heat_max(h->p);
	const struct bars bars = { "rate", rate, h->p->nr_buckets, exits_at };
	unsigned int level;

	fprintf(h->out, "<svg viewBox=\"0 0 %u %u\" role=\"img\" aria-label=\"Heat map: how long exits took, by time; below, exits by time\">\n",
		PLOT_TOTAL, rate + BARS_HEIGHT + 18);
	draw_lengths(h);
	fputs("<g id=\"heat-cells\" class=\"heat\">\n", h->out);
	for (level = 0; level < HEAT_LEVELS; level++)
		draw_level(h, level, max);
	fputs("</g>\n", h->out);
	draw_max(h);
	draw_bars(h, &bars);
	draw_seconds(h, rate + BARS_HEIGHT + 14);
	fprintf(h->out, "<rect id=\"heat-span\" class=\"span\" x=\"0\" y=\"%u\" width=\"0\" height=\"%u\"/>\n</svg>\n",
		PLOT_TOP, rate + BARS_HEIGHT - PLOT_TOP);
}

void html_chart_lengths(const struct html *h)
{
	const unsigned int nr = h->p->highest + 1 - h->p->lowest;
	const struct bars bars = { "lengths", PLOT_TOP, nr, exits_in_bin };
	const double slot = (double)PLOT_WIDTH / nr;
	unsigned int bin;

	fprintf(h->out, "<svg viewBox=\"0 0 %u %u\" role=\"img\" aria-label=\"How many exits took how long\">\n",
		PLOT_TOTAL, PLOT_TOP + BARS_HEIGHT + 20);
	draw_bars(h, &bars);
	for (bin = first_label(h->p); bin <= h->p->highest;
	     bin += bins_of_label(h->p)) {
		draw_text(h, PLOT_LEFT + (bin - h->p->lowest) * slot,
			  PLOT_TOP + BARS_HEIGHT + 14, "middle");
		html_length(h, page_bin_start(bin), h->out);
		fputs("</text>\n", h->out);
	}
	fputs("</svg>\n", h->out);
}
