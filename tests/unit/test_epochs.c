// SPDX-License-Identifier: GPL-2.0
/* What a recording says of its epochs, and what follows from it. */
#include "reader-test.h"

#include "walk/epochs.h"
#include "sink/proof.h"

static struct epochs es;
static struct proof proof;

/* @seq of @report in @epoch, as of one stream */
static void entry(uint32_t epoch, uint32_t report, uint64_t seq)
{
	const struct epochs_run run = {
		.epoch = epoch, .report = report, .first_seq = seq,
		.last_seq = seq, .entries = 1, .sum = epochs_step(seq),
	};

	assert_int_equal(epochs_add_run(&es, &run), 0);
}

static void closed(uint32_t epoch, uint32_t report, uint32_t since,
		   uint32_t interval, uint64_t seq)
{
	const struct event_report e = { epoch, report, since, interval, seq };

	assert_int_equal(epochs_add_report(&es, &e), 0);
}

static void total(uint32_t epoch, uint32_t report, uint64_t exits)
{
	const struct event_stats e = {
		.epoch = epoch, .report = report, .kind = STATS_TOTAL,
		.exits = exits,
	};

	assert_int_equal(epochs_add_stats(&es, &e), 0);
}

/* NULL: nothing is known of it. */
static const struct epoch *find(uint32_t number)
{
	size_t i;

	for (i = 0; i < es.nr; i++)
		if (es.list[i].number == number)
			return &es.list[i];
	return NULL;
}

static const struct epoch *finish(uint32_t number)
{
	const struct epoch *e;

	epochs_finish(&es, false);
	e = find(number);
	assert_non_null(e);
	return e;
}

static void test_interval(void **state)
{
	static const struct {
		struct { uint32_t report; uint64_t seq; } entries[4];
		uint32_t interval;	/* 0: unknown */
	} cases[] = {
		{ { { 1, 1 } }, 0 },
		{ { { 1, 500 } }, 0 },
		{ { { 1, 500 }, { 2, 501 } }, 500 },
		{ { { 1, 499 }, { 2, 501 } }, 0 },
		{ { { 1, 500 }, { 2, 502 } }, 0 },
		{ { { 3, 1500 }, { 4, 1501 } }, 500 },
		/* 1001 * 499 < 499999 <= 1001 * 500: one remains */
		{ { { 1000, 500000 }, { 1001, 500001 } }, 500 },
		{ { { 1000, 499999 }, { 1001, 500499 } }, 500 },
		{ { { 2, 2 }, { 1, 1 } }, 1 },
		{ { { 1, 4294967295 }, { 2, 4294967296 } }, UINT32_MAX },
		{ { { 1, 4294967296 }, { 2, 4294967297 } }, 0 },
	};
	const struct epoch *e;
	unsigned int i, j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		for (j = 0; j < 4 && cases[i].entries[j].seq; j++)
			entry(1, cases[i].entries[j].report,
			      cases[i].entries[j].seq);
		e = finish(1);
		assert_int_equal(e->has_interval, cases[i].interval != 0);
		assert_true(e->interval == cases[i].interval);
		assert_int_equal(es.contradictions, 0);
		epochs_release(&es);
	}
}

static void test_contradictions(void **state)
{
	(void)state;
	/* the same twice is none */
	closed(2, 1, 1, 10, 10);
	closed(2, 1, 1, 10, 10);
	closed(2, 2, 1, 10, 15);
	closed(2, 2, 1, 10, 15);
	finish(2);
	assert_int_equal(es.contradictions, 0);
	/* since later than itself, or never */
	closed(2, 1, 3, 10, 10);
	closed(2, 1, 0, 10, 10);
	/* another since, another interval */
	closed(2, 1, 2, 10, 10);
	closed(2, 1, 1, 11, 10);
	/* an end that the interval rules out; a second short one */
	closed(2, 1, 1, 10, 11);
	closed(2, 3, 1, 10, 20);
	closed(2, 2, 1, 10, 16);
	assert_int_equal(es.contradictions, 7);
	epochs_release(&es);
	/* exits after the last report */
	closed(1, 2, 1, 10, 15);
	entry(1, 2, 16);
	assert_int_equal(finish(1)->short_report, 0);
	assert_int_equal(es.contradictions, 1);
	epochs_release(&es);
	/* entries that no interval puts into these reports */
	entry(1, 1, 500);
	entry(1, 2, 400);
	assert_false(finish(1)->has_interval);
	assert_int_equal(es.contradictions, 1);
	epochs_release(&es);
	/* entries whose report number the interval rules out */
	closed(1, 1, 1, 10, 10);
	entry(1, 1, 11);
	finish(1);
	assert_int_equal(es.contradictions, 1);
	epochs_release(&es);
}

