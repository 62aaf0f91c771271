// SPDX-License-Identifier: GPL-2.0
/*
 * The driving loops of views.
 *
 * A kvm_entry of a patched kernel is complete in itself, so per-CPU streams do
 * not depend on each other: each thread takes the next stream that is free and
 * reads it to its end, into groups of its own.  What is merged afterwards are
 * sums, minima and maxima, which do not depend on who took what; and epochs,
 * in the order of the streams.  Exits that are in the recording twice are
 * counted twice, and a warning says so: unlike the reports, a view keeps no
 * record of each number.
 *
 * Details need more than the kvm_entry, and the order of time: see details.h.
 *
 * Recordings without stamps are read as trips.h says.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyze.h"
#include "crew.h"
#include "details.h"
#include "error.h"
#include "ledger.h"
#include "merge.h"
#include "pair.h"
#include "timepass.h"
#include "trips.h"
#include "view.h"

/* One per-CPU stream, used by one thread at a time */
struct stream {
	struct records records;
	struct subbuf_record rec;	/* the latest */
	bool any;			/* there is one */
	uint64_t first_ts;
	struct epochs epochs;
	struct epochs_run run;
};

/* What one thread has */
struct shard {
	struct groups groups;
	struct groups vcpus;		/* all that exited; no figures */
	struct group_key last_vcpu;
	uint64_t entries, exits, accounted, used;
	uint64_t reports, short_records, bad_isa;
	unsigned int isas;
	bool failed;
} __attribute__((aligned(64)));

struct views {
	const struct options *opt;
	const struct tracedat *td;
	const struct parse *p;
	struct view view;
	struct filter filter;
	struct group_key mask;		/* of what exits are grouped by */
	struct details *details;	/* NULL: not asked for */
	struct list *list;		/* likewise; needs details */
	struct crew crew;
	struct stream *streams;
	unsigned int nr_streams;
	struct shard *shards;		/* one for each thread */
	unsigned int next_stream;	/* that no thread has taken: atomic */
	struct epochs epochs;
	uint64_t entries, exits, accounted;	/* as in struct gathered */
	uint64_t reports, short_records, bad_isa;
	uint64_t repeated;		/* exits, at least */
	int status;
};

static void lossy(struct views *s)
{
	s->status = STATUS_LOSSES;
}

/* The group of @key, or that of all that has no room. */
static struct group *detailed_group(const struct views *s,
				    struct groups *groups,
				    struct group_key *key)
{
	struct group *g;

	if (groups->nr < GROUPS_DETAILED_MAX)
		return groups_get(groups, key);
	g = groups_find(groups, key);
	if (g)
		return g;
	s->details->no_room++;
	key->rip = 0;
	if (s->view.by & BY_RIP)
		key->rip_is = RIP_OTHER;
	if (s->view.by & BY_DETAIL)
		key->detail = (struct detail){ .kind = DETAIL_OTHER };
	return groups_get(groups, key);
}

static int add_detailed(const struct views *s, struct groups *groups,
			const struct group_key *key, struct group_key masked,
			uint64_t ts, const struct stats_sample *sample)
{
	struct group *g;

	if (s->list) {
		masked = *key;
		masked.ts = ts;
		return list_add(s->list, &masked, sample);
	}

	if (s->view.by & BY_RIP) {
		masked.rip_is = key->rip_is;
		masked.rip = key->rip;
	}
	if (s->view.by & BY_DETAIL)
		masked.detail = key->detail;
	g = detailed_group(s, groups, &masked);
	return g ? group_add(g, sample) : -1;
}

/* One exit: @key has all that is known of it. */
static inline int add_exit(const struct views *s, struct groups *groups,
			   const struct group_key *key, uint64_t ts,
			   const struct stats_sample *sample)
{
	const struct group_key *mask = &s->mask;
	const struct group_key masked = {
		.vm = key->vm & mask->vm, .vcpu = key->vcpu & mask->vcpu,
		.cpu = key->cpu & mask->cpu, .isa = key->isa & mask->isa,
		.code = key->code & mask->code,
	};
	struct group *g;

	if (s->filter.any && (!filter_takes(&s->filter, key, ts) ||
			      !filter_takes_cycles(&s->filter, sample->cycles)))
		return 0;
	if (s->details)
		return add_detailed(s, groups, key, masked, ts, sample);
	g = groups_get(groups, &masked);
	return g ? group_add(g, sample) : -1;
}

/* Streams of a patched kernel */

