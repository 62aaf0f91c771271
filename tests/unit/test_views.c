// SPDX-License-Identifier: GPL-2.0
/*
 * Views count the exits that reports count, whatever numbers are recorded:
 * twice, out of order, in any stream, with any losses; with any number of
 * threads, and with details.
 */
#include "reader-test.h"

#include <inttypes.h>

#include "analyze.h"
#include "mktrace.h"

static char path[TEST_PATH_MAX];

struct outcome {
	char *out;
	struct capture capture;
};

static void run(struct outcome *o, struct options options)
{
	size_t len;

	options.path = path;
	options.out = open_memstream(&o->out, &len);
	assert_non_null(options.out);
	capture_start(&o->capture);
	assert_int_not_equal(analyze(&options), STATUS_FAILED);
	capture_end(&o->capture);
	fclose(options.out);
}

/* What is counted, and what is said of it */
struct counts {
	uint64_t exits, cycles;
	char said[4096];
};

/* Lines on exits that are missing or do not count */
static void keep_said(struct counts *c, const char *err)
{
	static const char *const parts[] = {
		"missing exits", "not used", "neither of VMX",
	};
	const char *end;
	size_t used = 0, i;

	for (; (end = strchr(err, '\n')); err = end + 1)
		for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
			if (memmem(err, end - err, parts[i], strlen(parts[i])))
				used += snprintf(c->said + used,
						 sizeof(c->said) - used,
						 "%.*s\n", (int)(end - err), err);
	c->said[used] = '\0';
}

/* All that is recorded: the last block, which is that of all exits here */
static void count_reports(struct counts *c)
{
	const char *line, *last = NULL;
	struct outcome o;

	run(&o, (struct options){ .threads = 2 });
	for (line = o.out; (line = strstr(line, ": exits ")); line++)
		if (memmem(line, strcspn(line, "\n"), "backwards", 9))
			last = line;
	c->exits = c->cycles = 0;
	if (last)
		assert_int_equal(sscanf(last, ": exits %" SCNu64 " cycles %"
					SCNu64, &c->exits, &c->cycles), 2);
	keep_said(c, o.capture.text);
	free(o.out);
}

/* The total of a CSV whose labels are as many as of --by=reason or detail */
static void count_view(struct counts *c, unsigned int by, unsigned int threads)
{
	struct options options = {
		.threads = threads,
		.view = { .format = VIEW_CSV, .by = by },
	};
	struct outcome o;
	const char *total;

	run(&o, options);
	total = strstr(o.out, "\r\ntotal,,,,");
	assert_non_null(total);
	total += strlen("\r\ntotal,,,,");
	c->exits = strtoull(total, NULL, 10);
	total = strchr(strchr(strchr(total, ',') + 1, ',') + 1, ',');
	c->cycles = strtoull(total + 1, NULL, 10);
	keep_said(c, o.capture.text);
	free(o.out);
}

static void assert_same(const struct counts *a, const struct counts *b,
			const char *what, uint64_t seed)
{
	if (a->exits == b->exits && a->cycles == b->cycles &&
	    !strcmp(a->said, b->said))
		return;
	fail_msg("seed %" PRIu64 ", %s: %" PRIu64 " exits, %" PRIu64
		 " cycles, expected %" PRIu64 ", %" PRIu64 "\n%s# expected:\n%s",
		 seed, what, b->exits, b->cycles, a->exits, a->cycles, b->said,
		 a->said);
}

/* How often, of 256 exits each */
struct oddness {
	unsigned int twice, late, hole, far, bad_isa;
};

struct writer {
	struct mktrace *t;
	unsigned int cpus;
	uint64_t random, ts;
};

static bool happens(struct writer *w, unsigned int often)
{
	return next_random(&w->random) % 256 < often;
}