/* The numbers of @seqs, up to 0: each from the first to the last one once? */
static bool gapless(const uint64_t *seqs)
{
	bool ret;

	for (; *seqs; seqs++)
		entry(1, 1, *seqs);
	ret = epochs_gapless(&es);
	epochs_release(&es);
	return ret;
}

static void test_gapless(void **state)
{
	struct epochs_run run = { .first_seq = 0 };
	uint64_t seq;

	(void)state;
	assert_true(gapless((uint64_t[]){ 7, 0 }));
	assert_true(gapless((uint64_t[]){ 5, 3, 4, 2, 6, 0 }));
	assert_true(gapless((uint64_t[]){ UINT64_MAX, UINT64_MAX - 1, 0 }));
	assert_false(gapless((uint64_t[]){ 1, 2, 4, 0 }));
	assert_false(gapless((uint64_t[]){ 1, 2, 2, 4, 0 }));
	/* As many as there should be, and with the same sum */
	assert_false(gapless((uint64_t[]){ 1, 3, 5, 3, 3, 0 }));
	assert_false(gapless((uint64_t[]){ 1, 2, 2, 5, 5, 6, 0 }));
	/* The same of a stream */
	for (seq = 10; seq <= 20; seq++)
		assert_int_equal(epochs_add_entry(&es, &run, 1, 1 + seq / 15,
						  seq), 0);
	assert_int_equal(epochs_add_run(&es, &run), 0);
	assert_true(epochs_gapless(&es));
	entry(1, 2, 17);
	assert_false(epochs_gapless(&es));
	epochs_release(&es);
}

/* Whole: from the first exit of the first epoch to the last one recorded */
static bool whole(void)
{
	bool ret;

	epochs_finish(&es, false);
	ret = epochs_whole(&es);
	epochs_release(&es);
	return ret;
}

static void exits(uint32_t epoch, uint64_t first, uint64_t last)
{
	for (; first <= last; first++)
		entry(epoch, 1 + (first - 1) / 10, first);
}

static void test_whole(void **state)
{
	(void)state;
	assert_false(whole());
	exits(3, 1, 14);
	assert_true(whole());
	exits(3, 2, 14);
	assert_false(whole());
	exits(3, 1, 4);
	exits(3, 6, 14);
	assert_false(whole());
	/* An end before a multiple of the interval is one. */
	exits(3, 1, 14);
	closed(3, 2, 3, 10, 14);
	exits(4, 1, 5);
	assert_true(whole());
	exits(3, 1, 13);
	closed(3, 2, 3, 10, 14);
	exits(4, 1, 5);
	assert_false(whole());
	/* A multiple need not be, but for what the next epoch's total counts. */
	exits(3, 1, 20);
	closed(3, 2, 3, 10, 20);
	exits(4, 1, 10);
	closed(4, 1, 4, 10, 10);
	assert_false(whole());
	exits(3, 1, 20);
	closed(3, 2, 3, 10, 20);
	exits(4, 1, 10);
	closed(4, 1, 3, 10, 10);
	total(4, 1, 30);
	assert_true(whole());
	exits(3, 1, 20);
	closed(3, 2, 3, 10, 20);
	exits(4, 1, 10);
	closed(4, 1, 3, 10, 10);
	total(4, 1, 33);
	assert_false(whole());
	/* An epoch of which nothing is there */
	exits(3, 1, 14);
	closed(3, 2, 3, 10, 14);
	exits(5, 1, 5);
	assert_false(whole());
}

static void test_since(void **state)
{
	unsigned int i;
	static const uint32_t since[8] = { 0, 1, 0, 0, 4, 4, 4, 0 };

	(void)state;
	/* 1 and 4 to 6 follow from a report of 6; 2, 3 and 7 are unknown */
	for (i = 7; i >= 1; i--)
		entry(i, 1, 1);
	closed(6, 1, 4, 10, 10);
	epochs_finish(&es, false);
	assert_int_equal(es.nr, 7);
	for (i = 1; i <= 7; i++) {
		assert_int_equal(es.list[i - 1].number, i);
		assert_int_equal(es.list[i - 1].since, since[i]);
	}
	epochs_release(&es);
}

