// SPDX-License-Identifier: GPL-2.0
/*
 * Write a recording for benchmarks: of any size, with the mix of events that
 * trace-cmd record -e kvm leaves when a Linux boots as a guest.
 *
 *	mkrecording FILE EVENTS [WORD...]
 *
 * A third of the events are kvm_exit and kvm_entry; TSC, time stamps, numbers
 * and reports advance, vCPUs migrate, and the reports are right: analyzer
 * --check finds all of them equal.  Words: unpatched, zstd, zlib, v6 (the version of
 * the file; otherwise 7), bare (kvm_exit and kvm_entry alone), cpus=N, vcpus=N,
 * interval=N.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mktrace.h"

#define NR_REASONS	10u
#define EVENTS_PER_EXIT	6u	/* kvm_exit, kvm_entry, and 4 of the handlers */
#define CYCLES_PER_NS	3u

struct figures {
	uint64_t exits, cycles, min, max, user, halted, off_cpu;
};

/* What the kernel does on such an exit, as a booting guest shows it */
static const struct reason {
	uint32_t code;		/* of SVM */
	unsigned int weight;	/* of 64 */
	uint32_t cycles, user, halted;
} reasons[NR_REASONS] = {
	{ 0x400, 30, 9000, 0, 0 },	/* npf */
	{ 0x07b, 10, 7000, 41000, 0 },	/* io */
	{ 0x07c, 8, 2500, 0, 0 },	/* msr */
	{ 0x078, 5, 6000, 0, 900000 },	/* hlt */
	{ 0x060, 4, 3000, 0, 0 },	/* interrupt */
	{ 0x072, 2, 2200, 0, 0 },	/* cpuid */
	{ 0x064, 2, 2000, 0, 0 },	/* vintr */
	{ 0x010, 1, 3500, 0, 0 },	/* write_cr0 */
	{ 0x014, 1, 3300, 0, 0 },	/* write_cr4 */
	{ 0x08d, 1, 2100, 0, 0 },	/* xsetbv */
};

struct generator {
	struct mktrace *t;
	struct mktrace_config config;
	uint64_t events, seed, ts, seq, interval;
	unsigned int vcpus;
	bool bare;
	unsigned int *cpu_of;		/* where each vCPU runs */
	struct figures figures[NR_REASONS];
};

static uint64_t next_random(struct generator *g)
{
	g->seed ^= g->seed << 13;
	g->seed ^= g->seed >> 7;
	g->seed ^= g->seed << 17;
	return g->seed;
}

static unsigned int pick_reason(struct generator *g)
{
	unsigned int left = next_random(g) % 64, i;

	for (i = 0; left >= reasons[i].weight; i++)
		left -= reasons[i].weight;
	return i;
}

static uint64_t tick(struct generator *g)
{
	g->events++;
	return g->ts += 150 + next_random(g) % 256;
}

/* What the handlers of an exit trace */
static void write_handlers(struct generator *g, unsigned int cpu, uint32_t pid,
			   uint32_t vcpu)
{
	struct mktrace_page_fault fault = { .pid = pid, .vcpu_id = vcpu,
					    .guest_rip = 0xffffffff81000000 };
	struct mktrace_mmio mmio = { .pid = pid, .type = 1, .len = 4,
				     .gpa = 0xfee000b0 };
	struct mktrace_pio pio = { .pid = pid, .port = 0x3f8, .size = 1 };
	struct mktrace_fpu fpu = { .pid = pid, .load = 1 };
	struct mktrace_msr msr = { .pid = pid, .ecx = 0x838 };

	fault.fault_address = g->ts << 12;
	mktrace_page_fault(g->t, cpu, tick(g), &fault);
	mktrace_mmio(g->t, cpu, tick(g), &mmio);
	if (g->ts & 1)
		mktrace_pio(g->t, cpu, tick(g), &pio);
	else
		mktrace_msr(g->t, cpu, tick(g), &msr);
	mktrace_fpu(g->t, cpu, tick(g), &fpu);
}

static void add_figures(struct figures *to, const struct figures *f)
{
	if (!to->exits || f->min < to->min)
		to->min = f->min;
	if (f->max > to->max)
		to->max = f->max;
	to->exits += f->exits;
	to->cycles += f->cycles;
	to->user += f->user;
	to->halted += f->halted;
	to->off_cpu += f->off_cpu;
}

static struct mktrace_stats stats_of(const struct figures *f, uint64_t report,
				     unsigned int kind, uint32_t code)
{
	return (struct mktrace_stats){
		.pid = 9, .epoch = 1, .report = report, .isa = kind ? 2 : 0,
		.exit_reason = code, .kind = kind, .exits = f->exits,
		.cycles = f->cycles, .min = kind ? f->min : 0,
		.max = kind ? f->max : 0, .user = f->user, .halted = f->halted,
		.off_cpu = f->off_cpu,
	};
}

