// SPDX-License-Identifier: GPL-2.0
/* Options of views: what they mean, and which are refused. */
#include "reader-test.h"

#include "event/clock.h"
#include "event/machine-x86.h"
#include "result/columns.h"
#include "viewopt.h"

static struct reasons reasons;

static int setup(void **state)
{
	(void)state;
	reasons_init(&reasons);
	return reasons_add(&reasons, ISA_VMX, 12, "HLT") ||
	       reasons_add(&reasons, ISA_VMX, 10, "CPUID") ||
	       reasons_add(&reasons, ISA_SVM, 0x78, "hlt") ||
	       reasons_add(&reasons, ISA_SVM, 0x40, "DE excp") ||
	       reasons_add(&reasons, ISA_REST, 0x10, "call") ||
	       reasons_add(&reasons, 4, 0x10, "hypercall") ||
	       reasons_finish(&reasons);
}

static int teardown(void **state)
{
	(void)state;
	reasons_release(&reasons);
	return 0;
}

static int refused(int (*set)(struct view_options *opt, const char *arg),
		   const char *arg, const char *message)
{
	struct view_options opt = { .top = 0 };
	struct capture c;
	const char *text;
	int ret;

	capture_start(&c);
	ret = set(&opt, arg);
	if (ret == 0)
		ret = viewopt_check(&opt);
	text = capture_end(&c);
	return ret == -1 && count_lines(text) == 1 && strstr(text, message);
}

static void test_refused(void **state)
{
	(void)state;
	assert_true(refused(viewopt_format, "", "expected reports, table"));
	assert_true(refused(viewopt_format, "tables", "unknown format: tables"));
	assert_true(refused(viewopt_by, "vm,", "cannot group by: ,"));
	assert_true(refused(viewopt_by, "reasons", "cannot group by: reasons,"));
	assert_true(refused(viewopt_sort, "", "expected one of time, width, recording, recording_index, vm, vm_name, vcpu, thread"));
	assert_true(refused(viewopt_view, "times", "expected exits, time, list or reports"));
	assert_true(refused(viewopt_top, "-1", "bad number of rows: -1"));
	assert_true(refused(viewopt_top, "262145", "expected 1 to 262144"));
	assert_true(refused(viewopt_top, " 1", "bad number of rows"));
	assert_true(refused(viewopt_vcpu, "1,,2", "bad value of --vcpu: ,"));
	assert_true(refused(viewopt_vm, "0x", "bad value of --vm: 0x,"));
	assert_true(refused(viewopt_cpu, "99999999999999999999", "bad value"));
	assert_true(refused(viewopt_from, "-1", "bad number of seconds: -1"));
	assert_true(refused(viewopt_from, "1e3", "bad number of seconds"));
	assert_true(refused(viewopt_from, "@", "bad number of seconds: @,"));
	assert_true(refused(viewopt_from, "@@1", "bad number of seconds"));
	assert_true(refused(viewopt_cpu, "3-1", "bad value of --cpu: 3-1,"));
	assert_true(refused(viewopt_cpu, "1-", "bad value of --cpu: 1-,"));
	assert_true(refused(viewopt_cpu, "!", "bad value of --cpu: !,"));
	assert_true(refused(viewopt_cpu, "!!1", "bad value of --cpu: !!1"));
	assert_true(refused(viewopt_cpu, "1-4294967296", "bad value of --cpu"));
	assert_true(refused(viewopt_to, ".5", "bad number of seconds"));
	assert_true(refused(viewopt_to, "18446744074", "bad number of seconds"));
}

static void test_seconds(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns, rounded;
	} cases[] = {
		{ "0", 0, 0 }, { "1", 1000000000, 500 }, { "1.5", 1500000000, 500 },
		{ "1.500001", 1500001000, 500 }, { "1.5000010", 1500001000, 0 },
		{ "0.000000001", 1, 0 }, { "0.123456789", 123456789, 0 },
		{ "18446744072.999999999", 18446744072999999999u, 0 },
	};
	struct filter_time time;
	char text[64];
	unsigned int i, at;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (at = 0; at < 2; at++) {
			snprintf(text, sizeof(text), "%s%s", at ? "@" : "",
				 cases[i].text);
			assert_int_equal(filter_parse_time(&time, text), 0);
			assert_true(time.given);
			assert_true(time.ns == cases[i].ns - (at ?
				    cases[i].rounded : 0));
			assert_int_equal(time.absolute, at);
		}
}

