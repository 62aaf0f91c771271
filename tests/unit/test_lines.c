// SPDX-License-Identifier: GPL-2.0
/* Which line an exit of an unpatched recording is counted in. */
#include "reader-test.h"

#include "event/machine-x86.h"
#include "sink/lines.h"

static struct reasons reasons;
static struct lines lines;
static struct stats_table table;

static int begin(bool vmx, bool svm)
{
	reasons_init(&reasons);
	return (vmx && reasons_add(&reasons, ISA_VMX, 12, "HLT")) ||
	       (svm && reasons_add(&reasons, ISA_SVM, 0x78, "hlt")) ||
	       reasons_add(&reasons, ISA_REST, 0x10, "call") ||
	       reasons_finish(&reasons) || lines_init(&lines, &reasons) ||
	       stats_table_init(&table, lines_max(&lines));
}

static void end(void)
{
	stats_table_release(&table);
	lines_release(&lines);
	reasons_release(&reasons);
}

static void add(uint32_t isa, uint64_t code)
{
	const struct stats_sample sample = { .cycles = 1 };
	unsigned int slot = lines_slot(&lines, isa, code);

	assert_true(slot < table.nr_slots);
	stats_table_add(&table, slot, &sample);
}

/* The lines in their order: "svm hlt 2, isa3 0x5 1" */
static const char *text(void)
{
	static char out[1024];
	char isa[ISA_NAME_MAX];
	size_t used = 0;
	unsigned int i;

	assert_int_equal(lines_sort(&lines, &table), 0);
	out[0] = '\0';
	for (i = 0; i < lines.reasons.nr; i++)
		if (table.cells[i].exits)
			used += snprintf(out + used, sizeof(out) - used,
				"%s%s %s %u", used ? ", " : "",
				isa_name(isa, lines.reasons.slots[i].isa),
				lines.reasons.slots[i].name,
				(unsigned int)table.cells[i].exits);
	return out;
}

/* By ISA and code: names, "other", and numbers where there is no table */
static void test_order(void **state)
{
	static const struct {
		uint32_t isa;
		uint64_t code;
	} exits[] = {
		{ 5, 1 }, { 3, 0x10 }, { 3, 0x100000078 }, { ISA_SVM, 0x78 },
		{ ISA_VMX, 12 }, { ISA_VMX, 13 }, { ISA_SVM, 0x100000078 },
		{ 3, 2 }, { 0, 7 }, { ISA_SVM, 0x78 }, { 3, 2 },
		{ UINT32_MAX, UINT64_MAX },
	};
	static const struct {
		bool vmx, svm;
		const char *text;
	} cases[] = {
		{ true, true, "isa0 0x7 1, vmx HLT 1, vmx other 1, svm hlt 2, "
		  "svm other 1, isa3 0x2 2, isa3 call 1, isa3 0x100000078 1, "
		  "isa5 0x1 1, isa* 0xffffffffffffffff 1" },
		{ false, true, "isa0 0x7 1, vmx 0xc 1, vmx 0xd 1, svm hlt 2, "
		  "svm other 1, isa3 0x2 2, isa3 call 1, isa3 0x100000078 1, "
		  "isa5 0x1 1, isa* 0xffffffffffffffff 1" },
		{ true, false, "isa0 0x7 1, vmx HLT 1, vmx other 1, svm 0x78 2, "
		  "svm 0x100000078 1, isa3 0x2 2, isa3 call 1, "
		  "isa3 0x100000078 1, isa5 0x1 1, "
		  "isa* 0xffffffffffffffff 1" },
	};
	unsigned int i, j;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(begin(cases[i].vmx, cases[i].svm), 0);
		for (j = 0; j < sizeof(exits) / sizeof(exits[0]); j++)
			add(exits[j].isa, exits[j].code);
		assert_string_equal(text(), cases[i].text);
		end();
	}
}

/* Each number has its line as long as there is room, and none is lost. */
static void test_no_room(void **state)
{
	uint64_t exits = 0;
	unsigned int i;

	(void)state;
	assert_int_equal(begin(false, true), 0);
	for (i = 0; i < LINES_NUMBERS_MAX + 10; i++)
		add(3, i * 77);
	add(ISA_VMX, 12);
	add(3, 77);
	assert_int_equal(lines_sort(&lines, &table), 0);
	assert_int_equal(table.nr_used, LINES_NUMBERS_MAX + 2);
	for (i = 0; i < lines.reasons.nr; i++) {
		exits += table.cells[i].exits;
		if (!table.cells[i].exits || !lines.reasons.slots[i].other)
			continue;
		assert_int_equal(table.cells[i].exits,
				 lines.reasons.slots[i].isa == ISA_VMX ? 1 : 10);
	}
	assert_int_equal(exits, LINES_NUMBERS_MAX + 12);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_no_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
