// SPDX-License-Identifier: GPL-2.0
/*
 * Write a recording, and the log of the kernel that it was made on:
 *
 *	scenario NAME TRACE.DAT [DMESG.TXT]
 *	scenario leave TRACE.DAT [INSTANCE]
 *	scenario events TRACE.DAT ARCHITECTURE <EVENTS
 *
 * for tests of the command line.  "leave" writes the files TRACE.DAT.cpuN of a
 * recording that is there; as for events, see scenario-events.h.  Without a name,
 * list all.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leave.h"
#include "model.h"
#include "mktrace.h"
#include "mktrace-reasons.h"
#include "scenario-events.h"
#include "scenario-lost.h"
#include "scenario-reasons.h"

#define BASE	.seed = 3, .cpus = 3, .vms = 2, .vcpus = 2, .exits = 1234, \
		.interval = 100, .migrate = true

static const struct {
	const char *name;
	struct model_config config;
} scenarios[] = {
	{ "plain", { BASE } },
	{ "v6", { BASE, .version = 6 } },
	{ "zstd", { BASE, .compression = MKTRACE_ZSTD } },
	{ "zlib", { BASE, .compression = MKTRACE_ZLIB } },
	{ "vmx", { BASE, .isa = MKTRACE_ISA_VMX } },
	{ "svm", { BASE, .isa = MKTRACE_ISA_SVM } },
	{ "epochs", { BASE, .close_every = 150, .reset_percent = 40,
		      .change_interval = true, .empty_epochs = true } },
	{ "skipped", { BASE, .skip_percent = 40 } },
	{ "unfinished", { BASE, .unfinished = true } },
	{ "late", { BASE, .begin_percent = 30 } },
	{ "late-v6", { BASE, .begin_percent = 30, .version = 6 } },
	{ "lossy", { BASE, .holes = 5, .hole_events = 120 } },
	{ "lossy-v6", { BASE, .holes = 5, .hole_events = 120, .version = 6 } },
	{ "no-exit", { BASE, .no_exit = true } },
	{ "entry-only", { BASE, .no_exit = true, .no_report = true,
			  .no_stats = true, .first_epoch = 4 } },
	{ "no-stats", { BASE, .no_stats = true } },
	{ "older", { BASE, .first_epoch = 4, .older_since = true,
		     .older_exits = 77 } },
	{ "older-v6", { BASE, .first_epoch = 4, .older_since = true,
			.older_exits = 77, .version = 6 } },
	{ "older-empty", { BASE, .first_epoch = 4, .older_since = true } },
	{ "counter", { BASE, .clock = "counter" } },
	{ "tsc", { BASE, .clock = "x86-tsc" } },
	{ "i386", { BASE, .long_bytes = 4 } },
	{ "i386-v6", { BASE, .long_bytes = 4, .version = 6 } },
};

#define NR_SCENARIOS	(sizeof(scenarios) / sizeof(scenarios[0]))

/* With the time stamps of dmesg, and lines of others in between. */
static void write_log(const struct model *m, const char *path)
{
	const char *line, *end;
	unsigned int us = 0;
	FILE *f = fopen(path, "w");
	size_t i;

	if (!f) {
		perror(path);
		exit(1);
	}
	fprintf(f, "[    1.000000] kvm_exit_cycles: counting, interval 500\n");
	fprintf(f, "[    1.000100] kvm: user requested TSC rate below hardware speed\n");
	for (i = 0; i < m->nr_reports; i++) {
		if (m->reports[i].skipped)
			continue;
		for (line = m->reports[i].text; *line; line = end + 1) {
			end = strchr(line, '\n');
			fprintf(f, "[    2.%06u] %.*s\n", us++,
				(int)(end - line), line);
		}
	}
	fclose(f);
}

/* Recordings that the model cannot play, written by hand */

#define CPUID	0x72
#define HLT	0x78

static void old_exit(struct mktrace *t, unsigned int cpu, uint64_t ts,
		     uint32_t pid, uint32_t reason)
{
	mktrace_exit(t, cpu, ts, &(struct mktrace_exit){
		.pid = pid, .exit_reason = reason, .isa = MKTRACE_ISA_SVM });
}

static void old_entry(struct mktrace *t, unsigned int cpu, uint64_t ts,
		      uint32_t pid)
{
	mktrace_entry(t, cpu, ts, &(struct mktrace_entry){ .pid = pid });
}

static struct mktrace *new_trace(const char *clock, bool unpatched)
{
	return mktrace_new(&(struct mktrace_config){
		.cpus = 2, .clock = clock, .unpatched = unpatched });
}

