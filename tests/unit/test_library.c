// SPDX-License-Identifier: GPL-2.0
/*
 * The library as its clients see it: this file knows kvmexits.h and nothing else of
 * it.  It is run a second time under ThreadSanitizer: see library.bats.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* Behind the above, which it takes */
#include <cmocka.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kvmexits.h"

static const char *const samples[] = {
	SAMPLES "/trace.dat", SAMPLES "/vmx.dat", SAMPLES "/unpatched.dat",
	SAMPLES "/unpatched-vmx.dat",
};

#define NR(array)	(sizeof(array) / sizeof((array)[0]))

#define assert_status(call, status) \
	assert_int_equal((int)(call), (int)(status))

static struct kvx *open_sample(const char *path)
{
	struct kvx *k = kvx_new();

	assert_non_null(k);
	assert_status(kvx_open(k, path), KVX_OK);
	return k;
}

/* The two outputs of the process, into a file each, to see that nothing comes */
struct silence {
	int saved[2];
	FILE *files[2];
};

static void silence_begin(struct silence *s)
{
	int fd;

	fflush(stdout);
	fflush(stderr);
	for (fd = 1; fd <= 2; fd++) {
		s->files[fd - 1] = tmpfile();
		assert_non_null(s->files[fd - 1]);
		s->saved[fd - 1] = dup(fd);
		dup2(fileno(s->files[fd - 1]), fd);
	}
}

/* Return how many bytes came. */
static long silence_end(struct silence *s)
{
	long bytes = 0;
	int fd;

	fflush(stdout);
	fflush(stderr);
	for (fd = 1; fd <= 2; fd++) {
		dup2(s->saved[fd - 1], fd);
		close(s->saved[fd - 1]);
		fseek(s->files[fd - 1], 0, SEEK_END);
		bytes += ftell(s->files[fd - 1]);
		fclose(s->files[fd - 1]);
	}
	return bytes;
}

static void test_version(void **state)
{
	(void)state;
	assert_string_equal(kvx_version(), KVX_VERSION);
}

static int never(void *user, const struct kvx_exit *e)
{
	(void)user;
	(void)e;
	fail_msg("there is no exit");
	return 1;
}

/* NULL is wrong usage, and no crash. */
static void test_null(void **state)
{
	struct kvx_column column = KVX_COLUMN_INIT;
	struct kvx_facts facts = KVX_FACTS_INIT;
	struct kvx_value value = KVX_VALUE_INIT;
	struct kvx_result *r = (void *)1;
	struct kvx *k = kvx_new();
	uint64_t bytes = 1;

	(void)state;
	kvx_free(NULL);
	kvx_result_free(NULL);
	kvx_stop(NULL);
	kvx_reset(NULL);
	kvx_on_message(NULL, NULL, NULL);
	kvx_on_reading(NULL, NULL, NULL);
	kvx_print_messages(NULL, stderr, "x");
	kvx_say(NULL, KVX_ERROR, "x");
	kvx_progress(NULL, &bytes, NULL);
	assert_int_equal(bytes, 0);
	assert_true(*kvx_error(NULL));
	assert_status(kvx_set(NULL, "by", "vm"), KVX_USAGE);
	assert_status(kvx_set(k, NULL, NULL), KVX_USAGE);
	assert_status(kvx_check(NULL), KVX_USAGE);
	assert_status(kvx_open(NULL, "x"), KVX_USAGE);
	assert_status(kvx_open(k, NULL), KVX_USAGE);
	assert_status(kvx_add(NULL, "x"), KVX_USAGE);
	assert_status(kvx_add(k, NULL), KVX_USAGE);
	assert_int_equal(kvx_adds(NULL), 0);
	assert_int_equal(kvx_is_state(NULL), 0);
	assert_status(kvx_facts(NULL, &facts), KVX_USAGE);
	assert_status(kvx_facts(k, NULL), KVX_USAGE);
	assert_status(kvx_each(NULL, never, NULL), KVX_USAGE);
	assert_status(kvx_each(k, NULL, NULL), KVX_USAGE);
	assert_status(kvx_print(NULL, stdout), KVX_USAGE);
	assert_status(kvx_print(k, NULL), KVX_USAGE);
	assert_status(kvx_run(k, NULL), KVX_USAGE);
	assert_status(kvx_run(NULL, &r), KVX_USAGE);
	assert_null(r);
	assert_status(kvx_result_status(NULL), KVX_USAGE);
	assert_status(kvx_result_print(NULL, NULL, stdout), KVX_USAGE);
	assert_int_equal(kvx_result_rows(NULL), 0);
	assert_int_equal(kvx_result_columns(NULL), 0);
	assert_status(kvx_result_column(NULL, 0, &column), KVX_USAGE);
	assert_status(kvx_result_value(NULL, 0, 0, &value), KVX_USAGE);
	kvx_free(k);
}

