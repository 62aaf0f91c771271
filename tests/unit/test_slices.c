// SPDX-License-Identifier: GPL-2.0
/*
 * Slices of time (walk/slices.h): each view of each recording is the same, to the
 * byte, whether it is read at once or in any number of slices, as small as they get.
 *
 * The recordings are those that the oracle has (oracle-seed), with losses,
 * migration, re-entries without an event; and the same with bytes that were changed,
 * so that time goes back, sub-buffers have a time that is not theirs, or are damaged.
 */
#include "reader-test.h"

#include <inttypes.h>
#include <libgen.h>

#include "analyze.h"
#include "options.h"
#include "outcome.h"
#include "parse.h"
#include "walk/round_trips.h"

#define PAGE	4096u

static char path[TEST_PATH_MAX];
static char programs[TEST_PATH_MAX];	/* where oracle-seed is */

/* Whatever needs the order of time; "name=value" */
struct view_case {
	const char *options[VIEW_OPTIONS];
};

static const struct view_case cases[] = {
	{ { NULL } },
	{ { "format=table" } },
	{ { "format=csv", "by=vcpu,cpu,reason" } },
	{ { "format=csv", "by=rip,detail" } },
	{ { "format=json", "list", "top=40" } },
	{ { "format=csv", "by=cpu", "from=0.0001" } },
	{ { "format=csv", "by=time,detail" } },
	{ { "format=csv", "by=time,vcpu" } },
	{ { "format=json", "list", "of=user" } },
	{ { "format=csv", "by=kind", "of=halted" } },
	{ { "format=csv", "view=time" } },
	{ { "format=csv", "view=time", "by=vm" } },
	{ { "format=html" } },
	{ { "format=state" } },
};

#define CASES	(sizeof(cases) / sizeof(cases[0]))

static void run(struct outcome *o, const struct view_case *c,
		unsigned int slices, uint64_t bytes)
{
	struct options opt;
	size_t len;

	outcome_options(c->options, path, &opt);
	opt.slice_bytes = bytes;
	opt.threads = slices;
	opt.out = open_memstream(&o->out, &len);
	assert_non_null(opt.out);
	capture_start(&o->capture);
	o->status = analyze(&opt);
	capture_end(&o->capture);
	fclose(opt.out);
}

static void compare(const struct view_case *c, unsigned int slices,
		    const char *what)
{
	struct outcome one, more;

	run(&one, c, 1, UINT64_MAX);
	/* As small as they get */
	run(&more, c, slices, 1);
	if (one.status != more.status || strcmp(one.out, more.out) ||
	    strcmp(one.capture.text, more.capture.text)) {
		print_message("# %s: %s %s: %u slices: status %d, not %d\n"
			      "%s%s# one:\n%s%s", what,
			      c->options[0] ? c->options[0] : "",
			      c->options[1] ? c->options[1] : "", slices,
			      more.status, one.status, more.out,
			      more.capture.text, one.out, one.capture.text);
		fail();
	}
	free(one.out);
	free(more.out);
}

static void compare_all(const char *what)
{
	static const unsigned int slices[] = { 2, 3, 7 };
	unsigned int i, j;

	for (i = 0; i < CASES; i++)
		for (j = 0; j < sizeof(slices) / sizeof(slices[0]); j++)
			compare(&cases[i], slices[j], what);
}

static void make(unsigned int seed)
{
	char command[2 * TEST_PATH_MAX + 32];

	snprintf(command, sizeof(command), "%s/oracle-seed %u %s", programs,
		 seed, path);
	assert_int_equal(system(command), 0);
}

static void test_seeds(void **state)
{
	char what[32];
	unsigned int seed;

	(void)state;
	for (seed = 0; seed < 32; seed++) {
		make(seed);
		snprintf(what, sizeof(what), "seed %u", seed);
		compare_all(what);
	}
}

static uint64_t rng = 88172645463325252u;

static uint64_t rnd(uint64_t below)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (rng >> 11) % below;
}

static uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Change the header of a sub-buffer, or what is in it. */
static void change(uint8_t *page)
{
	uint64_t ts = get64(page), commit = get64(page + 8);
	static const uint64_t steps[] = { 1, 1000, 100000, 1ull << 40, 1ull << 63 };
	uint64_t step = steps[rnd(5)];

	switch (rnd(4)) {
	case 0:		/* another time, before or after its own */
		ts += rnd(2) ? step : -step;
		memcpy(page, &ts, sizeof(ts));
		break;
	case 1:		/* events are lost before it */
		commit |= 1u << 31;
		memcpy(page + 8, &commit, sizeof(commit));
		break;
	case 2:		/* damage */
		page[16 + rnd(PAGE - 16)] ^= 1 << rnd(8);
		break;
	case 3:		/* it is empty */
		memset(page + 8, 0, 8);
		break;
	}
}

/* Where the data of CPUs are: pages follow each other, up to the end. */
static void change_file(unsigned int changes)
{
	struct source *src;
	uint64_t offset, pages;
	uint8_t *data;
	unsigned int cpu;
	size_t len;

	assert_int_equal(source_open(&src, path), 0);
	data = read_whole(path, &len);
	while (changes--) {
		cpu = rnd(source_recording(src)->nr_cpus);
		offset = source_recording(src)->cpus[cpu].offset;
		pages = source_recording(src)->cpus[cpu].size / PAGE;
		change(data + offset + rnd(pages) * PAGE);
	}
	write_whole(path, data, len);
	free(data);
	source_close(src);
}

static void test_changed(void **state)
{
	char what[32];
	unsigned int seed;

	(void)state;
	for (seed = 0; seed < 64; seed++) {
		make(seed % 32);
		change_file(1 + rnd(6));
		snprintf(what, sizeof(what), "changed seed %u", seed);
		compare_all(what);
	}
}

/* They do what they are for: what no byte was changed of is not read again. */

static int ignore_trip(struct round_trips *t, const struct trip *trip, void *arg)
{
	(void)t;
	(void)trip;
	(void)arg;
	return 0;
}

static void test_not_again(void **state)
{
	void *args[7] = { NULL };
	struct round_trips t;
	struct source *src;
	struct parse p;
	unsigned int seed;

	(void)state;
	for (seed = 0; seed < 32; seed += 2) {
		make(seed);
		assert_int_equal(source_open(&src, path), 0);
		assert_int_equal(parse_init(&p, src), 0);
		assert_int_equal(round_trips_open(&t, src, &p, NULL, NULL, NULL,
				(struct slicing){ 7, 1 }), 0);
		assert_int_equal(round_trips_slices(&t), 7);
		assert_int_equal(round_trips_read(&t, ignore_trip, args), 0);
		assert_false(t.odd);
		assert_int_equal(t.joined, 7);
		round_trips_close(&t);
		parse_release(&p);
		source_close(src);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_again),
		cmocka_unit_test(test_seeds),
		cmocka_unit_test(test_changed),
	};
	char exe[TEST_PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n < 0)
		return 1;
	exe[n] = '\0';
	strcpy(programs, dirname(dirname(exe)));
	strcpy(path, test_path("trace.dat"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
