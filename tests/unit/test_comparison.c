// SPDX-License-Identifier: GPL-2.0
/*
 * Comparisons of recordings that are made up (guest-work.h): none is called a change
 * where there is none, and what is planted is found, with its sign and its reason, and
 * is not taken for something else.
 */
#include "reader-test.h"

#include "guest-work.h"
#include "result/compare.h"

#define SIDE_MAX	8u
#define VMX		1u
#define SVM		2u

/* cmocka's own is of floats. */
static void assert_near(double a, double b, double most)
{
	if (!(fabs(a - b) <= most))
		fail_msg("%.17g is not %.17g", a, b);
}

static struct recording info = { .path = "x.dat", .clock = "mono" };

static void make_view(struct view *v, uint64_t seed, const struct work_plan *plan)
{
	struct work w = work_of(seed, plan);
	struct group_key key = { .isa = SVM };
	struct stats_sample sample = { .cycles = 0 };
	struct work_exit e;

	*v = (struct view){
		.info = &info, .unit = "cycles", .stamped = true, .has_span = true,
		.isas = isa_bit(SVM), .vcpus = 1, .vms = 1, .first_ts = seed,
		.window_ns = WORK_SECONDS * 1000000000ull,
	};
	while (work_next(&w, &e)) {
		key.code = work_reasons[e.reason].code;
		/* A PID is another one in each recording. */
		key.vm = seed;
		sample.cycles = e.cycles;
		assert_int_equal(group_add(groups_get(&v->groups, &key), &sample), 0);
		v->exits++;
	}
}

struct pair {
	struct view views[SIDES][SIDE_MAX], slices[SIDES][COMPARE_SLICES];
	unsigned int nr;
	bool sliced;
	struct comparison c;
};

static void make_pair(struct pair *p, unsigned int nr, uint64_t seed,
		      const struct work_plan *plan, uint32_t min_effect)
{
	const struct work_plan same = { .exits = plan->exits };
	unsigned int i;

	p->nr = nr;
	for (i = 0; i < nr; i++) {
		make_view(&p->views[BEFORE][i], seed * 100 + i, &same);
		make_view(&p->views[AFTER][i], seed * 100 + 50 + i, plan);
	}
	p->c = (struct comparison){
		.opt = { .min_effect = min_effect },
		.sides = { { p->views[BEFORE], nr, NULL }, { p->views[AFTER], nr, NULL } },
	};
}

/* Slices of one recording have its level: here, none has any other. */
static void add_slices(struct pair *p, uint64_t seed, const struct work_plan *plan)
{
	const struct work_plan same = { .exits = plan->exits };
	unsigned int side, i;

	for (side = 0; side < SIDES; side++) {
		for (i = 0; i < COMPARE_SLICES; i++)
			make_view(&p->slices[side][i], seed * 100 + side * 50 + i,
				  side == AFTER ? plan : &same);
		p->c.sides[side].slices = p->slices[side];
	}
	p->sliced = true;
}

static void free_pair(struct pair *p)
{
	unsigned int side, i;

	comparison_release(&p->c);
	for (side = 0; side < SIDES; side++) {
		for (i = 0; i < p->nr; i++)
			groups_release(&p->views[side][i].groups);
		for (i = 0; i < COMPARE_SLICES && p->sliced; i++)
			groups_release(&p->slices[side][i].groups);
	}
	memset(p, 0, sizeof(*p));
}

static const struct compare_row *row_of(const struct comparison *c,
					unsigned int reason)
{
	size_t i;

	for (i = 0; i < c->nr_rows; i++)
		if (c->rows[i].group->key.code == work_reasons[reason].code)
			return &c->rows[i];
	fail_msg("no row of reason %u", reason);
	return NULL;
}

static enum compare_verdict verdict_of(const struct comparison *c,
				       unsigned int reason, enum compare_what what)
{
	return row_of(c, reason)->figures[what].verdict;
}

