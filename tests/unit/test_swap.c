// SPDX-License-Identifier: GPL-2.0
/* Sub-buffers of a big-endian kernel, byte by byte */
#include "reader-test.h"

#include "source/swap.h"

#define ID	0x0387u

static struct swaps *swaps;
static struct subbuf_format f64, f32;

static int setup(void **state)
{
	(void)state;
	swaps = swaps_alloc();
	if (!swaps || subbuf_format_init(&f64, 8, 8, 16, 112) ||
	    subbuf_format_init(&f32, 8, 4, 12, 116) ||
	    /* in any order; what overlaps, or is no integer, is left out */
	    swaps_add(swaps, 8, 8) || swaps_add(swaps, 4, 4) ||
	    swaps_add(swaps, 6, 4) || swaps_add(swaps, 16, 2) ||
	    swaps_add(swaps, 18, 3) || swaps_add(swaps, 0, 2) ||
	    swaps_add(swaps, 20, 4))
		return -1;
	swaps_finish_event(swaps, ID);
	/* The first one stays. */
	if (swaps_add(swaps, 4, 2))
		return -1;
	swaps_finish_event(swaps, ID);
	f64.swaps = swaps;
	f32.swaps = swaps;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	swaps_free(swaps);
	return 0;
}

/* A big-endian sub-buffer, as bytes; behind them are zeros. */
struct page {
	uint8_t bytes[128];
};

static void begin(struct subbuf *sb, const struct subbuf_format *f,
		  struct page *page)
{
	swap_subbuf(f, page->bytes, sizeof(page->bytes));
	assert_int_equal(subbuf_load(sb, f, page->bytes, sizeof(page->bytes)),
			 0);
}

/* Time stamp, commit, bit fields, fields of each size */
static void test_record(void **state)
{
	static const uint8_t event[24] = {
		3, 0x87, 7, 9, 0, 0, 0, 42, 1, 2, 3, 4, 5, 6, 7, 8,
		0xa, 0xb, 0x11, 0x12, 0xc0, 0xc1, 0xc2, 0xc3,
	};
	static const uint8_t turned[24] = {
		0x87, 3, 7, 9, 42, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1,
		0xb, 0xa, 0x11, 0x12, 0xc3, 0xc2, 0xc1, 0xc0,
	};
	struct page page = { {
		0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 28,
		/* type_len 6, time_delta 0x1234567 */
		6 << 3 | 1, 0x23, 0x45, 0x67,
	} };
	struct subbuf_record rec = { 0 };
	struct subbuf sb;

	(void)state;
	memcpy(page.bytes + 20, event, sizeof(event));
	begin(&sb, &f64, &page);
	assert_int_equal(sb.ts, 0x100000002);
	assert_int_equal(subbuf_next(&sb, &rec), 1);
	assert_int_equal(rec.ts, 0x100000002 + 0x1234567);
	assert_int_equal(rec.len, 24);
	assert_int_equal(subbuf_event_id(&rec), ID);
	assert_memory_equal(rec.data, turned, sizeof(turned));
	assert_int_equal(subbuf_next(&sb, &rec), 0);
}

/* 32 bits: time extend, absolute, discarded, a long record, padding */
static void test_specials(void **state)
{
	static const uint8_t page_bytes[] = {
		0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 52,
		30 << 3, 0, 0, 5, 0, 0, 0, 1,		/* + 2^27 + 5 */
		29 << 3, 0, 0, 2, 0, 0, 0, 8, 1, 2, 3, 4, /* discarded */
		0, 0, 0, 3, 0, 0, 0, 12, 3, 0x87, 0, 0, 0, 0, 0, 7,
		31 << 3, 0, 0, 9, 0, 0, 0, 2,		/* 2^28 + 9 */
		29 << 3, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, /* padding */
	};
	struct subbuf_record rec = { 0 };
	struct page page = { { 0 } };
	struct subbuf sb;

	(void)state;
	memcpy(page.bytes, page_bytes, sizeof(page_bytes));
	begin(&sb, &f32, &page);
	assert_int_equal(subbuf_next(&sb, &rec), 1);
	assert_int_equal(rec.ts, 100 + (1 << 27) + 5 + 2 + 3);
	assert_int_equal(rec.len, 8);
	assert_int_equal(subbuf_event_id(&rec), ID);
	assert_int_equal(rec.data[4], 7);
	assert_int_equal(subbuf_next(&sb, &rec), 0);
	assert_int_equal(sb.fault, SUBBUF_OK);
	assert_int_equal(sb.ts, (1 << 28) + 9);
}

/* The number of lost events is a long behind the data. */
static void test_lost(void **state)
{
	struct page page = { {
		0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xc0, 0, 0, 8,
		1 << 3, 0, 0, 0, 3, 0x87, 0, 0,
		0, 0, 0, 0, 0, 0, 1, 2,
	} }, page32 = { {
		0, 0, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 8,
		1 << 3, 0, 0, 0, 3, 0x87, 0, 0,
		0, 0, 1, 2,
	} };
	struct subbuf sb;

	(void)state;
	begin(&sb, &f64, &page);
	assert_int_equal(sb.lost, SUBBUF_LOST_KNOWN);
	assert_int_equal(sb.lost_events, 0x102);
	begin(&sb, &f32, &page32);
	assert_int_equal(sb.lost, SUBBUF_LOST_KNOWN);
	assert_int_equal(sb.lost_events, 0x102);
}

/* Any damage is found once more when it is read, with the same numbers. */
static void test_damage(void **state)
{
	static const struct {
		uint8_t commit, words[16];
		enum subbuf_fault fault;
		uint64_t found, allowed;
	} cases[] = {
		{ 8, { 2 << 3 }, SUBBUF_RECORD_END, 8, 4 },
		{ 4, { 30 << 3 }, SUBBUF_RECORD_HEADER, 4, 8 },
		{ 8, { 0, 0, 0, 0, 0, 0, 0, 4 }, SUBBUF_RECORD_LENGTH, 4, 8 },
		{ 8, { 0, 0, 0, 0, 0, 0, 0, 9 }, SUBBUF_RECORD_END, 9, 4 },
		{ 8, { 29 << 3, 0, 0, 1, 0, 0, 0, 3 }, SUBBUF_RECORD_LENGTH, 3,
		  4 },
	};
	struct subbuf_record rec = { 0 };
	struct subbuf sb;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct page page = { { [15] = cases[i].commit } };

		memcpy(page.bytes + 16, cases[i].words, 16);
		begin(&sb, &f64, &page);
		assert_int_equal(subbuf_next(&sb, &rec), -1);
		assert_int_equal(sb.fault, cases[i].fault);
		assert_int_equal(sb.found, cases[i].found);
		assert_int_equal(sb.allowed, cases[i].allowed);
	}
}

/* Fewer bytes than a sub-buffer, than its header, than commit */
static void test_short(void **state)
{
	struct page page = { { [15] = 200 } };
	struct subbuf sb;
	size_t len;

	(void)state;
	for (len = 0; len < sizeof(page.bytes); len++) {
		uint8_t *exact = malloc(len + 1), *data = exact + 1;

		assert_non_null(exact);
		memcpy(data, page.bytes, len);
		swap_subbuf(&f64, data, len);
		assert_int_equal(subbuf_load(&sb, &f64, data, len), -1);
		assert_int_equal(sb.fault, len < 16 ? SUBBUF_SHORT :
						      SUBBUF_COMMIT);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_record),
		cmocka_unit_test(test_specials),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_short),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
