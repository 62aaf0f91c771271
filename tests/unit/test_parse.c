// SPDX-License-Identifier: GPL-2.0
#include "reader-test.h"

#include "mktrace.h"
#include "parse.h"
#include "source/records.h"

static char path[TEST_PATH_MAX];
static struct parse p;

static const struct mktrace_entry entry = {
	.pid = 0x01020304, .vcpu_id = 5, .rip = 6, .tsc = 0x1122334455667788,
	.exit_tsc = 0xfedcba9876543210, .user = UINT64_MAX, .halted = 1,
	.off_cpu = 2, .seq = 0x8000000000000001, .traced = UINT32_MAX,
	.epoch = 0x80000000, .report = 0x7fffffff, .vm = 1234,
	.exit_reason = 0x400, .isa = MKTRACE_ISA_SVM,
};

static const struct mktrace_stats stats = {
	.epoch = 1, .report = 2, .isa = 1, .exit_reason = 12, .kind = 1,
	.exits = 3, .cycles = UINT64_MAX, .min = 4, .max = 5, .user = 6,
	.halted = 7, .off_cpu = 8, .backwards = 9,
};

static struct mktrace *begin(bool unpatched)
{
	return mktrace_new(&(struct mktrace_config){ .unpatched = unpatched });
}

/* Complete the file, parse its formats; read its first record, if @rec. */
static int load(struct mktrace *t, struct records *r, struct subbuf_record *rec)
{
	static struct source *td;
	int ret;

	if (t) {
		mktrace_finish(t, path, NULL);
		assert_int_equal(source_open(&td, path), 0);
		ret = parse_init(&p, td);
		if (ret == 0 && rec) {
			assert_int_equal(records_open(r, td, &p.subbuf, 0), 0);
			assert_int_equal(records_next(r, rec), 1);
			return 0;
		}
	} else {
		records_close(r);
		ret = 0;
	}
	parse_release(&p);
	source_close(td);
	td = NULL;
	return ret;
}

static void check_entry(struct mktrace *t)
{
	struct subbuf_record rec;
	struct event_entry e;
	bool is_short = false;
	struct records r;

	mktrace_entry(t, 0, 1000, &entry);
	assert_int_equal(load(t, &r, &rec), 0);
	assert_true(p.stamped);
	assert_int_equal(parse_kind(&p, &rec, &is_short), PARSE_ENTRY);
	assert_false(is_short);
	parse_entry(&p, &rec, &e);
	assert_int_equal(parse_pid(&p, &rec), entry.pid);
	assert_true(e.tsc == entry.tsc && e.exit_tsc == entry.exit_tsc);
	assert_true(e.user == entry.user && e.halted == 1 && e.off_cpu == 2);
	assert_true(e.seq == entry.seq);
	assert_true(e.traced == entry.traced && e.epoch == entry.epoch);
	assert_true(e.report == entry.report && e.vm == 1234);
	assert_true(e.vcpu_id == 5 && e.isa == 2 && e.code == 0x400);
	rec.len = p.min_len[PARSE_ENTRY] - 1;
	assert_int_equal(parse_kind(&p, &rec, &is_short), PARSE_OTHER);
	assert_true(is_short);
	load(NULL, &r, NULL);
}

/* Any order, any size of integer, signed or not */
static void test_entry(void **state)
{
	static const char *const fields[] = {
		"tsc", "exit_tsc", "user", "halted", "off_cpu", "seq",
		"traced", "epoch", "report", "vm", "exit_reason", "isa",
		"vcpu_id",
	};
	struct mktrace *t;
	unsigned int i;

	(void)state;
	check_entry(begin(false));
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		t = begin(false);
		mktrace_field_first(t, "kvm_entry", fields[i]);
		mktrace_field_resize(t, "kvm_entry", fields[i], 8, i & 1);
		check_entry(t);
	}
	t = begin(false);
	mktrace_field_resize(t, "kvm_entry", "vcpu_id", 1, true);
	mktrace_field_resize(t, "kvm_entry", "vm", 2, true);
	mktrace_field_first(t, "kvm_entry", "vcpu_id");
	mktrace_field_drop(t, "kvm_entry", "immediate_exit");
	mktrace_field_drop(t, "kvm_entry", "rip");
	mktrace_event_id(t, "kvm_entry", 65535);
	check_entry(t);
}