/* What is wrong, and the words that say so */
static void test_options(void **state)
{
	static const struct {
		const char *option, *value, *error;
	} cases[] = {
		{ "nope", NULL, "bad option: nope" },
		{ "by", NULL, "option needs a value: --by" },
		{ "list", "3", "option takes no value: --list" },
		{ "by", "reason,color", "cannot group by: color, expected" },
		{ "format", "xml", "unknown format: xml, expected" },
		{ "top", "0", "bad number of rows: 0, expected 1 to" },
		{ "jobs", "33", "bad number of threads: 33, expected 1 to 32" },
		{ "isa", "arm", "unknown ISA: arm, expected" },
		{ "tsc-khz", "0", "bad rate of the TSC: 0" },
		{ "report", "1.", "bad report: 1., expected EPOCH or" },
		{ "width", "wide", "bad width: wide, expected columns" },
		{ "instance", "", "bad instance: an empty name" },
		{ "sort", "\x1b[2J", NULL },
		{ "nope\x1b[2J\n", NULL, "bad option: nope\\x1b[2J\\x0a" },
	};
	struct kvx *k = kvx_new();
	struct silence s;
	size_t i;

	(void)state;
	silence_begin(&s);
	for (i = 0; i < NR(cases); i++) {
		if (!cases[i].error) {
			assert_status(kvx_set(k, cases[i].option,
					      cases[i].value), KVX_OK);
			assert_status(kvx_check(k), KVX_USAGE);
			assert_null(strchr(kvx_error(k), '\x1b'));
			kvx_reset(k);
			continue;
		}
		assert_status(kvx_set(k, cases[i].option, cases[i].value),
			      KVX_USAGE);
		assert_ptr_equal(strstr(kvx_error(k), cases[i].error),
				 kvx_error(k));
		/* It is as if it had not been said. */
		assert_status(kvx_check(k), KVX_OK);
	}
	kvx_free(k);
	assert_int_equal(silence_end(&s), 0);
}

static void test_disagreement(void **state)
{
	struct kvx *k = kvx_new();

	(void)state;
	kvx_set(k, "list", NULL);
	kvx_set(k, "by", "vm");
	assert_status(kvx_check(k), KVX_USAGE);
	assert_string_equal(kvx_error(k),
			    "--list is of single exits: not with --by");
	assert_status(kvx_open(k, samples[0]), KVX_USAGE);
	kvx_reset(k);
	assert_status(kvx_open(k, samples[0]), KVX_OK);
	assert_status(kvx_open(k, samples[0]), KVX_USAGE);
	assert_non_null(strstr(kvx_error(k), "a recording is open: "));
	assert_status(kvx_set(k, "isa", "vmx"), KVX_USAGE);
	assert_string_equal(kvx_error(k),
			    "--isa says how a recording is opened: it is open");
	kvx_free(k);
}

/* Files that are none, and what needs one */
static void test_files(void **state)
{
	struct kvx_facts facts = KVX_FACTS_INIT;
	struct kvx *k = kvx_new();
	struct kvx_result *r;
	struct silence s;

	(void)state;
	silence_begin(&s);
	assert_string_equal(kvx_error(k), "");
	assert_status(kvx_facts(k, &facts), KVX_USAGE);
	assert_string_equal(kvx_error(k), "no recording is open");
	assert_status(kvx_each(k, never, NULL), KVX_USAGE);
	assert_status(kvx_run(k, &r), KVX_USAGE);
	assert_null(r);
	assert_status(kvx_print(k, stdout), KVX_USAGE);
	assert_status(kvx_open(k, "/nonexistent/\n"), KVX_FAILED);
	assert_string_equal(kvx_error(k), "cannot open: /nonexistent/\\x0a: "
			    "No such file or directory");
	assert_status(kvx_open(k, "/dev/null"), KVX_FAILED);
	assert_status(kvx_open(k, SAMPLES "/README.md"), KVX_FAILED);
	/* A handle that failed to open one may open another. */
	assert_status(kvx_open(k, samples[0]), KVX_OK);
	assert_status(kvx_set(k, "reason", "no_such"), KVX_OK);
	assert_status(kvx_set(k, "format", "table"), KVX_OK);
	assert_status(kvx_run(k, &r), KVX_USAGE);
	assert_null(r);
	assert_non_null(strstr(kvx_error(k), "no_such"));
	assert_status(kvx_each(k, never, NULL), KVX_USAGE);
	kvx_free(k);
	assert_int_equal(silence_end(&s), 0);
}