static bool is_change(enum compare_verdict verdict)
{
	return verdict == VERDICT_MORE || verdict == VERDICT_LESS;
}

/* 400 times the same on both sides: at 5 %, more than 34 have a probability of 0.1 %. */
static void test_false_alarms(void **state)
{
	const struct work_plan same = { .exits = 400 };
	struct pair p = { .nr = 0 };
	unsigned int i, alarms = 0;

	(void)state;
	for (i = 0; i < 400; i++) {
		make_pair(&p, 6, 1000 + i, &same, 0);
		assert_int_equal(comparison_make(&p.c), 0);
		assert_int_equal(p.c.evidence, EVIDENCE_EXACT);
		alarms += is_change(p.c.verdict);
		free_pair(&p);
	}
	print_message("# false alarms: %u of 400\n", alarms);
	assert_in_range(alarms, 0, 34);
}

/* With the least effect that is usual, there are hardly any. */
static void test_min_effect(void **state)
{
	const struct work_plan same = { .exits = 20000 };
	struct pair p = { .nr = 0 };
	unsigned int i, same_cost = 0;

	(void)state;
	for (i = 0; i < 10; i++) {
		make_pair(&p, 4, 2000 + i, &same, COMPARE_MIN_EFFECT);
		assert_int_equal(comparison_make(&p.c), 0);
		assert_false(is_change(p.c.verdict));
		same_cost += verdict_of(&p.c, 0, COMPARE_MEAN) == VERDICT_SAME;
		free_pair(&p);
	}
	assert_in_range(same_cost, 7, 10);
}

static void check_plant(const struct comparison *c, const struct work_plan *plan)
{
	static const enum compare_what whats[] = {
		[WORK_COST] = COMPARE_MEAN, [WORK_TAIL_COST] = COMPARE_P99,
		[WORK_COUNT] = COMPARE_COUNT,
	};
	const enum compare_verdict expected = plan->factor > 1 ? VERDICT_MORE :
								 VERDICT_LESS;
	const struct compare_figure *f;
	const struct compare_row *row = row_of(c, plan->reason);
	unsigned int i;

	f = &row->figures[whats[plan->change]];
	assert_int_equal(f->verdict, expected);
	/* Of a tail that is lower, other exits are the dearest. */
	if (plan->change == WORK_TAIL_COST && plan->factor < 1)
		assert_true(f->high < 1);
	else if (f->low > plan->factor * 1.01 || f->high < plan->factor * 0.99)
		fail_msg("change %d, reason %u: %.4f is not within %.4f and %.4f",
			 plan->change, plan->reason, plan->factor, f->low, f->high);
	assert_int_equal(c->verdict, expected);
	for (i = 0; i < WORK_REASONS; i++) {
		if (i != plan->reason || plan->change == WORK_COUNT) {
			assert_false(is_change(verdict_of(c, i, COMPARE_MEAN)));
			assert_false(is_change(verdict_of(c, i, COMPARE_P99)));
		}
		if (i != plan->reason || plan->change != WORK_COUNT)
			assert_false(is_change(verdict_of(c, i, COMPARE_COUNT)));
	}
	/* What is by count and what by cost are all of it. */
	f = &row->figures[COMPARE_CYCLES];
	assert_near(row->by_count + row->by_cost,
			   f->value[AFTER] - f->value[BEFORE],
			   f->value[AFTER] * 1e-9);
	f = &c->total.figures[COMPARE_CYCLES];
	assert_near(c->total.by_count + c->total.by_cost,
			   f->value[AFTER] - f->value[BEFORE],
			   f->value[AFTER] * 1e-9);
}