static void test_stats(void **state)
{
	struct subbuf_record rec;
	struct event_stats e;
	bool is_short = false;
	struct mktrace *t = begin(false);
	struct records r;

	(void)state;
	mktrace_field_first(t, "kvm_exit_stats", "backwards");
	mktrace_stats(t, 0, 1000, &stats);
	assert_int_equal(load(t, &r, &rec), 0);
	assert_int_equal(parse_kind(&p, &rec, &is_short), PARSE_STATS);
	parse_stats(&p, rec.data, &e);
	assert_true(e.epoch == 1 && e.report == 2 && e.isa == 1);
	assert_true(e.code == 12 && e.kind == 1 && e.exits == 3);
	assert_true(e.cycles == UINT64_MAX && e.min == 4 && e.max == 5);
	assert_true(e.user == 6 && e.halted == 7 && e.off_cpu == 8);
	assert_true(e.backwards == 9);
	load(NULL, &r, NULL);
}

static void test_report(void **state)
{
	const struct mktrace_report report = { 1, 2, 3, 4, 5, UINT64_MAX };
	struct subbuf_record rec;
	struct event_report e;
	bool is_short = false;
	struct mktrace *t = begin(false);
	struct records r;

	(void)state;
	mktrace_report(t, 0, 1000, &report);
	assert_int_equal(load(t, &r, &rec), 0);
	assert_int_equal(parse_kind(&p, &rec, &is_short), PARSE_REPORT);
	parse_report(&p, rec.data, &e);
	assert_true(e.epoch == 2 && e.report == 3 && e.since == 4);
	assert_true(e.interval == 5 && e.seq == UINT64_MAX);
	load(NULL, &r, NULL);
}

/* Without a required field: event and field are named. */
static void test_missing_field(void **state)
{
	static const struct {
		const char *event, *field;
	} cases[] = {
		{ "kvm_entry", "tsc" }, { "kvm_entry", "exit_tsc" },
		{ "kvm_entry", "user" }, { "kvm_entry", "halted" },
		{ "kvm_entry", "off_cpu" }, { "kvm_entry", "seq" },
		{ "kvm_entry", "traced" }, { "kvm_entry", "epoch" },
		{ "kvm_entry", "report" }, { "kvm_entry", "vm" },
		{ "kvm_entry", "exit_reason" }, { "kvm_entry", "isa" },
		{ "kvm_entry", "vcpu_id" },
		{ "kvm_exit", "tsc" }, { "kvm_exit", "vm" },
		{ "kvm_exit", "vcpu_id" },
		{ "kvm_exit", "isa" }, { "kvm_exit", "exit_reason" },
		{ "kvm_exit_report", "seq" }, { "kvm_exit_report", "since" },
		{ "kvm_exit_stats", "kind" }, { "kvm_exit_stats", "off_cpu" },
	};
	struct capture c;
	struct mktrace *t;
	char text[128];
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		t = begin(false);
		mktrace_field_drop(t, cases[i].event, cases[i].field);
		capture_start(&c);
		assert_int_equal(load(t, NULL, NULL), -1);
		snprintf(text, sizeof(text), "kvm:%s has no field %s\n",
			 cases[i].event, cases[i].field);
		if (!strstr(capture_end(&c), text))
			fail_msg("not \"%s\" but \"%s\"", text, c.text);
		assert_int_equal(count_lines(c.text), 1);
	}
}

/* Unpatched kernels: no more is needed than old ones have. */
static void test_old_exit(void **state)
{
	static const char *const dropped[] = {
		"vcpu_id", "info1", "info2", "intr_info", "error_code",
	};
	struct mktrace *t = begin(true);
	struct subbuf_record rec;
	struct event_exit e;
	struct records r;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(dropped) / sizeof(dropped[0]); i++)
		mktrace_field_drop(t, "kvm_exit", dropped[i]);
	mktrace_exit(t, 0, 1000, &(struct mktrace_exit){
		.exit_reason = 0x8000000c, .isa = MKTRACE_ISA_VMX });
	assert_int_equal(load(t, &r, &rec), 0);
	parse_exit(&p, &rec, &e);
	assert_true(e.isa == 1 && e.code == 12);
	assert_true(e.vcpu_id == 0 && e.vm == 0 && e.tsc == 0);
	load(NULL, &r, NULL);
}

/* SVM's code has as many bits as the field; of a patched kernel, 32. */
static void test_long_code(void **state)
{
	struct subbuf_record rec;
	struct event_exit e;
	struct records r;
	struct mktrace *t;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		t = begin(i == 0);
		mktrace_field_resize(t, "kvm_exit", "exit_reason", 8, false);
		mktrace_exit(t, 0, 1000, &(struct mktrace_exit){
			.exit_reason = 0x100000078, .isa = MKTRACE_ISA_SVM });
		assert_int_equal(load(t, &r, &rec), 0);
		parse_exit(&p, &rec, &e);
		assert_true(e.code == (i ? 0x78 : 0x100000078));
		assert_true(p.reasons.slots[reasons_slot(&p.reasons, 2,
				i ? UINT32_MAX : UINT64_MAX)].code ==
			    (i ? UINT32_MAX : UINT64_MAX));
		load(NULL, &r, NULL);
	}
}

