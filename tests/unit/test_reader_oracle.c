// SPDX-License-Identifier: GPL-2.0
/*
 * Independent readers must agree: kbuffer (libtraceevent) on every sub-buffer,
 * libtracecmd's iterator on every record of a file.
 *
 * Files: what mktrace writes, in every variant; samples/trace.dat; and those
 * named in TRACE_FILES, separated by blanks.  With trace-cmd installed, real
 * recordings are also converted to the other variants, which must hold the
 * same records.
 */
#include <sys/stat.h>

#include <traceevent/kbuffer.h>
#include <trace-cmd/trace-cmd.h>

#include "leave.h"
#include "mktrace.h"
#include "reader-test.h"
#include "source/source.h"
#include "source/subbuf.h"
#include "source/swap.h"

#define NR(a)		(sizeof(a) / sizeof((a)[0]))

/* For LeakSanitizer: what the oracles leak is not the matter of this test. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libtraceevent\nleak:libtracecmd\n";
}

/* The layout, read with nothing but sscanf(): as independent as can be. */
static void header_page(const struct recording *info,
			struct subbuf_format *f)
{
	char *text = strndup(info->header_page, info->header_page_len), *line;
	char *rest = NULL;
	unsigned int offset, size, commit_offset = 0, commit_bytes = 0, found = 0;

	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		if (sscanf(line, " field: local_t commit; offset:%u; size:%u;",
			   &commit_offset, &commit_bytes) == 2)
			found++;
		if (sscanf(line, " field: char data; offset:%u; size:%u;",
			   &offset, &size) == 2)
			found += 2;
	}
	free(text);
	assert_int_equal(found, 3);
	assert_int_equal(subbuf_format_init(f, commit_offset, commit_bytes,
					    offset, size), 0);
}

/* Records of one CPU, one by one */
struct reader {
	struct source_stream *stream;
	struct subbuf_format format;
	struct source_span span;
	size_t pos;		/* of the next sub-buffer in span */
	struct subbuf sb;
	bool loaded, first;	/* first: of its sub-buffer */
};

/* What is in the events stays as it is, but for their id. */
static void swap_span(struct reader *r)
{
	size_t pos;

	for (pos = 0; r->format.swaps && pos < r->span.len;
	     pos += r->format.subbuf_bytes)
		swap_subbuf(&r->format, r->span.data + pos, r->span.len - pos);
}

static bool reader_next(struct reader *r, struct subbuf_record *rec)
{
	int ret;

	for (;;) {
		if (r->loaded) {
			ret = subbuf_next(&r->sb, rec);
			if (ret > 0)
				return true;
			assert_int_equal(ret, 0);
		}
		if (!r->loaded || r->pos == r->span.len) {
			ret = source_next_span(r->stream, &r->span);
			assert_int_not_equal(ret, -1);
			if (!ret)
				return false;
			assert_false(r->span.partial);
			swap_span(r);
			r->pos = 0;
		}
		assert_int_equal(subbuf_load(&r->sb, &r->format,
					     r->span.data + r->pos,
					     r->format.subbuf_bytes), 0);
		r->pos += r->format.subbuf_bytes;
		r->loaded = true;
		r->first = true;
	}
}

static void reader_open(struct reader *r, const struct source *td,
			unsigned int index)
{
	const struct recording *info = source_recording(td);

	memset(r, 0, sizeof(*r));
	header_page(info, &r->format);
	if (info->instance && info->version == 7) {
		r->format.capacity += info->buffer_page_size -
				      r->format.subbuf_bytes;
		r->format.subbuf_bytes = info->buffer_page_size;
	}
	if (info->big_endian)
		r->format.swaps = swaps_alloc();
	assert_int_equal(source_stream_open(&r->stream, td, index,
					      r->format.subbuf_bytes), 0);
}

static void reader_close(struct reader *r)
{
	source_stream_close(r->stream);
	swaps_free((struct swaps *)r->format.swaps);
}

