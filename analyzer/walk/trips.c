// SPDX-License-Identifier: GPL-2.0
#include "walk/trips.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/error.h"
#include "event/clock.h"

/* Not an event, but a gap before it, or before the end of the stream */
#define KIND_GAP	PARSE_KINDS

/* What next_of_source() and others return, besides -1 */
enum found {
	FOUND_END,
	FOUND_EVENT,
	FOUND_GAP,
};

struct trips_source {
	struct records records;
	struct subbuf_record rec;	/* the next one of ours, or behind a gap */
	enum parse_kind kind;
	bool ended;			/* there is no record behind the gap */
	struct gap gap;
	uint64_t backwards;		/* time stamps that went back */
	uint64_t short_records;		/* of its losses */
};

/*
 * A gap is found when the record behind it is read ahead.  It takes its turn
 * among the events, at the time of the record before it: whatever ended by then
 * is sound.
 */
static int hold_gap(struct trips_source *src, uint64_t before, uint64_t behind)
{
	src->kind = KIND_GAP;
	src->gap = (struct gap){ before < behind ? before : behind,
				 before < behind ? behind : before };
	return FOUND_GAP;
}

static int take_gap(struct trips *t, struct gap gap)
{
	attach_gap(&t->attach, gap.end);
	if (t->timeline &&
	    gaps_add(&t->timeline->gaps, gap.begin, gap.end) < 0)
		return -1;
	return gaps_add(&t->rt.gaps, gap.begin, gap.end);
}

/* Keep @rec if it is one of ours. */
ALWAYS_INLINE bool take(struct trips *t, struct trips_source *src,
			struct subbuf_record rec, enum parse_kind kind)
{
	if (unlikely(rec.len < t->p->min_len[kind])) {
		src->short_records++;
		kind = PARSE_OTHER;
	}
	src->kind = kind;
	src->rec = rec;
	return kind == PARSE_ENTRY || kind == PARSE_EXIT ||
	       (t->inside && inside_has(t->inside, &src->rec)) ||
	       (t->marks && marks_has(t->marks, &src->rec));
}

/* Is there a gap between the records at @last and @ts? */
static bool see_gap(struct trips_source *src, uint64_t last, uint64_t ts)
{
	records_see_step(&src->records, last, ts);
	return records_take_gap(&src->records);
}

/* No record follows the one at @last, but events may be missing there. */
static int end_of_source(struct trips_source *src, uint64_t last)
{
	src->ended = true;
	return records_take_gap(&src->records) ?
	       hold_gap(src, last, UINT64_MAX) : FOUND_END;
}

/*
 * Read up to the next event of ours, or up to a gap: of a stream that has @holes,
 * there may be one before any record.
 */
ALWAYS_INLINE int read_source(struct trips *t, struct trips_source *src,
			      bool holes)
{
	const uint8_t *kinds = t->p->kind;
	const bool more = t->inside || t->marks;
	struct subbuf sb = src->records.sb;
	struct subbuf_record rec;
	uint64_t last = src->rec.ts;
	enum parse_kind kind;
	int ret;

	while ((ret = records_walk(&src->records, &sb, &rec)) > 0) {
		src->backwards += rec.ts < last;
		if (unlikely(holes || ret == RECORDS_GAP) &&
		    see_gap(src, last, rec.ts)) {
			src->rec = rec;
			ret = hold_gap(src, last, rec.ts);
			break;
		}
		last = rec.ts;
		kind = kinds[subbuf_event_id(&rec)];
		if (kind == PARSE_OTHER && !more)
			continue;
		if (take(t, src, rec, kind)) {
			ret = FOUND_EVENT;
			break;
		}
	}
	src->records.sb = sb;
	if (ret <= 0)
		src->rec.ts = last;
	return ret ? ret : end_of_source(src, last);
}

static NOINLINE int next_with_holes(struct trips *t, struct trips_source *src)
{
	return read_source(t, src, true);
}

