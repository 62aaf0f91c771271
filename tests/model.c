// SPDX-License-Identifier: GPL-2.0
#include "model.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the order of a report.  Two codes without a name are one line. */
static const struct {
	int isa;
	uint32_t recorded;	/* in the events */
	const char *name;
} reasons[] = {
	{ MKTRACE_ISA_VMX, 10, "vmx CPUID" },
	{ MKTRACE_ISA_VMX, 12, "vmx HLT" },
	{ MKTRACE_ISA_VMX, 30, "vmx IO_INSTRUCTION" },
	{ MKTRACE_ISA_VMX, 0x80000021, "vmx INVALID_STATE" },
	{ MKTRACE_ISA_VMX, 300, "vmx other" },
	{ MKTRACE_ISA_VMX, 0x7777, "vmx other" },
	{ MKTRACE_ISA_SVM, 0x040, "svm DE excp" },
	{ MKTRACE_ISA_SVM, 0x072, "svm cpuid" },
	{ MKTRACE_ISA_SVM, 0x078, "svm hlt" },
	{ MKTRACE_ISA_SVM, 0x07b, "svm io" },
	{ MKTRACE_ISA_SVM, 0x400, "svm npf" },
	{ MKTRACE_ISA_SVM, 0xffffffff, "svm invalid_guest_state" },
	{ MKTRACE_ISA_SVM, 0x3ff, "svm other" },
	{ MKTRACE_ISA_SVM, 0x12345678, "svm other" },
};

#define NR_REASONS	(sizeof(reasons) / sizeof(reasons[0]))
#define FIRST_SVM	6

enum kind { EV_EXIT, EV_ENTRY, EV_REPORT, EV_STATS, EV_OTHER };

/* One event to be recorded, in the order of time. */
struct event {
	enum kind kind;
	unsigned int cpu;
	uint64_t ts;
	size_t exit, report;	/* index, or SIZE_MAX */
	bool dropped, flagged;
	union {
		struct mktrace_exit x;
		struct mktrace_entry n;
		struct mktrace_report r;
		struct mktrace_stats s;
	};
};

struct vcpu {
	uint32_t vm, id;
	unsigned int cpu;
	bool entered, exited;	/* ever entered; now outside the guest */
	struct mktrace_exit x;
	unsigned int reason;
};

struct play {
	const struct model_config *c;
	struct model *m;
	uint64_t rng, now;
	struct event *events;
	size_t nr_events;
	struct vcpu *vcpus;
	unsigned int nr_vcpus;
	struct model_epoch e;
	uint32_t next_number;
};

static uint64_t rnd(struct play *p, uint64_t below)
{
	p->rng ^= p->rng << 13;
	p->rng ^= p->rng >> 7;
	p->rng ^= p->rng << 17;
	return below ? (p->rng * 0x2545f4914f6cdd1dull >> 16) % below : 0;
}

static bool chance(struct play *p, unsigned int percent)
{
	return rnd(p, 100) < percent;
}

#define PUSH(array, nr) ({						\
	if (!((nr) & ((nr) - 1)))					\
		(array) = realloc(array, ((nr) ? (nr) * 2 : 1) *	\
				  sizeof(*(array)));			\
	assert(array);							\
	memset(&(array)[nr], 0, sizeof(*(array)));			\
	&(array)[(nr)++]; })

static struct event *new_event(struct play *p, enum kind kind, unsigned int cpu)
{
	struct event *ev = PUSH(p->events, p->nr_events);

	ev->kind = kind;
	ev->cpu = cpu;
	ev->ts = p->now;
	ev->exit = SIZE_MAX;
	ev->report = SIZE_MAX;
	return ev;
}

static uint64_t cycles_of(const struct model_exit *e, bool *backwards)
{
	int64_t v = (int64_t)(e->tsc - e->exit_tsc);

	v -= (int64_t)(e->user + e->halted + e->off_cpu + e->traced);
	*backwards = v < 0;
	return v < 0 ? 0 : v;
}

struct sums {
	uint64_t exits, cycles, min, max, user, halted, off_cpu, backwards;
};

