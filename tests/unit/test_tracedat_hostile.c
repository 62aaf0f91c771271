// SPDX-License-Identifier: GPL-2.0
/*
 * Files that lie: one clear message and a failure, or what can still be read;
 * never a crash, never an endless loop.
 */
#include <endian.h>
#include <errno.h>
#include <sys/stat.h>

#include "reader-probe.h"

/* One number of the file replaced, and what is said about it */
struct patch_case {
	const char *name;
	unsigned int kind;	/* of kinds */
	enum { AT_FILE, AT_OPTIONS, AT_HEADER_INFO, AT_FTRACE, AT_EVENTS,
	       AT_BUFFER, AT_TABLE, AT_DATA } base;
	int64_t offset;
	unsigned int bytes;
	uint64_t value;
	const char *message;	/* NULL: no failure */
};

static const struct patch_case patch_cases[] = {
	{ "byte order", 1, AT_FILE, 12, 1, 2, "bad byte order: " },
	{ "version 8", 1, AT_FILE, 10, 1, '8',
	  "unknown file version: PATH: \"8\", expected 6 or 7" },
	{ "version without end", 1, AT_FILE, 11, 1, '7', "unknown file version" },
	{ "long size", 1, AT_FILE, 13, 1, 16, "bad long size: PATH: 16, expected 4 or 8" },
	{ "page size 0", 1, AT_FILE, 14, 4, 0, "bad page size: PATH: 0, " },
	{ "page size huge", 0, AT_FILE, 14, 4, 0x80000000, "bad page size: PATH: 2147483648, " },
	{ "compression", 2, AT_FILE, 18, 1, 'l',
	  "unknown compression: PATH: \"lstd\" version \"1.0\", expected none, zstd or zlib" },
	{ "no compression", 1, AT_FILE, 18, 1, 1, "unknown compression: PATH: \"\\x01one\"" },
	{ "no options", 1, AT_FILE, 27, 8, 0, "no OPTIONS section" },
	{ "options behind the end", 1, AT_FILE, 27, 8, 1 << 30,
	  "truncated: PATH: OPTIONS at 0x40000000: the file ends at 0x" },
	{ "options at 2^64 - 1", 1, AT_FILE, 27, 8, UINT64_MAX, "truncated: PATH: OPTIONS" },
	{ "options at 2^64 - 8", 1, AT_FILE, 27, 8, UINT64_MAX - 7, "truncated: PATH: OPTIONS" },
	{ "options elsewhere", 1, AT_FILE, 27, 8, 0, "no OPTIONS section" },
	{ "options id", 1, AT_OPTIONS, 0, 2, 3, "bad section: PATH: OPTIONS at 0x" },
	{ "options size", 1, AT_OPTIONS, 8, 8, UINT64_MAX, "truncated: PATH: OPTIONS" },
	{ "options size 0", 1, AT_OPTIONS, 8, 8, 0, "truncated: PATH: OPTIONS" },
	{ "option size", 1, AT_OPTIONS, 18, 4, 0x7fffffff, "needs 2147483647 bytes" },
	{ "option size -1", 1, AT_OPTIONS, 18, 4, 0xffffffff, "needs 4294967295 bytes" },
	{ "options flag", 1, AT_OPTIONS, 2, 2, 1, "bad section: PATH: OPTIONS" },
	{ "header_page name", 1, AT_HEADER_INFO, 16, 1, 'H', "no \"header_page\"" },
	{ "header_page size", 1, AT_HEADER_INFO, 28, 8, 1ull << 63, "truncated: PATH: HEADER INFO" },
	{ "header_page size -1", 1, AT_HEADER_INFO, 28, 8, UINT64_MAX, "truncated: PATH: HEADER INFO" },
	{ "header_page size 0", 1, AT_HEADER_INFO, 28, 8, 0, "no \"header_event\"" },
	{ "header id", 1, AT_HEADER_INFO, 0, 2, 17,
	  "bad section: PATH: HEADER INFO at 0x" },
	{ "ftrace count", 1, AT_FTRACE, 16, 4, 0xffffffff, "truncated: PATH: FTRACE EVENT FORMATS" },
	{ "ftrace size", 1, AT_FTRACE, 20, 8, UINT64_MAX - 3, "truncated: PATH: FTRACE EVENT FORMATS" },
	{ "ftrace count 0", 1, AT_FTRACE, 16, 4, 0, NULL },
	{ "systems", 1, AT_EVENTS, 16, 4, 0xffffffff, "PATH: EVENT FORMATS" },
	{ "systems 0", 1, AT_EVENTS, 16, 4, 0, NULL },
	{ "events", 1, AT_EVENTS, 24, 4, 0xfffffff0, "PATH: EVENT FORMATS" },
	{ "event size", 1, AT_EVENTS, 28, 8, 1ull << 40, "truncated: PATH: EVENT FORMATS" },
	{ "event size -8", 1, AT_EVENTS, 28, 8, (uint64_t)-8, "truncated: PATH: EVENT FORMATS" },
	{ "buffer id", 1, AT_BUFFER, 0, 2, 22, "bad section: PATH: BUFFER FLYRECORD" },
	{ "buffer flag", 1, AT_BUFFER, 2, 2, 1, "compressed, but the file header names no compression" },
	{ "cpu count", 1, AT_TABLE, -4, 4, 0xffffffff, "bad BUFFER option: PATH" },
	{ "cpu count 65537", 1, AT_TABLE, -4, 4, 65537, "at most 65536" },
	{ "cpu count 2 of 1", 1, AT_TABLE, -4, 4, 2, "2 CPUs, at most 65536 are allowed, 1 fit" },
	{ "cpu count 0", 1, AT_TABLE, -4, 4, 0, NULL },
	{ "buffer page size", 1, AT_TABLE, -8, 4, 0, "bad BUFFER option: PATH: page size 0" },
	{ "clock without end", 1, AT_TABLE, -9, 1, 'x', "bad BUFFER option" },
	{ "cpu offset and size", 1, AT_TABLE, 4, 8, UINT64_MAX, "exceed 64 bits" },
	{ "compressed section size", 2, AT_HEADER_INFO, 16, 4, 0xffffffff, "bad section: PATH: HEADER INFO" },
	{ "compressed section lies", 2, AT_HEADER_INFO, 20, 4, 2000, "holds fewer bytes than it says" },
	{ "compressed section huge", 2, AT_EVENTS, 20, 4, 0xf0000000, ": 4026531840 bytes, after " },
	{ "compressed section small", 2, AT_HEADER_INFO, 20, 4, 100, "cannot decompress: PATH: HEADER INFO" },
	{ "zlib section lies", 3, AT_HEADER_INFO, 20, 4, 2000, "holds fewer bytes than it says" },
	{ "zlib section small", 3, AT_HEADER_INFO, 20, 4, 100, "holds more bytes than it says" },
	{ "zlib section data", 3, AT_HEADER_INFO, 24, 2, 0xffff, "corrupt data" },
	{ "chunk count 0", 2, AT_DATA, 0, 4, 0, "bad chunks: PATH: cpu 0 at 0x" },
	{ "chunk count 2", 2, AT_DATA, 0, 4, 2, "bad chunk: PATH: cpu 0 at 0x" },
	{ "chunk count -1", 2, AT_DATA, 0, 4, 0xffffffff, "bad chunk: PATH: cpu 0 at 0x" },
	{ "chunk packed size", 2, AT_DATA, 4, 4, 0xffffffff, "bad chunk: PATH: cpu 0 at 0x" },
	{ "chunk packed size + 1000", 2, AT_DATA, 4, 4, 1000, "bad chunk: PATH: cpu 0 at 0x" },
	{ "chunk size 0", 2, AT_DATA, 8, 4, 0, "uncompressed size 0, expected 1 to" },
	{ "chunk size -1", 2, AT_DATA, 8, 4, 0xffffffff, "uncompressed size 4294967295, expected 1 to" },
	{ "chunk size lies", 2, AT_DATA, 8, 4, 4096, "holds fewer bytes than it says" },
	{ "chunk size too small", 2, AT_DATA, 8, 4, 1024, "Destination buffer is too small" },
	{ "zlib chunk size lies", 3, AT_DATA, 8, 4, 4096, "holds fewer bytes than it says" },
	{ "zlib chunk too small", 3, AT_DATA, 8, 4, 1024, "holds more bytes than it says" },
	{ "v6 cpu offset", 0, AT_TABLE, 0, 8, UINT64_MAX, "exceed 64 bits" },
	{ "v6 flyrecord", 0, AT_TABLE, -10, 1, 'F', "expected options, latency or flyrecord" },
	{ "v6 end of options", 0, AT_TABLE, -12, 2, 99, "truncated" },
};