static void test_facts(void **state)
{
	struct kvx_facts facts = KVX_FACTS_INIT;
	struct kvx *k = open_sample(samples[0]);

	(void)state;
	assert_status(kvx_facts(k, &facts), KVX_OK);
	assert_int_equal(facts.size, sizeof(facts));
	assert_string_equal(facts.path, samples[0]);
	assert_true(facts.version == 6 || facts.version == 7);
	assert_true(facts.cpus >= 1);
	assert_true(facts.data_bytes && facts.data_bytes < facts.file_bytes);
	assert_int_equal(facts.patched, 1);
	assert_int_equal(facts.unfinished, 0);
	kvx_free(k);
	k = open_sample(samples[2]);
	assert_status(kvx_facts(k, &facts), KVX_OK);
	assert_int_equal(facts.patched, 0);
	kvx_free(k);
}

/* Clients that are older and newer than the library */
static void test_sizes(void **state)
{
	struct {
		struct kvx_facts facts;
		char more[64];
	} newer;
	struct kvx_facts whole = KVX_FACTS_INIT, older;
	const size_t known = offsetof(struct kvx_facts, version);
	struct kvx *k = open_sample(samples[0]);

	(void)state;
	assert_status(kvx_facts(k, &whole), KVX_OK);
	memset(&older, 0xa5, sizeof(older));
	older.size = known;
	assert_status(kvx_facts(k, &older), KVX_OK);
	assert_int_equal(older.size, known);
	assert_memory_equal(&older.path, &whole.path,
			    known - offsetof(struct kvx_facts, path));
	assert_int_equal(*((unsigned char *)&older + known), 0xa5);
	memset(&newer, 0xa5, sizeof(newer));
	newer.facts.size = sizeof(newer);
	assert_status(kvx_facts(k, &newer.facts), KVX_OK);
	assert_memory_equal(&newer.facts.path, &whole.path,
			    sizeof(whole) - offsetof(struct kvx_facts, path));
	assert_int_equal(newer.more[0], 0);
	assert_int_equal(newer.more[63], 0);
	kvx_free(k);
}

/* Messages */

struct heard {
	unsigned int nr[3];
	char last[256];
};

static void hear(void *user, enum kvx_kind kind, const char *text)
{
	struct heard *h = user;

	h->nr[kind]++;
	snprintf(h->last, sizeof(h->last), "%s", text);
}

static void test_messages(void **state)
{
	struct heard heard = { .last = "" };
	struct kvx *k = kvx_new();
	size_t len = 0;
	char *text;
	FILE *out;

	(void)state;
	out = open_memstream(&text, &len);
	kvx_on_message(k, hear, &heard);
	kvx_print_messages(k, out, "me");
	kvx_say(k, KVX_NOTE, "%d of\n%s", 1, "two");
	assert_string_equal(heard.last, "1 of\\x0atwo");
	kvx_say(k, KVX_WARNING, "careful");
	assert_string_equal(kvx_error(k), "");
	kvx_set(k, "nope", NULL);
	assert_string_equal(heard.last, "bad option: nope");
	assert_int_equal(heard.nr[KVX_ERROR], 1);
	assert_int_equal(heard.nr[KVX_WARNING], 1);
	assert_int_equal(heard.nr[KVX_NOTE], 1);
	kvx_on_message(k, NULL, NULL);
	kvx_print_messages(k, out, NULL);
	kvx_say(k, KVX_WARNING, "no name");
	kvx_print_messages(k, NULL, NULL);
	kvx_say(k, KVX_WARNING, "to nobody");
	assert_int_equal(heard.nr[KVX_WARNING], 1);
	fclose(out);
	assert_string_equal(text, "me: note: 1 of\\x0atwo\n"
			    "me: warning: careful\n"
			    "me: bad option: nope\n"
			    "warning: no name\n");
	free(text);
	kvx_free(k);
}

/* What kvx_each() finds */
struct sum {
	uint64_t exits, length, user, details, rips, last;
	uint32_t known;			/* of all of them */
	bool ordered;
	const char *unit;
};

static int add_up(void *user, const struct kvx_exit *e)
{
	struct sum *sum = user;

	assert_int_equal(e->size, sizeof(*e));
	assert_non_null(e->reason);
	sum->exits++;
	sum->length += e->length;
	sum->user += e->user;
	sum->details += !!(e->known & KVX_HAS_DETAIL);
	sum->rips += !!(e->known & KVX_HAS_RIP);
	sum->known &= e->known;
	sum->ordered &= e->ts >= sum->last;
	sum->last = e->ts;
	sum->unit = strcmp(e->unit, "ns") ? "cycles" : "ns";
	return 0;
}

static enum kvx_status sum_up(struct kvx *k, struct sum *sum)
{
	*sum = (struct sum){ .ordered = true, .known = UINT32_MAX };
	return kvx_each(k, add_up, sum);
}

