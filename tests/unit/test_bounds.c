// SPDX-License-Identifier: GPL-2.0
/*
 * Budgets of memory: what is read and counted does not depend on them, and
 * beyond what a budget allows there is a clear end.
 */
#include "reader-test.h"

#include <inttypes.h>

#include "analyze.h"
#include "event/machine-x86.h"
#include "source/records.h"
#include "mktrace.h"
#include "walk/round_trip.h"
#include "base/vcpus.h"

/* Compressed, chunks larger than the share of a stream */

#define BIG_CPUS	160u
#define BIG_SUBBUF	65536u
#define BIG_EVENTS	60000u

static void write_big(const struct mktrace_config *config, const char *path)
{
	struct mktrace *t = mktrace_new(config);
	unsigned int i;

	for (i = 0; i < BIG_EVENTS; i++)
		mktrace_pio(t, 3, 1000 + i, &(struct mktrace_pio){ .pid = i });
	for (i = 0; i < config->cpus; i++)
		mktrace_pio(t, i, BIG_EVENTS + 2000,
			    &(struct mktrace_pio){ .pid = i });
	mktrace_finish(t, path, NULL);
}

/* All bytes of the stream; the largest span must not exceed the share. */
static uint8_t *read_stream(const struct source *td, unsigned int index,
			    size_t *len)
{
	struct source_stream *s;
	struct source_span span;
	uint8_t *all = NULL;
	int ret;

	*len = 0;
	assert_int_equal(source_stream_open(&s, td, index, BIG_SUBBUF), 0);
	while ((ret = source_next_span(s, &span)) > 0) {
		assert_int_equal(span.stream_offset, *len);
		assert_in_range(span.len, BIG_SUBBUF, (64u << 20) / BIG_CPUS);
		assert_int_equal(span.bad_chunks, 0);
		all = realloc(all, *len + span.len);
		assert_non_null(all);
		memcpy(all + *len, span.data, span.len);
		*len += span.len;
	}
	assert_int_equal(ret, 0);
	source_stream_close(s);
	return all;
}

static void test_big_chunks(void **state)
{
	static const enum mktrace_compression kinds[] = {
		MKTRACE_NONE, MKTRACE_ZSTD, MKTRACE_ZLIB,
	};
	uint8_t *want = NULL, *got;
	size_t want_len = 0, len;
	struct source *td;
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		const char *path = test_path("big.dat");

		write_big(&(struct mktrace_config){
			.cpus = BIG_CPUS, .subbuf_bytes = BIG_SUBBUF, .page_size = 4096,
			.compression = kinds[i], .chunk_bytes = 16 * BIG_SUBBUF,
		}, path);
		assert_int_equal(source_open(&td, path), 0);
		got = read_stream(td, 3, &len);
		if (!i) {
			want = got;
			want_len = len;
			assert_true(len > 20 * BIG_SUBBUF);
		} else {
			assert_int_equal(len, want_len);
			assert_memory_equal(got, want, len);
			free(got);
		}
		got = read_stream(td, BIG_CPUS - 1, &len);
		assert_int_equal(len, BIG_SUBBUF);
		free(got);
		source_close(td);
	}
	free(want);
}

/* A chunk that is broken is one, however many pieces it comes in. */
static void test_big_broken(void **state)
{
	const char *path = test_path("broken.dat");
	uint64_t bad_chunks = 0, bad_bytes = 0;
	struct mktrace_layout layout;
	struct source_stream *s;
	struct source_span span;
	struct source *td;
	struct mktrace *t;
	uint8_t *file;
	size_t len;
	unsigned int i;
	int ret;

	(void)state;
	t = mktrace_new(&(struct mktrace_config){
		.cpus = BIG_CPUS, .subbuf_bytes = BIG_SUBBUF, .page_size = 4096,
		.compression = MKTRACE_ZSTD, .chunk_bytes = 16 * BIG_SUBBUF });
	for (i = 0; i < BIG_EVENTS; i++)
		mktrace_pio(t, 0, i, &(struct mktrace_pio){ .pid = i });
	for (i = 1; i < BIG_CPUS; i++)
		mktrace_pio(t, i, 1, &(struct mktrace_pio){ .pid = i });
	mktrace_finish(t, path, &layout);
	file = read_whole(path, &len);
	memset(file + layout.cpu_offset + 12, 0xff, 8);
	write_whole(path, file, len);
	free(file);
	assert_int_equal(source_open(&td, path), 0);
	assert_int_equal(source_stream_open(&s, td, 0, BIG_SUBBUF), 0);
	while ((ret = source_next_span(s, &span)) > 0) {
		bad_chunks += span.bad_chunks;
		bad_bytes += span.bad_bytes;
	}
	assert_int_equal(ret, 0);
	assert_int_equal(bad_chunks, 1);
	assert_int_equal(bad_bytes, 16 * BIG_SUBBUF);
	source_stream_close(s);
	source_close(td);
}

