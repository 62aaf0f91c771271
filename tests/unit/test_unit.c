// SPDX-License-Identifier: GPL-2.0
/* Units: what is shown of an integer, and where its rate is from. */
#include "reader-test.h"

#include "result/unit.h"

static void test_scale(void **state)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} cases[] = {
		{ 0, "0" }, { 1, "1 ns" }, { 999, "999 ns" },
		{ 1000, "1.00 us" }, { 1004, "1.00 us" }, { 1005, "1.01 us" },
		{ 9994, "9.99 us" }, { 9995, "10.0 us" }, { 53280, "53.3 us" },
		{ 99949, "99.9 us" }, { 99950, "100 us" },
		{ 999499, "999 us" }, { 999500, "1.00 ms" },
		{ 999499999, "999 ms" }, { 999500000, "1.00 s" },
		{ 1222843863, "1.22 s" }, { 4012000000000, "4012 s" },
		{ UINT64_MAX, "18446744074 s" },
	};
	char buf[UNIT_TEXT_MAX];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(unit_scale(buf, cases[i].ns), cases[i].text);
	assert_string_equal(unit_scale(buf, ~(u128)0),
			    "340282366920938463463374607432 s");
}

static void test_to_ns(void **state)
{
	struct unit unit = { .rate = { 1000000000, 3000000000u } };

	(void)state;
	assert_true(unit_to_ns(&unit, 0) == 0);
	assert_true(unit_to_ns(&unit, 1) == 0);
	assert_true(unit_to_ns(&unit, 2) == 1);
	assert_true(unit_to_ns(&unit, 3000000000u) == 1000000000);
	/* More than 64 bits of cycles, which times 10^9 are more than 128 */
	assert_true(unit_to_ns(&unit, (u128)3 << 100) == (u128)1 << 100);
	unit.rate = (struct clock_rate){ UINT32_MAX, 1 };
	assert_true(unit_to_ns(&unit, ~(u128)0) == ~(u128)0);
	unit.rate = (struct clock_rate){ 1, 1 };
	assert_true(unit_to_ns(&unit, ~(u128)0) == ~(u128)0);
}

static const struct unit_fit good = { RATE_GOOD, { 2000000000, 7 } };
static const struct unit_fit none = { RATE_NO_POINTS, { 0, 0 } };

static int choose(struct unit *unit, enum unit_wanted wanted, bool scale,
		  const char *own, const struct recording *info,
		  const struct unit_fit *fit, char message[512])
{
	struct capture c;
	int ret;

	capture_start(&c);
	ret = unit_choose(unit, wanted, scale, own, info, fit);
	capture_end(&c);
	c.text[511] = '\0';
	strcpy(message, c.text);
	return ret;
}

/* The recording's word goes before the user's, and that before a fit. */
static void test_from(void **state)
{
	struct recording info = { .path = "x.dat", .clock = "mono",
				  .tsc_khz = 1000000, .has_tsc2nsec = true,
				  .tsc2nsec_mult = 1u << 30,
				  .tsc2nsec_shift = 32 };
	char message[512];
	struct unit u;

	(void)state;
	assert_int_equal(choose(&u, UNIT_WANTED_US, false, "cycles", &info,
				&good, message), 0);
	assert_int_equal(u.from, RATE_FROM_RECORDING);
	assert_true(u.hz == 4000000000u && u.decimals == 3 && u.converted);
	assert_true(unit_to_ns(&u, 4000) == 1000);
	info.has_tsc2nsec = false;
	assert_int_equal(choose(&u, UNIT_WANTED_MS, false, "cycles", &info,
				&good, message), 0);
	assert_int_equal(u.from, RATE_FROM_USER);
	assert_true(u.hz == 1000000000 && u.decimals == 6);
	info.tsc_khz = 0;
	assert_int_equal(choose(&u, UNIT_WANTED_NS, false, "cycles", &info,
				&good, message), 0);
	assert_int_equal(u.from, RATE_FROM_FIT);
	assert_true(u.hz == 2000000000 && u.error_hz == 7 && !u.decimals);
	assert_string_equal(u.name, "ns");
}

static void test_unknown(void **state)
{
	static const struct recording info = { .path = "x.dat" };
	static const struct {
		enum rate_verdict verdict;
		const char *message;
	} cases[] = {
		{ RATE_FEW, "too few events" }, { RATE_SHORT, "a hundredth" },
		{ RATE_UNSTEADY, "steady rate" },
		{ RATE_NO_POINTS, "no event has" }, { RATE_MANY, "several" },
	};
	char message[512];
	struct unit u;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct unit_fit fit = { cases[i].verdict, { 5, 5 } };

		assert_int_equal(choose(&u, UNIT_WANTED_NS, true, "cycles",
					&info, &fit, message), -1);
		assert_one_message(message, "x.dat");
		assert_message_has(message, "--unit=ns: x.dat: nothing says");
		assert_message_has(message, cases[i].message);
		/* Nobody asked: figures stay as they are. */
		assert_int_equal(choose(&u, UNIT_WANTED_ANY, true, "cycles",
					&info, &fit, message), 0);
		assert_false(u.converted);
		assert_string_equal(message, "");
	}
}

static void test_own(void **state)
{
	static const struct recording info = { .path = "x.dat" };
	char message[512];
	struct unit u;

	(void)state;
	/* Into a pipe, nothing is converted unless that is asked for. */
	assert_int_equal(choose(&u, UNIT_WANTED_ANY, false, "cycles", &info,
				&good, message), 0);
	assert_false(u.converted);
	assert_int_equal(u.from, RATE_FROM_NOBODY);
	assert_int_equal(choose(&u, UNIT_WANTED_ANY, true, "cycles", &info,
				&good, message), 0);
	assert_true(u.scaled && u.from == RATE_FROM_FIT);
	/* ns need no rate. */
	assert_int_equal(choose(&u, UNIT_WANTED_US, false, "ns", &info, &none,
				message), 0);
	assert_true(u.converted && u.from == RATE_FROM_NOBODY);
	assert_true(unit_to_ns(&u, 1234) == 1234);
	assert_int_equal(choose(&u, UNIT_WANTED_CYCLES, false, "ns", &info,
				&good, message), -1);
	assert_message_has(message, "--unit=cycles: x.dat: figures are in ns");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scale),
		cmocka_unit_test(test_to_ns),
		cmocka_unit_test(test_from),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
