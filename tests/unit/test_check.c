// SPDX-License-Identifier: GPL-2.0
/* Lines of a log, and verdicts; ../cli.bats has more of these. */
#include "reader-test.h"

#include "sink/klog.h"

static struct reasons reasons;

#define TOTAL	"exits 10 cycles 20 user 3 halted 4 off_cpu 5 backwards 6"
#define CPUID	"svm cpuid: exits 10 cycles 20 min 1 avg 2 max 3 user 4 halted 5 off_cpu 6"
#define OURS	"kvm_exit_cycles: epoch 1 report 2: "

static void test_lines(void **state)
{
	static const struct {
		const char *text;
		enum klog_kind kind;
		int slot;
	} cases[] = {
		{ "", KLOG_OTHER, 0 },
		{ "kvm_exit_cycles:", KLOG_OTHER, 0 },
		{ "kvm_exit_cycles: anything else", KLOG_OTHER, 0 },
		{ "kvm_exit_cycles: counting, interval 500", KLOG_LOAD, 0 },
		{ "<6>[ 1.0][    T1] kvm_exit_cycles: counting, interval 0",
		  KLOG_LOAD, 0 },
		{ OURS TOTAL, KLOG_LINE, CHECK_TOTAL },
		{ OURS TOTAL "\r", KLOG_LINE, CHECK_TOTAL },
		{ OURS TOTAL "  ", KLOG_LINE, CHECK_TOTAL },
		{ "<6>" OURS TOTAL, KLOG_LINE, CHECK_TOTAL },
		{ "[    1.234567] " OURS TOTAL, KLOG_LINE, CHECK_TOTAL },
		{ "[    1.234567]" OURS TOTAL, KLOG_LINE, CHECK_TOTAL },
		{ "kernel: " OURS TOTAL, KLOG_LINE, CHECK_TOTAL },
		{ "x" OURS TOTAL, KLOG_OTHER, 0 },
		{ OURS TOTAL " ", KLOG_LINE, CHECK_TOTAL },
		{ OURS TOTAL "x", KLOG_MALFORMED, 0 },
		{ OURS TOTAL " 7", KLOG_MALFORMED, 0 },
		{ OURS TOTAL "[ 1.2] " OURS TOTAL, KLOG_MALFORMED, 0 },
		{ OURS "exits 10", KLOG_MALFORMED, 0 },
		{ OURS "exits  10 cycles 20 user 3 halted 4 off_cpu 5 backwards 6",
		  KLOG_MALFORMED, 0 },
		{ OURS "exits -1 cycles 20 user 3 halted 4 off_cpu 5 backwards 6",
		  KLOG_MALFORMED, 0 },
		{ OURS "exits 18446744073709551616 cycles 20 user 3 halted 4 off_cpu 5 backwards 6",
		  KLOG_MALFORMED, 0 },
		{ OURS "exits 18446744073709551615 cycles 20 user 3 halted 4 off_cpu 5 backwards 6",
		  KLOG_LINE, CHECK_TOTAL },
		{ OURS CPUID, KLOG_LINE, 2 },
		{ OURS "svm DE excp: exits 10 cycles 20 min 1 avg 2 max 3 user 4 halted 5 off_cpu 6",
		  KLOG_LINE, 1 },
		{ OURS "svm other: exits 10 cycles 20 min 1 avg 2 max 3 user 4 halted 5 off_cpu 6",
		  KLOG_LINE, 3 },
		{ OURS "vmx cpuid: exits 10 cycles 20 min 1 avg 2 max 3 user 4 halted 5 off_cpu 6",
		  KLOG_LINE, CHECK_UNKNOWN },
		{ OURS "arm cpuid: exits 10 cycles 20 min 1 avg 2 max 3 user 4 halted 5 off_cpu 6",
		  KLOG_MALFORMED, 0 },
		{ OURS CPUID " backwards 0", KLOG_MALFORMED, 0 },
		{ OURS, KLOG_MALFORMED, 0 },
		{ "kvm_exit_cycles: epoch 0 report 2: " TOTAL, KLOG_MALFORMED, 0 },
		{ "kvm_exit_cycles: epoch 1 report 0: " TOTAL, KLOG_MALFORMED, 0 },
		{ "kvm_exit_cycles: epoch 4294967296 report 1: " TOTAL,
		  KLOG_MALFORMED, 0 },
		{ "kvm_exit_cycles: epoch 4294967295 report 1: " TOTAL,
		  KLOG_LINE, CHECK_TOTAL },
		{ "kvm_exit_cycles: epoch 1 report", KLOG_MALFORMED, 0 },
		{ "kvm_exit_cycles: epoch ", KLOG_MALFORMED, 0 },
	};
	struct check_line line;
	enum klog_kind kind;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		kind = klog_parse(&reasons, cases[i].text, &line);
		if (kind != cases[i].kind)
			fail_msg("\"%s\": kind %d, not %d", cases[i].text, kind,
				 cases[i].kind);
		if (kind == KLOG_LINE && line.slot != cases[i].slot)
			fail_msg("\"%s\": slot %d, not %d", cases[i].text,
				 line.slot, cases[i].slot);
	}
}

