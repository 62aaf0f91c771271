// SPDX-License-Identifier: GPL-2.0
/*
 * Exits one by one, in the order of time: kvx_each() of kvmexits.h.
 *
 * With stamps each kvm_entry is an exit; it is a sink of the walk by time.  Where
 * details are asked for, its kvm_exit and the events in between are joined to it
 * (details.h).  Without stamps exits are round trips (round_trips.h).  They are
 * handed out as they are found, so a scan, which costs a tenth of that, first looks
 * for what has to be known before.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/threads.h"
#include "event/clock.h"
#include "exits.h"
#include "library.h"
#include "sink/missing.h"
#include "walk/by_time.h"
#include "walk/details.h"
#include "walk/epochs.h"
#include "walk/pair.h"
#include "walk/round_trips.h"

/* The name of a reason, which most exits share with others */
struct exits_name {
	bool known;
	bool is_name;			/* and not a number */
	uint32_t isa;
	uint64_t code;
	char text[ISA_NAME_MAX + REASON_NAME_MAX];
};

#define EXITS_NAMES	256u

/* Of which events there is one */
struct exits_seen {
	bool number;			/* kvm_entry with a number */
	bool entry, exit;
};

struct exits {
	struct options opt;
	const struct source *src;
	const struct parse *p;
	struct filter filter;
	uint64_t first_ts;		/* of all events */
	const char *unit;
	bool is_round_trips;
	struct exits_seen seen;		/* by the scan */
	struct details *details;	/* NULL: not asked for */
	struct owners owners;		/* without stamps */
	struct epochs epochs;		/* with stamps */
	uint64_t oddities;		/* exits that are left out, likewise */

	struct exits_request request;
	bool enough;			/* the caller's function said so */
	struct exits_name names[EXITS_NAMES];	/* the latest, by their codes */
	char detail[DETAIL_TEXT_MAX];
};

/* One exit, as it is found */
struct exits_found {
	struct group_key key;
	struct stats_sample sample;
	uint64_t ts;
	const struct event_entry *entry;	/* NULL: not known any more */
};

/* Exit -> what the caller gets */

static void find_name(const struct exits *x, const struct group_key *key,
		      struct exits_name *name)
{
	const struct reason *r = reasons_named(&x->p->reasons, key->isa,
					       key->code);
	char isa[ISA_NAME_MAX];

	name->known = true;
	name->is_name = r;
	name->isa = key->isa;
	name->code = key->code;
	if (r)
		snprintf(name->text, sizeof(name->text), "%s %s",
			 isa_name(isa, key->isa), r->name);
	else
		snprintf(name->text, sizeof(name->text), "%s 0x%" PRIx64,
			 isa_name(isa, key->isa), key->code);
}

static void set_reason(struct exits *x, const struct group_key *key,
		       struct kvx_exit *e)
{
	struct exits_name *name = &x->names[key->code % EXITS_NAMES];

	if (!name->known || name->isa != key->isa || name->code != key->code)
		find_name(x, key, name);
	e->reason = name->text;
	if (name->is_name)
		e->known |= KVX_HAS_NAME;
}

static void set_details(struct exits *x, const struct group_key *key,
			struct kvx_exit *e)
{
	const struct detail *d = &key->detail;

	if (key->rip_is == RIP_KNOWN) {
		e->known |= KVX_HAS_RIP;
		e->rip = key->rip;
	}
	if (d->kind == DETAIL_NONE && !d->flags)
		return;
	detail_text(d, x->detail);
	e->known |= KVX_HAS_DETAIL;
	e->detail = x->detail;
	e->detail_kind = detail_kind_name(d);
	if (detail_has_value(d)) {
		e->known |= KVX_HAS_VALUE;
		e->detail_value = d->value;
	}
}

static void set_stamps(const struct exits_found *f, struct kvx_exit *e)
{
	e->known |= KVX_HAS_STAMPS;
	e->user = f->sample.user;
	e->halted = f->sample.halted;
	e->off_cpu = f->sample.off_cpu;
	if (f->sample.backwards)
		e->known |= KVX_BACKWARDS;
	if (!f->entry)
		return;
	e->known |= KVX_HAS_NUMBER;
	e->epoch = f->entry->epoch;
	e->report = f->entry->report;
	e->seq = f->entry->seq;
	e->traced = f->entry->traced;
}