/* More sub-buffers than all streams together may keep */
static void test_too_many(void **state)
{
	const char *path = test_path("many.dat");
	struct source_stream *s;
	struct source *td;
	struct capture c;
	struct mktrace *t;
	unsigned int i;

	(void)state;
	t = mktrace_new(&(struct mktrace_config){
		.cpus = 65, .subbuf_bytes = 1 << 20, .page_size = 4096,
		.compression = MKTRACE_ZSTD });
	for (i = 0; i < 65; i++)
		mktrace_pio(t, i, 1, &(struct mktrace_pio){ .pid = i });
	mktrace_finish(t, path, NULL);
	assert_int_equal(source_open(&td, path), 0);
	capture_start(&c);
	assert_int_equal(source_stream_open(&s, td, 7, 1 << 20), -1);
	assert_null(s);
	capture_end(&c);
	assert_one_message(c.text, path);
	assert_message_has(c.text, ": 65 CPUs with sub-buffers of 1048576 bytes: at most 67108864 bytes are allowed");
	source_close(td);
}

/* More groups than each of several threads may have */

#define MANY_VCPUS	20000u
#define MANY_CPUS	8u

static void write_many(const char *path)
{
	struct mktrace *t = mktrace_new(&(struct mktrace_config){
		.cpus = MANY_CPUS });
	struct mktrace_entry e = { .epoch = 1, .isa = MKTRACE_ISA_SVM,
				   .exit_reason = 0x72 };
	unsigned int i;

	for (i = 0; i < 3 * MANY_VCPUS; i++) {
		e.seq = i + 1;
		e.report = 1 + i / 500;
		e.vm = 1 + i % MANY_VCPUS / 7;
		e.vcpu_id = i % MANY_VCPUS % 7;
		e.exit_tsc = 1000 * i;
		e.tsc = e.exit_tsc + i % 97;
		mktrace_entry(t, i % MANY_CPUS, i, &e);
	}
	mktrace_finish(t, path, NULL);
}

static char *view_of(const char *path, unsigned int by, unsigned int threads)
{
	struct options options = {
		.path = path, .threads = threads,
		.view = { .format = VIEW_JSON, .by = by, .histogram = true },
	};
	struct capture c;
	int status;
	size_t len;
	char *out;

	options.out = open_memstream(&out, &len);
	assert_non_null(options.out);
	capture_start(&c);
	status = analyze(&options);
	capture_end(&c);
	if (status == STATUS_FAILED)
		fail_msg("%s", c.text);
	fclose(options.out);
	return out;
}

static void test_many_groups(void **state)
{
	static const unsigned int by[] = { BY_VCPU, BY_VCPU | BY_CPU };
	const char *path = test_path("groups.dat");
	char *want, *got;
	unsigned int i;

	(void)state;
	write_many(path);
	for (i = 0; i < 2; i++) {
		want = view_of(path, by[i], 1);
		assert_non_null(strstr(want, "\"vcpus\": 20000"));
		assert_non_null(strstr(want, "\"vms\": 2858"));
		got = view_of(path, by[i], 8);
		assert_string_equal(want, got);
		free(want);
		free(got);
	}
}