/*
 * libtraceevent gives the number of lost events with the first record of a
 * sub-buffer, but forgets it if a time stamp precedes that.
 */
static void check_lost(struct reader *r, const struct tep_record *want,
		       const struct subbuf_record *rec)
{
	bool stamped = rec->data - r->sb.start > r->format.data_offset + 8;

	if (!r->first) {
		assert_int_equal(want->missed_events, 0);
		return;
	}
	r->first = false;
	if (stamped && !want->missed_events)
		return;
	switch (r->sb.lost) {
	case SUBBUF_LOST_NONE:
		assert_int_equal(want->missed_events, 0);
		break;
	case SUBBUF_LOST_UNKNOWN:
		assert_int_equal(want->missed_events, -1);
		break;
	case SUBBUF_LOST_KNOWN:
		assert_int_equal(want->missed_events, r->sb.lost_events);
		break;
	}
}

static unsigned long compare_cpu(const char *path, const struct source *td,
				 struct tracecmd_input *oracle,
				 unsigned int index)
{
	const struct recording *info = source_recording(td);
	uint32_t cpu = info->cpus[index].cpu;
	/* Its bytes are turned; that it is the same is asked below. */
	size_t id_bytes = info->big_endian ? 2 : 0;
	struct tep_record *want;
	struct subbuf_record rec;
	unsigned long n = 0;
	struct reader r;

	reader_open(&r, td, index);
	while ((want = tracecmd_read_data(oracle, cpu))) {
		if (!reader_next(&r, &rec))
			fail_msg("%s: cpu %u: record %lu is missing", path, cpu,
				 n);
		if (want->ts != rec.ts + (uint64_t)info->ts_offset ||
		    want->size != (int)rec.len || want->cpu != (int)cpu ||
		    memcmp((char *)want->data + id_bytes, rec.data + id_bytes,
			   rec.len - id_bytes) ||
		    tep_data_type(tracecmd_get_tep(oracle), want) !=
		    (rec.data[0] | rec.data[1] << 8))
			fail_msg("%s: cpu %u: record %lu: time stamp %llu size %d, expected %llu %d",
				 path, cpu, n, (unsigned long long)rec.ts,
				 (int)rec.len, want->ts, want->size);
		check_lost(&r, want, &rec);
		tracecmd_free_record(want);
		n++;
	}
	if (reader_next(&r, &rec))
		fail_msg("%s: cpu %u: record %lu is too many", path, cpu, n);
	reader_close(&r);
	return n;
}

/* Return the number of records, all of them equal. */
static unsigned long compare_file(const char *path)
{
	struct tracecmd_input *oracle;
	unsigned long n = 0;
	struct source *td;
	unsigned int i;

	assert_int_equal(source_open(&td, path), 0);
	oracle = tracecmd_open(path, TRACECMD_FL_LOAD_NO_PLUGINS);
	if (!oracle)
		fail_msg("libtracecmd cannot open %s", path);
	for (i = 0; i < source_recording(td)->nr_cpus; i++)
		n += compare_cpu(path, td, oracle, i);
	tracecmd_close(oracle);
	source_close(td);
	return n;
}

static const struct source_request plain;

/* Every CPU's records in one number, for variants of one recording */
static uint64_t digest_file(const char *path,
			    const struct source_request *request,
			    unsigned long *records)
{
	uint64_t sum = 14695981039346656037ull;
	struct subbuf_record rec;
	struct source *td;
	struct reader r;
	unsigned int i;
	uint32_t k;

	*records = 0;
	assert_int_equal(source_open_request(&td, path, request), 0);
	for (i = 0; i < source_recording(td)->nr_cpus; i++) {
		reader_open(&r, td, i);
		while (reader_next(&r, &rec)) {
			sum = (sum ^ rec.ts) * 1099511628211ull;
			sum = (sum ^ source_recording(td)->cpus[i].cpu) *
			      1099511628211ull;
			for (k = 0; k < rec.len; k++)
				sum = (sum ^ rec.data[k]) * 1099511628211ull;
			++*records;
		}
		reader_close(&r);
	}
	source_close(td);
	return sum;
}