static const char *task_name(const struct exits *x, uint32_t id)
{
	const struct task *task = id ? tasks_find(source_recording(x->src)->tasks,
						  id) : NULL;

	return task && *task->name ? task->name : NULL;
}

/* Whose it is */
static void set_owner(const struct exits *x, const struct group_key *key,
		      struct kvx_exit *e)
{
	e->thread = key->thread;
	e->thread_name = task_name(x, key->thread);
	e->vm_name = task_name(x, key->vm);
	if (!x->is_round_trips || (key->vm && key->vm < TASK_GUEST)) {
		e->known |= KVX_HAS_VM;
		e->vm = key->vm;
	}
	if (!x->is_round_trips || key->vcpu != VCPU_UNKNOWN) {
		e->known |= KVX_HAS_VCPU;
		e->vcpu = key->vcpu;
	}
}

static void fill_exit(struct exits *x, const struct exits_found *f,
		      struct kvx_exit *e)
{
	e->unit = x->unit;
	set_owner(x, &f->key, e);
	e->cpu = f->key.cpu;
	e->isa = f->key.isa;
	e->code = f->key.code;
	e->ts = f->ts;
	if (clock_to_ns(source_recording(x->src),
			f->ts > x->first_ts ? f->ts - x->first_ts : 0,
			&e->time_ns))
		e->known |= KVX_HAS_TIME;
	if (!f->sample.untimed) {
		e->known |= KVX_HAS_LENGTH;
		e->length = f->sample.cycles;
	}
	set_reason(x, &f->key, e);
	if (x->details)
		set_details(x, &f->key, e);
	if (!x->is_round_trips)
		set_stamps(f, e);
}

/* Return -1 if the caller wants no more of them. */
static int deliver(struct exits *x, const struct exits_found *f)
{
	struct kvx_exit e = KVX_EXIT_INIT;

	if (x->filter.any &&
	    (!filter_takes(&x->filter, &f->key, f->ts) ||
	     !filter_takes_cycles(&x->filter, stats_part(&f->sample, x->opt.view.of))))
		return 0;
	if (x->request.take) {
		x->enough = x->request.take(x->request.user, &f->key, f->ts, &f->sample) < 0;
		return x->enough ? -1 : 0;
	}
	fill_exit(x, f, &e);
	x->enough = x->request.fn(x->request.user, &e);
	return x->enough ? -1 : 0;
}

/* With stamps */

/* Does the exit count, by the rules of by_number.h?  Return 1, 0 or -1. */
static int see_entry(struct exits *x, struct epochs_run *run,
		     const struct event_entry *e)
{
	if (!isa_valid(e->isa) || epochs_run_is_late(run, e->epoch, e->seq)) {
		x->oddities++;
		return 0;
	}
	return epochs_add_entry(&x->epochs, run, e->epoch, e->report,
				e->seq) < 0 ? -1 : 1;
}

static int handle_entry(struct by_time *w, struct by_time_stream *st,
			struct subbuf_record rec)
{
	uint32_t tid = parse_pid(w->p, &rec);
	struct exits *x = w->arg;
	struct event_entry e;
	struct exits_found f = { .ts = rec.ts, .entry = &e };
	int ret;

	parse_entry(w->p, &rec, &e);
	if (!e.seq)
		return x->details ? details_drop(x->details, tid) : 0;
	ret = see_entry(x, &st->run, &e);
	if (ret <= 0)
		return ret;
	f.key = (struct group_key){ .vm = e.vm, .vcpu = e.vcpu_id,
				    .thread = tid, .cpu = st->records.cpu,
				    .isa = e.isa, .code = e.code };
	pair_sample(&e, &f.sample);
	if (x->details) {
		ret = details_entry(x->details, tid, &e, &f.sample, rec.ts,
				    &f.key);
		if (ret <= 0)
			return ret;
	}
	return deliver(x, &f);
}

static int handle_exit(struct by_time *w,
		       struct by_time_stream *st __attribute__((unused)),
		       struct subbuf_record rec)
{
	struct exits *x = w->arg;

	return x->details ? details_exit(x->details, rec) : 0;
}

static int handle_other(struct by_time *w,
			struct by_time_stream *st __attribute__((unused)),
			struct subbuf_record rec)
{
	struct exits *x = w->arg;

	return x->details ? details_event(x->details, rec) : 0;
}