/* As the worker prints it */
static void write_report(struct generator *g, unsigned int cpu)
{
	uint64_t report = 1 + (g->seq - 1) / g->interval;
	struct mktrace_report r = { .pid = 9, .epoch = 1, .since = 1,
				    .report = report, .interval = g->interval,
				    .seq = g->seq };
	struct figures total = { 0 };
	struct mktrace_stats s;
	unsigned int i;

	mktrace_report(g->t, cpu, tick(g), &r);
	for (i = 0; i < NR_REASONS; i++)
		if (g->figures[i].exits)
			add_figures(&total, &g->figures[i]);
	s = stats_of(&total, report, 0, 0);
	mktrace_stats(g->t, cpu, tick(g), &s);
	for (i = 0; i < NR_REASONS; i++) {
		if (!g->figures[i].exits)
			continue;
		s = stats_of(&g->figures[i], report, 1, reasons[i].code);
		mktrace_stats(g->t, cpu, tick(g), &s);
	}
}

/* One exit: another CPU may take the vCPU before its entry. */
static void write_exit(struct generator *g)
{
	unsigned int v = next_random(g) % g->vcpus, r = pick_reason(g);
	uint32_t vm = 1000 + v % 2, id = v / 2, pid = 2000 + v;
	unsigned int cpu = g->cpu_of[v];
	struct mktrace_exit x = {
		.pid = pid, .exit_reason = reasons[r].code, .isa = 2,
		.vcpu_id = id, .vm = vm, .guest_rip = 0xffffffff81000000 + v,
	};
	struct mktrace_entry e = {
		.pid = pid, .vcpu_id = id, .vm = vm, .rip = x.guest_rip,
		.exit_reason = x.exit_reason, .isa = 2, .epoch = 1,
		.user = reasons[r].user, .halted = reasons[r].halted,
		.traced = 300,
	};
	struct figures f = { .exits = 1, .user = e.user, .halted = e.halted };

	x.tsc = tick(g) * CYCLES_PER_NS;
	mktrace_exit(g->t, cpu, g->ts, &x);
	if (!g->bare)
		write_handlers(g, cpu, pid, id);
	if (next_random(g) % 32 == 0) {
		cpu = next_random(g) % g->config.cpus;
		g->cpu_of[v] = cpu;
		e.off_cpu = next_random(g) % 100000;
	}
	f.off_cpu = e.off_cpu;
	/* An exit takes that long: no stamp of its vCPU is earlier than the one before. */
	g->ts += (reasons[r].cycles + e.user + e.halted + e.off_cpu) / CYCLES_PER_NS;
	e.seq = ++g->seq;
	e.report = 1 + (e.seq - 1) / g->interval;
	e.exit_tsc = x.tsc;
	e.tsc = tick(g) * CYCLES_PER_NS;
	f.cycles = e.tsc - x.tsc - e.user - e.halted - e.off_cpu - e.traced;
	f.min = f.max = f.cycles;
	add_figures(&g->figures[r], &f);
	mktrace_entry(g->t, cpu, g->ts, &e);
	if (!g->config.unpatched && g->seq % g->interval == 0)
		write_report(g, cpu);
}

static int parse_word(struct generator *g, const char *word)
{
	unsigned int n;

	if (!strcmp(word, "unpatched"))
		g->config.unpatched = true;
	else if (!strcmp(word, "bare"))
		g->bare = true;
	else if (!strcmp(word, "v6"))
		g->config.version = 6;
	else if (!strcmp(word, "zstd"))
		g->config.compression = MKTRACE_ZSTD;
	else if (!strcmp(word, "zlib"))
		g->config.compression = MKTRACE_ZLIB;
	else if (sscanf(word, "cpus=%u", &n) == 1 && n)
		g->config.cpus = n;
	else if (sscanf(word, "vcpus=%u", &n) == 1 && n)
		g->vcpus = n;
	else if (sscanf(word, "interval=%u", &n) == 1 && n)
		g->interval = n;
	else
		return -1;
	return 0;
}

int main(int argc, char **argv)
{
	struct generator g = {
		.config = { .version = 7, .cpus = 4, .clock = "mono" },
		.seed = 0x9e3779b97f4a7c15, .ts = 1ull << 40, .interval = 500,
		.vcpus = 8,
	};
	uint64_t events = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;
	unsigned int i;

	for (i = 3; i < (unsigned int)argc; i++)
		if (parse_word(&g, argv[i]) < 0)
			events = 0;
	if (!events) {
		fprintf(stderr, "usage: mkrecording FILE EVENTS [unpatched] [bare] [v6] [zstd|zlib] [cpus=N] [vcpus=N] [interval=N]\n");
		return 2;
	}
	g.cpu_of = calloc(g.vcpus, sizeof(*g.cpu_of));
	if (!g.cpu_of)
		return 1;
	for (i = 0; i < g.vcpus; i++)
		g.cpu_of[i] = i % g.config.cpus;
	g.t = mktrace_new(&g.config);
	while (g.events < events)
		write_exit(&g);
	if (!g.config.unpatched && g.seq % g.interval)
		write_report(&g, 0);
	mktrace_finish(g.t, argv[1], NULL);
	free(g.cpu_of);
	printf("%" PRIu64 " events, %" PRIu64 " exits\n", g.events, g.seq);
	return 0;
}
