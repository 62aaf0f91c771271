// SPDX-License-Identifier: GPL-2.0
#include "result/inference.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/random.h"

#define FIXED_ONE	(1ll << 40)	/* 1, in fixed point */
#define ENDS		40u		/* an end of the interval leaves out 1 / 40 */
#define SEED		0x6b766d2d65786974ull

static int64_t fixed(double v)
{
	return llrint(v * FIXED_ONE);
}

/* Relabelings */

/* Ways to choose @k of @n, or something above RELABELINGS_MAX */
static uint32_t count_choices(unsigned int n, unsigned int k)
{
	uint64_t count = 1;
	unsigned int i;

	if (k > n - k)
		k = n - k;
	for (i = 1; i <= k && count <= RELABELINGS_MAX; i++)
		count = count * (n - k + i) / i;
	return count > RELABELINGS_MAX ? RELABELINGS_MAX + 1 : count;
}

static uint32_t count_relabelings(const struct inference *s)
{
	if (!s->paired)
		return count_choices(s->before + s->after, s->before);
	return s->before < 20 ? 1u << s->before : UINT32_MAX;
}

static enum evidence evidence_of(const struct inference *s)
{
	if (s->nr >= ENDS)
		return EVIDENCE_EXACT;
	if (s->paired)
		return s->before > 1 ? EVIDENCE_WEAK : EVIDENCE_NONE;
	return s->before && s->after && s->before + s->after > 2 ?
	       EVIDENCE_WEAK : EVIDENCE_NONE;
}

int inference_init(struct inference *s, unsigned int before, unsigned int after,
		   bool paired)
{
	*s = (struct inference){
		.before = before, .after = after, .paired = paired,
	};
	s->nr = count_relabelings(s);
	s->drawn = s->nr > RELABELINGS_MAX;
	if (s->drawn)
		s->nr = RELABELINGS_MAX;
	s->evidence = evidence_of(s);
	s->sums = malloc(s->nr * sizeof(*s->sums));
	s->moved = malloc(s->nr * sizeof(*s->moved));
	s->shifts = malloc(s->nr * sizeof(*s->shifts));
	if (!s->sums || !s->moved || !s->shifts)
		return error("out of memory: %u relabelings", s->nr);
	return 0;
}

void inference_release(struct inference *s)
{
	free(s->sums);
	free(s->moved);
	free(s->shifts);
	memset(s, 0, sizeof(*s));
}

double inference_lowest_p(const struct inference *s)
{
	return s->evidence == EVIDENCE_EXACT ? 2.0 / s->nr : 0;
}

/* The sum of what relabeling @index has as after, of pairs: @swap says which change */
static void set_swapped(struct inference *s, const int64_t *v, uint32_t index,
			bool (*swap)(void *user, unsigned int pair), void *user)
{
	unsigned int i;

	s->sums[index] = 0;
	s->moved[index] = 0;
	for (i = 0; i < s->before; i++)
		if (index && swap(user, i)) {
			s->sums[index] += v[i];
			s->moved[index]++;
		} else {
			s->sums[index] += v[s->before + i];
		}
}

static bool swap_by_bit(void *user, unsigned int pair)
{
	return *(const uint32_t *)user >> pair & 1;
}

static bool swap_by_chance(void *user, unsigned int pair)
{
	(void)pair;
	return random_next(user) >> 63;
}

static void relabel_pairs(struct inference *s, const int64_t *v)
{
	struct random random = { SEED };
	uint32_t i;

	for (i = 0; i < s->nr; i++)
		if (s->drawn)
			set_swapped(s, v, i, swap_by_chance, &random);
		else
			set_swapped(s, v, i, swap_by_bit, &i);
}

/* @chosen: the recordings that relabeling @index has as before; @total: of all */
static void set_chosen(struct inference *s, const int64_t *v, uint32_t index,
		       const unsigned int *chosen, int64_t total)
{
	unsigned int i;

	s->sums[index] = total;
	s->moved[index] = 0;
	for (i = 0; i < s->before; i++) {
		s->sums[index] -= v[chosen[i]];
		s->moved[index] += chosen[i] >= s->before;
	}
}

/* The next choice, in the order of dictionaries, which begins with the lowest ones */
static void choose_next(unsigned int *chosen, unsigned int k, unsigned int n)
{
	unsigned int i = k;

	while (i && chosen[i - 1] == n - k + i - 1)
		i--;
	if (!i)
		return;
	for (chosen[i - 1]++; i < k; i++)
		chosen[i] = chosen[i - 1] + 1;
}

/* The first @k of @order are any of its @n, each equally likely. */
static void choose_by_chance(struct random *random, unsigned int *order,
			     unsigned int k, unsigned int n)
{
	unsigned int i, j, other;

	for (i = 0; i < k; i++) {
		j = i + random_below(random, n - i);
		other = order[j];
		order[j] = order[i];
		order[i] = other;
	}
}