static size_t find_column(const struct kvx_result *r, const char *name)
{
	struct kvx_column c = KVX_COLUMN_INIT;
	size_t i;

	for (i = 0; i < kvx_result_columns(r); i++) {
		assert_status(kvx_result_column(r, i, &c), KVX_OK);
		if (!strcmp(c.name, name))
			return i;
	}
	fail_msg("no column %s", name);
	return 0;
}

/* An integer; 0 if it is not known */
static uint64_t figure(struct kvx_result *r, size_t row, const char *name)
{
	struct kvx_value v = KVX_VALUE_INIT;

	assert_status(kvx_result_value(r, row, find_column(r, name), &v),
		      KVX_OK);
	assert_true(v.type == KVX_INTEGER || v.type == KVX_NONE);
	assert_int_equal(v.high, 0);
	return v.low;
}

static struct kvx_result *run(struct kvx *k)
{
	struct kvx_result *r;

	kvx_run(k, &r);
	if (!r)
		fail_msg("%s", kvx_error(k));
	return r;
}

/* Exits one by one, and all together */
static void test_exits(void **state)
{
	struct sum sum, again, detailed;
	enum kvx_status status;
	struct kvx_result *r;
	struct kvx *k;
	size_t i;

	(void)state;
	for (i = 0; i < NR(samples); i++) {
		k = open_sample(samples[i]);
		status = sum_up(k, &sum);
		assert_string_equal(sum.unit, i < 2 ? "cycles" : "ns");
		assert_true(sum.ordered && sum.exits > 1000);
		assert_int_equal(sum.details + sum.rips, 0);
		kvx_set(k, "format", "json");
		r = run(k);
		assert_int_equal(kvx_result_status(r), status);
		assert_int_equal(sum.exits, figure(r, KVX_ROW_TOTAL, "exits"));
		assert_int_equal(sum.length,
				 figure(r, KVX_ROW_TOTAL, sum.unit));
		if (i < 2)
			assert_int_equal(sum.user,
					 figure(r, KVX_ROW_TOTAL, "user"));
		kvx_result_free(r);
		/* With details the figures are the same. */
		kvx_reset(k);
		kvx_set(k, "list", NULL);
		assert_status(sum_up(k, &detailed), status);
		assert_int_equal(detailed.exits, sum.exits);
		assert_int_equal(detailed.length, sum.length);
		assert_true(detailed.rips > sum.exits / 2);
		assert_true(detailed.details);
		kvx_reset(k);
		assert_status(sum_up(k, &again), status);
		assert_memory_equal(&again, &sum, sizeof(sum));
		kvx_free(k);
	}
}

struct seen {
	unsigned int left;		/* until there are enough */
	unsigned int stop;		/* call kvx_stop() with so many left */
	struct kvx *k;
	struct kvx_exit e;
	char reason[64];
};

static int see(void *user, const struct kvx_exit *e)
{
	struct seen *seen = user;

	seen->e = *e;
	snprintf(seen->reason, sizeof(seen->reason), "%s", e->reason);
	seen->left--;
	if (seen->k && seen->left == seen->stop)
		kvx_stop(seen->k);
	return !seen->left;
}

static void test_one_exit(void **state)
{
	const uint32_t stamps = KVX_HAS_STAMPS | KVX_HAS_NUMBER;
	struct kvx *k = open_sample(samples[0]);
	struct seen seen = { .left = 100 };
	struct sum sum;

	(void)state;
	assert_status(kvx_each(k, see, &seen), KVX_INTERRUPTED);
	assert_int_equal(seen.left, 0);
	assert_true(seen.e.seq && seen.e.epoch && seen.e.vm);
	assert_int_equal(seen.e.isa, 2);
	assert_ptr_equal(strstr(seen.reason, "svm "), seen.reason);
	assert_status(sum_up(k, &sum), KVX_OK);
	assert_int_equal(sum.known & (stamps | KVX_HAS_LENGTH),
			 stamps | KVX_HAS_LENGTH);
	kvx_free(k);
	k = open_sample(samples[2]);
	sum_up(k, &sum);
	assert_int_equal(sum.known & (stamps | KVX_HAS_LENGTH), KVX_HAS_LENGTH);
	kvx_free(k);
}

static void test_filters(void **state)
{
	struct kvx *k = open_sample(samples[0]);
	struct seen seen = { .left = 1 };
	struct kvx_result *r;
	struct sum all, sum;

	(void)state;
	sum_up(k, &all);
	kvx_set(k, "reason", "hlt");
	kvx_set(k, "longer-than", "10000");
	sum_up(k, &sum);
	assert_true(sum.exits && sum.exits < all.exits);
	assert_status(kvx_each(k, see, &seen), KVX_INTERRUPTED);
	assert_string_equal(seen.reason, "svm hlt");
	assert_true(seen.e.length > 10000);
	kvx_set(k, "format", "table");
	r = run(k);
	assert_int_equal(sum.exits, figure(r, KVX_ROW_TOTAL, "exits"));
	kvx_result_free(r);
	kvx_free(k);
}

