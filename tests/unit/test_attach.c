// SPDX-License-Identifier: GPL-2.0
/* Which exit an event is inside of, by thread and time */
#include "reader-test.h"

#include "walk/attach.h"

#define TID	77u

static int add_event(struct attach *a, uint32_t tid, const struct detail *d)
{
	struct attach_slot *slot = attach_inside(a, tid);

	if (!slot)
		return -1;
	detail_merge(&slot->detail, d);
	return 0;
}

static struct attach_slot *begin(struct attach *a, struct attach_slot *old)
{
	struct attach_slot *slot = attach_exit(a, TID, old);

	assert_non_null(slot);
	slot->tsc = 1000;
	return slot;
}

static void test_attach(void **state)
{
	const struct detail msr = { .kind = DETAIL_MSR, .value = 0x10 };
	struct attach a = { .slots = NULL };
	struct attach_slot slot, old;
	uint32_t tid;

	(void)state;
	/* Nothing is open. */
	attach_entry(&a, TID, &slot);
	assert_false(slot.has_exit);
	/* An event before the exit is not of it. */
	assert_int_equal(add_event(&a, TID, &msr), 0);
	begin(&a, &old);
	assert_int_equal(old.events, 1);
	assert_false(old.has_exit);
	/* Another thread's is not of it, nor is one after the entry. */
	assert_int_equal(add_event(&a, TID + 1, &msr), 0);
	attach_entry(&a, TID, &slot);
	assert_true(slot.has_exit);
	assert_int_equal(slot.tsc, 1000);
	assert_int_equal(slot.events, 0);
	assert_int_equal(slot.detail.kind, DETAIL_NONE);
	attach_entry(&a, TID, &slot);
	assert_false(slot.has_exit);
	/* It is, whatever other threads do meanwhile. */
	begin(&a, &old);
	for (tid = 1000; tid < 3000; tid++) {
		assert_int_equal(add_event(&a, tid, &msr), 0);
		attach_entry(&a, tid, &slot);
	}
	assert_int_equal(add_event(&a, TID, &msr), 0);
	attach_entry(&a, TID, &slot);
	assert_int_equal(slot.events, 1);
	assert_int_equal(slot.detail.value, 0x10);
	/* Room is that of open exits, not of all threads. */
	assert_true(a.size <= 64);
	attach_release(&a);
}

/* An exit from @start to @end with @inside, which may be NULL: what is known? */
static enum detail_kind exit_of(struct attach *a, uint64_t start, uint64_t end,
				const struct detail *inside)
{
	struct attach_slot slot, old;

	a->now = start;
	begin(a, &old);
	a->now = (start + end) / 2;
	if (inside)
		assert_int_equal(add_event(a, TID, inside), 0);
	a->now = end;
	attach_entry(a, TID, &slot);
	attach_finish(&slot);
	return slot.detail.kind;
}

static void test_gap(void **state)
{
	const struct detail fault = { .kind = DETAIL_FAULT };
	const struct detail msr = { .kind = DETAIL_MSR };
	struct attach_slot slot = { .has_exit = true }, half = { .gap = true };
	struct attach a = { .slots = NULL };

	(void)state;
	assert_int_equal(exit_of(&a, 100, 200, NULL), DETAIL_NONE);
	attach_gap(&a, 1000);
	/* Something else may have been inside, from its begin to its end, */
	assert_int_equal(exit_of(&a, 300, 400, NULL), DETAIL_UNKNOWN);
	assert_int_equal(exit_of(&a, 500, 600, &fault), DETAIL_UNKNOWN);
	/* or in a part of it, but nothing that would change this. */
	assert_int_equal(exit_of(&a, 900, 1100, &fault), DETAIL_UNKNOWN);
	assert_int_equal(exit_of(&a, 900, 1100, &msr), DETAIL_MSR);
	/* An earlier gap, on another CPU, does not shorten this one. */
	attach_gap(&a, 950);
	assert_int_equal(exit_of(&a, 999, 1100, NULL), DETAIL_UNKNOWN);
	assert_int_equal(exit_of(&a, 1000, 1100, NULL), DETAIL_NONE);
	attach_gap(&a, UINT64_MAX);
	assert_int_equal(exit_of(&a, 1200, 1300, NULL), DETAIL_UNKNOWN);
	/* Two halves */
	attach_join(&slot, &half);
	attach_finish(&slot);
	assert_int_equal(slot.detail.kind, DETAIL_UNKNOWN);
	/* No exit */
	attach_finish(&half);
	assert_int_equal(half.detail.kind, DETAIL_UNKNOWN);
	attach_release(&a);
}

