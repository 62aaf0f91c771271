// SPDX-License-Identifier: GPL-2.0
/*
 * Recordings for the oracle, made up by a seed:
 *
 *	oracle-seed SEED TRACE.DAT
 *
 * Two VMs of two vCPUs exit, do what such exits do, are preempted, move to other
 * CPUs, and enter again; on some CPUs, at times, events are lost.  The bits of
 * the seed say what kind of recording it is: see new_play().  No two events have
 * the same time stamp.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "mktrace.h"

#define VCPUS		4
#define STEPS		3000
#define INTERVAL	50
#define TICKS		3	/* of the TSC in a unit of the trace clock */

/* What happens from kvm_exit to kvm_entry, one event for each letter: see step() */
struct story {
	uint32_t svm, vmx;	/* exit codes */
	const char *events;
};

static const struct story stories[] = {
	{ 0x72, 10, "c" }, { 0x7b, 30, "p" }, { 0x7b, 30, "pul" },
	{ 0x7b, 30, "puomil" }, { 0x7b, 30, "pulomi" }, { 0x78, 12, "omiw" },
	{ 0x78, 12, "wv" }, { 0x7c, 32, "r" }, { 0x7c, 32, "omir" },
	{ 0x400, 48, "f" }, { 0x400, 48, "fdul" }, { 0x60, 1, "v" },
	{ 0x60, 1, "" }, { 0x81, 18, "h" },
};

#define STORIES	(sizeof(stories) / sizeof(stories[0]))

struct vcpu {
	uint32_t vm, id, tid;
	unsigned int cpu;
	bool entered;
	const struct story *story;
	const char *next;	/* event of the story; NULL: in the guest */
	uint64_t exit_tsc, user_since, off_since;
	uint64_t user, halted, off_cpu;
};

struct play {
	struct mktrace *t;
	uint64_t rng, now, seq;
	uint32_t epoch, isa;
	unsigned int cpus, cpu;	/* the one that the event is on */
	bool patched, lossy, backwards, reenters;
	struct {
		unsigned int left;
		uint64_t lost;
		bool counted;
	} loss[4];
	struct vcpu vcpus[VCPUS];
};

static uint64_t rnd(struct play *p, uint64_t below)
{
	p->rng ^= p->rng << 13;
	p->rng ^= p->rng >> 7;
	p->rng ^= p->rng << 17;
	return (p->rng * 0x2545f4914f6cdd1dull >> 16) % below;
}

/* Is the event on @cpu recorded?  What was lost before it is said then. */
static bool recorded(struct play *p, unsigned int cpu)
{
	if (p->loss[cpu].left) {
		p->loss[cpu].left--;
		p->loss[cpu].lost++;
		return false;
	}
	if (p->loss[cpu].lost)
		mktrace_lost(p->t, cpu, p->loss[cpu].counted ?
					p->loss[cpu].lost : 0);
	p->loss[cpu].lost = 0;
	return true;
}

