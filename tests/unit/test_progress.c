// SPDX-License-Identifier: GPL-2.0
#include "reader-test.h"

#include "base/progress.h"
#include "console.h"

static void test_lines(void **state)
{
	static const struct {
		uint64_t bytes, total, ms;
		const char *line;
	} cases[] = {
		{ 0, 1000, 1000, "0 %, 0 B/s" },
		{ 1000, 4000, 1000, "25 %, 1.0 kB/s, 3 s left" },
		{ 999, 999, 1000, "100 %, 999 B/s, 0 s left" },
		{ 5000, 4000, 2000, "100 %, 2.5 kB/s, 0 s left" },
		{ 42000000000, 100000000000, 32000, "42 %, 1.3 GB/s, 44 s left" },
		{ 12000000, 24000000000, 1000, "0 %, 12 MB/s, 1999 s left" },
		{ 1, UINT64_MAX, 1000, "0 %, 1 B/s" },
		{ UINT64_MAX, UINT64_MAX, 1000,
		  "100 %, 18446744 TB/s, 0 s left" },
		{ 0, 0, 0, "100 %, 0 B/s" },
	};
	char line[WATCH_LINE_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		watch_format(line, cases[i].bytes, cases[i].total,
			     cases[i].ms);
		assert_string_equal(line, cases[i].line);
	}
}

/* Standard error is no terminal here: nothing is begun. */
static void test_no_terminal(void **state)
{
	struct watch watch = { .k = NULL };
	struct capture c;

	(void)state;
	capture_start(&c);
	watch_reading(&watch, 1);
	assert_false(watch.running);
	watch_reading(&watch, 0);
	watch_reading(&watch, 0);
	assert_string_equal(capture_end(&c), "");
}

static void count_calls(void *user, bool reading)
{
	unsigned int *calls = user;

	calls[reading]++;
}

/* Begin and end are told once each, and only if someone reads. */
static void test_watch(void **state)
{
	struct reading reading = { .bytes = 0 };
	unsigned int calls[2] = { 0 };
	struct progress p = { .watch = count_calls, .user = calls };

	(void)state;
	progress_begin(&p, NULL, 1000);
	progress_end(&p);
	assert_int_equal(calls[true] + calls[false], 0);
	progress_begin(&p, &reading, 1000);
	assert_int_equal(calls[true], 1);
	assert_int_equal(progress_total(&p), 1000);
	progress_end(&p);
	progress_end(&p);
	assert_int_equal(calls[false], 1);
	progress_begin(NULL, &reading, 1000);
	progress_end(NULL);
}

/* More passes than were thought: what was read before is not done again. */
static void test_expect(void **state)
{
	struct reading reading = { .bytes = 300 };
	struct progress p = { .watch = NULL };

	(void)state;
	progress_expect(NULL, 500);
	progress_begin(&p, NULL, 1000);
	progress_expect(&p, 500);
	assert_int_equal(progress_total(&p), 1000);
	progress_begin(&p, &reading, 1000);
	progress_expect(&p, 2000);
	assert_int_equal(progress_total(&p), 2300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_no_terminal),
		cmocka_unit_test(test_watch),
		cmocka_unit_test(test_expect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
