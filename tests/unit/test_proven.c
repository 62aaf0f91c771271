// SPDX-License-Identifier: GPL-2.0
/*
 * Which reports are proven, in words.
 */
#include "reader-test.h"

#include <string.h>

#include "sink/proven.h"

static const struct {
	const char *reports;	/* a letter for an epoch, a digit for a report */
	const char *text;
} cases[] = {
	{ "", "none" },
	{ "a5", "epoch 1, report 5" },
	{ "a1a2a3", "epoch 1, reports 1 to 3" },
	{ "a1a2a4", "epoch 1, reports 1 to 2, 4" },
	{ "a1a3a4a5", "epoch 1, report 1, 3 to 5" },
	{ "a1a2c3c4", "epoch 1, reports 1 to 2; epoch 3, reports 3 to 4" },
	{ "a1b2", "epoch 1, report 1; epoch 2, report 2" },
};

static void test_words(void **state)
{
	struct proven p;
	const char *r;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&p, 0, sizeof(p));
		for (r = cases[i].reports; *r; r += 2)
			proven_add(&p, r[0] - 'a' + 1, r[1] - '0');
		assert_string_equal(proven_text(&p), cases[i].text);
	}
}

/* Each range is there as a whole or not at all, whatever the lengths are. */
static void test_many(void **state)
{
	uint64_t first, i;
	struct proven p;
	const char *text;

	(void)state;
	for (first = 1; first < 1000000; first = first * 3 + 1) {
		memset(&p, 0, sizeof(p));
		for (i = 0; i < 1000; i++)
			proven_add(&p, 1, first + 2 * i);
		text = proven_text(&p);
		assert_true(strlen(text) < PROVEN_TEXT_MAX);
		assert_true(strlen(text) > PROVEN_TEXT_MAX - 20);
		assert_string_equal(strchr(text, '.') - 2, ", ...");
		assert_int_equal(strncmp(text, "epoch 1, report ", 16), 0);
	}
	memset(&p, 0, sizeof(p));
	proven_add(&p, UINT32_MAX, UINT64_MAX - 1);
	proven_add(&p, UINT32_MAX, UINT64_MAX);
	assert_string_equal(proven_text(&p),
		"epoch 4294967295, reports 18446744073709551614 to 18446744073709551615");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
