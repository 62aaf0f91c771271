// SPDX-License-Identifier: GPL-2.0
#include "reader-test.h"

#include "base/histogram.h"
#include "base/sumsq.h"

#define MAX	UINT64_MAX

/* The only sample is of every rank. */
static uint64_t answer(uint64_t v)
{
	struct histogram h = { 0 };
	uint64_t got;

	assert_int_equal(histogram_add(&h, v), 0);
	assert_int_equal(h.nr_blocks, 1);
	got = histogram_at_rank(&h, 1);
	histogram_release(&h);
	return got;
}

static void test_edges(void **state)
{
	static const struct {
		uint64_t v;
		unsigned int block, bucket;
		uint64_t answer;
	} cases[] = {
		{ 0, 0, 0, 0 }, { 1, 0, 1, 1 }, { 63, 0, 63, 63 },
		{ 64, 1, 0, 64 }, { 65, 1, 1, 65 }, { 127, 1, 63, 127 },
		{ 128, 2, 0, 129 }, { 129, 2, 0, 129 }, { 130, 2, 1, 131 },
		{ 255, 2, 63, 255 }, { 256, 3, 0, 259 }, { 259, 3, 0, 259 },
		{ 260, 3, 1, 263 },
		{ (1ull << 63) - 1, 57, 63, (1ull << 63) - 1 },
		{ 1ull << 63, 58, 0, (1ull << 63) + (1ull << 57) - 1 },
		{ MAX, 58, 63, MAX },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(histogram_block(cases[i].v), cases[i].block);
		assert_int_equal(histogram_bucket(cases[i].v, cases[i].block),
				 cases[i].bucket);
		assert_true(answer(cases[i].v) == cases[i].answer);
	}
}

/* Buckets are in the order of values, and there is none in between. */
static void test_order(void **state)
{
	unsigned int block = 0, bucket = 0, b, i, shift;
	uint64_t v;

	(void)state;
	for (v = 0; v < 100000; v++) {
		b = histogram_block(v);
		i = histogram_bucket(v, b);
		if (b == block && i == bucket)
			continue;
		assert_true((b == block && i == bucket + 1) ||
			    (b == block + 1 && !i && bucket == 63));
		block = b;
		bucket = i;
	}
	for (shift = 6; shift < 64; shift++) {
		v = 1ull << shift;
		assert_int_equal(histogram_block(v), shift - 5);
		assert_int_equal(histogram_bucket(v, shift - 5), 0);
		assert_int_equal(histogram_bucket(v - 1, histogram_block(v - 1)),
				 63);
	}
}

/* The error that histogram.h states, over values of every size */
static void test_error(void **state)
{
	uint64_t seed = 42, v, got;
	double worst = 0, e;
	unsigned int i;

	(void)state;
	for (i = 0; i < 200000; i++) {
		v = next_random(&seed) >> (i % 64);
		got = answer(v);
		assert_true(got >= v);
		e = v ? (double)(got - v) / (double)v : got;
		if (e > worst)
			worst = e;
	}
	assert_true(worst < 1.0 / 64);
	assert_true(worst > 1.0 / 70);
}

