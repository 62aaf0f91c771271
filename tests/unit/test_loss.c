// SPDX-License-Identifier: GPL-2.0
/*
 * Lost events, for each sink: what is open when events are lost is not taken for
 * whole, and that something is missing is said, by message and status.
 *
 * One vCPU exits, writes an MSR, and enters; it is in the guest, exits, and enters.
 * The same with events lost within the first exit, and within the guest's time.
 */
#include "reader-test.h"

#include "analyze.h"
#include "growing.h"
#include "kvmexits.h"
#include "mktrace.h"
#include "options.h"
#include "outcome.h"
#include "output/writer.h"
#include "parse.h"

#define TID	1001u
#define VM	1000u

static char path[TEST_PATH_MAX];

enum loss {
	LOSS_NONE,
	LOSS_IN_EXIT,		/* between its kvm_exit and its kvm_entry, */
	LOSS_OF_DETAIL,		/* with what it was about */
	LOSS_IN_GUEST,		/* between kvm_entry and the next kvm_exit, */
	LOSS_OF_EXIT,		/* with a whole exit in it */
};

/* Stamps are ten times the time. */
static void exit_at(struct mktrace *t, uint64_t ts)
{
	mktrace_exit(t, 0, ts, &(struct mktrace_exit){
		.pid = TID, .vm = VM, .tsc = 10 * ts, .exit_reason = 0x7c,
		.isa = MKTRACE_ISA_SVM });
}

static void entry_at(struct mktrace *t, uint64_t ts, uint64_t exit_ts, uint64_t seq)
{
	mktrace_entry(t, 0, ts, &(struct mktrace_entry){
		.pid = TID, .vm = VM, .tsc = 10 * ts, .exit_tsc = 10 * exit_ts,
		.seq = seq, .epoch = 1, .report = 1, .exit_reason = 0x7c,
		.isa = MKTRACE_ISA_SVM });
}

static void make(bool patched, enum loss loss)
{
	struct mktrace *t = mktrace_new(&(struct mktrace_config){
		.unpatched = !patched });

	exit_at(t, 1000);
	if (loss != LOSS_OF_DETAIL)
		mktrace_msr(t, 0, 1050, &(struct mktrace_msr){ .pid = TID,
							       .ecx = 0x10 });
	if (loss == LOSS_IN_EXIT || loss == LOSS_OF_DETAIL)
		mktrace_lost(t, 0, 1);
	entry_at(t, 1400, 1000, 1);
	if (loss == LOSS_IN_GUEST || loss == LOSS_OF_EXIT)
		mktrace_lost(t, 0, 2);
	exit_at(t, 2000);
	entry_at(t, 2100, 2000, loss == LOSS_OF_EXIT ? 3 : 2);
	mktrace_finish(t, path, NULL);
}

/* What a sink makes of it: a text, or what a row of CSV has, "column=value,..." */
struct loss_case {
	const char *sink;
	bool patched;
	const char *options[VIEW_OPTIONS];		/* "name=value" */
	enum loss loss;
	const char *without, *with;	/* the loss */
};

#define BY_MSR	{ "format=csv", "by=detail" }
#define TIMES	{ "format=csv", "view=time" }

static const struct loss_case cases[] = {
	/* Round trips: the one that is open, or may be, is not used. */
	{ "plain, reports", false, { NULL }, LOSS_IN_EXIT,
	  "recorded: exits 2 ns 500\n", "recorded: exits 1 ns 100\n" },
	{ "plain, table", false, { "format=csv" }, LOSS_IN_EXIT,
	  "reason=svm msr,exits=2,ns=500", "reason=svm msr,exits=1,ns=100" },
	{ "more, details", false, BY_MSR, LOSS_IN_EXIT,
	  "detail_value=16,exits=1,ns=400", "detail_kind=none,exits=1,ns=100" },
	{ "more, times: exit", false, TIMES, LOSS_IN_EXIT,
	  "guest_ns=600,processing_ns=500,unknown_ns=0",
	  "guest_ns=600,processing_ns=100,unknown_ns=400" },
	{ "more, times: guest", false, TIMES, LOSS_IN_GUEST,
	  "guest_ns=600,processing_ns=500,unknown_ns=0",
	  "guest_ns=0,processing_ns=500,unknown_ns=600" },
	/* Stamps: figures stay; what was inside is not known. */
	{ "reports", true, { NULL }, LOSS_OF_EXIT,
	  "recorded: exits 2 cycles 5000 ", "recorded: exits 2 cycles 5000 " },
	{ "groups", true, { "format=csv" }, LOSS_OF_EXIT,
	  "reason=svm msr,exits=2,cycles=5000",
	  "reason=svm msr,exits=2,cycles=5000" },
	{ "detailed", true, BY_MSR, LOSS_OF_DETAIL,
	  "detail_value=16,exits=1,cycles=4000",
	  "detail_kind=unknown,exits=1,cycles=4000" },
	{ "times", true, TIMES, LOSS_IN_GUEST,
	  "guest_cycles=6000,processing_cycles=5000,unknown_cycles=0",
	  "guest_cycles=0,processing_cycles=5000,unknown_cycles=6000" },
};

#define CASES	(sizeof(cases) / sizeof(cases[0]))

