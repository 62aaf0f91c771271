// SPDX-License-Identifier: GPL-2.0
#include "reader-test.h"

#include "result/group.h"

static int add(struct groups *gs, const struct group_key *key, uint64_t cycles)
{
	const struct stats_sample s = { .cycles = cycles, .user = 1 };
	struct group *g = groups_get(gs, key);

	return g ? group_add(g, &s) : -1;
}

/* Each part of a key counts. */
static void test_keys(void **state)
{
	static const struct group_key keys[] = {
		{ .vm = 0 }, { .vm = 1 }, { .vcpu = 1 }, { .cpu = 1 },
		{ .isa = 1 }, { .code = 1 }, { .code = 1ull << 32 },
		{ .detail.flags = 1 }, { .rip_is = RIP_OTHER },
		{ .level = LEVEL_L1 }, { .level = LEVEL_L2 },
		{ .rip_is = RIP_KNOWN, .rip = 1 },
		{ .rip_is = RIP_KNOWN, .rip = 1ull << 63 },
		{ .detail = { .kind = 1 } }, { .detail = { .value = 1 } },
		{ .detail = { .error = 1 } }, { .detail = { .size = 1 } },
		{ .detail = { .op = 1 } }, { .ts = 1 }, { .ts = 1ull << 40 },
		{ .vm = UINT32_MAX, .vcpu = UINT32_MAX, .cpu = UINT32_MAX,
		  .isa = 2, .code = UINT32_MAX },
	};
	const size_t nr = sizeof(keys) / sizeof(keys[0]);
	struct groups gs = { .list = NULL };
	size_t round, i;

	(void)state;
	for (round = 0; round < 3; round++)
		for (i = 0; i < nr; i++)
			assert_int_equal(add(&gs, &keys[i], i), 0);
	assert_int_equal(gs.nr, nr);
	for (i = 0; i < nr; i++) {
		assert_true(group_key_equal(&gs.list[i].key, &keys[i]));
		assert_int_equal(gs.list[i].cell.exits, 3);
		assert_int_equal(gs.list[i].cell.cycles, 3 * i);
		assert_int_equal(group_percentile(&gs.list[i], 500), i);
	}
	groups_release(&gs);
}

static const struct group *find(const struct groups *gs, uint32_t code)
{
	size_t i;

	for (i = 0; i < gs->nr; i++)
		if (gs->list[i].key.code == code)
			return &gs->list[i];
	return NULL;
}

static void assert_same(const struct groups *a, const struct groups *b)
{
	const struct group *x, *y;
	unsigned int permille;
	size_t i;

	assert_int_equal(a->nr, b->nr);
	for (i = 0; i < a->nr; i++) {
		x = &a->list[i];
		y = find(b, x->key.code);
		assert_non_null(y);
		assert_memory_equal(&x->cell, &y->cell, sizeof(x->cell));
		assert_true(group_stddev(x, 0) == group_stddev(y, 0));
		for (permille = 0; permille <= 1000; permille += 50)
			assert_true(group_percentile(x, permille) ==
				    group_percentile(y, permille));
	}
}

/* Any split, merged in any order, is the same. */
static void test_merge(void **state)
{
	struct groups whole = { .list = NULL }, merged = { .list = NULL };
	struct groups part[3] = { { .list = NULL } };
	struct group_key key = { .isa = 2 };
	uint64_t seed = 5, v;
	unsigned int i;

	(void)state;
	for (i = 0; i < 20000; i++) {
		v = next_random(&seed);
		key.code = v % 500;
		v = next_random(&seed) >> (v % 64);
		assert_int_equal(add(&whole, &key, v), 0);
		assert_int_equal(add(&part[v % 3], &key, v), 0);
	}
	assert_int_equal(groups_merge(&merged, &part[1]), 0);
	assert_int_equal(groups_merge(&merged, &part[2]), 0);
	assert_int_equal(groups_merge(&merged, &part[0]), 0);
	assert_int_equal(part[0].nr + part[1].nr + part[2].nr, 0);
	assert_same(&whole, &merged);
	groups_release(&whole);
	groups_release(&merged);
}

/* One more than GROUPS_MAX, in one thread or over all: refused, silently */
static void test_limit(void **state)
{
	struct groups gs = { .list = NULL }, more = { .list = NULL };
	struct group_key key = { .isa = 2 };
	struct capture c;

	(void)state;
	for (key.code = 0; key.code < GROUPS_MAX; key.code++)
		assert_non_null(groups_get(&gs, &key));
	capture_start(&c);
	assert_null(groups_get(&gs, &key));
	assert_string_equal(capture_end(&c), "");
	assert_true(gs.full);
	key.code = 0;
	assert_non_null(groups_get(&gs, &key));
	gs.full = false;
	key.code = GROUPS_MAX;
	assert_non_null(groups_get(&more, &key));
	assert_int_equal(groups_merge(&gs, &more), -1);
	assert_true(gs.full);
	capture_start(&c);
	assert_int_equal(groups_error(), -1);
	assert_non_null(strstr(capture_end(&c), "more than 262144 "));
	groups_release(&gs);
	groups_release(&more);
}

