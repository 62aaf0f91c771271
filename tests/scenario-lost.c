// SPDX-License-Identifier: GPL-2.0
#include "scenario-lost.h"

#include <stdio.h>
#include <string.h>

#include "mktrace.h"

#define CPUID		0x72
#define INTERVAL	10

static struct mktrace *new_trace(int version, const char *clock)
{
	return mktrace_new(&(struct mktrace_config){
		.version = version, .cpus = 2, .clock = clock });
}

static void add_exits(struct mktrace *t, unsigned int cpu, uint32_t epoch,
		      uint64_t first, uint64_t last)
{
	struct mktrace_entry e = {
		.pid = 7, .vm = 7, .epoch = epoch, .exit_reason = CPUID,
		.isa = MKTRACE_ISA_SVM,
	};

	for (e.seq = first; e.seq <= last; e.seq++) {
		e.report = 1 + (e.seq - 1) / INTERVAL;
		e.exit_tsc = 100000 * epoch + 1000 * e.seq;
		e.tsc = e.exit_tsc + 100;
		mktrace_entry(t, cpu, e.tsc, &e);
	}
}

static void add_report(struct mktrace *t, unsigned int cpu, uint32_t epoch,
		       uint32_t report, uint64_t seq)
{
	mktrace_report(t, cpu, 100000 * epoch + 1000 * seq + 200,
		       &(struct mktrace_report){
		.pid = 7, .epoch = epoch, .report = report, .since = 1,
		.interval = INTERVAL, .seq = seq });
}

/* As the kernel prints the first epoch: each exit takes 100 cycles. */
static void add_stats(struct mktrace *t, unsigned int cpu, uint32_t report,
		      uint32_t kind)
{
	uint64_t exits = report * INTERVAL;

	mktrace_stats(t, cpu, 200000 + 1000 * report, &(struct mktrace_stats){
		.pid = 7, .epoch = 1, .report = report, .kind = kind,
		.isa = MKTRACE_ISA_SVM, .exit_reason = CPUID, .exits = exits,
		.cycles = 100 * exits, .min = 100, .max = 100 });
}

static struct mktrace *begin_two_epochs(int version, const char *clock)
{
	struct mktrace *t = new_trace(version, clock);

	add_exits(t, 0, 1, 1, 10);
	add_report(t, 0, 1, 1, 10);
	add_exits(t, 0, 2, 1, 10);
	add_report(t, 0, 2, 1, 10);
	return t;
}

static void two_epochs(int version, const char *path, const char *clock)
{
	struct mktrace *t = begin_two_epochs(version, clock);

	add_exits(t, 1, 1, 11, 13);
	add_report(t, 1, 1, 2, 13);
	mktrace_finish(t, path, NULL);
}

void write_two_epochs(const char *path, const char *clock)
{
	two_epochs(7, path, clock);
}

void write_two_epochs_v6(const char *path, const char *clock)
{
	two_epochs(6, path, clock);
}

void write_two_epochs_short(const char *path, const char *clock)
{
	struct mktrace *t = begin_two_epochs(7, clock);
	unsigned int i, id = mktrace_id_of(t, "kvm_entry");
	uint8_t record[16] = { id & 0xff, id >> 8 };

	for (i = 0; i < 3; i++)
		mktrace_record(t, 1, 112000 + 1000 * i, record, sizeof(record));
	mktrace_finish(t, path, NULL);
}

/* The text of per_cpu/cpuN/stats, as the option CPUSTAT has it */
static void add_all_statistics(struct mktrace *t, unsigned int cpu,
			       unsigned int entries, unsigned int dropped,
			       unsigned int read)
{
	char text[256];

	snprintf(text, sizeof(text),
		 "CPU: %u\nentries: %u\noverrun: 0\ncommit overrun: 0\n"
		 "bytes: 0\noldest event ts:     1.000000\n"
		 "now ts:     2.000000\ndropped events: %u\nread events: %u\n",
		 cpu, entries, dropped, read);
	mktrace_option(t, 2, text, strlen(text) + 1);
}

static void add_statistics(struct mktrace *t, unsigned int cpu,
			   unsigned int dropped, unsigned int read)
{
	add_all_statistics(t, cpu, 0, dropped, read);
}

static void add_dropped(struct mktrace *t, unsigned int cpu, unsigned int events)
{
	add_statistics(t, cpu, events, 0);
}