/* Results */

static char *print(struct kvx_result *r, const char *format)
{
	size_t len;
	char *text;
	FILE *out = open_memstream(&text, &len);

	assert_status(kvx_result_print(r, format, out), KVX_OK);
	fclose(out);
	return text;
}

/* What the program prints */
static char *print_at_once(const char *path, const char *format,
			   const char *by)
{
	struct kvx *k = open_sample(path);
	size_t len;
	char *text;
	FILE *out = open_memstream(&text, &len);

	if (format)
		assert_status(kvx_set(k, "format", format), KVX_OK);
	if (by)
		assert_status(kvx_set(k, "by", by), KVX_OK);
	kvx_print(k, out);
	fclose(out);
	kvx_free(k);
	return text;
}

/* A result prints as the program does, in all formats, when its handle is gone. */
static void test_print(void **state)
{
	static const char *const formats[] = { "table", "json", "csv" };
	char *text, *expected;
	struct kvx_result *r;
	struct kvx *k;
	size_t i, f;

	(void)state;
	for (i = 0; i < NR(samples); i++) {
		k = open_sample(samples[i]);
		kvx_set(k, "by", "reason,cpu");
		r = run(k);
		kvx_free(k);
		for (f = 0; f < NR(formats); f++) {
			text = print(r, formats[f]);
			expected = print_at_once(samples[i], formats[f],
						 "reason,cpu");
			assert_true(strlen(text) > 1000);
			assert_string_equal(text, expected);
			free(expected);
			free(text);
		}
		text = print(r, NULL);
		assert_non_null(strstr(text, "exits%"));
		free(text);
		assert_status(kvx_result_print(r, "reports", stdout), KVX_USAGE);
		assert_status(kvx_result_print(r, "xml", stdout), KVX_USAGE);
		kvx_result_free(r);
	}
}

/* A stream that takes nothing */
static void test_full(void **state)
{
	struct kvx *k = open_sample(samples[0]);
	FILE *full = fopen("/dev/full", "w");
	struct kvx_result *r;

	(void)state;
	assert_non_null(full);
	assert_status(kvx_print(k, full), KVX_FAILED);
	r = run(k);
	assert_status(kvx_result_print(r, NULL, full), KVX_FAILED);
	kvx_result_free(r);
	kvx_set(k, "format", "json");
	r = run(k);
	assert_status(kvx_result_print(r, "csv", full), KVX_FAILED);
	kvx_result_free(r);
	fclose(full);
	kvx_free(k);
}

static void test_reports(void **state)
{
	struct kvx_value v = KVX_VALUE_INIT;
	struct kvx *k = open_sample(samples[0]);
	char *text, *expected, line[256];
	struct kvx_result *r = run(k);
	size_t row, rows, reason;

	(void)state;
	text = print(r, NULL);
	expected = print_at_once(samples[0], NULL, NULL);
	assert_string_equal(text, expected);
	free(expected);
	reason = find_column(r, "reason");
	assert_true(kvx_result_rows(r) > 10);
	for (row = 0; row < kvx_result_rows(r); row++) {
		assert_status(kvx_result_value(r, row, reason, &v), KVX_OK);
		snprintf(line, sizeof(line), "kvm_exit_cycles: epoch %" PRIu64
			 " report %" PRIu64 ":%s%s%s exits %" PRIu64
			 " cycles %" PRIu64 " ", figure(r, row, "epoch"),
			 figure(r, row, "report"), v.text ? " " : "",
			 v.text ? v.text : "", v.text ? ":" : "",
			 figure(r, row, "exits"), figure(r, row, "cycles"));
		if (!strstr(text, line))
			fail_msg("row %zu: not printed: %s", row, line);
	}
	assert_status(kvx_result_value(r, row, reason, &v), KVX_USAGE);
	assert_status(kvx_result_value(r, KVX_ROW_TOTAL, reason, &v), KVX_USAGE);
	assert_status(kvx_result_value(r, 0, kvx_result_columns(r), &v),
		      KVX_USAGE);
	assert_status(kvx_result_print(r, "json", stdout), KVX_USAGE);
	free(text);
	rows = kvx_result_rows(r);
	kvx_result_free(r);
	kvx_set(k, "view", "reports");
	kvx_set(k, "format", "json");
	r = run(k);
	assert_int_equal(kvx_result_rows(r), rows);
	assert_status(kvx_result_print(r, "table", stdout), KVX_USAGE);
	text = print(r, "json");
	assert_ptr_equal(strstr(text, "{\"format\""), text);
	free(text);
	kvx_result_free(r);
	kvx_reset(k);
	kvx_set(k, "check", NULL);
	r = run(k);
	assert_status(kvx_result_status(r), KVX_OK);
	assert_int_equal(kvx_result_rows(r), 0);
	text = print(r, "reports");
	assert_non_null(strstr(text, "check: "));
	free(text);
	kvx_result_free(r);
	kvx_free(k);
}

