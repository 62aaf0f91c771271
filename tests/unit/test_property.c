// SPDX-License-Identifier: GPL-2.0
/*
 * The whole analyzer against the brute-force model (model.h), over many random
 * recordings with fixed seeds.
 *
 * Without losses the output is the kernel's log, to the byte.  With losses:
 * - sound: each report that is printed is one the kernel has, to the byte;
 * - complete: a report is printed if all exits that it counts, all reports'
 *   ends and all totals were recorded;
 * - exact: missing exits of each epoch, and the block of recorded exits.
 */
#include "reader-test.h"

#include <endian.h>
#include <inttypes.h>
#include <unistd.h>

#include "analyze.h"
#include "model.h"
#include "sanitized.h"
#include "source/source.h"

static char path[TEST_PATH_MAX];

struct outcome {
	int status;
	char *out;
	const char *err;
	struct capture capture;
};

static void run_once(struct outcome *o, struct options *options)
{
	size_t len;

	options->out = open_memstream(&o->out, &len);
	assert_non_null(options->out);
	capture_start(&o->capture);
	o->status = analyze(options);
	o->err = capture_end(&o->capture);
	fclose(options->out);
}

static void assert_same_outcome(const struct outcome *a,
				const struct outcome *b, unsigned int threads)
{
	if (a->status == b->status && !strcmp(a->out, b->out) &&
	    !strcmp(a->err, b->err))
		return;
	print_message("# %u threads: status %d, otherwise %d\n%s# otherwise:\n%s",
		      threads, b->status, a->status, b->err, a->err);
	fail_msg("the number of threads matters");
}

/* By any number of threads */
static void run_analyzer(struct outcome *o, bool check)
{
	struct options options = { .path = path, .check = check, .threads = 1 };
	struct outcome other;

	run_once(o, &options);
	for (options.threads = 2; options.threads <= 4; options.threads++) {
		run_once(&other, &options);
		assert_same_outcome(o, &other, options.threads);
		free(other.out);
	}
}

static bool take_recorded(const struct model_exit *e, const void *arg)
{
	(void)arg;
	return e->recorded;
}

/* Is @e in a report that the kernel printed? */
static bool is_covered(const struct model *m, const struct model_exit *e)
{
	const struct model_report *r;
	size_t i;

	for (i = 0; i < m->nr_reports; i++) {
		r = &m->reports[i];
		if (!r->skipped && ((e->epoch >= r->since && e->epoch < r->epoch) ||
				    (e->epoch == r->epoch && e->seq <= r->seq)))
			return true;
	}
	return false;
}

/*
 * All that the kernel printed; and the block of recorded exits, if one of them
 * is in no report.
 */
static char *expected_output(const struct model *m)
{
	char *text = NULL, *block;
	size_t len, i;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	for (i = 0; i < m->nr_reports; i++)
		if (!m->reports[i].skipped)
			fputs(m->reports[i].text, f);
	for (i = 0; i < m->nr_exits && is_covered(m, &m->exits[i]);)
		i++;
	if (i < m->nr_exits) {
		block = model_block(m, "recorded", take_recorded, NULL);
		fputs(block, f);
		free(block);
	}
	fclose(f);
	return text;
}

/* Where @a and @b begin to differ, that line of each. */
static void print_difference(const char *a, const char *b)
{
	size_t i, line = 0;

	for (i = 0; a[i] && a[i] == b[i]; i++)
		if (a[i] == '\n')
			line = i + 1;
	print_message("# expected: %.*s\n# printed:  %.*s\n",
		      (int)strcspn(a + line, "\n"), a + line,
		      (int)strcspn(b + line, "\n"), b + line);
}

static void fail_with(const struct model_config *c, const struct outcome *o,
		      const char *what, const char *text)
{
	print_message("# seed %" PRIu64 ": %s: status %d\n", c->seed, what,
		      o->status);
	print_difference(text, o->out);
	print_message("%s", o->err);
	fail();
}

