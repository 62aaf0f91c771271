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

/* Has @key what the series of @other has? */
static bool is_of(const struct view *v, const struct group_key *other,
		  const struct group_key *key)
{
	if (v->by & BY_KIND)
		return other->detail.kind == key->detail.kind;
	if (v->by & BY_REASON)
		return other->isa == key->isa && other->code == key->code;
	return other->vm == key->vm && other->vcpu == key->vcpu &&
	       other->recording == key->recording;
}

/* The series of a key: the one that has the same, or that of all others */
static unsigned int series_of(const struct page_axis *axis,
			      const struct group_key *key)
{
	unsigned int i = 0;

	if (axis->v)
		while (i < axis->v->nr_shown &&
		       !is_of(axis->v, &axis->v->sorted[i]->key, key))
			i++;
	return i;
}

static void init_axis(struct page_axis *axis, const struct view *v)
{
	axis->v = v;
	axis->nr = v ? v->nr_shown + (v->nr_more > 0) : 0;
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

/* Rows: those that have exits, of all that there can be, which have a number each */

static unsigned int nr_kinds(const struct page *p)
{
	return p->kinds.v ? p->kinds.nr : 1;
}

static size_t row_number(const struct page *p, const struct page_row *row)
{
	return ((size_t)row->vcpu * p->reasons.nr + row->reason) * nr_kinds(p) + row->kind;
}

/* Return false if it has no series, as of an exit that is in no view. */
static bool find_row(const struct page *p, const struct group_key *key,
		     struct page_row *row)
{
	*row = (struct page_row){ .vcpu = series_of(&p->vcpus, key),
				  .reason = series_of(&p->reasons, key),
				  .kind = series_of(&p->kinds, key) };
	return row->vcpu < p->vcpus.nr && row->reason < p->reasons.nr &&
	       row->kind < nr_kinds(p);
}

/* @rows: of each number, a row or not; then it is which one, counted from 1. */
static int list_rows(struct page *p, uint32_t *rows, size_t max)
{
	const unsigned int kinds = nr_kinds(p);
	size_t i, nr = 0;

	for (i = 0; i < max; i++)
		nr += rows[i];
	p->rows = calloc(nr + 1, sizeof(*p->rows));
	if (!p->rows)
		return -1;
	for (i = 0; i < max; i++) {
		if (!rows[i])
			continue;
		p->rows[p->nr_rows] = (struct page_row){
			.vcpu = i / kinds / p->reasons.nr,
			.reason = i / kinds % p->reasons.nr, .kind = i % kinds,
		};
		rows[i] = ++p->nr_rows;
	}
	return 0;
}

/* As list_rows(), which the caller frees; NULL: memory is short */
static uint32_t *find_rows(struct page *p, const struct groups *gs)
{
	const size_t max = (size_t)p->vcpus.nr * p->reasons.nr * nr_kinds(p);
	uint32_t *rows = calloc(max + 1, sizeof(*rows));
	struct page_row row;
	size_t i;

	if (!rows)
		return NULL;
	for (i = 0; i < gs->nr; i++)
		if (gs->list[i].cell.exits && find_row(p, &gs->list[i].key, &row))
			rows[row_number(p, &row)] = 1;
	if (list_rows(p, rows, max) == 0)
		return rows;
	free(rows);
	return NULL;
}

static int alloc(struct page *p)
{
	const size_t series = 1 + p->reasons.nr + p->vcpus.nr + p->kinds.nr;

	p->cells = calloc(p->nr_rows * p->nr_buckets + 1, sizeof(*p->cells));
	p->bins = calloc(series * p->nr_buckets * PAGE_BINS, sizeof(*p->bins));
	return p->cells && p->bins ? 0 : -1;
}

static uint64_t sum(const uint64_t *counts, unsigned int nr)
{
	uint64_t n = 0;
	unsigned int i;

	for (i = 0; i < nr; i++)
		n += counts[i];
	return n;
}

/* Add the exits of @h to the bins of several series. */
static void add_lengths(const struct histogram *h, uint64_t *const series[], unsigned int nr)
{
	unsigned int block, i, j;
	const uint64_t *counts;
	uint64_t n;

	for (block = 0; block < HISTOGRAM_BLOCKS; block++) {
		if (!h->place[block])
			continue;
		counts = h->counts + (h->place[block] - 1) * HISTOGRAM_BUCKETS;
		for (i = 0; i < PAGE_BINS_OF_BLOCK; i++) {
			n = sum(counts + i * BUCKETS_OF_BIN, BUCKETS_OF_BIN);
			for (j = 0; n && j < nr; j++)
				series[j][block * PAGE_BINS_OF_BLOCK + i] += n;
		}
	}
}

void page_add_lengths(const struct histogram *h, uint64_t *bins)
{
	add_lengths(h, &bins, 1);
}

static uint64_t *series_bins(const struct page *p, unsigned int series, unsigned int bucket)
{
	return &p->bins[((size_t)series * p->nr_buckets + bucket) * PAGE_BINS];
}

static void add_group(struct page *p, const uint32_t *rows, const struct group *g,
		      uint64_t times)
{
	const unsigned int bucket = g->key.ts / times - p->first;
	uint64_t *series[4];
	struct page_row row;
	size_t at;

	if (!g->cell.exits || !find_row(p, &g->key, &row))
		return;
	at = rows[row_number(p, &row)] - 1;
	stats_cell_merge(&p->cells[at * p->nr_buckets + bucket], &g->cell);
	series[0] = series_bins(p, PAGE_ALL, bucket);
	series[1] = series_bins(p, page_reason_series(row.reason), bucket);
	series[2] = series_bins(p, page_vcpu_series(p, row.vcpu), bucket);
	series[3] = p->kinds.v ? series_bins(p, page_kind_series(p, row.kind), bucket) : NULL;
	add_lengths(&g->histogram, series, p->kinds.v ? 4 : 3);
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
	uint32_t *rows;
	size_t i;

	*p = (struct page){ .views = views };
	init_axis(&p->reasons, views->reasons);
	init_axis(&p->vcpus, views->vcpus);
	init_axis(&p->kinds, views->kinds);
	find_buckets(p, gs, buckets);
	if (!p->nr_buckets)
		return 0;
	rows = find_rows(p, gs);
	if (!rows || alloc(p) < 0) {
		free(rows);
		return error("out of memory: a page");
	}
	for (i = 0; i < gs->nr; i++)
		add_group(p, rows, &gs->list[i], p->width_ns / gs->width_ns);
	free(rows);
	find_range(p);
	return 0;
}

void page_release(struct page *p)
{
	free(p->rows);
	free(p->cells);
	free(p->bins);
	*p = (struct page){ .cells = NULL };
}
