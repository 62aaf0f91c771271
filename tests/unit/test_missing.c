// SPDX-License-Identifier: GPL-2.0
#include "reader-test.h"

#include "sink/missing.h"

/* How often @text has @word */
static unsigned int count(const char *text, const char *word)
{
	unsigned int n = 0;

	while ((text = strstr(text, word))) {
		text++;
		n++;
	}
	return n;
}

/* The first few of many epochs are named, and nothing is left out of the sums. */
static void test_epochs(void **state)
{
	struct proof_epoch e = { .before = 1, .lost = UINT64_MAX / 20,
				  .provable = true };
	struct missing_epochs all = { .before = 0 };
	struct capture c;
	unsigned int i;

	(void)state;
	capture_start(&c);
	for (i = 1; i <= 25; i++) {
		e.number = i;
		e.end_known = i % 2;
		e.late = i % 5 == 0;
		e.provable = !e.late;
		assert_int_equal(missing_epoch(&all, &e, i == 25, true, false),
				 STATUS_LOSSES);
	}
	missing_epochs_end(&all);
	capture_end(&c);
	assert_int_equal(count(c.text, ": missing exits: 1 before, "), 10);
	assert_int_equal(count(c.text, "epoch 10: missing exits"), 1);
	assert_int_equal(count(c.text, "epoch 11: missing exits"), 0);
	assert_int_equal(count(c.text, "not shown: 15 more epochs with missing exits\n"), 1);
	assert_int_equal(count(c.text, "warning: all epochs: missing exits: 25 before, 18446744073709551615 lost\n"), 1);
	assert_int_equal(count(c.text, "include exits from before the recording; "), 5);
	assert_int_equal(count(c.text, ": its end is unknown: "), 10);
	assert_int_equal(count(c.text, "not shown: 2 more epochs whose end is unknown\n"), 1);
	assert_int_equal(count(c.text, "more epochs whose reports"), 0);
}

static void test_nothing(void **state)
{
	struct proof_epoch e = { .number = 1, .provable = true,
				  .end_known = true };
	struct missing_epochs all = { .before = 0 };
	struct capture c;

	(void)state;
	capture_start(&c);
	assert_int_equal(missing_epoch(&all, &e, false, true, false), STATUS_OK);
	missing_epochs_end(&all);
	capture_end(&c);
	assert_string_equal(c.text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_epochs),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