#define EMIT(p, cpu, event, ...)					\
	do {								\
		if (recorded(p, cpu))					\
			mktrace_##event((p)->t, cpu, (p)->now,		\
				&(struct mktrace_##event){ __VA_ARGS__ }); \
	} while (0)

static void do_exit(struct play *p, struct vcpu *v)
{
	static const uint64_t rips[] = { 0x1000, 0x402b0, 0xffffffff81000000 };
	uint32_t io = p->isa == MKTRACE_ISA_SVM ? 0x00700210 : 0x00700000;

	v->story = &stories[rnd(p, STORIES)];
	v->next = v->story->events;
	v->exit_tsc = TICKS * p->now;
	v->user = v->halted = v->off_cpu = 0;
	EMIT(p, v->cpu, exit, .pid = v->tid, .vcpu_id = v->id, .isa = p->isa,
	     .exit_reason = p->isa == MKTRACE_ISA_SVM ? v->story->svm :
							v->story->vmx,
	     .guest_rip = rips[rnd(p, 3)], .info2 = 0x6ffc,
	     .info1 = *v->next == 'p' ? io : 4, .intr_info = 0x800000ec,
	     .tsc = v->exit_tsc, .vm = v->vm);
}

static void end_report(struct play *p, unsigned int cpu)
{
	p->now++;
	EMIT(p, cpu, report, .pid = 5, .epoch = p->epoch, .since = 1,
	     .report = 1 + (p->seq - 1) / INTERVAL, .interval = INTERVAL,
	     .seq = p->seq);
}

static void end_epoch(struct play *p)
{
	if (p->seq % INTERVAL)
		end_report(p, rnd(p, p->cpus));
	if (p->seq)
		p->epoch++;
	p->seq = 0;
}

static void do_entry(struct play *p, struct vcpu *v)
{
	struct mktrace_entry e = { .pid = v->tid, .vcpu_id = v->id, .vm = v->vm,
				   .tsc = TICKS * p->now };

	if (v->entered) {
		e.exit_tsc = v->exit_tsc;
		e.user = v->user;
		e.halted = v->halted;
		e.off_cpu = v->off_cpu;
		e.traced = rnd(p, TICKS);
		e.exit_reason = p->isa == MKTRACE_ISA_SVM ? v->story->svm :
							    v->story->vmx;
		e.isa = p->isa;
		e.seq = ++p->seq;
		e.epoch = p->epoch;
		e.report = 1 + (p->seq - 1) / INTERVAL;
		if (p->backwards && !rnd(p, 50))
			e.user += 1 << 20;
	}
	if (recorded(p, v->cpu))
		mktrace_entry(p->t, v->cpu, p->now, &e);
	if (v->entered && p->patched && p->seq % INTERVAL == 0)
		end_report(p, v->cpu);
	v->entered = true;
	v->next = NULL;
}

/* Out of the CPU, and on it again: in userspace, and before a wakeup, it is not
   off_cpu. */
static void switch_cpu(struct play *p, struct vcpu *v, bool out)
{
	if (out)
		v->off_since = TICKS * p->now;
	else if (*v->next != 'w' && *v->next != 'l')
		v->off_cpu += TICKS * p->now - v->off_since;
	else if (*v->next == 'w')
		v->halted += TICKS * p->now - v->off_since;
	EMIT(p, v->cpu, switch, .prev_pid = out ? v->tid : 0,
	     .next_pid = out ? 0 : v->tid);
}

/* To userspace, and back */
static void switch_mode(struct play *p, struct vcpu *v, bool back)
{
	if (back) {
		v->user += TICKS * p->now - v->user_since;
		EMIT(p, v->cpu, fpu, .pid = v->tid, .load = 1);
	} else {
		v->user_since = TICKS * p->now;
		EMIT(p, v->cpu, userspace_exit, .pid = v->tid, .reason = 2);
	}
}

static void wake_up(struct play *p, struct vcpu *v)
{
	uint64_t ticks = TICKS * p->now - v->exit_tsc;

	EMIT(p, v->cpu, wakeup, .pid = v->tid, .valid = 1,
	     .ns = rnd(p, ticks / TICKS));
}

static void inject(struct play *p, struct vcpu *v)
{
	const uint64_t values[] = { 0x20 + rnd(p, 3), 0, 0 };

	if (recorded(p, v->cpu))
		mktrace_values(p->t, v->cpu, p->now, "kvm_inj_virq", v->tid,
			       values);
}

static void by_name(struct play *p, struct vcpu *v, const char *event)
{
	const uint64_t values[10] = { rnd(p, 4) };

	if (recorded(p, v->cpu))
		mktrace_values(p->t, v->cpu, p->now, event, v->tid, values);
}

static void step(struct play *p, struct vcpu *v)
{
	switch (*v->next++) {
	case 'c': by_name(p, v, "kvm_cpuid"); break;
	case 'h': by_name(p, v, "kvm_hypercall"); break;
	case 'v': inject(p, v); break;
	case 'w': wake_up(p, v); break;
	case 'u': switch_mode(p, v, false); break;
	case 'l': switch_mode(p, v, true); break;
	case 'o': switch_cpu(p, v, true); break;
	case 'm': v->cpu = rnd(p, p->cpus); break;
	case 'i': switch_cpu(p, v, false); break;
	case 'p':
		EMIT(p, v->cpu, pio, .pid = v->tid, .rw = rnd(p, 2),
		     .port = 0x70, .size = 1, .count = 1);
		break;
	case 'r':
		EMIT(p, v->cpu, msr, .pid = v->tid, .write = 1,
		     .ecx = 0x10 + rnd(p, 2));
		break;
	case 'f':
		EMIT(p, v->cpu, page_fault, .pid = v->tid, .vcpu_id = v->id,
		     .fault_address = 0x6ffc, .error_code = 4);
		break;
	case 'd':
		EMIT(p, v->cpu, mmio, .pid = v->tid, .type = 1 + rnd(p, 2),
		     .len = 4, .gpa = 0xfee00300);
		break;
	}
}

static void lose(struct play *p)
{
	unsigned int cpu = rnd(p, p->cpus);

	if (p->loss[cpu].left || p->loss[cpu].lost)
		return;
	p->loss[cpu].left = 1 + rnd(p, 20);
	p->loss[cpu].counted = rnd(p, 2);
}

static struct mktrace *new_trace(struct play *p, uint64_t seed)
{
	struct mktrace *t = mktrace_new(&(struct mktrace_config){
		.cpus = p->cpus, .unpatched = !p->patched,
		.version = seed & 1 ? 6 : 7, .clock = "mono" });

	mktrace_event_add(t, "kvm_cpuid");
	mktrace_event_add(t, "kvm_hypercall");
	mktrace_event_add(t, "kvm_inj_virq");
	return t;
}

static void new_play(struct play *p, uint64_t seed)
{
	unsigned int i;

	*p = (struct play){
		.rng = seed * 0x9e3779b97f4a7c15 + 1, .now = 1000000, .epoch = 1,
		.patched = seed & 1,
		.isa = seed & 2 ? MKTRACE_ISA_VMX : MKTRACE_ISA_SVM,
		.lossy = seed & 4, .cpus = 2 + seed % 3,
		.backwards = seed & 8, .reenters = seed & 16,
	};
	p->t = new_trace(p, seed);
	for (i = 0; i < VCPUS; i++)
		p->vcpus[i] = (struct vcpu){
			.vm = 1000 + 100 * (i / 2), .id = i % 2,
			.tid = 1001 + 100 * (i / 2) + i % 2,
			.cpu = i % p->cpus,
		};
}

int main(int argc, char **argv)
{
	struct play p;
	struct vcpu *v;
	unsigned int i;

	if (argc != 3) {
		fprintf(stderr, "usage: oracle-seed SEED TRACE.DAT\n");
		return 2;
	}
	new_play(&p, strtoull(argv[1], NULL, 10));
	for (i = 0; i < STEPS; i++) {
		v = &p.vcpus[rnd(&p, VCPUS)];
		p.now += 1 + rnd(&p, rnd(&p, 20) ? 100 : 10000);
		if (p.lossy && !rnd(&p, 300))
			lose(&p);
		if (v->next && *v->next)
			step(&p, v);
		else if (v->entered && (!v->next ||
					(p.reenters && !rnd(&p, 5))))
			do_exit(&p, v);
		else
			do_entry(&p, v);
		if (p.patched && !rnd(&p, 1000))
			end_epoch(&p);
	}
	for (i = 0; i < p.cpus; i++) {
		p.loss[i].left = 0;
		p.now++;
		EMIT(&p, i, switch, .prev_pid = 0, .next_pid = 9);
	}
	if (p.patched)
		end_epoch(&p);
	mktrace_finish(p.t, argv[2], NULL);
	return 0;
}
