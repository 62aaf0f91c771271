// SPDX-License-Identifier: GPL-2.0
/*
 * The container: what is right is read, in every version and compression.
 * Files that lie are in test_tracedat_hostile.c, cut and changed ones in
 * test_tracedat_fuzz.c.
 */
#include <pthread.h>
#include <sys/stat.h>

#include "mktrace.h"
#include "reader-test.h"
#include "sanitized.h"
#include "source/subbuf.h"
#include "source/source.h"

#define NR(a)		(sizeof(a) / sizeof((a)[0]))

static const struct mktrace_config kinds[] = {
	{ .version = 6 },
	{ .version = 7 },
	{ .version = 7, .compression = MKTRACE_ZSTD },
	{ .version = 7, .compression = MKTRACE_ZLIB },
	{ .version = 7, .compression = MKTRACE_ZSTD, .short_size = true },
	{ .version = 7, .compression = MKTRACE_ZSTD, .compress_options = true },
	{ .version = 7, .compression = MKTRACE_ZLIB, .compress_options = true },
};

/* Write @events events to each CPU but the last. */
static void write_trace(const struct mktrace_config *config, const char *path,
			unsigned int events, struct mktrace_layout *layout)
{
	struct mktrace *t = mktrace_new(config);
	unsigned int cpu, i;

	for (cpu = 0; cpu + 1 < config->cpus || !cpu; cpu++)
		for (i = 0; i < events; i++)
			mktrace_pio(t, cpu, 1000 + 10 * i + cpu,
				    &(struct mktrace_pio){
					.pid = cpu, .port = i, .val = i * i });
	mktrace_finish(t, path, layout);
}

static struct source *must_open(const char *path)
{
	struct source *td;

	assert_int_equal(source_open(&td, path), 0);
	assert_non_null(td);
	return td;
}

/* All bytes of a stream, and whether what the spans say holds. */
static uint8_t *read_stream(struct source_stream *s, uint32_t subbuf_bytes,
			    size_t *len, bool *partial)
{
	struct source_span span;
	uint8_t *all = NULL;
	int ret;

	*len = 0;
	*partial = false;
	while ((ret = source_next_span(s, &span)) > 0) {
		assert_false(*partial);
		assert_int_not_equal(span.len, 0);
		assert_int_equal(span.stream_offset, *len);
		*partial = span.partial;
		if (!span.partial)
			assert_int_equal(span.len % subbuf_bytes, 0);
		else
			assert_true(span.len < subbuf_bytes);
		all = realloc(all, *len + span.len);
		assert_non_null(all);
		memcpy(all + *len, span.data, span.len);
		*len += span.len;
	}
	assert_int_equal(ret, 0);
	assert_int_equal(source_next_span(s, &span), 0);
	return all;
}

static uint8_t *read_cpu(const struct source *td, unsigned int index,
			 uint32_t subbuf_bytes, size_t *len, bool *partial)
{
	struct source_stream *s;
	uint8_t *all, *again;
	size_t again_len;

	assert_int_equal(source_stream_open(&s, td, index, subbuf_bytes), 0);
	all = read_stream(s, subbuf_bytes, len, partial);
	source_stream_close(s);
	assert_int_equal(source_stream_open(&s, td, index, subbuf_bytes), 0);
	again = read_stream(s, subbuf_bytes, &again_len, partial);
	assert_int_equal(again_len, *len);
	if (*len)
		assert_memory_equal(all, again, *len);
	free(again);
	source_stream_close(s);
	return all;
}