static int see_vcpu(struct shard *sh, const struct group_key *key)
{
	const struct group_key vcpu = { .vm = key->vm, .vcpu = key->vcpu };

	if (sh->vcpus.nr && sh->last_vcpu.vcpu == vcpu.vcpu &&
	    sh->last_vcpu.vm == vcpu.vm)
		return 0;
	sh->last_vcpu = vcpu;
	return groups_get(&sh->vcpus, &vcpu) ? 0 : -1;
}

static inline int handle_entry(const struct views *s, struct shard *sh,
			       struct stream *st,
			       const struct subbuf_record *rec)
{
	struct stats_sample sample;
	struct group_key key;
	struct event_entry e;
	int ret;

	sh->entries++;
	parse_entry(s->p, rec, &e);
	if (!e.seq)
		return s->details ? details_drop(s->details,
						 parse_pid(s->p, rec)) : 0;
	sh->accounted++;
	if (__builtin_expect(!isa_valid(e.isa), 0)) {
		sh->bad_isa++;
		return 0;
	}
	if (epochs_add_entry(&st->epochs, &st->run, e.epoch, e.report, e.seq) < 0)
		return -1;
	sh->used++;
	sh->isas |= 1u << e.isa;
	key = (struct group_key){ .vm = e.vm, .vcpu = e.vcpu_id,
				  .cpu = st->records.cpu, .isa = e.isa,
				  .code = e.code };
	pair_sample(&e, &sample);
	if (see_vcpu(sh, &key) < 0)
		return -1;
	if (s->details) {
		ret = details_entry(s->details, parse_pid(s->p, rec), &e,
				    &sample, rec->ts, &key);
		if (ret <= 0)
			return ret;
	}
	return add_exit(s, &sh->groups, &key, rec->ts, &sample);
}

static int handle_report(const struct views *s, struct shard *sh,
			 struct stream *st, const struct subbuf_record *rec)
{
	struct event_report e;

	sh->reports++;
	parse_report(s->p, rec, &e);
	return epochs_add_report(&st->epochs, &e);
}

/* The kernel's totals say where epochs end if a kvm_exit_report is lost. */
static int handle_stats(const struct views *s, struct stream *st,
			const struct subbuf_record *rec)
{
	struct event_stats e;

	parse_stats(s->p, rec, &e);
	return e.kind == STATS_TOTAL ? epochs_add_stats(&st->epochs, &e) : 0;
}

static int handle_record(const struct views *s, struct shard *sh,
			 struct stream *st, const struct subbuf_record *rec)
{
	bool is_short = false;

	switch (parse_kind(s->p, rec, &is_short)) {
	case PARSE_ENTRY:
		return handle_entry(s, sh, st, rec);
	case PARSE_EXIT:
		sh->exits++;
		return 0;
	case PARSE_REPORT:
		return handle_report(s, sh, st, rec);
	case PARSE_STATS:
		return handle_stats(s, st, rec);
	default:
		sh->short_records += is_short;
		return 0;
	}
}

/* From st->rec to the end.  As for @sb, see subbuf.h. */
static int read_stream(const struct views *s, struct shard *sh,
		       struct stream *st)
{
	const uint8_t *kinds = s->p->kind;
	struct subbuf sb = st->records.sb;
	struct subbuf_record rec = st->rec;
	int ret;

	for (;;) {
		if (kinds[rec.data[0] | rec.data[1] << 8] != PARSE_OTHER &&
		    handle_record(s, sh, st, &rec) < 0)
			return -1;
		if (__builtin_expect(subbuf_next(&sb, &rec) > 0, 1))
			continue;
		st->rec.ts = rec.ts;
		st->records.sb = sb;
		ret = records_next_subbuf(&st->records, &rec);
		if (ret < 0)
			return -1;
		if (!ret)
			break;
		sb = st->records.sb;
	}
	return st->run.first_seq ? epochs_add_run(&st->epochs, &st->run) : 0;
}

/*
 * The next record of a stream.  What is lost before it may be of any exit that
 * is open now, or will be when the record's turn has come.
 */
static int advance(const struct views *s, struct merge *m, struct stream *st)
{
	int ret = records_next(&st->records, &st->rec);

	if (ret < 0)
		return -1;
	if (st->records.gap)
		attach_gap(&s->details->attach);
	if (ret)
		merge_advance(m, st->rec.ts);
	else
		merge_drop(m);
	return 0;
}

