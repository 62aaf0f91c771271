// SPDX-License-Identifier: GPL-2.0
#include "reader-test.h"

#include "base/compare.h"

static void test_numbers(void **state)
{
	const uint32_t a = 1, b = UINT32_MAX;

	(void)state;
	assert_int_equal(compare_u64(1, UINT64_MAX), -1);
	assert_int_equal(compare_u64(UINT64_MAX, 1), 1);
	assert_int_equal(compare_u64(7, 7), 0);
	assert_int_equal(compare_u32_items(&a, &b), -1);
	assert_int_equal(compare_u32_items(&b, &a), 1);
}

static void test_words(void **state)
{
	static const struct {
		const char *a, *b;
		size_t len;
		bool same;
	} cases[] = {
		{ "hlt", "HLT", 3, true }, { "IOio", "ioIO", 4, true },
		{ "az", "AZ", 2, true }, { "hlt", "hlx", 3, false },
		{ "hlt", "hlx", 2, true }, { "", "", 0, true },
		{ "x", "y", 0, true },
		/* What lies beside the letters has no case. */
		{ "@", "`", 1, false }, { "[", "{", 1, false },
		{ "\xc4", "\xe4", 1, false }, { "_", "_", 1, true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(is_same_word(cases[i].a, cases[i].b,
					      cases[i].len), cases[i].same);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