static uint64_t patch_base(const struct mktrace_layout *l, int base)
{
	const uint64_t bases[] = {
		[AT_FILE] = 0,
		[AT_OPTIONS] = l->first_options,
		[AT_HEADER_INFO] = l->header_info,
		[AT_FTRACE] = l->ftrace_events,
		[AT_EVENTS] = l->event_formats,
		[AT_BUFFER] = l->buffer,
		[AT_TABLE] = l->cpu_table,
		[AT_DATA] = l->cpu_offset,
	};

	return bases[base];
}

static void patch_file(const char *path, uint64_t at, uint64_t value,
		       unsigned int bytes)
{
	FILE *f = fopen(path, "r+");

	assert_non_null(f);
	value = htole64(value);
	assert_int_equal(pwrite(fileno(f), &value, bytes, at), bytes);
	fclose(f);
}

/* Replace PATH in an expected message. */
static void expect(const struct probe *p, const char *name, const char *message,
		   const char *path)
{
	const char *hole = strstr(message, "PATH");
	char text[512];

	snprintf(text, sizeof(text), "%.*s%s%s",
		 (int)(hole ? hole - message : 0), message, hole ? path : "",
		 hole ? hole + 4 : message);
	if (p->wrong && strstr(p->wrong, text))
		return;
	if (!strstr(p->capture.text, text))
		fail_msg("%s: expected \"%s\" in \"%s\"", name, text,
			 p->capture.text);
}