static void sum(struct sums *s, const struct model_exit *e)
{
	bool backwards;
	uint64_t cycles = cycles_of(e, &backwards);

	if (!s->exits++ || cycles < s->min)
		s->min = cycles;
	if (cycles > s->max)
		s->max = cycles;
	s->cycles += cycles;
	s->user += e->user;
	s->halted += e->halted;
	s->off_cpu += e->off_cpu;
	s->backwards += backwards;
}

typedef bool (*take_fn)(const struct model_exit *e, const void *arg);

/* Sum up the exits of each line; lines[i] is that of reason i. */
static struct sums sum_all(const struct model *m, take_fn take, const void *arg,
			   struct sums *lines)
{
	struct sums total = { 0 };
	unsigned int line;
	size_t i;

	memset(lines, 0, NR_REASONS * sizeof(*lines));
	for (i = 0; i < m->nr_exits; i++) {
		if (!take(&m->exits[i], arg))
			continue;
		line = m->exits[i].reason;
		while (line && !strcmp(reasons[line].name,
				       reasons[line - 1].name))
			line--;
		sum(&lines[line], &m->exits[i]);
		sum(&total, &m->exits[i]);
	}
	return total;
}

char *model_block(const struct model *m, const char *which, take_fn take,
		  const void *arg)
{
	struct sums lines[NR_REASONS], t = sum_all(m, take, arg, lines), *s;
	char *text = NULL;
	size_t len, i;
	FILE *f = open_memstream(&text, &len);

	assert(f);
	fprintf(f, "kvm_exit_cycles: %s: exits %" PRIu64 " cycles %" PRIu64
		" user %" PRIu64 " halted %" PRIu64 " off_cpu %" PRIu64
		" backwards %" PRIu64 "\n", which, t.exits, t.cycles, t.user,
		t.halted, t.off_cpu, t.backwards);
	for (i = 0; i < NR_REASONS; i++) {
		s = &lines[i];
		if (!s->exits)
			continue;
		fprintf(f, "kvm_exit_cycles: %s: %s: exits %" PRIu64
			" cycles %" PRIu64 " min %" PRIu64 " avg %" PRIu64
			" max %" PRIu64 " user %" PRIu64 " halted %" PRIu64
			" off_cpu %" PRIu64 "\n", which, reasons[i].name,
			s->exits, s->cycles, s->min, s->cycles / s->exits,
			s->max, s->user, s->halted, s->off_cpu);
	}
	fclose(f);
	return text;
}

static bool in_report(const struct model_exit *e, const void *arg)
{
	const struct model_report *r = arg;

	return (e->epoch >= r->since && e->epoch < r->epoch) ||
	       (e->epoch == r->epoch && e->seq <= r->seq);
}

static void stats_event(struct play *p, size_t report, unsigned int cpu,
			uint32_t kind, int reason, const struct sums *s)
{
	const struct model_report *r = &p->m->reports[report];
	struct event *ev = new_event(p, EV_STATS, cpu);

	ev->report = report;
	ev->s = (struct mktrace_stats){
		.pid = 3, .epoch = r->epoch, .report = r->report, .kind = kind,
		.exits = s->exits, .cycles = s->cycles,
		.user = s->user, .halted = s->halted, .off_cpu = s->off_cpu,
		.backwards = s->backwards,
	};
	if (reason < 0)
		return;
	ev->s.isa = reasons[reason].isa;
	if (kind == 1)
		ev->s.exit_reason = reasons[reason].isa == MKTRACE_ISA_VMX ?
			reasons[reason].recorded & 0xffff :
			reasons[reason].recorded;
	ev->s.min = s->min;
	ev->s.max = s->max;
}