static struct model_config random_config(uint64_t seed)
{
	static const enum mktrace_compression packed[] = {
		MKTRACE_NONE, MKTRACE_ZSTD, MKTRACE_ZLIB,
	};
	struct model_config c = {
		.seed = seed, .cpus = 1 + seed % 5, .vms = 1 + seed % 2,
		.vcpus = 1 + seed % 4, .exits = 300 + seed * 37 % 900,
		.interval = 5 + seed * 11 % 120, .isa = seed % 3,
		.version = seed & 1 ? 7 : 6, .migrate = seed % 3 != 0,
		.first_epoch = 1 + seed % 7,
	};

	if (c.version == 7)
		c.compression = packed[seed / 2 % 3];
	if (seed & 2) {
		c.close_every = 40 + seed % 200;
		c.reset_percent = seed % 4 * 30;
		c.change_interval = seed & 4;
		c.empty_epochs = seed & 8;
	}
	if (seed % 5 == 0)
		c.skip_percent = 30;
	c.no_exit = seed % 7 == 0;
	return c;
}

/*
 * Sanitizers take minutes over all seeds, and see the same code whichever
 * compiler it is: gcc's have half of the seeds, clang's the others; in blocks of
 * 12, as much of a recording depends on small factors of its seed.
 */
static bool has_turn(unsigned int seed)
{
	return !SANITIZED || seed / 12 % 2 == BY_CLANG;
}

static void test_lossless(void **state)
{
	struct model_config c;
	struct outcome o;
	struct model *m;
	unsigned int i;
	char *log;

	(void)state;
	for (i = 0; i < 300; i++) {
		if (!has_turn(i))
			continue;
		c = random_config(i);
		m = model_run(&c, path);
		log = expected_output(m);
		run_analyzer(&o, false);
		if (o.status != 0 || strcmp(log, o.out))
			fail_with(&c, &o, "not the kernel's log", log);
		free(o.out);
		run_analyzer(&o, true);
		if (o.status != 0)
			fail_with(&c, &o, "not equal to kvm_exit_stats", "");
		free(o.out);
		free(log);
		model_free(m);
	}
}

static void test_unfinished(void **state)
{
	unsigned int i, open = 0;
	struct model_config c;
	struct outcome o;
	struct model *m;
	char *log;

	(void)state;
	for (i = 0; i < 100; i++) {
		c = random_config(1000 + i);
		c.unfinished = true;
		c.skip_percent = 0;
		m = model_run(&c, path);
		log = expected_output(m);
		run_analyzer(&o, false);
		if (o.status != 0 || strcmp(log, o.out) ||
		    !strstr(o.err, "unfinished") != !strstr(o.out, "recorded"))
			fail_with(&c, &o, "unfinished", log);
		open += strstr(o.out, "recorded") != NULL;
		free(o.out);
		free(log);
		model_free(m);
	}
	assert_true(open > 50);
}

/* Does the kernel print @block, of @len bytes, for some report? */
static bool is_kernels(const struct model *m, const char *block, size_t len)
{
	size_t i;

	for (i = 0; i < m->nr_reports; i++)
		if (strlen(m->reports[i].text) == len &&
		    !memcmp(m->reports[i].text, block, len))
			return true;
	return false;
}

/* From the line for a total to before the next one. */
static size_t block_len(const char *text)
{
	const char *end = text, *line;

	for (line = strchr(text, '\n'); line && line[1];
	     line = strchr(line + 1, '\n')) {
		end = line + 1;
		/* "...: epoch 1 report 2: exits" is a total */
		if (strstr(end, ": exits") < strchr(end, '\n') &&
		    !memchr(end, ' ', 0) &&
		    (!strncmp(end, "kvm_exit_cycles: recorded: exits", 32) ||
		     ({ unsigned int e, r; int n = 0;
			sscanf(end, "kvm_exit_cycles: epoch %u report %u: exits%n",
			       &e, &r, &n); n; })))
			return end - text;
	}
	return strlen(text);
}

static void check_sound(const struct model_config *c, const struct model *m,
			struct outcome *o)
{
	char *recorded = model_block(m, "recorded", take_recorded, NULL);
	const char *text = o->out;
	size_t len;