static void test_patched(void **state)
{
	struct mktrace_layout layout;
	struct probe p;
	size_t i;

	(void)state;
	for (i = 0; i < NR(patch_cases); i++) {
		const struct patch_case *c = &patch_cases[i];
		struct mktrace_config config = kinds[c->kind];
		const char *path = test_path("patched.dat");

		config.cpus = 1;
		small_file(&config, path, &layout);
		patch_file(path, patch_base(&layout, c->base) + c->offset,
			   c->value, c->bytes);
		probe(&p, path);
		if (c->message)
			expect(&p, c->name, c->message, path);
		else if (!p.read)
			fail_msg("%s: %s", c->name, p.capture.text);
	}
}

/* A range behind the end, or partly: missing, not an error */
static void test_missing(void **state)
{
	struct mktrace_config config = kinds[1];
	const char *path = test_path("missing.dat");
	struct mktrace_layout layout;
	struct probe p;

	(void)state;
	config.cpus = 1;
	small_file(&config, path, &layout);
	patch_file(path, layout.cpu_table + 12, layout.file_bytes, 8);
	probe(&p, path);
	assert_true(p.read);
	assert_int_equal(p.missing, layout.cpu_offset);

	patch_file(path, layout.cpu_table + 4, 1ull << 62, 8);
	probe(&p, path);
	assert_true(p.read);
	assert_int_equal(p.missing, layout.file_bytes);
	assert_int_equal(p.sub_buffers, 0);
}

