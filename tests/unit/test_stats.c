// SPDX-License-Identifier: GPL-2.0
#include "reader-test.h"

#include "stats.h"

#define MAX	UINT64_MAX

static struct stats_sample sample(uint64_t cycles)
{
	return (struct stats_sample){ .cycles = cycles };
}

static void test_cell(void **state)
{
	static const struct {
		uint64_t values[4];
		unsigned int nr;
		uint64_t min, max;
		u128 sum;
	} cases[] = {
		{ { 0 }, 0, 0, 0, 0 },
		{ { 0 }, 1, 0, 0, 0 },
		{ { 5 }, 1, 5, 5, 5 },
		{ { 5, 0 }, 2, 0, 5, 5 },
		{ { 3, 9, 4 }, 3, 3, 9, 16 },
		{ { MAX, MAX, MAX, 1 }, 4, 1, MAX, (u128)MAX * 3 + 1 },
	};
	struct stats_cell c;
	struct stats_sample s;
	unsigned int i, j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&c, 0, sizeof(c));
		for (j = 0; j < cases[i].nr; j++) {
			s = sample(cases[i].values[j]);
			stats_cell_add(&c, &s);
		}
		assert_int_equal(c.exits, cases[i].nr);
		assert_true(c.min == cases[i].min);
		assert_true(c.max == cases[i].max);
		assert_true(c.cycles == cases[i].sum);
	}
}

static void test_all_sums(void **state)
{
	const struct stats_sample a = { 1, 2, 3, 4, false, false };
	const struct stats_sample b = { MAX, MAX, MAX, MAX, true, false };
	struct stats_cell c = { 0 };

	(void)state;
	stats_cell_add(&c, &a);
	stats_cell_add(&c, &b);
	assert_true(c.cycles == (u128)MAX + 1);
	assert_true(c.user == (u128)MAX + 2);
	assert_true(c.halted == (u128)MAX + 3);
	assert_true(c.off_cpu == (u128)MAX + 4);
	assert_int_equal(c.backwards, 1);
}

/* Any split of the samples, merged in any order, is the same. */
static void test_merge(void **state)
{
	struct stats_table whole, part[2], merged;
	struct stats_cell total, total2;
	struct stats_sample s;
	unsigned int i, slot;

	(void)state;
	assert_int_equal(stats_table_init(&whole, 10), 0);
	assert_int_equal(stats_table_init(&merged, 10), 0);
	assert_int_equal(stats_table_init(&part[0], 10), 0);
	assert_int_equal(stats_table_init(&part[1], 10), 0);
	for (i = 0; i < 1000; i++) {
		s = sample(i * 7919 % 1009);
		slot = i * 31 % 8 + 1;
		stats_table_add(&whole, slot, &s);
		stats_table_add(&part[i * 13 % 5 < 2], slot, &s);
	}
	stats_table_merge(&merged, &part[1]);
	stats_table_merge(&merged, &part[0]);
	assert_memory_equal(whole.cells, merged.cells, 10 * sizeof(*whole.cells));
	assert_int_equal(whole.nr_used, 8);
	assert_int_equal(merged.nr_used, 8);
	total = stats_table_total(&whole);
	total2 = stats_table_total(&merged);
	assert_memory_equal(&total, &total2, sizeof(total));
	assert_int_equal(total.exits, 1000);
	stats_table_clear(&merged);
	assert_int_equal(merged.nr_used, 0);
	total = stats_table_total(&merged);
	assert_int_equal(total.exits, 0);
	for (i = 0; i < 10; i++)
		assert_int_equal(merged.cells[i].exits, 0);
	stats_table_release(&whole);
	stats_table_release(&merged);
	stats_table_release(&part[0]);
	stats_table_release(&part[1]);
}

static void test_release_half_built(void **state)
{
	struct stats_table t = { 0 };

	(void)state;
	stats_table_release(&t);
	stats_table_release(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cell),
		cmocka_unit_test(test_all_sums),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_release_half_built),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
