// SPDX-License-Identifier: GPL-2.0
/*
 * Details of accounted exits, in the order of time: each script of events says
 * what every exit shall get.
 */
#include "reader-test.h"

#include "walk/details.h"
#include "mktrace.h"
#include "walk/pair.h"
#include "source/records.h"

#define VM		100u
#define EXITS_MAX	16u
#define MSR		0x7cu

static struct mktrace *t;
static uint64_t now;

/* What each exit got, by its number, and how often */
struct result {
	char detail[DETAIL_TEXT_MAX];
	enum rip_is rip_is;
	uint64_t rip;
	unsigned int times;
};

static struct result results[EXITS_MAX];
static struct details details;

static void begin_script(void)
{
	t = mktrace_new(&(struct mktrace_config){ .cpus = 1 });
	now = 1000;
}

/* kvm_exit of @vcpu at @tsc in thread @tid, which does not say which MSR */
static void exit_at(uint32_t tid, uint32_t vm, uint32_t vcpu, uint64_t tsc)
{
	mktrace_exit(t, 0, now++, &(struct mktrace_exit){
		.pid = tid, .vm = vm, .vcpu_id = vcpu, .tsc = tsc,
		.guest_rip = tsc, .exit_reason = MSR, .isa = MKTRACE_ISA_SVM });
}

/* One whose kvm_entry, by entry_of(), is of another reason or ISA */
static void other_exit_at(uint32_t tid, uint64_t tsc, uint32_t reason,
			  uint32_t isa)
{
	mktrace_exit(t, 0, now++, &(struct mktrace_exit){
		.pid = tid, .vm = VM, .tsc = tsc, .guest_rip = tsc,
		.exit_reason = reason, .isa = isa });
}

static void msr(uint32_t tid, uint32_t number)
{
	mktrace_msr(t, 0, now++, &(struct mktrace_msr){ .pid = tid,
							.ecx = number });
}

/* kvm_entry that accounts exit @seq, which began at @tsc; 0: none */
static void entry_of(uint32_t tid, uint32_t vm, uint32_t vcpu, uint64_t tsc,
		     uint64_t seq)
{
	mktrace_entry(t, 0, now++, &(struct mktrace_entry){
		.pid = tid, .vm = vm, .vcpu_id = vcpu, .tsc = tsc + 10,
		.exit_tsc = tsc, .seq = seq, .epoch = 1, .report = 1,
		.exit_reason = MSR, .isa = MKTRACE_ISA_SVM });
}

static void keep(const struct group_key *key, uint64_t seq)
{
	struct result *r = &results[seq];

	detail_text(&key->detail, r->detail);
	r->rip_is = key->rip_is;
	r->rip = key->rip;
	r->times++;
}

/* The number of an exit is kept where a view has its CPU. */
static void handle_entry(const struct parse *p, const struct subbuf_record *rec)
{
	struct stats_sample sample;
	struct group_key key;
	struct event_entry e;
	int ret;

	parse_entry(p, rec, &e);
	if (!e.seq) {
		assert_int_equal(details_drop(&details, parse_pid(p, rec)), 0);
		return;
	}
	key = (struct group_key){ .vm = e.vm, .vcpu = e.vcpu_id, .cpu = e.seq,
				  .isa = e.isa, .code = e.code };
	pair_sample(&e, &sample);
	ret = details_entry(&details, parse_pid(p, rec), &e, &sample, rec->ts,
			    &key);
	assert_in_range(ret, 0, 1);
	if (ret)
		keep(&key, e.seq);
}

/* Events are lost before the record of time @gap. */
static void read_all(const struct source *td, const struct parse *p,
		     uint64_t gap)
{
	struct subbuf_record rec;
	enum parse_kind kind;
	struct records r;
	bool is_short;

	assert_int_equal(records_open(&r, td, &p->subbuf, 0), 0);
	while (records_next(&r, &rec) > 0) {
		if (rec.ts == gap)
			attach_gap(&details.attach, gap);
		kind = parse_kind(p, &rec, &is_short);
		if (kind == PARSE_ENTRY)
			handle_entry(p, &rec);
		else
			assert_int_equal(kind == PARSE_EXIT ?
					 details_exit(&details, rec) :
					 details_event(&details, rec), 0);
	}
	records_close(&r);
}

