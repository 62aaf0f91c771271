// SPDX-License-Identifier: GPL-2.0
/*
 * Rows of figures kept in memory, and threads in a threads.
 */
#include "reader-test.h"

#include "base/threads.h"
#include "sink/report_log.h"

#define SLOTS	300u

/* Numbers at the edges of every length, over all fields */
static void fill(struct stats_table *t, uint64_t seed)
{
	struct stats_cell *c;
	unsigned int slot;

	stats_table_clear(t);
	for (slot = seed % 7; slot < SLOTS; slot += 1 + seed % 11) {
		c = &t->cells[slot];
		t->used[t->nr_used++] = slot;
		c->exits = 1 + (slot == 0 ? UINT64_MAX - 1 : seed);
		c->min = slot & 1 ? UINT64_MAX : 1ull << (seed % 63);
		c->max = UINT64_MAX;
		c->backwards = (1ull << (7 * (seed % 9))) - 1;
		c->cycles = (u128)1 << (seed % 128);
		c->user = ~(u128)0;
		c->halted = 0;
		c->off_cpu = ((u128)1 << (7 * (seed % 18))) - 1;
	}
}

static void assert_same_table(const struct stats_table *a,
			      const struct stats_table *b)
{
	unsigned int i, slot;

	assert_int_equal(a->nr_used, b->nr_used);
	for (i = 0; i < a->nr_used; i++) {
		slot = a->used[i];
		assert_int_equal(slot, b->used[i]);
		assert_memory_equal(&a->cells[slot].exits, &b->cells[slot].exits, 8);
		assert_true(a->cells[slot].min == b->cells[slot].min);
		assert_true(a->cells[slot].max == b->cells[slot].max);
		assert_true(a->cells[slot].backwards == b->cells[slot].backwards);
		assert_true(a->cells[slot].cycles == b->cells[slot].cycles);
		assert_true(a->cells[slot].user == b->cells[slot].user);
		assert_true(a->cells[slot].halted == b->cells[slot].halted);
		assert_true(a->cells[slot].off_cpu == b->cells[slot].off_cpu);
	}
}

static struct report_log_row row_of(uint64_t i)
{
	return (struct report_log_row){ i % 3 ? i : UINT32_MAX, i % 5 ? i : 0,
				    i % 7 ? i : UINT64_MAX };
}

/* Over the ends of blocks, and into the file; then all of it comes back. */
static void test_rows(void **state)
{
	struct stats_table in, out;
	struct report_log l = { .rows = 0 };
	struct report_log_row row, want;
	uint64_t n, after = 0, i;

	(void)state;
	assert_int_equal(stats_table_init(&in, SLOTS), 0);
	assert_int_equal(stats_table_init(&out, SLOTS), 0);
	assert_int_equal(report_log_next(&l, &row, &out), 0);
	for (n = 0; after < 1000; n++) {
		fill(&in, n);
		want = row_of(n);
		assert_int_equal(report_log_add(&l, &want, &in), 0);
		after += l.file != NULL;
	}
	assert_int_equal(l.nr, REPORT_LOG_BLOCKS);
	for (i = 0; report_log_next(&l, &row, &out) > 0; i++) {
		fill(&in, i);
		want = row_of(i);
		assert_int_equal(row.epoch, want.epoch);
		assert_int_equal(row.report, want.report);
		assert_true(row.exits == want.exits);
		assert_same_table(&in, &out);
		stats_table_clear(&out);
	}
	assert_true(i == n);
	report_log_release(&l);
	stats_table_release(&in);
	stats_table_release(&out);
}

/* A file that cannot be written is an error, not a report that is missing. */
static void test_no_room(void **state)
{
	struct report_log l = { .rows = 0 };
	struct report_log_row row = row_of(1);
	struct stats_table table;
	struct capture capture;
	int ret = 0;

	(void)state;
	assert_int_equal(stats_table_init(&table, SLOTS), 0);
	fill(&table, 1);
	while (!l.file)
		assert_int_equal(report_log_add(&l, &row, &table), 0);
	fclose(l.file);
	l.file = fopen("/dev/full", "w+");
	assert_non_null(l.file);
	setvbuf(l.file, NULL, _IONBF, 0);
	capture_start(&capture);
	while (!ret)
		ret = report_log_add(&l, &row, &table);
	assert_non_null(strstr(capture_end(&capture),
			       "cannot keep figures of reports"));
	assert_int_equal(ret, -1);
	report_log_release(&l);
	stats_table_release(&table);
}

struct tally {
	unsigned int counts[THREADS_MAX];
};

static void count(void *arg, unsigned int member)
{
	((struct tally *)arg)->counts[member]++;
}

/* Each thread once in each turn, none left behind */
static void test_threads(void **state)
{
	static const unsigned int sizes[] = { 0, 1, 2, 3, 64, 1000 };
	struct tally tally;
	struct threads c;
	unsigned int i, k, turn;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(&tally, 0, sizeof(tally));
		threads_init(&c, sizes[i]);
		assert_in_range(c.nr, 1, THREADS_MAX);
		if (sizes[i] && sizes[i] <= 3)
			assert_int_equal(c.nr, sizes[i]);
		for (turn = 0; turn < 200; turn++) {
			threads_run(&c, count, &tally);
			for (k = 0; k < THREADS_MAX; k++)
				assert_int_equal(tally.counts[k],
						 k < c.nr ? turn + 1 : 0);
		}
		threads_release(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
