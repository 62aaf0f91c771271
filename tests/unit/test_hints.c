// SPDX-License-Identifier: GPL-2.0
/*
 * Tables that keep hints: keys that share one place of these, and tables that grow
 * in between, so that what hints pointed to has moved.
 */
#include "reader-test.h"

#include "base/hints.h"
#include "base/vcpus.h"
#include "walk/attach.h"
#include "walk/round_trip.h"
#include "walk/timeline.h"

#define NR	3000u

/* Of one place, all of them */
static uint32_t crowded(uint32_t i)
{
	return 5 + i * HINTS;
}

static uint32_t spread(uint32_t i)
{
	return i;
}

typedef uint32_t key_fn(uint32_t i);

static key_fn *const keys[] = { crowded, spread };

static void test_place(void **state)
{
	(void)state;
	assert_int_equal(hints_place(crowded(1)), hints_place(crowded(2)));
	assert_int_not_equal(hints_place(spread(1)), hints_place(spread(2)));
	/* vCPUs of VMs whose processes began one after the other */
	assert_int_not_equal(hints_place(1000ull << 32 | 100),
			     hints_place(1001ull << 32));
	/* A VM and a vCPU share it with others. */
	assert_int_equal(hints_place(1ull << 32), hints_place(40503 % HINTS));
}

/* Each is counted once, 0 included, and others at its place do not hide it. */
static void test_vcpus(void **state)
{
	struct vcpus v = { .ids = NULL };
	uint32_t i, j, round;

	(void)state;
	for (i = 0; i < 2; i++)
		for (round = 0; round < 2; round++)
			for (j = 0; j < NR; j++)
				assert_int_equal(vcpus_add(&v, keys[i](j)), 0);
	/* Those below NR that are crowded as well count once. */
	assert_int_equal(v.nr, 2 * NR - (NR - 5 + HINTS - 1) / HINTS);
	assert_int_equal(vcpus_add(&v, 1ull << 32), 0);
	assert_int_equal(vcpus_add(&v, 40503 % HINTS), 0);
	assert_int_equal(v.nr, 2 * NR - (NR - 5 + HINTS - 1) / HINTS + 1);
	assert_int_equal(vcpus_count_vms(&v), 2);
	vcpus_release(&v);
}

static void test_round_trips(void **state)
{
	struct round_trip_interval interval;
	struct round_trip rt;
	uint32_t i, j;

	(void)state;
	for (i = 0; i < 2; i++) {
		rt = (struct round_trip){ .alone = false };
		for (j = 0; j < NR; j++)
			assert_int_equal(round_trip_exit(&rt, keys[i](j), 0, j,
							1, j), 0);
		for (j = 0; j < NR; j++) {
			assert_true(round_trip_entry(&rt, keys[i](j), 0, 10000,
						    &interval));
			assert_int_equal(interval.length, 10000 - j);
			assert_int_equal(interval.code, j);
		}
		assert_false(round_trip_entry(&rt, keys[i](NR), 0, 10000,
					     &interval));
		assert_int_equal(rt.counts.no_exit, 1);
		round_trip_release(&rt);
	}
}

/* Exits of a VM each, at TSC j, which end at 10000 */
static void time_all(struct timeline *tl, key_fn *key)
{
	struct event_entry e = { .tsc = 10000, .seq = 1 };
	struct event_exit x = { .tsc = 0 };
	uint32_t j;

	for (j = 0; j < NR; j++) {
		x.vm = j % 3;
		x.vcpu_id = key(j);
		x.tsc = j + 1;
		assert_int_equal(timeline_stamped_exit(tl, &x), 0);
	}
	for (j = 0; j < NR; j++) {
		e.vm = j % 3;
		e.vcpu_id = key(j);
		e.exit_tsc = j + 1;
		assert_int_equal(timeline_stamped_entry(tl, &e), 0);
	}
}

static void test_timeline(void **state)
{
	const struct timeline_vcpu *v;
	struct timeline tl;
	uint32_t i, j;

	(void)state;
	for (i = 0; i < 2; i++) {
		tl = (struct timeline){ .vcpus = NULL };
		time_all(&tl, keys[i]);
		assert_int_equal(tl.nr, NR);
		assert_int_equal(tl.backwards, 0);
		for (j = 0; j < NR; j++) {
			v = timeline_find(&tl, j % 3, keys[i](j));
			assert_non_null(v);
			assert_int_equal(v->first, j + 1);
			assert_int_equal(v->part[TIMES_PROCESSING],
					 10000 - (j + 1));
			assert_null(timeline_find(&tl, 3, keys[i](j)));
		}
		timeline_release(&tl);
	}
}

/* Threads without an open exit are forgotten, and come back. */
static void test_attach(void **state)
{
	struct attach a = { .slots = NULL };
	struct attach_slot slot, old;
	uint32_t i, j, round;

	(void)state;
	for (i = 0; i < 2; i++) {
		for (round = 0; round < 2; round++)
			for (j = 0; j < NR; j++) {
				assert_non_null(attach_exit(&a, keys[i](j),
							    &old));
				assert_false(old.has_exit);
				assert_non_null(attach_inside(&a, keys[i](j)));
				attach_entry(&a, keys[i](j), &slot);
				assert_true(slot.has_exit);
				assert_int_equal(slot.events, 1);
			}
		assert_int_equal(attach_events(&a), 0);
		assert_true(a.size <= 64);
	}
	attach_release(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_vcpus),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_timeline),
		cmocka_unit_test(test_attach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