static void test_facts(void **state)
{
	static const char *const names[] = { "none", "zstd", "zlib" };
	size_t i;

	(void)state;
	for (i = 0; i < NR(kinds); i++) {
		struct mktrace_config config = kinds[i];
		const char *path = test_path("facts.dat");
		const struct recording *info;
		struct mktrace_layout layout;
		struct source *td;
		char *page;

		config.cpus = 3;
		config.clock = "x86-tsc";
		config.uname = "Linux box 6.12";
		write_trace(&config, path, 100, &layout);
		td = must_open(path);
		info = source_recording(td);
		assert_string_equal(info->path, path);
		assert_int_equal(info->file_bytes, layout.file_bytes);
		assert_int_equal(info->version, config.version);
		assert_int_equal(info->long_size, 8);
		assert_int_equal(info->page_size, 4096);
		assert_int_equal(info->buffer_page_size, 4096);
		assert_string_equal(info->compression,
				    names[config.compression]);
		assert_int_equal(info->data_compressed, config.compression > 0);
		assert_string_equal(info->clock, "x86-tsc");
		assert_string_equal(info->uname, "Linux box 6.12");
		assert_string_equal(info->recorder, "mktrace");
		assert_int_equal(info->nr_cpus, 3);
		assert_int_equal(info->cpus[2].cpu, 2);
		assert_int_equal(info->cpus[2].size, 0);
		assert_int_equal(info->cpus[0].offset, layout.cpu_offset);
		assert_int_equal(info->cpus[0].size, layout.cpu_size);
		assert_int_equal(info->data_bytes, info->cpus[0].size +
						   info->cpus[1].size);
		assert_int_equal(info->missing_bytes, 0);
		assert_int_equal(info->nr_instances, 0);
		assert_int_equal(info->cpu_count, 0);
		assert_false(info->has_ts_offset);
		assert_false(info->has_time_shift);
		assert_false(info->has_tsc2nsec);
		page = strndup(info->header_page, info->header_page_len);
		assert_non_null(strstr(page, "data;\toffset:16;\tsize:4080;"));
		free(page);
		assert_memory_equal(info->header_event, "# compressed", 12);
		source_close(td);
	}
}

static void test_options(void **state)
{
	static const uint8_t tsc2nsec[] = { 1, 0, 0, 0, 22, 0, 0, 0,
					    3, 0, 0, 0, 0, 0, 0, 0 };
	size_t i;

	(void)state;
	for (i = 0; i < NR(kinds); i++) {
		struct mktrace *t = mktrace_new(&kinds[i]);
		const char *path = test_path("options.dat");
		const struct recording *info;
		struct source *td;

		mktrace_option(t, 1, "0x10", 5);		/* DATE */
		mktrace_option(t, 7, "-5\n", 4);		/* OFFSET */
		mktrace_option(t, 14, tsc2nsec, sizeof(tsc2nsec));
		mktrace_option(t, 12, "0123456789abcdef", 16);	/* TIME_SHIFT */
		mktrace_option(t, 999, "unknown", 7);
		mktrace_option(t, 65535, "", 0);
		mktrace_option(t, 2, "no NUL", 6);		/* CPUSTAT */
		mktrace_option(t, 5, "also no NUL\n", 12);	/* UNAME */
		mktrace_option(t, 9, "", 0);			/* VERSION */
		mktrace_option(t, 4, "perf [mono_raw] tai\n", 20);
		mktrace_option(t, 8, "\1\0\0\0", 4);		/* CPUCOUNT */
		mktrace_finish(t, path, NULL);
		td = must_open(path);
		info = source_recording(td);
		assert_true(info->has_ts_offset);
		assert_int_equal(info->ts_offset, 16000 - 5);
		assert_true(info->has_time_shift);
		assert_true(info->has_tsc2nsec);
		assert_int_equal(info->tsc2nsec_mult, 1);
		assert_int_equal(info->tsc2nsec_shift, 22);
		assert_int_equal(info->tsc2nsec_offset, 3);
		assert_string_equal(info->uname, "also no NUL");
		assert_string_equal(info->recorder, "");
		assert_int_equal(info->cpu_count, 1);
		/* The top buffer's own clock is what counts. */
		assert_string_equal(info->clock, kinds[i].version == 6 ?
						 "mono_raw" : "local");
		source_close(td);
	}
}

/* A negative difference to the time of day, as trace-cmd writes it */
static void test_negative_date(void **state)
{
	struct mktrace_config config = { .version = 7 };
	struct mktrace *t = mktrace_new(&config);
	const char *path = test_path("date.dat");
	struct source *td;

	(void)state;
	mktrace_option(t, 1, "0xfffffffffffffffe", 19);
	mktrace_finish(t, path, NULL);
	td = must_open(path);
	assert_true(source_recording(td)->ts_offset == -2000);
	source_close(td);
}