/* All that a ring buffer can hold, in an order that @seed decides */
static struct mktrace *new_mixture(const struct mktrace_config *config,
				   unsigned int events, uint64_t seed)
{
	struct mktrace *t = mktrace_new(config);
	unsigned int cpus = config->cpus, cpu, i;
	uint64_t ts = 1ull << 40, r;
	uint8_t big[700];

	memset(big, 0x5a, sizeof(big));
	big[0] = config->big_endian ? 0 : 5;	/* print */
	big[1] = config->big_endian ? 5 : 0;
	for (i = 0; i < events; i++) {
		r = next_random(&seed);
		cpu = r % cpus;
		ts += r >> 20 & 0xfff;
		switch (r >> 32 & 31) {
		case 0:
			ts += r >> 33;
			break;
		case 1:
			mktrace_lost(t, cpu, r >> 40 & 0xff);
			break;
		case 2:
			mktrace_extend(t, cpu, 1000);
			ts += 1000;
			break;
		case 3:
			/* further on, so that no CPU goes backwards */
			ts += 1ull << 30;
			mktrace_absolute(t, cpu, ts);
			break;
		case 4:
			mktrace_discarded(t, cpu, 7, 8 + (r >> 50 & 15) * 4);
			ts += 7;
			break;
		case 5:
			mktrace_pad(t, cpu);
			break;
		case 6:
			mktrace_flush(t, cpu);
			break;
		case 7:
		case 8:
			mktrace_record(t, cpu, ts, big, 112 + (r >> 40) % 589);
			continue;
		}
		ts += 100;
		if (config->unpatched || r >> 60) {
			mktrace_exit(t, cpu, ts, &(struct mktrace_exit){
				     .pid = cpu, .exit_reason = r >> 56,
				     .isa = 2, .guest_rip = r });
			mktrace_switch(t, cpu, ts + 9, &(struct mktrace_switch){
				       .prev_pid = i });
		} else {
			mktrace_entry(t, cpu, ts, &(struct mktrace_entry){
				      .pid = cpu, .tsc = ts, .seq = i });
		}
	}
	return t;
}

static void write_mixture(const struct mktrace_config *config, const char *path,
			  unsigned int events)
{
	mktrace_finish(new_mixture(config, events, 99), path, NULL);
}

static void test_mktrace(void **state)
{
	static const struct mktrace_config configs[] = {
		{ .version = 6, .cpus = 3 },
		{ .version = 7, .cpus = 3 },
		{ .version = 7, .cpus = 3, .compression = MKTRACE_ZSTD },
		{ .version = 7, .cpus = 3, .compression = MKTRACE_ZSTD,
		  .short_size = true },
		{ .version = 7, .cpus = 1, .compression = MKTRACE_ZSTD,
		  .chunk_bytes = 4096 },
		{ .version = 6, .cpus = 3, .unpatched = true },
		{ .version = 7, .cpus = 2, .subbuf_bytes = 65536 },
		{ .version = 7, .cpus = 2, .subbuf_bytes = 8192,
		  .compression = MKTRACE_ZSTD },
		{ .version = 7, .cpus = 70 },
		{ .version = 7, .cpus = 2, .long_bytes = 4 },
		{ .version = 7, .cpus = 2, .big_endian = true },
		{ .version = 6, .cpus = 2, .big_endian = true,
		  .long_bytes = 4 },
		{ .version = 7, .cpus = 3, .big_endian = true,
		  .compression = MKTRACE_ZSTD },
		{ .version = 6, .cpus = 2, .long_bytes = 4, .unpatched = true },
		{ .version = 7, .cpus = 2, .instance = "other" },
		{ .version = 6, .cpus = 2, .instance = "other" },
	};
	const char *path = test_path("mixture.dat");
	unsigned long n;
	size_t i;

	(void)state;
	for (i = 0; i < NR(configs); i++) {
		write_mixture(&configs[i], path, 20000);
		n = compare_file(path);
		if (n < 20000)
			fail_msg("case %zu: %lu records", i, n);
	}
}

