// SPDX-License-Identifier: GPL-2.0
#include "reader-test.h"

#include "walk/pair.h"
#include "walk/round_trip.h"

#define MAX	UINT64_MAX

static void test_sample(void **state)
{
	static const struct {
		uint64_t tsc, exit_tsc, user, halted, off_cpu;
		uint32_t traced;
		uint64_t cycles;
		bool backwards;
	} cases[] = {
		{ 1000, 400, 0, 0, 0, 0, 600, false },
		{ 1000, 400, 100, 50, 25, 5, 420, false },
		{ 1000, 400, 600, 0, 0, 0, 0, false },
		{ 1000, 400, 601, 0, 0, 0, 0, true },
		{ 1000, 400, 0, 0, 0, 601, 0, true },
		{ 400, 1000, 0, 0, 0, 0, 0, true },
		{ 0, MAX, 0, 0, 0, 0, 0, true },
		{ MAX, 0, 0, 0, 0, 0, MAX, false },
		{ 5, 0, MAX, 0, 0, 0, 0, true },
		/* would be 5 - 3 if the sum of the parts wrapped around */
		{ 5, 0, MAX, 4, 0, 0, 0, true },
		{ 5, 0, MAX, MAX, MAX, UINT32_MAX, 0, true },
	};
	struct stats_sample s;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct event_entry e = {
			.tsc = cases[i].tsc, .exit_tsc = cases[i].exit_tsc,
			.user = cases[i].user, .halted = cases[i].halted,
			.off_cpu = cases[i].off_cpu, .traced = cases[i].traced,
		};

		pair_sample(&e, &s);
		assert_true(s.cycles == cases[i].cycles);
		assert_int_equal(s.backwards, cases[i].backwards);
		assert_true(s.user == cases[i].user);
		assert_true(s.halted == cases[i].halted);
		assert_true(s.off_cpu == cases[i].off_cpu);
	}
}

/*
 * One step: 'x' an exit, 'n' an entry, 'd' an entry that accounts nothing,
 * '|' the end of a window.  @code differs from 1 for a mismatch.
 */
struct step {
	char what;
	unsigned int stream;
	uint32_t vm, vcpu;
	uint64_t tsc;
	uint32_t code;
};

#define STEPS	12

static const struct {
	const char *name;
	struct step steps[STEPS];
	struct pair_counts counts;
} joins[] = {
	{ "nothing", { { 0 } }, { 0 } },
	{ "exit, entry", {
		{ 'x', 0, 1, 0, 100, 1 }, { 'n', 0, 1, 0, 100, 1 },
	}, { .joined = 1 } },
	{ "entry first", {
		{ 'n', 0, 1, 0, 100, 1 },
	}, { .no_exit = 1 } },
	{ "entry, entry", {
		{ 'x', 0, 1, 0, 100, 1 }, { 'n', 0, 1, 0, 100, 1 },
		{ 'n', 0, 1, 0, 200, 1 },
	}, { .joined = 1, .no_exit = 1 } },
	{ "exit, exit", {
		{ 'x', 0, 1, 0, 100, 1 }, { 'x', 0, 1, 0, 200, 1 },
		{ 'n', 0, 1, 0, 200, 1 },
	}, { .joined = 1, .no_entry = 1 } },
	{ "open at the end", {
		{ 'x', 0, 1, 0, 100, 1 },
	}, { .open = 1 } },
	{ "migrated", {
		{ 'x', 0, 1, 0, 100, 1 }, { 'n', 1, 1, 0, 100, 1 },
	}, { .joined = 1 } },
	{ "migrated, the entry's stream is read first", {
		{ 'n', 1, 1, 0, 100, 1 }, { 'x', 2, 1, 0, 100, 1 },
	}, { .joined = 1 } },
	{ "migrated away and back", {
		{ 'x', 0, 1, 0, 100, 1 }, { 'x', 0, 1, 0, 300, 1 },
		{ 'n', 0, 1, 0, 300, 1 }, { 'n', 1, 1, 0, 100, 1 },
		{ 'x', 1, 1, 0, 200, 1 }, { 'n', 2, 1, 0, 200, 1 },
	}, { .joined = 3 } },
	{ "exit before, entry in a later window", {
		{ 'x', 0, 1, 0, 100, 1 }, { '|', 0, 0, 0, 0, 0 },
		{ 'x', 0, 1, 0, 300, 1 }, { '|', 0, 0, 0, 0, 0 },
		{ 'n', 1, 1, 0, 100, 1 }, { '|', 0, 0, 0, 0, 0 },
		{ 'n', 0, 1, 0, 300, 1 },
	}, { .joined = 2 } },
	{ "few wait: not given up although a later entry is accounted", {
		{ 'x', 0, 1, 0, 100, 1 }, { 'x', 0, 1, 0, 200, 1 },
		{ 'n', 0, 1, 0, 200, 1 }, { '|', 0, 0, 0, 0, 0 },
		{ 'n', 1, 1, 0, 100, 1 },
	}, { .joined = 2 } },
	{ "two VMs with equal vcpu_id, equal TSC", {
		{ 'x', 0, 1, 0, 100, 1 }, { 'x', 0, 2, 0, 100, 2 },
		{ 'n', 0, 2, 0, 100, 2 }, { 'n', 0, 1, 0, 100, 1 },
	}, { .joined = 2 } },
	{ "two vCPUs", {
		{ 'x', 0, 1, 0, 100, 1 }, { 'x', 0, 1, 1, 110, 1 },
		{ 'n', 1, 1, 1, 110, 1 }, { 'n', 0, 1, 0, 100, 1 },
	}, { .joined = 2 } },
	{ "another reason", {
		{ 'x', 0, 1, 0, 100, 1 }, { 'n', 0, 1, 0, 100, 2 },
		{ 'x', 0, 1, 0, 200, 1 }, { 'n', 1, 1, 0, 200, 2 },
	}, { .joined = 2, .mismatch = 2 } },
	{ "not accounted", {
		{ 'x', 0, 1, 0, 100, 1 }, { 'd', 0, 1, 0, 0, 0 },
		{ 'd', 0, 9, 9, 0, 0 },
	}, { .no_entry = 1 } },
	{ "open on two CPUs: one is stale", {
		{ 'x', 0, 1, 0, 100, 1 }, { 'x', 1, 1, 0, 200, 1 },
	}, { .no_entry = 1, .open = 1 } },
	{ "one exit, two entries", {
		{ 'x', 0, 1, 0, 100, 1 }, { 'n', 1, 1, 0, 100, 1 },
		{ 'n', 2, 1, 0, 100, 1 },
	}, { .joined = 1, .no_exit = 1 } },
};