static void check_reasons(void)
{
	static const struct {
		uint32_t isa, code;
		const char *name;
	} cases[] = {
		{ 1, 0, "EXCEPTION_NMI" }, { 1, 10, "CPUID" },
		{ 1, 12, "HLT" }, { 1, 33, "INVALID_STATE" },
		{ 1, 0x7fff, "other" }, { 1, 0x400, "other" },
		{ 2, 0, "read_cr0" }, { 2, 0x40, "DE excp" },
		{ 2, 0x72, "cpuid" }, { 2, 0x400, "npf" },
		{ 2, 0x8000fffd, "vmgexit_hypervisor_feature" },
		{ 2, UINT32_MAX, "invalid_guest_state" },
		{ 2, 0xffff, "other" }, { 2, 10000, "other" },
	};
	const struct reasons *r = &p.reasons;
	const struct reason *reason;
	char text[REASON_NAME_MAX + 8], isa[ISA_NAME_MAX];
	unsigned int i, slot;

	assert_true(reasons_known(r, 1) && reasons_known(r, 2));
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		slot = reasons_slot(r, cases[i].isa, cases[i].code);
		reason = &r->slots[slot];
		assert_string_equal(reason->name, cases[i].name);
		assert_int_equal(reason->isa, cases[i].isa);
		snprintf(text, sizeof(text), "%s %s", isa_name(isa, cases[i].isa),
			 cases[i].name);
		assert_int_equal(reasons_find_name(r, text, strlen(text)), slot);
	}
	assert_int_equal(reasons_find_name(r, "svm", 3), -1);
	assert_int_equal(reasons_find_name(r, "vmx cpuid", 9), -1);
	for (i = 1; i < r->nr; i++) {
		assert_true(r->slots[i - 1].isa <= r->slots[i].isa);
		if (r->slots[i].isa == r->slots[i - 1].isa && !r->slots[i].other)
			assert_true(r->slots[i - 1].code < r->slots[i].code);
	}
}

/* The tables of both ISAs, from any event that has them */
static void test_reasons(void **state)
{
	struct mktrace *t;
	struct records r;
	struct subbuf_record rec;
	unsigned int i;

	(void)state;
	for (i = 0; i < 3; i++) {
		t = begin(i == 0);
		if (i == 1)
			mktrace_event_drop(t, "kvm_exit");
		if (i == 2)
			mktrace_event_print(t, "kvm_entry", "\"x\"");
		mktrace_pio(t, 0, 1000, &(struct mktrace_pio){ .port = 1 });
		assert_int_equal(load(t, &r, &rec), 0);
		check_reasons();
		load(NULL, &r, NULL);
	}
}

/* How conditions and tables may be arranged */
static void test_conditions(void **state)
{
#define VMX "__print_symbolic(REC->exit_reason & 0xffff, { 1, \"one\" })"
#define SVM "__print_symbolic(REC->exit_reason, { 1, \"eins\" })"
#define SVM_U64 "__print_symbolic_u64(REC->exit_reason, { 1, \"eins\" })"
	static const char *const prints[] = {
		"\"%s\", (REC->isa == 1) ? " VMX " : " SVM,
		"\"%s\", REC->isa == 1 ? " VMX " : " SVM,
		"\"%s\", (REC->isa == 2) ? " SVM " : " VMX,
		"\"%s\", (1 == REC->isa) ? " VMX " : " SVM,
		"\"%s\", (REC->isa != 1) ? " SVM " : " VMX,
		"\"%s\", (REC->isa == 1) ? " VMX " : (REC->isa == 2) ? " SVM " : \"none\"",
		"\"%s\", (REC->isa == 1) ? " VMX " : ((REC->isa == 2) ? " SVM " : \"none\")",
		"\"%s %s\", (REC->isa == 1) ? " VMX " : \"\", (REC->isa == 2) ? " SVM " : \"\"",
		"\"%d %s\", REC->vcpu_id, (REC->isa == 1) ? " VMX " : " SVM,
		"\"%s\", (REC->isa == 1) ? " VMX " : " SVM_U64,
	};
	const struct reasons *re = &p.reasons;
	struct mktrace *t;
	struct records r;
	struct subbuf_record rec;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(prints) / sizeof(prints[0]); i++) {
		t = begin(false);
		mktrace_event_drop(t, "kvm_exit");
		mktrace_event_print(t, "kvm_entry", prints[i]);
		mktrace_entry(t, 0, 1000, &entry);
		assert_int_equal(load(t, &r, &rec), 0);
		if (re->nr != 4 ||
		    strcmp(re->slots[reasons_slot(re, 1, 1)].name, "one") ||
		    strcmp(re->slots[reasons_slot(re, 2, 1)].name, "eins"))
			fail_msg("%s: %u slots", prints[i], re->nr);
		load(NULL, &r, NULL);
	}
}