/* Compressed data, cut: the chunks that are there are read. */
static void test_missing_chunks(void **state)
{
	size_t i, k, len;
	struct probe p;

	(void)state;
	for (i = 2; i < 4; i++) {
		struct mktrace_config config = kinds[i];
		const char *path = test_path("chunks.dat");
		struct mktrace_layout layout;
		uint8_t *data;
		FILE *f;

		config.cpus = 1;
		config.chunk_bytes = 1024;
		small_file(&config, path, &layout);
		probe(&p, path);
		assert_int_equal(p.sub_buffers, 2);
		/* Have the data at the end once more, to be cut there. */
		data = read_whole(path, &len);
		f = fopen(path, "a");
		assert_non_null(f);
		fwrite(data + layout.cpu_offset, 1, layout.cpu_size, f);
		fclose(f);
		patch_file(path, layout.cpu_table + 4, len, 8);
		for (k = 0; k <= layout.cpu_size; k++) {
			assert_int_equal(truncate(path, len + layout.cpu_size -
							k), 0);
			probe(&p, path);
			assert_true(p.read);
			assert_int_equal(p.missing, k);
			assert_int_equal(p.partial, 0);
			assert_in_range(p.sub_buffers, 0, 2);
			/* One byte less is a chunk less. */
			if (k < 2)
				assert_int_equal(p.sub_buffers, 2 - k);
		}
		assert_int_equal(p.sub_buffers, 0);
		free(data);
	}
}

static void test_circles(void **state)
{
	struct mktrace_config config = kinds[1];
	const char *path = test_path("circle.dat");
	struct mktrace_layout layout;
	uint64_t first_done, last_done, size;
	struct probe p;
	uint8_t *data;
	size_t len;

	(void)state;
	config.cpus = 1;
	small_file(&config, path, &layout);
	data = read_whole(path, &len);
	memcpy(&size, data + layout.first_options + 8, 8);
	first_done = layout.first_options + 16 + size - 8;
	memcpy(&size, data + layout.last_options + 8, 8);
	last_done = layout.last_options + 16 + size - 8;
	free(data);

	patch_file(path, last_done, layout.first_options, 8);
	probe(&p, path);
	expect(&p, "circle of two", "is its own successor", path);
	patch_file(path, last_done, layout.last_options, 8);
	probe(&p, path);
	expect(&p, "circle of one", "is its own successor", path);
	patch_file(path, first_done, layout.first_options, 8);
	probe(&p, path);
	expect(&p, "circle of the first", "is its own successor", path);
	/* Overlap: the section begins within another. */
	patch_file(path, first_done, layout.first_options + 1, 8);
	probe(&p, path);
	assert_false(p.opened);
}

/* Options of any size, of any content */
static void test_options(void **state)
{
	static const struct {
		unsigned int kind;
		uint16_t id;
		const char *data;
		uint32_t len;
		const char *message;
	} cases[] = {
		{ 1, 3, "\0\0\0\0\0\0\0\0abc", 11, "string without NUL in the " },
		{ 1, 3, "\0\0\0\0\0\0\0\0\0local", 14, "string without NUL in the " },
		{ 1, 3, "\0\0\0\0\0\0\0\0\0\0\0\4\0\0\0\0\0\0", 18, "a second BUFFER option" },
		{ 1, 3, "\0\0\0\0", 4, "truncated: PATH: OPTIONS" },
		{ 1, 8, "\0", 1, "truncated: PATH: OPTIONS" },
		{ 1, 14, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 15, "truncated: PATH: OPTIONS" },
		{ 1, 16, "\0\0\0\0\0\0\0", 7, "truncated: PATH: OPTIONS" },
		{ 1, 16, "\0\0\0\0\0\0\0\0", 8, NULL },
		{ 1, 17, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, NULL },
		{ 1, 7, "", 0, NULL },
		{ 1, 7, "99999999999999999999", 21, NULL },
		{ 1, 1, "0x10000000000000000", 20, NULL },
		{ 1, 1, "\x1b[31m", 6, NULL },
		{ 1, 22, "\0\0\0\0\0\0\0\0\0local", 15, "latency trace" },
		{ 0, 3, "\0\0\0\0\0\0\0\0x", 9, "string without NUL in the 1 bytes" },
		{ 0, 3, "\0\0\0\0\0\0\0\0x", 10, NULL },
		{ 0, 8, "\xff\xff\xff\xff", 4, "bad CPU count: PATH: 4294967295 exceeds 65536" },
		{ 0, 8, "\xff\xff\x00\x00", 4, "truncated: PATH: flyrecord" },
	};
	struct probe p;
	size_t i;

	(void)state;
	for (i = 0; i < NR(cases); i++) {
		struct mktrace_config config = kinds[cases[i].kind];
		const char *path = test_path("options.dat");
		struct mktrace *t;

		config.cpus = 1;
		t = small_trace(&config);
		mktrace_option(t, cases[i].id, cases[i].data, cases[i].len);
		mktrace_finish(t, path, NULL);
		probe(&p, path);
		if (cases[i].message)
			expect(&p, "option", cases[i].message, path);
		else
			assert_true(p.opened);
	}
	for (i = 1; i < 200; i++) {
		struct mktrace_config config = kinds[i % 2];
		const char *path = test_path("options0.dat");
		struct mktrace *t;

		config.cpus = 1;
		t = small_trace(&config);
		mktrace_option(t, i / 2, "", 0);
		if (i / 2)	/* DONE of size 0 ends version 6, or is refused */
			mktrace_option(t, 5, "Linux", 6);
		mktrace_finish(t, path, NULL);
		probe(&p, path);
	}
}

