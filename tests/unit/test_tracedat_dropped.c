// SPDX-License-Identifier: GPL-2.0
/* What CPUSTAT options say of events that the kernel dropped */
#include "mktrace.h"
#include "reader-test.h"
#include "source/source.h"

#define NR(a)		(sizeof(a) / sizeof((a)[0]))
#define CPUSTAT		2

static void add_text(struct mktrace *t, const char *text)
{
	mktrace_option(t, CPUSTAT, text, strlen(text) + 1);
}

/* As trace-cmd writes it */
static void add_stats(struct mktrace *t, unsigned int cpu, unsigned int overrun,
		      unsigned int commit_overrun, unsigned int dropped)
{
	char text[512];

	snprintf(text, sizeof(text),
		 "CPU: %u\nentries: 7\noverrun: %u\ncommit overrun: %u\n"
		 "bytes: 64\noldest event ts:     5.133333\n"
		 "now ts:    12.632526\ndropped events: %u\nread events: 21\n",
		 cpu, overrun, commit_overrun, dropped);
	add_text(t, text);
}

static struct source *finish(struct mktrace *t, const char *instance)
{
	struct source_request request = { .instance = instance };
	const char *path = test_path("dropped.dat");
	struct source *td;

	mktrace_finish(t, path, NULL);
	assert_int_equal(source_open_request(&td, path, &request), 0);
	return td;
}

static void test_texts(void **state)
{
	static const struct {
		const char *text;
		uint64_t events;	/* 0: none */
		uint32_t cpu;
	} cases[] = {
		{ "CPU: 3\ndropped events: 5\n", 5, 3 },
		{ "CPU: 3\ndropped events: 5", 5, 3 },
		{ "CPU: 3\ncommit overrun: 2\ndropped events: 5\n", 7, 3 },
		{ "CPU: 4294967295\ncommit overrun: 1\n", 1, UINT32_MAX },
		{ "CPU: 0\ndropped events: 18446744073709551615\n", UINT64_MAX, 0 },
		{ "CPU: 0\ndropped events: 99999999999999999999\n", UINT64_MAX, 0 },
		{ "CPU: 0\ncommit overrun: 18446744073709551615\n"
		  "dropped events: 18446744073709551615\n", UINT64_MAX, 0 },
		/* Those that were overwritten have left a flag. */
		{ "CPU: 0\noverrun: 9\ncommit overrun: 0\ndropped events: 0\n", 0, 0 },
		/* No such text */
		{ "", 0, 0 },
		{ "\n", 0, 0 },
		{ "CPU: ", 0, 0 },
		{ "CPU: x\ndropped events: 5\n", 0, 0 },
		{ "CPU: -1\ndropped events: 5\n", 0, 0 },
		{ "CPU: 4294967296\ndropped events: 5\n", 0, 0 },
		{ "CPU: 99999999999999999999\ndropped events: 5\n", 0, 0 },
		{ "CPU: 0\ndropped events: -5\n", 0, 0 },
		{ "CPU: 0\ndropped events: \n", 0, 0 },
		{ "CPU: 0\ndropped events: ", 0, 0 },
		{ "CPU: 0\ndropped events", 0, 0 },
		{ "CPU: 0\nnot dropped events: 5\n", 0, 0 },
		{ "dropped events: 5\n", 0, 0 },
		{ "\nBuffer: x\n\nCPU: 0\ndropped events: 5\n", 0, 0 },
	};
	const struct recording *info;
	struct source *td;
	struct mktrace *t;
	size_t i;

	(void)state;
	for (i = 0; i < NR(cases); i++) {
		t = mktrace_new(&(struct mktrace_config){ .version = 7 });
		add_text(t, cases[i].text);
		td = finish(t, NULL);
		info = source_recording(td);
		assert_int_equal(info->nr_dropped, cases[i].events != 0);
		if (cases[i].events) {
			assert_int_equal(info->dropped[0].cpu, cases[i].cpu);
			assert_true(info->dropped[0].events == cases[i].events);
		}
		source_close(td);
	}
}

static void test_too_long(void **state)
{
	struct mktrace *t = mktrace_new(&(struct mktrace_config){ 0 });
	static char text[100000] = "CPU: 0\ndropped events: 5\n";
	struct source *td;

	(void)state;
	memset(text + strlen(text), 'x', sizeof(text) - strlen(text) - 1);
	mktrace_option(t, CPUSTAT, text, sizeof(text));
	mktrace_option(t, CPUSTAT, text, 0);
	td = finish(t, NULL);
	assert_int_equal(source_recording(td)->nr_dropped, 0);
	source_close(td);
}

static bool is_equal(const struct recording_events *a,
		     const struct recording_events *b)
{
	return a->cpu == b->cpu && a->events == b->events;
}

/* Each buffer has its own. */
static void test_buffers(void **state)
{
	static const struct {
		const char *instance;
		unsigned int nr;
		struct recording_events dropped[2];
	} cases[] = {
		{ NULL, 1, { { 1, 4 }, { 0, 0 } } },
		{ "guests", 2, { { 0, 1 }, { 5, 2 } } },
		{ "guest", 0, { { 0, 0 } } },
	};
	const struct recording *info;
	struct source *td;
	struct mktrace *t;
	unsigned int j;
	size_t i;

	(void)state;
	for (i = 0; i < 2 * NR(cases); i++) {
		t = mktrace_new(&(struct mktrace_config){
			.version = i % 2 ? 6 : 7 });
		mktrace_instance(t, "guest", mktrace_new(
			&(struct mktrace_config){ .version = i % 2 ? 6 : 7 }));
		mktrace_instance(t, "guests", mktrace_new(
			&(struct mktrace_config){ .version = i % 2 ? 6 : 7 }));
		add_stats(t, 0, 3, 0, 0);
		add_stats(t, 1, 0, 0, 4);
		add_text(t, "\nBuffer: guest\n\n");
		add_stats(t, 0, 0, 0, 0);
		add_text(t, "\nBuffer: guests\n\n");
		add_stats(t, 0, 0, 1, 0);
		add_stats(t, 5, 0, 1, 1);
		td = finish(t, cases[i / 2].instance);
		info = source_recording(td);
		assert_int_equal(info->nr_dropped, cases[i / 2].nr);
		for (j = 0; j < info->nr_dropped; j++)
			assert_true(is_equal(&info->dropped[j],
					     &cases[i / 2].dropped[j]));
		source_close(td);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_buffers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