static void write_entry(struct writer *w, uint32_t epoch, uint64_t seq,
			bool bad_isa)
{
	unsigned int cpu = next_random(&w->random) % w->cpus;

	w->ts += 10;
	/* What it costs says which one it is. */
	mktrace_entry(w->t, cpu, w->ts, &(struct mktrace_entry){
		.pid = 7, .vm = 7, .tsc = w->ts + seq % 1000,
		.exit_tsc = w->ts, .seq = seq, .epoch = epoch,
		.report = 1 + (seq - 1) / 100, .exit_reason = 0x72,
		.isa = bad_isa ? 3 : MKTRACE_ISA_SVM });
}

/* Epochs 2 and 3: that all exits are in a proven report cannot be. */
static void write_random(uint64_t seed, const struct oddness *o)
{
	struct writer w = { .cpus = 1 + seed % 3, .random = seed * 77 + 1 };
	uint64_t seq = 0, i, back;
	uint32_t epoch = 2;

	w.t = mktrace_new(&(struct mktrace_config){ .cpus = w.cpus });
	for (i = 0; i < 400; i++) {
		seq += 1 + happens(&w, o->hole);
		if (happens(&w, o->far))
			seq += 60000;
		if (i == 300) {
			epoch++;
			seq = 1;
		}
		back = next_random(&w.random) % seq;
		if (happens(&w, o->late))
			write_entry(&w, epoch - (back & epoch & 1), back + 1, false);
		write_entry(&w, epoch, seq, happens(&w, o->bad_isa));
		if (happens(&w, o->twice))
			write_entry(&w, epoch, seq, false);
	}
	mktrace_finish(w.t, path, NULL);
}

/* Compare all views; return whether some exits do not count. */
static bool check_views(uint64_t seed)
{
	struct counts want, got;
	unsigned int threads;

	count_reports(&want);
	for (threads = 1; threads <= 3; threads++) {
		count_view(&got, BY_REASON, threads);
		assert_same(&want, &got, "by reason", seed);
	}
	count_view(&got, BY_DETAIL, 1);
	assert_same(&want, &got, "by detail", seed);
	return strstr(want.said, "not used");
}

static unsigned int check_all(const struct oddness *o, uint64_t seeds)
{
	unsigned int odd = 0;
	uint64_t seed;

	for (seed = 1; seed <= seeds; seed++) {
		write_random(seed, o);
		odd += check_views(seed);
	}
	return odd;
}

static void test_orderly(void **state)
{
	(void)state;
	assert_int_equal(check_all(&(struct oddness){ 0 }, 10), 0);
	assert_int_equal(check_all(&(struct oddness){ .hole = 20 }, 20), 0);
	assert_int_equal(check_all(&(struct oddness){ .bad_isa = 3 }, 20), 0);
}

static void test_twice(void **state)
{
	(void)state;
	assert_int_equal(check_all(&(struct oddness){ .twice = 20 }, 30), 30);
	/* As many are lost as are there twice: their number shows nothing. */
	assert_in_range(check_all(&(struct oddness){ .twice = 2, .hole = 2 },
				  50), 20, 50);
	assert_int_equal(check_all(&(struct oddness){
			.twice = 20, .hole = 100, .bad_isa = 9 }, 30), 30);
}

static void test_late(void **state)
{
	(void)state;
	assert_int_equal(check_all(&(struct oddness){ .late = 10 }, 30), 30);
	assert_in_range(check_all(&(struct oddness){
			.late = 3, .twice = 3, .hole = 30, .far = 5 }, 50),
			20, 50);
}

/* Each number is there once, but the first one comes last. */
static void test_disorder(void **state)
{
	static const uint64_t numbers[] = { 2, 3, 4, 1 };
	struct writer w = { .cpus = 1, .random = 1 };
	size_t i;

	(void)state;
	w.t = mktrace_new(&(struct mktrace_config){ .cpus = 1 });
	for (i = 0; i < 4; i++)
		write_entry(&w, 2, numbers[i], false);
	mktrace_finish(w.t, path, NULL);
	assert_true(check_views(0));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orderly),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_late),
		cmocka_unit_test(test_disorder),
	};

	strcpy(path, test_path("trace.dat"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
