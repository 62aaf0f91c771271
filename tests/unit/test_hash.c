// SPDX-License-Identifier: GPL-2.0
/*
 * Keys as they are, and as somebody may choose them, who does not know the seed:
 * a table that is half full finds each of them in a few steps.
 */
#include <stdbool.h>
#include <string.h>

#include "reader-test.h"

#include "base/hash.h"

#define NR	16384u
#define SIZE	(2 * NR)

/* 1 / 0x9e3779b97f4a7c15 mod 2^64: many multiples with one high half */
#define INVERSE	0xf1de83e19937733dull

static bool used[SIZE];

static uint64_t two(uint64_t key)
{
	return hash_two(7, key);
}

/* How many slots are looked at, to enter NR keys that are @step apart? */
static unsigned long steps(uint64_t (*hash)(uint64_t), uint64_t step)
{
	unsigned long n = 0;
	size_t i, at;

	memset(used, 0, sizeof(used));
	for (i = 1; i <= NR; i++) {
		at = hash(i * step);
		for (n++; used[at % SIZE]; at++)
			n++;
		used[at % SIZE] = true;
	}
	return n;
}

static void assert_spread(uint64_t step)
{
	assert_in_range(steps(hash_one, step), NR, 4 * NR);
	assert_in_range(steps(hash_quick, step), NR, 64 * NR);
	assert_in_range(steps(two, step), NR, 64 * NR);
}

static void test_spread(void **state)
{
	static const uint64_t seeds[][2] = {
		{ 0x9e3779b97f4a7c15, 0x6a09e667f3bcc909 },
		{ 0x1f83d9abfb41bd6b, 0x5be0cd19137e2179 },
		{ 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b },
	};
	size_t seed;
	int shift;

	(void)state;
	for (seed = 0; seed < sizeof(seeds) / sizeof(seeds[0]); seed++) {
		memcpy(hash_seed, seeds[seed], sizeof(hash_seed));
		for (shift = 0; shift <= 64 - 15; shift++)
			assert_spread(1ull << shift);
		assert_spread(INVERSE);
		assert_spread(INVERSE << 32);
	}
}

/* Each of two words counts, and which is which. */
static void test_words(void **state)
{
	(void)state;
	assert_int_not_equal(hash_one(1), hash_one(2));
	assert_int_not_equal(hash_two(1, 2), hash_two(1, 3));
	assert_int_not_equal(hash_two(1, 2), hash_two(3, 2));
	assert_int_not_equal(hash_two(1, 2), hash_two(2, 1));
}

static void test_seed(void **state)
{
	uint64_t before;

	(void)state;
	hash_seed_init();
	before = hash_one(12345);
	hash_seed_init();
	assert_int_not_equal(hash_one(12345), before);
	assert_int_equal(hash_one(12345), hash_one(12345));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