/* Too many values are refused, not dropped. */
static void test_many_values(void **state)
{
	struct view_options opt = { .top = 0 };
	struct capture c;
	unsigned int i;

	(void)state;
	for (i = 0; i < FILTER_MAX; i++) {
		assert_int_equal(viewopt_cpu(&opt, "7"), 0);
		assert_int_equal(viewopt_reason(&opt, "hlt"), 0);
	}
	capture_start(&c);
	assert_int_equal(viewopt_cpu(&opt, "7"), -1);
	assert_int_equal(viewopt_reason(&opt, "hlt"), -1);
	assert_non_null(strstr(capture_end(&c), "more than 64"));
}

static const struct recording info = { .path = "x.dat", .clock = "mono" };

static void begin(struct filter *f, const struct view_options *opt)
{
	assert_int_equal(filter_init(f, &opt->filter, &reasons, &info), 0);
	filter_begin(f, 1000000000);
}

static bool takes(const struct filter *f, struct group_key key, uint64_t ts)
{
	return filter_takes(f, &key, ts);
}

#define KEYS(vm_, vcpu_, cpu_, isa_, code_) \
	((struct group_key){ .vm = vm_, .vcpu = vcpu_, .cpu = cpu_, \
			     .isa = isa_, .code = code_ })
#define KEY(isa, code)	KEYS(1, 2, 3, isa, code)

/* Ranges, and what is left out: one of the others has to fit, if there are any. */
static void test_numbers(void **state)
{
	static const struct {
		const char *text, *takes;	/* by CPU */
	} cases[] = {
		{ "3", "000100" }, { "0-2", "111000" }, { "5,1-2", "011001" },
		{ "!3", "111011" }, { "!1-3", "100011" },
		{ "0-4,!2", "110110" }, { "!2,0-4", "110110" },
		{ "!0,!5", "011110" }, { "1,!1", "000000" },
		{ "0-4294967295", "111111" }, { "!0-4294967295", "000000" },
	};
	struct view_options opt;
	struct filter f;
	unsigned int i, cpu;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		opt = (struct view_options){ .top = 0 };
		assert_int_equal(viewopt_cpu(&opt, cases[i].text), 0);
		begin(&f, &opt);
		for (cpu = 0; cpu < 6; cpu++)
			assert_int_equal(takes(&f, KEYS(1, 2, cpu, ISA_VMX, 1),
					       1000000000),
					 cases[i].takes[cpu] == '1');
		filter_release(&f);
	}
}

