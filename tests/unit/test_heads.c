// SPDX-License-Identifier: GPL-2.0
#include "reader-test.h"

#include "walk/heads.h"

#define MAX	UINT64_MAX

static void begin(struct heads *h, uint32_t streams)
{
	uint32_t i;

	assert_int_equal(heads_init(h, streams), 0);
	assert_int_equal(h->nr_in, streams);
	for (i = 0; i < streams; i++)
		assert_int_equal(h->in[i], i);
	heads_clear(h);
	assert_false(heads_any(h));
}

static void test_none(void **state)
{
	struct heads h;

	(void)state;
	begin(&h, 0);
	heads_release(&h);
}

/* In the order of epoch and number; of equal ones, the lower stream first. */
static void test_order(void **state)
{
	struct heads h;

	(void)state;
	begin(&h, 4);
	heads_add(&h, 0, 2, 1);
	heads_add(&h, 3, 1, MAX);
	heads_add(&h, 2, 1, 70);
	heads_add(&h, 1, 1, 70);
	assert_int_equal(heads_first(&h), 1);
	heads_take(&h, 1, 70, 1);
	assert_int_equal(h.nr_in, 2);
	assert_int_equal(h.in[0], 1);
	assert_int_equal(h.in[1], 2);
	heads_clear(&h);
	assert_int_equal(heads_first(&h), 3);
	heads_take(&h, 1, MAX, 1);
	assert_int_equal(h.nr_in, 1);
	assert_int_equal(h.in[0], 3);
	heads_clear(&h);
	assert_true(heads_any(&h));
	assert_int_equal(heads_first(&h), 0);
	heads_release(&h);
}

/* What is beyond the window, or of another epoch, stays. */
static void test_take(void **state)
{
	struct heads h;

	(void)state;
	begin(&h, 3);
	heads_add(&h, 0, 1, 100);
	heads_add(&h, 1, 1, 199);
	heads_add(&h, 2, 1, 200);
	heads_take(&h, 1, 100, 100);
	assert_int_equal(h.nr_in, 2);
	heads_clear(&h);
	heads_take(&h, 2, 200, 100);
	assert_int_equal(h.nr_in, 0);
	heads_take(&h, 1, 200, 100);
	assert_int_equal(h.nr_in, 1);
	assert_int_equal(h.in[0], 2);
	assert_false(heads_any(&h));
	heads_release(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
