// SPDX-License-Identifier: GPL-2.0
/*
 * Items of a timeline: their packets, byte by byte, beside those that are put together
 * field by field; and the same file, whatever number of threads writes it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reader-test.h"

#include "output/perfetto-events.h"

static const uint64_t steps[] = {
	0, 1, 127, 128, 16383, 16384, (1u << 21) - 1, 1u << 21, (1u << 28) - 1, 1u << 28,
	UINT32_MAX, 1ull << 56, INT64_MAX, UINT64_MAX,
};
static const uint32_t names[] = { 0, 1, 127, 128, 16383, 16384, 300000, PERFETTO_NUMBER_MAX };
static const uint32_t sequences[] = { 2, 127, 128, 16383, 16384, PERFETTO_NUMBER_MAX };

#define NR(list)	(sizeof(list) / sizeof(list[0]))

static uint8_t want_data[4096], got_data[4096];

static void put_number(struct protobuf *b, unsigned int name, unsigned int field, uint64_t v)
{
	size_t at = protobuf_begin(b, 4);

	protobuf_uint(b, 1, name);
	protobuf_uint(b, field, v);
	protobuf_end(b, at);
}

static void put_detail(struct protobuf *b, const char *detail)
{
	size_t at = protobuf_begin(b, 4);

	protobuf_uint(b, 1, 4);
	protobuf_text(b, 6, detail);
	protobuf_end(b, at);
}

/* A slice as the analyzer is told of it */
struct slice {
	uint64_t step;
	uint32_t name, sequence;	/* name 0: it ends */
	const struct perfetto_args *args;
};

static void put_packet(struct protobuf *b, const struct slice *s)
{
	size_t packet = protobuf_begin(b, 1), event;

	protobuf_uint(b, 8, s->step);
	event = protobuf_begin(b, 11);
	protobuf_uint(b, 9, s->name ? 1 : 2);
	if (s->name)
		protobuf_uint(b, 10, s->name);
	if (s->args)
		put_number(b, 1, 3, s->args->cycles);
	if (s->args && s->args->has_seq)
		put_number(b, 2, 3, s->args->seq);
	if (s->args && s->args->has_rip)
		put_number(b, 3, 7, s->args->rip);
	if (s->args && s->args->detail)
		put_detail(b, s->args->detail);
	protobuf_end(b, event);
	protobuf_uint(b, 10, s->sequence);
	protobuf_end(b, packet);
}

/* Its items become its packet, and fit what they are allowed. */
static void assert_packet(const struct slice *s)
{
	struct protobuf want = { .data = want_data }, got = { .data = got_data };
	struct perfetto_track track = { .sequence = s->sequence,
					.tail = perfetto_tail(s->sequence) };
	struct perfetto_item items[64];
	struct perfetto_writer w = { items };
	size_t nr;

	if (s->name)
		perfetto_put_begin(&w, &track, s->step, s->name - 1, s->args);
	else
		perfetto_put_end(&w, &track, s->step);
	nr = w.to - items;
	assert_in_range(perfetto_pack_bound(nr), 1, sizeof(got_data));
	put_packet(&want, s);
	perfetto_pack(items, nr, &got);
	assert_int_equal(got.nr, want.nr);
	assert_memory_equal(got_data, want_data, want.nr);
	assert_in_range(got.nr, 1, perfetto_pack_bound(nr) - 64);
}

static void test_slices(void **state)
{
	size_t i, j, k;

	(void)state;
	for (i = 0; i < NR(steps); i++)
		for (j = 0; j < NR(names); j++)
			for (k = 0; k < NR(sequences); k++)
				assert_packet(&(struct slice){ steps[i], names[j],
							       sequences[k], NULL });
}

static void test_arguments(void **state)
{
	static char longest[PERFETTO_NAME_MAX];
	const char *const details[] = { NULL, "", "a", "fifteen letters", "sixteen letters.",
					"msr 0x6e0 write", longest };
	struct perfetto_args args;
	size_t i, j;

	(void)state;
	memset(longest, 'x', sizeof(longest) - 1);
	for (i = 0; i < NR(details); i++)
		for (j = 0; j < 8; j++) {
			args = (struct perfetto_args){
				.cycles = steps[i], .seq = UINT64_MAX - i, .rip = UINT64_MAX,
				.has_seq = j & 1, .has_rip = j & 2, .detail = details[i],
			};
			assert_packet(&(struct slice){ UINT64_MAX, j & 4 ? 300000 : 1,
						       j & 4 ? 300000 : 2, &args });
		}
}

/* A timeline of many blocks, which the caller frees */
static char *make_timeline(unsigned int threads, size_t *len)
{
	struct perfetto_args args = { .has_seq = true, .detail = "msr 0x6e0 write" };
	struct perfetto_track tracks[2] = { { .uuid = 1 }, { .uuid = 2 } };
	struct perfetto p;
	char *text = NULL;
	FILE *out = open_memstream(&text, len);
	unsigned int i;

	assert_non_null(out);
	assert_int_equal(perfetto_init(&p, out, threads), 0);
	for (i = 0; i < 2; i++)
		assert_int_equal(perfetto_begin(&p, &tracks[i], 2 + i, 4, 1000), 0);
	for (i = 0; i < 200000; i++) {
		args.cycles = args.seq = i * 2654435761u;
		perfetto_slice(&p, &tracks[i & 1], i * 1000, i % 4, "name",
			       i % 3 ? &args : NULL);
		perfetto_slice_end(&p, &tracks[i & 1], i * 1000 + i % 512);
		if (i % 1000 == 0)
			perfetto_count(&p, 3, i * 1000, i);
	}
	assert_int_equal(perfetto_end(&p), 0);
	perfetto_release(&p);
	for (i = 0; i < 2; i++)
		perfetto_track_release(&tracks[i]);
	assert_int_equal(fclose(out), 0);
	return text;
}

static void test_threads_do_not_matter(void **state)
{
	static const unsigned int threads[] = { 2, 3, 4, 32 };
	char *want, *got;
	size_t want_len, len, i;

	(void)state;
	want = make_timeline(1, &want_len);
	assert_in_range(want_len, 100000, 200000 * 45);
	for (i = 0; i < NR(threads); i++) {
		got = make_timeline(threads[i], &len);
		assert_int_equal(len, want_len);
		assert_memory_equal(got, want, len);
		free(got);
	}
	free(want);
}

static void test_no_room(void **state)
{
	unsigned int threads, i;
	struct perfetto p;
	FILE *out;

	(void)state;
	for (threads = 1; threads < 4; threads++) {
		out = fopen("/dev/full", "w");
		assert_non_null(out);
		setvbuf(out, NULL, _IONBF, 0);
		assert_int_equal(perfetto_init(&p, out, threads), 0);
		for (i = 0; i < 100000 && !p.failed; i++)
			perfetto_count(&p, 3, i * 1000, i);
		assert_int_equal(perfetto_end(&p), -1);
		perfetto_release(&p);
		fclose(out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_arguments),
		cmocka_unit_test(test_threads_do_not_matter),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
