// SPDX-License-Identifier: GPL-2.0
/* Gaps: cases, then random ones against a list that is searched through */
#include "base/gaps.h"
#include "reader-test.h"

#define NR(a)	(sizeof(a) / sizeof((a)[0]))

static void test_cases(void **state)
{
	static const struct {
		struct gap gaps[4];	/* ending with one of 0, 0 */
		size_t nr;		/* that are left */
		uint64_t from, to;
		bool overlap;
	} cases[] = {
		{ { { 0, 0 } }, 0, 0, UINT64_MAX, false },
		{ { { 10, 20 } }, 1, 0, 10, false },
		{ { { 10, 20 } }, 1, 0, 11, true },
		{ { { 10, 20 } }, 1, 19, 30, true },
		{ { { 10, 20 } }, 1, 20, 30, false },
		{ { { 10, 20 } }, 1, 12, 13, true },
		{ { { 20, 10 } }, 1, 12, 13, true },
		{ { { 10, 10 } }, 1, 9, 11, true },
		{ { { 10, 10 } }, 1, 10, 11, false },
		{ { { 10, 20 }, { 30, 40 } }, 2, 20, 30, false },
		{ { { 10, 20 }, { 30, 40 } }, 2, 20, 31, true },
		{ { { 10, 40 }, { 20, 30 } }, 1, 31, 35, true },
		{ { { 10, 20 }, { 20, 30 } }, 1, 25, 26, true },
		{ { { 10, 20 }, { 30, 40 }, { 5, 6 } }, 1, 7, 8, true },
		{ { { 10, UINT64_MAX } }, 1, 1000, 1001, true },
	};
	struct gaps g = { .nr = 0 };
	size_t i, j;

	(void)state;
	for (i = 0; i < NR(cases); i++) {
		for (j = 0; j < 4 && cases[i].gaps[j].end; j++)
			assert_int_equal(gaps_add(&g, cases[i].gaps[j].begin,
						  cases[i].gaps[j].end), 0);
		if (g.nr != cases[i].nr ||
		    gaps_overlap(&g, cases[i].from, cases[i].to) !=
		    cases[i].overlap)
			fail_msg("case %zu: %zu gaps", i, g.nr);
		gaps_release(&g);
	}
}

static void test_random(void **state)
{
	struct gap all[500];
	struct gaps g = { .nr = 0 };
	uint64_t from, to, now = 0;
	unsigned int i, j, k;
	bool want;

	(void)state;
	srand(1);
	for (i = 0; i < NR(all); i++) {
		now += rand() % 9;
		all[i] = (struct gap){ now, now + rand() % 12 };
		assert_int_equal(gaps_add(&g, all[i].begin, all[i].end), 0);
		for (j = 0; j < 50; j++) {
			from = now > 40 ? now - 40 + rand() % 50 : 0;
			to = from + 1 + rand() % 20;
			want = false;
			for (k = 0; k <= i; k++)
				want |= from < all[k].end && all[k].begin < to;
			assert_int_equal(gaps_overlap(&g, from, to), want);
		}
	}
	gaps_release(&g);
}

/* Of more than there is room for, the older ones become one. */
static void test_many(void **state)
{
	struct gaps g = { .nr = 0 };
	uint64_t i, nr = 10 * GAPS_MAX;

	(void)state;
	for (i = 1; i <= nr; i++)
		assert_int_equal(gaps_add(&g, 10 * i, 10 * i + 5), 0);
	assert_true(g.nr <= GAPS_MAX && g.allocated <= GAPS_MAX);
	assert_false(gaps_overlap(&g, 0, 10));
	assert_true(gaps_overlap(&g, 16, 18));
	for (i = nr - GAPS_MAX / 2 + 1; i <= nr; i++) {
		assert_false(gaps_overlap(&g, 10 * i + 5, 10 * i + 10));
		assert_true(gaps_overlap(&g, 10 * i + 4, 10 * i + 10));
	}
	gaps_release(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
