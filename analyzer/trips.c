// SPDX-License-Identifier: GPL-2.0
#include "trips.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "error.h"

struct trips_source {
	struct records records;
	struct subbuf_record rec;	/* the next one of ours */
	enum parse_kind kind;
	uint64_t backwards;		/* time stamps that went back */
	uint64_t short_records;		/* of its losses */
};

/*
 * A gap is known when the record behind it is read, at @ts: it lies between
 * that one and the record before, which has been handled.
 */
static void take_gap(struct trips *t, struct trips_source *src, uint64_t ts)
{
	roundtrip_gap(&t->rt, ts);
	src->records.gap = false;
}

/* Keep @rec if it is one of ours. */
static inline bool take(struct trips *t, struct trips_source *src,
			struct subbuf_record rec, enum parse_kind kind)
{
	if (__builtin_expect(rec.len < t->p->min_len[kind], 0)) {
		src->short_records++;
		kind = PARSE_OTHER;
	}
	src->kind = kind;
	src->rec = rec;
	return kind == PARSE_ENTRY || kind == PARSE_EXIT ||
	       (t->inside && inside_has(t->inside, &src->rec));
}

/* Read up to the next event of ours. */
static int next_of_source(struct trips *t, struct trips_source *src)
{
	const uint8_t *kinds = t->p->kind;
	struct subbuf sb = src->records.sb;
	struct subbuf_record rec;
	uint64_t last = src->rec.ts;
	enum parse_kind kind;
	int ret;

	while ((ret = records_walk(&src->records, &sb, &rec)) > 0) {
		src->backwards += rec.ts < last;
		last = rec.ts;
		if (__builtin_expect(src->records.gap, 0))
			take_gap(t, src, rec.ts);
		kind = kinds[subbuf_event_id(&rec)];
		if (kind == PARSE_OTHER && !t->inside)
			continue;
		if (take(t, src, rec, kind))
			break;
	}
	src->records.sb = sb;
	if (ret <= 0)
		src->rec.ts = last;
	/* With nothing behind it: to the end of the recording. */
	if (!ret && src->records.gap)
		roundtrip_gap(&t->rt, UINT64_MAX);
	return ret;
}

/* As next_of_source(), from the first record on */
static int first_of_source(struct trips *t, struct trips_source *src)
{
	int ret = records_next(&src->records, &src->rec);

	if (ret > 0) {
		if (!t->any || src->rec.ts < t->first_ts)
			t->first_ts = src->rec.ts;
		t->any = true;
		if (src->records.gap)
			take_gap(t, src, src->rec.ts);
		return take(t, src, src->rec,
			    t->p->kind[subbuf_event_id(&src->rec)]) ?
		       1 : next_of_source(t, src);
	}
	if (!ret && src->records.gap)
		roundtrip_gap(&t->rt, UINT64_MAX);
	return ret;
}

int trips_open(struct trips *t, const struct tracedat *td,
	       const struct parse *p, const struct inside *inside)
{
	const struct tracedat_info *info = tracedat_info(td);
	const struct clock *clock;
	unsigned int i;
	int ret;

	memset(t, 0, sizeof(*t));
	t->td = td;
	t->p = p;
	t->inside = inside;
	t->nr_cpus = info->nr_cpus;
	clock = clock_need_time(info);
	if (!clock)
		return -1;
	t->unit = clock->unit;
	t->sources = calloc(t->nr_cpus + 1, sizeof(*t->sources));
	if (!t->sources || merge_init(&t->merge, t->nr_cpus) < 0)
		return error("out of memory: %u CPUs", t->nr_cpus);
	for (i = 0; i < t->nr_cpus; i++) {
		if (records_open(&t->sources[i].records, td, &p->subbuf, i,
				 false) < 0)
			return -1;
		ret = first_of_source(t, &t->sources[i]);
		if (ret < 0)
			return -1;
		if (ret)
			merge_add(&t->merge, t->sources[i].rec.ts, i);
	}
	return 0;
}

void trips_close(struct trips *t)
{
	unsigned int i;

	for (i = 0; t->sources && i < t->nr_cpus; i++)
		records_close(&t->sources[i].records);
	free(t->sources);
	merge_release(&t->merge);
	roundtrip_release(&t->rt);
	attach_release(&t->attach);
	memset(t, 0, sizeof(*t));
}

/* A kvm_exit, for its details */
static int begin_slot(struct trips *t, const struct subbuf_record *rec,
		      const struct event_exit *e)
{
	struct attach_slot old, *slot;

	slot = attach_exit(&t->attach, parse_pid(t->p, rec), &old);
	if (!slot)
		return -1;
	t->unattached += old.events;
	if (!inside_exit(t->inside, rec, e->isa, e->code, &slot->rip,
			 &slot->detail))
		slot->has_exit = false;
	return 0;
}