static void test_percentile_range(void **state)
{
	struct groups gs = { .list = NULL };
	struct group none = { .key = { .vm = 0 } };
	struct group_key key = { .isa = 1 };

	(void)state;
	assert_int_equal(group_percentile(&none, 500), 0);
	assert_true(group_stddev(&none, 0) == 0);
	add(&gs, &key, 1000001);
	assert_int_equal(group_percentile(&gs.list[0], 1), 1000001);
	add(&gs, &key, 1000002);
	add(&gs, &key, 1000003);
	assert_in_range(group_percentile(&gs.list[0], 1), 1000001, 1000003);
	assert_in_range(group_percentile(&gs.list[0], 500), 1000001, 1000003);
	assert_int_equal(group_percentile(&gs.list[0], 999), 1000003);
	groups_release(&gs);
}

/* Buckets of 10 become buckets of 50, of 20 codes each; merging makes both alike. */
static void test_widen(void **state)
{
	struct groups a = { .width_ns = 10 }, b = { .width_ns = 50 };
	struct group_key key = { .ts = 0 };
	uint64_t i;

	(void)state;
	for (i = 0; i < 2000; i++) {
		key.code = i % 20;
		key.ts = i / 20;
		assert_int_equal(add(&a, &key, i), 0);
	}
	key = (struct group_key){ .ts = 19, .code = 7 };
	assert_int_equal(add(&b, &key, 5), 0);
	assert_int_equal(groups_merge(&b, &a), 0);
	assert_int_equal(b.width_ns, 50);
	assert_int_equal(a.width_ns, 50);
	assert_int_equal(b.nr, 20 * 20);
	for (i = 0; i < b.nr; i++)
		assert_int_equal(b.list[i].cell.exits, b.list[i].key.ts == 19 &&
				 b.list[i].key.code == 7 ? 6 : 5);
	/* Numbers 1907, 1927, ..., 1987, and 5 */
	assert_int_equal(groups_find(&b, &key)->cell.cycles, 5 * 1947 + 5);
	assert_int_equal(groups_find(&b, &key)->cell.max, 1987);
	groups_release(&a);
	groups_release(&b);
}

static uint64_t rng = 88172645463325252u;

static uint64_t rnd(uint64_t below)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (rng >> 11) % below;
}

/* Half of all exits are of cycles only; a few saturate. */
static struct stats_sample random_sample(void)
{
	struct stats_sample s = { .cycles = rnd(1000) };

	if (rnd(2))
		return s;
	s.user = rnd(3) ? 0 : rnd(100000);
	s.halted = rnd(3) ? 0 : 1 + rnd(10);
	s.off_cpu = rnd(50) ? 0 : UINT64_MAX;
	return s;
}

/* What of_part() makes of @parts has to be what it is of, exit by exit. */
static void assert_each_part(const struct group *parts, const struct group *of)
{
	enum stats_of i;

	for (i = STATS_OF_CYCLES; i <= STATS_OF_TOTAL; i++) {
		struct group got = { .cell.exits = 0 };
		unsigned int permille;

		/* In two, of which the first one may be of cycles only */
		assert_int_equal(group_merge_of(&got, &parts[0], i), 0);
		assert_int_equal(group_merge_of(&got, &parts[1], i), 0);
		assert_int_equal(got.cell.exits, of[i].cell.exits);
		assert_int_equal(got.cell.min, of[i].cell.min);
		assert_int_equal(got.cell.max, of[i].cell.max);
		assert_true(got.cell.off_cpu == of[i].cell.off_cpu);
		assert_true(got.squares.low == of[i].squares.low &&
			    got.squares.high == of[i].squares.high);
		for (permille = 1; permille <= 1000; permille++)
			assert_int_equal(group_percentile(&got, permille),
					 group_percentile(&of[i], permille));
		group_release(&got);
	}
}

/* Figures of each part, added and merged in any way, are those of each alone. */
static void test_each_part(void **state)
{
	unsigned int round, n, i;
	enum stats_of of;

	(void)state;
	for (round = 0; round < 300; round++) {
		struct group each[STATS_OF_TOTAL + 1] = { 0 };
		struct group split[3] = { 0 };

		for (n = rnd(12); n; n--) {
			const struct stats_sample s = random_sample();

			for (of = STATS_OF_CYCLES; of <= STATS_OF_TOTAL; of++)
				assert_int_equal(group_add_part(&each[of], &s,
						stats_part(&s, of)), 0);
			assert_int_equal(group_add_each_part(&split[rnd(3)],
							     &s), 0);
		}
		assert_int_equal(group_merge(&split[1], &split[2]), 0);
		assert_each_part(split, each);
		for (i = 0; i < 3; i++)
			group_release(&split[i]);
		for (of = STATS_OF_CYCLES; of <= STATS_OF_TOTAL; of++)
			group_release(&each[of]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_widen),
		cmocka_unit_test(test_limit),
		cmocka_unit_test(test_percentile_range),
		cmocka_unit_test(test_each_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