static int handle_rare(struct by_time *w,
		       struct by_time_stream *st __attribute__((unused)),
		       const uint8_t *data, enum parse_kind kind)
{
	struct exits *x = w->arg;
	struct event_report report;
	struct event_stats stats;

	if (kind == PARSE_REPORT) {
		parse_report(w->p, data, &report);
		return epochs_add_report(&x->epochs, &report);
	}
	parse_stats(w->p, data, &stats);
	return epochs_add_stats(&x->epochs, &stats);
}

static int handle_gap(struct by_time *w, struct gap gap)
{
	struct exits *x = w->arg;

	if (x->details)
		attach_gap(&x->details->attach, gap.end);
	return 0;
}

BY_TIME_SINK_DECLARE(each)

static const struct by_time_sink each = {
	.run = each_run,
	.run_samples = each_run_samples,
	.next = each_next,
	.entry = handle_entry,
	.exit = handle_exit,
	.other = handle_other,
	.rare = handle_rare,
	.gap = handle_gap,
};

BY_TIME_SINK_DEFINE(each)

/* Those whose halves were not in the order of time */
static int deliver_the_rest(struct exits *x)
{
	const struct details_entry *e;
	struct exits_found f;

	if (!x->details)
		return 0;
	if (details_end(x->details) < 0)
		return -1;
	while ((e = details_next(x->details))) {
		f = (struct exits_found){ .key = e->key, .sample = e->sample,
					  .ts = e->ts };
		if (deliver(x, &f) < 0)
			return -1;
	}
	return 0;
}

int exits_missing(const struct by_time *w, struct epochs *epochs, uint64_t oddities)
{
	const struct by_time_stream *st;
	int status;

	for (st = w->streams; st < w->streams + w->nr_streams; st++)
		if (st->run.first_seq && epochs_add_run(epochs, &st->run) < 0)
			return STATUS_FAILED;
	epochs_finish(epochs, false);
	status = missing_stamped(w->src, &w->losses, epochs, true);
	if (oddities || w->losses.short_records || epochs->contradictions ||
	    !epochs_gapless(epochs))
		status = STATUS_LOSSES;
	return status;
}

static void tell_lacking(const struct exits *x, uint64_t unattached)
{
	if (x->request.lacking && x->details)
		*x->request.lacking = (struct exits_lacking){
			x->details->unknown, unattached, x->details->mismatch };
}

static int read_entries(struct exits *x)
{
	struct by_time w;
	int status = STATUS_FAILED, ret;

	x->unit = "cycles";
	ret = by_time_open(&w, x->src, x->p, &each, x);
	if (!ret) {
		w.quiet = x->request.known;
		x->first_ts = w.first_ts;
		filter_begin(&x->filter, w.first_ts);
		if (x->details)
			by_time_want(&w, x->details->inside.index);
		ret = by_time_read(&w);
	}
	if (!ret)
		ret = deliver_the_rest(x);
	if (!ret) {
		status = exits_missing(&w, &x->epochs, x->oddities +
				       (x->details ? x->details->mismatch : 0));
		tell_lacking(x, x->details ? x->details->unattached : 0);
	}
	by_time_close(&w);
	return status;
}

/* Without */

static int deliver_trip(struct round_trips *t __attribute__((unused)),
			const struct trip *trip, void *arg)
{
	struct exits *x = arg;
	struct exits_found f = {
		.key = { .vm = trip->vm, .vcpu = trip->vcpu,
			 .thread = trip->tid, .cpu = trip->cpu,
			 .isa = trip->isa, .code = trip->code },
		.sample = { .cycles = trip->length, .untimed = trip->untimed },
		.ts = trip->ts,
	};

	if (x->details)
		details_set(x->details, &f.key, trip->inside);
	return deliver(x, &f);
}

static int open_round_trips(struct exits *x, struct round_trips *t)
{
	return round_trips_open(t, x->src, x->p,
			  x->details ? &x->details->inside : NULL, NULL,
			  &x->owners, (struct slicing){ .threads = 1 });
}

/* Which of them are sound is known by now: see scan(). */
static int deliver_round_trips(struct exits *x, struct round_trips *t)
{
	if (!x->seen.exit)
		return missing_event(x->src, x->p->machine->exit);
	/* Each kvm_exit counts by itself then. */
	t->rt.alone = !x->seen.entry;
	t->walk.quiet = x->request.known;
	x->unit = t->unit;
	x->first_ts = t->walk.first_ts;
	filter_begin(&x->filter, x->first_ts);
	return round_trips_read(t, deliver_trip, (void *[]){ x });
}

