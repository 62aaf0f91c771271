// SPDX-License-Identifier: GPL-2.0
#include "reader-test.h"

#include "output/writer.h"
#include "result/report.h"

struct fixture {
	struct reasons reasons;
	struct stats_table table;
	struct view view;
	FILE *out;
	char *text;
	size_t len;
};

static void begin_format(struct fixture *f, enum view_format format,
			 const char *unit, bool stamped)
{
	const struct view_options options = { .format = format };
	const struct recording recording = { .path = "trace.dat", .nr_cpus = 2 };


	reasons_init(&f->reasons);
	assert_int_equal(reasons_add(&f->reasons, 1, 12, "HLT"), 0);
	assert_int_equal(reasons_add(&f->reasons, 2, 0x40, "DE excp"), 0);
	assert_int_equal(reasons_add(&f->reasons, 2, 0x72, "cpuid"), 0);
	assert_int_equal(reasons_finish(&f->reasons), 0);
	assert_int_equal(stats_table_init(&f->table, f->reasons.nr), 0);
	f->out = open_memstream(&f->text, &f->len);
	assert_non_null(f->out);
	assert_int_equal(report_init(&f->view, &options, &recording,
				     &f->reasons), 0);
	f->view.unit = unit;
	f->view.stamped = f->view.patched = stamped;
}

/* Print @id, or all recorded exits if it is NULL. */
static void print(struct fixture *f, const struct report_id *id)
{
	assert_int_equal(report_set(&f->view, id, &f->table), 0);
	assert_int_equal(writer_block(&f->view, f->out), 0);
	f->view.report.index++;
}

static void begin(struct fixture *f, const char *unit, bool stamped)
{
	begin_format(f, VIEW_NONE, unit, stamped);
}

static void add(struct fixture *f, uint32_t isa, uint32_t code, uint64_t cycles,
		uint64_t user, bool backwards)
{
	const struct stats_sample s = { .cycles = cycles, .user = user,
					.halted = 3, .off_cpu = 4,
					.backwards = backwards };

	stats_table_add(&f->table, reasons_slot(&f->reasons, isa, code), &s);
}

static void end(struct fixture *f, const char *expected)
{
	view_release(&f->view);
	fclose(f->out);
	assert_string_equal(f->text, expected);
	free(f->text);
	stats_table_release(&f->table);
	reasons_release(&f->reasons);
}

/* By ISA, by code, other last; average rounded down */
static void test_report(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "cycles", true);
	add(&f, 2, 999, 1, 0, false);
	add(&f, 2, 0x72, 10, 1, false);
	add(&f, 2, 0x72, 15, 1, true);
	add(&f, 1, 7, 5, 0, false);
	add(&f, 2, 0x40, 6, 0, false);
	add(&f, 1, 12, 7, 0, false);
	print(&f, &(struct report_id){ 4294967295u, 1, 97, 6 });
	end(&f, "kvm_exit_cycles: epoch 4294967295 report 97: exits 6 cycles 44 user 2 halted 18 off_cpu 24 backwards 1\n"
	    "kvm_exit_cycles: epoch 4294967295 report 97: vmx HLT: exits 1 cycles 7 min 7 avg 7 max 7 user 0 halted 3 off_cpu 4\n"
	    "kvm_exit_cycles: epoch 4294967295 report 97: vmx other: exits 1 cycles 5 min 5 avg 5 max 5 user 0 halted 3 off_cpu 4\n"
	    "kvm_exit_cycles: epoch 4294967295 report 97: svm DE excp: exits 1 cycles 6 min 6 avg 6 max 6 user 0 halted 3 off_cpu 4\n"
	    "kvm_exit_cycles: epoch 4294967295 report 97: svm cpuid: exits 2 cycles 25 min 10 avg 12 max 15 user 2 halted 6 off_cpu 8\n"
	    "kvm_exit_cycles: epoch 4294967295 report 97: svm other: exits 1 cycles 1 min 1 avg 1 max 1 user 0 halted 3 off_cpu 4\n");
}

