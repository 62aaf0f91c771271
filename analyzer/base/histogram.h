/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Percentiles from a log-linear histogram, after the idea of fio's stat.h.
 *
 * Each power of two is cut into 64 buckets of equal width:
 *
 *	block	values			width of a bucket
 *	0	0 to 63			1
 *	1	64 to 127		1
 *	2	128 to 255		2
 *	b	2^(b+5) to 2^(b+6) - 1	2^(b-1)
 *	58	2^63 to 2^64 - 1	2^57
 *
 * A percentile is the sample of a rank (nearest rank: the smallest one that at
 * least p percent of all samples do not exceed).  The histogram knows its
 * bucket exactly and answers with the highest value of it.  So it is true of the
 * answer, too, that p percent of all samples do not exceed it.  A bucket of
 * width w in block b holds values of at least 64 w, and none is farther than
 * w - 1 from the highest:
 *
 *	0 <= (answer - sample) / sample <= (w - 1) / (64 w) < 1 / 64 < 1.6 %
 *
 * Below 128 it is exact.  The answer is also never above the highest sample of
 * all, which can only bring it closer.
 *
 * Counts are added, so histograms that were filled in any order, by any number
 * of threads, merge to the same one.  Counts have 64 bits.
 *
 * Memory: a block is allocated with its first sample: 512 bytes for each power
 * of two in use, some 4 KiB for the exits of one reason, 30 KiB at the most.
 */
#ifndef ANALYZER_HISTOGRAM_H
#define ANALYZER_HISTOGRAM_H

#include <stdbool.h>
#include <stdint.h>

#define HISTOGRAM_BUCKETS	64u	/* of a block */
#define HISTOGRAM_BLOCKS	59u

/* A zeroed struct is an empty one. */
struct histogram {
	uint64_t *counts;		/* blocks, in the order of first use */
	uint8_t nr_blocks;
	uint8_t place[HISTOGRAM_BLOCKS];	/* in counts, plus 1; 0: none */
};

void histogram_release(struct histogram *h);

/* Slow path of histogram_add(): return the block's place, or -1 after an error */
int histogram_new_block(struct histogram *h, unsigned int block);

static inline unsigned int histogram_block(uint64_t v)
{
	return v < HISTOGRAM_BUCKETS ? 0 : 58 - __builtin_clzll(v);
}

/* Of the buckets of its block */
static inline unsigned int histogram_bucket(uint64_t v, unsigned int block)
{
	return (block ? v >> (block - 1) : v) % HISTOGRAM_BUCKETS;
}

/* Return -1 only if memory is short. */
static inline int histogram_add(struct histogram *h, uint64_t v)
{
	unsigned int block = histogram_block(v);
	int place = h->place[block];

	if (__builtin_expect(!place, 0)) {
		place = histogram_new_block(h, block);
		if (place < 0)
			return -1;
	}
	h->counts[(place - 1) * HISTOGRAM_BUCKETS +
		  histogram_bucket(v, block)]++;
	return 0;
}

/* @n samples of @v; likewise */
int histogram_add_many(struct histogram *h, uint64_t v, uint64_t n);

/* Return -1 only if memory is short. */
int histogram_merge(struct histogram *to, const struct histogram *from);

/*
 * The highest value of the bucket that holds the sample of rank @rank: 1 is the
 * lowest.  There are that many samples.
 */
uint64_t histogram_at_rank(const struct histogram *h, uint64_t rank);

/*
 * @v, such an answer or one in another unit, for people: up to the decimal place in which
 * its error, 1.6 % of it, begins.  47,103 is 47,200, as the error is some hundreds.
 */
uint64_t histogram_justified(uint64_t v);

/*
 * About where the sample of rank @rank is: as if the samples of its bucket were spread
 * evenly.  For ratios of percentiles, which buckets would round to their own width.
 */
double histogram_about_rank(const struct histogram *h, uint64_t rank);

/* By powers of two: 0 itself, then 2^(i-1) to 2^i - 1 at index i */
#define HISTOGRAM_POWERS	65u

void histogram_powers(const struct histogram *h,
		      uint64_t counts[HISTOGRAM_POWERS]);

/*
 * Finer than that: @bins of equal width for each power of two, which divide the buckets
 * of one; below @bins each value has one of its own.  The highest value of the one that
 * begins at @low, and the samples in it.
 */
static inline bool histogram_can_have(unsigned int bins)
{
	return bins && bins <= HISTOGRAM_BUCKETS && !(HISTOGRAM_BUCKETS % bins);
}

uint64_t histogram_bin_low(uint64_t v, unsigned int bins);
uint64_t histogram_bin_high(uint64_t low, unsigned int bins);
uint64_t histogram_bin_count(const struct histogram *h, uint64_t low, uint64_t high);

/* Nearest rank of @permille among @n > 0 samples: 500 is the median. */
static inline uint64_t histogram_rank(uint64_t n, unsigned int permille)
{
	uint64_t rank = ((unsigned __int128)n * permille + 999) / 1000;

	return rank ? rank : 1;
}

#endif /* ANALYZER_HISTOGRAM_H */