/* The seed is one at which chance adds no false alarm: there are 5 in 100. */
static void test_planted(void **state)
{
	static const double factors[] = { 1.02, 1.05, 1.2, 0.95, 1 / 1.2 };
	struct pair p = { .nr = 0 };
	struct work_plan plan;
	unsigned int i, change;

	(void)state;
	for (i = 0; i < sizeof(factors) / sizeof(factors[0]); i++)
		for (change = WORK_COST; change <= WORK_COUNT; change++) {
			plan = (struct work_plan){ .exits = 20000,
				.change = change, .reason = i % 2,
				.factor = factors[i] };
			make_pair(&p, 8, 3000 + i, &plan, 0);
			assert_int_equal(comparison_make(&p.c), 0);
			check_plant(&p.c, &plan);
			free_pair(&p);
		}
}

/* 20 % more of npf at 40,000 and 20 % more each: (0.2 * 1.1, 0.2 * 1.1) of before */
static void test_parts(void **state)
{
	const struct work_plan plan = { .exits = 10000, .change = WORK_COUNT,
					.reason = 0, .factor = 1.2 };
	struct pair p = { .nr = 0 };
	const struct compare_row *row;
	double before;

	(void)state;
	make_pair(&p, 4, 4000, &plan, COMPARE_MIN_EFFECT);
	assert_int_equal(comparison_make(&p.c), 0);
	row = row_of(&p.c, 0);
	before = row->figures[COMPARE_CYCLES].value[BEFORE];
	assert_near(row->by_count / before, 0.2, 0.02);
	assert_near(row->by_cost / before, 0, 0.02);
	free_pair(&p);
}

static void test_few(void **state)
{
	const struct work_plan plan = { .exits = 4000, .change = WORK_COST,
					.reason = 0, .factor = 1.2 };
	struct pair p = { .nr = 0 };

	(void)state;
	make_pair(&p, 3, 5000, &plan, COMPARE_MIN_EFFECT);
	assert_int_equal(comparison_make(&p.c), 0);
	assert_int_equal(p.c.evidence, EVIDENCE_WEAK);
	assert_int_equal(verdict_of(&p.c, 0, COMPARE_MEAN), VERDICT_MORE);
	free_pair(&p);

	/* One a side, and no slices: the ratio is there, and nothing else. */
	make_pair(&p, 1, 5000, &plan, COMPARE_MIN_EFFECT);
	assert_int_equal(comparison_make(&p.c), 0);
	assert_true(p.c.blind);
	assert_int_equal(p.c.verdict, VERDICT_NONE);
	assert_true(row_of(&p.c, 0)->figures[COMPARE_MEAN].has_ratio);
	assert_false(row_of(&p.c, 0)->figures[COMPARE_MEAN].known);
	free_pair(&p);

	make_pair(&p, 1, 5000, &plan, COMPARE_MIN_EFFECT);
	add_slices(&p, 5001, &plan);
	assert_int_equal(comparison_make(&p.c), 0);
	assert_true(p.c.within && !p.c.blind);
	assert_int_equal(verdict_of(&p.c, 0, COMPARE_MEAN), VERDICT_MORE);
	assert_true(row_of(&p.c, 0)->figures[COMPARE_MEAN].has_halves);
	free_pair(&p);
}

/* The halves of a recording differ by more than both do: it is no change. */
static void test_drift(void **state)
{
	const struct work_plan plan = { .exits = 4000, .change = WORK_COST,
					.reason = 0, .factor = 1.2 };
	struct pair p = { .nr = 0 };
	const struct compare_figure *f;
	unsigned int i;

	(void)state;
	make_pair(&p, 1, 5000, &plan, COMPARE_MIN_EFFECT);
	add_slices(&p, 5001, &plan);
	for (i = 0; i < COMPARE_SLICES / 2; i++) {
		groups_release(&p.slices[BEFORE][i].groups);
		make_view(&p.slices[BEFORE][i], i, &(struct work_plan){
			.exits = 4000, .change = WORK_COST, .factor = 0.7 });
	}
	assert_int_equal(comparison_make(&p.c), 0);
	f = &row_of(&p.c, 0)->figures[COMPARE_MEAN];
	assert_near(f->halves[BEFORE], 1 / 0.7, 0.03);
	assert_true(f->p < 0.001);
	assert_int_equal(f->verdict, VERDICT_UNSURE);
	free_pair(&p);
}