/* Instance @index of @path, as @name: return the number of its records. */
static unsigned long compare_instance(const char *path, const char *name,
				      unsigned int index)
{
	struct source_request request = { .instance = name };
	struct tracecmd_input *top, *oracle;
	unsigned long n = 0;
	struct source *td;
	unsigned int i;

	top = tracecmd_open(path, TRACECMD_FL_LOAD_NO_PLUGINS);
	assert_non_null(top);
	assert_string_equal(tracecmd_buffer_instance_name(top, index), name);
	oracle = tracecmd_buffer_instance_handle(top, index);
	assert_non_null(oracle);
	assert_int_equal(source_open_request(&td, path, &request), 0);
	for (i = 0; i < source_recording(td)->nr_cpus; i++)
		n += compare_cpu(path, td, oracle, i);
	source_close(td);
	tracecmd_close(oracle);
	tracecmd_close(top);
	return n;
}

/* Each instance holds its own records, and the top buffer still its own. */
static void test_instances(void **state)
{
	static const struct mktrace_config configs[] = {
		{ .version = 6, .cpus = 3 },
		{ .version = 7, .cpus = 3 },
		{ .version = 7, .cpus = 3, .compression = MKTRACE_ZSTD },
		{ .version = 7, .cpus = 3, .compression = MKTRACE_ZSTD,
		  .short_size = true },
		{ .version = 7, .cpus = 3, .long_bytes = 4 },
	};
	static const char *const names[] = { "guests", "b" };
	const char *path = test_path("instances.dat");
	unsigned long n;
	size_t i, k;

	(void)state;
	for (i = 0; i < NR(configs); i++) {
		struct mktrace_config config = configs[i];
		struct mktrace *t = new_mixture(&config, 3000, 5);

		for (k = 0; k < NR(names); k++) {
			config.cpus = 3 - k;
			/*
			 * Version 6 has one page size for all, and libtracecmd
			 * takes it for one in compressed data.
			 */
			if (k && config.version == 7 && !config.compression)
				config.subbuf_bytes = 16384;
			mktrace_instance(t, names[k],
					 new_mixture(&config, 5000 + 3000 * k,
						     6 + k));
		}
		mktrace_finish(t, path, NULL);
		n = compare_file(path);
		assert_in_range(n, 3000, 6000);
		n = compare_instance(path, names[0], 0);
		assert_in_range(n, 5000, 9990);
		n = compare_instance(path, names[1], 1);
		assert_in_range(n, 8000, 16000);
	}
}

/* The first of three places, as seen from where the tests may run */
static const char *find_file(const char *name)
{
	static const char *const places[] = { "", "../", "../../" };
	static char path[2][256];
	static unsigned int next;
	size_t i;

	next = !next;
	for (i = 0; i < NR(places); i++) {
		snprintf(path[next], sizeof(path[next]), "%s%s", places[i], name);
		if (!access(path[next], R_OK))
			return path[next];
	}
	return NULL;
}

static void test_real_instances(void **state)
{
	const char *path = find_file("tests/recordings/instances-v7.dat");

	(void)state;
	assert_non_null(path);
	assert_int_not_equal(compare_file(path), 0);
	assert_true(compare_instance(path, "few", 0) > 100);
	assert_true(compare_instance(path, "guests", 1) > 200);
}

static bool have_trace_cmd(void)
{
	return !system("command -v trace-cmd >/dev/null");
}