/* What trace-cmd report prints of an event is a time that the event is at. */
static void test_absolute(void **state)
{
	static const struct recording shifted = {
		.path = "x.dat", .clock = "mono", .has_ts_offset = true,
		.ts_offset = -500000000,
	};
	static const struct recording tsc = {
		.path = "x.dat", .clock = "tsc2nsec", .has_tsc2nsec = true,
		.tsc2nsec_mult = 1u << 31, .tsc2nsec_shift = 32,
	};
	static const struct {
		const struct recording *info;
		const char *from, *to;
		uint64_t first_ts, begin, end, from_ns, to_ns;
	} cases[] = {
		{ &info, "@2.0000000", "@3.000000000", 1000000000, 2000000000, 3000000000,
		  1000000000, 2000000000 },
		{ &info, "@0.5", "1", 1000000000, 0, 2000000000, 0, 1000000000 },
		{ &shifted, "@2.0000000", "@3.5000000", 1000000000, 2500000000, 4000000000,
		  1500000000, 3000000000 },
		{ &tsc, "@2.0000000", "@3.0000000", 2000000000, 4000000000, 6000000000,
		  1000000000, 2000000000 },
		{ &info, "@1", "@18446744072", UINT64_MAX - 5, 0, UINT64_MAX,
		  0, 0 },
	};
	struct view_options opt;
	struct filter f;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		opt = (struct view_options){ .top = 0 };
		assert_int_equal(viewopt_from(&opt, cases[i].from), 0);
		assert_int_equal(viewopt_to(&opt, cases[i].to), 0);
		assert_int_equal(filter_init(&f, &opt.filter, &reasons,
					     cases[i].info), 0);
		filter_begin(&f, cases[i].first_ts);
		if (i < 4) {
			assert_int_equal(f.begin, cases[i].begin);
			assert_int_equal(f.end, cases[i].end);
			assert_int_equal(f.from_ns, cases[i].from_ns);
			assert_int_equal(f.to_ns, cases[i].to_ns);
		} else {
			/* All of it is after the end. */
			assert_false(takes(&f, KEY(ISA_VMX, 1), UINT64_MAX - 5));
		}
		filter_release(&f);
	}
}

static void test_reasons(void **state)
{
	static const struct {
		const char *text;
		bool vmx_hlt, svm_hlt, unnamed;	/* svm 0x403 */
	} cases[] = {
		{ "hlt", true, true, false }, { "HLT", true, true, false },
		{ "vmx hlt", true, false, false },
		{ "SVM Hlt", false, true, false }, { "12", true, false, false },
		{ "0x78", false, true, false }, { "0x403", false, false, true },
		{ "0x100000078", false, false, false },
		{ "svm 0x403", false, false, true },
		{ "vmx 0x403", false, false, false },
		{ "DE excp,hlt", true, true, false },
		{ "svm de excp,cpuid,1027", false, false, true },
		{ "EXIT_HLT", true, true, false },
		{ "svm exit_hlt", false, true, false },
		{ "SVM_EXIT_HLT", true, true, false },
		{ "EXIT_REASON_HLT", true, true, false },
		{ "!hlt", false, false, true }, { "!svm hlt", true, false, true },
		{ "!0x78", true, false, true }, { "hlt,!vmx hlt", false, true, false },
		{ "12-120", true, true, false }, { "svm 0x79-0x500", false, false, true },
		{ "!0-0x1000", false, false, false },
	};
	struct view_options opt = { .top = 0 };
	struct filter f;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		opt.filter.nr_reasons = 0;
		assert_int_equal(viewopt_reason(&opt, cases[i].text), 0);
		begin(&f, &opt);
		assert_int_equal(takes(&f, KEY(ISA_VMX, 12), 1000000000),
				 cases[i].vmx_hlt);
		assert_int_equal(takes(&f, KEY(ISA_SVM, 0x78), 1000000000),
				 cases[i].svm_hlt);
		assert_int_equal(takes(&f, KEY(ISA_SVM, 0x403), 1000000000),
				 cases[i].unnamed);
		filter_release(&f);
	}
}

/* ISAs without a table of their own share the names of all the others. */
static void test_reasons_of_isas(void **state)
{
	static const struct {
		const char *text;
		bool isa3, isa4, svm;		/* 0x10 of each */
	} cases[] = {
		{ "call", true, false, false }, { "isa3 CALL", true, false, false },
		{ "hypercall", false, true, false },
		{ "isa4 hypercall", false, true, false },
		{ "16", true, true, true }, { "isa3 0x10", true, false, false },
		{ "isa5 call,ISA4 16", false, true, false },
		{ "svm 16", false, false, true }, { "isa0 16", false, false, false },
		{ "isa4294967295 16", false, false, false },
		{ "0x100000010", false, false, false },
	};
	struct view_options opt = { .top = 0 };
	struct filter f;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		opt.filter.nr_reasons = 0;
		assert_int_equal(viewopt_reason(&opt, cases[i].text), 0);
		begin(&f, &opt);
		if (takes(&f, KEY(3, 0x10), 1000000000) != cases[i].isa3 ||
		    takes(&f, KEY(4, 0x10), 1000000000) != cases[i].isa4 ||
		    takes(&f, KEY(ISA_SVM, 0x10), 1000000000) != cases[i].svm)
			fail_msg("%s", cases[i].text);
		filter_release(&f);
	}
}