static int handle_inside(struct trips *t, const struct trips_source *src)
{
	struct detail d;

	if (!inside_event(t->inside, &src->rec, &d))
		return 0;
	return attach_event(&t->attach, parse_pid(t->p, &src->rec), &d);
}

static int handle_exit(struct trips *t, const struct trips_source *src)
{
	struct event_exit e;

	t->exits++;
	parse_exit(t->p, &src->rec, &e);
	if (t->inside && begin_slot(t, &src->rec, &e) < 0)
		return -1;
	return roundtrip_exit(&t->rt, parse_pid(t->p, &src->rec),
			      src->records.cpu, src->rec.ts, e.isa, e.code);
}

/* Return 1 if a round trip ends here. */
static int handle_entry(struct trips *t, const struct trips_source *src,
			struct trip *trip)
{
	struct roundtrip_interval interval;

	t->entries++;
	trip->tid = parse_pid(t->p, &src->rec);
	trip->cpu = src->records.cpu;
	trip->ts = src->rec.ts;
	if (t->inside)
		attach_entry(&t->attach, trip->tid, &t->slot);
	if (!roundtrip_entry(&t->rt, trip->tid, trip->cpu, trip->ts,
			     &interval)) {
		t->unattached += t->slot.events;
		return 0;
	}
	trip->length = interval.length;
	trip->isa = interval.isa;
	trip->code = interval.code;
	return 1;
}

static void finish(struct trips *t)
{
	const struct trips_source *src;
	unsigned int i;

	roundtrip_finish(&t->rt);
	t->unattached += attach_events(&t->attach);
	for (i = 0; i < t->nr_cpus; i++) {
		src = &t->sources[i];
		losses_add(&t->losses, &src->records.losses);
		t->losses.short_records += src->short_records;
		if (src->rec.ts > t->last_ts)
			t->last_ts = src->rec.ts;
	}
}

int trips_next(struct trips *t, struct trip *trip)
{
	struct trips_source *src;
	int found = 0, ret;

	while (t->merge.nr && !found) {
		src = &t->sources[merge_first(&t->merge)];
		if (src->kind == PARSE_ENTRY)
			found = handle_entry(t, src, trip);
		else if ((src->kind == PARSE_EXIT ? handle_exit(t, src) :
						    handle_inside(t, src)) < 0)
			return -1;
		ret = next_of_source(t, src);
		if (ret < 0)
			return -1;
		if (ret)
			merge_advance(&t->merge, src->rec.ts);
		else
			merge_drop(&t->merge);
	}
	if (!found)
		finish(t);
	return found;
}

const char *trips_lacking(const struct trips *t)
{
	if (!t->exits)
		return "kvm_exit";
	return t->entries ? NULL : "kvm_entry";
}

static void warn_if(const struct trips *t, bool *lossy, uint64_t n,
		    const char *what)
{
	if (!n)
		return;
	warning("%s: %s: %" PRIu64, what, tracedat_info(t->td)->path, n);
	*lossy = true;
}

static void note_if(uint64_t n, const char *what)
{
	if (n)
		note("%s: %" PRIu64, what, n);
}

bool trips_report(const struct trips *t)
{
	const struct roundtrip_counts *n = &t->rt.counts;
	uint64_t backwards = 0;
	bool lossy = false;
	unsigned int i;

	for (i = 0; i < t->nr_cpus; i++)
		backwards += t->sources[i].backwards;
	warn_if(t, &lossy, t->losses.lost_events, "events lost, counted");
	warn_if(t, &lossy, t->losses.lost_uncounted,
		"places where events were lost, uncounted");
	if (tracedat_info(t->td)->nr_dropped)
		warning("which round trips are sound cannot be told: %s: a dropped event may be of any",
			tracedat_info(t->td)->path);
	warn_if(t, &lossy, n->gaps,
		"round trips not used, events of theirs may be lost");
	warn_if(t, &lossy, backwards, "time stamps that go back within a CPU");
	warn_if(t, &lossy, n->backwards,
		"round trips not used, their entry is before their exit");
	warn_if(t, &lossy, t->losses.short_records,
		"records too short for their event");
	if (n->migrated && clock_is_local(tracedat_info(t->td)))
		warning("trace clock local is not coherent across CPUs: %" PRIu64 " round trip%s from one CPU to another: record with: trace-cmd record -C mono -e kvm",
			n->migrated, plural_s(n->migrated));
	note_if(n->no_exit, "kvm_entry events without kvm_exit");
	note_if(n->no_entry, "kvm_exit events without kvm_entry");
	note_if(n->open, "kvm_exit events still open at the end");
	return lossy;
}

void trips_note(const struct trips *t)
{
	note("%s: round trips by event time stamps; time in userspace, halted or off the CPU cannot be told from processing, and no report can be proven",
	     t->p->stamped ? "not accounted by the kernel" :
			     "recorded by an unpatched kernel");
}