	while (*text) {
		len = block_len(text);
		if (!strncmp(text, "kvm_exit_cycles: recorded", 25)) {
			if (strcmp(text, recorded))
				fail_with(c, o, "recorded block", recorded);
		} else if (!is_kernels(m, text, len)) {
			fail_with(c, o, "printed what the kernel did not",
				  text);
		}
		text += len;
	}
	free(recorded);
}

/* Is all that report @r counts recorded, beyond doubt? */
static bool beyond_doubt(const struct model *m, const struct model_report *r)
{
	size_t i;

	if (!r->recorded || !r->total_recorded || !r->stats_recorded)
		return false;
	for (i = 0; i < m->nr_exits; i++)
		if (m->exits[i].epoch >= r->since && !m->exits[i].recorded &&
		    (m->exits[i].epoch < r->epoch ||
		     (m->exits[i].epoch == r->epoch && m->exits[i].seq <= r->seq)))
			return false;
	for (i = 0; i < m->nr_reports; i++)
		if (m->reports[i].epoch >= r->since &&
		    m->reports[i].epoch <= r->epoch &&
		    (!m->reports[i].recorded || !m->reports[i].total_recorded) &&
		    !m->reports[i].skipped)
			return false;
	return true;
}

static unsigned int check_complete(const struct model_config *c,
				   const struct model *m, struct outcome *o)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < m->nr_reports; i++) {
		if (m->reports[i].skipped || !beyond_doubt(m, &m->reports[i]))
			continue;
		n++;
		if (!strstr(o->out, m->reports[i].text))
			fail_with(c, o, "did not print", m->reports[i].text);
	}
	return n;
}

/* What the contract calls before and lost, counted one by one. */
static void count_missing(const struct model *m, const struct model_epoch *e,
			  uint64_t *before, uint64_t *lost)
{
	uint64_t low = 0, high = 0, distinct = 0;
	size_t i;

	for (i = 0; i < m->nr_exits; i++) {
		if (m->exits[i].epoch != e->number || !m->exits[i].recorded)
			continue;
		distinct++;
		if (!low)
			low = m->exits[i].seq;
		high = m->exits[i].seq;
	}
	for (i = 0; i < m->nr_reports; i++)
		if (m->reports[i].epoch == e->number &&
		    m->reports[i].recorded && m->reports[i].seq > high)
			high = m->reports[i].seq;
	*before = low ? low - 1 : 0;
	*lost = high - *before - distinct;
}

static void check_missing(const struct model_config *c, const struct model *m,
			  struct outcome *o)
{
	uint64_t before, lost;
	unsigned int missing = 0;
	char text[128];
	size_t i;

	for (i = 0; i < m->nr_epochs; i++) {
		count_missing(m, &m->epochs[i], &before, &lost);
		if (!before && !lost)
			continue;
		missing++;
		snprintf(text, sizeof(text), "epoch %u: missing exits: %" PRIu64
			 " before, %" PRIu64 " lost\n", m->epochs[i].number,
			 before, lost);
		/* Without totals, nothing else is known. */
		if (c->no_stats && !strstr(o->err, text))
			fail_with(c, o, "missing", text);
	}
	if (missing && o->status != 3)
		fail_with(c, o, "status", "3");
}

static void test_lossy(void **state)
{
	unsigned int i, tried = 0, proven = 0;
	struct model_config c;
	struct outcome o;
	struct model *m;

	(void)state;
	for (i = 0; i < 1000; i++) {
		if (!has_turn(i))
			continue;
		tried++;
		c = random_config(5000 + i);
		c.exits = 200 + i % 300;
		c.begin_percent = i % 3 ? 0 : i % 50;
		c.end_percent = i % 4 ? 0 : i % 40;
		c.holes = i % 7;
		c.hole_events = 1 + i * 13 % 150;
		c.no_stats = i % 4 == 1;
		m = model_run(&c, path);
		run_analyzer(&o, false);
		if (o.status != 0 && o.status != 3 &&
		    !strstr(o.err, "no kvm_entry event"))
			fail_with(&c, &o, "status", "0 or 3");
		check_sound(&c, m, &o);
		proven += check_complete(&c, m, &o);
		if (i % 3 || !c.no_stats)
			check_missing(&c, m, &o);
		free(o.out);
		run_analyzer(&o, true);
		if (o.status == 4)
			fail_with(&c, &o, "check finds a difference", "none");
		free(o.out);
		model_free(m);
	}
	/* The test itself must not run idle. */
	assert_true(proven > tried);
}

