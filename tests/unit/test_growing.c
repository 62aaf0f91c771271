// SPDX-License-Identifier: GPL-2.0
/*
 * Recordings that grow while they are read (source/source.h): each view is the same,
 * to the byte, however few pages are there at a time, of whatever CPU.
 *
 * The recordings are those that the oracle has (oracle-seed), with losses,
 * migration and re-entries without an event.
 */
#include "reader-test.h"

#include <libgen.h>

#include "analyze.h"
#include "growing.h"
#include "options.h"
#include "outcome.h"
#include "output/writer.h"
#include "parse.h"

static char path[TEST_PATH_MAX];
static char programs[TEST_PATH_MAX];	/* where oracle-seed is */

/* "name=value"; the first one: reports */
struct view_case {
	const char *options[VIEW_OPTIONS];
};

static const struct view_case cases[] = {
	{ { NULL } },
	{ { "format=table" } },
	{ { "format=csv", "by=vcpu,cpu,reason" } },
	{ { "format=csv", "by=thread,reason" } },
	{ { "format=json", "unit=ns" } },
	{ { "format=csv", "by=rip,detail" } },
	{ { "format=json", "list", "top=40" } },
	{ { "format=csv", "by=cpu", "from=0.0001" } },
	{ { "format=csv", "by=time,detail" } },
	{ { "format=csv", "by=time,vcpu" } },
	{ { "format=json", "list", "of=user" } },
	{ { "format=csv", "by=kind", "of=halted" } },
	{ { "format=csv", "view=time" } },
	{ { "format=csv", "view=time", "by=vm" } },
};

#define CASES	(sizeof(cases) / sizeof(cases[0]))

/* As analyze() does it, of what is open */
static void run(struct outcome *o, const struct view_case *c,
		const struct recorded *r)
{
	struct view v = { .opt = NULL };
	struct options opt;
	size_t len;

	outcome_options(c->options, path, &opt);
	opt.threads = 2;
	opt.out = open_memstream(&o->out, &len);
	assert_non_null(opt.out);
	capture_start(&o->capture);
	o->status = analyze_opened(&opt, r, &v);
	if (v.complete && analyze_finish(&v) == STATUS_OK)
		assert_int_equal(view_print(&v, opt.out), 0);
	capture_end(&o->capture);
	view_release(&v);
	fclose(opt.out);
}

static void open_recorded(struct recorded *r)
{
	r->p = calloc(1, sizeof(*r->p));
	assert_non_null(r->p);
	assert_int_equal(source_open(&r->src, path), 0);
	assert_int_equal(parse_init(r->p, r->src), 0);
}

/* Some pages at a time, at most @most of them */
static void run_growing(struct outcome *o, const struct view_case *c,
			struct recorded *r, uint64_t seed, unsigned int most)
{
	struct recorded growing = { .p = calloc(1, sizeof(*r->p)) };

	growing.src = growing_open(r->src, r->p->subbuf.subbuf_bytes, seed, most);
	assert_non_null(growing.src);
	assert_int_equal(parse_init(growing.p, growing.src), 0);
	run(o, c, &growing);
	if (!growing_waits(growing.src) && o->status != STATUS_USAGE)
		fail_msg("never waited: status %d: %s%s", o->status, o->out, o->capture.text);
	analyze_close(&growing);
}

static void compare(const struct view_case *c, struct recorded *r,
		    unsigned int seed, unsigned int most)
{
	struct outcome whole, grown;

	run(&whole, c, r);
	run_growing(&grown, c, r, seed, most);
	if (whole.status != grown.status || strcmp(whole.out, grown.out) ||
	    strcmp(whole.capture.text, grown.capture.text)) {
		print_message("# seed %u: %s %s: %u pages: status %d, not %d\n"
			      "%s%s# whole:\n%s%s", seed,
			      c->options[0] ? c->options[0] : "",
			      c->options[1] ? c->options[1] : "", most,
			      grown.status, whole.status, grown.out,
			      grown.capture.text, whole.out, whole.capture.text);
		fail();
	}
	free(whole.out);
	free(grown.out);
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
	static const unsigned int most[] = { 1, 3, 8 };
	struct recorded r;
	unsigned int seed, i, j;

	(void)state;
	for (seed = 0; seed < 64; seed++) {
		make(seed);
		open_recorded(&r);
		for (i = 0; i < CASES; i++)
			for (j = 0; j < 3; j++)
				compare(&cases[i], &r, seed, most[j]);
		analyze_close(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_seeds),
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