static void test_assumed_since(void **state)
{
	(void)state;
	entry(3, 1, 1);
	entry(5, 1, 1);
	epochs_finish(&es, true);
	assert_int_equal(find(3)->since, 3);
	assert_true(find(3)->since_assumed);
	assert_int_equal(find(5)->since, 0);
	epochs_release(&es);
	/* not from its first exit on */
	entry(3, 1, 2);
	epochs_finish(&es, true);
	assert_int_equal(find(3)->since, 0);
	epochs_release(&es);
	/* the kernel's total says that there was something before */
	entry(3, 1, 1);
	entry(3, 1, 10);
	entry(3, 2, 11);
	total(3, 1, 17);
	epochs_finish(&es, true);
	assert_int_equal(find(3)->since, 0);
	epochs_release(&es);
}

static void test_skipped(void **state)
{
	struct event_stats e = { .kind = STATS_SKIPPED };
	unsigned int i;

	(void)state;
	for (i = 200; i > 0; i -= 2) {
		e.epoch = i % 3;
		e.report = i;
		assert_int_equal(epochs_add_stats(&es, &e), 0);
	}
	epochs_finish(&es, false);
	for (i = 1; i <= 200; i++)
		assert_int_equal(epochs_skipped(&es, i % 3, i), i % 2 == 0);
	assert_false(epochs_skipped(&es, 2, 2 + (1ull << 32)));
	epochs_release(&es);
}

/* What streams said apart is what they say together. */
static void test_merge(void **state)
{
	struct epochs parts[2];
	const struct epoch *e;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		entry(3, 1, 1 + 9 * i);
		entry(3, 2, 11 + 2 * i);
		entry(4 + i, 1, 7);
		if (i)
			closed(3, 1, 3, 10, 10);
		else
			closed(3, 2, 3, 10, 14);
		total(3, 1 + i, 10 + 4 * i);
		parts[i] = es;
		epochs_init(&es);
	}
	for (i = 0; i < 2; i++) {
		assert_int_equal(epochs_merge(&es, &parts[i]), 0);
		epochs_release(&parts[i]);
	}
	e = finish(3);
	assert_int_equal(es.nr, 3);
	assert_int_equal(es.contradictions, 0);
	assert_int_equal(e->entries, 4);
	assert_int_equal(e->first_seq, 1);
	assert_int_equal(e->last_seq, 13);
	assert_int_equal(e->interval, 10);
	assert_int_equal(e->since, 3);
	assert_int_equal(e->full_report, 1);
	assert_int_equal(e->short_report, 2);
	assert_int_equal(epoch_highest_seq(e), 14);
	assert_int_equal(e->low.report, 1);
	assert_int_equal(e->high.exits, 14);
	assert_int_equal(find(5)->entries, 1);
	epochs_release(&es);
}

static void test_many(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 100000; i > 0; i--)
		entry(i * 7, 1, i);
	epochs_finish(&es, false);
	assert_int_equal(es.nr, 100000);
	for (i = 1; i <= 100000; i++)
		assert_int_equal(find(i * 7)->last_seq, i);
	assert_null(find(8));
	epochs_release(&es);
}

/* All exits of @number are recorded, but for those after @recorded. */
static struct proof_report run_epoch(uint32_t number, uint64_t recorded,
				      struct proof_epoch *outcome)
{
	const struct epoch *e = find(number);
	struct proof_report out = { .proven = false };
	struct stats_table t;
	uint64_t seq, report, end;
	const struct stats_sample s = { .cycles = 1 };

	assert_int_equal(stats_table_init(&t, 1), 0);
	proof_begin_epoch(&proof, e);
	for (seq = 1; seq <= recorded; seq++) {
		report = epoch_report_of(e, seq);
		stats_table_add(&t, 0, &s);
		proof_add(&proof, report, 1, &t);
		stats_table_clear(&t);
		end = proof_report_end(&proof, report);
		if (seq == end)
			proof_close(&proof, report, end, &out);
	}
	*outcome = proof_end_epoch(&proof);
	stats_table_release(&t);
	return out;
}

/*
 * Epoch 1 has 20 recorded exits, epoch 3 has 10 and counts since 1.  Is the
 * report of epoch 3 proven?
 */