/* The kernel's worker prints a report, and emits its kvm_exit_stats. */
static void print_report(struct play *p, size_t report)
{
	struct model_report *r = &p->m->reports[report];
	struct sums lines[NR_REASONS], total, none = { 0 };
	unsigned int cpu = rnd(p, p->c->cpus), i;
	char which[64];

	snprintf(which, sizeof(which), "epoch %u report %" PRIu64, r->epoch,
		 r->report);
	r->text = model_block(p->m, which, in_report, r);
	if (r->skipped) {
		stats_event(p, report, cpu, 3, -1, &none);
		return;
	}
	total = sum_all(p->m, in_report, r, lines);
	if (p->c->older_since && r->since < p->c->first_epoch) {
		/* whatever they were */
		for (i = 0; !lines[i].exits;)
			i++;
		lines[i].exits += p->c->older_exits;
		total.exits += p->c->older_exits;
	}
	stats_event(p, report, cpu, 0, -1, &total);
	for (i = 0; i < NR_REASONS; i++)
		if (lines[i].exits)
			stats_event(p, report, cpu,
				    strstr(reasons[i].name, " other") ? 2 : 1,
				    i, &lines[i]);
}

/* Print what was closed and not yet printed; sometimes not at once. */
static void run_worker(struct play *p, bool all)
{
	struct model *m = p->m;
	size_t i;

	for (i = 0; i < m->nr_reports; i++) {
		if (m->reports[i].text)
			continue;
		if (!all && chance(p, 70))
			return;
		print_report(p, i);
	}
}

static void close_report(struct play *p, unsigned int cpu, uint64_t number,
			 bool last)
{
	struct model_report *r = PUSH(p->m->reports, p->m->nr_reports);
	struct event *ev = new_event(p, EV_REPORT, cpu);

	*r = (struct model_report){
		.epoch = p->e.number, .since = p->e.since, .report = number,
		.seq = p->e.seq, .last = last,
		.skipped = !last && chance(p, p->c->skip_percent),
		.stats_recorded = true,
	};
	ev->report = p->m->nr_reports - 1;
	ev->r = (struct mktrace_report){ 5, p->e.number, number, p->e.since,
					 p->e.interval, p->e.seq };
}

static void begin_epoch(struct play *p)
{
	const struct model_config *c = p->c;
	bool first = !p->m->nr_epochs;

	if (c->empty_epochs && !first && chance(p, 30))
		p->next_number += 1 + rnd(p, 3);
	p->e.number = p->next_number++;
	if (first) {
		p->e.since = p->e.number;
		if (c->older_since && p->e.number > 1)
			p->e.since = p->e.number - 1;
	} else if (chance(p, c->reset_percent)) {
		p->e.since = p->e.number;
	}
	p->e.seq = 0;
	p->e.closed = false;
	if (c->change_interval && chance(p, 50))
		p->e.interval = chance(p, 10) ? 0 : 1 + rnd(p, 2 * c->interval);
}

static void end_epoch(struct play *p, bool close)
{
	uint32_t interval = p->e.interval;
	uint64_t seq = p->e.seq;

	if (close && seq && (!interval || seq % interval))
		close_report(p, rnd(p, p->c->cpus),
			     interval ? 1 + (seq - 1) / interval : 1, true);
	p->e.closed = close;
	*PUSH(p->m->epochs, p->m->nr_epochs) = p->e;
	if (close)
		run_worker(p, true);
}

static void do_exit(struct play *p, struct vcpu *v)
{
	unsigned int lo = p->c->isa == MKTRACE_ISA_SVM ? FIRST_SVM : 0;
	unsigned int hi = p->c->isa == MKTRACE_ISA_VMX ? FIRST_SVM : NR_REASONS;
	struct event *ev = new_event(p, EV_EXIT, v->cpu);

	v->reason = lo + rnd(p, hi - lo);
	v->x = (struct mktrace_exit){
		.pid = 100 + v->vm + v->id, .vcpu_id = v->id, .vm = v->vm,
		.exit_reason = reasons[v->reason].recorded,
		.isa = reasons[v->reason].isa, .tsc = 3 * p->now + rnd(p, 3),
	};
	ev->x = v->x;
	v->exited = true;
}