/* All streams in the order of time, with all that is inside exits */
static int read_detailed(const struct views *s, struct shard *sh,
			 struct merge *m)
{
	struct stream *st;

	while (m->nr) {
		st = &s->streams[merge_first(m)];
		if (st->records.gap)
			attach_gap(&s->details->attach);
		st->records.gap = false;
		if (details_record(s->details, &st->rec) < 0 ||
		    handle_record(s, sh, st, &st->rec) < 0 ||
		    advance(s, m, st) < 0)
			return -1;
	}
	return details_end(s->details);
}

/* Exits whose halves were not in the order of time, and runs of all streams */
static int finish_detailed(const struct views *s, struct shard *sh)
{
	const struct details_entry *e;
	struct stream *st;
	unsigned int i;

	while ((e = details_next(s->details)))
		if (add_exit(s, &sh->groups, &e->key, e->ts, &e->sample) < 0)
			return -1;
	for (i = 0; i < s->nr_streams; i++) {
		st = &s->streams[i];
		if (st->run.first_seq && epochs_add_run(&st->epochs, &st->run) < 0)
			return -1;
	}
	return 0;
}

static void read_detailed_streams(void *arg, unsigned int member)
{
	struct views *s = arg;
	struct shard *sh = &s->shards[member];
	struct merge m;
	unsigned int i;

	sh->failed = true;
	if (merge_init(&m, s->nr_streams) < 0) {
		error("out of memory: %u CPUs", s->nr_streams);
		return;
	}
	for (i = 0; i < s->nr_streams; i++)
		if (s->streams[i].any)
			merge_add(&m, s->streams[i].rec.ts, i);
	sh->failed = read_detailed(s, sh, &m) < 0 ||
		     finish_detailed(s, sh) < 0;
	merge_release(&m);
}

static void read_streams(void *arg, unsigned int member)
{
	struct views *s = arg;
	struct shard *sh = &s->shards[member];
	unsigned int i;

	while (!sh->failed) {
		i = __atomic_fetch_add(&s->next_stream, 1, __ATOMIC_RELAXED);
		if (i >= s->nr_streams)
			break;
		if (s->streams[i].any &&
		    read_stream(s, sh, &s->streams[i]) < 0)
			sh->failed = true;
	}
}

/* Open all streams and read their first records: that is when time begins. */
static int open_streams(struct views *s)
{
	struct stream *st;
	bool any = false;
	unsigned int i;
	int ret;

	s->streams = calloc(s->nr_streams + 1, sizeof(*s->streams));
	if (!s->streams)
		return error("out of memory: %u CPUs", s->nr_streams);
	for (i = 0; i < s->nr_streams; i++) {
		st = &s->streams[i];
		if (records_open(&st->records, s->td, &s->p->subbuf, i, true) < 0)
			return -1;
		ret = records_next(&st->records, &st->rec);
		if (ret < 0)
			return -1;
		if (!ret)
			continue;
		st->any = true;
		st->first_ts = st->rec.ts;
		if (!any || st->first_ts < s->filter.first_ts)
			s->filter.first_ts = st->first_ts;
		any = true;
	}
	return 0;
}

static int open_shards(struct views *s)
{
	size_t bytes = s->crew.nr * sizeof(*s->shards);

	s->shards = aligned_alloc(__alignof__(*s->shards), bytes);
	if (!s->shards)
		return error("out of memory: %u threads", s->crew.nr);
	memset(s->shards, 0, bytes);
	return 0;
}

static void close_all(struct views *s)
{
	unsigned int i;

	for (i = 0; s->streams && i < s->nr_streams; i++) {
		records_close(&s->streams[i].records);
		epochs_release(&s->streams[i].epochs);
	}
	for (i = 0; s->shards && i < s->crew.nr; i++) {
		groups_release(&s->shards[i].groups);
		groups_release(&s->shards[i].vcpus);
	}
	free(s->streams);
	free(s->shards);
	epochs_release(&s->epochs);
}

/* Once all has been read */

static int merge_groups(struct groups *to, struct groups *from)
{
	if (groups_merge(to, from) == 0)
		return 0;
	return to->full ? groups_error() : -1;
}