/* A reason that was not there before is new: no ratio, but a change. */
static void test_new(void **state)
{
	const struct work_plan same = { .exits = 1000 };
	struct pair p = { .nr = 0 };
	const struct compare_figure *f;
	unsigned int i;

	(void)state;
	make_pair(&p, 4, 6000, &same, COMPARE_MIN_EFFECT);
	for (i = 0; i < 4; i++) {
		struct view *v = &p.views[BEFORE][i];
		size_t j;

		/* All that was msr is cpuid, in a group that none has before. */
		for (j = 0; j < v->groups.nr; j++)
			if (v->groups.list[j].key.code == work_reasons[1].code)
				v->groups.list[j].key.code = 0x72;
	}
	assert_int_equal(comparison_make(&p.c), 0);
	f = row_of(&p.c, 1)->figures;
	assert_false(f[COMPARE_COUNT].has_ratio);
	assert_int_equal(f[COMPARE_COUNT].verdict, VERDICT_MORE);
	assert_false(f[COMPARE_MEAN].has[BEFORE]);
	assert_near(row_of(&p.c, 1)->by_count, f[COMPARE_CYCLES].value[AFTER],
			   1e-3);
	free_pair(&p);
}

static void check_refused(struct pair *p, const char *expected)
{
	struct capture c;
	int ret;

	capture_start(&c);
	ret = comparison_make(&p->c);
	capture_end(&c);
	assert_int_equal(ret, -1);
	assert_non_null(strstr(c.text, expected));
	free_pair(p);
}

static void test_refused(void **state)
{
	const struct work_plan same = { .exits = 100 };
	struct pair p = { .nr = 0 };

	(void)state;
	make_pair(&p, 2, 7000, &same, 0);
	p.views[AFTER][1].stamped = false;
	check_refused(&p, "cannot be compared: x.dat has cycles of KVM's own work, by stamps, x.dat has round trips in cycles");
	make_pair(&p, 2, 7000, &same, 0);
	p.views[BEFORE][1].isas = isa_bit(VMX);
	check_refused(&p, "x.dat has exits of svm, x.dat of vmx");
}

static void test_differences(void **state)
{
	static struct recording other;
	const struct work_plan same = { .exits = 100 };
	struct pair p = { .nr = 0 };
	unsigned int i;

	(void)state;
	make_pair(&p, 2, 7000, &same, 0);
	assert_int_equal(comparison_make(&p.c), 0);
	assert_int_equal(p.c.nr_differences, 0);
	comparison_release(&p.c);

	free_pair(&p);
	make_pair(&p, 2, 7000, &same, 0);
	info.uname = "Linux host 6.12.1 #1 SMP x86_64";
	other = info;
	other.uname = "Linux host 6.12.2 #1 SMP x86_64";
	other.clock = "local";
	for (i = 0; i < 2; i++)
		p.views[AFTER][i].info = &other;
	p.views[AFTER][0].vcpus = 4;
	p.views[AFTER][0].lossy = true;
	p.views[AFTER][0].lost = 7;
	assert_int_equal(comparison_make(&p.c), 0);
	assert_int_equal(p.c.nr_differences, 4);
	assert_string_equal(p.c.differences[0],
			    "kernel: 6.12.1 before, 6.12.2 after");
	assert_string_equal(p.c.differences[1],
			    "trace clock: mono before, local after");
	assert_string_equal(p.c.differences[2], "vCPUs: 1 before, 4 after");
	assert_non_null(strstr(p.c.differences[3],
			       "losses: 1 of 2 recordings after, 7 exits lost of 2"));
	free_pair(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_false_alarms),
		cmocka_unit_test(test_min_effect),
		cmocka_unit_test(test_planted),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_few),
		cmocka_unit_test(test_drift),
		cmocka_unit_test(test_new),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_differences),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
