// SPDX-License-Identifier: GPL-2.0
/* Events inside an exit, and what of kvm_exit is for details only */
#include "reader-test.h"

#include "event/inside.h"
#include "mktrace.h"
#include "source/records.h"

static struct source *td;
static struct parse p;
static struct inside in;

static void open_trace(struct mktrace *t)
{
	const char *path = test_path("trace.dat");

	mktrace_finish(t, path, NULL);
	assert_int_equal(source_open(&td, path), 0);
	assert_int_equal(parse_init(&p, td), 0);
	assert_int_equal(inside_init(&in, &p, td), 0);
}

static void close_trace(void)
{
	parse_release(&p);
	source_close(td);
}

static const struct {
	const char *event;
	uint64_t values[6];
	const char *text;
} events[] = {
	{ "kvm_pio", { 0, 0x71, 1, 1, 0x26 }, "in 0x71 size 1" },
	{ "kvm_pio", { 1, 0xcf8, 4, 1, 0 }, "out 0xcf8 size 4" },
	{ "kvm_msr", { 0, 0x10, 5, 0 }, "rdmsr 0x10 IA32_TSC" },
	{ "kvm_msr", { 1, 0xc0000080, 5, 1 }, "wrmsr 0xc0000080 EFER" },
	/* KVM_TRACE_MMIO_READ_UNSATISFIED, _READ, _WRITE */
	{ "kvm_mmio", { 0, 4, 0xfee00020, 0 }, "mmio read 0xfee00020 size 4" },
	{ "kvm_mmio", { 1, 8, 0xfee00020, 0 }, "mmio read 0xfee00020 size 8" },
	{ "kvm_mmio", { 2, 1, 1ull << 40, 0 },
	  "mmio write 0x10000000000 size 1" },
	{ "kvm_fast_mmio", { 0x1000 }, "mmio write 0x1000" },
	{ "kvm_page_fault", { 0, 0, 0x6ffc, 0x100000006 },
	  "fault 0x6ffc error 0x100000006" },
	{ "kvm_cr", { 0, 8, 0 }, "read cr8" },
	{ "kvm_cr", { 1, 0, 0x80050033 }, "write cr0" },
	{ "kvm_cpuid", { 0x80000008, 3, 1, 2, 3, 4 }, "leaf 0x80000008" },
	{ "kvm_hypercall", { 5, 1 }, "hypercall 5 KICK_CPU" },
	{ "kvm_hv_hypercall", { 1, 2, 0x5d },
	  "hyperv call 0x5d SIGNAL_EVENT" },
	{ "kvm_xen_hypercall", { 3, 29 }, "xen call 29 sched_op" },
	{ "kvm_inj_virq", { 0xec, 0, 0 }, "injected vector 0xec" },
};

#define NR_EVENTS	(sizeof(events) / sizeof(events[0]))

static struct mktrace *new_trace(void)
{
	static const char *const added[] = {
		"kvm_fast_mmio", "kvm_cr", "kvm_cpuid", "kvm_hypercall",
		"kvm_hv_hypercall", "kvm_xen_hypercall", "kvm_inj_virq",
	};
	struct mktrace *t = mktrace_new(&(struct mktrace_config){
		.unpatched = true });
	unsigned int i;

	for (i = 0; i < sizeof(added) / sizeof(added[0]); i++)
		mktrace_event_add(t, added[i]);
	return t;
}

static void put_events(struct mktrace *t)
{
	size_t i;

	for (i = 0; i < NR_EVENTS; i++)
		mktrace_values(t, 0, 1000 + i, events[i].event, 7,
			       events[i].values);
}

/* Read all and compare; each one cut short is none. */
static void check_events(void)
{
	char text[DETAIL_TEXT_MAX];
	struct subbuf_record rec;
	struct records r;
	struct detail d;
	size_t i;

	assert_int_equal(records_open(&r, td, &p.subbuf, 0), 0);
	for (i = 0; i < NR_EVENTS; i++) {
		assert_int_equal(records_next(&r, &rec), 1);
		inside_decode(&in, &rec, &d);
		assert_int_equal(inside_kind(&in, &rec), d.kind);
		detail_text(&d, text);
		assert_string_equal(text, events[i].text);
		rec.len = 8;
		assert_int_equal(inside_kind(&in, &rec), DETAIL_NONE);
	}
	assert_int_equal(records_next(&r, &rec), 0);
	records_close(&r);
}

static void test_events(void **state)
{
	struct mktrace *t = new_trace();

	(void)state;
	put_events(t);
	open_trace(t);
	check_events();
	close_trace();
}

/* Fields are looked up: where they are does not matter, nor how wide. */
static void test_other_layout(void **state)
{
	struct mktrace *t = new_trace();

	(void)state;
	mktrace_field_first(t, "kvm_pio", "size");
	mktrace_field_resize(t, "kvm_pio", "size", 1, false);
	mktrace_field_resize(t, "kvm_msr", "write", 1, false);
	mktrace_field_first(t, "kvm_mmio", "gpa");
	mktrace_field_resize(t, "kvm_hv_hypercall", "code", 4, false);
	mktrace_field_rename(t, "kvm_inj_virq", "vector", "irq");
	mktrace_event_id(t, "kvm_cr", 65535);
	put_events(t);
	open_trace(t);
	check_events();
	close_trace();
}

