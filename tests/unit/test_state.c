// SPDX-License-Identifier: GPL-2.0
/*
 * States: sums of more than 64 bits, what is refused, and numbers of any length.
 * tests/state.bats has recordings, fuzz/state.c any bytes.
 */
#include "reader-test.h"

#include <zlib.h>

#include "base/varint.h"
#include "event/machine-x86.h"
#include "output/writer.h"
#include "result/columns.h"
#include "result/state.h"

/* The shortest form, and nothing else */
static void test_varint(void **state)
{
	const unsigned __int128 numbers[] = {
		0, 1, 127, 128, 16383, 16384, UINT64_MAX,
		(unsigned __int128)UINT64_MAX + 1, ~(unsigned __int128)0,
	};
	const struct {
		uint8_t bytes[20];
		size_t len;
	} wrong[] = {
		{ { 0 }, 0 }, { { 0x80 }, 1 }, { { 0x80, 0 }, 2 },
		{ { 0xff, 0x80, 0 }, 3 },
	};
	uint8_t bytes[VARINT_MAX + 1];
	unsigned __int128 v;
	const uint8_t *pos;
	size_t len, i;

	(void)state;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		len = varint_put(bytes, numbers[i]);
		assert_true(len <= VARINT_MAX);
		pos = bytes;
		assert_true(varint_get(&pos, bytes + len, &v));
		assert_true(v == numbers[i] && pos == bytes + len);
		pos = bytes;
		assert_false(varint_get(&pos, bytes + len - 1, &v));
		assert_ptr_equal(pos, bytes);
	}
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		pos = wrong[i].bytes;
		assert_false(varint_get(&pos, pos + wrong[i].len, &v));
	}
	/* 2^128, and what goes on behind 128 bits */
	memset(bytes, 0x80, sizeof(bytes));
	bytes[18] = 4;
	pos = bytes;
	assert_false(varint_get(&pos, bytes + 19, &v));
	bytes[18] = 0x83;
	bytes[19] = 1;
	assert_false(varint_get(&pos, bytes + 20, &v));
}

static void test_squares(void **state)
{
	const struct sumsq q = { .low = 3 * 3 + 5 * 5 };
	struct sumsq high = { .low = 0, .high = 0 };
	unsigned int i;

	(void)state;
	assert_true(sumsq_possible(&q, 2, 8, 5));
	/* Two that add up to 9 have 40.5 at the least. */
	assert_false(sumsq_possible(&q, 2, 9, 5));
	/* Two of at most 4 have no more than 32. */
	assert_false(sumsq_possible(&q, 2, 8, 4));
	for (i = 0; i < 5; i++)
		sumsq_add(&high, UINT64_MAX);
	assert_true(sumsq_possible(&high, 5, (u128)UINT64_MAX * 5, UINT64_MAX));
	assert_false(sumsq_possible(&high, 4, (u128)UINT64_MAX * 4, UINT64_MAX));
	high.high++;
	assert_false(sumsq_possible(&high, 5, (u128)UINT64_MAX * 5, UINT64_MAX));
}

/* @exits of @cycles each, of one reason and vCPU, in a recording at @first_ts */
static void add_part(struct state *s, uint64_t first_ts, unsigned int exits,
		     uint64_t cycles, unsigned int by)
{
	const struct view_options opt = { .by = by };
	const struct recording info = { .path = "trace.dat", .nr_cpus = 1 };
	const struct stats_sample sample = { .cycles = cycles, .user = UINT64_MAX,
					     .halted = 2, .off_cpu = 1 };
	const struct group_key key = { .vm = by & BY_VM ? 7 : 0, .isa = ISA_SVM,
				       .code = 0x78 };
	struct reasons reasons;
	struct view v;
	struct group *g;
	unsigned int i;

	reasons_init(&reasons);
	assert_int_equal(reasons_add(&reasons, ISA_SVM, 0x78, "hlt"), 0);
	assert_int_equal(reasons_finish(&reasons), 0);
	assert_int_equal(view_init(&v, &opt, &info, &reasons), 0);
	reasons_release(&reasons);
	v.by = by;
	v.unit = "cycles";
	v.stamped = v.patched = v.complete = true;
	v.first_ts = first_ts;
	v.exits = exits;
	g = groups_get(&v.groups, &key);
	assert_non_null(g);
	for (i = 0; i < exits; i++)
		assert_int_equal(group_add(g, &sample), 0);
	assert_int_equal(state_add(s, &v), 0);
}

static uint8_t *save(const struct state *s, size_t *len)
{
	char *data;
	FILE *f = open_memstream(&data, len);

	assert_non_null(f);
	assert_int_equal(state_save(s, f), 0);
	fclose(f);
	return (uint8_t *)data;
}

