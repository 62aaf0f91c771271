// SPDX-License-Identifier: GPL-2.0
/*
 * The driving loop for unpatched kernels: all per-CPU streams merged by time
 * stamp, one block of round trips (see roundtrip.h).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyze.h"
#include "error.h"
#include "render.h"
#include "roundtrip.h"

struct source {
	struct records records;
	struct subbuf_record rec;	/* the next one of ours */
	enum parse_kind kind;
	uint64_t backwards;		/* time stamps that went back */
	uint64_t short_records;
};

struct unstamped {
	const struct options *opt;
	const struct tracedat *td;
	const struct parse *p;
	unsigned int nr_cpus;
	struct source *sources;
	struct source **heap;		/* the earliest first */
	unsigned int nr_heap;
	struct roundtrip rt;
	struct stats_table table;
	struct render render;
	uint64_t entries, exits;
	uint64_t bad_isa;
	int status;
};

/* Clocks in kernel/trace/trace.c: what their stamps are, if they are times. */
static const struct clock {
	const char *name, *unit;	/* NULL: no time */
} clocks[] = {
	{ "local", "ns" }, { "global", "ns" }, { "perf", "ns" },
	{ "mono", "ns" }, { "mono_raw", "ns" }, { "boot", "ns" },
	{ "tai", "ns" }, { "x86-tsc", "cycles" },
	{ "counter", NULL }, { "uptime", NULL },
};

static int choose_unit(struct unstamped *u)
{
	const char *name = tracedat_info(u->td)->clock;
	unsigned int i;

	u->render.unit = "ns";
	if (!name) {
		note("trace clock is not recorded: %s: taken for local",
		     u->opt->path);
		return 0;
	}
	for (i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		if (strcmp(clocks[i].name, name))
			continue;
		if (!clocks[i].unit)
			return error("trace clock is no time: %s: %s: record with another one, e.g. trace-cmd record -C mono -e kvm",
				     u->opt->path, name);
		u->render.unit = clocks[i].unit;
		return 0;
	}
	return error("unknown trace clock: %s: %s: record with another one, e.g. trace-cmd record -C mono -e kvm",
		     u->opt->path, name);
}

static bool is_local(const struct unstamped *u)
{
	const char *name = tracedat_info(u->td)->clock;

	return !name || !strcmp(name, "local");
}

/* Earlier; of the same time, the lower CPU, so that the order is defined. */
static bool precedes(const struct source *a, const struct source *b)
{
	if (a->rec.ts != b->rec.ts)
		return a->rec.ts < b->rec.ts;
	return a < b;
}

static void sift_down(struct unstamped *u, unsigned int i)
{
	struct source *tmp;
	unsigned int child;

	while ((child = 2 * i + 1) < u->nr_heap) {
		if (child + 1 < u->nr_heap &&
		    precedes(u->heap[child + 1], u->heap[child]))
			child++;
		if (!precedes(u->heap[child], u->heap[i]))
			return;
		tmp = u->heap[i];
		u->heap[i] = u->heap[child];
		u->heap[child] = tmp;
		i = child;
	}
}

/*
 * Read up to the next kvm_exit or kvm_entry.  A gap is known from here on: it
 * lies between the record before, which has been handled, and the next one of
 * any kind after it.
 */
static int next_of_source(struct unstamped *u, struct source *src)
{
	uint64_t last = src->rec.ts;
	bool is_short;
	int ret;

	while ((ret = records_next(&src->records, &src->rec)) > 0) {
		if (src->rec.ts < last)
			src->backwards++;
		last = src->rec.ts;
		if (src->records.gap) {
			roundtrip_gap(&u->rt, last);
			src->records.gap = false;
		}
		is_short = false;
		src->kind = parse_kind(u->p, &src->rec, &is_short);
		if (src->kind == PARSE_ENTRY || src->kind == PARSE_EXIT)
			return 1;
		src->short_records += is_short;
	}
	/* Damage with nothing behind it: to the end of the recording. */
	if (!ret && src->records.gap)
		roundtrip_gap(&u->rt, UINT64_MAX);
	return ret;
}

static int open_sources(struct unstamped *u)
{
	unsigned int i;
	int ret;

	u->sources = calloc(u->nr_cpus + 1, sizeof(*u->sources));
	u->heap = calloc(u->nr_cpus + 1, sizeof(*u->heap));
	if (!u->sources || !u->heap)
		return error("out of memory: %u CPUs", u->nr_cpus);
	for (i = 0; i < u->nr_cpus; i++) {
		if (records_open(&u->sources[i].records, u->td, &u->p->subbuf,
				 i, false) < 0)
			return -1;
		ret = next_of_source(u, &u->sources[i]);
		if (ret < 0)
			return -1;
		if (ret)
			u->heap[u->nr_heap++] = &u->sources[i];
	}
	for (i = u->nr_heap / 2; i-- > 0;)
		sift_down(u, i);
	return 0;
}