/* trace-cmd restore makes a whole recording of what is read directly. */
static void test_restored(void **state)
{
	static const struct mktrace_config configs[] = {
		{ .version = 6, .cpus = 3 },
		{ .version = 7, .cpus = 3 },
		{ .version = 7, .cpus = 3, .compression = MKTRACE_ZSTD },
	};
	const char *whole = test_path("whole.dat"), *left = test_path("left.dat");
	const char *restored = test_path("restored.dat");
	struct source_request request = { .formats = whole };
	unsigned long n, left_n;
	char command[1024];
	uint64_t sum;
	size_t i;

	(void)state;
	for (i = 0; i < NR(configs); i++) {
		write_mixture(&configs[i], whole, 5000);
		leave_files(whole, left, NULL);
		sum = digest_file(whole, &request, &n);
		assert_true(digest_file(left, &request, &left_n) == sum);
		assert_int_equal(left_n, n);
		if (!have_trace_cmd())
			continue;
		snprintf(command, sizeof(command),
			 "trace-cmd restore -i %s -o %s %s.cpu0 %s.cpu1 %s.cpu2 >/dev/null 2>&1",
			 whole, restored, left, left, left);
		assert_int_equal(system(command), 0);
		assert_true(digest_file(restored, &request, &left_n) == sum);
		assert_int_equal(left_n, n);
	}
}

/* CPU numbers with holes, as after a CPU was taken offline */
static void test_cpu_holes(void **state)
{
	static const uint32_t ids[] = { 1, 6, 3 };
	struct mktrace_config config = { .version = 7, .cpus = 3,
					 .cpu_ids = ids };
	const char *path = test_path("holes.dat");

	(void)state;
	write_mixture(&config, path, 1000);
	assert_true(compare_file(path) >= 1000);
}

/* Every variant that mktrace writes holds the same records. */
static void test_same_records(void **state)
{
	static const struct mktrace_config configs[] = {
		{ .version = 6, .cpus = 3 },
		{ .version = 7, .cpus = 3 },
		{ .version = 7, .cpus = 3, .compression = MKTRACE_ZSTD },
		{ .version = 7, .cpus = 3, .compression = MKTRACE_ZLIB },
		{ .version = 7, .cpus = 3, .compression = MKTRACE_ZLIB,
		  .chunk_bytes = 7777 },
	};
	const char *path = test_path("same.dat");
	unsigned long n, first_n = 0;
	uint64_t sum, first = 0;
	size_t i;

	(void)state;
	for (i = 0; i < NR(configs); i++) {
		write_mixture(&configs[i], path, 5000);
		sum = digest_file(path, &plain, &n);
		if (!i) {
			first = sum;
			first_n = n;
		}
		assert_true(n >= 5000);
		assert_int_equal(n, first_n);
		assert_true(sum == first);
	}
}