ALWAYS_INLINE int next_of_source(struct trips *t, struct trips_source *src)
{
	if (unlikely(src->records.holes))
		return next_with_holes(t, src);
	return read_source(t, src, false);
}

/* The same where speed does not matter */
static NOINLINE int next_after(struct trips *t, struct trips_source *src)
{
	return next_of_source(t, src);
}

/* src->rec has been read: is it one of ours, or else what follows? */
static int take_or_next(struct trips *t, struct trips_source *src)
{
	if (take(t, src, src->rec, t->p->kind[subbuf_event_id(&src->rec)]))
		return FOUND_EVENT;
	return next_after(t, src);
}

/* As next_of_source(), from the first record on */
static int first_of_source(struct trips *t, struct trips_source *src)
{
	int ret = records_next(&src->records, &src->rec);

	if (ret < 0)
		return -1;
	if (!ret)
		return end_of_source(src, 0);
	if (!t->any || src->rec.ts < t->first_ts)
		t->first_ts = src->rec.ts;
	t->any = true;
	return records_take_gap(&src->records) ?
	       hold_gap(src, 0, src->rec.ts) : take_or_next(t, src);
}

/* As next_of_source(), when it is the turn of a gap */
static int pass_gap(struct trips *t, struct trips_source *src)
{
	if (take_gap(t, src->gap) < 0)
		return -1;
	return src->ended ? FOUND_END : take_or_next(t, src);
}

static int open_sources(struct trips *t)
{
	unsigned int i;
	int ret;

	t->sources = calloc(t->nr_cpus + 1, sizeof(*t->sources));
	if (!t->sources || merge_init(&t->merge, t->nr_cpus) < 0)
		return error("out of memory: %u CPUs", t->nr_cpus);
	for (i = 0; i < t->nr_cpus; i++) {
		if (records_open(&t->sources[i].records, t->src, &t->p->subbuf,
				 i) < 0)
			return -1;
		ret = first_of_source(t, &t->sources[i]);
		if (ret < 0)
			return -1;
		if (ret)
			merge_add(&t->merge, ret == FOUND_EVENT ?
				  t->sources[i].rec.ts :
				  t->sources[i].gap.begin, i);
	}
	/* Of a CPU that has no stream nothing is known, at any time. */
	return source_recording(t->src)->nr_absent ?
	       take_gap(t, (struct gap){ 0, UINT64_MAX }) : 0;
}

static void close_sources(struct trips *t)
{
	unsigned int i;

	for (i = 0; t->sources && i < t->nr_cpus; i++)
		records_close(&t->sources[i].records);
	free(t->sources);
	merge_release(&t->merge);
	roundtrip_release(&t->rt);
	attach_release(&t->attach);
}

/* Begin, or begin again with what is known by now. */
static int begin(struct trips *t, bool repeated, bool alone)
{
	const struct trips clear = {
		.src = t->src, .p = t->p, .unit = t->unit, .inside = t->inside,
		.marks = t->marks, .timeline = t->timeline,
		.nr_cpus = t->nr_cpus, .repeated = repeated,
		.rt = { .alone = alone },
	};

	close_sources(t);
	*t = clear;
	if (t->timeline) {
		timeline_release(t->timeline);
		t->timeline->all_recorded = t->marks->all;
	}
	return open_sources(t);
}

static int open_marks(struct trips *t)
{
	t->marks = malloc(sizeof(*t->marks));
	if (!t->marks)
		return error("out of memory: event formats");
	return marks_init(t->marks, t->p, t->src);
}

int trips_open(struct trips *t, const struct source *src,
	       const struct parse *p, const struct inside *inside,
	       struct timeline *timeline)
{
	const struct recording *info = source_recording(src);
	const struct clock *clock;