/* Where the option of an instance of version 6 points to */
static void test_instance_v6(void **state)
{
	static const struct {
		int64_t offset;		/* more than it should be */
		const char *message;
	} cases[] = {
		{ 1, "bad instance: PATH: guests at 0x" },
		{ -1, "bad instance: PATH: guests at 0x" },
		{ 1 << 30, "truncated: PATH: instance guests at 0x" },
		{ INT64_MIN, "truncated: PATH: instance guests at 0x" },
	};
	static const char option[] = "guests\0\0\0flyrecord";
	const char *path = test_path("instance6.dat");
	struct source_request request = { .instance = "guests" };
	struct mktrace_config config = kinds[0];
	struct source *td;
	uint64_t at, offset;
	uint8_t *data, *p;
	struct probe p0;
	size_t i, len;

	(void)state;
	config.cpus = 1;
	config.instance = "guests";
	small_file(&config, path, NULL);
	data = read_whole(path, &len);
	p = memmem(data, len, option, sizeof(option) - 1);
	assert_non_null(p);
	at = p - data - 8;
	memcpy(&offset, data + at, 8);
	free(data);
	for (i = 0; i < NR(cases); i++) {
		patch_file(path, at, le64toh(offset) + cases[i].offset, 8);
		memset(&p0, 0, sizeof(p0));
		capture_start(&p0.capture);
		assert_int_equal(source_open_request(&td, path, &request), -1);
		capture_end(&p0.capture);
		assert_one_message(p0.capture.text, path);
		expect(&p0, "instance", cases[i].message, path);
	}
	/* The file ends within the instance's table. */
	patch_file(path, at, le64toh(offset), 8);
	assert_int_equal(truncate(path, le64toh(offset) + 12), 0);
	capture_start(&p0.capture);
	assert_int_equal(source_open_request(&td, path, &request), -1);
	capture_end(&p0.capture);
	expect(&p0, "table", "truncated: PATH: flyrecord at 0x", path);
}

static void test_two_streams(void **state)
{
	static const uint32_t ids[] = { 3, 3 };
	struct mktrace_config config = { .version = 7, .cpus = 2,
					 .cpu_ids = ids, .subbuf_bytes = 1024 };
	const char *path = test_path("two.dat");
	struct probe p;

	(void)state;
	small_file(&config, path, NULL);
	probe(&p, path);
	expect(&p, "two streams", "PATH: cpu 3 has two streams", path);
}