/* @full: there is no room to put halves of exits aside. */
static void run(uint64_t gap, bool full)
{
	const char *path = test_path("trace.dat");
	static struct parse p;
	const struct details_entry *e;
	struct source *td;

	mktrace_finish(t, path, NULL);
	assert_int_equal(source_open(&td, path), 0);
	assert_int_equal(parse_init(&p, td), 0);
	memset(results, 0, sizeof(results));
	assert_int_equal(details_init(&details, &p, td), 0);
	if (full)
		details.exits.nr = details.entries.nr = DETAILS_ASIDE_MAX;
	read_all(td, &p, gap);
	assert_int_equal(details_end(&details), 0);
	if (full)
		details.exits.nr = details.entries.nr = 0;
	while ((e = details_next(&details)))
		keep(&e->key, e->key.cpu);
	details_release(&details);
	parse_release(&p);
	source_close(td);
}

/* Exit @seq was handed out once, with @detail and, if not 0, its rip. */
static void assert_result(uint64_t seq, const char *detail, uint64_t rip)
{
	const struct result *r = &results[seq];

	assert_int_equal(r->times, 1);
	assert_string_equal(r->detail, detail);
	assert_int_equal(r->rip_is, rip ? RIP_KNOWN : RIP_UNKNOWN);
	assert_int_equal(r->rip, rip);
}

static void assert_counts(uint64_t unknown, uint64_t unattached)
{
	assert_int_equal(details.unknown, unknown);
	assert_int_equal(details.unattached, unattached);
}

#define X10	"rdmsr 0x10 IA32_TSC"
#define X1B	"rdmsr 0x1b IA32_APICBASE"
#define X174	"rdmsr 0x174 IA32_SYSENTER_CS"

static void test_usual(void **state)
{
	(void)state;
	begin_script();
	msr(7, 0x1b);			/* before all exits */
	exit_at(7, VM, 0, 100);
	exit_at(8, VM, 1, 105);
	msr(7, 0x10);
	msr(8, 0x174);
	msr(7, 0x1b);			/* not the first one */
	entry_of(8, VM, 1, 105, 1);
	entry_of(7, VM, 0, 100, 2);
	msr(7, 0x1b);			/* the guest runs */
	entry_of(7, VM, 0, 0, 0);
	exit_at(7, VM, 0, 200);
	entry_of(7, VM, 0, 200, 3);
	run(0, false);
	assert_result(1, X174, 105);
	assert_result(2, X10, 100);
	assert_result(3, "-", 200);
	assert_counts(0, 2);
}

/* Lost events: what may be missing is unknown, unless all is known. */
static void test_gap(void **state)
{
	(void)state;
	begin_script();
	exit_at(7, VM, 0, 100);
	exit_at(8, VM, 1, 101);
	msr(8, 0x10);
	entry_of(7, VM, 0, 100, 1);	/* at 1003 */
	entry_of(8, VM, 1, 101, 2);
	exit_at(7, VM, 0, 200);
	entry_of(7, VM, 0, 200, 3);
	run(1003, false);
	assert_result(1, "unknown", 100);
	assert_result(2, X10, 101);
	assert_result(3, "-", 200);
	assert_counts(0, 0);
	/* Halves that the clock does not order */
	begin_script();
	entry_of(7, VM, 0, 100, 1);
	exit_at(7, VM, 0, 100);
	exit_at(8, VM, 1, 101);		/* at 1002 */
	entry_of(8, VM, 1, 101, 2);
	run(1002, false);
	assert_result(1, "unknown", 100);
	assert_result(2, "-", 101);
}

/* A vCPU's thread ends in an exit, and its TID is given to one of another VM. */
static void test_tid_reuse(void **state)
{
	(void)state;
	begin_script();
	exit_at(7, VM, 0, 100);
	msr(7, 0x10);
	exit_at(7, VM + 1, 0, 200);
	msr(7, 0x1b);
	entry_of(7, VM + 1, 0, 200, 1);
	run(0, false);
	assert_result(1, X1B, 200);
	assert_counts(0, 1);
	/* Its first exit is lost: it does not get the other VM's. */
	begin_script();
	exit_at(7, VM, 0, 100);
	msr(7, 0x10);
	entry_of(7, VM + 1, 0, 100, 1);
	run(0, false);
	assert_result(1, "unknown", 0);
	assert_counts(1, 1);
}