/* Each is counted once; one too many is refused, silently. */
static void test_vcpus(void **state)
{
	struct vcpus v = { .ids = NULL }, more = { .ids = NULL };
	unsigned int i, twice;
	struct capture c;

	(void)state;
	for (twice = 0; twice < 2; twice++)
		for (i = 0; i < 1000; i++)
			assert_int_equal(vcpus_add(&v, vcpus_id(i / 10, i % 10)), 0);
	assert_int_equal(v.nr, 1000);
	assert_int_equal(vcpus_count_vms(&v), 100);
	assert_int_equal(vcpus_add(&more, vcpus_id(99, 9)), 0);
	assert_int_equal(vcpus_add(&more, vcpus_id(100, 9)), 0);
	assert_int_equal(vcpus_merge(&v, &more), 0);
	assert_int_equal(v.nr, 1001);
	assert_int_equal(vcpus_merge(&more, &v), 0);
	assert_int_equal(more.nr, 1001);
	for (i = 0; v.nr < VCPUS_MAX; i++)
		assert_int_equal(vcpus_add(&v, vcpus_id(7000, i)), 0);
	capture_start(&c);
	assert_int_equal(vcpus_add(&v, vcpus_id(7001, 0)), -1);
	assert_string_equal(capture_end(&c), "");
	assert_true(v.full);
	assert_int_equal(vcpus_add(&v, 0), 0);
	vcpus_release(&v);
	vcpus_release(&more);
}

/* Of exits by threads that nobody could have, not all are remembered. */
static void test_threads(void **state)
{
	struct round_trip rt = { .nr = 0 };
	struct capture capture;
	uint32_t tid;

	(void)state;
	for (tid = 1; tid <= VCPUS_MAX; tid++)
		assert_int_equal(round_trip_exit(&rt, tid, 0, tid, ISA_SVM, 1), 0);
	/* A thread that is known goes on. */
	assert_int_equal(round_trip_exit(&rt, 7, 0, tid, ISA_SVM, 1), 1);
	capture_start(&capture);
	assert_int_equal(round_trip_exit(&rt, tid, 0, tid, ISA_SVM, 1), -1);
	assert_non_null(strstr(capture_end(&capture),
			       "too many threads: kvm_exit events of more than 262144"));
	round_trip_release(&rt);
}

/* Whatever the file says is lost, it never adds up to nothing. */
static void test_losses(void **state)
{
	const struct losses half = {
		1ull << 63, 1ull << 63, 1ull << 63, 1ull << 63, 1ull << 63,
		1ull << 63, 1ull << 63, 1ull << 63, 1ull << 63, 1ull << 63,
		1ull << 63,
	};
	struct losses all, sum = { .lost_events = 0 };

	(void)state;
	memset(&all, 0xff, sizeof(all));
	losses_add(&sum, &half);
	assert_memory_equal(&sum, &half, sizeof(sum));
	losses_add(&sum, &half);
	assert_memory_equal(&sum, &all, sizeof(sum));
	losses_add(&sum, &half);
	assert_memory_equal(&sum, &all, sizeof(sum));
}

/* Counts of up to 2^48 are added up; beyond, there is no telling. */
static void test_absurd(void **state)
{
	static const struct subbuf_format format = { 4096, 8, 8, 16, 4080, NULL };
	static const uint64_t lost[] = {
		1ull << 48, (1ull << 48) + 1, 1ull << 63, UINT64_MAX, 7,
	};
	const char *path = test_path("absurd.dat");
	struct mktrace *t = mktrace_new(&(struct mktrace_config){ .cpus = 1 });
	struct subbuf_record rec;
	struct source *td;
	struct records r;
	unsigned int i;

	(void)state;
	for (i = 0; i <= 5; i++) {
		mktrace_pio(t, 0, i, &(struct mktrace_pio){ .pid = i });
		if (i < 5)
			mktrace_lost(t, 0, lost[i]);
	}
	mktrace_finish(t, path, NULL);
	assert_int_equal(source_open(&td, path), 0);
	assert_int_equal(records_open(&r, td, &format, 0), 0);
	while (records_next(&r, &rec) > 0)
		;
	assert_int_equal(r.losses.lost_events, (1ull << 48) + 7);
	assert_int_equal(r.losses.lost_uncounted, 3);
	assert_int_equal(r.losses.lost_absurd, 3);
	assert_false(losses_none(td, &r.losses, false));
	records_close(&r);
	source_close(td);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_big_chunks),
		cmocka_unit_test(test_big_broken),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_many_groups),
		cmocka_unit_test(test_vcpus),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_losses),
		cmocka_unit_test(test_absurd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