/* No figure needs them: what is no number is as if it were not there. */
static void test_bad_offsets(void **state)
{
	static const struct {
		uint16_t id;
		const char *data;
		uint32_t len;
	} cases[] = {
		{ 7, "", 0 }, { 7, "+x", 3 }, { 1, "", 1 }, { 1, "\x1b[31m", 6 },
		{ 7, "99999999999999999999", 21 },
		{ 1, "0x10000000000000000", 20 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < NR(cases) * NR(kinds); i++) {
		struct mktrace *t = mktrace_new(&kinds[i % NR(kinds)]);
		const char *path = test_path("offsets.dat");
		struct source *td;

		mktrace_option(t, cases[i / NR(kinds)].id,
			       cases[i / NR(kinds)].data,
			       cases[i / NR(kinds)].len);
		mktrace_finish(t, path, NULL);
		td = must_open(path);
		assert_false(source_recording(td)->has_ts_offset);
		assert_int_equal(source_recording(td)->ts_offset, 0);
		source_close(td);
	}
}

static void test_formats(void **state)
{
	static const char *const expected[] = {
		"ftrace/print", "kvm/kvm_exit", "kvm/kvm_entry",
		"kvm/kvm_exit_report", "kvm/kvm_exit_stats", "kvm/kvm_pio",
		"kvm/kvm_msr", "kvm/kvm_mmio", "kvm/kvm_page_fault", "kvm/kvm_fpu",
		"kvm/kvm_userspace_exit", "kvm/kvm_vcpu_wakeup",
		"sched/sched_switch",
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < NR(kinds); i++) {
		struct source_formats it = SOURCE_FORMATS_INIT;
		const char *path = test_path("formats.dat");
		struct source_format format;
		char found[256], name[200];
		struct source *td;

		write_trace(&kinds[i], path, 10, NULL);
		td = must_open(path);
		for (k = 0; k < NR(expected); k++) {
			assert_true(source_next_format(td, &it, &format));
			assert_int_equal(sscanf(format.text, "name: %199s", name),
					 1);
			snprintf(found, sizeof(found), "%s/%s", format.system,
				 name);
			assert_string_equal(found, expected[k]);
			assert_int_equal(format.text[format.len - 1], '\n');
		}
		assert_false(source_next_format(td, &it, &format));
		assert_false(source_next_format(td, &it, &format));
		source_close(td);
	}
}

/* No event at all, and no system */
static void test_no_formats(void **state)
{
	static const char *const events[] = {
		"kvm_exit", "kvm_entry", "kvm_exit_report", "kvm_exit_stats",
		"kvm_pio", "kvm_msr", "kvm_mmio", "kvm_page_fault", "kvm_fpu",
		"kvm_userspace_exit", "kvm_vcpu_wakeup", "sched_switch",
	};
	struct mktrace_config config = { .version = 7 };
	struct mktrace *t = mktrace_new(&config);
	struct source_formats it = SOURCE_FORMATS_INIT;
	const char *path = test_path("none.dat");
	struct source_format format;
	struct source *td;
	size_t i;

	(void)state;
	for (i = 0; i < NR(events); i++)
		mktrace_event_drop(t, events[i]);
	mktrace_finish(t, path, NULL);
	td = must_open(path);
	assert_true(source_next_format(td, &it, &format));
	assert_string_equal(format.system, "ftrace");
	assert_false(source_next_format(td, &it, &format));
	source_close(td);
}

/* All spans of a CPU's stream; return their bytes, and what is @unread. */
static uint64_t read_spans(struct source *td, unsigned int index,
			   uint64_t *unread)
{
	struct source_stream *s;
	struct source_span span;
	uint64_t bytes = 0;

	assert_int_equal(source_stream_open(&s, td, index, 4096), 0);
	while (source_next_span(s, &span) > 0)
		bytes += span.len;
	*unread = source_stream_unread(s);
	source_stream_close(s);
	return bytes;
}

/* Reading is stopped: whoever reads a stream again comes to the same end. */
static void test_stop(void **state)
{
	uint64_t all, some, unread, sum;
	unsigned int i;

	(void)state;
	for (i = 0; i < NR(kinds); i++) {
		struct reading reading = { .bytes = 0 };
		struct source_request request = { .reading = &reading };
		struct mktrace_config config = kinds[i];
		const char *path = test_path("stop.dat");
		struct source_stream *s;
		struct source_span span;
		struct source *td;

		config.cpus = 4;
		write_trace(&config, path, 40000, NULL);
		assert_int_equal(source_open_request(&td, path, &request), 0);
		assert_true(reading_bytes(&reading) == 0);
		all = read_spans(td, 0, &unread);
		assert_true(all > 1000000 && !unread);
		assert_true(reading_bytes(&reading) > 50000);
		assert_int_equal(source_stream_open(&s, td, 1, 4096), 0);
		assert_int_equal(source_next_span(s, &span), 1);
		some = span.len;
		assert_true(some < all && !source_unread(td));
		reading_stop(&reading);
		assert_int_equal(source_next_span(s, &span), 0);
		assert_int_equal(source_next_span(s, &span), 0);
		source_stream_close(s);
		/* The first one had come to its end before. */
		assert_true(read_spans(td, 0, &unread) == all);
		assert_false(unread);
		assert_true(read_spans(td, 1, &unread) == some);
		assert_true(unread);
		sum = unread;
		if (!source_recording(td)->data_compressed)
			assert_true(some + unread == all);
		assert_true(read_spans(td, 2, &unread) == 0);
		assert_true(unread + 4 >= source_recording(td)->cpus[2].size);
		assert_true(source_unread(td) == sum + unread);
		source_close(td);
	}
}

/* Sizes of sub-buffers and chunks: what is read is what was written. */
static void test_streams(void **state)
{
	static const struct {
		uint32_t subbuf_bytes, page_size, chunk_bytes;
		unsigned int events;
	} sizes[] = {
		{ 4096, 4096, 40960, 20000 },
		{ 4096, 4096, 40960, 1 },
		{ 4096, 4096, 4096, 3000 },
		{ 4096, 4096, 5000, 3000 },	/* not whole sub-buffers */
		{ 4096, 4096, 100, 300 },	/* far less than one */
		{ 65536, 65536, 655360, 20000 },
		{ 65536, 4096, 40960, 20000 },	/* a sub-buffer spans chunks */
		{ 12288, 4096, 40960, 20000 },	/* not a power of two */
		{ 1000, 1000, 10000, 3000 },
		{ 1 << 20, 4096, 1 << 20, 40000 },
	};
	size_t i, k, len, want_len;
	bool partial;

	(void)state;
	for (k = 0; k < NR(sizes); k++) {
		uint8_t *want = NULL, *got;

		for (i = 0; i < 5; i++) {
			struct mktrace_config config = kinds[i];
			const char *path = test_path("streams.dat");
			struct source *td;

			config.subbuf_bytes = sizes[k].subbuf_bytes;
			config.page_size = sizes[k].page_size;
			config.chunk_bytes = sizes[k].chunk_bytes;
			config.cpus = 2;
			write_trace(&config, path, sizes[k].events, NULL);
			td = must_open(path);
			got = read_cpu(td, 0, config.subbuf_bytes, &len,
				       &partial);
			assert_false(partial);
			assert_true(len >= sizes[k].events * 32);
			if (!want) {
				want = got;
				want_len = len;
			} else {
				assert_int_equal(len, want_len);
				assert_memory_equal(want, got, len);
				free(got);
			}
			got = read_cpu(td, 1, config.subbuf_bytes, &len,
				       &partial);
			assert_null(got);
			source_close(td);
		}
		free(want);
	}
}

/* From span.file_offset the data can be found again. */
static void test_offsets(void **state)
{
	struct mktrace_config config = { .version = 6, .cpus = 1 };
	const char *path = test_path("offsets.dat");
	struct source_stream *s;
	struct source_span span;
	struct source *td;
	size_t len, spans = 0;
	uint8_t *file;

	(void)state;
	write_trace(&config, path, 50000, NULL);
	file = read_whole(path, &len);
	td = must_open(path);
	assert_int_equal(source_stream_open(&s, td, 0, 4096), 0);
	while (source_next_span(s, &span) > 0) {
		assert_int_equal(span.file_offset,
				 source_recording(td)->cpus[0].offset +
				 span.stream_offset);
		assert_memory_equal(span.data, file + span.file_offset,
				    span.len);
		spans++;
	}
	assert_true(spans > 1);
	source_stream_close(s);
	source_close(td);
	free(file);
}

/* A stream that does not end with a whole sub-buffer says so. */
static void test_partial(void **state)
{
	static const size_t tails[] = { 1, 15, 16, 17, 4095 };
	size_t i, k, len;
	bool partial;

	(void)state;
	for (i = 0; i < NR(kinds); i++) {
		for (k = 0; k < NR(tails); k++) {
			struct mktrace *t = mktrace_new(&kinds[i]);
			const char *path = test_path("partial.dat");
			uint8_t tail[4095] = { 1, 2, 3 };
			struct source *td;
			uint8_t *got;

			mktrace_pio(t, 0, 100, &(struct mktrace_pio){ .pid = 1 });
			mktrace_raw(t, 0, tail, tails[k]);
			mktrace_finish(t, path, NULL);
			td = must_open(path);
			got = read_cpu(td, 0, 4096, &len, &partial);
			assert_true(partial);
			assert_int_equal(len, 4096 + tails[k]);
			assert_memory_equal(got + 4096, tail, tails[k]);
			free(got);
			source_close(td);
		}
	}
}

static void test_cpu_ids(void **state)
{
	static const uint32_t ids[] = { 7, 2, 4000000000u };
	struct mktrace_config config = { .version = 7, .cpus = 3,
					 .cpu_ids = ids };
	const char *path = test_path("ids.dat");
	const struct recording *info;
	struct source *td;
	unsigned int i;

	(void)state;
	write_trace(&config, path, 10, NULL);
	td = must_open(path);
	info = source_recording(td);
	assert_int_equal(info->nr_cpus, 3);
	for (i = 0; i < 3; i++)
		assert_int_equal(info->cpus[i].cpu, ids[i]);
	source_close(td);
}

static void test_instances(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < NR(kinds); i++) {
		struct mktrace_config config = kinds[i];
		const char *path = test_path("instances.dat");
		const struct recording *info;
		struct source *td;

		config.instance = "guest-3";
		write_trace(&config, path, 100, NULL);
		td = must_open(path);
		info = source_recording(td);
		assert_int_equal(info->nr_instances, 1);
		assert_string_equal(info->instances[0], "guest-3");
		assert_int_equal(info->nr_cpus, 1);
		assert_int_not_equal(info->data_bytes, 0);
		source_close(td);

		if (config.version == 6)
			continue;
		config.no_top_buffer = true;
		write_trace(&config, path, 100, NULL);
		td = must_open(path);
		assert_int_equal(source_recording(td)->nr_cpus, 0);
		assert_int_equal(source_recording(td)->nr_instances, 1);
		source_close(td);
	}
}

