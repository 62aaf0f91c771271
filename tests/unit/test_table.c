// SPDX-License-Identifier: GPL-2.0
/*
 * Arrays that grow, and tables over them: whatever was put in is found, in its place,
 * and nothing else; memory that is not there is said, and changes nothing.
 */
#include "reader-test.h"

#include "base/array.h"
#include "base/table.h"

#define NR	10000u

struct thing {
	uint64_t key;
	char rest[56];
};

struct things {
	struct thing *list;
	size_t nr, allocated;
	struct table table;
};

static void things_release(struct things *t)
{
	free(t->list);
	table_release(&t->table);
	memset(t, 0, sizeof(*t));
}

/* Only the first @bits of a hash are used: the fewer, the more keys share one. */
static uint64_t hash_of(uint64_t key, unsigned int bits)
{
	return bits ? hash_one(key) & (UINT64_MAX >> (64 - bits)) : 0;
}

static struct thing *find(const struct things *t, uint64_t key, unsigned int bits)
{
	uint64_t at = hash_of(key, bits);
	uint32_t i;

	while (table_next(&t->table, &at, &i)) {
		assert_true(i < t->nr);
		if (t->list[i].key == key)
			return &t->list[i];
	}
	return NULL;
}

static void add(struct things *t, uint64_t key, unsigned int bits)
{
	assert_int_equal(array_room(t->list, t->nr, t->allocated, "things"), 0);
	assert_true(t->nr < t->allocated);
	assert_int_equal(table_add(&t->table, hash_of(key, bits), t->nr,
				   "things"), 0);
	t->list[t->nr++].key = key;
}

static void test_all_are_found(void **state)
{
	static const unsigned int bits[] = { 64, 32, 8, 0 };
	unsigned int b, nr, i;

	(void)state;
	for (b = 0; b < sizeof(bits) / sizeof(bits[0]); b++) {
		struct things t = { .list = NULL };

		/* Where all share one slot, each search takes all of them. */
		nr = bits[b] > 8 ? NR : NR / 20;
		assert_null(find(&t, 1, bits[b]));
		for (i = 0; i < nr; i++) {
			assert_null(find(&t, 3 * i, bits[b]));
			add(&t, 3 * i, bits[b]);
		}
		for (i = 0; i < nr; i++) {
			assert_ptr_equal(find(&t, 3 * i, bits[b]), &t.list[i]);
			assert_null(find(&t, 3 * i + 1, bits[b]));
		}
		/* Half full at the most, and doubled: so many, and no more */
		assert_true(t.table.mask + 1 >= 2 * nr && t.table.mask < 4 * nr);
		assert_true(t.allocated >= nr && t.allocated < 2 * nr + 2);
		things_release(&t);
	}
}

/* Two items of any size fit at once; small ones, as many as 128 bytes hold. */
static void test_first(void **state)
{
	struct { char bytes[4096]; } *large = NULL;
	uint32_t *small = NULL;
	size_t larges = 0, smalls = 0;

	(void)state;
	assert_int_equal(array_room(large, 0, larges, "pages"), 0);
	assert_int_equal(larges, 2);
	assert_int_equal(array_room(small, 0, smalls, "numbers"), 0);
	assert_int_equal(smalls, 32);
	free(large);
	free(small);
}

/* An array of so many bytes that no size_t can say it */
/* Where it looks on, too much memory is to be refused as it is elsewhere. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

static void test_no_room(void **state)
{
	uint64_t item = 7, *list = &item;
	size_t allocated = SIZE_MAX / 8, before = allocated;
	struct capture c;

	(void)state;
	capture_start(&c);
	assert_int_equal(array_room(list, allocated, allocated, "items"), -1);
	assert_one_message(capture_end(&c), "too many bytes");
	assert_message_has(c.text, "out of memory: ");
	assert_ptr_equal(list, &item);
	assert_int_equal(allocated, before);

	allocated = SIZE_MAX / 2 + 1;
	capture_start(&c);
	assert_int_equal(array_room(list, allocated, allocated, "items"), -1);
	assert_one_message(capture_end(&c), "too many items");
	assert_int_equal(allocated, SIZE_MAX / 2 + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_are_found),
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