static void write_unpatched(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, true);

	/* Two threads of equal vcpu_id; an entry before all; one open exit. */
	old_entry(t, 0, 900, 7);
	old_exit(t, 0, 1000, 7, CPUID);
	old_exit(t, 1, 1050, 8, HLT);
	old_entry(t, 0, 1100, 7);
	old_exit(t, 0, 1200, 7, CPUID);
	old_entry(t, 0, 1350, 7);
	old_entry(t, 1, 2050, 8);
	old_exit(t, 1, 2100, 8, HLT);
	mktrace_finish(t, path, NULL);
}

static void write_migrated(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, true);

	old_exit(t, 0, 1000, 7, CPUID);
	old_entry(t, 1, 1100, 7);
	mktrace_finish(t, path, NULL);
}

/* Thread 7 exits before, enters after CPU 1 has lost events. */
static void write_gap(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, true);

	old_exit(t, 0, 1000, 7, CPUID);
	old_exit(t, 1, 1010, 8, HLT);
	mktrace_lost(t, 1, 0);
	old_entry(t, 1, 3000, 9);
	old_entry(t, 0, 4000, 7);
	old_exit(t, 0, 5000, 7, CPUID);
	old_entry(t, 0, 5100, 7);
	mktrace_finish(t, path, NULL);
}

/* Thread @from leaves @cpu to @to. */
static void switch_to(struct mktrace *t, unsigned int cpu, uint64_t ts,
		      uint32_t from, uint32_t to)
{
	mktrace_switch(t, cpu, ts, &(struct mktrace_switch){
		.prev_pid = from, .next_pid = to });
}

/*
 * Where thread 7 is from 1000 to 2300, and thread 8 from 1000 on: see
 * golden/where.time.view.
 */
static void write_times(struct mktrace *t, uint32_t isa, uint32_t hlt,
			uint32_t io)
{
	struct mktrace_exit halt = { .exit_reason = hlt, .isa = isa };
	struct mktrace_exit out = { .exit_reason = io, .isa = isa };

	/* A halt of 450, most of it off the CPU: the halt counts. */
	halt.pid = 7;
	old_entry(t, 0, 1000, 7);
	mktrace_exit(t, 0, 1100, &halt);
	switch_to(t, 0, 1200, 7, 0);
	switch_to(t, 0, 1590, 0, 7);
	mktrace_wakeup(t, 0, 1600, &(struct mktrace_wakeup){ 7, 1, 1, 450 });
	old_entry(t, 0, 1650, 7);
	/* In userspace from 1800 to 1900, and scheduled out meanwhile. */
	out.pid = 7;
	mktrace_exit(t, 0, 1750, &out);
	mktrace_fpu(t, 0, 1790, &(struct mktrace_fpu){ 7, 0 });
	mktrace_userspace_exit(t, 0, 1800,
			       &(struct mktrace_userspace_exit){ 7, 2, 0 });
	switch_to(t, 0, 1810, 7, 0);
	switch_to(t, 0, 1850, 0, 7);
	mktrace_fpu(t, 0, 1900, &(struct mktrace_fpu){ 7, 1 });
	/* Preempted, and on the other CPU afterwards. */
	switch_to(t, 0, 1920, 7, 0);
	switch_to(t, 1, 2020, 0, 7);
	old_entry(t, 1, 2050, 7);
	mktrace_exit(t, 1, 2150, &out);
	/* Thread 8 is on CPU 1 after that, and enters twice: no exit between. */
	switch_to(t, 1, 2200, 7, 8);
	old_entry(t, 1, 2210, 8);
	old_entry(t, 1, 2240, 8);
	out.pid = 8;
	mktrace_exit(t, 1, 2260, &out);
	old_entry(t, 1, 2270, 8);
	switch_to(t, 1, 2400, 0, 0);
}

/* 40000 round trips of 100 each, on the other CPU each time */
static void write_long(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, true);
	unsigned int i;

	for (i = 0; i < 40000; i++) {
		old_exit(t, i % 2, 1000 * i, 7, CPUID);
		old_entry(t, (i + 1) % 2, 1000 * i + 100, 7);
	}
	mktrace_finish(t, path, NULL);
}

static void write_where(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, true);

	write_times(t, MKTRACE_ISA_SVM, HLT, 0x7b);
	mktrace_finish(t, path, NULL);
}

static void write_where_vmx(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, true);

	write_times(t, MKTRACE_ISA_VMX, 12, 30);
	mktrace_finish(t, path, NULL);
}