/* More ISAs than two: by number, and those that no condition asks for */
static void test_more_isas(void **state)
{
#define NAMED(name) \
	"__print_symbolic(REC->exit_reason, { 1, \"" name "\" })"
	static const struct {
		const char *print, *names[5];	/* of code 1, by ISA */
	} cases[] = {
		{ "\"%s\", (REC->isa == 1) ? " VMX " : (REC->isa == 2) ? " SVM " : "
		  NAMED("un"), { "un", "one", "eins", "un", "un" } },
		{ "\"%s\", (REC->isa == 1) ? " VMX " : (REC->isa != 2) ? "
		  NAMED("un") " : " SVM, { "un", "one", "eins", "un", "un" } },
		{ "\"%s\", (REC->isa == 1) ? " VMX " : (REC->isa == 3) ? "
		  NAMED("un") " : (REC->isa == 2) ? " SVM " : " NAMED("uno"),
		  { "uno", "one", "eins", "un", "uno" } },
		{ "\"%s\", (REC->isa == 1) ? " VMX " : " SVM,
		  { NULL, "one", "eins", NULL, NULL } },
		{ "\"%s\", (REC->isa == 3) ? " NAMED("un") " : " SVM,
		  { NULL, NULL, NULL, "un", NULL } },
	};
	const struct reason *named;
	struct mktrace *t;
	unsigned int i;
	uint32_t isa;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct subbuf_record rec;
		struct records r;

		t = begin(true);
		mktrace_event_print(t, "kvm_exit", cases[i].print);
		mktrace_exit(t, 0, 1000, &(struct mktrace_exit){ .isa = 3 });
		assert_int_equal(load(t, &r, &rec), 0);
		for (isa = 0; isa < 5; isa++) {
			named = reasons_named(&p.reasons, isa, 1);
			if (!named != !cases[i].names[isa] ||
			    (named && strcmp(named->name, cases[i].names[isa])))
				fail_msg("%s: isa %u: %s", cases[i].print, isa,
					 named ? named->name : "none");
			assert_null(reasons_named(&p.reasons, isa, 2));
		}
		load(NULL, &r, NULL);
	}
}

static void test_no_reasons(void **state)
{
	struct mktrace *t = begin(false);
	struct capture c;

	(void)state;
	mktrace_event_print(t, "kvm_entry", "\"x\"");
	mktrace_event_drop(t, "kvm_exit");
	capture_start(&c);
	assert_int_equal(load(t, NULL, NULL), -1);
	assert_non_null(strstr(capture_end(&c), "names the exit reasons\n"));
}

/* Kernels of 2.6.32 to 3.0 keep their names to themselves, some the ISA, too. */
static void test_old_reasons(void **state)
{
	static const char print[] =
		"\"reason %s\", ftrace_print_symbols_seq(p, REC->exit_reason, "
		"kvm_x86_ops->exit_reasons_str)";
	static const struct {
		bool has_isa;
		uint32_t given, isa;
		uint64_t code;
	} cases[] = {
		{ true, 0, 1, 12 }, { true, 2, 1, 12 },
		{ false, 0, 0, 0x8000000c }, { false, ISA_VMX, 1, 12 },
		{ false, ISA_SVM, 2, 0x8000000c },
	};
	struct subbuf_record rec;
	struct event_exit e;
	struct records r;
	struct mktrace *t;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		t = begin(true);
		mktrace_event_print(t, "kvm_exit", print);
		if (!cases[i].has_isa)
			mktrace_field_drop(t, "kvm_exit", "isa");
		mktrace_exit(t, 0, 1000, &(struct mktrace_exit){
			.exit_reason = 0x8000000c, .isa = ISA_VMX });
		assert_int_equal(load(t, &r, &rec), 0);
		assert_false(p.named);
		assert_int_equal(p.has_isa, cases[i].has_isa);
		p.isa = cases[i].given;
		parse_exit(&p, &rec, &e);
		assert_true(e.isa == cases[i].isa && e.code == cases[i].code);
		load(NULL, &r, NULL);
	}
}