/* The kernel's sums have 64 bits and wrap around; our own do not. */
static void test_wrap(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "cycles", true);
	add(&f, 2, 0x72, UINT64_MAX, 2, false);
	add(&f, 2, 0x72, 3, UINT64_MAX, false);
	print(&f, &(struct report_id){ 1, 1, 1, 2 });
	print(&f, NULL);
	end(&f, "kvm_exit_cycles: epoch 1 report 1: exits 2 cycles 2 user 1 halted 6 off_cpu 8 backwards 0\n"
	    "kvm_exit_cycles: epoch 1 report 1: svm cpuid: exits 2 cycles 2 min 3 avg 1 max 18446744073709551615 user 1 halted 6 off_cpu 8\n"
	    "kvm_exit_cycles: recorded: exits 2 cycles 18446744073709551618 user 18446744073709551617 halted 6 off_cpu 8 backwards 0\n"
	    "kvm_exit_cycles: recorded: svm cpuid: exits 2 cycles 18446744073709551618 min 3 avg 9223372036854775809 max 18446744073709551615 user 18446744073709551617 halted 6 off_cpu 8\n");
}

static void test_unstamped(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "ns", false);
	add(&f, 2, 0x72, 10, 1, false);
	print(&f, NULL);
	end(&f, "kvm_exit_ns: recorded: exits 1 ns 10\n"
	    "kvm_exit_ns: recorded: svm cpuid: exits 1 ns 10 min 10 avg 10 max 10\n");
}

static void test_empty(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, "ns", false);
	print(&f, NULL);
	end(&f, "kvm_exit_ns: recorded: exits 0 ns 0\n");
}

/* A block for each, "other" without a code, and what is missing at the end */
static void test_csv(void **state)
{
	struct fixture f;

	(void)state;
	begin_format(&f, VIEW_CSV, "cycles", true);
	f.view.before = 5;
	f.view.lost = 6;
	add(&f, 2, 999, 1, 0, true);
	add(&f, 2, 0x72, UINT64_MAX, 2, false);
	add(&f, 2, 0x72, 3, 1, false);
	assert_int_equal(writer_begin(&f.view, f.out), 0);
	print(&f, &(struct report_id){ 3, 2, 4, 6 });
	print(&f, NULL);
	assert_int_equal(writer_end(&f.view, f.out), 0);
	end(&f, "row,block,epoch,report,since,seq,reason,isa,code,exits,cycles,min_cycles,avg_cycles,max_cycles,user_cycles,halted_cycles,off_cpu_cycles,backwards\r\n"
	    "group,proven,3,4,2,6,svm cpuid,svm,114,2,2,3,1,18446744073709551615,3,6,8,0\r\n"
	    "group,proven,3,4,2,6,svm other,svm,,1,1,1,1,1,0,3,4,1\r\n"
	    "total,proven,3,4,2,6,,,,3,3,1,1,18446744073709551615,3,9,12,1\r\n"
	    "group,recorded,,,,,svm cpuid,svm,114,2,18446744073709551618,3,9223372036854775809,18446744073709551615,3,6,8,0\r\n"
	    "group,recorded,,,,,svm other,svm,,1,1,1,1,1,0,3,4,1\r\n"
	    "total,recorded,,,,,,,,3,18446744073709551619,1,6148914691236517206,18446744073709551615,3,9,12,1\r\n"
	    "before,,,,,,,,,5,,,,,,,,\r\n"
	    "lost,,,,,,,,,6,,,,,,,,\r\n");
}

static void test_json(void **state)
{
	struct fixture f;

	(void)state;
	begin_format(&f, VIEW_JSON, "cycles", true);
	add(&f, 2, 999, 1, 0, false);
	assert_int_equal(writer_begin(&f.view, f.out), 0);
	print(&f, &(struct report_id){ 3, 2, 4, 6 });
	print(&f, NULL);
	assert_int_equal(writer_end(&f.view, f.out), 0);
	fflush(f.out);
	assert_non_null(strstr(f.text, "\"blocks\": [\n"
	    "  {\"block\": \"proven\", \"epoch\": 3, \"report\": 4, \"since\": 2, \"seq\": 6,\n"
	    "   \"total\": {\"exits\": 1, \"cycles\": 1, \"min\": 1, \"avg\": 1, \"max\": 1, \"user\": 0, \"halted\": 3, \"off_cpu\": 4, \"backwards\": 0},\n"
	    "   \"reasons\": [\n"
	    "    {\"reason\": \"svm other\", \"isa\": \"svm\", \"code\": null, \"exits\": 1, "));
	assert_non_null(strstr(f.text, "]},\n  {\"block\": \"recorded\", \"epoch\": null, \"report\": null, \"since\": null, \"seq\": null,\n"));
	assert_string_equal(f.text + f.len - 6, "}]}]}\n");
	view_release(&f.view);
	fclose(f.out);
	free(f.text);
	stats_table_release(&f.table);
	reasons_release(&f.reasons);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_report),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_unstamped),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