/* More exits than a window holds; reports longer than one; no interval. */
static void test_windows(void **state)
{
	static const uint32_t intervals[] = { 0, 1000, 65536, 70000, 149999 };
	struct outcome o;
	struct model *m;
	unsigned int i;
	char *log;

	(void)state;
	for (i = 0; i < sizeof(intervals) / sizeof(intervals[0]); i++) {
		struct model_config c = {
			.seed = i, .cpus = 3, .vms = 2, .vcpus = 3,
			.exits = 150000, .interval = intervals[i],
			.migrate = true,
		};

		m = model_run(&c, path);
		log = expected_output(m);
		run_analyzer(&o, false);
		if (o.status != 0 || strcmp(log, o.out))
			fail_with(&c, &o, "windows", log);
		free(o.out);
		free(log);
		model_free(m);
	}
}

static uint32_t read_u32(FILE *f, uint64_t at)
{
	uint32_t v;

	assert_int_equal(pread(fileno(f), &v, sizeof(v), at), sizeof(v));
	return le32toh(v);
}

/*
 * Spoil each @nth compressed chunk, so that the library sees it.  Return how
 * many there were, and how many bytes in @*bytes.
 */
static unsigned int spoil_chunks(unsigned int nth, uint64_t *bytes)
{
	unsigned int i, n, spoilt = 0, number = 0;
	const struct recording *info;
	struct source *td;
	FILE *f = fopen(path, "r+");
	uint64_t at;

	assert_non_null(f);
	assert_int_equal(source_open(&td, path), 0);
	info = source_recording(td);
	*bytes = 0;
	for (i = 0; i < info->nr_cpus; i++) {
		at = info->cpus[i].offset;
		n = info->cpus[i].size ? read_u32(f, at) : 0;
		for (at += 4; n; n--, at += 8 + read_u32(f, at)) {
			if (number++ % nth)
				continue;
			assert_int_equal(pwrite(fileno(f), "spoilt", 6, at + 8), 6);
			*bytes += read_u32(f, at + 4);
			spoilt++;
		}
	}
	source_close(td);
	fclose(f);
	return spoilt;
}

/* What cannot be decompressed is lost, exactly, and nothing else is. */
static void test_bad_chunks(void **state)
{
	unsigned int i, spoilt;
	struct outcome o;
	struct model *m;
	uint64_t bytes;
	char text[128];

	(void)state;
	for (i = 0; i < 60; i++) {
		struct model_config c = {
			.seed = i, .cpus = 2, .vms = 2, .vcpus = 2,
			.exits = 3000, .interval = 100, .migrate = i & 1,
			.compression = i & 2 ? MKTRACE_ZSTD : MKTRACE_ZLIB,
		};

		m = model_run(&c, path);
		spoilt = spoil_chunks(2 + i % 5, &bytes);
		assert_true(spoilt);
		run_analyzer(&o, false);
		snprintf(text, sizeof(text), ": %u compressed chunk%s, %" PRIu64
			 " bytes of events were skipped\n", spoilt,
			 spoilt == 1 ? "" : "s", bytes);
		if (o.status != 3 || !strstr(o.err, text))
			fail_with(&c, &o, "bad chunks", text);
		/* Exits before and between are counted as missing. */
		if (!strstr(o.err, "epoch 1: missing exits: "))
			fail_with(&c, &o, "bad chunks", "missing exits");
		free(o.out);
		run_analyzer(&o, true);
		if (o.status != 3 && o.status != 5)
			fail_with(&c, &o, "check of bad chunks", "3 or 5");
		free(o.out);
		model_free(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lossless),
		cmocka_unit_test(test_unfinished),
		cmocka_unit_test(test_lossy),
		cmocka_unit_test(test_windows),
		cmocka_unit_test(test_bad_chunks),
	};

	strcpy(path, test_path("trace.dat"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
