// SPDX-License-Identifier: GPL-2.0
/*
 * What reports add, of exits in nearly the order of their numbers: each in its row, once.
 * What is too far behind, or comes twice, is given up.
 */
#include <string.h>

#include "reader-test.h"

#include "sink/sums_by_time.h"

#define INTERVAL	100u

static struct parse parse;

static int add(struct sums_by_time *s, uint32_t epoch, uint64_t seq)
{
	const struct event_entry e = { .epoch = epoch, .seq = seq, .isa = 1, .code = seq % 3,
				       .report = 1 + (seq - 1) / INTERVAL };
	const struct stats_sample sample = { .cycles = seq };

	return sums_by_time_add(s, &e, &sample);
}

static struct sums_by_time *begin(void)
{
	struct sums_by_time *s = sums_by_time_alloc(&parse);

	assert_non_null(s);
	return s;
}

static void assert_odd(struct sums_by_time *s, bool odd)
{
	const struct epochs none = { .nr = 0 };

	assert_int_equal(sums_by_time_end(s, &none), 0);
	assert_int_equal(s->odd, odd);
}

/* Exits from @first to @last of @epoch: all of them, in rows of their reports */
static uint64_t assert_rows(struct sums_by_time *s, uint32_t epoch, uint64_t first,
			    uint64_t last)
{
	struct stats_table t;
	struct report_log_row row;
	uint64_t seq = first, end, exits = 0;
	u128 cycles = 0;
	unsigned int i;

	assert_int_equal(stats_table_init(&t, parse.reasons.nr), 0);
	while (seq <= last) {
		assert_int_equal(report_log_next(&s->rows, &row, &t), 1);
		assert_int_equal(row.epoch, epoch);
		assert_int_equal(row.report, 1 + (seq - 1) / INTERVAL);
		end = (uint64_t)row.report * INTERVAL;
		end = end > last ? last : end;
		assert_int_equal(row.exits, end - seq + 1);
		for (i = 0, cycles = 0; i < t.nr_used; i++)
			cycles += t.cells[t.used[i]].cycles;
		assert_true(cycles == (u128)(seq + end) * (end - seq + 1) / 2);
		exits += row.exits;
		seq = end + 1;
		stats_table_clear(&t);
	}
	stats_table_release(&t);
	return exits;
}

/* Two at a time change places; farther: blocks of half of what there are tables for */
static void test_nearly_ascending(void **state)
{
	static const uint64_t blocks[] = { 1, 2, 7, INTERVAL * SUMS_ROWS / 2 };
	struct sums_by_time *s;
	uint64_t seq, i, block;
	size_t b;

	(void)state;
	for (b = 0; b < sizeof(blocks) / sizeof(blocks[0]); b++) {
		s = begin();
		block = blocks[b];
		for (seq = 1; seq <= 100 * block * 8; seq += block)
			for (i = block; i-- > 0; )
				assert_int_equal(add(s, 1, seq + i), 0);
		assert_odd(s, false);
		assert_int_equal(assert_rows(s, 1, 1, 800 * block), 800 * block);
		sums_by_time_free(s);
	}
}

static void test_epochs(void **state)
{
	struct sums_by_time *s = begin();
	uint64_t seq;

	(void)state;
	for (seq = 5; seq <= 250; seq++)
		assert_int_equal(add(s, 3, seq), 0);
	for (seq = 1; seq <= 10; seq++)
		assert_int_equal(add(s, UINT32_MAX, seq), 0);
	assert_odd(s, false);
	assert_int_equal(assert_rows(s, 3, 5, 250), 246);
	assert_int_equal(assert_rows(s, UINT32_MAX, 1, 10), 10);
	sums_by_time_free(s);
}

/* The last report and the last number that there can be */
static void test_end_of_numbers(void **state)
{
	struct sums_by_time *s = begin();
	struct event_entry e = { .epoch = 1, .seq = UINT64_MAX - 40000, .isa = 1,
				 .report = UINT32_MAX - 40 };
	const struct stats_sample sample = { .cycles = 1 };
	struct report_log_row row;
	struct stats_table t;
	unsigned int i;

	(void)state;
	for (i = 0; i <= 40; i++, e.seq += 1000, e.report++)
		assert_int_equal(sums_by_time_add(s, &e, &sample), 0);
	assert_odd(s, false);
	assert_int_equal(stats_table_init(&t, parse.reasons.nr), 0);
	for (i = 0; report_log_next(&s->rows, &row, &t) > 0; i++) {
		assert_int_equal(row.report, UINT32_MAX - 40 + i);
		assert_int_equal(row.exits, 1);
		stats_table_clear(&t);
	}
	assert_int_equal(i, 41);
	stats_table_release(&t);
	sums_by_time_free(s);
}

static void test_odd(void **state)
{
	/* Epoch and number, the second of which is odd after the first */
	static const struct {
		uint32_t epoch, epoch2;
		uint64_t seq, seq2;
	} cases[] = {
		{ 1, 1, 10, 10 },
		{ 2, 1, 10, 11 },
		{ 1, 1, 100 * INTERVAL, 80 * INTERVAL },
		{ 1, 1, UINT64_MAX - 5, 5 },
		{ 1, 1, UINT64_MAX, UINT64_MAX },
	};
	struct sums_by_time *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		s = begin();
		assert_int_equal(add(s, cases[i].epoch, cases[i].seq), 0);
		assert_false(s->odd);
		assert_int_equal(add(s, cases[i].epoch2, cases[i].seq2), 0);
		assert_true(s->odd);
		assert_odd(s, true);
		sums_by_time_free(s);
	}
}