/* With nothing but kvm_entry and kvm_exit */
static void write_where_blind(const char *path, const char *clock)
{
	struct mktrace *t = mktrace_new(&(struct mktrace_config){
		.cpus = 1, .clock = clock, .unpatched = true });

	mktrace_event_drop(t, "kvm_fpu");
	mktrace_event_drop(t, "kvm_userspace_exit");
	mktrace_event_drop(t, "kvm_vcpu_wakeup");
	mktrace_event_drop(t, "sched_switch");
	old_entry(t, 0, 1000, 7);
	old_exit(t, 0, 1100, 7, HLT);
	old_entry(t, 0, 1400, 7);
	old_exit(t, 0, 1500, 7, CPUID);
	mktrace_finish(t, path, NULL);
}

/* Counting is switched off, so that stamps are 0, and on again. */
static void write_where_off(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, false);
	struct mktrace_entry e = {
		.pid = 7, .vm = 7, .epoch = 1, .report = 1,
		.exit_reason = CPUID, .isa = MKTRACE_ISA_SVM,
	};
	struct mktrace_exit x = { .pid = 7, .vm = 7, .exit_reason = CPUID,
				  .isa = MKTRACE_ISA_SVM };

	e.tsc = 100;
	mktrace_entry(t, 0, 1000, &e);
	x.tsc = 110;
	mktrace_exit(t, 0, 1010, &x);
	e.tsc = 150;
	e.exit_tsc = 110;
	e.seq = 1;
	e.user = 7;
	mktrace_entry(t, 0, 1050, &e);
	x.tsc = 0;
	mktrace_exit(t, 0, 1060, &x);
	mktrace_entry(t, 0, 1070, &(struct mktrace_entry){ .pid = 7, .vm = 7 });
	x.tsc = 200;
	mktrace_exit(t, 1, 1100, &x);
	e.tsc = 210;
	e.exit_tsc = 200;
	e.seq = 2;
	e.user = 0;
	mktrace_entry(t, 1, 1110, &e);
	mktrace_finish(t, path, NULL);
}

/* A name that would end the line and begin one more of ours. */
static void write_forged(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, false);

	mktrace_event_print(t, "kvm_entry",
			    "\"%s\", (REC->isa == 2) ? __print_symbolic("
			    "REC->exit_reason, { 0x72, \"a\nkvm_exit_cycles: "
			    "epoch 1 report 2: \033[2J\xff\" }) : \"\"");
	mktrace_entry(t, 0, 1000, &(struct mktrace_entry){
		.pid = 7, .vm = 7, .tsc = 900, .exit_tsc = 800, .seq = 1,
		.epoch = 1, .report = 1, .exit_reason = CPUID,
		.isa = MKTRACE_ISA_SVM });
	mktrace_finish(t, path, NULL);
}

/* The kernel does not count: no stamps. */
static void write_off(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, false);

	old_exit(t, 0, 1000, 7, CPUID);
	old_entry(t, 0, 1100, 7);
	mktrace_finish(t, path, NULL);
}

static void write_no_kvm(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, false);

	mktrace_event_drop(t, "kvm_entry");
	mktrace_event_drop(t, "kvm_exit");
	mktrace_switch(t, 0, 1000, &(struct mktrace_switch){ .next_pid = 1 });
	mktrace_finish(t, path, NULL);
}

static void write_no_entry(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, false);

	mktrace_event_drop(t, "kvm_entry");
	old_exit(t, 0, 1000, 7, CPUID);
	mktrace_finish(t, path, NULL);
}

static void write_no_events(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, false);

	mktrace_switch(t, 0, 1000, &(struct mktrace_switch){ .next_pid = 1 });
	mktrace_finish(t, path, NULL);
}

static void new_entry(struct mktrace *t, unsigned int cpu, uint64_t seq,
		      uint32_t isa)
{
	mktrace_entry(t, cpu, 1000 + seq, &(struct mktrace_entry){
		.pid = 7, .vm = 7, .tsc = 10 * seq + 5, .exit_tsc = 10 * seq,
		.seq = seq, .epoch = 1, .report = 1, .exit_reason = CPUID,
		.isa = isa });
}

/* Numbers that repeat, or go back; an ISA that is none; another reason. */
static void write_odd(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, false);
	uint16_t id = mktrace_id_of(t, "kvm_entry");
	uint8_t record[8] = { id & 0xff, id >> 8 };

	new_entry(t, 0, 1, MKTRACE_ISA_SVM);
	mktrace_exit(t, 0, 1001, &(struct mktrace_exit){
		.pid = 7, .vm = 7, .tsc = 20, .exit_reason = HLT,
		.isa = MKTRACE_ISA_SVM });
	new_entry(t, 0, 2, MKTRACE_ISA_SVM);
	new_entry(t, 0, 3, MKTRACE_ISA_SVM);
	new_entry(t, 1, 3, MKTRACE_ISA_SVM);
	new_entry(t, 1, 4, 3);
	new_entry(t, 0, 100000, MKTRACE_ISA_SVM);
	new_entry(t, 0, 5, MKTRACE_ISA_SVM);
	mktrace_record(t, 0, 200000, record, sizeof(record));
	mktrace_report(t, 1, 300000, &(struct mktrace_report){ 5, 1, 1, 1, 500, 501 });
	mktrace_finish(t, path, NULL);
}