/* The window is full, and all streams were in it. */
static int end_window(struct pair_stream *ps, size_t nr, size_t *waiting,
		      struct pair_counts *counts)
{
	size_t i;

	for (i = 0; i < nr; i++)
		pair_note(&ps[i], waiting);
	return pair_resolve(ps, nr, waiting, counts);
}

static void do_step(struct pair_stream *ps, const struct step *s,
		    size_t *waiting, struct pair_counts *counts)
{
	const struct event_exit x = {
		.tsc = s->tsc, .vm = s->vm, .vcpu_id = s->vcpu, .isa = 2,
		.code = s->code,
	};
	const struct event_entry n = {
		.exit_tsc = s->tsc, .vm = s->vm, .vcpu_id = s->vcpu, .isa = 2,
		.code = s->code,
	};

	if (s->what == 'x')
		assert_int_equal(pair_add_exit(&ps[s->stream], &x), 0);
	else if (s->what == 'n')
		assert_int_equal(pair_add_entry(&ps[s->stream], &n), 0);
	else if (s->what == 'd')
		assert_int_equal(pair_drop(&ps[s->stream], s->vm, s->vcpu), 0);
	else
		assert_int_equal(end_window(ps, 3, waiting, counts), 0);
}

static void test_join(void **state)
{
	struct pair_counts counts;
	struct pair_stream ps[3];
	unsigned int i, j;
	size_t waiting;

	(void)state;
	for (i = 0; i < sizeof(joins) / sizeof(joins[0]); i++) {
		waiting = 0;
		for (j = 0; j < 3; j++)
			pair_init(&ps[j]);
		memset(&counts, 0, sizeof(counts));
		for (j = 0; j < STEPS && joins[i].steps[j].what; j++)
			do_step(ps, &joins[i].steps[j], &waiting, &counts);
		assert_int_equal(pair_finish(ps, 3, 3, &counts), 0);
		if (memcmp(&counts, &joins[i].counts, sizeof(counts)))
			fail_msg("%s: joined %u no_exit %u no_entry %u open %u mismatch %u",
				 joins[i].name, (unsigned int)counts.joined,
				 (unsigned int)counts.no_exit,
				 (unsigned int)counts.no_entry,
				 (unsigned int)counts.open,
				 (unsigned int)counts.mismatch);
		for (j = 0; j < 3; j++)
			pair_release(&ps[j]);
	}
}