static void test_columns(void **state)
{
	struct kvx_column c = KVX_COLUMN_INIT;
	struct kvx_value v = KVX_VALUE_INIT;
	struct kvx *k = open_sample(samples[2]);
	struct kvx_result *r;
	uint64_t exits = 0;
	size_t row;

	(void)state;
	kvx_set(k, "format", "csv");
	kvx_set(k, "top", "3");
	r = run(k);
	assert_int_equal(kvx_result_rows(r), 3);
	assert_status(kvx_result_column(r, find_column(r, "reason"), &c),
		      KVX_OK);
	assert_int_equal(c.label, 1);
	assert_string_equal(c.unit, "");
	assert_status(kvx_result_column(r, find_column(r, "ns"), &c), KVX_OK);
	assert_string_equal(c.unit, "ns");
	assert_int_equal(c.label, 0);
	assert_status(kvx_result_column(r, find_column(r, "exits_percent"), &c),
		      KVX_OK);
	assert_string_equal(c.unit, "percent");
	assert_status(kvx_result_value(r, KVX_ROW_TOTAL,
				       find_column(r, "exits_percent"), &v),
		      KVX_OK);
	assert_int_equal(v.type, KVX_DECIMAL);
	assert_int_equal(v.low, 10000);
	assert_int_equal(v.decimals, 2);
	assert_status(kvx_result_value(r, KVX_ROW_TOTAL,
				       find_column(r, "reason"), &v), KVX_OK);
	assert_int_equal(v.type, KVX_NONE);
	for (row = 0; row < 3; row++)
		exits += figure(r, row, "exits");
	exits += figure(r, KVX_ROW_MORE, "exits");
	assert_int_equal(exits, figure(r, KVX_ROW_TOTAL, "exits"));
	assert_status(kvx_result_value(r, 3, 0, &v), KVX_USAGE);
	assert_status(kvx_result_column(r, kvx_result_columns(r), &c),
		      KVX_USAGE);
	kvx_result_free(r);
	kvx_free(k);
}

/* States */

static char folder[] = "/tmp/test-library-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return rmdir(folder);
}

/* @name in a folder of this process; the caller frees it. */
static char *temporary(const char *name)
{
	char *path;

	assert_true(asprintf(&path, "%s/%s", folder, name) > 0);
	return path;
}

/* What two inputs have in common, and are: saved to @path, if that is not NULL */
static struct kvx_result *add_inputs(const char *first, const char *second,
				     const char *path)
{
	struct kvx *k = open_sample(first);
	struct kvx_result *r;
	FILE *out;

	if (second)
		assert_status(kvx_add(k, second), KVX_OK);
	kvx_set(k, "format", "json");
	r = run(k);
	if (path) {
		out = fopen(path, "w");
		assert_non_null(out);
		assert_int_equal(kvx_is_state(path), 0);
		kvx_set(k, "format", "state");
		kvx_set(k, "by", "reason");
		assert_status(kvx_print(k, out), kvx_result_status(r));
		assert_int_equal(fclose(out), 0);
		assert_int_equal(kvx_is_state(path), 1);
	}
	kvx_free(k);
	return r;
}

static uint64_t exits_of(struct kvx_result *r)
{
	uint64_t exits = figure(r, KVX_ROW_TOTAL, "exits");

	kvx_result_free(r);
	return exits;
}

/* Save, load, merge: what is added up at once, or over states, is the same. */
static void test_states(void **state)
{
	char *a = temporary("a"), *b = temporary("b"), *both = temporary("both");
	uint64_t exits[2], sum;

	(void)state;
	exits[0] = exits_of(add_inputs(samples[0], NULL, a));
	exits[1] = exits_of(add_inputs(samples[1], NULL, b));
	assert_true(exits[0] && exits[1]);
	assert_int_equal(exits[0], exits_of(add_inputs(a, NULL, NULL)));
	sum = exits[0] + exits[1];
	assert_int_equal(sum, exits_of(add_inputs(samples[0], samples[1], NULL)));
	assert_int_equal(sum, exits_of(add_inputs(a, samples[1], NULL)));
	assert_int_equal(sum, exits_of(add_inputs(b, a, both)));
	assert_int_equal(sum, exits_of(add_inputs(both, NULL, NULL)));
	unlink(a);
	unlink(b);
	unlink(both);
	free(a);
	free(b);
	free(both);
}

