// SPDX-License-Identifier: GPL-2.0
/*
 * Inference: p-values and intervals.  Those of Student's t and of relabelings are from
 * SciPy 1.10.1 (stats.t, ttest_ind, ttest_rel, permutation_test); ends of intervals of
 * relabelings by bisection for the shift at which a test by brute force rejects;
 * adjusted p-values by the definition, of ttest_ind for each relabeling.
 */
#include "reader-test.h"

#include <math.h>

#include "base/random.h"
#include "result/inference.h"

#define CLOSE	1e-9
#define MAX	64u

static void assert_close(double a, double b)
{
	if (!(fabs(a - b) <= CLOSE))
		fail_msg("%.17g is not %.17g", a, b);
}

static void test_student(void **state)
{
	static const struct {
		unsigned int df;
		double t, within;
	} cases[] = {
		{ 1, 1, 0.5 }, { 1, 12.7062, 0.9499999814392897 },
		{ 2, 4.302653, 0.9500000058177955 },
		{ 3, 0.5, 0.34855203515184896 },
		{ 5, 2.5, 0.9455099006576237 },
		{ 14, 2.144787, 0.9500000290438488 },
		{ 30, 1, 0.6746913845739702 },
		{ 1000, 1.96, 0.9497268150442513 }, { 7, 0, 0 },
	};
	static const struct {
		unsigned int df;
		double t;
	} quantiles[] = {
		{ 1, 12.706204736432095 }, { 2, 4.302652729911275 },
		{ 3, 3.182446305284263 }, { 4, 2.7764451051977987 },
		{ 6, 2.4469118511449692 }, { 14, 2.1447866879169273 },
		{ 30, 2.0422724563012373 }, { 200, 1.9718962236316089 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_close(student_within(cases[i].t, cases[i].df),
			     cases[i].within);
	for (i = 0; i < sizeof(quantiles) / sizeof(quantiles[0]); i++)
		assert_close(student_quantile(0.95, quantiles[i].df),
			     quantiles[i].t);
}

struct sample {
	unsigned int before, after;
	bool paired;
	double values[16];
	enum evidence evidence;
	double p, low, high;
};

static void test_estimate(void **state)
{
	static const struct sample samples[] = {
		{ 4, 4, false, { 0.10, 0.25, 0.15, 0.32, 0.35, 0.40, 0.28, 0.55 },
		  EVIDENCE_EXACT, 4 / 70.0, -0.04, 0.45 },
		{ 5, 5, false, { 1.2, 0.9, 1.1, 1, 1.05, 1.3, 1.02, 1.25, 1.4, 0.98 },
		  EVIDENCE_EXACT, 50 / 252.0, -0.1, 0.375 },
		{ 3, 5, false, { 1.2, 0.9, 1.1, 1.3, 1.02, 1.25, 1.4, 1.6 },
		  EVIDENCE_EXACT, 8 / 56.0, -0.18, 0.7 },
		{ 7, 7, true, { 1, 2, 3, 4, 5, 6, 7,
				1.1, 2.3, 3.05, 4.4, 4.9, 6.25, 7.3 },
		  EVIDENCE_EXACT, 8 / 128.0, 0, 0.35 },
		{ 3, 3, false, { 1, 1.2, 1.1, 1.4, 1.5, 1.35 }, EVIDENCE_WEAK,
		  0.012072544406102427, 0.11496260606924405, 0.5183707272640893 },
		{ 3, 3, true, { 1, 1.2, 1.1, 1.4, 1.5, 1.35 }, EVIDENCE_WEAK,
		  0.0188442189607877, 0.1269375149796935, 0.5063958183536398 },
		{ 1, 3, false, { 1, 1.4, 1.5, 1.35 }, EVIDENCE_WEAK,
		  0.04199791845081591, 0.03720836329271976, 0.7961249700406136 },
	};
	struct inference s;
	struct estimate e;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(samples) / sizeof(samples[0]); i++) {
		assert_int_equal(inference_init(&s, samples[i].before,
						samples[i].after,
						samples[i].paired), 0);
		inference_estimate(&s, samples[i].values, &e);
		assert_int_equal(s.evidence, samples[i].evidence);
		assert_true(e.known);
		assert_close(e.p, samples[i].p);
		assert_close(e.low, samples[i].low);
		assert_close(e.high, samples[i].high);
		assert_close(e.adjusted, e.p);
		inference_release(&s);
	}
}

/* The least p is that of 2 relabelings of all: 4 of 8 are 70. */
static void test_too_few(void **state)
{
	static const struct {
		unsigned int before, after;
		bool paired;
		enum evidence evidence;
		double p;
	} cases[] = {
		{ 1, 1, false, EVIDENCE_NONE, 0 }, { 1, 1, true, EVIDENCE_NONE, 0 },
		{ 3, 3, false, EVIDENCE_WEAK, 0 }, { 5, 5, true, EVIDENCE_WEAK, 0 },
		{ 4, 4, false, EVIDENCE_EXACT, 2 / 70.0 },
		{ 2, 8, false, EVIDENCE_EXACT, 2 / 45.0 },
		{ 6, 6, true, EVIDENCE_EXACT, 2 / 64.0 },
		{ 7, 7, false, EVIDENCE_EXACT, 2 / 3432.0 },
	};
	struct inference s;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(inference_init(&s, cases[i].before,
						cases[i].after,
						cases[i].paired), 0);
		assert_int_equal(s.evidence, cases[i].evidence);
		assert_close(inference_lowest_p(&s), cases[i].p);
		assert_false(s.drawn);
		inference_release(&s);
	}
}