static void do_entry(struct play *p, struct vcpu *v)
{
	struct mktrace_entry n = {
		.pid = 100 + v->vm + v->id, .vcpu_id = v->id, .vm = v->vm,
		.tsc = 3 * p->now,
	};
	struct model_exit *e;
	struct event *ev;
	uint32_t raw;

	if (p->c->migrate && chance(p, 30))
		v->cpu = rnd(p, p->c->cpus);
	if (v->entered) {
		e = PUSH(p->m->exits, p->m->nr_exits);
		p->e.seq++;
		e->epoch = p->e.number;
		e->seq = p->e.seq;
		e->report = p->e.interval ?
			    1 + (p->e.seq - 1) / p->e.interval : 1;
		e->vm = v->vm;
		e->vcpu = v->id;
		e->reason = v->reason;
		e->exit_tsc = v->x.tsc;
		e->tsc = n.tsc;
		e->user = chance(p, 20) ? rnd(p, 50) : 0;
		e->halted = chance(p, 10) ? rnd(p, 500) : 0;
		e->off_cpu = chance(p, 10) ? rnd(p, 50) : 0;
		e->traced = p->c->no_exit ? 0 : rnd(p, 5);
		raw = reasons[v->reason].recorded;
		n.exit_tsc = e->exit_tsc;
		n.user = e->user;
		n.halted = e->halted;
		n.off_cpu = e->off_cpu;
		n.traced = e->traced;
		n.seq = e->seq;
		n.epoch = e->epoch;
		n.report = e->report;
		n.exit_reason = raw;
		n.isa = reasons[v->reason].isa;
		if (p->e.interval && p->e.seq % p->e.interval == 0)
			close_report(p, v->cpu, e->report, false);
	}
	ev = new_event(p, EV_ENTRY, v->cpu);
	if (v->entered)
		ev->exit = p->m->nr_exits - 1;
	ev->n = n;
	v->entered = true;
	v->exited = false;
}

static void make_vcpus(struct play *p)
{
	unsigned int i;

	p->nr_vcpus = p->c->vms * p->c->vcpus;
	p->vcpus = calloc(p->nr_vcpus, sizeof(*p->vcpus));
	assert(p->vcpus);
	for (i = 0; i < p->nr_vcpus; i++) {
		p->vcpus[i].vm = 1000 + i / p->c->vcpus;
		p->vcpus[i].id = i % p->c->vcpus;
		p->vcpus[i].cpu = rnd(p, p->c->cpus);
	}
}

static void play(struct play *p)
{
	struct vcpu *v;

	make_vcpus(p);
	p->e.interval = p->c->interval;
	begin_epoch(p);
	while (p->m->nr_exits < p->c->exits) {
		p->now += 1 + rnd(p, 100);
		v = &p->vcpus[rnd(p, p->nr_vcpus)];
		if (v->entered && !v->exited)
			do_exit(p, v);
		else
			do_entry(p, v);
		if (chance(p, 10))
			new_event(p, EV_OTHER, rnd(p, p->c->cpus));
		run_worker(p, false);
		if (p->c->close_every && p->e.seq &&
		    !rnd(p, p->c->close_every)) {
			end_epoch(p, true);
			begin_epoch(p);
		}
	}
	end_epoch(p, !p->c->unfinished);
	run_worker(p, true);
}

static void drop_range(struct play *p, size_t from, size_t to, int cpu,
		       bool flagged)
{
	size_t i;

	for (i = from; i < to && i < p->nr_events; i++) {
		if (cpu >= 0 && p->events[i].cpu != (unsigned int)cpu)
			continue;
		p->events[i].dropped = true;
		p->events[i].flagged = flagged;
	}
}

static void drop_events(struct play *p)
{
	size_t n = p->nr_events, from, len;
	unsigned int i;

	drop_range(p, 0, n * p->c->begin_percent / 100, -1, false);
	drop_range(p, n - n * p->c->end_percent / 100, n, -1, false);
	p->m->lossless = true;
	for (i = 0; i < p->c->holes; i++) {
		from = rnd(p, n);
		len = 1 + rnd(p, p->c->hole_events);
		drop_range(p, from, from + len, rnd(p, p->c->cpus), true);
		p->m->lossless = false;
	}
	for (from = 0; from < n; from++)
		if ((p->events[from].kind == EV_EXIT && p->c->no_exit) ||
		    (p->events[from].kind == EV_REPORT && p->c->no_report) ||
		    (p->events[from].kind == EV_STATS && p->c->no_stats)) {
			p->events[from].dropped = true;
			p->events[from].flagged = false;
		}
}

