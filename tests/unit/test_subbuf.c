// SPDX-License-Identifier: GPL-2.0
#include "reader-test.h"
#include "source/subbuf.h"
#include "source/source.h"

#define STAMP		1000000ull
#define EXTEND(d)	(30 | (uint32_t)((d) & 0x7ffffff) << 5), (uint32_t)((d) >> 27)
#define ABSOLUTE(t)	(31 | (uint32_t)((t) & 0x7ffffff) << 5), (uint32_t)((t) >> 27)
#define DATA(words, d)	((words) | (uint32_t)(d) << 5)
#define BIG(d)		((uint32_t)(d) << 5)
#define PADDING(d)	(29 | (uint32_t)(d) << 5)

#define NR(a)		(sizeof(a) / sizeof((a)[0]))

/* A kernel of 64 bits with pages of 256 bytes */
static const struct subbuf_format format64 = { 256, 8, 8, 16, 240, NULL };
static const struct subbuf_format format32 = { 256, 8, 4, 12, 244, NULL };

/*
 * A sub-buffer in a block of its own size, so that address checking sees any
 * access behind it.
 */
static uint8_t *make(const struct subbuf_format *f, uint64_t commit,
		     const uint32_t *words, size_t nr_words)
{
	uint8_t *data = malloc(f->subbuf_bytes);
	uint64_t stamp = htole64(STAMP);
	size_t i;

	assert_non_null(data);
	memset(data, 0, f->subbuf_bytes);
	memcpy(data, &stamp, 8);
	commit = htole64(commit);
	memcpy(data + f->commit_offset, &commit, f->long_bytes);
	for (i = 0; i < nr_words; i++) {
		uint32_t word = htole32(words[i]);

		memcpy(data + f->data_offset + 4 * i, &word, 4);
	}
	return data;
}

struct walk {
	unsigned int records;
	uint32_t len;		/* of the last */
	uint64_t ts;		/* of the last */
	uint64_t bytes;
	int ret;
};

static void walk(struct subbuf *sb, const uint8_t *data, size_t len,
		 struct walk *w)
{
	struct subbuf_record rec;
	unsigned int steps = 0;

	memset(w, 0, sizeof(*w));
	while ((w->ret = subbuf_next(sb, &rec)) > 0) {
		assert_true(rec.data > data);
		assert_true(rec.data + rec.len <= data + len);
		assert_true(rec.data + rec.len <= sb->end);
		assert_int_not_equal(rec.len, 0);
		assert_int_equal(rec.len % 4, 0);
		w->records++;
		w->len = rec.len;
		w->ts = rec.ts;
		w->bytes += rec.data[0] + rec.data[rec.len - 1];
		assert_true(++steps <= len / 4);
	}
	assert_true(sb->pos <= sb->end);
	/* Asked again, it says the same. */
	assert_int_equal(subbuf_next(sb, &rec), w->ret);
}

struct record_case {
	const char *name;
	uint32_t words[24];
	unsigned int nr_words;	/* commit is 4 times that */
	unsigned int records;
	uint32_t len;		/* of the last record */
	uint64_t ts;		/* of the last record */
	enum subbuf_fault fault;
	uint64_t found, allowed;
	size_t left;		/* bytes that were not handed out */
};