/* What kvx_print() makes of @k, as @format */
static char *print_as(struct kvx *k, const char *format, enum kvx_status expected,
		      size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	assert_non_null(out);
	kvx_set(k, "format", format);
	assert_status(kvx_print(k, out), expected);
	assert_int_equal(fclose(out), 0);
	return text;
}

/* States in memory stand for their recordings; one that there is not is left out. */
static void test_states_in_memory(void **state)
{
	char *data[2], *want, *got;
	size_t bytes[2], want_len, len, i;
	struct kvx *k;

	(void)state;
	for (i = 0; i < 2; i++) {
		k = open_sample(samples[i]);
		data[i] = print_as(k, "state", KVX_OK, &bytes[i]);
		kvx_free(k);
	}
	k = open_sample(samples[0]);
	assert_status(kvx_add(k, samples[1]), KVX_OK);
	want = print_as(k, "json", KVX_OK, &want_len);
	kvx_free(k);
	k = kvx_new();
	for (i = 0; i < 2; i++)
		assert_status(kvx_add_state(k, samples[i], data[i], bytes[i]), KVX_OK);
	got = print_as(k, "json", KVX_OK, &len);
	assert_int_equal(len, want_len);
	assert_memory_equal(got, want, len);
	free(got);
	assert_status(kvx_add_state(k, "lost", NULL, 0), KVX_OK);
	assert_status(kvx_add_state(k, "damaged", data[0], bytes[0] - 1), KVX_OK);
	got = print_as(k, "json", KVX_INCOMPLETE, &len);
	assert_non_null(strstr(got, "\"inputs_left_out\": 2"));
	free(got);
	kvx_free(k);
	k = kvx_new();
	assert_status(kvx_add_state(k, "lost", NULL, 0), KVX_OK);
	free(print_as(k, "json", KVX_FAILED, &len));
	kvx_free(k);
	assert_status(kvx_add_state(NULL, "x", NULL, 0), KVX_USAGE);
	for (i = 0; i < 2; i++)
		free(data[i]);
	free(want);
}

/* What states and several inputs cannot do */
static void test_inputs(void **state)
{
	struct kvx_facts facts = KVX_FACTS_INIT;
	char *path = temporary("state");
	struct kvx *k = kvx_new();
	struct kvx_result *r;

	(void)state;
	assert_status(kvx_add(k, samples[0]), KVX_USAGE);
	assert_string_equal(kvx_error(k), "no recording is open");
	assert_int_equal(kvx_adds(k), 0);
	kvx_set(k, "format", "csv");
	assert_int_equal(kvx_adds(k), 1);
	kvx_free(k);
	kvx_result_free(add_inputs(samples[0], NULL, path));
	k = open_sample(path);
	assert_status(kvx_facts(k, &facts), KVX_USAGE);
	assert_status(kvx_each(k, never, NULL), KVX_USAGE);
	assert_string_equal(kvx_error(k),
			    "exits one by one are of one recording: this is a state");
	assert_status(kvx_run(k, &r), KVX_USAGE);
	assert_ptr_equal(strstr(kvx_error(k), "a state has no reports: "),
			 kvx_error(k));
	kvx_free(k);
	k = open_sample(samples[0]);
	assert_status(kvx_add(k, samples[1]), KVX_OK);
	assert_status(kvx_each(k, never, NULL), KVX_USAGE);
	assert_status(kvx_run(k, &r), KVX_USAGE);
	assert_ptr_equal(strstr(kvx_error(k), "more than one recording given: "),
			 kvx_error(k));
	kvx_set(k, "format", "table");
	assert_status(kvx_add(k, samples[0]), KVX_OK);
	assert_status(kvx_run(k, &r), KVX_FAILED);
	assert_non_null(strstr(kvx_error(k), "twice"));
	kvx_free(k);
	unlink(path);
	free(path);
}

/* Waiting */

struct reading_seen {
	struct kvx *k;
	bool stop;
	unsigned int begun, ended;
};

static void see_reading(void *user, int reading)
{
	struct reading_seen *s = user;

	s->begun += reading;
	s->ended += !reading;
	if (reading && s->stop)
		kvx_stop(s->k);
}

static void test_progress(void **state)
{
	struct kvx *k = open_sample(samples[0]);
	struct reading_seen seen = { .k = k };
	struct kvx_result *r;
	uint64_t bytes, total;

	(void)state;
	kvx_on_reading(k, see_reading, &seen);
	r = run(k);
	kvx_result_free(r);
	assert_int_equal(seen.begun, 1);
	assert_int_equal(seen.ended, 1);
	kvx_progress(k, &bytes, &total);
	assert_true(bytes && total);
	kvx_free(k);
}