static void relabel_sides(struct inference *s, const int64_t *v,
			  unsigned int *order)
{
	const unsigned int n = s->before + s->after;
	struct random random = { SEED };
	int64_t total = 0;
	uint32_t i;

	for (i = 0; i < n; i++) {
		order[i] = i;
		total += v[i];
	}
	for (i = 0; i < s->nr; i++) {
		set_chosen(s, v, i, order, total);
		if (s->drawn)
			choose_by_chance(&random, order, s->before, n);
		else
			choose_next(order, s->before, n);
	}
}

static int compare_double(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Fill in s->sums and s->moved for figures in fixed point. */
static void relabel(struct inference *s, const int64_t *v)
{
	unsigned int order[s->before + s->after];

	if (s->paired)
		relabel_pairs(s, v);
	else
		relabel_sides(s, v, order);
}

/* p of what was recorded */
static double find_p(const struct inference *s)
{
	uint32_t not_above = 0, not_below = 0, i;

	for (i = 0; i < s->nr; i++) {
		not_above += s->sums[i] <= s->sums[0];
		not_below += s->sums[i] >= s->sums[0];
	}
	return fmin(1, 2.0 * (not_above < not_below ? not_above : not_below) /
		       s->nr);
}

static void set_interval(struct inference *s, struct estimate *e)
{
	uint32_t i, nr = 0, end;

	for (i = 1; i < s->nr; i++)
		if (s->moved[i])
			s->shifts[nr++] = (double)(s->sums[0] - s->sums[i]) /
					  s->moved[i] / FIXED_ONE;
	qsort(s->shifts, nr, sizeof(*s->shifts), compare_double);
	/* Those drawn that are what was recorded count as it does. */
	end = s->nr / ENDS;
	end = end > s->nr - 1 - nr ? end - (s->nr - 1 - nr) : 0;
	e->low = end && nr ? s->shifts[end - 1] : -INFINITY;
	e->high = end && nr ? s->shifts[nr - end] : INFINITY;
}

static void estimate_by_relabeling(struct inference *s, const int64_t *v,
				   struct estimate *e)
{
	relabel(s, v);
	set_interval(s, e);
	e->p = find_p(s);
}

/* Student's t: M. Abramowitz, I. Stegun, 26.7.3 and 26.7.4 */

double student_within(double t, unsigned int df)
{
	const double angle = atan2(t, sqrt(df)), c = cos(angle);
	double term = df % 2 ? c : 1, sum = df > 1 ? term : 0;
	unsigned int i;

	for (i = df % 2 ? 3 : 2; i + 2 <= df; i += 2) {
		term *= c * c * (i - 1) / i;
		sum += term;
	}
	sum *= sin(angle);
	return df % 2 ? (angle + sum) * M_2_PI : sum;
}

double student_quantile(double probability, unsigned int df)
{
	double low = 0, high = 1, middle;
	unsigned int i;

	while (student_within(high, df) < probability && high < 1e12)
		high *= 2;
	for (i = 0; i < 100; i++) {
		middle = (low + high) / 2;
		if (student_within(middle, df) < probability)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* @variance: of e->shift */
static void set_student(struct estimate *e, double variance, unsigned int df)
{
	double error = sqrt(variance), half = student_quantile(0.95, df) * error;

	e->low = e->shift - half;
	e->high = e->shift + half;
	if (error > 0)
		e->p = 1 - student_within(fabs(e->shift) / error, df);
	else
		e->p = e->shift == 0;
}

static double mean_of(const int64_t *v, unsigned int nr)
{
	int64_t sum = 0;
	unsigned int i;

	for (i = 0; i < nr; i++)
		sum += v[i];
	return (double)sum / nr;
}

/* Sum of the squares of what figures differ from their mean by, in units of 1 */
static double squares_of(const int64_t *v, unsigned int nr)
{
	double mean = mean_of(v, nr), sum = 0;
	unsigned int i;

	for (i = 0; i < nr; i++)
		sum += (v[i] - mean) / FIXED_ONE * ((v[i] - mean) / FIXED_ONE);
	return sum;
}

static void estimate_by_student(const struct inference *s, const int64_t *v,
				struct estimate *e)
{
	const unsigned int n = s->before, m = s->after;
	int64_t differences[n];
	unsigned int i;

	if (!s->paired) {
		set_student(e, (squares_of(v, n) + squares_of(v + n, m)) /
			       (n + m - 2) * (1.0 / n + 1.0 / m), n + m - 2);
		return;
	}
	for (i = 0; i < n; i++)
		differences[i] = v[n + i] - v[i];
	set_student(e, squares_of(differences, n) / (n - 1) / n, n - 1);
}

void inference_estimate(struct inference *s, const double *values,
			struct estimate *e)
{
	const unsigned int n = s->before + s->after;
	int64_t v[n];
	unsigned int i;

	for (i = 0; i < n; i++)
		v[i] = fixed(values[i]);
	*e = (struct estimate){
		.shift = (mean_of(v + s->before, s->after) -
			  mean_of(v, s->before)) / FIXED_ONE,
		.known = s->evidence != EVIDENCE_NONE,
	};
	if (s->evidence == EVIDENCE_EXACT)
		estimate_by_relabeling(s, v, e);
	else if (s->evidence == EVIDENCE_WEAK)
		estimate_by_student(s, v, e);
	e->adjusted = e->p;
}

/* Several tests */

struct test {
	const double *values;
	struct estimate *e;
	double extreme;		/* of what was recorded: see set_extremes() */
};

/* The most extreme ones first: of weak ones, those of the least p */
static int compare_tests(const void *a, const void *b)
{
	const struct test *x = a, *y = b;
	int order = compare_double(&y->extreme, &x->extreme);

	return order ? order : compare_double(&x->e->p, &y->e->p);
}

/* None has a lower one than those before it, nor than its own. */
static void keep_order(struct test *tests, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		tests[i].e->adjusted = fmax(tests[i].e->adjusted, tests[i].e->p);
		if (i)
			tests[i].e->adjusted = fmax(tests[i].e->adjusted,
						    tests[i - 1].e->adjusted);
	}
}

static void adjust_as_holm(struct test *tests, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		tests[i].e->adjusted = fmin(1, tests[i].e->p * (nr - i));
}

/*
 * How extreme each relabeling is, from 0 to 1, in s->shifts: its correlation with the
 * figures; of pairs, that of their differences with 1.  It grows with Student's t, so it
 * is the same measure for all tests, but has no infinity, and equal ones are equal.
 */
static void set_extremes(struct inference *s, const int64_t *v)
{
	const unsigned int n = s->before, m = s->after;
	double norm = 0, mean = mean_of(v, n + m);
	__int128 total = 0;
	unsigned int i;
	uint32_t j;

	for (i = 0; i < n + m; i++)
		total += v[i];
	if (s->paired)
		for (i = 0; i < n; i++)
			norm += ((double)v[n + i] - v[i]) *
				((double)v[n + i] - v[i]);
	else
		for (i = 0; i < n + m; i++)
			norm += (v[i] - mean) * (v[i] - mean);
	norm = sqrt(norm * n * (s->paired ? 1 : (double)m * (n + m)));
	relabel(s, v);
	for (j = 0; j < s->nr; j++)
		s->shifts[j] = norm == 0 ? 0 : s->paired ?
			fabs((double)(2 * (__int128)s->sums[j] - total)) / norm :
			fabs((double)((n + m) * (__int128)s->sums[j] - m * total)) /
			norm;
}

/*
 * The most extreme of the tests from this one on has a distribution over the
 * relabelings: how often is it as extreme as this one?  @most has it, the last test
 * first.
 */
static void adjust_jointly(struct inference *s, struct test *tests,
			   unsigned int nr, double *most)
{
	const unsigned int n = s->before + s->after;
	uint32_t j, as_extreme;
	unsigned int i, k;
	int64_t v[n];

	for (j = 0; j < s->nr; j++)
		most[j] = 0;
	for (i = nr; i--; ) {
		for (k = 0; k < n; k++)
			v[k] = fixed(tests[i].values[k]);
		set_extremes(s, v);
		for (as_extreme = j = 0; j < s->nr; j++) {
			most[j] = fmax(most[j], s->shifts[j]);
			as_extreme += most[j] >= tests[i].extreme;
		}
		tests[i].e->adjusted = (double)as_extreme / s->nr;
	}
}

static void find_extremes(struct inference *s, struct test *tests,
			  unsigned int nr)
{
	const unsigned int n = s->before + s->after;
	unsigned int i, k;
	int64_t v[n];

	for (i = 0; i < nr; i++) {
		for (k = 0; k < n; k++)
			v[k] = fixed(tests[i].values[k]);
		set_extremes(s, v);
		tests[i].extreme = s->shifts[0];
	}
}

int inference_adjust(struct inference *s, const double *const *values,
		     struct estimate *const *e, unsigned int nr)
{
	struct test *tests = malloc((nr + 1) * sizeof(*tests));
	double *most = malloc(s->nr * sizeof(*most));
	const bool exact = s->evidence == EVIDENCE_EXACT;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < nr && tests; i++)
		tests[i] = (struct test){ values[i], e[i], 0 };
	if (!tests || !most) {
		ret = error("out of memory: %u tests", nr);
	} else {
		if (exact)
			find_extremes(s, tests, nr);
		qsort(tests, nr, sizeof(*tests), compare_tests);
		if (exact)
			adjust_jointly(s, tests, nr, most);
		else
			adjust_as_holm(tests, nr);
		keep_order(tests, nr);
	}
	free(tests);
	free(most);
	return ret;
}