/* Figures beyond 64 bits, and a name that CSV has to quote */
static void write_huge(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, false);
	struct mktrace_entry e = {
		.pid = 7, .vm = UINT32_MAX, .vcpu_id = UINT32_MAX,
		.epoch = 1, .report = 1, .exit_reason = CPUID,
		.isa = MKTRACE_ISA_SVM,
	};

	mktrace_event_print(t, "kvm_entry",
			    "\"%s\", (REC->isa == 2) ? __print_symbolic("
			    "REC->exit_reason, { 0x72, \"cpuid, once\" }) : \"\"");
	for (e.seq = 1; e.seq <= 3; e.seq++) {
		e.tsc = UINT64_MAX - e.seq;
		mktrace_entry(t, 0, 1000 * e.seq, &e);
	}
	e.exit_reason = UINT32_MAX;
	e.halted = UINT64_MAX;
	mktrace_entry(t, 0, 5000, &e);
	mktrace_finish(t, path, NULL);
}

/* Exits and what is inside them */

#define MSR	0x7c
#define IO	0x7b
#define NPF	0x400

static void inner_msr(struct mktrace *t, unsigned int cpu, uint64_t ts,
		      uint32_t msr)
{
	mktrace_msr(t, cpu, ts, &(struct mktrace_msr){ .pid = 7, .ecx = msr });
}

static void inner_exit(struct mktrace *t, unsigned int cpu, uint64_t ts,
		       uint32_t reason, uint64_t info1, uint64_t rip)
{
	mktrace_exit(t, cpu, ts, &(struct mktrace_exit){
		.pid = 7, .vm = 7, .exit_reason = reason, .info1 = info1,
		.info2 = rip, .guest_rip = rip, .isa = MKTRACE_ISA_SVM,
		.tsc = ts });
}

static void inner_entry(struct mktrace *t, unsigned int cpu, uint64_t ts,
			uint32_t reason, uint64_t exit_tsc, uint64_t seq)
{
	mktrace_entry(t, cpu, ts, &(struct mktrace_entry){
		.pid = 7, .vm = 7, .tsc = ts, .exit_tsc = exit_tsc, .seq = seq,
		.epoch = 1, .report = 1, .exit_reason = reason,
		.isa = MKTRACE_ISA_SVM });
}

/* Each exit ends on another CPU than it began on. */
static void write_moved(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, false);

	inner_exit(t, 0, 1000, MSR, 0, 0xffffffff81000000);
	inner_msr(t, 0, 1050, 0x10);
	inner_entry(t, 1, 1100, MSR, 1000, 1);
	inner_exit(t, 1, 1200, IO, 0x00700210, 2);
	inner_entry(t, 0, 1300, IO, 1200, 2);
	inner_exit(t, 0, 1400, HLT, 0, 3);
	inner_msr(t, 1, 1450, 0x1b);
	inner_entry(t, 1, 1500, HLT, 1400, 3);
	/* No kvm_exit */
	inner_msr(t, 1, 1550, 0x1b);
	inner_entry(t, 1, 1650, CPUID, 1600, 4);
	/* No kvm_entry */
	inner_exit(t, 0, 1700, MSR, 0, 4);
	inner_msr(t, 0, 1750, 0x10);
	mktrace_finish(t, path, NULL);
}

/* Events are lost within each exit. */
static void write_inside_gap(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, false);

	inner_exit(t, 0, 1000, IO, 0x00700210, 1);
	mktrace_lost(t, 0, 3);
	inner_entry(t, 0, 1100, IO, 1000, 1);
	inner_exit(t, 0, 1200, MSR, 0, 1);
	mktrace_lost(t, 0, 3);
	inner_entry(t, 0, 1300, MSR, 1200, 2);
	mktrace_finish(t, path, NULL);
}

/*
 * An exit on CPU 0 from 1000 to 9000, and another one from 30000 on.  What CPU 1
 * has in between is lost: from @before on, if that is not 0, to @after, if that
 * is not 0.
 */