/* Two instances with events of their own: each is read, and is not the other. */
static void test_instance_data(void **state)
{
	static const char *const names[] = { "a", "b" };
	size_t i, k;

	(void)state;
	for (i = 0; i < NR(kinds); i++) {
		struct mktrace_config config = kinds[i];
		const char *path = test_path("instance.dat");
		struct mktrace *t, *in;

		config.cpus = 3;
		t = mktrace_new(&config);
		config.page_size = 8192;
		config.subbuf_bytes = 8192;
		config.cpus = 2;
		for (k = 0; k < NR(names); k++) {
			config.clock = k ? "boot" : "mono";
			in = mktrace_new(&config);
			mktrace_pio(in, k, 7 + k, &(struct mktrace_pio){ .pid = 1 });
			mktrace_instance(t, names[k], in);
		}
		mktrace_finish(t, path, NULL);
		for (k = 0; k < NR(names); k++) {
			struct source_request request = {
				.instance = names[k],
			};
			const struct recording *info;
			struct source *td;
			bool partial;
			uint8_t *got;
			size_t len;

			assert_int_equal(source_open_request(&td, path,
							       &request), 0);
			info = source_recording(td);
			assert_string_equal(info->instance, names[k]);
			assert_int_equal(info->nr_instances, 1);
			assert_string_equal(info->instances[0], names[!k]);
			/* Version 6 has one of each for all. */
			assert_string_equal(info->clock, config.version == 6 ?
					    "local" : k ? "boot" : "mono");
			assert_int_equal(info->buffer_page_size,
					 config.version == 6 ? 4096 : 8192);
			assert_int_equal(info->nr_cpus,
					 config.version == 6 ? 3 : 2);
			got = read_cpu(td, !k, 8192, &len, &partial);
			assert_null(got);
			got = read_cpu(td, k, 8192, &len, &partial);
			assert_int_equal(len, 8192);
			assert_int_equal(got[0], 7 + k);
			free(got);
			source_close(td);
		}
	}
}

