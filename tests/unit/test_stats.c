// SPDX-License-Identifier: GPL-2.0
#include "reader-test.h"

#include "stats.h"
#include "window.h"

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

static void test_window_ranges(void **state)
{
	static const struct {
		uint32_t interval;
		uint64_t base, span, report;
		unsigned int rows;
	} cases[] = {
		{ 0, 1, WINDOW_EXITS, 1, 1 },
		{ 0, 1ull << 60, WINDOW_EXITS, 1, 1 },
		{ 0, UINT64_MAX, 1, 1, 1 },
		{ 0, UINT64_MAX - 4, 5, 1, 1 },
		{ 1, 1, WINDOW_REPORTS, 1, WINDOW_REPORTS },
		{ 1, 7, WINDOW_REPORTS, 7, WINDOW_REPORTS },
		{ 500, 1, WINDOW_REPORTS * 500, 1, WINDOW_REPORTS },
		{ 500, 500, WINDOW_REPORTS * 500 - 499, 1, WINDOW_REPORTS },
		{ 500, 501, WINDOW_REPORTS * 500, 2, WINDOW_REPORTS },
		{ 65536, 1, 65536, 1, 1 },
		{ 65536, 2, 65536, 1, 2 },
		{ 65536, 65536, 65536, 1, 2 },
		{ UINT32_MAX, UINT32_MAX, 65536, 1, 2 },
		{ UINT32_MAX, UINT64_MAX, 1, UINT64_MAX / UINT32_MAX, 1 },
	};
	struct window *w = malloc(sizeof(*w));
	struct epoch e = { .number = 3, .has_interval = true };
	unsigned int i;

	(void)state;
	assert_non_null(w);
	assert_int_equal(window_init(w, 4), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		e.interval = cases[i].interval;
		window_begin(w, &e, cases[i].base);
		assert_true(w->span == cases[i].span);
		assert_true(w->report == cases[i].report);
		assert_int_equal(w->nr_rows, cases[i].rows);
		assert_true(window_has(w, 3, cases[i].base));
		assert_true(window_has(w, 3, cases[i].base + (cases[i].span - 1)));
		if (cases[i].base + cases[i].span)
			assert_false(window_has(w, 3, cases[i].base +
						cases[i].span));
		assert_false(window_has(w, 3, cases[i].base - 1));
		assert_false(window_has(w, 4, cases[i].base));
		assert_true(window_passed(w, 2, UINT64_MAX));
		assert_true(window_passed(w, 3, cases[i].base - 1));
		assert_false(window_passed(w, 3, cases[i].base));
		assert_false(window_passed(w, 4, 1));
	}
	window_release(w);
	free(w);
}

static void test_window_add(void **state)
{
	struct window *w = malloc(sizeof(*w));
	struct epoch e = { .number = 1, .has_interval = true, .interval = 10 };
	struct stats_sample s = sample(1);
	unsigned int i;

	(void)state;
	assert_non_null(w);
	assert_int_equal(window_init(w, 4), 0);
	window_begin(w, &e, 8);
	/* In any order; the second of each is refused. */
	for (i = 40; i >= 8; i--)
		assert_true(window_add(w, i, i % 4, &s));
	for (i = 8; i <= 40; i++)
		assert_false(window_add(w, i, 0, &s));
	assert_int_equal(w->rows[0].distinct, 3);
	assert_int_equal(w->rows[1].distinct, 10);
	assert_int_equal(w->rows[2].distinct, 10);
	assert_int_equal(w->rows[3].distinct, 10);
	assert_int_equal(w->rows[4].distinct, 0);
	assert_int_equal(stats_table_total(&w->rows[3].table).exits, 10);
	/* A new window is an empty one. */
	window_begin(w, &e, 8);
	for (i = 0; i < w->nr_rows; i++)
		assert_int_equal(w->rows[i].distinct, 0);
	assert_true(window_add(w, 8, 0, &s));
	window_release(w);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cell),
		cmocka_unit_test(test_all_sums),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_release_half_built),
		cmocka_unit_test(test_window_ranges),
		cmocka_unit_test(test_window_add),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