static void test_unknown_reasons(void **state)
{
	static const char *const texts[] = {
		"", "hl", "hltx", "other", "svm other", "svm cpuid", "svm", "svm ",
		"avx hlt", "hly", "HLTT", "isa3 hypercall", "isa call", "0x10000000000000000",
	};
	struct view_options opt = { .top = 0 };
	struct capture c;
	const char *text;
	bool hlt_first;
	struct filter f;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		opt.filter.nr_reasons = 0;
		assert_int_equal(viewopt_reason(&opt, texts[i]), 0);
		capture_start(&c);
		assert_int_equal(filter_init(&f, &opt.filter, &reasons, &info),
				 -1);
		text = capture_end(&c);
		filter_release(&f);
		hlt_first = strstr(texts[i], "hl") != NULL;
		assert_non_null(strstr(text, hlt_first ?
				       "known of vmx: HLT, CPUID\n" :
				       "known of vmx: "));
		assert_non_null(strstr(text, hlt_first ?
				       "known of svm: hlt, DE excp\n" :
				       "known of svm: "));
		assert_non_null(strstr(text, "known of isa4: hypercall\n"));
		assert_non_null(strstr(text, "known of isa*: call\n"));
	}
}

static void test_keys_and_times(void **state)
{
	struct view_options opt = { .top = 0 };
	struct filter f;

	(void)state;
	begin(&f, &opt);
	assert_false(f.any);
	filter_release(&f);
	assert_int_equal(viewopt_vm(&opt, "9,1"), 0);
	assert_int_equal(viewopt_vcpu(&opt, "2"), 0);
	assert_int_equal(viewopt_cpu(&opt, "3"), 0);
	assert_int_equal(viewopt_cpu(&opt, "0x4"), 0);
	assert_int_equal(viewopt_from(&opt, "1"), 0);
	assert_int_equal(viewopt_to(&opt, "1.5"), 0);
	begin(&f, &opt);
	assert_true(f.any);
	assert_true(takes(&f, KEYS(1, 2, 3, 1, 1), 2000000000));
	assert_true(takes(&f, KEYS(9, 2, 4, 1, 1), 2499999999));
	assert_false(takes(&f, KEYS(8, 2, 3, 1, 1), 2000000000));
	assert_false(takes(&f, KEYS(1, 1, 3, 1, 1), 2000000000));
	assert_false(takes(&f, KEYS(1, 2, 5, 1, 1), 2000000000));
	assert_false(takes(&f, KEYS(1, 2, 3, 1, 1), 1999999999));
	assert_false(takes(&f, KEYS(1, 2, 3, 1, 1), 2500000000));
	assert_false(takes(&f, KEYS(1, 2, 3, 1, 1), 0));
	filter_release(&f);
}

/* A clock in cycles is a time if the recording says how fast it is. */
static void test_clocks(void **state)
{
	struct recording tsc = { .path = "x.dat", .clock = "x86-tsc" };
	struct view_options opt = { .top = 0 };
	struct capture c;
	struct filter f;

	(void)state;
	assert_int_equal(viewopt_from(&opt, "2"), 0);
	capture_start(&c);
	assert_int_equal(filter_init(&f, &opt.filter, &reasons, &tsc), -1);
	assert_non_null(strstr(capture_end(&c),
			       "clock does not say seconds: x.dat: x86-tsc"));
	filter_release(&f);
	tsc.has_tsc2nsec = true;
	tsc.tsc2nsec_mult = 1u << 30;	/* 4 GHz */
	tsc.tsc2nsec_shift = 32;
	assert_int_equal(filter_init(&f, &opt.filter, &reasons, &tsc), 0);
	filter_begin(&f, 1000);
	assert_true(f.begin == 8000001000u);
	filter_release(&f);
	tsc.tsc2nsec_mult = 0;
	capture_start(&c);
	assert_int_equal(filter_init(&f, &opt.filter, &reasons, &tsc), -1);
	capture_end(&c);
	filter_release(&f);
}