static void lacking(const char *path, const char *clock, uint64_t last,
		    unsigned int events)
{
	struct mktrace *t = new_trace(7, clock);

	/* A number is missing, or none is. */
	add_exits(t, 0, 1, 1, last);
	add_exits(t, 0, 1, last == 4 ? 6 : last + 1, 10);
	add_report(t, 0, 1, 1, 10);
	add_statistics(t, 0, 0, (last == 4 ? 10 : 11) + events);
	mktrace_finish(t, path, NULL);
}

void write_lacking(const char *path, const char *clock)
{
	lacking(path, clock, 4, 30);
}

void write_lacking_none(const char *path, const char *clock)
{
	lacking(path, clock, 5, 30);
}

/*
 * Exit 15 is there twice, 16 is not, and the kernel's own figures of both reports
 * are those of 20 exits.
 */
void write_repeated(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(7, clock);
	uint32_t report;

	add_exits(t, 0, 1, 1, 15);
	add_exits(t, 1, 1, 15, 15);
	add_exits(t, 0, 1, 17, 20);
	for (report = 1; report <= 2; report++) {
		add_stats(t, 0, report, 0);
		add_stats(t, 0, report, 1);
	}
	mktrace_finish(t, path, NULL);
}

/* Two epochs, and nothing says where the first one ended: exits may be missing. */
void write_lacking_tail(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(7, clock);

	add_exits(t, 0, 1, 1, 10);
	add_report(t, 0, 1, 1, 10);
	add_exits(t, 1, 2, 1, 10);
	add_statistics(t, 0, 0, 11 + 500);
	mktrace_finish(t, path, NULL);
}

void write_lacking_few(const char *path, const char *clock)
{
	lacking(path, clock, 5, 22);
}

static void old_trip(struct mktrace *t, unsigned int cpu, uint64_t ts,
		     uint64_t length)
{
	mktrace_exit(t, cpu, ts, &(struct mktrace_exit){
		.pid = 7, .exit_reason = CPUID, .isa = MKTRACE_ISA_SVM });
	if (length)
		mktrace_entry(t, cpu, ts + length,
			      &(struct mktrace_entry){ .pid = 7 });
}

static struct mktrace *new_unpatched(const char *clock)
{
	return mktrace_new(&(struct mktrace_config){
		.cpus = 2, .clock = clock, .unpatched = true });
}

/*
 * Of the 200 events of CPU 0, 150 were still in the buffer when the kernel began to
 * print its statistics, and none was when it had: they are complete.  CPU 1 has 4 of
 * its 16 events, or of 13, if 3 of them were read meanwhile.
 */
static void taken_meanwhile(const char *path, const char *clock, bool lossy)
{
	struct mktrace *t = new_unpatched(clock);
	unsigned int i;

	for (i = 1; i <= 100; i++) {
		old_trip(t, 0, 1000 * i, 100);
		mktrace_flush(t, 0);
	}
	add_all_statistics(t, 0, 150, 0, 200);
	if (lossy) {
		old_trip(t, 1, 1000, 100);
		old_trip(t, 1, 2000, 100);
		add_all_statistics(t, 1, 3, 0, 13);
	}
	mktrace_finish(t, path, NULL);
}

void write_taken_meanwhile(const char *path, const char *clock)
{
	taken_meanwhile(path, clock, false);
}

void write_taken_lossy(const char *path, const char *clock)
{
	taken_meanwhile(path, clock, true);
}

void write_absent(const char *path, const char *clock)
{
	struct mktrace *t = new_unpatched(clock);

	old_trip(t, 0, 1000, 100);
	add_statistics(t, 0, 0, 2);
	add_statistics(t, 5, 0, 3);
	mktrace_finish(t, path, NULL);
}

void write_all_lacking(const char *path, const char *clock)
{
	struct mktrace *t = new_unpatched(clock);

	add_statistics(t, 0, 0, 17087);
	mktrace_finish(t, path, NULL);
}

void write_two_statistics(const char *path, const char *clock)
{
	struct mktrace *t = new_unpatched(clock);

	old_trip(t, 0, 1000, 100);
	add_statistics(t, 0, 0, 2);
	add_statistics(t, 1, 0, 5000);
	add_statistics(t, 1, 0, 0);
	mktrace_finish(t, path, NULL);
}

static void add_switch(struct mktrace *t, uint64_t ts)
{
	mktrace_switch(t, 1, ts, &(struct mktrace_switch){
		.prev_pid = 50, .next_pid = 51 });
}