static int read_round_trips(struct exits *x)
{
	int status = STATUS_FAILED;
	struct round_trips t;

	x->is_round_trips = true;
	if (open_round_trips(x, &t) == 0 && deliver_round_trips(x, &t) == 0) {
		status = missing_events(x->src, &t.walk.losses);
		if (round_trips_report(&t))
			status = STATUS_LOSSES;
		round_trips_note(&t);
		tell_lacking(x, t.unattached);
	}
	round_trips_close(&t);
	return status;
}

/* Beginning */

static void see_record(const struct parse *p, const struct subbuf_record *rec,
		       struct exits_seen *seen)
{
	struct event_entry e;
	bool is_short;

	switch (parse_kind(p, rec, &is_short)) {
	case PARSE_EXIT:
		seen->exit = true;
		break;
	case PARSE_ENTRY:
		seen->entry = true;
		if (!p->stamped || seen->number)
			break;
		parse_entry(p, rec, &e);
		seen->number = e.seq;
		break;
	default:
		break;
	}
}

/* Nothing else can be seen before the end. */
static bool seen_enough(const struct parse *p, const struct exits_seen *seen)
{
	return seen->number || (!p->stamped && seen->entry && seen->exit);
}

/* @samples: see records.h */
ALWAYS_INLINE int scan_records(struct records *r, const struct parse *p, bool all,
			       struct exits_seen *seen, bool samples)
{
	struct subbuf sb = records_begin_walk(r, samples);
	struct subbuf_record rec;
	int ret = 0;

	while ((all || !seen_enough(p, seen)) &&
	       (ret = records_walk(r, &sb, &rec, samples)) > 0)
		if (!seen_enough(p, seen))
			see_record(p, &rec, seen);
	return ret < 0 ? -1 : 0;
}

static int scan_stream(const struct source *src, const struct parse *p,
		       unsigned int index, bool all, struct exits_seen *seen)
{
	struct records r;
	int ret;

	ret = records_open(&r, src, &p->subbuf, index);
	if (!ret)
		ret = r.samples ? scan_records(&r, p, all, seen, true) :
				  scan_records(&r, p, all, seen, false);
	records_close(&r);
	return ret;
}

/* All of all streams, by several threads */
struct scanning {
	const struct source *src;
	const struct parse *p;
	unsigned int next;		/* stream that no thread has taken */
	struct exits_seen seen[THREADS_MAX];
	bool failed[THREADS_MAX];
	struct threads threads;
};

static void scan_streams(void *arg, unsigned int member)
{
	struct scanning *s = arg;
	unsigned int i;

	while (!s->failed[member] &&
	       (i = __atomic_fetch_add(&s->next, 1, __ATOMIC_RELAXED)) <
	       source_recording(s->src)->nr_cpus)
		s->failed[member] = scan_stream(s->src, s->p, i, true,
						&s->seen[member]) < 0;
}

static int scan_all(const struct source *src, const struct parse *p,
		    unsigned int threads, struct exits_seen *seen)
{
	const unsigned int nr = source_recording(src)->nr_cpus;
	struct scanning s = { .src = src, .p = p };
	bool failed = false;
	unsigned int i;

	threads_init(&s.threads, threads < nr ? threads : nr);
	threads_run(&s.threads, scan_streams, &s);
	threads_release(&s.threads);
	for (i = 0; i < s.threads.nr; i++) {
		seen->number |= s.seen[i].number;
		seen->entry |= s.seen[i].entry;
		seen->exit |= s.seen[i].exit;
		failed |= s.failed[i];
	}
	return failed ? -1 : 0;
}

/* Read up to what is to be seen; of @all, to the end, so that it is known what lacks. */
static int scan(const struct source *src, const struct parse *p, bool all,
		unsigned int threads, struct exits_seen *seen)
{
	unsigned int i;

	if (all)
		return scan_all(src, p, threads, seen);
	for (i = 0; i < source_recording(src)->nr_cpus && !seen_enough(p, seen); i++)
		if (scan_stream(src, p, i, false, seen) < 0)
			return -1;
	return 0;
}

int exits_scan(const struct source *src, const struct parse *p, bool all,
	       unsigned int threads)
{
	struct exits_seen seen = { .number = false };

	return scan(src, p, all, threads, &seen) < 0 ? -1 : seen.number;
}