	memset(t, 0, sizeof(*t));
	t->src = src;
	t->p = p;
	t->inside = inside;
	t->timeline = timeline;
	t->nr_cpus = info->nr_cpus;
	clock = clock_need_time(info);
	if (!clock)
		return -1;
	t->unit = clock->unit;
	if (timeline && open_marks(t) < 0)
		return -1;
	return begin(t, false, !p->present[PARSE_ENTRY]);
}

void trips_close(struct trips *t)
{
	close_sources(t);
	free(t->marks);
	memset(t, 0, sizeof(*t));
}

/* Has a stream turned out to have holes? */
static bool finds_holes(const struct trips *t)
{
	unsigned int i;

	for (i = 0; i < t->nr_cpus; i++)
		if (source_lacking(t->src, i, NULL) &&
		    !t->sources[i].records.holes)
			return true;
	return false;
}

int trips_again(struct trips *t)
{
	bool alone = !t->entries;

	if (!t->exits || t->losses.unread ||
	    (alone == t->rt.alone && !finds_holes(t)))
		return 0;
	if (t->repeated)
		return error("file changed while it was read: %s",
			     source_recording(t->src)->path);
	return begin(t, true, alone) < 0 ? -1 : 1;
}

/* A kvm_exit, for its details */
static int begin_slot(struct trips *t, const struct subbuf_record *rec,
		      const struct event_exit *e)
{
	struct attach_slot *slot;

	t->attach.now = rec->ts;
	slot = attach_exit(&t->attach, parse_pid(t->p, rec), &t->slot);
	if (!slot)
		return -1;
	if (!inside_exit(t->inside, rec, e->isa, e->code, &slot->rip,
			 &slot->detail))
		slot->has_exit = false;
	return 0;
}

/* An event that is neither kvm_exit nor kvm_entry */
static int handle_other(struct trips *t, const struct trips_source *src)
{
	struct detail d;

	if (t->marks)
		return marks_handle(t->marks, t->timeline, &src->rec);
	t->attach.now = src->rec.ts;
	if (!inside_event(t->inside, &src->rec, &d))
		return 0;
	return attach_event(&t->attach, parse_pid(t->p, &src->rec), &d);
}

/* An exit of unknown length: all that is known is when it began, and where. */
static void set_untimed(const struct trips *t, struct trip *trip)
{
	const struct roundtrip_thread *old = &t->rt.untimed;

	*trip = (struct trip){
		.untimed = true, .ts = old->ts, .tid = old->tid,
		.cpu = old->cpu, .isa = old->isa, .code = old->code,
	};
}

/* Return 1 if the thread's exit before this one is over, and counts. */
static int handle_exit(struct trips *t, const struct trips_source *src,
		       struct trip *trip)
{
	struct event_exit e;
	int ret;

	t->exits++;
	parse_exit(t->p, &src->rec, &e);
	if (t->inside && begin_slot(t, &src->rec, &e) < 0)
		return -1;
	if (t->timeline &&
	    timeline_exit(t->timeline, parse_pid(t->p, &src->rec),
			  src->rec.ts) < 0)
		return -1;
	ret = roundtrip_exit(&t->rt, parse_pid(t->p, &src->rec),
			     src->records.cpu, src->rec.ts, e.isa, e.code);
	if (__builtin_expect(ret, 0))
		set_untimed(t, trip);
	else if (t->inside)
		t->unattached += t->slot.events;
	return ret;
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
	if (t->inside) {
		t->attach.now = trip->ts;
		attach_entry(&t->attach, trip->tid, &t->slot);
	}
	if (t->timeline &&
	    timeline_entry(t->timeline, trip->tid, trip->ts) < 0)
		return -1;
	if (!roundtrip_entry(&t->rt, trip->tid, trip->cpu, trip->ts,
			     &interval)) {
		t->unattached += t->slot.events;
		return 0;
	}
	trip->untimed = false;
	trip->length = interval.length;
	trip->isa = interval.isa;
	trip->code = interval.code;
	return 1;
}

