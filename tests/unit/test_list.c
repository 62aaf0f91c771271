// SPDX-License-Identifier: GPL-2.0
/* The exits that cost most: as if all had been sorted. */
#include "reader-test.h"

#include "result/list.h"

#define EXITS	500u

static struct list_item items[EXITS];

static int compare(const void *a, const void *b)
{
	const struct list_item *x = a, *y = b;
	const uint64_t keys[][2] = {
		{ y->sample.cycles, x->sample.cycles },
		{ x->key.ts, y->key.ts }, { x->key.vm, y->key.vm },
		{ x->key.vcpu, y->key.vcpu },
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i][0] != keys[i][1])
			return keys[i][0] < keys[i][1] ? -1 : 1;
	return 0;
}

/* No two are equal in all: @spread values of each */
static void make_items(uint64_t random, unsigned int spread)
{
	unsigned int i, j;
	struct list_item tmp;

	for (i = 0; i < EXITS; i++) {
		items[i] = (struct list_item){
			.key = { .vm = i / 7 % 3, .vcpu = i % 7,
				 .ts = 1 + i / 21 },
			.sample = { .cycles = next_random(&random) % spread,
				    .user = i },
		};
		j = next_random(&random) % (i + 1);
		tmp = items[i];
		items[i] = items[j];
		items[j] = tmp;
	}
}

static void check_group(const struct groups *gs, const struct list_item *item)
{
	size_t i;

	for (i = 0; i < gs->nr; i++)
		if (gs->list[i].key.ts == item->key.ts &&
		    gs->list[i].key.vm == item->key.vm &&
		    gs->list[i].key.vcpu == item->key.vcpu)
			break;
	assert_true(i < gs->nr);
	assert_int_equal(gs->list[i].cell.exits, 1);
	assert_int_equal(gs->list[i].cell.cycles, item->sample.cycles);
	assert_int_equal(gs->list[i].cell.user, item->sample.user);
}

/* To a list, and to one whose rest is what its groups have besides */
static void add_item(struct list *l, struct list *alike, struct groups *all,
		     const struct list_item *item)
{
	const struct group_key key = { .vm = item->key.vm };
	struct group *g = groups_get(all, &key);

	assert_non_null(g);
	assert_int_equal(group_add(g, &item->sample), 0);
	assert_int_equal(list_add(l, &item->key, &item->sample), 0);
	assert_int_equal(list_add(alike, &item->key, &item->sample), 0);
}

/* The rest is the same; both others are released. */
static void check_rest(const struct list *l, struct list *alike, struct groups *all)
{
	unsigned int permille;

	assert_int_equal(list_take_rest(alike, all), 0);
	assert_int_equal(alike->nr, l->nr);
	assert_memory_equal(&alike->rest.squares, &l->rest.squares, sizeof(l->rest.squares));
	assert_int_equal(alike->rest.cell.exits, l->rest.cell.exits);
	assert_int_equal(alike->rest.cell.untimed, l->rest.cell.untimed);
	assert_true(alike->rest.cell.cycles == l->rest.cell.cycles);
	assert_true(alike->rest.cell.user == l->rest.cell.user);
	if (l->rest.cell.exits) {
		assert_int_equal(alike->rest.cell.min, l->rest.cell.min);
		assert_int_equal(alike->rest.cell.max, l->rest.cell.max);
	}
	for (permille = 1; permille < 1000; permille += 37)
		assert_int_equal(group_percentile(&alike->rest, permille),
				 group_percentile(&l->rest, permille));
	list_release(alike);
	groups_release(all);
}

static void check_list(size_t max)
{
	struct list l = { .max = max }, alike = { .max = max, .in_groups = true };
	struct groups gs = { .list = NULL }, all = { .list = NULL };
	uint64_t cycles = 0, user = 0;
	size_t kept = max < EXITS ? max : EXITS, i;

	for (i = 0; i < EXITS; i++)
		add_item(&l, &alike, &all, &items[i]);
	assert_int_equal(list_to_groups(&l, &gs), 0);
	assert_int_equal(gs.nr, kept);
	qsort(items, EXITS, sizeof(items[0]), compare);
	for (i = 0; i < kept; i++)
		check_group(&gs, &items[i]);
	for (; i < EXITS; i++) {
		cycles += items[i].sample.cycles;
		user += items[i].sample.user;
	}
	assert_int_equal(l.rest.cell.exits, EXITS - kept);
	assert_int_equal(l.rest.cell.cycles, cycles);
	assert_int_equal(l.rest.cell.user, user);
	check_rest(&l, &alike, &all);
	groups_release(&gs);
	list_release(&l);
}

/* Many and few ties; less, as many and more than there are */
static void test_as_sorted(void **state)
{
	static const size_t max[] = { 1, 2, 7, 64, 65, 499, 500, 501, 100000 };
	static const unsigned int spread[] = { 1, 2, 10, 1000000 };
	size_t i, j;

	(void)state;
	for (i = 0; i < sizeof(max) / sizeof(max[0]); i++)
		for (j = 0; j < sizeof(spread) / sizeof(spread[0]); j++) {
			make_items(i * 10 + j + 1, spread[j]);
			check_list(max[i]);
		}
}

/* The order in which exits come does not matter. */
static void test_order(void **state)
{
	struct list_item tmp;
	unsigned int i;

	(void)state;
	make_items(1, 5);
	qsort(items, EXITS, sizeof(items[0]), compare);
	check_list(20);
	for (i = 0; i < EXITS / 2; i++) {
		tmp = items[i];
		items[i] = items[EXITS - 1 - i];
		items[EXITS - 1 - i] = tmp;
	}
	check_list(20);
}

/* Two exits that are equal in all are two rows. */
static void test_equal(void **state)
{
	const struct group_key key = { .vm = 1, .ts = 5 };
	const struct stats_sample sample = { .cycles = 7 };
	struct list l = { .max = 2 };
	struct groups gs = { .list = NULL };
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_int_equal(list_add(&l, &key, &sample), 0);
	assert_int_equal(list_to_groups(&l, &gs), 0);
	assert_int_equal(gs.nr, 2);
	assert_int_equal(l.rest.cell.exits, 1);
	groups_release(&gs);
	list_release(&l);
}

static void test_empty(void **state)
{
	struct list l = { .max = 20 };
	struct groups gs = { .list = NULL };

	(void)state;
	assert_int_equal(list_to_groups(&l, &gs), 0);
	assert_int_equal(gs.nr, 0);
	assert_int_equal(l.rest.cell.exits, 0);
	list_release(&l);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_as_sorted),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
