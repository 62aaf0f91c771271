// SPDX-License-Identifier: GPL-2.0
/*
 * Results own what they show: once the recording is closed, and the options and
 * names are gone, they print what they would have printed before.  With
 * AddressSanitizer, what is read of these is an error.
 */
#include "reader-test.h"

#include "analyze.h"
#include "mktrace.h"
#include "output/writer.h"
#include "result/columns.h"
#include "result/report.h"

static char path[TEST_PATH_MAX];

/* Two vCPUs on two CPUs; with stamps, or without */
static void make_recording(bool stamped)
{
	const struct mktrace_config config = { .cpus = 2, .unpatched = !stamped };
	struct mktrace *t = mktrace_new(&config);
	unsigned int i;
	uint64_t ts;

	for (i = 1; i <= 100; i++) {
		ts = i * 1000;
		mktrace_exit(t, i % 2, ts, &(struct mktrace_exit){
			.pid = 7 + i % 2, .exit_reason = i % 3 ? 0x72 : 0x78,
			.isa = ISA_SVM, .tsc = ts, .vm = 5, .vcpu_id = i % 2,
			.guest_rip = 0x1000 + i % 5 });
		mktrace_entry(t, i % 2, ts + 7 * i, &(struct mktrace_entry){
			.pid = 7 + i % 2, .seq = i, .epoch = 1,
			.report = 1 + (i - 1) / 50, .isa = ISA_SVM,
			.exit_reason = i % 3 ? 0x72 : 0x78, .exit_tsc = ts,
			.tsc = ts + 7 * i, .vm = 5, .vcpu_id = i % 2 });
	}
	mktrace_finish(t, path, NULL);
}

/* A text of the command line that can go */
static char *text(const char *s)
{
	char *copy = strdup(s);

	assert_non_null(copy);
	return copy;
}

static char *print(struct view *v)
{
	size_t len;
	char *out;
	FILE *f = open_memstream(&out, &len);

	assert_non_null(f);
	assert_int_equal(view_finish(v), 0);
	assert_int_equal(view_print(v, f), 0);
	fclose(f);
	return out;
}

/* All that analyze() does of a view; @early: print it while all is there. */
static char *run(const struct view_options *view, bool early)
{
	struct options *options = calloc(1, sizeof(*options));
	struct parse *p = calloc(1, sizeof(*p));
	char *name = text(path), *reason = text("svm hlt,cpuid"), *out = NULL;
	struct source *src;
	struct view v;

	assert_non_null(options);
	assert_non_null(p);
	options->path = name;
	options->threads = 2;
	options->view = *view;
	if (view->subject != VIEW_OF_TIME)
		assert_int_equal(filter_parse_reasons(&options->view.filter,
						      reason), 0);
	assert_int_equal(source_open(&src, name), 0);
	assert_int_equal(parse_init(p, src), 0);
	assert_int_equal(analyze_view(options, src, p, &v), STATUS_OK);
	assert_true(v.complete);
	if (early)
		out = print(&v);
	parse_release(p);
	memset(p, 0xa5, sizeof(*p));
	free(p);
	source_close(src);
	memset(options, 0xa5, sizeof(*options));
	free(options);
	memset(name, 0xa5, strlen(name));
	free(name);
	memset(reason, 0xa5, strlen(reason));
	free(reason);
	if (!early)
		out = print(&v);
	view_release(&v);
	return out;
}

static void check_all(bool stamped)
{
	static const enum view_format formats[] = { VIEW_TABLE, VIEW_JSON, VIEW_CSV };
	static const enum view_subject subjects[] = {
		VIEW_OF_EXITS, VIEW_OF_TIME, VIEW_OF_LIST,
	};
	struct view_options view;
	char *early, *late;
	unsigned int i, j;

	strcpy(path, test_path("result.dat"));
	make_recording(stamped);
	for (i = 0; i < 3; i++)
		for (j = 0; j < 3; j++) {
			view = (struct view_options){
				.format = formats[i], .subject = subjects[j],
				.histogram = !j && i < 2,
			};
			early = run(&view, true);
			late = run(&view, false);
			assert_string_equal(early, late);
			assert_true(strlen(early) > 100);
			if (subjects[j] != VIEW_OF_TIME)
				assert_non_null(strstr(late, "svm hlt"));
			if (formats[i] != VIEW_CSV)
				assert_non_null(strstr(late, "result.dat"));
			free(early);
			free(late);
		}
}

static void test_stamped(void **state)
{
	(void)state;
	check_all(true);
}

static void test_unstamped(void **state)
{
	struct capture c;

	(void)state;
	capture_start(&c);
	check_all(false);
	capture_end(&c);
}

/* A report, too: the names that it was begun with may go. */
static void test_report(void **state)
{
	struct reasons reasons;
	struct stats_table table;
	const struct stats_sample sample = { .cycles = 3 };
	char *name = text("a.dat"), *out;
	struct recording info = { .path = name };
	struct view_options opt = { .format = VIEW_CSV };
	struct view v;
	size_t len;
	FILE *f;

	(void)state;
	reasons_init(&reasons);
	assert_int_equal(reasons_add(&reasons, ISA_VMX, 12, "HLT"), 0);
	assert_int_equal(reasons_finish(&reasons), 0);
	assert_int_equal(stats_table_init(&table, reasons.nr), 0);
	stats_table_add(&table, reasons_slot(&reasons, ISA_VMX, 12), &sample);
	assert_int_equal(report_init(&v, &opt, &info, &reasons), 0);
	v.unit = "cycles";
	assert_int_equal(report_set(&v, NULL, &table), 0);
	stats_table_release(&table);
	reasons_release(&reasons);
	memset(name, 0xa5, strlen(name));
	free(name);
	f = open_memstream(&out, &len);
	assert_int_equal(view_print(&v, f), 0);
	fclose(f);
	assert_non_null(strstr(out, "recorded,vmx HLT,vmx,12,1,3,3,3,3\r\n"));
	free(out);
	view_release(&v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stamped),
		cmocka_unit_test(test_unstamped),
		cmocka_unit_test(test_report),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