/* The user's word counts where the recording says nothing. */
static void test_rate_of_user(void **state)
{
	struct recording tsc = { .path = "x.dat", .clock = "x86-tsc",
				     .tsc_khz = UINT32_MAX };
	uint64_t v;

	(void)state;
	assert_true(clock_from_ns(&tsc, 1000000, &v));
	assert_true(v == UINT32_MAX);
	assert_true(clock_from_ns(&tsc, UINT64_MAX, &v));
	assert_true(v == UINT64_MAX);
	tsc.tsc_khz = 3;
	assert_true(clock_to_ns(&tsc, 10, &v));
	assert_true(v == 3333333);
	tsc.clock = "local";
	assert_true(clock_from_ns(&tsc, 7, &v));
	assert_true(v == 7);
	assert_true(clock_ns_to_cycles(&tsc, 999999, &v));
	assert_true(v == 2);
	tsc.tsc_khz = 0;
	assert_false(clock_ns_to_cycles(&tsc, 7, &v));
}

static const struct {
	const char *text;
	bool ns;
	uint64_t n;
} lengths[] = {
	{ "0", false, 0 }, { "18446744073709551615", false, UINT64_MAX },
	{ "7ns", true, 7 }, { "7us", true, 7000 }, { "7ms", true, 7000000 },
	{ "007s", true, 7000000000 },
	{ "18446744073709551615ns", true, UINT64_MAX },
	{ "18446744073s", true, 18446744073000000000u },
	{ "1.5ms", true, 1500000 }, { "1.5us", true, 1500 },
	{ "0.000000001s", true, 1 }, { "2.000001ms", true, 2000001 },
	{ "18446744073.709551615s", true, UINT64_MAX },
};

static void test_lengths(void **state)
{
	struct view_options opt;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		memset(&opt, 0, sizeof(opt));
		assert_int_equal(viewopt_longer_than(&opt, lengths[i].text), 0);
		assert_true(opt.filter.has_longer_than);
		assert_true(opt.filter.longer_than_ns == lengths[i].ns);
		assert_true(opt.filter.longer_than == lengths[i].n);
	}
	assert_true(refused(viewopt_longer_than, "", "bad value"));
	assert_true(refused(viewopt_longer_than, " 1", "bad value"));
	assert_true(refused(viewopt_longer_than, "1 us", "bad value"));
	assert_true(refused(viewopt_longer_than, "+1us", "bad value"));
	assert_true(refused(viewopt_longer_than, "18446744074s", "bad value"));
	assert_true(refused(viewopt_longer_than, "18446744073.709551616s",
			    "bad value"));
	assert_true(refused(viewopt_longer_than, "1.5", "whole number"));
	assert_true(refused(viewopt_longer_than, "1.5ns", "no finer"));
	assert_true(refused(viewopt_longer_than, "1.0001us", "no finer"));
	assert_true(refused(viewopt_longer_than, "1.ms", "bad value"));
	assert_true(refused(viewopt_longer_than, ".5ms", "bad value"));
	assert_true(refused(viewopt_longer_than, "1.5.5ms", "bad value"));
	assert_true(refused(viewopt_longer_than, "1,5ms", "bad value"));
	assert_true(refused(viewopt_longer_than, "18446744073709551616",
			    "bad value"));
}

