// SPDX-License-Identifier: GPL-2.0
/* What an exit says of itself, and which of several details stays. */
#include "reader-test.h"

#include "event/detail.h"
#include "event/msrs.h"
#include "event/machine-x86.h"

static const struct {
	uint32_t isa;
	uint64_t code;
	struct x86_exit exit;
	const char *text;
} exits[] = {
	/* Exit qualifications: Intel SDM, volume 3 */
	{ ISA_VMX, 0, { .intr_info = 0x80000306 }, "#UD" },
	{ ISA_VMX, 0, { .intr_info = 0x80000b0e, .info1 = 0x1234,
			.error_code = 2 }, "fault 0x1234 error 0x2" },
	{ ISA_VMX, 0, { .intr_info = 6 }, "-" },
	{ ISA_VMX, 1, { .intr_info = 0x800000ec }, "vector 0xec" },
	{ ISA_VMX, 1, { .intr_info = 0xec }, "-" },
	{ ISA_VMX, 28, { .info1 = 0x04 }, "write cr4" },
	{ ISA_VMX, 28, { .info1 = 0x13 }, "read cr3" },
	{ ISA_VMX, 28, { .info1 = 0x18 }, "read cr8" },
	{ ISA_VMX, 28, { .info1 = 0x20 }, "clts" },
	{ ISA_VMX, 28, { .info1 = 0xf0030 }, "lmsw" },
	{ ISA_VMX, 29, { .info1 = 0x17 }, "read dr7" },
	{ ISA_VMX, 29, { .info1 = 0x306 }, "write dr6" },
	{ ISA_VMX, 30, { .info1 = 0x05000008 }, "in 0x500 size 1" },
	{ ISA_VMX, 30, { .info1 = 0x0cf80003 }, "out 0xcf8 size 4" },
	{ ISA_VMX, 30, { .info1 = 0xfff00041 }, "out 0xfff0 size 2" },
	{ ISA_VMX, 44, { .info1 = 0x10b0 }, "apic write 0xb0" },
	{ ISA_VMX, 44, { .info1 = 0x0020 }, "apic read 0x20" },
	{ ISA_VMX, 45, { .info1 = 0x31 }, "vector 0x31" },
	{ ISA_VMX, 56, { .info1 = 0x300 }, "apic write 0x300" },
	{ ISA_VMX, 48, { .info1 = 0x182 }, "-" },
	{ ISA_VMX, 12, { .info1 = 1, .info2 = 2 }, "-" },
	/* EXITINFO1 and 2: AMD APM, volume 2 */
	{ ISA_SVM, 0x04, { .info1 = 0 }, "read cr4" },
	{ ISA_SVM, 0x18, { .info1 = 0 }, "write cr8" },
	{ ISA_SVM, 0x23, { .info1 = 0 }, "read dr3" },
	{ ISA_SVM, 0x37, { .info1 = 0 }, "write dr7" },
	{ ISA_SVM, 0x46, { .info1 = 0 }, "#UD" },
	{ ISA_SVM, 0x4e, { .info1 = 7, .info2 = 0xfffffffffffff000 },
	  "fault 0xfffffffffffff000 error 0x7" },
	{ ISA_SVM, 0x4f, { .info1 = 0 }, "exception 15" },
	{ ISA_SVM, 0x60, { .intr_info = 0x800000ec }, "-" },
	{ ISA_SVM, 0x65, { .info1 = 0 }, "write cr0" },
	{ ISA_SVM, 0x7b, { .info1 = 0x00700210 }, "out 0x70 size 1" },
	{ ISA_SVM, 0x7b, { .info1 = 0x0cfc0041 }, "in 0xcfc size 4" },
	{ ISA_SVM, 0x7c, { .info1 = 1 }, "-" },
	{ ISA_SVM, 0x400, { .info1 = 0x100000014, .info2 = 0xfffffff0 },
	  "fault 0xfffffff0 error 0x100000014" },
	{ ISA_SVM, 0x402, { .info1 = 0x100000320 }, "apic write 0x320" },
	{ ISA_SVM, 0xffffffff, { .info1 = 1 }, "-" },
	/* Old kernels */
	{ ISA_VMX, 0, { .lacks = X86_LACKS_INTR_INFO }, "unknown" },
	{ ISA_VMX, 0, { .intr_info = 0x80000306,
			.lacks = X86_LACKS_INFO | X86_LACKS_ERROR_CODE },
	  "#UD" },
	{ ISA_VMX, 0, { .intr_info = 0x80000b0e, .info1 = 0x1234,
			.lacks = X86_LACKS_ERROR_CODE }, "unknown" },
	{ ISA_VMX, 0, { .intr_info = 0x80000b0e, .error_code = 2,
			.lacks = X86_LACKS_INFO }, "unknown" },
	{ ISA_VMX, 1, { .lacks = X86_LACKS_INTR_INFO }, "unknown" },
	{ ISA_VMX, 28, { .lacks = X86_LACKS_INFO }, "unknown" },
	{ ISA_VMX, 29, { .lacks = X86_LACKS_INFO }, "unknown" },
	{ ISA_VMX, 30, { .lacks = X86_LACKS_INFO }, "unknown" },
	{ ISA_VMX, 44, { .lacks = X86_LACKS_INFO }, "unknown" },
	{ ISA_VMX, 45, { .lacks = X86_LACKS_INFO }, "unknown" },
	{ ISA_VMX, 56, { .lacks = X86_LACKS_INFO }, "unknown" },
	{ ISA_VMX, 12, { .lacks = 7 }, "-" },
	{ ISA_SVM, 0x04, { .lacks = 7 }, "read cr4" },
	{ ISA_SVM, 0x100000004, { .info1 = 1 }, "-" },
	{ 3, 0x04, { .info1 = 1 }, "unknown" },
	{ ISA_SVM, 0x46, { .lacks = 7 }, "#UD" },
	{ ISA_SVM, 0x4e, { .lacks = X86_LACKS_INFO }, "unknown" },
	{ ISA_SVM, 0x7b, { .lacks = X86_LACKS_INFO }, "unknown" },
	{ ISA_SVM, 0x400, { .lacks = X86_LACKS_INFO }, "unknown" },
	{ ISA_SVM, 0x402, { .lacks = X86_LACKS_INFO }, "unknown" },
	{ ISA_SVM, 0x400, { .info1 = 4, .info2 = 0x1000,
			    .lacks = X86_LACKS_INTR_INFO |
				     X86_LACKS_ERROR_CODE },
	  "fault 0x1000 error 0x4" },
};

