// SPDX-License-Identifier: GPL-2.0
#include "reader-test.h"

#include "base/decimal.h"

#define MAX	UINT64_MAX
#define U128_MAX	((u128)MAX << 64 | MAX)

static void test_ratio(void **state)
{
	static const struct {
		u128 part, whole;
		unsigned int places;
		u128 ratio;
	} cases[] = {
		{ 0, 1, 4, 0 }, { 1, 1, 4, 10000 }, { 7, 2, 0, 4 },
		{ 5, 2, 0, 3 }, { 1, 3, 4, 3333 }, { 2, 3, 4, 6667 },
		/* Ties go up: 3.125 %, 9.375 %, 0.005 %; a bit less does not. */
		{ 1, 32, 4, 313 }, { 3, 32, 4, 938 }, { 1, 20000, 4, 1 },
		{ 1, 20001, 4, 0 }, { 19999, 20000, 4, 10000 },
		/* 0.285 has no double: it would be 0.28. */
		{ 57, 20000, 4, 29 },
		/* 16 exits in a second and a ns */
		{ 16, 1000000001, 10, 160 }, { MAX, 1, 10, (u128)MAX * 10000000000 },
		/* Nothing overflows. */
		{ U128_MAX, U128_MAX, 4, 10000 }, { U128_MAX - 1, U128_MAX, 4, 10000 },
		{ U128_MAX / 2, U128_MAX, 4, 5000 }, { U128_MAX / 3, U128_MAX, 4, 3333 },
		{ U128_MAX / 32 + 1, U128_MAX, 4, 313 }, { U128_MAX / 32, U128_MAX, 4, 312 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_true(decimal_ratio(cases[i].part, cases[i].whole,
					  cases[i].places) == cases[i].ratio);
}

static void test_text(void **state)
{
	static const struct {
		u128 v;
		unsigned int places;
		const char *text;
		double real;
	} cases[] = {
		{ 0, 0, "0", 0 }, { 0, 2, "0.00", 0 }, { 5, 2, "0.05", 0.05 },
		{ 313, 2, "3.13", 3.13 }, { 10000, 2, "100.00", 100 },
		{ 12, 1, "1.2", 1.2 }, { 1, 9, "0.000000001", 1e-9 },
		{ 1234567890123, 9, "1234.567890123", 1234.567890123 },
		{ U128_MAX, 0, "340282366920938463463374607431768211455", 0x1p128 },
		{ U128_MAX, 9, "340282366920938463463374607431.768211455",
		  340282366920938463463374607431.768211455 },
	};
	char buf[DECIMAL_MAX];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_string_equal(decimal_text(buf, cases[i].v,
						 cases[i].places),
				    cases[i].text);
		assert_true(decimal_real(cases[i].v, cases[i].places) ==
			    cases[i].real);
	}
}

static void test_append(void **state)
{
	static const struct {
		uint64_t v;
		const char *text, *hex;
	} cases[] = {
		{ 0, "0", "0x0" }, { 9, "9", "0x9" }, { 10, "10", "0xa" },
		{ 15, "15", "0xf" }, { 16, "16", "0x10" }, { 99, "99", "0x63" },
		{ 100, "100", "0x64" }, { 999, "999", "0x3e7" },
		{ 9999, "9999", "0x270f" }, { 10000, "10000", "0x2710" },
		{ 123456789, "123456789", "0x75bcd15" },
		{ MAX, "18446744073709551615", "0xffffffffffffffff" },
	};
	char buf[DECIMAL_MAX];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		*decimal_append(buf, cases[i].v) = '\0';
		assert_string_equal(buf, cases[i].text);
		*decimal_append_hex(buf, cases[i].v) = '\0';
		assert_string_equal(buf, cases[i].hex);
	}
	*decimal_append(buf, U128_MAX) = '\0';
	assert_string_equal(buf, "340282366920938463463374607431768211455");
}

static void test_u128(void **state)
{
	static const struct {
		u128 v;
		const char *text;
	} cases[] = {
		{ 0, "0" }, { 9, "9" }, { 10, "10" },
		{ UINT64_MAX, "18446744073709551615" },
		{ (u128)UINT64_MAX + 1, "18446744073709551616" },
		{ (u128)UINT64_MAX * 10, "184467440737095516150" },
		{ ~(u128)0, "340282366920938463463374607431768211455" },
	};
	char buf[DECIMAL_U128_MAX];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(decimal_u128(buf, cases[i].v), cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_u128),
		cmocka_unit_test(test_ratio),
		cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
