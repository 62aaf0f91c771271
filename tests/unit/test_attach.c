// SPDX-License-Identifier: GPL-2.0
/* Which exit an event is inside of, by thread and time */
#include "reader-test.h"

#include "attach.h"

#define TID	77u

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
	assert_int_equal(attach_event(&a, TID, &msr), 0);
	begin(&a, &old);
	assert_int_equal(old.events, 1);
	assert_false(old.has_exit);
	/* Another thread's is not of it, nor is one after the entry. */
	assert_int_equal(attach_event(&a, TID + 1, &msr), 0);
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
		assert_int_equal(attach_event(&a, tid, &msr), 0);
		attach_entry(&a, tid, &slot);
	}
	assert_int_equal(attach_event(&a, TID, &msr), 0);
	attach_entry(&a, TID, &slot);
	assert_int_equal(slot.events, 1);
	assert_int_equal(slot.detail.value, 0x10);
	/* Room is that of open exits, not of all threads. */
	assert_true(a.size <= 64);
	attach_release(&a);
}

static void test_gap(void **state)
{
	const struct detail fault = { .kind = DETAIL_FAULT };
	const struct detail msr = { .kind = DETAIL_MSR };
	struct attach a = { .slots = NULL };
	struct attach_slot slot, old, half = { .events = 0 };

	(void)state;
	/* Something else may have been inside. */
	begin(&a, &old);
	assert_int_equal(attach_event(&a, TID, &fault), 0);
	attach_gap(&a);
	attach_entry(&a, TID, &slot);
	attach_finish(&slot);
	assert_int_equal(slot.detail.kind, DETAIL_UNKNOWN);
	/* Nothing that would change it */
	begin(&a, &old);
	assert_int_equal(attach_event(&a, TID, &msr), 0);
	attach_gap(&a);
	attach_entry(&a, TID, &slot);
	attach_finish(&slot);
	assert_int_equal(slot.detail.kind, DETAIL_MSR);
	/* The gap is of exits that are open. */
	attach_gap(&a);
	begin(&a, &old);
	attach_entry(&a, TID, &slot);
	attach_finish(&slot);
	assert_int_equal(slot.detail.kind, DETAIL_NONE);
	/* Two halves */
	half.gap = true;
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
	assert_int_equal(attach_event(&a, TID, &msr), 0);
	begin(&a, &old)->vm = 2;
	assert_true(old.has_exit);
	assert_int_equal(old.vm, 1);
	assert_int_equal(old.events, 1);
	assert_int_equal(old.detail.value, 0x10);
	assert_int_equal(attach_event(&a, TID, &port), 0);
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
		assert_int_equal(attach_event(&a, i * 4096, &d), 0);
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

/* A gap is of all threads whose exits are open, and of no later one. */
static void test_gap_of_all(void **state)
{
	struct attach a = { .slots = NULL };
	struct attach_slot slot, old;
	uint32_t tid;

	(void)state;
	for (tid = 1; tid <= 3; tid++)
		assert_non_null(attach_exit(&a, tid, &old));
	attach_entry(&a, 2, &slot);
	assert_false(slot.gap);
	attach_gap(&a);
	assert_non_null(attach_exit(&a, 2, &old));
	assert_false(old.gap);
	for (tid = 1; tid <= 3; tid++) {
		attach_entry(&a, tid, &slot);
		assert_true(slot.gap == (tid != 2));
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
		cmocka_unit_test(test_gap_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