static void finish(struct trips *t)
{
	const struct trips_source *src;
	struct few damage = { 0 };
	unsigned int i;

	roundtrip_finish(&t->rt);
	t->unattached += attach_events(&t->attach);
	for (i = 0; i < t->nr_cpus; i++) {
		src = &t->sources[i];
		if (!t->repeated)
			records_report_damage(&src->records, &damage);
		losses_add(&t->losses, &src->records.losses);
		t->losses.short_records += src->short_records;
		if (src->rec.ts > t->last_ts)
			t->last_ts = src->rec.ts;
	}
}

/* Without any kvm_entry: the next one of those that are open at the end */
static int next_open(struct trips *t, struct trip *trip)
{
	if (!t->rt.alone || !roundtrip_next_open(&t->rt))
		return 0;
	set_untimed(t, trip);
	if (t->inside)
		attach_entry(&t->attach, trip->tid, &t->slot);
	return 1;
}

/* The event whose turn it is.  Return 1 if an exit ends with it. */
static int handle(struct trips *t, const struct trips_source *src,
		  struct trip *trip)
{
	if (src->kind == PARSE_ENTRY)
		return handle_entry(t, src, trip);
	return src->kind == PARSE_EXIT ? handle_exit(t, src, trip) :
					 handle_other(t, src);
}

int trips_next(struct trips *t, struct trip *trip)
{
	struct trips_source *src;
	int found = 0, ret;

	while (t->merge.nr && !found) {
		src = &t->sources[merge_first(&t->merge)];
		if (__builtin_expect(src->kind == KIND_GAP, 0)) {
			ret = pass_gap(t, src);
		} else {
			found = handle(t, src, trip);
			ret = found < 0 ? -1 : next_of_source(t, src);
		}
		if (ret < 0)
			return -1;
		if (__builtin_expect(ret == FOUND_EVENT, 1))
			merge_advance(&t->merge, src->rec.ts);
		else if (ret == FOUND_GAP)
			merge_advance(&t->merge, src->gap.begin);
		else
			merge_drop(&t->merge);
	}
	if (!found)
		found = next_open(t, trip);
	if (!found)
		finish(t);
	return found;
}

const char *trips_lacking(const struct trips *t)
{
	return t->exits ? NULL : "kvm_exit";
}

static void warn_if(const struct trips *t, bool *lossy, uint64_t n,
		    const char *what)
{
	if (!n)
		return;
	warning("%s: %s: %" PRIu64, what, source_recording(t->src)->path, n);
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
	if (source_recording(t->src)->nr_dropped)
		warning("which round trips are sound cannot be told: %s: a dropped event may be of any",
			source_recording(t->src)->path);
	warn_if(t, &lossy, n->gaps,
		"round trips not used, events of theirs may be lost");
	warn_if(t, &lossy, backwards, "time stamps that go back within a CPU");
	warn_if(t, &lossy, n->backwards,
		"round trips not used, their entry is before their exit");
	warn_if(t, &lossy, t->losses.short_records,
		"records too short for their event");
	if (n->migrated && clock_is_local(source_recording(t->src)))
		warning("trace clock local is not coherent across CPUs: %" PRIu64 " round trip%s from one CPU to another: record with: trace-cmd record -C mono -e kvm",
			n->migrated, plural_s(n->migrated));
	note_if(n->no_exit, "kvm_entry events without kvm_exit");
	if (!t->rt.alone)
		note_if(n->untimed,
			"exits of unknown length, without a kvm_entry");
	note_if(n->open, "kvm_exit events still open at the end");
	return lossy;
}

void trips_note(const struct trips *t)
{
	if (t->rt.alone) {
		note("no kvm_entry event in %s: how long its exits took is unknown: record with: trace-cmd record -e kvm",
		     source_recording(t->src)->path);
		return;
	}
	note("%s: round trips by event time stamps; time in userspace, halted or off the CPU cannot be told from processing, and no report can be proven",
	     t->p->stamped ? "not accounted by the kernel" :
			     "recorded by an unpatched kernel");
}