/* What is not recorded is not there; other events are none of these. */
static void test_not_there(void **state)
{
	struct mktrace *t = mktrace_new(&(struct mktrace_config){
		.unpatched = true });
	struct subbuf_record rec;
	struct records r;
	unsigned int i;

	(void)state;
	mktrace_event_drop(t, "kvm_msr");
	mktrace_fpu(t, 0, 1000, &(struct mktrace_fpu){ .load = 1 });
	mktrace_entry(t, 0, 1001, &(struct mktrace_entry){ .pid = 7 });
	mktrace_exit(t, 0, 1002, &(struct mktrace_exit){ .pid = 7, .isa = 1 });
	open_trace(t);
	assert_int_equal(records_open(&r, td, &p.subbuf, 0), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(records_next(&r, &rec), 1);
		assert_int_equal(inside_kind(&in, &rec), DETAIL_NONE);
	}
	records_close(&r);
	close_trace();
}

/* A field that cannot be missing: event and field are named. */
static void test_missing_field(void **state)
{
	static const char *const fields[][2] = {
		{ "kvm_exit", "guest_rip" }, { "kvm_pio", "port" },
		{ "kvm_msr", "ecx" }, { "kvm_mmio", "len" },
	};
	const char *path = test_path("missing.dat");
	struct capture c;
	struct mktrace *t;
	char text[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		t = new_trace();
		mktrace_field_drop(t, fields[i][0], fields[i][1]);
		mktrace_finish(t, path, NULL);
		assert_int_equal(source_open(&td, path), 0);
		assert_int_equal(parse_init(&p, td), 0);
		capture_start(&c);
		assert_int_equal(inside_init(&in, &p, td), -1);
		snprintf(text, sizeof(text), "kvm:%s has no field %s\n",
			 fields[i][0], fields[i][1]);
		assert_message_has(capture_end(&c), text);
		close_trace();
	}
}

/* The detail of @isa for @code, without the first @dropped of @fields */
static const char *exit_text(unsigned int dropped, uint32_t isa, uint32_t code,
			     uint64_t info1, uint64_t info2)
{
	static const char *const fields[] = {
		"intr_info", "error_code", "info2", "info1",
	};
	static char text[DETAIL_TEXT_MAX];
	struct mktrace *t = new_trace();
	struct subbuf_record rec;
	struct records r;
	struct detail d;
	uint64_t rip;
	unsigned int i;

	for (i = 0; i < dropped; i++)
		mktrace_field_drop(t, "kvm_exit", fields[i]);
	mktrace_exit(t, 0, 1000, &(struct mktrace_exit){
		.isa = isa, .exit_reason = code, .guest_rip = 0x1234,
		.info1 = info1, .info2 = info2, .intr_info = 0x80000b0e,
		.error_code = 2 });
	open_trace(t);
	assert_int_equal(records_open(&r, td, &p.subbuf, 0), 0);
	assert_int_equal(records_next(&r, &rec), 1);
	assert_true(inside_exit(&in, &rec, isa, code, &rip, &d));
	assert_int_equal(rip, 0x1234);
	detail_text(&d, text);
	rec.len = 8;
	assert_false(inside_exit(&in, &rec, isa, code, &rip, &d));
	records_close(&r);
	close_trace();
	return text;
}

static void test_exits(void **state)
{
	(void)state;
	/* A page fault; before Linux 5.10, intr_info is in info2. */
	assert_string_equal(exit_text(0, 1, 0, 0x6ffc, 9),
			    "fault 0x6ffc error 0x2");
	assert_string_equal(exit_text(2, 1, 0, 0x6ffc, 0x80000b0e), "unknown");
	assert_string_equal(exit_text(2, 1, 0, 0, 0x80000306), "#UD");
	assert_string_equal(exit_text(2, 1, 1, 0, 0x800000ec), "vector 0xec");
	assert_string_equal(exit_text(2, 1, 30, 0x0cf80003, 0),
			    "out 0xcf8 size 4");
	assert_string_equal(exit_text(4, 1, 0, 0, 0), "unknown");
	assert_string_equal(exit_text(4, 1, 30, 0, 0), "unknown");
	assert_string_equal(exit_text(4, 1, 12, 0, 0), "-");
	/* On SVM info2 is the address it is today. */
	assert_string_equal(exit_text(2, 2, 0x400, 4, 0x80000306),
			    "fault 0x80000306 error 0x4");
	assert_string_equal(exit_text(4, 2, 0x400, 4, 5), "unknown");
	assert_string_equal(exit_text(4, 2, 0x10, 0, 0), "write cr0");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_other_layout),
		cmocka_unit_test(test_not_there),
		cmocka_unit_test(test_missing_field),
		cmocka_unit_test(test_exits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