/* An exit in an exit: the first one never comes to its entry. */
static void test_exit_exit(void **state)
{
	const struct detail msr = { .kind = DETAIL_MSR, .value = 0x10 };
	const struct detail port = { .kind = DETAIL_PORT, .value = 0x70 };
	struct attach a = { .slots = NULL };
	struct attach_slot slot, old;

	(void)state;
	begin(&a, &old)->vm = 1;
	assert_int_equal(add_event(&a, TID, &msr), 0);
	begin(&a, &old)->vm = 2;
	assert_true(old.has_exit);
	assert_int_equal(old.vm, 1);
	assert_int_equal(old.events, 1);
	assert_int_equal(old.detail.value, 0x10);
	assert_int_equal(add_event(&a, TID, &port), 0);
	attach_entry(&a, TID, &slot);
	assert_int_equal(slot.vm, 2);
	assert_int_equal(slot.events, 1);
	assert_int_equal(slot.detail.value, 0x70);
	attach_release(&a);
}

/* Many threads at once: all keep what is theirs, however they are hashed. */
static void test_many(void **state)
{
	struct detail d = { .kind = DETAIL_CPUID };
	struct attach a = { .slots = NULL };
	struct attach_slot slot, old, *at;
	uint32_t i;

	(void)state;
	for (i = 0; i < 5000; i++) {
		at = attach_exit(&a, i * 4096, &old);
		assert_non_null(at);
		assert_false(old.has_exit);
		at->tsc = i;
		d.value = i;
		assert_int_equal(add_event(&a, i * 4096, &d), 0);
	}
	assert_int_equal(attach_events(&a), 5000);
	for (i = 0; i < 5000; i++) {
		attach_entry(&a, i * 4096, &slot);
		assert_true(slot.has_exit);
		assert_int_equal(slot.tsc, i);
		assert_int_equal(slot.detail.value, i);
	}
	assert_int_equal(attach_events(&a), 0);
	attach_release(&a);
}

/* Exits that are open for good: the oldest are forgotten, the latest never. */
static void test_forget(void **state)
{
	struct attach a = { .slots = NULL };
	const uint32_t nr = 4 * ATTACH_MAX;
	struct detail d = { .kind = DETAIL_CPUID };
	struct attach_slot slot, old;
	uint32_t i, left = 0;

	(void)state;
	for (i = 0; i < nr; i++) {
		assert_non_null(attach_exit(&a, i, &old));
		assert_int_equal(add_event(&a, i, &d), 0);
		if (i >= 1000) {
			attach_entry(&a, i - i % 1000, &slot);
			assert_true(slot.has_exit == !(i % 1000));
		}
	}
	assert_true(a.size <= 4 * ATTACH_MAX);
	for (i = 0; i < nr; i++) {
		attach_entry(&a, i, &slot);
		left += slot.has_exit;
		if (i >= nr - ATTACH_MAX / 2)
			assert_true(slot.has_exit == (i % 1000 != 0));
	}
	assert_in_range(left, ATTACH_MAX / 2 - 100, ATTACH_MAX + ATTACH_MAX / 2);
	assert_int_equal(attach_events(&a), nr - (nr - 1) / 1000 - left);
	attach_release(&a);
}

/* A gap is of all threads whose exits are open, and of no later one. */
static void test_gap_of_all(void **state)
{
	struct attach a = { .now = 10 };
	struct attach_slot slot, old;
	uint32_t tid;

	(void)state;
	for (tid = 1; tid <= 3; tid++)
		assert_non_null(attach_exit(&a, tid, &old));
	attach_entry(&a, 2, &slot);
	assert_false(slot.gap);
	attach_gap(&a, 20);
	a.now = 20;
	assert_non_null(attach_exit(&a, 2, &old));
	assert_false(old.gap);
	for (tid = 1; tid <= 3; tid++) {
		attach_entry(&a, tid, &slot);
		assert_true(slot.gap == (tid != 2));
	}
	attach_release(&a);
}

/* What is open at the end comes in the order of TIDs, and can be in a gap. */
static void test_end(void **state)
{
	struct attach a = { .now = 10 };
	struct attach_slot slot, old;
	uint32_t i;

	(void)state;
	for (i = 0; i < 1000; i++)
		assert_non_null(attach_exit(&a, i * 7919 % 1000, &old));
	for (i = 0; i < 1000; i += 2)
		attach_entry(&a, i, &slot);
	attach_gap(&a, 11);
	attach_end(&a);
	assert_int_equal(a.nr, 500);
	for (i = 0; i < a.nr; i++) {
		assert_int_equal(a.slots[i].tid, 2 * i + 1);
		assert_true(a.slots[i].has_exit);
		assert_true(a.slots[i].gap);
	}
	attach_release(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attach),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_exit_exit),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_forget),
		cmocka_unit_test(test_gap_of_all),
		cmocka_unit_test(test_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
