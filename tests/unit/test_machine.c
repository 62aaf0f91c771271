// SPDX-License-Identifier: GPL-2.0
/* Machines: their events, their ISAs */
#include "reader-test.h"

#include "event/machine-x86.h"
#include "event/reasons.h"

/* No two ISAs of any machine share a number or a name, and each can be found. */
static void test_isas(void **state)
{
	const struct machine *m, *n;
	char buf[ISA_NAME_MAX];
	unsigned int i, j;
	uint32_t isa;

	(void)state;
	for (m = machine_next(NULL); m; m = machine_next(m))
		for (i = 0; i < m->nr_isas; i++) {
			const struct machine_isa *x = &m->isas[i];

			assert_string_equal(isa_name(buf, x->isa), x->name);
			assert_true(isa_find(x->name, strlen(x->name), &isa));
			assert_int_equal(isa, x->isa);
			for (n = machine_next(NULL); n; n = machine_next(n))
				for (j = 0; j < n->nr_isas; j++)
					if (x != &n->isas[j])
						assert_int_not_equal(x->isa,
							n->isas[j].isa);
		}
}

static void test_isa_names(void **state)
{
	static const struct {
		const char *text;
		uint32_t isa;
	} cases[] = {
		{ "vmx", 1 }, { "VMX", 1 }, { "Svm", 2 }, { "sv", 0 },
		{ "svmx", 0 }, { "", 0 }, { "isa3", 0 },
	};
	char buf[ISA_NAME_MAX];
	unsigned int i;
	uint32_t isa;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		isa = 0;
		assert_int_equal(isa_find(cases[i].text, strlen(cases[i].text),
					  &isa), cases[i].isa != 0);
		assert_int_equal(isa, cases[i].isa);
	}
	assert_string_equal(isa_name(buf, 1), "vmx");
	assert_string_equal(isa_name(buf, 2), "svm");
	assert_string_equal(isa_name(buf, 0), "isa0");
	assert_string_equal(isa_name(buf, 4294967294u), "isa4294967294");
	assert_string_equal(isa_name(buf, ISA_REST), "isa*");
}

/* Only what is called the same, and to its end */
static void test_format(void **state)
{
	static const struct {
		const char *system, *text;
		bool is;
	} cases[] = {
		{ "kvm", "name: kvm_exit\nID: 5\n", true },
		{ "kvm", "name: kvm_exit\n", true },
		{ "kvm", "name: kvm_exit", false },
		{ "kvm", "name: kvm_exit_report\nID: 5\n", false },
		{ "kvm", "name: kvm_exi\nID: 5\n", false },
		{ "kvm_hv", "name: kvm_exit\nID: 5\n", false },
		{ "kvm", "", false },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct source_format format = {
			cases[i].system, cases[i].text, strlen(cases[i].text),
		};

		assert_int_equal(machine_format_is(&format, "kvm", "kvm_exit"),
				 cases[i].is);
	}
}

/* What of a reason is the code, and what are flags */
static void test_code(void **state)
{
	(void)state;
	assert_int_equal(machine_x86.code(ISA_VMX, 0, 0x8000000c), 12);
	assert_int_equal(machine_x86.code(ISA_SVM, 0, 0x8000000c), 0x8000000c);
	assert_int_equal(machine_x86.code(3, 0, 0x8000000c), 0x8000000c);
	assert_int_equal(machine_x86.isa_left(isa_bit(ISA_VMX)), ISA_SVM);
	assert_int_equal(machine_x86.isa_left(isa_bit(ISA_SVM)), ISA_VMX);
	assert_int_equal(machine_x86.isa_left(isa_bit(ISA_SVM) |
					      isa_bit(ISA_VMX)), ISA_REST);
	assert_int_equal(machine_x86.isa_left(isa_bit(3)), 0);
}

/* arm64: the class of a trap, or by how much more the guest was left otherwise */
static void test_code_arm64(void **state)
{
	static const struct {
		uint64_t ret, ec, code;
	} cases[] = {
		{ 2, 0x24, 0x24 }, { 2, 0, 0 }, { 0, 0, 0x100000000 },
		{ 1, 0, 0x100000001 }, { 0xbadca11, 0, 0x10badca11 },
		{ 5, 0x24, 0x100000005 },
		{ 0xffffffff, 0, 0x1ffffffff },
		/* Linux 4.0 and before says the class only. */
		{ MACHINE_NO_SORT, 0x16, 0x16 },
	};
	unsigned int i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(machine_arm64.code(ISA_ARM64, cases[i].ret,
						    cases[i].ec), cases[i].code);
}

/* No two names for a code, and each is a word that a user can type. */
static void test_names(void **state)
{
	const struct machine *m;
	unsigned int i, j;

	(void)state;
	for (m = machine_next(NULL); m; m = machine_next(m))
		for (i = 0; i < m->nr_names; i++) {
			assert_true(strlen(m->names[i].name) < REASON_NAME_MAX);
			assert_null(strchr(m->names[i].name, ','));
			for (j = 0; j < i; j++)
				assert_int_not_equal(m->names[i].code,
						     m->names[j].code);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_isas),
		cmocka_unit_test(test_isa_names),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_code),
		cmocka_unit_test(test_code_arm64),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