static void test_values(void **state)
{
	struct check_line line;

	(void)state;
	assert_int_equal(klog_parse(&reasons, OURS TOTAL, &line), KLOG_LINE);
	assert_true(line.epoch == 1 && line.report == 2 && !line.has_avg);
	assert_true(line.cell.exits == 10 && line.cell.cycles == 20);
	assert_true(line.cell.user == 3 && line.cell.halted == 4);
	assert_true(line.cell.off_cpu == 5 && line.cell.backwards == 6);
	assert_int_equal(klog_parse(&reasons, OURS CPUID, &line), KLOG_LINE);
	assert_true(line.cell.exits == 10 && line.cell.cycles == 20);
	assert_true(line.cell.min == 1 && line.avg == 2 && line.has_avg);
	assert_true(line.cell.max == 3 && line.cell.user == 4);
	assert_true(line.cell.halted == 5 && line.cell.off_cpu == 6);
}

/* Any byte that is dropped from a line makes it another line, or none. */
static void test_cut_lines(void **state)
{
	static const char text[] = OURS CPUID;
	struct check_line whole, cut;
	char copy[sizeof(text)];
	size_t i;

	(void)state;
	assert_int_equal(klog_parse(&reasons, text, &whole), KLOG_LINE);
	for (i = 0; i < sizeof(text) - 1; i++) {
		memcpy(copy, text, i);
		memcpy(copy + i, text + i + 1, sizeof(text) - i - 1);
		if (klog_parse(&reasons, copy, &cut) == KLOG_LINE)
			assert_memory_not_equal(&whole, &cut, sizeof(whole));
		memcpy(copy, text, i);
		copy[i] = '\0';
		assert_int_not_equal(klog_parse(&reasons, copy, &cut), KLOG_LINE);
	}
}

struct verdict {
	uint64_t kernel[4];	/* its totals of reports 1 to 4; 0: none */
	struct { uint64_t recent, total; bool proven, complete, follows; } r[4];
	struct check_counts counts;
};

static void kernel_line(struct check *c, uint64_t report, int slot, uint64_t exits)
{
	struct check_line line = { .epoch = 1, .report = report, .slot = slot };

	line.cell.exits = exits;
	line.cell.cycles = exits;
	line.cell.min = 1;
	line.cell.max = 1;
	assert_int_equal(check_add(c, &line), 0);
}

static void fill(struct stats_table *t, uint64_t exits)
{
	const struct stats_sample s = { .cycles = 1 };

	stats_table_clear(t);
	while (exits--)
		stats_table_add(t, 2, &s);
}

static void run_verdict(const struct verdict *v, struct check_counts *counts)
{
	struct stats_table recent, total;
	struct proof_report r = { .epoch = 1, .recent = &recent, .total = &total };
	FILE *null = fopen("/dev/null", "w");
	struct check c;
	unsigned int i;

	assert_non_null(null);
	assert_int_equal(check_init(&c, &reasons, null), 0);
	assert_int_equal(stats_table_init(&recent, reasons.nr), 0);
	assert_int_equal(stats_table_init(&total, reasons.nr), 0);
	for (i = 0; i < 4; i++) {
		if (!v->kernel[i])
			continue;
		kernel_line(&c, i + 1, CHECK_TOTAL, v->kernel[i]);
		kernel_line(&c, i + 1, 2, v->kernel[i]);
	}
	assert_int_equal(check_finish_kernel(&c), 0);
	for (i = 0; i < 4; i++) {
		if (!v->r[i].recent)
			continue;
		fill(&recent, v->r[i].recent);
		fill(&total, v->r[i].total);
		r.report = i + 1;
		r.proven = v->r[i].proven;
		r.complete = v->r[i].complete;
		r.follows = v->r[i].follows;
		check_recorded(&c, &r);
	}
	check_finish(&c);
	*counts = c.counts;
	stats_table_release(&recent);
	stats_table_release(&total);
	check_release(&c);
	fclose(null);
}