/* A number that comes again when the window went on, round its ring */
static void test_again(void **state)
{
	struct sums_by_time *s = begin();
	uint64_t seq;

	(void)state;
	for (seq = 1; seq <= 4 * SUMS_NUMBERS; seq++)
		assert_int_equal(add(s, 1, seq), 0);
	assert_false(s->odd);
	assert_int_equal(add(s, 1, 4 * SUMS_NUMBERS - INTERVAL), 0);
	assert_true(s->odd);
	sums_by_time_free(s);
}

/* Exits from 1 to 40000, two at a time in the other order, in slices that end at @ends */
static struct sums_by_time *add_slices(const uint64_t *ends, unsigned int nr)
{
	struct sums_by_time *s = begin(), *next = s;
	uint64_t i, at = 0;
	unsigned int k;

	for (k = 0; k < nr; k++) {
		if (k)
			next = begin();
		for (; at < ends[k]; at++) {
			i = at % 2 ? at : at + 2;
			assert_int_equal(add(next, 1, i), 0);
		}
		if (!k)
			continue;
		assert_int_equal(sums_by_time_join(s, next), 0);
		sums_by_time_free(next);
	}
	return s;
}

static void test_slices(void **state)
{
	static const uint64_t ends[][4] = {
		{ 20000, 40000, 40000, 40000 },
		{ 0, 1, 2, 40000 },
		{ 1, 3, 5, 40000 },
		{ 39997, 39998, 39999, 40000 },
		{ 101, 150, 16385, 40000 },
		{ 33001, 33002, 40000, 40000 },
	};
	struct sums_by_time *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		s = add_slices(ends[i], 4);
		assert_odd(s, false);
		assert_int_equal(assert_rows(s, 1, 1, 40000), 40000);
		sums_by_time_free(s);
	}
}

/* Exits from @from to @to of @epoch, as a slice that goes on where @s ended */
static void join_exits(struct sums_by_time *s, uint32_t epoch, uint64_t from, uint64_t to)
{
	struct sums_by_time *next = begin();

	for (; from <= to; from++)
		assert_int_equal(add(next, epoch, from), 0);
	assert_int_equal(sums_by_time_join(s, next), 0);
	sums_by_time_free(next);
}

static void test_slices_of_epochs(void **state)
{
	struct sums_by_time *s = begin();

	(void)state;
	join_exits(s, 2, 5, 250);
	join_exits(s, 2, 251, 300);
	join_exits(s, 3, 40, 400);
	join_exits(s, 3, 1, 39);
	assert_odd(s, false);
	assert_int_equal(assert_rows(s, 2, 5, 300), 296);
	assert_int_equal(assert_rows(s, 3, 1, 400), 400);
	sums_by_time_free(s);
}

/* A number that two slices have, or may have */
static void test_odd_slices(void **state)
{
	static const struct {
		uint64_t from, to, from2, to2;
	} cases[] = {
		{ 1, 500, 500, 900 },
		{ 1, 500, 100, 100 },
		{ 1, 500, 500, 4 * SUMS_NUMBERS },
		{ 1, 4 * SUMS_NUMBERS, 4 * SUMS_NUMBERS, 4 * SUMS_NUMBERS },
		{ 1, 4 * SUMS_NUMBERS, 5, 6 },
		{ 3 * SUMS_NUMBERS, 3 * SUMS_NUMBERS + 5, 1, 4 * SUMS_NUMBERS },
	};
	struct sums_by_time *s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		s = begin();
		join_exits(s, 1, cases[i].from, cases[i].to);
		assert_false(s->odd);
		join_exits(s, 1, cases[i].from2, cases[i].to2);
		assert_odd(s, true);
		sums_by_time_free(s);
	}
	s = begin();
	join_exits(s, 2, 1, 5);
	join_exits(s, 1, 10, 15);
	assert_odd(s, true);
	sums_by_time_free(s);
}

/* By stream, as they came */
static void test_stats(void **state)
{
	static const unsigned int streams[] = { 2, 0, 1, 0, 2, 1 };
	static const unsigned int want[] = { 1, 3, 2, 5, 0, 4 };
	struct sums_by_time *s = begin();
	struct event_stats e = { .epoch = 1 };
	unsigned int i;

	(void)state;
	for (i = 0; i < 6; i++) {
		e.report = i;
		assert_int_equal(sums_by_time_stats(s, streams[i], &e), 0);
	}
	assert_odd(s, false);
	for (i = 0; i < 6; i++)
		assert_int_equal(s->stats[i].event.report, want[i]);
	sums_by_time_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nearly_ascending),
		cmocka_unit_test(test_epochs),
		cmocka_unit_test(test_end_of_numbers),
		cmocka_unit_test(test_odd),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_slices_of_epochs),
		cmocka_unit_test(test_odd_slices),
		cmocka_unit_test(test_stats),
	};
	unsigned int code;

	parse.reasons.nr = 4;
	for (code = 0; code < 3; code++)
		parse.reasons.direct[1][code] = code;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