/* Displaced exits are given up once a later entry is accounted, not before. */
static void test_give_up(void **state)
{
	struct pair_counts counts = { 0 };
	struct event_exit x = { .isa = 2 };
	struct event_entry n = { .isa = 2 };
	struct pair_stream ps;
	size_t waiting = 0;
	unsigned int i;

	(void)state;
	pair_init(&ps);
	for (i = 0; i <= 300; i++) {
		n.exit_tsc = x.tsc = i;
		assert_int_equal(pair_add_exit(&ps, &x), 0);
		if (i == 200)
			assert_int_equal(pair_add_entry(&ps, &n), 0);
	}
	assert_int_equal(end_window(&ps, 1, &waiting, &counts), 0);
	assert_int_equal(counts.joined, 1);
	assert_int_equal(counts.no_entry, 200);
	/* What cannot be given up yet is no reason to look at all once more. */
	assert_int_equal(ps.displaced.nr, 99);
	assert_int_equal(end_window(&ps, 1, &waiting, &counts), 0);
	assert_int_equal(waiting, 0);
	assert_int_equal(pair_finish(&ps, 1, 1, &counts), 0);
	assert_int_equal(counts.no_entry, 299);
	assert_int_equal(counts.open, 1);
	pair_release(&ps);
}

/* Many vCPUs; nothing but exits, so that the list has to be bounded. */
static void test_join_many(void **state)
{
	struct pair_counts counts = { 0 };
	struct pair_stream ps;
	struct event_exit x = { .isa = 2 };
	unsigned int i;

	(void)state;
	pair_init(&ps);
	for (i = 0; i < 300000; i++) {
		x.tsc = i;
		x.vcpu_id = i % 1000;
		assert_int_equal(pair_add_exit(&ps, &x), 0);
	}
	assert_true(ps.displaced.allocated <= 65536);
	assert_int_equal(pair_finish(&ps, 1, 1, &counts), 0);
	assert_int_equal(counts.open, 1000);
	assert_int_equal(counts.no_entry, 299000);
	pair_release(&ps);
}

/* One step: 'x' exit, 'n' entry, 'g' a gap that takes @tid from @ts on. */
struct rt_step {
	char what;
	uint32_t tid, cpu;
	uint64_t ts;
};

static const struct {
	const char *name;
	struct rt_step steps[STEPS];
	unsigned int trips;
	uint64_t sum;
	struct round_trip_counts counts;
} trips[] = {
	{ "one", { { 'x', 7, 0, 100 }, { 'n', 7, 0, 150 } }, 1, 50, { 0 } },
	{ "of no length", { { 'x', 7, 0, 100 }, { 'n', 7, 0, 100 } }, 1, 0,
	  { 0 } },
	{ "entry first", { { 'n', 7, 0, 100 } }, 0, 0, { .no_exit = 1 } },
	{ "entry, entry", { { 'x', 7, 0, 100 }, { 'n', 7, 0, 150 },
			    { 'n', 7, 0, 170 } }, 1, 50, { .no_exit = 1 } },
	{ "exit, exit", { { 'x', 7, 0, 100 }, { 'x', 7, 0, 120 },
			  { 'n', 7, 0, 150 } }, 1, 30, { .untimed = 1 } },
	{ "three exits", { { 'x', 7, 0, 100 }, { 'x', 7, 0, 120 },
			   { 'x', 8, 1, 125 }, { 'x', 7, 1, 130 },
			   { 'n', 7, 1, 150 }, { 'n', 8, 1, 155 } }, 2, 50,
	  { .untimed = 2 } },
	{ "alone", { { 'x', 7, 0, 100 }, { 'g', 20, 0, 100 },
		     { 'x', 7, 0, 130 }, { 'x', 8, 0, 140 } }, 0, 0,
	  { .untimed = 3 } },
	{ "open", { { 'x', 7, 0, 100 } }, 0, 0, { .open = 1 } },
	{ "two threads", { { 'x', 7, 0, 100 }, { 'x', 8, 1, 110 },
			   { 'n', 7, 0, 150 }, { 'n', 8, 1, 170 } }, 2, 110,
	  { 0 } },
	{ "migrated", { { 'x', 7, 0, 100 }, { 'n', 7, 1, 150 } }, 1, 50,
	  { .migrated = 1 } },
	{ "backwards", { { 'x', 7, 0, 100 }, { 'n', 7, 0, 99 } }, 0, 0,
	  { .backwards = 1 } },
	{ "gap within", { { 'x', 7, 0, 100 }, { 'g', 10, 0, 110 },
			  { 'n', 7, 0, 150 } }, 0, 0, { .gaps = 1 } },
	{ "gap around the exit", { { 'g', 30, 0, 90 }, { 'x', 7, 0, 100 },
				   { 'n', 7, 0, 150 } }, 0, 0, { .gaps = 1 } },
	{ "gap before", { { 'g', 10, 0, 90 }, { 'x', 7, 0, 100 },
			  { 'n', 7, 0, 150 } }, 1, 50, { 0 } },
	{ "gap behind", { { 'x', 7, 0, 100 }, { 'n', 7, 0, 150 },
			  { 'g', 50, 0, 150 }, { 'x', 7, 0, 200 },
			  { 'n', 7, 0, 250 } }, 2, 100, { 0 } },
	{ "gap around the entry", { { 'x', 7, 0, 100 }, { 'g', 60, 0, 140 },
				    { 'n', 7, 0, 150 } }, 0, 0, { .gaps = 1 } },
	{ "gap that begins with the exit", { { 'x', 7, 0, 100 },
			  { 'g', 1, 0, 100 }, { 'n', 7, 0, 150 } }, 0, 0,
	  { .gaps = 1 } },
	{ "two gaps, the first one longer", { { 'g', 40, 0, 80 },
			  { 'g', 5, 1, 90 }, { 'x', 7, 0, 110 },
			  { 'n', 7, 0, 150 } }, 0, 0, { .gaps = 1 } },
	{ "gap, exit, exit", { { 'x', 7, 0, 100 }, { 'g', 15, 0, 105 },
			       { 'x', 7, 0, 130 }, { 'n', 7, 0, 150 } }, 1, 20,
	  { .gaps = 1 } },
};