static void write_file(const char *path, const uint8_t *data, size_t len)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

/* Sums that exceed 64 bits are the same when they were saved, and then merged. */
static void test_wide_sums(void **state)
{
	const struct view_options opt = { .by = BY_REASON };
	const char *path = test_path("wide.state");
	struct state s = { .parts = NULL }, loaded = { .parts = NULL };
	const struct group *g;
	struct view v;
	uint8_t *data;
	size_t len;

	(void)state;
	add_part(&s, 1, 5, UINT64_MAX, BY_REASON);
	add_part(&s, 2, 3, UINT64_MAX - 1, BY_REASON | BY_VM);
	data = save(&s, &len);
	write_file(path, data, len);
	free(data);
	state_release(&s);
	assert_int_equal(state_load(&loaded, path), 0);
	assert_int_equal(state_view(&loaded, &opt, &v), 0);
	assert_int_equal(v.groups.nr, 1);
	g = &v.groups.list[0];
	assert_int_equal(g->cell.exits, 8);
	assert_true(g->cell.cycles == (u128)UINT64_MAX * 8 - 3);
	assert_true(g->cell.user == (u128)UINT64_MAX * 8);
	assert_true(g->cell.min == UINT64_MAX - 1 && g->cell.max == UINT64_MAX);
	assert_true(group_percentile(g, 500) == UINT64_MAX);
	assert_int_equal(view_finish(&v), 0);
	view_release(&v);
	state_release(&loaded);
}

/* In whatever order parts were added */
static void test_order(void **state)
{
	struct state a = { .parts = NULL }, b = { .parts = NULL };
	uint8_t *first, *second;
	size_t first_len, second_len;

	(void)state;
	add_part(&a, 1, 5, 100, BY_REASON);
	add_part(&a, 2, 6, 200, BY_REASON);
	add_part(&b, 2, 6, 200, BY_REASON);
	add_part(&b, 1, 5, 100, BY_REASON);
	first = save(&a, &first_len);
	second = save(&b, &second_len);
	assert_int_equal(first_len, second_len);
	assert_memory_equal(first, second, first_len);
	free(first);
	free(second);
	state_release(&a);
	state_release(&b);
}

static int load_bytes(const uint8_t *data, size_t len, struct capture *c)
{
	const char *path = test_path("bad.state");
	struct state s = { .parts = NULL };
	int ret;

	write_file(path, data, len);
	capture_start(c);
	ret = state_load(&s, path);
	capture_end(c);
	state_release(&s);
	return ret;
}

/* The last bytes are max - min, cycles, squares, high, buckets: 1, which, exits. */
static void test_refused(void **state)
{
	static const struct {
		unsigned int from_end;
		uint8_t was, is;
		const char *text;
	} cases[] = {
		{ 1, 2, 1, "buckets: 1 exits are in none" },
		{ 1, 2, 3, "exits of a bucket: 3 exceeds 2" },
		{ 1, 2, 0, "exits of a bucket: 0" },
		{ 2, 5, 6, "bucket: the first one is not that of the minimum" },
		{ 3, 1, 0, "buckets: 2 exits are in none" },
		{ 4, 0, 1, "squares: not of exits that have this sum and maximum" },
		{ 5, 50, 49, "squares: not of exits" },
		{ 5, 50, 51, "squares: not of exits" },
		{ 6, 10, 11, "cycles: 11 exceeds 10" },
		{ 6, 10, 9, "cycles: less than as often the minimum" },
		{ 7, 0, 1, "bucket: the last one is not that of the maximum" },
		{ 8, 5, 6, "cycles: less than as often the minimum" },
	};
	struct state s = { .parts = NULL };
	struct capture c;
	uint8_t *data, *bytes;
	size_t len, i;

	(void)state;
	add_part(&s, 1, 2, 5, BY_REASON);
	data = save(&s, &len);
	assert_int_equal(load_bytes(data, len, &c), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bytes = malloc(len);
		memcpy(bytes, data, len);
		assert_int_equal(bytes[len - cases[i].from_end], cases[i].was);
		bytes[len - cases[i].from_end] = cases[i].is;
		*(uint32_t *)(bytes + 24) = crc32_z(0, bytes + 28, len - 28);
		assert_int_equal(load_bytes(bytes, len, &c), -1);
		free(bytes);
		assert_one_message(c.text, cases[i].text);
		assert_message_has(c.text, cases[i].text);
	}
	free(data);
	state_release(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_varint),
		cmocka_unit_test(test_squares),
		cmocka_unit_test(test_wide_sums),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
