/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The figures of a page that can be looked at by reason, by vCPU, by kind of detail, and
 * by time.
 *
 * Time is cut into buckets of equal width, at most PAGE_BUCKETS,
 * or fewer, as a page is not to be too large.  Each vCPU, reason and kind that have exits
 * together have a row: for each bucket a cell of sums.  For each bucket and series there
 * is a histogram, whose bins are quarters of a power of two.  A series is all exits, those
 * of a reason, of a vCPU, or of a kind.  Those that cost most have a series of their own,
 * all others share the last one.  So the size of a page does not depend on how many
 * exits there are.
 *
 * What is not rounded stays exact: sums are those of the view.
 */
#ifndef ANALYZER_PAGE_H
#define ANALYZER_PAGE_H

#include <stdint.h>

#include "result/view.h"

#define PAGE_BUCKETS		120u
#define PAGE_REASONS		20u	/* that have a series of their own */
#define PAGE_VCPUS		16u
#define PAGE_KINDS		20u
/* Of each block of a histogram: see histogram.h */
#define PAGE_BINS_OF_BLOCK	4u
#define PAGE_BINS		(HISTOGRAM_BLOCKS * PAGE_BINS_OF_BLOCK)

/* Whose series: an index of view->sorted, or one more for all others */
struct page_axis {
	const struct view *v;		/* by reason, vCPU or kind; NULL: not known, */
	unsigned int nr;		/* and there are none */
};

/* Exits of a vCPU and a reason and, if it is known, of a kind, by their series */
struct page_row {
	unsigned int vcpu, reason, kind;
};

/* What a page is made of: finished views of the same recordings, which outlive it */
struct page_views {
	const struct view *cells;	/* by time, VM, vCPU, reason and, if it is
					   known, kind: not finished */
	const struct view *reasons;	/* the first PAGE_REASONS, */
	const struct view *vcpus;	/* and PAGE_VCPUS */
	const struct view *kinds;	/* the first PAGE_KINDS of details; NULL: not known */
	const struct view *times;	/* where it went, by vCPU; NULL: not known */
	const struct view *list;	/* single exits; NULL: not known */
};

struct page {
	const struct page_views *views;
	struct page_axis reasons, vcpus, kinds;

	uint64_t width_ns;		/* of a bucket; 0: there are none */
	uint64_t first;			/* bucket k begins at (first + k) * width_ns */
	unsigned int nr_buckets;
	unsigned int lowest, highest;	/* bins that some series has exits in */

	struct page_row *rows;		/* in the order of their numbers: page.c */
	size_t nr_rows;
	/* Cell of row * nr_buckets + bucket */
	struct stats_cell *cells;
	/* Bin of ((series * nr_buckets) + bucket) * PAGE_BINS + bin */
	uint64_t *bins;
};

/* Series: all, then the reasons, then the vCPUs, then the kinds */
#define PAGE_ALL	0u

static inline unsigned int page_reason_series(unsigned int reason)
{
	return 1 + reason;
}

static inline unsigned int page_vcpu_series(const struct page *p,
					    unsigned int vcpu)
{
	return 1 + p->reasons.nr + vcpu;
}

static inline unsigned int page_kind_series(const struct page *p, unsigned int kind)
{
	return 1 + p->reasons.nr + p->vcpus.nr + kind;
}

/* The lowest length of a bin */
uint64_t page_bin_start(unsigned int bin);

/* The bin of a length */
unsigned int page_bin(uint64_t length);

/* Add the exits of @h to PAGE_BINS @bins. */
void page_add_lengths(const struct histogram *h, uint64_t *bins);

/*
 * With at most so many buckets.  Return -1 only if memory is short; release works on a
 * zeroed or failed one.
 */
int page_init(struct page *p, const struct page_views *views, unsigned int buckets);
void page_release(struct page *p);

static inline const struct stats_cell *page_cell(const struct page *p, size_t row,
						 unsigned int bucket)
{
	return &p->cells[row * p->nr_buckets + bucket];
}

static inline const uint64_t *page_bins(const struct page *p,
					unsigned int series,
					unsigned int bucket)
{
	return &p->bins[((size_t)series * p->nr_buckets + bucket) * PAGE_BINS];
}

#endif /* ANALYZER_PAGE_H */