static int merge_shards(struct views *s, struct groups *vcpus)
{
	struct shard *sh;
	unsigned int i;

	for (i = 0; i < s->crew.nr; i++) {
		sh = &s->shards[i];
		if (sh->groups.full || sh->vcpus.full)
			return groups_error();
		if (sh->failed)
			return -1;
	}
	for (i = 0; i < s->crew.nr; i++) {
		sh = &s->shards[i];
		s->entries += sh->entries;
		s->exits += sh->exits;
		s->accounted += sh->accounted;
		s->view.exits += sh->used;
		s->view.isas |= sh->isas;
		s->reports += sh->reports;
		s->short_records += sh->short_records;
		s->bad_isa += sh->bad_isa;
		if (merge_groups(&s->view.groups, &sh->groups) < 0 ||
		    merge_groups(vcpus, &sh->vcpus) < 0)
			return -1;
	}
	return 0;
}

/* Messages were held back while threads ran: read what is damaged once more. */
static int report_damage(const struct views *s, unsigned int index)
{
	const struct losses *l = &s->streams[index].records.losses;
	struct subbuf_record rec;
	struct records r;
	int ret;

	if (!l->damaged && !l->bad_chunks)
		return 0;
	ret = records_open(&r, s->td, &s->p->subbuf, index, false);
	while (!ret && (ret = records_next(&r, &rec)) > 0)
		ret = 0;
	records_close(&r);
	return ret;
}

static int merge_streams(struct views *s)
{
	uint64_t last_ts = 0;
	struct stream *st;
	unsigned int i;

	for (i = 0; i < s->nr_streams; i++) {
		st = &s->streams[i];
		if (st->any && st->rec.ts > last_ts)
			last_ts = st->rec.ts;
		losses_add(&s->view.losses, &st->records.losses);
		if (epochs_merge(&s->epochs, &st->epochs) < 0 ||
		    report_damage(s, i) < 0)
			return -1;
	}
	epochs_finish(&s->epochs, false);
	view_set_span(&s->view, s->filter.first_ts, last_ts);
	return 0;
}

static int count_vms(struct view *v, const struct groups *vcpus)
{
	struct groups vms = { .list = NULL };
	struct group_key key = { .vm = 0 };
	size_t i;
	int ret = 0;

	for (i = 0; i < vcpus->nr && !ret; i++) {
		key.vm = vcpus->list[i].key.vm;
		ret = groups_get(&vms, &key) ? 0 : -1;
	}
	v->vms = vms.nr;
	groups_release(&vms);
	return ret;
}

/* How many different exits of @e can be recorded, at the most */
static uint64_t most_exits(const struct ledger *l, const struct epoch *e)
{
	return e->first_seq ? ledger_highest_seq(l) - (e->first_seq - 1) : 0;
}

static void report_epoch(struct views *s, const struct ledger_epoch *e,
			 bool is_last)
{
	/* What was not read is not missing. */
	if (s->view.losses.unread)
		return;
	s->view.before += e->before;
	s->view.lost += e->lost;
	if (e->before || e->lost) {
		warning("epoch %" PRIu32 ": missing exits: %" PRIu64 " before, %" PRIu64 " lost",
			e->number, e->before, e->lost);
		lossy(s);
	}
	if (e->late && !e->provable) {
		warning("epoch %" PRIu32 ": counts since an epoch before the recording: unknown exits before",
			e->number);
		lossy(s);
	}
	if (!is_last && !e->end_known && s->reports) {
		warning("epoch %" PRIu32 ": its end is unknown: the kvm_exit_report of its last report is lost",
			e->number);
		lossy(s);
	}
}

/*
 * What is missing of each epoch, by the ledger's rules.  It is given no
 * figures, just how many exits there are.
 */
static int count_missing(struct views *s)
{
	const struct stats_table empty = { .cells = NULL };
	const struct epochs *epochs = &s->epochs;
	struct ledger_epoch outcome;
	struct ledger ledger;
	uint64_t most, entries;
	size_t i;
	int ret;

	ret = ledger_init(&ledger, epochs, s->p->reasons.nr,
			  !losses_any(&s->view.losses));
	for (i = 0; i < epochs->nr && !ret; i++) {
		ledger_begin_epoch(&ledger, &epochs->list[i]);
		most = most_exits(&ledger, &epochs->list[i]);
		entries = epochs->list[i].entries;
		if (entries > most) {
			s->repeated += entries - most;
			entries = most;
		}
		ledger_add(&ledger, 1, entries, &empty);
		outcome = ledger_end_epoch(&ledger);
		report_epoch(s, &outcome, i + 1 == epochs->nr);
	}
	ledger_release(&ledger);
	return ret;
}