static const struct record_case record_cases[] = {
	{ "empty", { 0 }, 0, 0, 0, 0, SUBBUF_OK, 0, 0, 0 },
	{ "one word", { DATA(1, 5), 7 }, 2, 1, 4, STAMP + 5, SUBBUF_OK, 0, 0, 0 },
	{ "two records", { DATA(1, 5), 7, DATA(2, 6), 8, 9 }, 5, 2, 8,
	  STAMP + 11, SUBBUF_OK, 0, 0, 0 },
	{ "largest delta", { DATA(1, 0x7ffffff), 7 }, 2, 1, 4,
	  STAMP + 0x7ffffff, SUBBUF_OK, 0, 0, 0 },
	{ "time extend", { EXTEND(1ull << 40), DATA(1, 3), 7 }, 4, 1, 4,
	  STAMP + (1ull << 40) + 3, SUBBUF_OK, 0, 0, 0 },
	{ "largest time extend", { EXTEND((1ull << 59) - 1), DATA(1, 1), 7 }, 4,
	  1, 4, STAMP + (1ull << 59), SUBBUF_OK, 0, 0, 0 },
	{ "time extend at the end", { DATA(1, 3), 7, EXTEND(9) }, 4, 1, 4,
	  STAMP + 3, SUBBUF_OK, 0, 0, 0 },
	{ "absolute", { ABSOLUTE(77ull << 30), DATA(1, 3), 7 }, 4, 1, 4,
	  (77ull << 30) + 3, SUBBUF_OK, 0, 0, 0 },
	{ "absolute backwards", { DATA(1, 900), 7, ABSOLUTE(50), DATA(1, 3), 7 },
	  6, 2, 4, 53, SUBBUF_OK, 0, 0, 0 },
	{ "length in a word", { BIG(4), 8, 1 }, 3, 1, 4, STAMP + 4, SUBBUF_OK,
	  0, 0, 0 },
	{ "length is rounded up", { BIG(4), 9, 1, 2 }, 4, 1, 8, STAMP + 4,
	  SUBBUF_OK, 0, 0, 0 },
	{ "length to the end", { BIG(0), 20, 1, 2, 3, 4 }, 6, 1, 16, STAMP,
	  SUBBUF_OK, 0, 0, 0 },
	{ "padding to the end", { DATA(1, 5), 7, PADDING(0), 99, 99, 99 }, 6, 1,
	  4, STAMP + 5, SUBBUF_OK, 0, 0, 0 },
	{ "padding of one word", { DATA(1, 5), 7, PADDING(0) }, 3, 1, 4,
	  STAMP + 5, SUBBUF_OK, 0, 0, 0 },
	{ "discarded", { PADDING(2), 8, 99, DATA(1, 5), 7 }, 5, 1, 4, STAMP + 7,
	  SUBBUF_OK, 0, 0, 0 },
	{ "discarded without data", { PADDING(2), 4, DATA(1, 5), 7 }, 4, 1, 4,
	  STAMP + 7, SUBBUF_OK, 0, 0, 0 },
	{ "discarded at the end", { DATA(1, 5), 7, PADDING(2), 8, 1 }, 5, 1, 4,
	  STAMP + 5, SUBBUF_OK, 0, 0, 0 },

	{ "record past commit", { DATA(1, 5), 7, DATA(2, 6), 8 }, 4, 1, 4,
	  STAMP + 5, SUBBUF_RECORD_END, 8, 4, 8 },
	{ "header alone", { DATA(1, 5), 7, DATA(1, 6) }, 3, 1, 4, STAMP + 5,
	  SUBBUF_RECORD_END, 4, 0, 4 },
	{ "largest words past commit", { DATA(28, 6), 8, 9 }, 3, 0, 0, 0,
	  SUBBUF_RECORD_END, 112, 8, 12 },
	{ "length word missing", { BIG(1) }, 1, 0, 0, 0, SUBBUF_RECORD_HEADER,
	  4, 8, 4 },
	{ "extend word missing", { 30 | 5 << 5 }, 1, 0, 0, 0,
	  SUBBUF_RECORD_HEADER, 4, 8, 4 },
	{ "stamp word missing", { 31 | 5 << 5 }, 1, 0, 0, 0,
	  SUBBUF_RECORD_HEADER, 4, 8, 4 },
	{ "discarded word missing", { PADDING(1) }, 1, 0, 0, 0,
	  SUBBUF_RECORD_HEADER, 4, 8, 4 },
	{ "length 0", { BIG(1), 0, 0, 0 }, 4, 0, 0, 0, SUBBUF_RECORD_LENGTH,
	  0, 8, 16 },
	{ "length 3 wraps", { BIG(1), 3, 0, 0 }, 4, 0, 0, 0,
	  SUBBUF_RECORD_LENGTH, 3, 8, 16 },
	{ "length without data", { BIG(1), 4, 0, 0 }, 4, 0, 0, 0,
	  SUBBUF_RECORD_LENGTH, 4, 8, 16 },
	{ "length 7", { BIG(1), 7, 0, 0 }, 4, 0, 0, 0, SUBBUF_RECORD_LENGTH,
	  7, 8, 16 },
	{ "length 1 too many", { BIG(1), 13, 0, 0 }, 4, 0, 0, 0,
	  SUBBUF_RECORD_END, 13, 12, 16 },
	{ "length negative", { BIG(1), 0x80000000, 0, 0 }, 4, 0, 0, 0,
	  SUBBUF_RECORD_END, 0x80000000, 12, 16 },
	{ "length -1", { BIG(1), 0xffffffff, 0, 0 }, 4, 0, 0, 0,
	  SUBBUF_RECORD_END, 0xffffffff, 12, 16 },
	{ "length -4", { BIG(1), 0xfffffffc, 0, 0 }, 4, 0, 0, 0,
	  SUBBUF_RECORD_END, 0xfffffffc, 12, 16 },
	{ "discarded length 0", { PADDING(1), 0, 0, 0 }, 4, 0, 0, 0,
	  SUBBUF_RECORD_LENGTH, 0, 4, 16 },
	{ "discarded length -4", { PADDING(1), 0xfffffffc, 0, 0 }, 4, 0, 0, 0,
	  SUBBUF_RECORD_END, 0xfffffffc, 12, 16 },
	{ "discarded length -8", { PADDING(1), 0xfffffff8, 0, 0 }, 4, 0, 0, 0,
	  SUBBUF_RECORD_END, 0xfffffff8, 12, 16 },
	{ "fault after good records",
	  { DATA(1, 1), 7, DATA(1, 1), 7, BIG(1), 0, DATA(1, 1), 7 }, 8, 2, 4,
	  STAMP + 2, SUBBUF_RECORD_LENGTH, 0, 8, 16 },
};