/* One thread runs two vCPUs in turn, with the exit of each open. */
static void test_two_vcpus(void **state)
{
	(void)state;
	begin_script();
	exit_at(7, VM, 0, 100);
	msr(7, 0x10);
	exit_at(7, VM, 1, 200);
	msr(7, 0x1b);
	entry_of(7, VM, 1, 200, 1);
	entry_of(7, VM, 0, 100, 2);
	run(0, false);
	assert_result(1, X1B, 200);
	assert_result(2, X10, 100);
	assert_counts(0, 0);
}

/* One vCPU, two threads: it exits in one and goes on in the other. */
static void test_two_threads(void **state)
{
	(void)state;
	begin_script();
	exit_at(7, VM, 0, 100);
	msr(7, 0x10);
	entry_of(8, VM, 0, 100, 1);
	run(0, false);
	assert_result(1, X10, 100);
	assert_counts(0, 0);
}

/* The clock does not order the CPUs: the entry comes before its exit. */
static void test_order(void **state)
{
	(void)state;
	begin_script();
	entry_of(7, VM, 0, 100, 1);
	exit_at(7, VM, 0, 100);
	msr(7, 0x10);
	exit_at(8, VM, 1, 300);
	msr(8, 0x1b);
	msr(9, 0x174);			/* before its exit, and its entry */
	entry_of(9, VM, 2, 400, 2);
	exit_at(9, VM, 2, 400);
	entry_of(8, VM, 1, 300, 3);
	run(0, false);
	assert_result(1, X10, 100);
	assert_result(2, X174, 400);
	assert_result(3, X1B, 300);
	assert_counts(0, 0);
}

/* No kvm_exit, or no kvm_entry */
static void test_halves(void **state)
{
	(void)state;
	begin_script();
	msr(7, 0x10);
	entry_of(7, VM, 0, 100, 1);
	exit_at(7, VM, 0, 200);
	msr(7, 0x10);
	msr(7, 0x10);
	exit_at(7, VM, 0, 300);
	entry_of(7, VM, 0, 300, 2);
	exit_at(7, VM, 0, 400);
	msr(7, 0x10);
	run(0, false);
	assert_result(1, "unknown", 0);
	assert_result(2, "-", 300);
	assert_counts(1, 4);
}

/* With nowhere to put them, halves are unknown, and whole exits as ever. */
static void test_full(void **state)
{
	(void)state;
	begin_script();
	entry_of(7, VM, 0, 100, 1);
	exit_at(7, VM, 0, 100);
	msr(7, 0x10);
	exit_at(7, VM, 0, 200);
	msr(7, 0x1b);
	entry_of(7, VM, 0, 200, 2);
	run(0, true);
	assert_result(1, "unknown", 0);
	assert_result(2, X1B, 200);
	assert_counts(1, 1);
}

/* The same vCPU and exit TSC, but it was no such exit. */
static void test_mismatch(void **state)
{
	(void)state;
	begin_script();
	other_exit_at(7, 100, MSR + 1, MKTRACE_ISA_SVM);
	msr(7, 0x10);
	entry_of(7, VM, 0, 100, 1);
	other_exit_at(7, 200, MSR, MKTRACE_ISA_VMX);
	entry_of(7, VM, 0, 200, 2);
	other_exit_at(7, 300, MSR, 77);
	entry_of(7, VM, 0, 300, 3);
	/* Halves */
	entry_of(7, VM, 0, 400, 4);
	other_exit_at(7, 400, MSR + 1, MKTRACE_ISA_SVM);
	exit_at(7, VM, 0, 500);
	entry_of(7, VM, 0, 500, 5);
	run(0, false);
	assert_result(1, "unknown", 100);
	assert_result(2, "unknown", 200);
	assert_result(3, "unknown", 300);
	assert_result(4, "unknown", 400);
	assert_result(5, "-", 500);
	assert_counts(0, 0);
	assert_int_equal(details.mismatch, 4);
}

/* A recording of kvm_entry alone: nothing is waited for. */
static void test_entries_only(void **state)
{
	(void)state;
	begin_script();
	mktrace_event_drop(t, "kvm_exit");
	msr(7, 0x10);
	entry_of(7, VM, 0, 100, 1);
	run(0, false);
	assert_result(1, "unknown", 0);
	assert_counts(1, 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_usual),
		cmocka_unit_test(test_gap),
		cmocka_unit_test(test_tid_reuse),
		cmocka_unit_test(test_two_vcpus),
		cmocka_unit_test(test_two_threads),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_halves),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_mismatch),
		cmocka_unit_test(test_entries_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