/* All CPUs share one stream: a small file that would be read many times over. */
static void test_shared_stream(void **state)
{
	struct mktrace_config config = { .cpus = 2, .subbuf_bytes = 1024 };
	struct mktrace_layout layout;
	const char *path = test_path("shared.dat");
	struct probe p;
	unsigned int entry;

	(void)state;
	for (config.version = 6; config.version <= 7; config.version++) {
		/* The second one's offset; v6 has no number before it. */
		small_file(&config, path, &layout);
		entry = config.version == 7 ? 20 + 4 : 16;
		patch_file(path, layout.cpu_table + entry, layout.cpu_offset, 8);
		probe(&p, path);
		expect(&p, "all", "PATH: cpu 1 at 0x", path);
		patch_file(path, layout.cpu_table + entry,
			   layout.cpu_offset + layout.cpu_size - 1, 8);
		probe(&p, path);
		expect(&p, "a byte", "bytes of cpu 0 at 0x", path);
		/* A CPU without events has its stream nowhere. */
		patch_file(path, layout.cpu_table + entry + 8, 0, 8);
		probe(&p, path);
		assert_true(p.read);
	}
}

/* trace-cmd writes chunks of 10 pages; what is larger takes memory for nothing. */
static void test_large_chunks(void **state)
{
	struct mktrace_config config = { .version = 7, .cpus = 1,
					 .compression = MKTRACE_ZSTD,
					 .subbuf_bytes = 1024 };
	const char *path = test_path("chunks.dat");
	struct mktrace *t;
	struct probe p;
	uint64_t ts;

	(void)state;
	for (config.chunk_bytes = 16384; config.chunk_bytes <= 17408;
	     config.chunk_bytes += 1024) {
		t = mktrace_new(&config);
		for (ts = 1; ts <= 1000; ts++)
			mktrace_entry(t, 0, ts, &(struct mktrace_entry){
				.pid = 7 });
		mktrace_finish(t, path, NULL);
		probe(&p, path);
		if (config.chunk_bytes == 16384)
			assert_true(p.read);
		else
			expect(&p, "17 pages", "bad chunk: PATH: cpu 0 at 0x",
			       path);
	}
	expect(&p, "17 pages", "uncompressed size 17408, expected 1 to 16384",
	       path);
}

static void test_latency(void **state)
{
	struct mktrace_config config = { .latency = true, .cpus = 1,
					 .subbuf_bytes = 1024 };
	struct probe p;

	(void)state;
	for (config.version = 6; config.version <= 7; config.version++) {
		const char *path = test_path("latency.dat");

		small_file(&config, path, NULL);
		probe(&p, path);
		expect(&p, "latency", "latency trace: PATH: holds text, no events: record with trace-cmd record -e kvm",
		       path);
	}
}

static void test_no_trace(void **state)
{
	static const struct {
		const char *content, *message;
		size_t len;
	} cases[] = {
		{ "hello, world\n", "not a trace.dat file: PATH: starts with \"hell\", expected \"\\x17\\x08\\x44tracing\"\n", 13 },
		{ "h", "not a trace.dat file: PATH: starts with \"h\"", 1 },
		{ "", "empty file: PATH: nothing was recorded: record again\n", 0 },
		{ "\x17\x08\x44tracin", "truncated: PATH: header: 9 bytes", 9 },
		{ "\x17\x08\x44tracing", "truncated: PATH: header", 10 },
		{ "\x17\x08\x44tracinG7", "not a trace.dat file", 11 },
		{ "\x1b[2Jxxxxxxxxxx", "starts with \"\\x1b[2J\"", 13 },
		{ "\x17\x08\x44tracing777777777777777777777777", "bad string: PATH: header at 0xa: no NUL in 16 bytes", 34 },
	};
	const char *path = test_path("no-trace");
	struct probe p;
	size_t i;

	(void)state;
	for (i = 0; i < NR(cases); i++) {
		write_whole(path, cases[i].content, cases[i].len);
		probe(&p, path);
		assert_false(p.opened);
		expect(&p, "no trace", cases[i].message, path);
	}
	assert_int_equal(unlink(path), 0);
	probe(&p, path);
	expect(&p, "nothing", "cannot open: PATH: No such file or directory\n",
	       path);
	assert_int_equal(mkdir(path, 0700), 0);
	probe(&p, path);
	expect(&p, "directory", "is a directory: PATH\n", path);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(mkfifo(path, 0600), 0);
	probe(&p, path);	/* does not wait for a writer */
	expect(&p, "pipe", "not a regular file: PATH", path);
	assert_int_equal(unlink(path), 0);
}