static void test_records(void **state)
{
	const struct subbuf_format *formats[] = { &format64, &format32 };
	size_t i, k;

	(void)state;
	for (i = 0; i < 2 * NR(record_cases); i++) {
		const struct record_case *c = &record_cases[i / 2];
		const struct subbuf_format *f = formats[i % 2];
		uint8_t *data = make(f, 4 * c->nr_words, c->words, c->nr_words);
		struct subbuf sb;
		struct walk w;

		assert_int_equal(subbuf_load(&sb, f, data, f->subbuf_bytes), 0);
		assert_int_equal(sb.lost, SUBBUF_LOST_NONE);
		walk(&sb, data, f->subbuf_bytes, &w);
		assert_int_equal(w.ret, c->fault ? -1 : 0);
		assert_int_equal(w.records, c->records);
		assert_int_equal(w.len, c->len);
		if (c->records)
			assert_true(w.ts == c->ts);
		assert_int_equal(sb.fault, c->fault);
		assert_int_equal(sb.found, c->found);
		assert_int_equal(sb.allowed, c->allowed);
		assert_int_equal(subbuf_bytes_left(&sb), c->left);
		free(data);
	}
	for (k = 1; k <= 28; k++) {
		uint32_t words[29] = { DATA(k, k) };
		uint8_t *data = make(&format64, 4 + 4 * k, words, 29);
		struct subbuf sb;
		struct walk w;

		assert_int_equal(subbuf_load(&sb, &format64, data, 256), 0);
		walk(&sb, data, 256, &w);
		assert_int_equal(w.records, 1);
		assert_int_equal(w.len, 4 * k);
		free(data);
	}
}

static void test_content(void **state)
{
	const uint32_t words[] = { DATA(2, 5), 0x04030201, 0x08070605, BIG(1), 12,
				   0x14131211, 0x18171615 };
	uint8_t *data = make(&format64, 28, words, 7);
	struct subbuf_record rec;
	struct subbuf sb;

	(void)state;
	assert_int_equal(subbuf_load(&sb, &format64, data, 256), 0);
	assert_int_equal(sb.ts, STAMP);
	assert_int_equal(subbuf_next(&sb, &rec), 1);
	assert_ptr_equal(rec.data, data + 20);
	assert_memory_equal(rec.data, "\1\2\3\4\5\6\7\10", 8);
	assert_int_equal(subbuf_next(&sb, &rec), 1);
	assert_memory_equal(rec.data, "\21\22\23\24\25\26\27\30", 8);
	assert_int_equal(rec.ts, STAMP + 6);
	assert_int_equal(subbuf_next(&sb, &rec), 0);
	free(data);
}

