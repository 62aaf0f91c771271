// SPDX-License-Identifier: GPL-2.0
#include "base/histogram.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void histogram_release(struct histogram *h)
{
	free(h->counts);
	memset(h, 0, sizeof(*h));
}

int histogram_new_block(struct histogram *h, unsigned int block)
{
	const size_t bytes = HISTOGRAM_BUCKETS * sizeof(*h->counts);
	uint64_t *counts = realloc(h->counts, (h->nr_blocks + 1) * bytes);

	if (!counts)
		return error("out of memory: histogram of %u blocks",
			     h->nr_blocks + 1u);
	memset(counts + h->nr_blocks * HISTOGRAM_BUCKETS, 0, bytes);
	h->counts = counts;
	h->place[block] = ++h->nr_blocks;
	return h->place[block];
}

int histogram_add_many(struct histogram *h, uint64_t v, uint64_t n)
{
	unsigned int block = histogram_block(v);

	if (!h->place[block] && histogram_new_block(h, block) < 0)
		return -1;
	h->counts[(h->place[block] - 1) * HISTOGRAM_BUCKETS +
		  histogram_bucket(v, block)] += n;
	return 0;
}

int histogram_merge(struct histogram *to, const struct histogram *from)
{
	unsigned int block, i;
	const uint64_t *src;
	uint64_t *dst;

	for (block = 0; block < HISTOGRAM_BLOCKS; block++) {
		if (!from->place[block])
			continue;
		if (!to->place[block] && histogram_new_block(to, block) < 0)
			return -1;
		src = from->counts + (from->place[block] - 1) * HISTOGRAM_BUCKETS;
		dst = to->counts + (to->place[block] - 1) * HISTOGRAM_BUCKETS;
		for (i = 0; i < HISTOGRAM_BUCKETS; i++)
			dst[i] += src[i];
	}
	return 0;
}

/* Values in a bucket */
static uint64_t width_of(unsigned int block)
{
	return block ? 1ull << (block - 1) : 1;
}

static uint64_t lowest_of(unsigned int block, unsigned int bucket)
{
	return block ? (HISTOGRAM_BUCKETS + bucket) * width_of(block) : bucket;
}

/* A bucket, the samples in it, and which one of these it is about, from 1 */
struct place {
	unsigned int block, bucket;
	uint64_t samples, rank;
};

static bool find_rank(const struct histogram *h, uint64_t rank,
		      struct place *p)
{
	unsigned int block, i;
	const uint64_t *counts;

	for (block = 0; block < HISTOGRAM_BLOCKS; block++) {
		if (!h->place[block])
			continue;
		counts = h->counts + (h->place[block] - 1) * HISTOGRAM_BUCKETS;
		for (i = 0; i < HISTOGRAM_BUCKETS; i++) {
			if (rank <= counts[i]) {
				*p = (struct place){ block, i, counts[i], rank };
				return true;
			}
			rank -= counts[i];
		}
	}
	return false;
}

uint64_t histogram_at_rank(const struct histogram *h, uint64_t rank)
{
	struct place p;

	if (!find_rank(h, rank, &p))
		return UINT64_MAX;
	return lowest_of(p.block, p.bucket) + (width_of(p.block) - 1);
}

double histogram_about_rank(const struct histogram *h, uint64_t rank)
{
	struct place p;

	if (!find_rank(h, rank, &p))
		return (double)UINT64_MAX;
	return lowest_of(p.block, p.bucket) +
	       (p.rank - 0.5) / p.samples * (width_of(p.block) - 1);
}

static unsigned int power_of(unsigned int block, unsigned int bucket)
{
	if (block)
		return block + 6;
	return bucket ? 32 - __builtin_clz(bucket) : 0;
}

void histogram_powers(const struct histogram *h,
		      uint64_t counts[HISTOGRAM_POWERS])
{
	unsigned int block, i;
	const uint64_t *src;

	memset(counts, 0, HISTOGRAM_POWERS * sizeof(*counts));
	for (block = 0; block < HISTOGRAM_BLOCKS; block++) {
		if (!h->place[block])
			continue;
		src = h->counts + (h->place[block] - 1) * HISTOGRAM_BUCKETS;
		for (i = 0; i < HISTOGRAM_BUCKETS; i++)
			counts[power_of(block, i)] += src[i];
	}
}

/* Of the bins of the power of two that @v belongs to */
static uint64_t bin_width(uint64_t v, unsigned int bins)
{
	const uint64_t power = v ? 1ull << (63 - __builtin_clzll(v)) : 0;

	return power > bins ? power / bins : 1;
}

uint64_t histogram_bin_low(uint64_t v, unsigned int bins)
{
	return v - v % bin_width(v, bins);
}

uint64_t histogram_bin_high(uint64_t low, unsigned int bins)
{
	return low + (bin_width(low, bins) - 1);
}

/* All of it is in one block. */
uint64_t histogram_bin_count(const struct histogram *h, uint64_t low, uint64_t high)
{
	const unsigned int block = histogram_block(low);
	const unsigned int last = histogram_bucket(high, block);
	unsigned int i = histogram_bucket(low, block);
	const uint64_t *counts;
	uint64_t sum = 0;

	if (!h->place[block])
		return 0;
	counts = h->counts + (h->place[block] - 1) * HISTOGRAM_BUCKETS;
	for (; i <= last; i++)
		sum += counts[i];
	return sum;
}

uint64_t histogram_justified(uint64_t v)
{
	const uint64_t error = v / HISTOGRAM_BUCKETS;
	uint64_t step = 1, rest;

	while (error / 10 >= step)
		step *= 10;
	rest = v % step;
	return rest && v <= UINT64_MAX - (step - rest) ? v + (step - rest) : v;
}