/* Equal figures, as an emulator that counts gives them: nothing differs, or all does. */
static void test_equal(void **state)
{
	const double same[] = { 1, 1, 1, 1, 1, 1 };
	const double other[] = { 1, 1, 1, 2, 2, 2 };
	struct inference s;
	struct estimate e;

	(void)state;
	assert_int_equal(inference_init(&s, 3, 3, false), 0);
	inference_estimate(&s, same, &e);
	assert_true(e.known && e.shift == 0 && e.p == 1 && e.low == 0 && e.high == 0);
	inference_estimate(&s, other, &e);
	assert_true(e.shift == 1 && e.p == 0 && e.low == 1 && e.high == 1);
	inference_release(&s);
}

static void test_adjust_jointly(void **state)
{
	static const double values[3][8] = {
		{ 0.10, 0.25, 0.15, 0.32, 0.35, 0.40, 0.38, 0.55 },
		{ 5, 4, 6, 3, 5.5, 7, 8, 9 },
		{ 1, 2, 3, 4, 2.5, 3.5, 1.5, 2.2 },
	};
	const double *const lists[] = { values[2], values[0], values[1] };
	struct estimate e[3], *const estimates[] = { &e[2], &e[0], &e[1] };
	struct inference s;
	unsigned int i;

	(void)state;
	assert_int_equal(inference_init(&s, 4, 4, false), 0);
	for (i = 0; i < 3; i++)
		inference_estimate(&s, values[i], &e[i]);
	assert_int_equal(inference_adjust(&s, lists, estimates, 3), 0);
	assert_close(e[0].p, 2 / 70.0);
	assert_close(e[1].p, 4 / 70.0);
	assert_close(e[2].p, 1);
	assert_close(e[0].adjusted, 6 / 70.0);
	assert_close(e[1].adjusted, 6 / 70.0);
	assert_close(e[2].adjusted, 1);
	inference_release(&s);
}

/* Holm, three tests: times 3, 2 and 1, and none below the one before it */
static void test_adjust_as_holm(void **state)
{
	static const double values[4][6] = {
		{ 1, 1.2, 1.1, 1.4, 1.5, 1.35 },
		{ 1, 1.2, 1.1, 1, 1.2, 1.1 },
		{ 1, 1.2, 1.1, 1.4, 1.5, 1.35 },
		{ 1, 1, 1, 2, 2, 2 },
	};
	const double *const lists[] = { values[0], values[1], values[2], values[3] };
	struct estimate e[4], *const estimates[] = { &e[0], &e[1], &e[2], &e[3] };
	struct inference s;
	unsigned int i;

	(void)state;
	assert_int_equal(inference_init(&s, 3, 3, false), 0);
	for (i = 0; i < 4; i++)
		inference_estimate(&s, values[i], &e[i]);
	assert_int_equal(inference_adjust(&s, lists, estimates, 4), 0);
	assert_close(e[3].adjusted, 0);
	assert_close(e[0].adjusted, 3 * 0.012072544406102427);
	assert_close(e[2].adjusted, 3 * 0.012072544406102427);
	assert_close(e[1].adjusted, 1);
	inference_release(&s);
}

/* 12 of 24 are 2,704,156 relabelings: 20,000 are drawn, and are the same each time. */
static void test_drawn(void **state)
{
	struct random random = { 7 };
	double values[24];
	struct estimate a, b;
	struct inference s;
	unsigned int i;

	(void)state;
	for (i = 0; i < 24; i++)
		values[i] = random_below(&random, 1000) / 1000.0 + (i >= 12) * 0.4;
	for (i = 0; i < 2; i++) {
		assert_int_equal(inference_init(&s, 12, 12, false), 0);
		assert_true(s.drawn && s.nr == RELABELINGS_MAX);
		inference_estimate(&s, values, i ? &b : &a);
		inference_release(&s);
	}
	assert_memory_equal(&a, &b, sizeof(a));
	assert_true(a.low < a.shift && a.shift < a.high);
	assert_true(a.p >= 2.0 / RELABELINGS_MAX && a.p < 0.05);
}

/*
 * Intervals of 95 % hold the truth in 95 % of all cases: that of the relabelings of
 * 4 and 4 in 1 - 2 / 70 of them.  Of 2000, that is 1943, give or take 22 in 997 of 1000.
 */
static void test_coverage(void **state)
{
	struct random random = { 1 };
	unsigned int i, k, j, holds = 0;
	struct inference s;
	struct estimate e;
	double v[8];

	(void)state;
	assert_int_equal(inference_init(&s, 4, 4, false), 0);
	for (i = 0; i < 2000; i++) {
		for (k = 0; k < 8; k++) {
			v[k] = k < 4 ? 0 : 0.25;
			for (j = 0; j < 12; j++)
				v[k] += random_below(&random, 1 << 20) /
					(double)(1 << 20);
		}
		inference_estimate(&s, v, &e);
		holds += e.low <= 0.25 && 0.25 <= e.high;
	}
	inference_release(&s);
	assert_in_range(holds, 1943 - 22, 1943 + 22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_student),
		cmocka_unit_test(test_estimate),
		cmocka_unit_test(test_too_few),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_adjust_jointly),
		cmocka_unit_test(test_adjust_as_holm),
		cmocka_unit_test(test_drawn),
		cmocka_unit_test(test_coverage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