/* The upper 5 bits of an absolute time stamp are not stored. */
static void test_absolute_msb(void **state)
{
	static const struct {
		uint64_t page, stored, expected;
	} cases[] = {
		{ 5, 9, 9 },
		{ 9, 5, 5 },
		{ 1ull << 59, 5, (1ull << 59) + 5 },
		{ (3ull << 59) + 100, 200, (3ull << 59) + 200 },
		/* what is below the page has passed the 59 bits once more */
		{ (3ull << 59) + 100, 50, (4ull << 59) + 50 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < NR(cases); i++) {
		const uint32_t words[] = { ABSOLUTE(cases[i].stored),
					   DATA(1, 0), 1 };
		uint8_t *data = make(&format64, 16, words, 4);
		uint64_t page = htole64(cases[i].page);
		struct subbuf_record rec;
		struct subbuf sb;

		memcpy(data, &page, 8);
		assert_int_equal(subbuf_load(&sb, &format64, data, 256), 0);
		assert_int_equal(subbuf_next(&sb, &rec), 1);
		assert_true(rec.ts == cases[i].expected);
		free(data);
	}
}

#define MISSED		(1ull << 31)
#define STORED		(1ull << 30)

static void test_lost(void **state)
{
	static const uint32_t words[] = { EXTEND(1ull << 30), DATA(1, 1), 1, 77,
					  0 };
	static const struct {
		const struct subbuf_format *f;
		uint64_t commit;
		enum subbuf_lost lost;
		uint64_t lost_events;
	} cases[] = {
		{ &format64, 16, SUBBUF_LOST_NONE, 0 },
		{ &format64, 16 | MISSED, SUBBUF_LOST_UNKNOWN, 0 },
		{ &format64, 16 | MISSED | STORED, SUBBUF_LOST_KNOWN, 77 },
		/* stored without missed says nothing */
		{ &format64, 16 | STORED, SUBBUF_LOST_NONE, 0 },
		/* flags added to the 64 bits as a negative int */
		{ &format64, 0xffffffff00000000 | 16 | MISSED | STORED,
		  SUBBUF_LOST_KNOWN, 77 },
		{ &format32, 16 | MISSED | STORED, SUBBUF_LOST_KNOWN, 77 },
		{ &format32, 16 | MISSED, SUBBUF_LOST_UNKNOWN, 0 },
		/* no room for the number: the flag lies */
		{ &format64, 240 | MISSED | STORED, SUBBUF_LOST_UNKNOWN, 0 },
		{ &format64, 236 | MISSED | STORED, SUBBUF_LOST_UNKNOWN, 0 },
		{ &format64, 232 | MISSED | STORED, SUBBUF_LOST_KNOWN, 0 },
		{ &format32, 240 | MISSED | STORED, SUBBUF_LOST_KNOWN, 0 },
		{ &format32, 244 | MISSED | STORED, SUBBUF_LOST_UNKNOWN, 0 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < NR(cases); i++) {
		uint8_t *data = make(cases[i].f, cases[i].commit, words, 5);
		struct subbuf sb;

		assert_int_equal(subbuf_load(&sb, cases[i].f, data, 256), 0);
		assert_int_equal(sb.lost, cases[i].lost);
		assert_int_equal(sb.lost_events, cases[i].lost_events);
		/* What follows is another sub-buffer, and says nothing here. */
		data = realloc(data, 512);
		assert_non_null(data);
		memset(data + 256, 0xff, 256);
		assert_int_equal(subbuf_load(&sb, cases[i].f, data, 512), 0);
		assert_int_equal(sb.lost, cases[i].lost);
		assert_int_equal(sb.lost_events, cases[i].lost_events);
		free(data);
	}
}

static void test_load_faults(void **state)
{
	static const struct {
		uint64_t commit;
		size_t len;
		enum subbuf_fault fault;
		uint64_t found, allowed;
	} cases[] = {
		{ 240, 256, SUBBUF_OK, 0, 0 },
		{ 244, 256, SUBBUF_COMMIT, 244, 240 },
		{ 0x3fffffff, 256, SUBBUF_COMMIT, 0x3fffffff, 240 },
		{ 0x3ffffffc | MISSED, 256, SUBBUF_COMMIT, 0x3ffffffc, 240 },
		{ 6, 256, SUBBUF_COMMIT_ALIGN, 6, 4 },
		{ 0, 16, SUBBUF_OK, 0, 0 },
		{ 0, 15, SUBBUF_SHORT, 15, 16 },
		{ 0, 0, SUBBUF_SHORT, 0, 16 },
		{ 40, 56, SUBBUF_OK, 0, 0 },
		{ 40, 55, SUBBUF_SHORT, 55, 56 },
		/* the lost number is behind the end of a cut file */
		{ 40 | MISSED | STORED, 63, SUBBUF_OK, 0, 0 },
	};
	const uint32_t words[60] = { PADDING(0) };
	struct subbuf_record rec;
	struct subbuf sb;
	size_t i;

	(void)state;
	for (i = 0; i < NR(cases); i++) {
		uint8_t *whole = make(&format64, cases[i].commit, words, 60);
		uint8_t *data = malloc(cases[i].len ? cases[i].len : 1);

		assert_non_null(data);
		memcpy(data, whole, cases[i].len);
		free(whole);
		assert_int_equal(subbuf_load(&sb, &format64, data, cases[i].len),
				 cases[i].fault ? -1 : 0);
		assert_int_equal(sb.fault, cases[i].fault);
		assert_int_equal(sb.found, cases[i].found);
		assert_int_equal(sb.allowed, cases[i].allowed);
		if (cases[i].fault) {
			assert_int_equal(subbuf_next(&sb, &rec), 0);
			assert_int_equal(subbuf_bytes_left(&sb), 0);
		}
		free(data);
	}
	assert_int_equal(sb.lost, SUBBUF_LOST_UNKNOWN);
}

static void test_format_init(void **state)
{
	static const struct {
		uint32_t commit_offset, commit_bytes, data_offset, data_bytes;
		int ret;
	} cases[] = {
		{ 8, 8, 16, 4080, 0 },
		{ 8, 4, 12, 4084, 0 },
		{ 8, 8, 16, 65520, 0 },
		{ 8, 8, 16, 12272, 0 },		/* 3 pages */
		{ 8, 8, 16, SOURCE_SUBBUF_MAX - 16, 0 },
		{ 8, 8, 16, SOURCE_SUBBUF_MAX - 15, -1 },
		{ 8, 8, 16, UINT32_MAX, -1 },
		{ 8, 8, UINT32_MAX - 3, 4080, -1 },
		{ 8, 2, 16, 4080, -1 },
		{ 8, 0, 16, 4080, -1 },
		{ 8, 8, 14, 4080, -1 },
		{ 8, 4, 13, 4080, -1 },
		{ 0, 8, 16, 4080, -1 },
		{ 12, 8, 16, 4080, -1 },
		{ UINT32_MAX, 8, 16, 4080, -1 },
		{ 8, 8, 0, 4080, -1 },
		{ 8, 8, 16, 0, -1 },
	};
	struct subbuf_format f;
	struct capture c;
	size_t i;

	(void)state;
	for (i = 0; i < NR(cases); i++) {
		int ret;

		capture_start(&c);
		ret = subbuf_format_init(&f, cases[i].commit_offset,
					 cases[i].commit_bytes,
					 cases[i].data_offset,
					 cases[i].data_bytes);
		capture_end(&c);
		assert_int_equal(ret, cases[i].ret);
		if (ret < 0)
			assert_one_message(c.text, "subbuf_format_init");
		else
			assert_int_equal(f.subbuf_bytes, f.data_offset +
							 f.capacity);
	}
}

static void test_messages(void **state)
{
	static const struct {
		enum subbuf_fault fault;
		const char *text;
	} cases[] = {
		{ SUBBUF_SHORT, "100000 bytes are left of 4080" },
		{ SUBBUF_COMMIT, "commit 100000 exceeds 4080" },
		{ SUBBUF_COMMIT_ALIGN, "commit 100000 is not a multiple of 4080" },
		{ SUBBUF_RECORD_HEADER, "record header: 100000 bytes are left of 4080" },
		{ SUBBUF_RECORD_LENGTH, "record length 100000 is below 4080" },
		{ SUBBUF_RECORD_END, "record length 100000 exceeds the 4080 bytes that remain" },
	};
	struct subbuf sb = { .found = 100000, .allowed = 4080 };
	char expected[256];
	struct capture c;
	size_t i;
	int ret;

	(void)state;
	for (i = 0; i < NR(cases); i++) {
		sb.fault = cases[i].fault;
		snprintf(expected, sizeof(expected),
			 "analyzer: bad sub-buffer: trace.dat: cpu 3 at 0x4f20: %s\n",
			 cases[i].text);
		capture_start(&c);
		ret = subbuf_error(&sb, "trace.dat", 3, 0x4f20);
		capture_end(&c);
		assert_int_equal(ret, -1);
		assert_string_equal(c.text, expected);
	}
}

/* Whatever the bytes are: it ends, and stays within them. */
static void test_random(void **state)
{
	uint64_t seed = 20240601, r;
	uint32_t words[60];
	unsigned int i, k, good = 0, bad = 0;

	(void)state;
	for (i = 0; i < 300000; i++) {
		struct subbuf sb;
		struct walk w;
		uint8_t *data;
		size_t len;

		for (k = 0; k < 60; k++) {
			r = next_random(&seed);
			words[k] = r;
			/* Mostly short records, and short lengths. */
			if (r >> 62)
				words[k] = (r & 0xffff) << 5 | (r >> 32) % 6;
			if (r >> 60 == 1)
				words[k] = r % 64;
			if (r >> 60 == 2)
				words[k] = 29 + r % 3;
		}
		r = next_random(&seed);
		data = make(&format64, r % 61 * 4 | (r >> 32) % 4 << 30, words, 60);
		len = r >> 60 ? 256 : r % 257;
		data = realloc(data, len ? len : 1);
		if (subbuf_load(&sb, &format64, data, len) < 0) {
			assert_int_equal(sb.fault, SUBBUF_SHORT);
			free(data);
			continue;
		}
		walk(&sb, data, len, &w);
		good += w.ret == 0;
		bad += w.ret < 0;
		free(data);
	}
	assert_true(good > 1000);
	assert_true(bad > 1000);
}

/* Samples of perf: u32 type, u16 misc, u16 size, time at 8, an event from 20 on */
static const struct source_samples samples = { .time = 8, .data = 20 };

static void put_sample(uint8_t *p, uint16_t size, uint64_t time, uint8_t id)
{
	memset(p, 0, size);
	p[0] = 9;
	memcpy(p + SOURCE_SAMPLE_SIZE, &size, sizeof(size));
	memcpy(p + samples.time, &time, sizeof(time));
	p[samples.data] = id;
}

static void test_samples(void **state)
{
	static const struct {
		uint16_t size;		/* of the second one, as it says */
		size_t len;		/* of all; the first one has 40 */
		int ret;
		enum subbuf_fault fault;
	} cases[] = {
		{ 32, 72, 1, SUBBUF_OK },
		{ 28, 68, 1, SUBBUF_OK },
		{ 27, 68, -1, SUBBUF_RECORD_LENGTH },
		{ 0, 72, -1, SUBBUF_RECORD_LENGTH },
		{ 33, 72, -1, SUBBUF_RECORD_END },
		{ 0xffff, 72, -1, SUBBUF_RECORD_END },
		{ 32, 67, -1, SUBBUF_RECORD_HEADER },
		{ 32, 41, -1, SUBBUF_RECORD_HEADER },
		{ 32, 40, 0, SUBBUF_OK },
	};
	struct subbuf_record rec;
	uint8_t *data, all[128];
	struct subbuf sb;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		put_sample(all, 40, 1000, 7);
		put_sample(all + 40, 32, 900, 8);
		memcpy(all + 40 + SOURCE_SAMPLE_SIZE, &cases[i].size, 2);
		/* So that sanitizers see what is read behind it */
		data = malloc(cases[i].len);
		assert_non_null(data);
		memcpy(data, all, cases[i].len);
		subbuf_load_samples(&sb, &samples, data, cases[i].len);
		assert_int_equal(sb.ts, 1000);
		assert_int_equal(subbuf_next_any(&sb, &rec), 1);
		assert_int_equal(rec.ts, 1000);
		assert_int_equal(rec.len, 20);
		assert_int_equal(subbuf_event_id(&rec), 7);
		assert_int_equal(subbuf_next_any(&sb, &rec), cases[i].ret);
		assert_int_equal(sb.fault, cases[i].fault);
		if (cases[i].ret == 1) {
			assert_int_equal(rec.ts, 900);
			assert_int_equal(rec.len, cases[i].size - 20);
			assert_int_equal(subbuf_event_id(&rec), 8);
			assert_int_equal(subbuf_next_any(&sb, &rec), 0);
		}
		free(data);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_absolute_msb),
		cmocka_unit_test(test_lost),
		cmocka_unit_test(test_load_faults),
		cmocka_unit_test(test_format_init),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_samples),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