static void warn_odd(struct views *s, uint64_t n, const char *what)
{
	if (!n)
		return;
	warning("%s: %s: %" PRIu64, what, s->opt->path, n);
	lossy(s);
}

static void report_end(struct views *s)
{
	if (analyze_stamped_losses(s->td, &s->view.losses, s->accounted) !=
	    STATUS_OK)
		lossy(s);
	warn_odd(s, s->short_records, "records too short for their event");
	warn_odd(s, s->bad_isa, "exits that are neither of VMX nor of SVM");
	warn_odd(s, s->repeated,
		 "exits with a number that was there before, counted twice");
	warn_odd(s, s->epochs.contradictions,
		 "events that contradict each other on since, interval or end of a report");
}

/* The time of one vCPU, into its group */
static int add_time(struct views *s, const struct timepass *tp,
		    const struct timeline_vcpu *vcpu)
{
	const struct group_key key = { .vm = vcpu->vm, .vcpu = vcpu->vcpu };
	const struct group_key masked = { .vm = key.vm & s->mask.vm,
					  .vcpu = key.vcpu & s->mask.vcpu };
	struct times times;
	struct group *g;

	if (s->filter.any && !filter_takes(&s->filter, &key, 0))
		return 0;
	g = groups_get(&s->view.groups, &masked);
	if (!g)
		return s->view.groups.full ? groups_error() : -1;
	timeline_get(vcpu, tp->first, tp->last, &times);
	return group_add_times(g, &times);
}

/* It takes one more pass, in the order of time. */
static int add_times(struct views *s)
{
	const struct timeline *tl;
	struct timepass tp;
	size_t i;
	int ret;

	ret = timepass_run(&tp, s->td, s->p, s->view.stamped);
	tl = &tp.timeline;
	for (i = 0; i < tl->size && !ret; i++)
		if (tl->vcpus[i].used)
			ret = add_time(s, &tp, &tl->vcpus[i]);
	warn_odd(s, ret ? 0 : tl->backwards,
		 "events that are earlier than the one before, of the same vCPU");
	timepass_release(&tp);
	return ret;
}

static void report_details(struct views *s)
{
	const struct details *d = s->details;

	s->view.detailed = true;
	s->view.unknown = d->unknown;
	s->view.unattached = d->unattached;
	s->view.no_room = d->no_room;
	if (d->unknown)
		note("exits without a recorded kvm_exit, which have no rip and no detail: %" PRIu64,
		     d->unknown);
	if (d->unattached)
		note("events inside no recorded exit: %" PRIu64, d->unattached);
	if (d->no_room)
		warning("more than %u groups: %" PRIu64 " exits of further ones are shown as other",
			GROUPS_DETAILED_MAX, d->no_room);
}

/* Print @s->view.  Return an exit status. */
static int finish(struct views *s)
{
	struct view *v = &s->view;

	if (s->details)
		report_details(s);
	if (v->opt->subject == VIEW_OF_TIME && add_times(s) < 0)
		return STATUS_FAILED;
	progress_end(s->opt->progress);
	if (view_finish(v) < 0 || view_print(v, s->opt->out) < 0)
		return STATUS_FAILED;
	if (s->filter.any && v->exits && !v->total.cell.exits)
		note("no exit matches the filter: %s", s->opt->path);
	return STATUS_OK;
}

static void set_mask(struct views *s)
{
	unsigned int by = view_by(&s->opt->view);

	/* vcpu_id is unique within a VM only. */
	if (s->view.stamped && (by & BY_VCPU))
		by |= BY_VM;
	s->view.by = by;
	s->mask = (struct group_key){ .vm = 0 };
	if (by & BY_VM)
		s->mask.vm = UINT32_MAX;
	if (by & BY_VCPU)
		s->mask.vcpu = UINT32_MAX;
	if (by & BY_CPU)
		s->mask.cpu = UINT32_MAX;
	if (by & BY_REASON)
		s->mask.isa = s->mask.code = UINT32_MAX;
}

/* No stamps: round trips */

static int sum_up(struct views *s, struct trips *t, struct groups *threads)
{
	struct stats_sample sample = { 0 };
	struct group_key key, thread;
	struct trip trip;
	int ret;

	s->filter.first_ts = t->first_ts;
	while ((ret = trips_next(t, &trip)) > 0) {
		key = (struct group_key){ .vcpu = trip.tid, .cpu = trip.cpu,
					  .isa = trip.isa, .code = trip.code };
		if (s->details)
			details_set(s->details, &key, &t->slot);
		thread = (struct group_key){ .vcpu = trip.tid };
		sample.cycles = trip.length;
		s->view.exits++;
		s->view.isas |= 1u << trip.isa;
		if (!groups_get(threads, &thread) ||
		    add_exit(s, &s->view.groups, &key, trip.ts, &sample) < 0)
			return threads->full || s->view.groups.full ?
			       groups_error() : -1;
	}
	return ret;
}

