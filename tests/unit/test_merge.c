// SPDX-License-Identifier: GPL-2.0
#include "reader-test.h"

#include "base/merge.h"

#define MAX	UINT64_MAX

static void begin(struct merge *m, uint32_t streams)
{
	assert_int_equal(merge_init(m, streams), 0);
	assert_int_equal(m->nr, 0);
}

static void test_none(void **state)
{
	struct merge m;

	(void)state;
	begin(&m, 0);
	merge_release(&m);
	begin(&m, 5);
	assert_int_equal(m.nr, 0);
	merge_release(&m);
}

static void test_one(void **state)
{
	struct merge m;

	(void)state;
	begin(&m, 1);
	merge_add(&m, 7, 0);
	assert_int_equal(merge_first(&m), 0);
	merge_advance(&m, 3);
	assert_int_equal(merge_first(&m), 0);
	merge_drop(&m);
	assert_int_equal(m.nr, 0);
	merge_release(&m);
}

/* Of equal keys, the highest possible one included, the lower number is first. */
static void test_ties(void **state)
{
	struct merge m;

	(void)state;
	begin(&m, 3);
	merge_add(&m, MAX, 2);
	assert_int_equal(merge_first(&m), 2);
	merge_add(&m, MAX, 1);
	assert_int_equal(merge_first(&m), 1);
	merge_add(&m, 5, 0);
	assert_int_equal(merge_first(&m), 0);
	merge_advance(&m, MAX);
	assert_int_equal(merge_first(&m), 0);
	merge_drop(&m);
	assert_int_equal(merge_first(&m), 1);
	merge_drop(&m);
	assert_int_equal(merge_first(&m), 2);
	merge_drop(&m);
	assert_int_equal(m.nr, 0);
	merge_release(&m);
}

/* The plain way: look at all of them. */
static uint32_t lowest(const uint64_t *keys, const uint32_t *left, uint32_t nr)
{
	uint32_t low = nr, i;

	for (i = 0; i < nr; i++)
		if (left[i] && (low == nr || keys[i] < keys[low]))
			low = i;
	return low;
}

/* The next of all streams but @first, which has something left */
static void assert_second(const struct merge *m, const uint64_t *keys,
			  uint32_t *left, uint32_t nr, uint32_t first)
{
	const uint32_t left_before = left[first];
	uint32_t second;

	left[first] = 0;
	second = lowest(keys, left, nr);
	assert_true(merge_second_item(m) ==
		    (second == nr ? MERGE_NONE :
				    merge_item_of(keys[second], second)));
	left[first] = left_before;
}

/* Any number of streams, of random length, with keys that go back as well */
static void test_random(void **state)
{
	uint64_t keys[33];
	uint32_t left[33], nr, i, first;
	struct merge m;

	(void)state;
	srandom(1);
	for (nr = 1; nr <= 33; nr++) {
		begin(&m, nr);
		for (i = 0; i < nr; i++) {
			left[i] = random() % 100;
			keys[i] = random() % 50;
			if (left[i])
				merge_add(&m, keys[i], i);
		}
		while (m.nr) {
			first = lowest(keys, left, nr);
			assert_int_equal(merge_first(&m), first);
			assert_second(&m, keys, left, nr, first);
			keys[first] = random() % 50;
			if (--left[first])
				merge_advance(&m, keys[first]);
			else
				merge_drop(&m);
		}
		assert_int_equal(lowest(keys, left, nr), nr);
		merge_release(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_one),
		cmocka_unit_test(test_ties),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