static void test_exits(void **state)
{
	char text[DETAIL_TEXT_MAX];
	struct detail d;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
		d = x86_detail(exits[i].isa, exits[i].code, &exits[i].exit);
		detail_text(&d, text);
		assert_string_equal(text, exits[i].text);
	}
}

static void test_text(void **state)
{
	static const struct {
		struct detail detail;
		const char *text, *kind;
	} cases[] = {
		{ { .kind = DETAIL_UNKNOWN }, "unknown", "unknown" },
		{ { .kind = DETAIL_OTHER }, "other", "other" },
		{ { .kind = DETAIL_INJECTED, .value = 0xec },
		  "injected vector 0xec", "injected" },
		{ { .kind = DETAIL_MSR, .value = 0x6e0, .op = DETAIL_WRITE },
		  "wrmsr 0x6e0 IA32_TSC_DEADLINE", "msr" },
		{ { .kind = DETAIL_MSR, .value = 0x12345678 },
		  "rdmsr 0x12345678", "msr" },
		{ { .kind = DETAIL_MMIO, .value = 0xfee000b0, .size = 4,
		    .op = DETAIL_WRITE }, "mmio write 0xfee000b0 size 4",
		  "mmio" },
		{ { .kind = DETAIL_MMIO, .value = 0x1000, .op = DETAIL_WRITE },
		  "mmio write 0x1000", "mmio" },
		{ { .kind = DETAIL_CPUID, .value = 0x80000000 },
		  "leaf 0x80000000", "cpuid" },
		{ { .kind = DETAIL_HYPERCALL, .value = 5 },
		  "hypercall 5 KICK_CPU", "hypercall" },
		{ { .kind = DETAIL_HYPERCALL, .value = 12 },
		  "hypercall 12 MAP_GPA_RANGE", "hypercall" },
		{ { .kind = DETAIL_HYPERCALL }, "hypercall 0", "hypercall" },
		{ { .kind = DETAIL_HYPERCALL, .value = 13 }, "hypercall 13",
		  "hypercall" },
		{ { .kind = DETAIL_HYPERCALL, .value = UINT64_MAX },
		  "hypercall 18446744073709551615", "hypercall" },
		{ { .kind = DETAIL_HYPERV, .value = 2 },
		  "hyperv call 0x2 FLUSH_VIRTUAL_ADDRESS_SPACE", "hyperv" },
		{ { .kind = DETAIL_HYPERV, .value = 0x107 },
		  "hyperv call 0x107 MMIO_WRITE", "hyperv" },
		{ { .kind = DETAIL_HYPERV, .value = 0x108 },
		  "hyperv call 0x108", "hyperv" },
		{ { .kind = DETAIL_XEN, .value = 29 }, "xen call 29 sched_op",
		  "xen" },
		{ { .kind = DETAIL_XEN, .value = 11 }, "xen call 11", "xen" },
		{ { .kind = DETAIL_ACCEPTED, .value = 0xec },
		  "accepted vector 0xec", "accepted" },
		/* The longest */
		{ { .kind = DETAIL_FAULT, .value = UINT64_MAX,
		    .error = UINT64_MAX },
		  "fault 0xffffffffffffffff error 0xffffffffffffffff",
		  "fault" },
		{ { .kind = DETAIL_FAULT, .value = UINT64_MAX,
		    .error = UINT64_MAX, .flags = UINT16_MAX },
		  "fault 0xffffffffffffffff error 0xffffffffffffffff, "
		  "bus_lock, enclave, pending_mtf, vmx_root, entry_failure, "
		  "bits 0x43ff0000", "fault" },
		{ { .kind = DETAIL_NONE, .flags = 1 << 15 }, "entry_failure",
		  "none" },
		{ { .kind = DETAIL_NONE, .flags = 1 << 9 }, "bits 0x2000000",
		  "none" },
		{ { .kind = DETAIL_UNKNOWN, .flags = 3 << 10 },
		  "unknown, bus_lock, enclave", "unknown" },
	};
	char text[DETAIL_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		detail_text(&cases[i].detail, text);
		assert_string_equal(text, cases[i].text);
		assert_string_equal(detail_kind_name(&cases[i].detail),
				    cases[i].kind);
	}
}