static void write_gap_elsewhere(const char *path, const char *clock,
				uint64_t before, uint64_t after)
{
	const struct mktrace_msr other = { .pid = 99 };
	struct mktrace *t = new_trace(clock, false);

	inner_exit(t, 0, 1000, MSR, 0, 1);
	inner_entry(t, 0, 9000, MSR, 1000, 1);
	inner_exit(t, 0, 30000, MSR, 0, 1);
	inner_entry(t, 0, 31000, MSR, 30000, 2);
	if (before)
		mktrace_msr(t, 1, before, &other);
	if (after) {
		mktrace_lost(t, 1, 1);
		mktrace_msr(t, 1, after, &other);
	} else {
		mktrace_flush(t, 1);
		mktrace_commit(t, 1, 0x3fffffff);
	}
	mktrace_finish(t, path, NULL);
}

static void write_gap_around(const char *path, const char *clock)
{
	write_gap_elsewhere(path, clock, 500, 20000);
}

static void write_gap_first(const char *path, const char *clock)
{
	write_gap_elsewhere(path, clock, 0, 20000);
}

static void write_gap_last(const char *path, const char *clock)
{
	write_gap_elsewhere(path, clock, 20000, 0);
}

static void write_gap_all(const char *path, const char *clock)
{
	write_gap_elsewhere(path, clock, 0, 0);
}

static void write_many_rips(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, false);
	uint64_t i;

	for (i = 1; i <= 70000; i++) {
		inner_exit(t, 0, 100 * i, NPF, 4, 16 * i);
		inner_entry(t, 0, 100 * i + 50, NPF, 100 * i, i);
	}
	mktrace_finish(t, path, NULL);
}

/* 4 cycles are 1 ns: exits of 400, 401, 4000 and 8000000 cycles */
#define OPTION_TSC2NSEC	14

static void write_rate(const char *path, const char *clock)
{
	static const uint32_t cycles[] = { 400, 401, 4000, 8000000 };
	const struct {
		uint32_t mult, shift;
		uint64_t offset;
	} rate = { 1u << 30, 32, 0 };
	struct mktrace *t = new_trace(clock, false);
	uint64_t ts = 1000, i;

	mktrace_option(t, OPTION_TSC2NSEC, &rate, sizeof(rate));
	for (i = 0; i < 4; i++) {
		inner_exit(t, 0, ts, MSR, 0, 1);
		inner_entry(t, 0, ts + cycles[i], MSR, ts, i + 1);
		ts += 2 * cycles[i];
	}
	mktrace_finish(t, path, NULL);
}

static void write_unpatched_inside(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, true);

	inner_exit(t, 0, 1000, MSR, 0, 0x1234);
	inner_msr(t, 0, 1050, 0x10);
	old_entry(t, 0, 1100, 7);
	inner_exit(t, 0, 1200, MSR, 0, 0x1234);
	inner_msr(t, 1, 1250, 0x10);
	old_entry(t, 1, 1300, 7);
	inner_exit(t, 1, 1400, IO, 0x0cfc0041, 0x5678);
	old_entry(t, 1, 1500, 7);
	inner_msr(t, 1, 1600, 0x10);
	mktrace_finish(t, path, NULL);
}

static void inner_nested(struct mktrace *t, unsigned int cpu, uint64_t ts)
{
	static const uint64_t values[8] = { MSR, 0x1234, MKTRACE_ISA_SVM };

	mktrace_values(t, cpu, ts, "kvm_nested_vmexit", 7, values);
}

/* Of L1 is the second exit alone; of the fourth and the sixth one nothing is known. */
static void add_levels(struct mktrace *t)
{
	mktrace_event_add(t, "kvm_nested_vmexit");
	inner_exit(t, 0, 1000, MSR, 0, 1);
	inner_nested(t, 0, 1010);
	inner_msr(t, 0, 1020, 0x10);
	inner_entry(t, 0, 1100, MSR, 1000, 1);
	inner_exit(t, 0, 1200, MSR, 0, 1);
	inner_msr(t, 0, 1210, 0x10);
	inner_entry(t, 0, 1302, MSR, 1200, 2);
	inner_exit(t, 0, 1400, IO, 0x00700210, 1);
	inner_nested(t, 1, 1450);
	inner_entry(t, 1, 1604, IO, 1400, 3);
	inner_exit(t, 0, 1700, IO, 0x00700210, 1);
	mktrace_lost(t, 0, 3);
	inner_entry(t, 0, 1808, IO, 1700, 4);
	inner_exit(t, 0, 1900, IO, 0x00700210, 1);
	inner_nested(t, 0, 1910);
	mktrace_lost(t, 0, 3);
	inner_entry(t, 0, 2016, IO, 1900, 5);
	/* No kvm_exit */
	inner_nested(t, 0, 2050);
	inner_entry(t, 0, 2132, IO, 2100, 6);
}