/* An exit: does it end another one, of unknown length? */
static int see_exit(struct round_trip *rt, const struct rt_step *st)
{
	int ret = round_trip_exit(rt, st->tid, st->cpu, st->ts, ISA_VMX, st->tid);

	if (ret) {
		assert_int_equal(ret, 1);
		assert_int_equal(rt->untimed.tid, st->tid);
		assert_int_equal(rt->untimed.code, st->tid);
		assert_true(rt->untimed.ts < st->ts);
	}
	return ret;
}

static void test_round_trip(void **state)
{
	struct round_trip_interval interval;
	unsigned int i, j, n, untimed;
	struct round_trip rt;
	uint64_t sum;

	(void)state;
	for (i = 0; i < sizeof(trips) / sizeof(trips[0]); i++) {
		rt = (struct round_trip){
			.alone = !strcmp(trips[i].name, "alone") };
		n = untimed = 0;
		sum = 0;
		for (j = 0; j < STEPS && trips[i].steps[j].what; j++) {
			const struct rt_step *st = &trips[i].steps[j];

			if (st->what == 'g')
				assert_int_equal(gaps_add(&rt.gaps, st->ts,
						st->ts + st->tid), 0);
			else if (st->what == 'x')
				untimed += see_exit(&rt, st);
			else if (round_trip_entry(&rt, st->tid, st->cpu, st->ts,
						 &interval)) {
				assert_int_equal(interval.isa, ISA_VMX);
				assert_int_equal(interval.code, st->tid);
				n++;
				sum += interval.length;
			}
		}
		while (rt.alone && round_trip_next_open(&rt))
			untimed++;
		round_trip_finish(&rt);
		assert_int_equal(untimed, rt.counts.untimed);
		if (n != trips[i].trips || sum != trips[i].sum ||
		    memcmp(&rt.counts, &trips[i].counts, sizeof(rt.counts)))
			fail_msg("%s: %u trips, sum %u", trips[i].name, n,
				 (unsigned int)sum);
		round_trip_release(&rt);
	}
}

static void test_round_trip_many(void **state)
{
	struct round_trip_interval interval;
	struct round_trip rt = { 0 };
	unsigned int i;

	(void)state;
	for (i = 0; i < 5000; i++)
		assert_int_equal(round_trip_exit(&rt, i * 64, 0, i,
						ISA_SVM, 1), 0);
	for (i = 0; i < 5000; i++) {
		assert_true(round_trip_entry(&rt, i * 64, 0, 9000,
					    &interval));
		assert_int_equal(interval.length, 9000 - i);
	}
	round_trip_release(&rt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample),
		cmocka_unit_test(test_join),
		cmocka_unit_test(test_give_up),
		cmocka_unit_test(test_join_many),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_round_trip_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