/* The table is in order, so that all of it is found. */
static void test_msrs(void **state)
{
	(void)state;
	assert_string_equal(msr_name(0x10), "IA32_TSC");
	assert_string_equal(msr_name(0x1b), "IA32_APICBASE");
	assert_string_equal(msr_name(0x4b564d01), "KVM_SYSTEM_TIME_NEW");
	assert_string_equal(msr_name(0xc0000080), "EFER");
	assert_string_equal(msr_name(0x40000020), "HV_TIME_REF_COUNT");
	assert_null(msr_name(0));
	assert_null(msr_name(0x11111111));
	assert_null(msr_name(UINT32_MAX));
}

/* They are VMX's alone, tell details apart, and outlast what is merged. */
static void test_flags(void **state)
{
	const struct detail port = { .kind = DETAIL_PORT };
	struct detail a = { .flags = x86_flags(ISA_VMX, 0x8400001e) }, b = a;

	(void)state;
	assert_int_equal(a.flags, 1 << 15 | 1 << 10);
	assert_int_equal(x86_flags(ISA_SVM, UINT64_MAX), 0);
	assert_int_equal(x86_flags(0, UINT64_MAX), 0);
	assert_int_equal(detail_compare(&a, &b), 0);
	b.flags = 0;
	assert_int_not_equal(detail_compare(&a, &b), 0);
	detail_merge(&a, &port);
	assert_int_equal(a.kind, DETAIL_PORT);
	assert_int_equal(a.flags, 1 << 15 | 1 << 10);
}

static struct detail merged(enum detail_kind first, enum detail_kind second)
{
	struct detail d = { .kind = first, .value = 1 };
	const struct detail e = { .kind = second, .value = 2 };

	detail_merge(&d, &e);
	return d;
}

static void test_rank(void **state)
{
	(void)state;
	assert_int_equal(merged(DETAIL_NONE, DETAIL_INJECTED).value, 2);
	assert_int_equal(merged(DETAIL_INJECTED, DETAIL_INJECTED).value, 1);
	assert_int_equal(merged(DETAIL_NONE, DETAIL_ACCEPTED).value, 2);
	assert_int_equal(merged(DETAIL_ACCEPTED, DETAIL_INJECTED).value, 2);
	assert_int_equal(merged(DETAIL_INJECTED, DETAIL_ACCEPTED).value, 1);
	assert_int_equal(merged(DETAIL_INJECTED, DETAIL_VECTOR).value, 2);
	assert_int_equal(merged(DETAIL_VECTOR, DETAIL_INJECTED).value, 1);
	assert_int_equal(merged(DETAIL_FAULT, DETAIL_MMIO).value, 2);
	assert_int_equal(merged(DETAIL_MMIO, DETAIL_MMIO).value, 1);
	assert_int_equal(merged(DETAIL_PORT, DETAIL_CPUID).value, 1);
	/* s390: the order of SIGP says more than that it was SIGP. */
	assert_int_equal(merged(DETAIL_OPCODE, DETAIL_SIGP).value, 2);
	assert_int_equal(merged(DETAIL_SIGP, DETAIL_OPCODE).value, 1);
}

/* Each kind that tells anything has a rank and a name of its own. */
static void test_kinds(void **state)
{
	struct detail a = { .kind = DETAIL_NONE }, b = { .kind = DETAIL_NONE };

	(void)state;
	for (a.kind = DETAIL_OTHER + 1; a.kind < DETAIL_KINDS; a.kind++) {
		assert_true(detail_rank(a.kind) > 0);
		assert_non_null(detail_kind_name(&a));
		for (b.kind = DETAIL_NONE; b.kind < a.kind; b.kind++)
			assert_string_not_equal(detail_kind_name(&a),
						detail_kind_name(&b));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exits),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_msrs),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_rank),
		cmocka_unit_test(test_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
