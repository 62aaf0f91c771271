// SPDX-License-Identifier: GPL-2.0
/* What deflate_block() writes, as zlib reads it: the same data, within the bound. */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "reader-test.h"

#include "base/deflate.h"

#define BYTES_MAX	(256u << 10)

static uint8_t data[BYTES_MAX], back[BYTES_MAX];
static uint64_t random_state;

static unsigned int random_below(unsigned int n)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (random_state >> 33) % n;
}

/* Return how many bytes it took. */
static size_t assert_same(struct deflate *d, size_t nr)
{
	uint8_t *out = malloc(deflate_bound(nr));
	uLongf got = sizeof(back);
	size_t bytes;

	assert_non_null(out);
	bytes = deflate_block(d, data, nr, out);
	assert_in_range(bytes, 1, deflate_bound(nr));
	assert_int_equal(uncompress(back, &got, out, bytes), Z_OK);
	assert_int_equal(got, nr);
	assert_memory_equal(back, data, nr);
	free(out);
	return bytes;
}

static void test_any_data(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 8, 300, 4095, 5000, 65535, 65536, BYTES_MAX };
	static const unsigned int values[] = { 1, 2, 5, 256 };
	struct deflate *d = deflate_alloc();
	size_t i, j, k;

	(void)state;
	assert_non_null(d);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (j = 0; j < sizeof(values) / sizeof(values[0]); j++) {
			for (k = 0; k < sizes[i]; k++)
				data[k] = random_below(values[j]);
			assert_same(d, sizes[i]);
		}
	deflate_free(d);
}

/* The same bytes each time: nothing is left of what was before. */
static void test_blocks_do_not_matter(void **state)
{
	struct deflate *d = deflate_alloc();
	size_t i, first;

	(void)state;
	for (i = 0; i < BYTES_MAX; i++)
		data[i] = i % 100 < 90 ? i % 100 : random_below(256);
	first = assert_same(d, BYTES_MAX);
	assert_in_range(first, 1, BYTES_MAX / 3);
	assert_same(d, 5000);
	assert_int_equal(assert_same(d, BYTES_MAX), first);
	deflate_free(d);
	deflate_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_data),
		cmocka_unit_test(test_blocks_do_not_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