static int cmp_u64(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Against the sorted samples themselves */
static void test_percentiles(void **state)
{
	static const unsigned int permilles[] = { 0, 1, 500, 900, 990, 999, 1000 };
	enum { NR = 9973 };
	uint64_t *v = malloc(NR * sizeof(*v)), seed = 7, rank, got;
	struct histogram h = { 0 };
	unsigned int i;

	(void)state;
	assert_non_null(v);
	for (i = 0; i < NR; i++) {
		v[i] = next_random(&seed) >> (30 + i % 30);
		assert_int_equal(histogram_add(&h, v[i]), 0);
	}
	qsort(v, NR, sizeof(*v), cmp_u64);
	for (i = 0; i < sizeof(permilles) / sizeof(permilles[0]); i++) {
		rank = histogram_rank(NR, permilles[i]);
		assert_in_range(rank, 1, NR);
		got = histogram_at_rank(&h, rank);
		assert_true(got >= v[rank - 1]);
		assert_true(got - v[rank - 1] <= v[rank - 1] / 64);
	}
	histogram_release(&h);
	free(v);
}

static void test_ranks(void **state)
{
	static const struct {
		uint64_t n;
		unsigned int permille;
		uint64_t rank;
	} cases[] = {
		{ 1, 500, 1 }, { 1, 999, 1 }, { 1, 0, 1 }, { 2, 500, 1 },
		{ 3, 500, 2 }, { 10, 900, 9 }, { 10, 999, 10 },
		{ 1000, 999, 999 }, { 1001, 999, 1000 },
		{ MAX, 1000, MAX }, { MAX, 500, 1ull << 63 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(histogram_rank(cases[i].n, cases[i].permille) ==
			    cases[i].rank);
}

static bool equal(const struct histogram *a, const struct histogram *b)
{
	uint64_t rank;

	if (a->nr_blocks != b->nr_blocks)
		return false;
	for (rank = 1; rank <= 2000; rank++)
		if (histogram_at_rank(a, rank) != histogram_at_rank(b, rank))
			return false;
	return true;
}

/* Any split, merged in any order, is the same. */
static void test_merge(void **state)
{
	struct histogram whole = { 0 }, part[3] = { { 0 } }, merged = { 0 };
	uint64_t seed = 99, v;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		v = next_random(&seed) >> (i * 7 % 64);
		histogram_add(&whole, v);
		histogram_add(&part[v % 3], v);
	}
	assert_int_equal(histogram_merge(&merged, &part[2]), 0);
	assert_int_equal(histogram_merge(&merged, &part[0]), 0);
	assert_int_equal(histogram_merge(&merged, &part[1]), 0);
	assert_true(equal(&whole, &merged));
	histogram_release(&whole);
	histogram_release(&merged);
	for (i = 0; i < 3; i++)
		histogram_release(&part[i]);
}

/* Two samples, doubled until counts and ranks need 35 bits */
static void test_many(void **state)
{
	struct histogram a = { 0 }, b = { 0 };
	unsigned int i;

	(void)state;
	histogram_add(&a, 10);
	histogram_add(&a, 1000000);
	for (i = 0; i < 34; i++) {
		histogram_release(&b);
		histogram_merge(&b, &a);
		histogram_merge(&a, &b);
	}
	assert_int_equal(histogram_at_rank(&a, 1), 10);
	assert_int_equal(histogram_at_rank(&a, 1ull << 34), 10);
	assert_int_equal(histogram_at_rank(&a, (1ull << 34) + 1), 1007615);
	assert_int_equal(histogram_at_rank(&a, 1ull << 35), 1007615);
	histogram_release(&a);
	histogram_release(&b);
}

/* Memory is what is in use, and no more than the header says. */
static void test_growth(void **state)
{
	struct histogram h = { 0 };
	unsigned int shift;

	(void)state;
	histogram_release(&h);
	assert_null(h.counts);
	histogram_add(&h, 0);
	for (shift = 0; shift < 64; shift++) {
		histogram_add(&h, 1ull << shift);
		histogram_add(&h, (1ull << shift) - 1);
		assert_int_equal(h.nr_blocks, shift < 6 ? 1 : shift - 4);
	}
	histogram_add(&h, MAX);
	assert_int_equal(h.nr_blocks, HISTOGRAM_BLOCKS);
	histogram_release(&h);
}

/* Standard deviation */

static void test_stddev(void **state)
{
	static const struct {
		uint64_t values[5];
		unsigned int nr;
		uint64_t stddev;
	} cases[] = {
		{ { 0 }, 0, 0 },
		{ { 5 }, 1, 0 },
		{ { MAX }, 1, 0 },
		{ { MAX, MAX, MAX }, 3, 0 },
		{ { 2, 4 }, 2, 1 },
		{ { 1, 2, 3, 4, 5 }, 5, 1 },
		/* 0.5 and 1.5, up; 12.247; 2^63 - 0.5, up */
		{ { 0, 1 }, 2, 1 }, { { 0, 3 }, 2, 2 },
		{ { 0, 0, 0, 0, 20 }, 5, 8 }, { { 0, 0, 25, 25, 25 }, 5, 12 },
		{ { 0, MAX }, 2, 1ull << 63 },
		/* In double, these would be 2^63. */
		{ { 0, MAX - 1 }, 2, (1ull << 63) - 1 },
		{ { 2, MAX - 1 }, 2, (1ull << 63) - 2 },
		/* In double, the squares of these are all the same. */
		{ { MAX - 2, MAX }, 2, 1 },
		{ { MAX - 4, MAX - 3, MAX - 2, MAX - 1, MAX }, 5, 1 },
	};
	struct sumsq q;
	unsigned int i, j;
	u128 sum;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&q, 0, sizeof(q));
		sum = 0;
		for (j = 0; j < cases[i].nr; j++) {
			sumsq_add(&q, cases[i].values[j]);
			sum += cases[i].values[j];
		}
		assert_true(sumsq_stddev(&q, cases[i].nr, sum) ==
			    cases[i].stddev);
	}
}

