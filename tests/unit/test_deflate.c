// SPDX-License-Identifier: GPL-2.0
/*
 * What deflate_zlib() writes, as zlib reads it: the same data, whatever it is and whatever
 * is said of its holes.  And how short what has templates becomes.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "reader-test.h"

#include "base/deflate.h"

#define BYTES_MAX	(256u << 10)
#define HOLES_MAX	(BYTES_MAX / 4)

static uint8_t data[BYTES_MAX], back[BYTES_MAX];
static struct deflate_hole holes[HOLES_MAX];
static uint64_t random_state;

static uint64_t random_below(uint64_t n)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (random_state >> 33) % n;
}

/* Return how many bytes it took. */
static size_t assert_same(size_t nr, size_t nr_holes)
{
	struct deflate *d = deflate_alloc();
	uint8_t *out = malloc(deflate_bound(nr));
	uLongf got = sizeof(back);
	size_t bytes;

	assert_non_null(d);
	assert_non_null(out);
	bytes = deflate_zlib(d, data, nr, holes, nr_holes, out);
	assert_in_range(bytes, 1, deflate_bound(nr));
	assert_int_equal(uncompress(back, &got, out, bytes), Z_OK);
	assert_int_equal(got, nr);
	assert_memory_equal(back, data, nr);
	/* The same once more: nothing is left of what was before. */
	memset(back, 0, nr);
	assert_int_equal(deflate_zlib(d, data, nr, holes, nr_holes, out), bytes);
	free(out);
	deflate_free(d);
	return bytes;
}

static void fill(size_t nr, unsigned int values)
{
	size_t i;

	for (i = 0; i < nr; i++)
		data[i] = random_below(values);
}

static size_t fill_holes(size_t nr, unsigned int step)
{
	size_t n = 0;
	uint64_t at = random_below(step), to;

	while (at < nr && n < HOLES_MAX) {
		to = at + random_below(4);
		to = to > nr ? nr : to;
		holes[n++] = (struct deflate_hole){ at, to };
		at = to + random_below(step);
	}
	return n;
}

static void test_any_data(void **state)
{
	static const size_t sizes[] = { 0, 1, 2, 3, 4, 7, 8, 9, 300, 5000, BYTES_MAX };
	static const unsigned int values[] = { 1, 2, 5, 256 };
	static const unsigned int steps[] = { 1, 2, 6, 20, 400 };
	size_t i, j, k;

	(void)state;
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		for (j = 0; j < sizeof(values) / sizeof(values[0]); j++)
			for (k = 0; k < sizeof(steps) / sizeof(steps[0]); k++) {
				fill(sizes[i], values[j]);
				assert_same(sizes[i], fill_holes(sizes[i], steps[k]));
				assert_same(sizes[i], 0);
			}
}

/* Frequencies as of Fibonacci, whose codes would be longer than they may be */
static void test_long_codes(void **state)
{
	size_t a = 1, b = 1, next, nr = 0, i;
	unsigned int symbol;

	(void)state;
	for (symbol = 0; nr + a <= BYTES_MAX; symbol++) {
		for (i = 0; i < a; i++)
			data[nr++] = symbol;
		next = a + b;
		a = b;
		b = next;
	}
	assert_in_range(symbol, 20, 255);
	assert_same(nr, 0);
}

/* Messages of one of four templates, each with a number of up to three bytes */
static size_t fill_messages(size_t *nr_holes)
{
	static const char *const templates[] = {
		"the first template", "another one", "short", "one that is longer than these",
	};
	const char *text;
	size_t nr = 0, n = 0, len;

	while (nr < BYTES_MAX - 64) {
		text = templates[random_below(4)];
		len = strlen(text);
		memcpy(data + nr, text, len);
		nr += len;
		holes[n].from = nr;
		for (len = random_below(4); len; len--)
			data[nr++] = random_below(256);
		holes[n++].to = nr;
	}
	*nr_holes = n;
	return nr;
}

/* Not longer than what zlib makes of it */
static void test_templates(void **state)
{
	uLongf fast = compressBound(BYTES_MAX);
	uint8_t *out = malloc(fast);
	size_t nr, nr_holes;

	(void)state;
	assert_non_null(out);
	nr = fill_messages(&nr_holes);
	assert_int_equal(compress2(out, &fast, data, nr, 1), Z_OK);
	assert_in_range(assert_same(nr, nr_holes), 1, fast);
	free(out);
}

/* What was there farther away than a distance can be is written anew. */
static void test_far(void **state)
{
	static const char text[] = "a piece that comes twice";
	size_t distance;

	(void)state;
	for (distance = 32768 - 2; distance <= 32768 + 2; distance++) {
		fill(BYTES_MAX, 256);
		memcpy(data + 100, text, sizeof(text));
		memcpy(data + 100 + distance, text, sizeof(text));
		holes[0] = (struct deflate_hole){ 98, 100 };
		holes[1] = (struct deflate_hole){ 100 + sizeof(text), 98 + distance };
		holes[2] = (struct deflate_hole){ 98 + distance, 100 + distance };
		holes[3] = (struct deflate_hole){ 100 + distance + sizeof(text),
						  BYTES_MAX };
		assert_same(BYTES_MAX, 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_data),
		cmocka_unit_test(test_long_codes),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