static int views_unstamped(struct views *s)
{
	struct groups threads = { .list = NULL };
	int status = STATUS_FAILED;
	struct trips t;

	s->view.stamped = false;
	set_mask(s);
	if ((s->opt->view.by & BY_VM) || filter_needs_vm(&s->filter)) {
		error("--%s: %s: no kvm_entry event says which VM it is of",
		      s->opt->view.by & BY_VM ? "by=vm" : "vm", s->opt->path);
		return STATUS_USAGE;
	}
	if (trips_open(&t, s->td, s->p,
		       s->details ? &s->details->inside : NULL) == 0 &&
	    sum_up(s, &t, &threads) == 0 &&
	    trips_any(&t) == 0) {
		s->view.unit = t.unit;
		s->view.losses = t.losses;
		s->view.unused = t.rt.counts.gaps;
		if (s->details)
			s->details->unattached = t.unattached;
		s->view.vcpus = threads.nr;
		view_set_span(&s->view, t.first_ts, t.last_ts);
		status = finish(s);
		if (status == STATUS_OK) {
			status = analyze_losses(s->td, &t.losses);
			if (trips_report(&t))
				status = STATUS_LOSSES;
			if (s->opt->view.subject == VIEW_OF_EXITS)
				trips_note(&t);
		}
	}
	trips_close(&t);
	groups_release(&threads);
	return status;
}

static int views_stamped(struct views *s)
{
	struct groups vcpus = { .list = NULL };
	int status = STATUS_FAILED;

	s->view.stamped = true;
	s->view.unit = "cycles";
	set_mask(s);
	if (open_shards(s) < 0 || open_streams(s) < 0)
		goto out;
	crew_run(&s->crew, s->details ? read_detailed_streams : read_streams, s);
	if (merge_shards(s, &vcpus) < 0)
		goto out;
	if (!s->entries) {
		analyze_no_event(s->td, "kvm_entry");
		goto out;
	}
	if (!s->accounted && s->exits) {
		note(NOT_ACCOUNTED);
		status = views_unstamped(s);
		goto out;
	}
	s->view.vcpus = vcpus.nr;
	if (count_vms(&s->view, &vcpus) < 0 || merge_streams(s) < 0 ||
	    count_missing(s) < 0)
		goto out;
	status = finish(s);
	if (status == STATUS_OK) {
		report_end(s);
		status = s->status;
	}
out:
	groups_release(&vcpus);
	return status;
}

static int open_details(struct views *s)
{
	if (!(view_by(&s->opt->view) & (BY_RIP | BY_DETAIL)))
		return 0;
	s->details = malloc(sizeof(*s->details));
	if (!s->details)
		return error("out of memory: details");
	return details_init(s->details, s->p, s->td);
}

int analyze_view(const struct options *opt, const struct tracedat *td,
		 const struct parse *p)
{
	struct views s = {
		.opt = opt, .td = td, .p = p,
		.nr_streams = tracedat_info(td)->nr_cpus,
		.view = { .opt = &opt->view, .info = tracedat_info(td),
			  .reasons = &p->reasons, .patched = p->stamped },
	};
	unsigned int threads = opt->threads;
	int status = STATUS_USAGE;

	if (opt->view.subject == VIEW_OF_LIST) {
		s.list = &s.view.list;
		s.list->max = opt->view.top ? opt->view.top : LIST_DEFAULT;
	}
	if (open_details(&s) < 0) {
		status = STATUS_FAILED;
	} else if (filter_init(&s.filter, &opt->view.filter, &p->reasons,
			s.view.info) == 0) {
		if (threads > s.nr_streams)
			threads = s.nr_streams;
		crew_init(&s.crew, p->stamped && !s.details ? threads : 1);
		status = p->stamped ? views_stamped(&s) : views_unstamped(&s);
		crew_release(&s.crew);
	}
	close_all(&s);
	if (s.details)
		details_release(s.details);
	free(s.details);
	view_release(&s.view);
	filter_release(&s.filter);
	return status;
}