static void test_stop(void **state)
{
	struct kvx *k = open_sample(samples[0]);
	struct reading_seen reading = { .k = k, .stop = true };
	struct seen seen = { .left = UINT32_MAX, .stop = UINT32_MAX - 10 };
	struct kvx_result *r;

	(void)state;
	kvx_on_reading(k, see_reading, &reading);
	assert_status(kvx_run(k, &r), KVX_INTERRUPTED);
	assert_non_null(r);
	assert_int_equal(kvx_result_rows(r), 0);
	kvx_result_free(r);
	kvx_free(k);
	k = open_sample(samples[0]);
	seen.k = k;
	assert_status(kvx_each(k, see, &seen), KVX_INTERRUPTED);
	assert_true(seen.left <= UINT32_MAX - 10);
	kvx_free(k);
}

static struct kvx *stopped_by_signal;

static void stop_by_signal(int sig)
{
	(void)sig;
	kvx_stop(stopped_by_signal);
}

static void test_signal(void **state)
{
	struct kvx *k = open_sample(samples[2]);
	struct sum sum;

	(void)state;
	stopped_by_signal = k;
	signal(SIGUSR1, stop_by_signal);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_DFL);
	assert_status(sum_up(k, &sum), KVX_INTERRUPTED);
	kvx_free(k);
}

/* Threads */

/* All that is found in one sample, as text */
static char *all_of(const char *path)
{
	static const char *const views[] = { "exits", "time", "list" };
	struct kvx *k = open_sample(path);
	struct kvx_result *r;
	struct sum sum;
	size_t len, i;
	char *text;
	FILE *out = open_memstream(&text, &len);

	kvx_set(k, "jobs", "2");
	kvx_print(k, out);
	for (i = 0; i < NR(views); i++) {
		kvx_reset(k);
		kvx_set(k, "jobs", "2");
		kvx_set(k, "view", views[i]);
		if (kvx_run(k, &r) != KVX_FAILED)
			kvx_result_print(r, "json", out);
		kvx_result_free(r);
	}
	sum_up(k, &sum);
	fprintf(out, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n", sum.exits,
		sum.length, sum.details);
	kvx_set(k, "by", "nonsense");
	fprintf(out, "%s\n", kvx_error(k));
	fclose(out);
	kvx_free(k);
	return text;
}

static void *all_in_thread(void *path)
{
	return all_of(path);
}

static void test_threads(void **state)
{
	char *expected[NR(samples)];
	pthread_t threads[2 * NR(samples)];
	struct silence s;
	void *got;
	size_t i;

	(void)state;
	silence_begin(&s);
	for (i = 0; i < NR(samples); i++)
		expected[i] = all_of(samples[i]);
	for (i = 0; i < NR(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, all_in_thread,
						(void *)samples[i / 2]), 0);
	for (i = 0; i < NR(threads); i++) {
		assert_int_equal(pthread_join(threads[i], &got), 0);
		assert_true(strlen(got) > 1000);
		assert_string_equal(got, expected[i / 2]);
		free(got);
	}
	for (i = 0; i < NR(samples); i++)
		free(expected[i]);
	assert_int_equal(silence_end(&s), 0);
}

struct stopper {
	struct kvx *k;
	bool begun;
};

static void *stop_in_thread(void *arg)
{
	struct stopper *s = arg;
	uint64_t bytes, total;

	__atomic_store_n(&s->begun, true, __ATOMIC_RELEASE);
	do
		kvx_progress(s->k, &bytes, &total);
	while (!bytes);
	kvx_stop(s->k);
	return NULL;
}

static void test_stop_in_thread(void **state)
{
	struct kvx *k = open_sample(samples[0]);
	struct stopper stopper = { .k = k };
	enum kvx_status status = KVX_OK;
	struct kvx_result *r;
	pthread_t thread;

	(void)state;
	kvx_set(k, "jobs", "2");
	assert_int_equal(pthread_create(&thread, NULL, stop_in_thread, &stopper),
			 0);
	while (!__atomic_load_n(&stopper.begun, __ATOMIC_ACQUIRE))
		;
	/* Sooner or later */
	while (status != KVX_INTERRUPTED) {
		status = kvx_run(k, &r);
		assert_non_null(r);
		kvx_result_free(r);
	}
	pthread_join(thread, NULL);
	kvx_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_null),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_disagreement),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_facts),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_exits),
		cmocka_unit_test(test_one_exit),
		cmocka_unit_test(test_filters),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_reports),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_states),
		cmocka_unit_test(test_states_in_memory),
		cmocka_unit_test(test_inputs),
		cmocka_unit_test(test_progress),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_signal),
		cmocka_unit_test(test_threads),
		cmocka_unit_test(test_stop_in_thread),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
