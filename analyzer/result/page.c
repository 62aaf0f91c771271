// SPDX-License-Identifier: GPL-2.0
#include "result/page.h"

#include <stdlib.h>

#include "base/error.h"

#define BUCKETS_OF_BIN	(HISTOGRAM_BUCKETS / PAGE_BINS_OF_BLOCK)

uint64_t page_bin_start(unsigned int bin)
{
	unsigned int block = bin / PAGE_BINS_OF_BLOCK;
	uint64_t quarter = bin % PAGE_BINS_OF_BLOCK * BUCKETS_OF_BIN;

	if (bin >= PAGE_BINS)
		return UINT64_MAX;
	return block ? (HISTOGRAM_BUCKETS + quarter) << (block - 1) : quarter;
}

unsigned int page_bin(uint64_t length)
{
	unsigned int block = histogram_block(length);

	return block * PAGE_BINS_OF_BLOCK +
	       histogram_bucket(length, block) / BUCKETS_OF_BIN;
}

/* The series of a key: the one that has the same, or that of all others */
static unsigned int series_of(const struct page_axis *axis,
			      const struct group_key *key)
{
	const struct group_key *other;
	unsigned int i;

	for (i = 0; i < axis->v->nr_shown; i++) {
		other = &axis->v->sorted[i]->key;
		if (axis->v->by & BY_REASON ?
		    other->isa == key->isa && other->code == key->code :
		    other->vm == key->vm && other->vcpu == key->vcpu &&
		    other->recording == key->recording)
			break;
	}
	return i;
}

static void init_axis(struct page_axis *axis, const struct view *v)
{
	axis->v = v;
	axis->nr = v->nr_shown + (v->nr_more > 0);
}

/* Which buckets the groups are of, and how many of them make one of the page */
static void find_buckets(struct page *p, const struct groups *gs, unsigned int max)
{
	uint64_t low = UINT64_MAX, high = 0, times;
	size_t i;

	for (i = 0; i < gs->nr; i++) {
		if (gs->list[i].key.ts < low)
			low = gs->list[i].key.ts;
		if (gs->list[i].key.ts > high)
			high = gs->list[i].key.ts;
	}
	if (!gs->nr)
		return;
	/* A round number of theirs, so that each is in one of ours. */
	for (times = 1; high / times - low / times >= max; times++)
		;
	p->width_ns = gs->width_ns * times;
	p->first = low / times;
	p->nr_buckets = high / times - low / times + 1;
}

static int alloc(struct page *p)
{
	const size_t series = 1 + p->reasons.nr + p->vcpus.nr;

	p->cells = calloc((size_t)p->vcpus.nr * p->reasons.nr * p->nr_buckets,
			  sizeof(*p->cells));
	p->bins = calloc(series * p->nr_buckets * PAGE_BINS, sizeof(*p->bins));
	return p->cells && p->bins ? 0 : error("out of memory: a page");
}

void page_add_lengths(const struct histogram *h, uint64_t *bins)
{
	const uint64_t *counts;
	unsigned int block, i;

	for (block = 0; block < HISTOGRAM_BLOCKS; block++) {
		if (!h->place[block])
			continue;
		counts = h->counts + (h->place[block] - 1) * HISTOGRAM_BUCKETS;
		for (i = 0; i < HISTOGRAM_BUCKETS; i++)
			bins[block * PAGE_BINS_OF_BLOCK + i / BUCKETS_OF_BIN] +=
				counts[i];
	}
}

static void add_group(struct page *p, const struct group *g, uint64_t times)
{
	const unsigned int reason = series_of(&p->reasons, &g->key);
	const unsigned int vcpu = series_of(&p->vcpus, &g->key);
	const unsigned int bucket = g->key.ts / times - p->first;
	const unsigned int series[] = { PAGE_ALL, page_reason_series(reason),
					page_vcpu_series(p, vcpu) };
	unsigned int i;

	if (!g->cell.exits || reason >= p->reasons.nr || vcpu >= p->vcpus.nr)
		return;
	stats_cell_merge(&p->cells[page_cell(p, vcpu, reason, bucket) - p->cells],
			 &g->cell);
	for (i = 0; i < 3; i++)
		page_add_lengths(&g->histogram,
				 &p->bins[page_bins(p, series[i], bucket) - p->bins]);
}

static void find_range(struct page *p)
{
	const size_t nr = (size_t)p->nr_buckets * PAGE_BINS;
	unsigned int bin;
	size_t i;

	p->lowest = PAGE_BINS;
	for (i = 0; i < nr; i++) {
		bin = i % PAGE_BINS;
		if (!p->bins[i])
			continue;
		if (bin < p->lowest)
			p->lowest = bin;
		if (bin > p->highest)
			p->highest = bin;
	}
	if (p->lowest == PAGE_BINS)
		p->lowest = 0;
}

int page_init(struct page *p, const struct page_views *views, unsigned int buckets)
{
	const struct groups *gs = &views->cells->groups;
	uint64_t widths;
	size_t i;

	*p = (struct page){ .views = views };
	init_axis(&p->reasons, views->reasons);
	init_axis(&p->vcpus, views->vcpus);
	find_buckets(p, gs, buckets);
	if (!p->nr_buckets)
		return 0;
	if (alloc(p) < 0)
		return -1;
	widths = p->width_ns / gs->width_ns;
	for (i = 0; i < gs->nr; i++)
		add_group(p, &gs->list[i], widths);
	find_range(p);
	return 0;
}

void page_release(struct page *p)
{
	free(p->cells);
	free(p->bins);
	*p = (struct page){ .cells = NULL };
}