static void test_chain(void **state)
{
	static const struct {
		bool lossless, short_end, gap;
		uint64_t total;		/* of report 1 of epoch 3; 0: none */
		bool proven;
	} cases[] = {
		/* the end of epoch 1 is certain */
		{ false, true, false, 0, true },
		{ true, true, false, 0, true },
		/* ... and then the kernel's total is not asked */
		{ true, true, false, 99, true },
		/* it ended with a full report, or did it? */
		{ true, false, false, 0, true },
		{ false, false, false, 0, false },
		{ false, false, false, 30, true },
		{ false, false, false, 31, false },
		{ true, false, false, 31, false },
		/* nothing of epoch 2 is recorded: only a total says that it had
		   no exits */
		{ true, true, true, 0, false },
		{ true, true, true, 30, true },
		{ false, true, true, 0, false },
		{ false, true, true, 30, true },
		{ true, true, true, 35, false },
	};
	struct proof_report r;
	struct proof_epoch o;
	uint32_t second;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		second = cases[i].gap ? 3 : 2;
		entry(1, 1, 1);
		entry(1, 2, 20);
		closed(1, 1, 1, cases[i].short_end ? 15 : 10,
		       cases[i].short_end ? 15 : 10);
		closed(1, 2, 1, cases[i].short_end ? 15 : 10, 20);
		entry(second, 1, 1);
		entry(second, 1, 10);
		closed(second, 1, 1, 10, 10);
		if (cases[i].total)
			total(second, 1, cases[i].total);
		epochs_finish(&es, false);
		assert_int_equal(es.contradictions, 0);
		assert_int_equal(proof_init(&proof, &es, 1,
					     cases[i].lossless), 0);
		r = run_epoch(1, 20, &o);
		assert_true(r.proven && r.seq == 20);
		assert_true(o.end_known && !o.before && !o.lost && !o.open);
		r = run_epoch(second, 10, &o);
		if (r.proven != cases[i].proven)
			fail_msg("case %u: proven %d", i, r.proven);
		if (r.proven)
			assert_int_equal(stats_table_total(r.total).exits, 30);
		assert_int_equal(proof_finish(&proof), !cases[i].proven);
		proof_release(&proof);
		epochs_release(&es);
	}
}

/* Does the first report of an epoch begin where the one before it ended? */
static void test_follows(void **state)
{
	static const struct {
		uint64_t recorded;	/* of the 20 exits of epoch 1 */
		uint32_t second, since;
		bool follows;
	} cases[] = {
		{ 20, 2, 1, true }, { 20, 2, 2, false }, { 20, 3, 1, false },
		{ 19, 2, 1, false }, { 5, 2, 1, false },
	};
	struct proof_report r;
	struct proof_epoch o;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		entry(1, 1, 1);
		entry(1, 2, 20);
		closed(1, 2, 1, 15, 20);
		entry(cases[i].second, 1, 1);
		closed(cases[i].second, 1, cases[i].since, 10, 10);
		epochs_finish(&es, false);
		assert_int_equal(proof_init(&proof, &es, 1, false), 0);
		run_epoch(1, cases[i].recorded, &o);
		r = run_epoch(cases[i].second, 10, &o);
		if (r.follows != cases[i].follows)
			fail_msg("case %u: follows %d", i, r.follows);
		proof_release(&proof);
		epochs_release(&es);
	}
}

/* kvm_exit_report of the last report is lost; the kernel's total is not. */
static void test_end_by_total(void **state)
{
	struct proof_report r;
	struct proof_epoch o;

	(void)state;
	entry(1, 1, 1);
	entry(1, 2, 15);
	closed(1, 1, 1, 10, 10);
	total(1, 2, 15);
	epochs_finish(&es, false);
	assert_int_equal(proof_init(&proof, &es, 1, false), 0);
	r = run_epoch(1, 15, &o);
	assert_true(r.proven && r.report == 2 && r.seq == 15);
	assert_true(o.end_known && !o.lost && !o.open);
	proof_release(&proof);
	epochs_release(&es);

	/* It had 2 exits more than are recorded. */
	entry(1, 1, 1);
	entry(1, 2, 15);
	closed(1, 1, 1, 10, 10);
	total(1, 2, 17);
	epochs_finish(&es, false);
	assert_int_equal(proof_init(&proof, &es, 1, false), 0);
	r = run_epoch(1, 15, &o);
	assert_true(r.report == 1);
	assert_true(o.lost == 2 && o.open == 5);
	proof_release(&proof);
	epochs_release(&es);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_interval),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_gapless),
		cmocka_unit_test(test_whole),
		cmocka_unit_test(test_since),
		cmocka_unit_test(test_assumed_since),
		cmocka_unit_test(test_skipped),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_follows),
		cmocka_unit_test(test_end_by_total),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