/* kbuffer and subbuf, on sub-buffers that chance made */
static void test_kbuffer(void **state)
{
	static const struct {
		struct subbuf_format f;
		enum kbuffer_long_size long_size;
	} kernels[] = {
		{ { 4096, 8, 8, 16, 4080, NULL }, KBUFFER_LSIZE_8 },
		{ { 4096, 8, 4, 12, 4084, NULL }, KBUFFER_LSIZE_4 },
	};
	uint64_t seed = 4711, r, stamp;
	unsigned int i, k;
	unsigned long records = 0;

	(void)state;
	for (i = 0; i < 4000; i++) {
		const struct subbuf_format *f = &kernels[i % 2].f;
		struct kbuffer *kbuf = kbuffer_alloc(kernels[i % 2].long_size,
						     KBUFFER_ENDIAN_LITTLE);
		static uint8_t data[4096];
		uint32_t words[1020], pos = 0, type, len, word;
		unsigned long long want_ts;
		struct subbuf_record rec;
		struct subbuf sb;
		void *want;

		assert_non_null(kbuf);
		memset(words, 0, sizeof(words));
		while (pos < 1000) {
			r = next_random(&seed);
			type = r % 33;
			words[pos] = (r >> 37) << 5;
			if (type >= 32) {
				len = 1 + (r >> 8) % 100;
				if (len > 1018 - pos)
					break;
				words[pos + 1] = len * 4 + 4;
				pos += 2 + len;
			} else if (type >= 1 && type <= 28) {
				if (type > 1019 - pos)
					break;
				words[pos] |= type;
				pos += 1 + type;
			} else if (type == 29) {
				len = (r >> 8) % 8;
				words[pos] |= 29 | 1 << 5;
				words[pos + 1] = 4 + len * 4;
				pos += 2 + len;
			} else {
				words[pos] |= type ? type : 30;
				words[pos + 1] = r >> 40;
				pos += 2;
			}
		}
		stamp = r >> 10;
		memcpy(data, &stamp, 8);
		memset(data + 8, 0, 8);
		word = pos * 4;
		memcpy(data + 8, &word, 4);
		memcpy(data + f->data_offset, words, pos * 4);

		assert_int_equal(subbuf_load(&sb, f, data, 4096), 0);
		assert_int_equal(kbuffer_load_subbuffer(kbuf, data), 0);
		want = kbuffer_read_event(kbuf, &want_ts);
		for (k = 0; want; k++) {
			assert_int_equal(subbuf_next(&sb, &rec), 1);
			assert_ptr_equal(rec.data, want);
			assert_int_equal(rec.len, kbuffer_event_size(kbuf));
			assert_true(rec.ts == want_ts);
			want = kbuffer_next_event(kbuf, &want_ts);
			records++;
		}
		assert_int_equal(subbuf_next(&sb, &rec), 0);
		kbuffer_free(kbuf);
	}
	assert_true(records > 100000);
}

static void convert_and_compare(const char *path, uint64_t first,
				unsigned long first_n)
{
	static const char *const variants[] = {
		"--file-version 6",
		"--file-version 7 --compression none",
		"--file-version 7 --compression zstd",
	};
	const char *converted = test_path("converted.dat");
	unsigned long n;
	char command[1024];
	size_t i;

	for (i = 0; i < NR(variants); i++) {
		snprintf(command, sizeof(command),
			 "trace-cmd convert %s -i '%s' -o '%s' >/dev/null 2>&1",
			 variants[i], path, converted);
		if (system(command))
			fail_msg("failed: %s", command);
		assert_true(digest_file(converted, &plain, &n) == first);
		assert_int_equal(n, first_n);
		assert_int_equal(compare_file(converted), first_n);
	}
}

/* A recording may be empty: return the number of its records. */
static unsigned long check_recording(const char *path)
{
	unsigned long n, compared;
	uint64_t sum;

	compared = compare_file(path);
	sum = digest_file(path, &plain, &n);
	assert_int_equal(n, compared);
	print_message("# %s: %lu records\n", path, n);
	if (have_trace_cmd())
		convert_and_compare(path, sum, n);
	return n;
}

static void test_recordings(void **state)
{
	const char *sample = find_file("samples/trace.dat"), *more = getenv("TRACE_FILES");
	char *list, *name, *rest = NULL;

	(void)state;
	/* skip() of cmocka 1.1 is a failure in TAP: "not ok # SKIP". */
	if (!sample && !more)
		print_message("# no samples/trace.dat, no TRACE_FILES\n");
	if (sample)
		assert_int_not_equal(check_recording(sample), 0);
	list = strdup(more ? more : "");
	for (name = strtok_r(list, " ", &rest); name;
	     name = strtok_r(NULL, " ", &rest))
		check_recording(name);
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kbuffer),
		cmocka_unit_test(test_mktrace),
		cmocka_unit_test(test_instances),
		cmocka_unit_test(test_real_instances),
		cmocka_unit_test(test_restored),
		cmocka_unit_test(test_cpu_holes),
		cmocka_unit_test(test_same_records),
		cmocka_unit_test(test_recordings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
