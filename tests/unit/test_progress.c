// SPDX-License-Identifier: GPL-2.0
#include "reader-test.h"

#include "base/progress.h"

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
	char line[PROGRESS_LINE_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		progress_format(line, cases[i].bytes, cases[i].total,
				cases[i].ms);
		assert_string_equal(line, cases[i].line);
	}
}

/* Standard error is no terminal here: nothing is begun. */
static void test_no_terminal(void **state)
{
	struct reading reading = { .bytes = 0 };
	struct progress p;
	struct capture c;

	(void)state;
	capture_start(&c);
	progress_begin(&p, &reading, 1000);
	assert_false(p.running);
	progress_end(&p);
	progress_end(&p);
	progress_begin(NULL, &reading, 1000);
	progress_end(NULL);
	assert_string_equal(capture_end(&c), "");
}

/* More passes than were thought: what was read before is not done again. */
static void test_expect(void **state)
{
	struct reading reading = { .bytes = 300 };
	struct progress p = { .reading = &reading, .total = 1000 };

	(void)state;
	progress_expect(NULL, 500);
	progress_expect(&p, 500);
	assert_int_equal(p.total, 1000);
	p.running = true;
	pthread_mutex_init(&p.lock, NULL);
	progress_expect(&p, 2000);
	assert_int_equal(p.total, 2300);
	pthread_mutex_destroy(&p.lock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_no_terminal),
		cmocka_unit_test(test_expect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