static void write_levels(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, false);

	add_levels(t);
	mktrace_finish(t, path, NULL);
}

static void write_unpatched_levels(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(clock, true);

	add_levels(t);
	mktrace_finish(t, path, NULL);
}

/* VMX, with the formats of today: what kvm_exit tells, and events inside */
static void write_unpatched_vmx(const char *path, const char *clock)
{
	static const struct mktrace_exit exits[] = {
		{ .exit_reason = 0, .info1 = 0x6ffc, .intr_info = 0x80000b0e,
		  .error_code = 2 },			/* a page fault */
		{ .exit_reason = 1, .intr_info = 0x800000ec },
		{ .exit_reason = 12 },			/* hlt */
		{ .exit_reason = 28, .info1 = 0x04 },	/* write cr4 */
		{ .exit_reason = 30, .info1 = 0x05000008 },	/* in */
		{ .exit_reason = 32 },			/* wrmsr */
		{ .exit_reason = 48, .info1 = 0x182 },	/* EPT violation */
	};
	struct mktrace *t = new_trace(clock, true);
	struct mktrace_exit e;
	uint64_t ts;
	size_t i;

	for (i = 0; i < 2 * sizeof(exits) / sizeof(exits[0]); i++) {
		ts = 1000 * (i + 1);
		e = exits[i / 2];
		e.pid = 7 + i % 2;
		e.isa = MKTRACE_ISA_VMX;
		e.guest_rip = 0x1000 * e.exit_reason;
		mktrace_exit(t, i % 2, ts, &e);
		if (e.exit_reason == 32)
			mktrace_msr(t, i % 2, ts + 10, &(struct mktrace_msr){
				.pid = e.pid, .ecx = 0x6e0, .write = 1 });
		if (e.exit_reason == 48)
			mktrace_page_fault(t, i % 2, ts + 10,
				&(struct mktrace_page_fault){
				.pid = e.pid, .fault_address = 0x40318000,
				.error_code = 0x182 });
		old_entry(t, i % 2, ts + 100 + 10 * i, e.pid);
	}
	mktrace_finish(t, path, NULL);
}

/* Formats of Linux 4.x; without info1 and info2, of an older one */
static struct mktrace *new_old_trace(const char *clock, bool info)
{
	static const char print[] =
		"\"reason %s rip 0x%lx\", (REC->isa == 1) ? "
		"__print_symbolic(REC->exit_reason, " MKTRACE_VMX_REASONS ") : "
		"__print_symbolic(REC->exit_reason, " MKTRACE_SVM_REASONS "), "
		"REC->guest_rip";
	static const char *const dropped[][2] = {
		{ "kvm_entry", "rip" }, { "kvm_entry", "immediate_exit" },
		{ "kvm_exit", "vcpu_id" }, { "kvm_exit", "intr_info" },
		{ "kvm_exit", "error_code" }, { "kvm_page_fault", "vcpu_id" },
		{ "kvm_page_fault", "guest_rip" }, { "kvm_inj_virq", "soft" },
		{ "kvm_inj_virq", "reinjected" },
		{ "kvm_exit", "info1" }, { "kvm_exit", "info2" },
	};
	struct mktrace *t = new_trace(clock, true);
	size_t i;

	for (i = 0; i < sizeof(dropped) / sizeof(dropped[0]) - 2 * info; i++)
		mktrace_field_drop(t, dropped[i][0], dropped[i][1]);
	mktrace_event_print(t, "kvm_exit", print);
	mktrace_event_print(t, "kvm_entry", "\"vcpu %u\", REC->vcpu_id");
	mktrace_event_print(t, "kvm_page_fault", "\"address %lx error_code %x\""
			    ", REC->fault_address, REC->error_code");
	mktrace_event_add(t, "kvm_inj_virq");
	mktrace_field_rename(t, "kvm_inj_virq", "vector", "irq");
	mktrace_event_print(t, "kvm_inj_virq", "\"irq %u\", REC->irq");
	return t;
}

static void old_fault(struct mktrace *t, uint64_t ts)
{
	mktrace_page_fault(t, 0, ts, &(struct mktrace_page_fault){
		.pid = 7, .fault_address = 0x6ffc, .error_code = 6 });
}

static void old_detailed_exit(struct mktrace *t, uint64_t ts, uint32_t isa,
			      uint32_t reason, uint64_t info1, uint64_t info2)
{
	mktrace_exit(t, 0, ts, &(struct mktrace_exit){
		.pid = 7, .exit_reason = reason, .isa = isa, .guest_rip = ts,
		.info1 = info1, .info2 = info2 });
}

