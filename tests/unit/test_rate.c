// SPDX-License-Identifier: GPL-2.0
/* The rate of the TSC: known rates are found, what is none is refused. */
#include "reader-test.h"

#include "base/rate.h"

static struct rate_points points;

static enum rate_verdict fit(struct rate *rate)
{
	const struct rate_points *streams[] = { NULL, &points };

	return rate_fit(streams, 2, rate);
}

/* @nr points of a TSC of @hz, one each @step ns, @noise ns apart at the most */
static void make(uint64_t hz, unsigned int nr, uint64_t step, uint64_t noise)
{
	uint64_t state = 1, ns;
	unsigned int i;

	rate_release(&points);
	for (i = 0; i < nr; i++) {
		ns = 5000000000u + i * step;
		rate_add(&points, ns + (noise ? next_random(&state) % noise : 0),
			 (unsigned __int128)ns * hz / 1000000000);
	}
}

static void assert_near(const struct rate *r, uint64_t hz, uint64_t error)
{
	uint64_t apart = r->hz > hz ? r->hz - hz : hz - r->hz;

	if (apart > r->error_hz || r->error_hz > error)
		fail_msg("%llu Hz, error %llu, expected %llu, error %llu",
			 (unsigned long long)r->hz,
			 (unsigned long long)r->error_hz,
			 (unsigned long long)hz, (unsigned long long)error);
}

static void test_known(void **state)
{
	static const uint64_t rates[] = { 1, 999999, 10000000, 1000000000,
					  2993125000u, 5500000001u };
	static const unsigned int counts[] = { 32, 255, 256, 257, 100000 };
	struct rate rate;
	unsigned int i, j;

	(void)state;
	for (i = 2; i < sizeof(rates) / sizeof(rates[0]); i++)
		for (j = 0; j < sizeof(counts) / sizeof(counts[0]); j++) {
			make(rates[i], counts[j], 1000000, 0);
			assert_int_equal(fit(&rate), RATE_GOOD);
			/* A cycle more or less in half of the time */
			assert_near(&rate, rates[i],
				    2 + 4000 / counts[j] * 2);
		}
}

/* Clocks that are not read at the same moment, and some that are far apart */
static void test_noise(void **state)
{
	struct rate rate;
	unsigned int i;

	(void)state;
	make(3000000000u, 10000, 100000, 2000);
	assert_int_equal(fit(&rate), RATE_GOOD);
	assert_near(&rate, 3000000000u, 15000);		/* 5 ppm */
	for (i = 3; i < points.nr; i += 17)
		points.at[i].tsc += 50000000;
	assert_int_equal(fit(&rate), RATE_GOOD);
	assert_near(&rate, 3000000000u, 300000);
}

/* It drifts, jumps, or is of another clock altogether. */
static void test_unsteady(void **state)
{
	struct rate rate;
	unsigned int i;

	(void)state;
	make(3000000000u, 256, 1000000, 0);
	for (i = 128; i < 256; i++)	/* 1 % faster from the middle on */
		points.at[i].tsc += (i - 128) * 30000;
	assert_int_equal(fit(&rate), RATE_UNSTEADY);
	make(3000000000u, 256, 1000000, 0);
	for (i = 64; i < 256; i++)	/* a millisecond is missing */
		points.at[i].tsc += 3000000;
	assert_int_equal(fit(&rate), RATE_UNSTEADY);
	make(3000000000u, 256, 1000000, 500000);
	assert_int_equal(fit(&rate), RATE_UNSTEADY);
}

static void test_too_little(void **state)
{
	struct rate rate;

	(void)state;
	make(3000000000u, 31, 10000000, 0);
	assert_int_equal(fit(&rate), RATE_FEW);
	make(3000000000u, 32, 10000, 0);
	assert_int_equal(fit(&rate), RATE_SHORT);
	rate_release(&points);
	assert_int_equal(fit(&rate), RATE_FEW);
	assert_int_equal(rate_fit(NULL, 0, &rate), RATE_FEW);
}

/* What goes back is left out; the ends of numbers are no trap. */
static void test_wild(void **state)
{
	struct rate rate;
	uint64_t rng = 7;
	unsigned int i;

	(void)state;
	make(3000000000u, 1000, 1000000, 0);
	rate_add(&points, 1, 1);
	rate_add(&points, UINT64_MAX, UINT64_MAX);
	rate_add(&points, 2, 3);
	assert_int_equal(fit(&rate), RATE_GOOD);
	assert_near(&rate, 3000000000u, 100);
	rate_release(&points);
	for (i = 0; i < 1000000; i++)
		rate_add(&points, next_random(&rng), next_random(&rng));
	fit(&rate);
	rate_release(&points);
	for (i = 0; i < 1000; i++)
		rate_add(&points, i, UINT64_MAX - 1000 + i);
	assert_int_equal(fit(&rate), RATE_SHORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known),
		cmocka_unit_test(test_noise),
		cmocka_unit_test(test_unsteady),
		cmocka_unit_test(test_too_little),
		cmocka_unit_test(test_wild),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