/* 2^40 samples, half of them 2^64 - 1, by merging: 168 bits */
static void test_stddev_many(void **state)
{
	struct sumsq q = { 0 }, copy;
	uint64_t n = 2;
	u128 sum = MAX;

	(void)state;
	sumsq_add(&q, 0);
	sumsq_add(&q, MAX);
	while (n < 1ull << 40) {
		copy = q;
		sumsq_merge(&q, &copy);
		sum *= 2;
		n *= 2;
	}
	assert_true(q.high > 1ull << 38);
	assert_true(sumsq_stddev(&q, n, sum) == 1ull << 63);
}

/* Each value is counted at the power of two that it belongs to. */
static void test_powers(void **state)
{
	uint64_t counts[HISTOGRAM_POWERS], low, high;
	unsigned int i, j;

	(void)state;
	for (i = 0; i < HISTOGRAM_POWERS; i++) {
		struct histogram h = { .counts = NULL };

		low = i ? 1ull << (i - 1) : 0;
		high = i ? low + (low - 1) : 0;
		assert_int_equal(histogram_add(&h, low), 0);
		assert_int_equal(histogram_add(&h, low + (high - low) / 2), 0);
		assert_int_equal(histogram_add(&h, high), 0);
		histogram_powers(&h, counts);
		for (j = 0; j < HISTOGRAM_POWERS; j++)
			assert_int_equal(counts[j], i == j ? 3 : 0);
		histogram_release(&h);
	}
}

/* Never below, and by no more than the error: 1 of 64 */
static void test_justified(void **state)
{
	static const struct {
		uint64_t v, shown;
	} cases[] = {
		{ 0, 0 }, { 127, 127 }, { 639, 639 }, { 640, 640 }, { 641, 650 },
		{ 6399, 6400 }, { 6401, 6500 }, { 47103, 47200 }, { 110591, 111000 },
		{ 4063231, 4070000 }, { 8095496, 8100000 },
		{ UINT64_MAX, UINT64_MAX },
	};
	uint64_t v, shown;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(histogram_justified(cases[i].v), cases[i].shown);
	for (v = 1; v < UINT64_MAX / 3; v += v / 2 + 1) {
		shown = histogram_justified(v);
		assert_true(shown >= v && shown - v <= v / 64);
		assert_true(shown == histogram_justified(shown) || shown > v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_error),
		cmocka_unit_test(test_percentiles),
		cmocka_unit_test(test_ranks),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_powers),
		cmocka_unit_test(test_stddev),
		cmocka_unit_test(test_stddev_many),
		cmocka_unit_test(test_justified),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