/* What of the truth is in the recording. */
static void note_event(struct play *p, const struct event *ev)
{
	struct model_report *r = ev->report == SIZE_MAX ? NULL :
				 &p->m->reports[ev->report];

	if (ev->kind == EV_ENTRY && ev->exit != SIZE_MAX)
		p->m->exits[ev->exit].recorded = !ev->dropped;
	if (ev->kind == EV_REPORT)
		r->recorded = !ev->dropped;
	if (ev->kind == EV_STATS && ev->dropped)
		r->stats_recorded = false;
	if (ev->kind == EV_STATS && ev->s.kind == 0)
		r->total_recorded = !ev->dropped;
}

static void write_event(struct mktrace *t, const struct event *ev)
{
	static const struct mktrace_pio pio = { 9, 1, 0x3f8, 1, 1, 65 };

	switch (ev->kind) {
	case EV_EXIT:
		mktrace_exit(t, ev->cpu, ev->ts, &ev->x);
		break;
	case EV_ENTRY:
		mktrace_entry(t, ev->cpu, ev->ts, &ev->n);
		break;
	case EV_REPORT:
		mktrace_report(t, ev->cpu, ev->ts, &ev->r);
		break;
	case EV_STATS:
		mktrace_stats(t, ev->cpu, ev->ts, &ev->s);
		break;
	case EV_OTHER:
		mktrace_pio(t, ev->cpu, ev->ts, &pio);
		break;
	}
}

static void write_trace(struct play *p, const char *path)
{
	struct mktrace_config config = {
		.version = p->c->version, .compression = p->c->compression,
		.cpus = p->c->cpus, .clock = p->c->clock,
		.long_bytes = p->c->long_bytes,
		.big_endian = p->c->big_endian,
	};
	struct mktrace *t = mktrace_new(&config);
	uint64_t *lost = calloc(p->c->cpus, sizeof(*lost));
	size_t i;

	assert(lost);
	if (p->c->no_exit)
		mktrace_event_drop(t, "kvm_exit");
	if (p->c->no_report)
		mktrace_event_drop(t, "kvm_exit_report");
	if (p->c->no_stats)
		mktrace_event_drop(t, "kvm_exit_stats");
	for (i = 0; i < p->nr_events; i++) {
		const struct event *ev = &p->events[i];

		note_event(p, ev);
		lost[ev->cpu] += ev->flagged;
		if (ev->dropped)
			continue;
		if (lost[ev->cpu])
			mktrace_lost(t, ev->cpu, i & 1 ? lost[ev->cpu] : 0);
		lost[ev->cpu] = 0;
		write_event(t, ev);
	}
	/* A reader that comes later sees the flag on an empty sub-buffer. */
	for (i = 0; i < p->c->cpus; i++)
		if (lost[i]) {
			mktrace_lost(t, i, lost[i]);
			mktrace_pio(t, i, p->now, &(struct mktrace_pio){ 9, 1, 2, 1, 1, 0 });
		}
	mktrace_finish(t, path, NULL);
	free(lost);
}

struct model *model_run(const struct model_config *config, const char *path)
{
	struct play p = { .c = config, .rng = config->seed * 2 + 1, .now = 1000 };

	p.m = calloc(1, sizeof(*p.m));
	assert(p.m);
	p.next_number = config->first_epoch ? config->first_epoch : 1;
	play(&p);
	drop_events(&p);
	write_trace(&p, path);
	free(p.events);
	free(p.vcpus);
	return p.m;
}

void model_free(struct model *m)
{
	size_t i;

	for (i = 0; i < m->nr_reports; i++)
		free(m->reports[i].text);
	free(m->reports);
	free(m->exits);
	free(m->epochs);
	free(m);
}