static void test_no_permission(void **state)
{
	const char *path = test_path("secret.dat");
	struct probe p;
	bool root = geteuid() == 0;

	(void)state;
	write_whole(path, "x", 1);
	assert_int_equal(chmod(path, 0), 0);
	if (root)
		assert_int_equal(seteuid(65534), 0);
	probe(&p, path);
	if (root)
		assert_int_equal(seteuid(0), 0);
	assert_message_has(p.capture.text, ": Permission denied\n");
}

/* The file shrinks between open and read: an error, not a signal. */
static void test_shrinks(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		struct mktrace_config config = kinds[i];
		const char *path = test_path("shrinks.dat");
		struct mktrace_layout layout;
		struct source_stream *s;
		struct source_span span;
		struct source *td;
		struct capture c;
		uint8_t *data;
		size_t len;
		FILE *f;
		int ret;

		config.cpus = 1;
		small_file(&config, path, &layout);
		data = read_whole(path, &len);
		assert_int_equal(source_open(&td, path), 0);
		assert_int_equal(truncate(path, layout.cpu_offset + 8), 0);
		capture_start(&c);
		ret = source_stream_open(&s, td, 0, 1024);
		if (!ret)
			ret = source_next_span(s, &span);
		capture_end(&c);
		assert_int_equal(ret, -1);
		assert_one_message(c.text, path);
		assert_message_has(c.text, "the file shrank while it was read");

		/* Whole again: from the start, all is well. */
		f = fopen(path, "r+");
		assert_non_null(f);
		assert_int_equal(pwrite(fileno(f), data, len, 0), len);
		fclose(f);
		free(data);
		assert_int_equal(source_next_span(s, &span), -1);
		source_stream_close(s);
		assert_int_equal(source_stream_open(&s, td, 0, 1024), 0);
		assert_int_equal(source_next_span(s, &span), 1);
		assert_memory_equal(span.data + 8, "\xe0\x03", 2);
		source_stream_close(s);
		source_close(td);
	}
}

/* Damage in one sub-buffer leaves the others alone. */
static void test_damaged_sub_buffer(void **state)
{
	struct mktrace_config config = { .version = 7, .subbuf_bytes = 1024 };
	struct mktrace *t = mktrace_new(&config);
	const char *path = test_path("damaged.dat");
	unsigned int i;
	struct probe p;

	(void)state;
	for (i = 0; i < 5; i++) {
		mktrace_pio(t, 0, i, &(struct mktrace_pio){ .val = i });
		if (i == 1)
			mktrace_commit(t, 0, 100000);
		if (i == 2)
			mktrace_words(t, 0, "\x1c\0\0\0", 4);
		if (i == 3)
			mktrace_pad(t, 0);
		else
			mktrace_flush(t, 0);
	}
	mktrace_finish(t, path, NULL);
	probe(&p, path);
	assert_true(p.read);
	assert_int_equal(p.sub_buffers, 5);
	assert_int_equal(p.faults, 2);
	assert_int_equal(p.records, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_trace),
		cmocka_unit_test(test_no_permission),
		cmocka_unit_test(test_patched),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_missing_chunks),
		cmocka_unit_test(test_circles),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_instance_v6),
		cmocka_unit_test(test_two_streams),
		cmocka_unit_test(test_shared_stream),
		cmocka_unit_test(test_large_chunks),
		cmocka_unit_test(test_latency),
		cmocka_unit_test(test_shrinks),
		cmocka_unit_test(test_damaged_sub_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