static void test_verdicts(void **state)
{
	static const struct verdict cases[] = {
		{ { 10, 20 }, { { 10, 10, true, true, false },
				{ 10, 20, true, true, true } },
		  { .equal = 2 } },
		{ { 10, 21 }, { { 10, 10, true, true, false },
				{ 10, 20, true, true, true } },
		  { .equal = 1, .different = 1 } },
		/* by difference */
		{ { 70, 80, 90 }, { { 5, 5, false, false, false },
				    { 10, 15, false, true, true },
				    { 10, 25, false, true, true } },
		  { .equal = 2, .not_recorded = 1 } },
		{ { 70, 80, 91 }, { { 5, 5, false, false, false },
				    { 10, 15, false, true, true },
				    { 10, 25, false, true, true } },
		  { .equal = 1, .different = 1, .not_recorded = 1 } },
		/* over a report that the kernel skipped */
		{ { 70, 0, 90 }, { { 10, 5, false, true, false },
				   { 10, 15, false, true, true },
				   { 10, 25, false, true, true } },
		  { .equal = 1, .not_recorded = 1 } },
		/* ... of which nothing, or not all, is recorded */
		{ { 70, 0, 90 }, { { 10, 5, false, true, false }, { 0 },
				   { 10, 25, false, true, false } },
		  { .not_recorded = 2 } },
		{ { 70, 0, 90 }, { { 10, 5, false, true, false },
				   { 9, 14, false, false, true },
				   { 10, 24, false, true, true } },
		  { .not_recorded = 2 } },
		/* the log begins later, or ends earlier */
		{ { 0, 20 }, { { 10, 10, true, true, false },
			       { 10, 20, true, true, true } },
		  { .equal = 1, .only_recorded = 1 } },
		{ { 10, 20 }, { { 10, 10, true, true, false } },
		  { .equal = 1, .not_recorded = 1 } },
	};
	struct check_counts counts;
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run_verdict(&cases[i], &counts);
		if (memcmp(&counts, &cases[i].counts, sizeof(counts)))
			fail_msg("case %u: equal %u different %u not recorded %u only %u cut %u",
				 i, (unsigned int)counts.equal,
				 (unsigned int)counts.different,
				 (unsigned int)counts.not_recorded,
				 (unsigned int)counts.only_recorded,
				 (unsigned int)counts.cut);
	}
}

/*
 * How many lines have @with, which each has once at most?  Line by line: to
 * AddressSanitizer, strstr() reads all there is.
 */
static unsigned int count_of(char *text, const char *with)
{
	unsigned int n = 0;
	char *end;

	for (; (end = strchr(text, '\n')); text = end + 1) {
		*end = '\0';
		n += strstr(text, with) != NULL;
		*end = '\n';
	}
	return n;
}

/*
 * Of lines that are there twice, the first that came counts, wherever it is.  So
 * many that to compare each with all others would take minutes.
 */
static void test_repeated_lines(void **state)
{
	struct proof_report r = { .epoch = 1, .report = 1, .proven = true };
	struct stats_table total;
	unsigned int i, n = 100000;
	struct check c;
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	assert_int_equal(check_init(&c, &reasons, out), 0);
	assert_int_equal(stats_table_init(&total, reasons.nr), 0);
	for (i = 0; i < n; i++)
		kernel_line(&c, 1, 1, 0);
	kernel_line(&c, 1, 2, 10);
	kernel_line(&c, 1, CHECK_TOTAL, 10);
	for (i = 0; i < n; i++)
		kernel_line(&c, 1, 2, 0);
	kernel_line(&c, 1, CHECK_UNKNOWN, 0);
	assert_int_equal(check_finish_kernel(&c), 0);
	fill(&total, 10);
	r.total = &total;
	r.recent = &total;
	check_recorded(&c, &r);
	check_finish(&c);
	assert_int_equal(c.counts.different, 1);
	fclose(out);
	assert_int_equal(count_of(text, "exits, once more: kernel 0"),
			 2 * n - 1);
	assert_int_equal(count_of(text, "cpuid: exits, once more: "), n);
	assert_int_equal(count_of(text, "cpuid: exits: "), 0);
	assert_int_equal(count_of(text, "does not name: exits: kernel 0"), 1);
	free(text);
	stats_table_release(&total);
	check_release(&c);
}

static int setup(void **state)
{
	(void)state;
	reasons_init(&reasons);
	return reasons_add(&reasons, 2, 0x40, "DE excp") ||
	       reasons_add(&reasons, 2, 0x72, "cpuid") ||
	       reasons_finish(&reasons);
}

static int teardown(void **state)
{
	(void)state;
	reasons_release(&reasons);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_cut_lines),
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_repeated_lines),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