void write_idle_gap(const char *path, const char *clock)
{
	struct mktrace *t = new_unpatched(clock);
	unsigned int i;

	for (i = 1; i <= 9; i++)
		old_trip(t, 0, 1000 * i, 100);
	add_switch(t, 1500);
	add_switch(t, 2050);
	mktrace_lost(t, 1, 3);
	add_switch(t, 3050);
	mktrace_finish(t, path, NULL);
}

void write_entry_gap(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(7, clock);
	struct mktrace_entry e = {
		.pid = 7, .vm = 7, .epoch = 1, .report = 1, .seq = 1,
		.exit_reason = CPUID, .isa = MKTRACE_ISA_SVM,
		.exit_tsc = 900, .tsc = 1000,
	};

	mktrace_event_drop(t, "kvm_exit");
	mktrace_entry(t, 0, 1000, &e);
	e.vm = 8;
	mktrace_entry(t, 1, 3000, &(struct mktrace_entry){
		.pid = 8, .vm = 8, .tsc = 3000 });
	mktrace_lost(t, 1, 3);
	mktrace_entry(t, 1, 3500, &(struct mktrace_entry){
		.pid = 8, .vm = 8, .tsc = 3500 });
	e.vm = 7;
	e.seq = 2;
	e.exit_tsc = 2000;
	e.tsc = 5000;
	mktrace_entry(t, 0, 5000, &e);
	mktrace_finish(t, path, NULL);
}

static void exit_alone(struct mktrace *t, const char *path)
{
	unsigned int i;

	for (i = 1; i <= 5; i++)
		old_trip(t, i % 2, 1000 * i, 0);
	mktrace_lost(t, 0, 3);
	old_trip(t, 0, 7000, 0);
	mktrace_finish(t, path, NULL);
}

void write_exit_alone(const char *path, const char *clock)
{
	struct mktrace *t = new_unpatched(clock);

	mktrace_event_drop(t, "kvm_entry");
	exit_alone(t, path);
}

void write_exit_alone_patched(const char *path, const char *clock)
{
	exit_alone(new_trace(7, clock), path);
}

void write_two_epochs_dropped(const char *path, const char *clock)
{
	struct mktrace *t = begin_two_epochs(7, clock);

	add_dropped(t, 0, 0);
	add_dropped(t, 1, 4);
	mktrace_finish(t, path, NULL);
}

void write_unpatched_dropped(const char *path, const char *clock)
{
	struct mktrace *t = mktrace_new(&(struct mktrace_config){
		.clock = clock, .unpatched = true });
	unsigned int cpu;

	mktrace_exit(t, 0, 1000, &(struct mktrace_exit){
		.pid = 7, .exit_reason = CPUID, .isa = MKTRACE_ISA_SVM });
	mktrace_entry(t, 0, 1100, &(struct mktrace_entry){ .pid = 7 });
	for (cpu = 0; cpu < 6; cpu++)
		add_dropped(t, cpu, 1 + cpu);
	mktrace_finish(t, path, NULL);
}

static void two_stats(int version, const char *path, const char *clock)
{
	struct mktrace *t = new_trace(version, clock);

	add_exits(t, 0, 1, 1, 10);
	add_report(t, 0, 1, 1, 10);
	add_exits(t, 0, 1, 11, 20);
	add_report(t, 0, 1, 2, 20);
	add_stats(t, 0, 1, 0);
	add_stats(t, 1, 1, 1);
	add_stats(t, 0, 2, 0);
	add_stats(t, 0, 2, 1);
	mktrace_finish(t, path, NULL);
}

void write_two_stats(const char *path, const char *clock)
{
	two_stats(7, path, clock);
}

void write_two_stats_v6(const char *path, const char *clock)
{
	two_stats(6, path, clock);
}

void write_lost_huge(const char *path, const char *clock)
{
	struct mktrace *t = new_trace(7, clock);
	struct mktrace_entry e = {
		.pid = 7, .vm = 7, .epoch = 1, .report = 1, .tsc = 1100,
		.exit_tsc = 1000, .exit_reason = CPUID, .isa = MKTRACE_ISA_SVM,
	};

	e.seq = 1;
	mktrace_entry(t, 0, 1100, &e);
	e.seq = UINT64_MAX;
	mktrace_entry(t, 0, 1200, &e);
	e.epoch = 2;
	e.seq = 1;
	mktrace_entry(t, 0, 1300, &e);
	e.seq = 5;
	mktrace_entry(t, 0, 1400, &e);
	mktrace_finish(t, path, NULL);
}