/* Resident memory of this process, in bytes */
static uint64_t resident(void)
{
	unsigned long size, pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%lu %lu", &size, &pages), 2);
	fclose(f);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

/*
 * 4096 streams at once stay within the memory that the header promises; nobody
 * can tell with sanitizers, which take a minute for so many.
 */
static void test_many_cpus(void **state)
{
	enum { CPUS = SANITIZED ? 256 : 4096 };
	static struct source_stream *streams[CPUS];
	struct mktrace_config config = { .version = 7, .cpus = CPUS };
	const char *path = test_path("many.dat");
	struct source_span span;
	uint64_t before, used;
	struct mktrace *t;
	struct source *td;
	unsigned int i, k;

	(void)state;
	for (config.compression = MKTRACE_NONE;
	     config.compression <= MKTRACE_ZLIB; config.compression++) {
		t = mktrace_new(&config);
		for (i = 0; i < CPUS; i++)
			for (k = 0; k < 1 + (i % 64 == 0) * 1000; k++)
				mktrace_pio(t, i, 10,
					    &(struct mktrace_pio){ .pid = i });
		mktrace_finish(t, path, NULL);
		td = must_open(path);
		before = resident();
		for (i = 0; i < CPUS; i++)
			assert_int_equal(source_stream_open(&streams[i], td,
							      i, 4096), 0);
		for (i = 0; i < CPUS; i++) {
			assert_int_equal(source_next_span(streams[i], &span),
					 1);
			assert_true(span.len <= 40960);
		}
		used = resident() - before;
		/* Address checking quarantines what was freed. */
#if !SANITIZED && !BY_CLANG
		assert_in_range(used, 0, 48 << 20);
#else
		(void)used;
#endif
		for (i = 0; i < CPUS; i++)
			source_stream_close(streams[i]);
		source_close(td);
	}
}

struct worker {
	pthread_t thread;
	const struct source *td;
	unsigned int index;
	uint64_t sum;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	struct source_stream *s;
	struct source_span span;
	size_t i;

	if (source_stream_open(&s, w->td, w->index, 4096) < 0)
		return NULL;
	while (source_next_span(s, &span) > 0)
		for (i = 0; i < span.len; i++)
			w->sum = w->sum * 31 + span.data[i];
	source_stream_close(s);
	return NULL;
}

static void test_threads(void **state)
{
	struct worker workers[8];
	size_t i, k;

	(void)state;
	for (k = 0; k < 5; k++) {
		struct mktrace_config config = kinds[k];
		const char *path = test_path("threads.dat");
		struct source *td;
		uint64_t one;

		config.cpus = 9;
		write_trace(&config, path, 5000, NULL);
		td = must_open(path);
		memset(workers, 0, sizeof(workers));
		for (i = 0; i < NR(workers); i++) {
			workers[i].td = td;
			workers[i].index = i;
			assert_int_equal(pthread_create(&workers[i].thread,
							NULL, work,
							&workers[i]), 0);
		}
		for (i = 0; i < NR(workers); i++) {
			pthread_join(workers[i].thread, NULL);
			one = workers[i].sum;
			assert_int_not_equal(one, 0);
			workers[i].sum = 0;
			work(&workers[i]);
			assert_true(workers[i].sum == one);
		}
		source_close(td);
	}
}

/* More than is kept in memory: the fixture writer spools it. */
static void test_spooled(void **state)
{
	struct mktrace_config config = { .version = 7, .cpus = 2,
					 .compression = MKTRACE_ZSTD };
	struct mktrace *t = mktrace_new(&config);
	const char *path = test_path("spooled.dat");
	const struct subbuf_format f = { 4096, 8, 8, 16, 4080, NULL };
	unsigned int i, n = 0, expected = 200000;
	struct subbuf_record rec;
	struct source *td;
	struct subbuf sb;
	bool partial;
	uint8_t *got;
	size_t len, pos;

	(void)state;
	for (i = 0; i < expected; i++)
		mktrace_pio(t, 1, i, &(struct mktrace_pio){ .val = i });
	mktrace_finish(t, path, NULL);
	td = must_open(path);
	got = read_cpu(td, 1, 4096, &len, &partial);
	for (pos = 0; pos < len; pos += 4096) {
		assert_int_equal(subbuf_load(&sb, &f, got + pos, 4096), 0);
		for (; subbuf_next(&sb, &rec) > 0; n++) {
			assert_int_equal(rec.ts, n);
			assert_int_equal(subbuf_u32(rec.data + 24), n);
		}
		assert_int_equal(sb.fault, SUBBUF_OK);
	}
	assert_int_equal(n, expected);
	free(got);
	source_close(td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_negative_date),
		cmocka_unit_test(test_bad_offsets),
		cmocka_unit_test(test_formats),
		cmocka_unit_test(test_no_formats),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_offsets),
		cmocka_unit_test(test_partial),
		cmocka_unit_test(test_cpu_ids),
		cmocka_unit_test(test_instances),
		cmocka_unit_test(test_instance_data),
		cmocka_unit_test(test_many_cpus),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_spooled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