static uint32_t isa_of(const struct parse *p, const struct subbuf_record *rec)
{
	bool is_short;
	struct event_entry entry;
	struct event_exit e;

	switch (parse_kind(p, rec, &is_short)) {
	case PARSE_EXIT:
		parse_exit(p, rec, &e);
		return e.isa;
	case PARSE_ENTRY:
		if (!p->stamped)
			return 0;
		parse_entry(p, rec, &entry);
		return entry.isa;
	default:
		return 0;
	}
}

/* A machine has one, so that any exit tells. */
static int find_isa(const struct source *src, struct parse *p, unsigned int index)
{
	struct subbuf_record rec;
	struct records r;
	int ret;

	ret = records_open(&r, src, &p->subbuf, index);
	if (!ret)
		while (!p->reasons.isa && (ret = records_next(&r, &rec)) > 0)
			p->reasons.isa = isa_of(p, &rec);
	records_close(&r);
	return ret < 0 ? -1 : 0;
}

int exits_find_isa(const struct recorded *r, const struct filter_options *opt)
{
	unsigned int i;

	if (!opt->nr_reasons || source_recording(r->src)->grows)
		return 0;
	for (i = 0; i < source_recording(r->src)->nr_cpus && !r->p->reasons.isa; i++)
		if (find_isa(r->src, r->p, i) < 0)
			return -1;
	return 0;
}

/*
 * What is missing is to be known before round trips and details are read.  Where
 * statistics of the kernel are not recorded, nothing tells; and who reads once more
 * knows it.
 */
static int scan_first(struct exits *x)
{
	const bool all = (x->details || !x->p->stamped) && !x->request.known &&
			 source_may_lack(x->src);

	return scan(x->src, x->p, all, x->opt.threads, &x->seen);
}

static int open_details(struct exits *x)
{
	const struct view_options *opt = &x->opt.view;

	if (opt->subject != VIEW_OF_LIST && !(opt->by & (BY_RIP | BY_FUNCTION | BY_DETAIL)))
		return 0;
	x->details = calloc(1, sizeof(*x->details));
	if (!x->details)
		return error("out of memory: details");
	return details_init(x->details, x->p, x->src);
}

/* Do the options ask for what round trips cannot tell? */
static int check_round_trips(struct exits *x)
{
	const struct recording *info = source_recording(x->src);
	const struct clock *clock = clock_of(info);

	if (owners_check(x->p, info, x->filter.opt, false) < 0)
		return -1;
	if (!clock || !clock->unit ||
	    filter_set_unit(&x->filter, info, clock->unit))
		return 0;
	return filter_unit_error(info);
}

static int no_unit(const struct recording *info)
{
	filter_unit_error(info);
	return STATUS_USAGE;
}

static int read_exits(struct exits *x)
{
	const struct recording *info = source_recording(x->src);

	if (filter_init(&x->filter, &x->opt.view.filter, &x->p->reasons,
			info) < 0)
		return STATUS_USAGE;
	if (open_details(x) < 0)
		return STATUS_FAILED;
	if (scan_first(x) < 0)
		return STATUS_FAILED;
	if (!x->seen.number)
		return check_round_trips(x) < 0 ? STATUS_USAGE : read_round_trips(x);
	if (!filter_set_unit(&x->filter, info, "cycles")) {
		if (!x->request.known)
			return no_unit(info);
		filter_set_rate(&x->filter, x->request.known->fit.rate.hz);
	}
	return read_entries(x);
}

static void release(struct exits *x)
{
	epochs_release(&x->epochs);
	owners_release(&x->owners);
	if (x->details)
		details_release(x->details);
	free(x->details);
	filter_release(&x->filter);
}

enum kvx_status exits_read(const struct exits_request *request,
			   const struct recorded *r)
{
	struct exits *x = calloc(1, sizeof(*x));
	enum kvx_status status;

	if (!x) {
		error("out of memory: exits");
		return KVX_FAILED;
	}
	x->request = *request;
	x->opt = *request->opt;
	x->src = r->src;
	x->p = r->p;
	x->owners.tasks = source_recording(x->src)->tasks;
	status = exits_find_isa(r, &x->opt.view.filter) < 0 ? KVX_FAILED : read_exits(x);
	/* Where reading was stopped, or the caller has enough, nothing failed. */
	if (x->enough || (status != KVX_USAGE && (source_unread(x->src) ||
						  source_stopped_again(x->src))))
		status = KVX_INTERRUPTED;
	release(x);
	free(x);
	return status;
}