static int handle_exit(struct unstamped *u, const struct source *src)
{
	struct event_exit e;

	u->exits++;
	parse_exit(u->p, &src->rec, &e);
	if (!isa_valid(e.isa)) {
		u->bad_isa++;
		return 0;
	}
	return roundtrip_exit(&u->rt, parse_pid(u->p, &src->rec),
			      src->records.cpu, src->rec.ts,
			      reasons_slot(&u->p->reasons, e.isa, e.code));
}

static void handle_entry(struct unstamped *u, const struct source *src)
{
	struct stats_sample sample;
	unsigned int slot;

	u->entries++;
	if (roundtrip_entry(&u->rt, parse_pid(u->p, &src->rec),
			    src->records.cpu, src->rec.ts, &slot, &sample))
		stats_table_add(&u->table, slot, &sample);
}

static int merge(struct unstamped *u)
{
	struct source *src;
	int ret;

	while (u->nr_heap) {
		src = u->heap[0];
		if (src->kind == PARSE_ENTRY)
			handle_entry(u, src);
		else if (handle_exit(u, src) < 0)
			return -1;
		ret = next_of_source(u, src);
		if (ret < 0)
			return -1;
		if (!ret)
			u->heap[0] = u->heap[--u->nr_heap];
		sift_down(u, 0);
	}
	roundtrip_finish(&u->rt);
	return 0;
}

static void warn_if(struct unstamped *u, uint64_t n, const char *what)
{
	if (!n)
		return;
	warning("%s: %s: %" PRIu64, what, u->opt->path, n);
	u->status = STATUS_LOSSES;
}

static void note_if(uint64_t n, const char *what)
{
	if (n)
		note("%s: %" PRIu64, what, n);
}

static void report_end(struct unstamped *u)
{
	const struct roundtrip_counts *n = &u->rt.counts;
	uint64_t backwards = 0, is_short = 0;
	struct losses losses = { 0 };
	unsigned int i;

	for (i = 0; i < u->nr_cpus; i++) {
		losses_add(&losses, &u->sources[i].records.losses);
		backwards += u->sources[i].backwards;
		is_short += u->sources[i].short_records;
	}
	if (analyze_losses(u->td, &losses) != STATUS_OK)
		u->status = STATUS_LOSSES;
	warn_if(u, losses.lost_events, "events lost, counted");
	warn_if(u, losses.lost_uncounted, "places where events were lost, uncounted");
	warn_if(u, n->gaps, "round trips not used, events of theirs may be lost");
	warn_if(u, backwards, "time stamps that go back within a CPU");
	warn_if(u, n->backwards, "round trips not used, their entry is before their exit");
	warn_if(u, is_short, "records too short for their event");
	warn_if(u, u->bad_isa, "exits that are neither of VMX nor of SVM");
	if (n->migrated && is_local(u))
		warning("trace clock local is not coherent across CPUs: %" PRIu64 " round trips began on another CPU than they ended: record with: trace-cmd record -C mono -e kvm",
			n->migrated);
	note_if(n->no_exit, "kvm_entry events without kvm_exit");
	note_if(n->no_entry, "kvm_exit events without kvm_entry");
	note_if(n->open, "kvm_exit events still open at the end");
	note("%s: round trips by event time stamps; time in userspace, halted or off the CPU cannot be told from processing, and no report can be proven",
	     u->p->stamped ? "not accounted by the kernel" :
			     "recorded by an unpatched kernel");
}

static int run(struct unstamped *u)
{
	if (u->opt->check) {
		error("nothing to compare: %s: %s", u->opt->path,
		      u->p->stamped ? "not accounted by the kernel" :
				      "recorded by an unpatched kernel");
		return STATUS_NOT_COMPARED;
	}
	if (u->opt->last || u->opt->one_epoch) {
		error("no reports: %s: %s", u->opt->path,
		      u->p->stamped ? "not accounted by the kernel" :
				      "recorded by an unpatched kernel");
		return STATUS_FAILED;
	}
	if (choose_unit(u) < 0 || open_sources(u) < 0 || merge(u) < 0)
		return STATUS_FAILED;
	if (!u->exits || !u->entries) {
		error("no %s event in %s: was a VM running? record with: trace-cmd record -e kvm",
		      u->exits ? "kvm_entry" : "kvm_exit", u->opt->path);
		return STATUS_FAILED;
	}
	render_recorded(&u->render, &u->table);
	if (render_flush(&u->render) < 0)
		return STATUS_FAILED;
	report_end(u);
	return u->status;
}

int analyze_unstamped(const struct options *opt, const struct tracedat *td,
		      const struct parse *p)
{
	struct unstamped u = {
		.opt = opt, .td = td, .p = p,
		.nr_cpus = tracedat_info(td)->nr_cpus,
		.render = { opt->out, &p->reasons, "ns", false },
	};
	int status = STATUS_FAILED;
	unsigned int i;

	if (stats_table_init(&u.table, p->reasons.nr) == 0)
		status = run(&u);
	for (i = 0; u.sources && i < u.nr_cpus; i++)
		records_close(&u.sources[i].records);
	free(u.sources);
	free(u.heap);
	roundtrip_release(&u.rt);
	stats_table_release(&u.table);
	return status;
}