/* Field @number of a line of CSV that needs no quotes; its length in @len */
static const char *field(const char *line, unsigned int number, size_t *len)
{
	for (; number && *line && *line != '\n'; line++)
		number -= *line == ',';
	*len = strcspn(line, ",\n");
	return line;
}

/* Has @row of a CSV, whose first line is @head, a @column=value? */
static bool row_has(const char *head, const char *row, const char *column)
{
	const size_t name = strcspn(column, "=");
	const size_t value = strcspn(column + name + 1, ",");
	const char *found;
	unsigned int i;
	size_t len;

	for (i = 0;; i++) {
		found = field(head, i, &len);
		if (!len)
			return false;
		if (len == name && !strncmp(found, column, name))
			break;
	}
	found = field(row, i, &len);
	return len == value && !strncmp(found, column + name + 1, value);
}

static bool row_has_all(const char *head, const char *row, const char *columns)
{
	for (; row_has(head, row, columns); columns++) {
		columns = strchr(columns, ',');
		if (!columns)
			return true;
	}
	return false;
}

static bool says(const char *out, const char *expected)
{
	const char *row;

	if (!strchr(expected, '='))
		return strstr(out, expected);
	for (row = strchr(out, '\n'); row; row = strchr(row + 1, '\n'))
		if (row_has_all(out, row + 1, expected))
			return true;
	return false;
}

/* Bit by bit: the sinks that take the order of time are those of the whole. */
static void run(struct outcome *o, const struct loss_case *c, bool grows)
{
	struct view v = { .opt = NULL };
	struct source *from = NULL;
	struct recorded r;
	struct options opt;
	size_t len;

	outcome_options(c->options, path, &opt);
	opt.out = open_memstream(&o->out, &len);
	assert_non_null(opt.out);
	capture_start(&o->capture);
	assert_int_equal(analyze_open(&r, &opt), 0);
	if (grows) {
		from = r.src;
		r.src = growing_open(from, r.p->subbuf.subbuf_bytes, 1, 1);
		assert_non_null(r.src);
	}
	o->status = analyze_opened(&opt, &r, &v);
	if (v.complete) {
		assert_int_equal(analyze_finish(&v), STATUS_OK);
		assert_int_equal(view_print(&v, opt.out), 0);
	}
	capture_end(&o->capture);
	view_release(&v);
	analyze_close(&r);
	source_close(from);
	fclose(opt.out);
}

static void check(const struct loss_case *c, bool lost, bool grows)
{
	const char *expected = lost ? c->with : c->without;
	struct outcome o;

	make(c->patched, lost ? c->loss : LOSS_NONE);
	run(&o, c, grows);
	/* With stamps, events that are no exits are none of those that count. */
	if (o.status != (lost && (!c->patched || c->loss == LOSS_OF_EXIT) ?
			 STATUS_LOSSES : STATUS_OK) ||
	    !says(o.out, expected))
		fail_msg("%s: %s%s: status %d, no \"%s\" in\n%s%s", c->sink,
			 lost ? "lost" : "whole", grows ? ", growing" : "",
			 o.status, expected, o.out, o.capture.text);
	if (lost)
		assert_message_has(o.capture.text, "lost");
	free(o.out);
}

static void test_sinks(void **state)
{
	unsigned int i;

	(void)state;
	for (i = 0; i < 4 * CASES; i++)
		check(&cases[i / 4], i & 1, i & 2);
}

/* The library, exit by exit: what each of them was about, or its length */

struct each {
	char text[128];
};

static int add_exit(void *user, const struct kvx_exit *e)
{
	struct each *each = user;
	size_t used = strlen(each->text);

	snprintf(each->text + used, sizeof(each->text) - used, "%llu %s, ",
		 (unsigned long long)e->length,
		 e->detail ? e->detail : "-");
	return 0;
}

static void check_each(bool patched, enum loss loss, enum kvx_status status,
		       const char *expected)
{
	struct kvx *k = kvx_new();
	struct each each = { .text = "" };

	make(patched, loss);
	assert_non_null(k);
	assert_int_equal(kvx_set(k, "by", "detail"), KVX_OK);
	assert_int_equal(kvx_open(k, path), KVX_OK);
	assert_int_equal(kvx_each(k, add_exit, &each), status);
	assert_string_equal(each.text, expected);
	kvx_free(k);
}

static void test_each(void **state)
{
	struct capture c;

	(void)state;
	capture_start(&c);
	check_each(false, LOSS_NONE, KVX_OK, "400 rdmsr 0x10 IA32_TSC, 100 -, ");
	check_each(false, LOSS_IN_EXIT, KVX_LOSSES, "100 -, ");
	check_each(true, LOSS_NONE, KVX_OK, "4000 rdmsr 0x10 IA32_TSC, 1000 -, ");
	check_each(true, LOSS_OF_DETAIL, KVX_OK, "4000 unknown, 1000 -, ");
	check_each(true, LOSS_OF_EXIT, KVX_LOSSES, "4000 rdmsr 0x10 IA32_TSC, 1000 -, ");
	capture_end(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sinks),
		cmocka_unit_test(test_each),
	};

	strcpy(path, test_path("trace.dat"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