/* @nr times @line: as a name, it is many fields, or a field of many words. */
static const char *repeat(const char *line, unsigned int nr, const char *end)
{
	static char text[2u << 20];
	size_t len = strlen(line), used = 0;

	assert_true(nr * len + strlen(end) < sizeof(text));
	for (; nr; nr--, used += len)
		memcpy(text + used, line, len);
	strcpy(text + used, end);
	return text;
}

/* NULL if a recording with @name in place of a field is read; or the error */
static const char *error_of(const char *field, const char *name)
{
	static struct capture c;
	struct mktrace *t = begin(false);

	mktrace_field_rename(t, "kvm_entry", field, name);
	capture_start(&c);
	return load(t, NULL, NULL) < 0 ? capture_end(&c) :
					 (capture_end(&c), NULL);
}

/*
 * What libtraceevent is given has bounds.  A field beyond them is as if it were
 * not there; with more bytes or fields in all, the format is none.
 */
static void test_bounds(void **state)
{
	static const char field[] = "y;\toffset:8;\tsize:4;\tsigned:0;\n\tfield:u32 ";
	const char *text;

	(void)state;
	assert_null(error_of("rip", repeat("w ", 13, "rip")));
	assert_null(error_of("tsc", repeat("w ", 14, "tsc")));
	text = error_of("tsc", repeat("w ", 15, "tsc"));
	assert_non_null(text);
	assert_non_null(strstr(text, "kvm_entry has no field tsc\n"));
	assert_null(error_of("rip", repeat("w ", 400000, "rip")));
	assert_null(error_of("rip", repeat("w", 400000, "rip")));
	text = error_of("tsc", repeat("w", 400000, "tsc"));
	assert_non_null(text);
	assert_non_null(strstr(text, "kvm_entry has no field tsc\n"));
	/* 4 common fields, 15 of the event's own */
	assert_null(error_of("rip", repeat(field, 256 - 19, "rip")));
	text = error_of("rip", repeat(field, 256 - 18, "rip"));
	assert_non_null(text);
	assert_non_null(strstr(text, "kvm_entry has 257 fields, allowed are 256\n"));
	text = error_of("rip", repeat("w", 1u << 20, "rip"));
	assert_non_null(text);
	assert_non_null(strstr(text, " bytes, allowed are 1048576\n"));
	/* Lines that are passed on, although they are none of a field */
	assert_null(error_of("rip", repeat("\n", 900000, "rip")));
	assert_null(error_of("rip", repeat("\nformat:\n", 90000, "rip")));
	assert_null(error_of("rip", repeat("\nID: 1\n", 90000, "rip")));
}

/* Names are cut and cleaned; of two for one code, the first stays. */
static void test_names(void **state)
{
	char name[300];
	struct reasons r;
	unsigned int i;

	(void)state;
	memset(name, 'x', sizeof(name));
	name[sizeof(name) - 1] = '\0';
	reasons_init(&r);
	assert_int_equal(reasons_add(&r, 2, 5, "five\n\033[0m\xff"), 0);
	assert_int_equal(reasons_add(&r, 2, 5, "cinq"), 0);
	assert_int_equal(reasons_add(&r, 2, 4, name), 0);
	assert_int_equal(reasons_finish(&r), 0);
	assert_int_equal(r.nr, 4);
	assert_string_equal(r.slots[reasons_slot(&r, 2, 5)].name,
			    "five??[0m?");
	assert_int_equal(strlen(r.slots[reasons_slot(&r, 2, 4)].name),
			 REASON_NAME_MAX - 1);
	assert_false(reasons_known(&r, 1));
	assert_string_equal(r.slots[reasons_slot(&r, 1, 5)].name, "other");
	reasons_release(&r);
	for (i = 0; i < REASONS_MAX; i++)
		assert_int_equal(reasons_add(&r, 1 + i % 2, i * 77, "n"), 0);
	assert_int_equal(reasons_add(&r, 1, 1, "n"), -1);
	assert_int_equal(reasons_finish(&r), 0);
	for (i = 0; i < r.nr; i++)
		if (!r.slots[i].other)
			assert_int_equal(reasons_slot(&r, r.slots[i].isa,
						      r.slots[i].code), i);
	reasons_release(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_missing_field),
		cmocka_unit_test(test_old_exit),
		cmocka_unit_test(test_long_code),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_more_isas),
		cmocka_unit_test(test_no_reasons),
		cmocka_unit_test(test_old_reasons),
		cmocka_unit_test(test_bounds),
		cmocka_unit_test(test_names),
	};

	strcpy(path, test_path("trace.dat"));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