static void write_old_vmx(const char *path, const char *clock)
{
	static const struct {
		uint32_t reason;
		uint64_t info1, info2;
	} exits[] = {
		{ 0, 0, 0x80000306 },		/* #UD */
		{ 1, 0, 0x800000ec },		/* an interrupt */
		{ 0, 0x6ffc, 0x80000b0e },	/* a page fault */
		{ 0, 0x6ffc, 0x80000b0e },	/* and one without its event */
		{ 30, 0x0cf80003, 0 },		/* out */
		{ 12, 0, 0 },			/* hlt */
	};
	struct mktrace *t = new_old_trace(clock, true);
	uint64_t ts;
	size_t i;

	for (i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
		ts = 1000 * (i + 1);
		old_detailed_exit(t, ts, MKTRACE_ISA_VMX, exits[i].reason,
				  exits[i].info1, exits[i].info2);
		if (i == 2)
			old_fault(t, ts + 10);
		if (i == 5)
			mktrace_values(t, 0, ts + 10, "kvm_inj_virq", 7,
				       (const uint64_t[]){ 0xef, 0, 0 });
		old_entry(t, 0, ts + 100 + i, 7);
	}
	mktrace_finish(t, path, NULL);
}

static void write_older_svm(const char *path, const char *clock)
{
	static const uint32_t reasons[] = { IO, IO, NPF, NPF, HLT };
	struct mktrace *t = new_old_trace(clock, false);
	uint64_t ts;
	size_t i;

	for (i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		ts = 1000 * (i + 1);
		old_detailed_exit(t, ts, MKTRACE_ISA_SVM, reasons[i], 0, 0);
		if (i == 0)
			mktrace_pio(t, 0, ts + 10, &(struct mktrace_pio){
				.pid = 7, .rw = 1, .port = 0x70, .size = 1 });
		if (i == 2)
			old_fault(t, ts + 10);
		old_entry(t, 0, ts + 100 + i, 7);
	}
	mktrace_finish(t, path, NULL);
}

static void write_instance(const char *path, const char *clock)
{
	struct mktrace *t = mktrace_new(&(struct mktrace_config){
		.clock = clock, .instance = "guests" });

	new_entry(t, 0, 1, MKTRACE_ISA_VMX);
	mktrace_report(t, 0, 2000, &(struct mktrace_report){ 5, 1, 1, 1, 500, 1 });
	mktrace_finish(t, path, NULL);
}

/* A round trip of 500 in the top buffer, of 40 and of 2 in two instances */
static void write_instances_of(const struct mktrace_config *config,
			       const char *path, const char *clock)
{
	struct mktrace_config other = *config;
	struct mktrace *t, *guests, *few;

	other.clock = clock;
	other.subbuf_bytes = 8192;
	other.cpus = 1;
	t = mktrace_new(config);
	guests = mktrace_new(config->version == 6 ? config : &other);
	few = mktrace_new(config);
	old_exit(t, 1, 1000, 7, CPUID);
	old_entry(t, 1, 1500, 7);
	old_exit(guests, 0, 3000, 8, HLT);
	old_entry(guests, 0, 3040, 8);
	old_exit(few, 1, 5000, 9, CPUID);
	old_entry(few, 1, 5002, 9);
	mktrace_instance(t, "guests", guests);
	mktrace_instance(t, "few", few);
	mktrace_finish(t, path, NULL);
}

#define INSTANCES	.cpus = 2, .unpatched = true, .clock = "mono"

static void write_instances(const char *path, const char *clock)
{
	struct mktrace_config config = { INSTANCES };

	write_instances_of(&config, path, clock);
}

static void write_instances_v6(const char *path, const char *clock)
{
	struct mktrace_config config = { INSTANCES, .version = 6 };

	write_instances_of(&config, path, clock);
}

static void write_instances_zstd(const char *path, const char *clock)
{
	struct mktrace_config config = { INSTANCES,
					 .compression = MKTRACE_ZSTD };

	write_instances_of(&config, path, clock);
}