/* More than so many ns, in cycles: at a rate of 3 cycles to 2 ns */
static void test_length_in_cycles(void **state)
{
	struct recording tsc = {
		.path = "x.dat", .clock = "local", .has_tsc2nsec = true,
		.tsc2nsec_mult = 2863311531u, .tsc2nsec_shift = 32,
	};
	struct view_options opt = { .top = 0 };
	struct filter f;

	(void)state;
	assert_int_equal(viewopt_longer_than(&opt, "3ns"), 0);
	assert_int_equal(filter_init(&f, &opt.filter, &reasons, &tsc), 0);
	assert_true(f.any);
	assert_true(filter_set_unit(&f, &tsc, "cycles"));
	/* 4 cycles are less than 3 ns, 5 are more. */
	assert_false(filter_takes_cycles(&f, 4));
	assert_true(filter_takes_cycles(&f, 5));
	assert_true(filter_set_unit(&f, &tsc, "ns"));
	assert_false(filter_takes_cycles(&f, 3));
	assert_true(filter_takes_cycles(&f, 4));
	filter_release(&f);
}

/* Shown beside another column, and as important as that: see next_important(). */
#define BESIDE	(COLUMN_NAME | COLUMN_ASKED | COLUMN_MOSTLY)

/* In a view, keys and headers are unique: --sort and JSON are unambiguous. */
static void check_columns(enum view_subject subject, unsigned int expected)
{
	unsigned int i, j, priorities = 0;

	for (i = 0; i < nr_columns; i++) {
		if (!columns_belong(&columns[i], subject))
			continue;
		assert_ptr_equal(columns_find(subject, columns[i].key),
				 &columns[i]);
		for (j = 0; j < i; j++) {
			if (!columns_belong(&columns[j], subject))
				continue;
			assert_string_not_equal(columns[i].key, columns[j].key);
			assert_true(((columns[i].flags | columns[j].flags) & BESIDE) ||
				    !columns_priority(&columns[i], subject) ||
				    columns_priority(&columns[i], subject) !=
				    columns_priority(&columns[j], subject));
		}
		priorities += !(columns[i].flags & BESIDE) &&
			      columns_priority(&columns[i], subject);
	}
	assert_int_equal(priorities, expected);
}

static void test_columns(void **state)
{
	(void)state;
	assert_true(nr_columns <= COLUMNS_MAX);
	check_columns(VIEW_OF_EXITS, 14);
	check_columns(VIEW_OF_TIME, 1 + 2 * TIMES_PARTS);
	check_columns(VIEW_OF_LIST, 6);
	assert_ptr_equal(columns_find(VIEW_OF_EXITS, "p99.9"),
			 columns_find(VIEW_OF_EXITS, "p99_9"));
	assert_ptr_equal(columns_find(VIEW_OF_EXITS, "ns"),
			 columns_find(VIEW_OF_EXITS, "cycles"));
	assert_ptr_equal(columns_find(VIEW_OF_EXITS, "ns_percent"),
			 columns_find(VIEW_OF_EXITS, "cycles_percent"));
	assert_ptr_equal(columns_find(VIEW_OF_EXITS, "p99_9_cycles"),
			 columns_find(VIEW_OF_EXITS, "p99.9"));
	assert_ptr_equal(columns_find(VIEW_OF_TIME, "off_cpu_ns"),
			 columns_find(VIEW_OF_TIME, "off_cpu"));
	assert_null(columns_find(VIEW_OF_EXITS, "exits_cycles"));
	assert_null(columns_find(VIEW_OF_EXITS, "cycles_cycles"));
	assert_null(columns_find(VIEW_OF_EXITS, "min_"));
	assert_null(columns_find(VIEW_OF_EXITS, "Exits"));
	assert_null(columns_find(VIEW_OF_EXITS, "guest"));
	assert_null(columns_find(VIEW_OF_TIME, "p50"));
	assert_ptr_not_equal(columns_find(VIEW_OF_EXITS, "user"),
			     columns_find(VIEW_OF_TIME, "user"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_seconds),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_absolute),
		cmocka_unit_test(test_many_values),
		cmocka_unit_test(test_reasons),
		cmocka_unit_test(test_reasons_of_isas),
		cmocka_unit_test(test_unknown_reasons),
		cmocka_unit_test(test_keys_and_times),
		cmocka_unit_test(test_clocks),
		cmocka_unit_test(test_rate_of_user),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_length_in_cycles),
		cmocka_unit_test(test_columns),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