static const struct {
	const char *name;
	void (*write)(const char *path, const char *clock);
	const char *clock;
} by_hand[] = {
	{ "unpatched", write_unpatched, "mono" },
	{ "unpatched-tsc", write_unpatched, "x86-tsc" },
	{ "unpatched-tsc2nsec", write_unpatched, "tsc2nsec" },
	{ "unpatched-counter", write_unpatched, "counter" },
	{ "unpatched-uptime", write_unpatched, "uptime" },
	{ "unpatched-migrated", write_migrated, "local" },
	{ "unpatched-migrated-mono", write_migrated, "mono" },
	{ "unpatched-gap", write_gap, "mono" },
	{ "long", write_long, "mono" },
	{ "where", write_where, "mono" },
	{ "where-tsc", write_where, "x86-tsc" },
	{ "where-vmx", write_where_vmx, "mono" },
	{ "where-blind", write_where_blind, "mono" },
	{ "where-off", write_where_off, "local" },
	{ "odd", write_odd, "local" },
	{ "huge", write_huge, "local" },
	{ "moved", write_moved, "local" },
	{ "inside-gap", write_inside_gap, "local" },
	{ "gap-around", write_gap_around, "mono" },
	{ "gap-first", write_gap_first, "mono" },
	{ "gap-last", write_gap_last, "mono" },
	{ "gap-all", write_gap_all, "mono" },
	{ "many-rips", write_many_rips, "local" },
	{ "rate", write_rate, "tsc2nsec" },
	{ "rate-local", write_rate, "local" },
	{ "unpatched-inside", write_unpatched_inside, "mono" },
	{ "levels", write_levels, "mono" },
	{ "unpatched-levels", write_unpatched_levels, "mono" },
	{ "unpatched-vmx", write_unpatched_vmx, "mono" },
	{ "old-vmx", write_old_vmx, "mono" },
	{ "older-svm", write_older_svm, "mono" },
	{ "instance", write_instance, "local" },
	{ "instances", write_instances, "x86-tsc" },
	{ "instances-v6", write_instances_v6, "x86-tsc" },
	{ "instances-zstd", write_instances_zstd, "x86-tsc" },
	{ "forged", write_forged, "local" },
	{ "off", write_off, "mono" },
	{ "no-kvm", write_no_kvm, "local" },
	{ "no-entry", write_no_entry, "local" },
	{ "no-events", write_no_events, "local" },
	{ "two-epochs", write_two_epochs, "local" },
	{ "two-epochs-v6", write_two_epochs_v6, "local" },
	{ "two-epochs-short", write_two_epochs_short, "local" },
	{ "two-epochs-dropped", write_two_epochs_dropped, "local" },
	{ "unpatched-dropped", write_unpatched_dropped, "mono" },
	{ "lacking", write_lacking, "mono" },
	{ "lacking-few", write_lacking_few, "mono" },
	{ "lacking-none", write_lacking_none, "mono" },
	{ "lacking-tail", write_lacking_tail, "mono" },
	{ "repeated", write_repeated, "mono" },
	{ "taken-meanwhile", write_taken_meanwhile, "mono" },
	{ "taken-lossy", write_taken_lossy, "mono" },
	{ "absent", write_absent, "mono" },
	{ "all-lacking", write_all_lacking, "mono" },
	{ "two-statistics", write_two_statistics, "mono" },
	{ "idle-gap", write_idle_gap, "mono" },
	{ "entry-gap", write_entry_gap, "mono" },
	{ "exit-alone", write_exit_alone, "mono" },
	{ "exit-alone-patched", write_exit_alone_patched, "mono" },
	{ "lost-huge", write_lost_huge, "local" },
	{ "long-codes", write_long_codes, "mono" },
	{ "two-stats", write_two_stats, "local" },
	{ "two-stats-v6", write_two_stats_v6, "local" },
};

#define NR_BY_HAND	(sizeof(by_hand) / sizeof(by_hand[0]))

static int list(void)
{
	size_t i;

	for (i = 0; i < NR_SCENARIOS; i++)
		puts(scenarios[i].name);
	for (i = 0; i < NR_BY_HAND; i++)
		puts(by_hand[i].name);
	return 2;
}

int main(int argc, char **argv)
{
	struct model *m;
	size_t i;

	if (argc < 3)
		return list();
	if (!strcmp(argv[1], "leave")) {
		leave_files(argv[2], argv[2], argc > 3 ? argv[3] : NULL);
		return 0;
	}
	if (!strcmp(argv[1], "events") && argc > 3) {
		write_events(argv[2], argv[3], stdin);
		return 0;
	}
	for (i = 0; i < NR_BY_HAND; i++) {
		if (strcmp(argv[1], by_hand[i].name))
			continue;
		by_hand[i].write(argv[2], by_hand[i].clock);
		return 0;
	}
	for (i = 0; i < NR_SCENARIOS; i++)
		if (!strcmp(argv[1], scenarios[i].name))
			break;
	if (i == NR_SCENARIOS) {
		fprintf(stderr, "no such scenario: %s\n", argv[1]);
		return 2;
	}
	m = model_run(&scenarios[i].config, argv[2]);
	if (argc > 3)
		write_log(m, argv[3]);
	model_free(m);
	return 0;
}
