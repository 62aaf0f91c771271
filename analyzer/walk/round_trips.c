// SPDX-License-Identifier: GPL-2.0
#include "walk/round_trips.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/error.h"
#include "base/threads.h"
#include "event/clock.h"

/*
 * A kvm_exit, for its details.  What was inside the exit before it, if that is
 * still open, is moved to t->ended.
 */
static int begin_slot(struct round_trips *t, struct subbuf_record rec,
		      const struct event_exit *e)
{
	struct attach_slot *slot;

	t->attach.now = rec.ts;
	slot = attach_exit(&t->attach, parse_pid(t->p, &rec), &t->ended);
	if (unlikely(!slot))
		return -1;
	slot->level = t->inside->level;
	slot->has_exit = inside_exit(t->inside, &rec, e->isa, e->code, &slot->rip,
				     &slot->detail);
	return 0;
}

/* A kvm_entry: what was inside the exit that ends */
static struct attach_slot *end_slot(struct round_trips *t, uint32_t tid, uint64_t ts)
{
	struct attach_slot *slot = attach_find(&t->attach, tid);

	t->attach.now = ts;
	if (unlikely(!slot)) {
		attach_none(&t->attach, &t->ended);
		return &t->ended;
	}
	slot->gap = attach_has_gap(&t->attach, slot);
	return slot;
}

/* A kvm_exit, or a kvm_entry if kvm_exit does not say it: of which vCPU it is */
static int see_owner(struct round_trips *t, struct subbuf_record rec, bool is_exit)
{
	const struct parse_layout *l = &t->p->layout;
	const bool exit_says = parse_has(l->exit.vcpu_id);
	struct parse_field field = is_exit ? l->exit.vcpu_id : l->entry.vcpu_id;
	struct owner *owner = owners_get(t->owners, parse_pid(t->p, &rec));

	if (!owner)
		return -1;
	if (parse_has(field) && is_exit == exit_says && !owner->vcpu_is_told)
		owner->vcpu = parse_get(rec.data, field);
	if (is_exit && parse_has(l->exit.vm))
		owner->vm = parse_get(rec.data, l->exit.vm);
	return 0;
}

static void set_owner(struct round_trips *t, struct trip *trip)
{
	const struct owner *owner;

	trip->vcpu = VCPU_UNKNOWN;
	if (!t->owners)
		return;
	/* It was seen. */
	owner = owners_get(t->owners, trip->tid);
	trip->vm = owner->vm;
	trip->vcpu = owner->vcpu;
}

/* An exit of unknown length: all that is known is when it began, and where. */
static NOINLINE int add_untimed(struct round_trips *t)
{
	const struct round_trip_thread *old = &t->rt.untimed;
	struct trip trip = {
		.untimed = true, .ts = old->ts, .tid = old->tid,
		.cpu = old->cpu, .isa = old->isa, .code = old->code,
		.inside = &t->ended,
	};

	set_owner(t, &trip);
	return t->add(t, &trip, t->arg);
}

/* The head that was noted last ends what was @inside. */
static int keep_inside(struct round_trips *t, const struct attach_slot *inside)
{
	size_t size = t->heads_allocated ? t->heads_allocated * 2 : 64;
	struct round_trips_head *heads = t->heads;

	if (t->nr_heads == t->heads_allocated) {
		heads = realloc(heads, size * sizeof(*heads));
		if (!heads)
			return error("out of memory: %zu threads", size);
		t->heads = heads;
		t->heads_allocated = size;
	}
	heads[t->nr_heads++] = (struct round_trips_head){
		.inside = *inside, .gap_end = t->attach.gap_end,
	};
	return 0;
}

/* What round_trip_exit() returns if it is not 0 */
static NOINLINE int end_untimed(struct round_trips *t, int ret)
{
	if (ret == ROUND_TRIP_HEAD)
		return t->inside ? keep_inside(t, &t->ended) : 0;
	t->walk.odd = t->rt.odd;
	return ret < 0 ? -1 : add_untimed(t);
}

/* The thread's exit before this one may be over, and count. */
ALWAYS_INLINE int handle_exit(struct by_time *w, struct by_time_stream *st,
			      struct subbuf_record rec, bool more)
{
	struct round_trips *t = w->arg;
	const uint32_t tid = parse_pid(t->p, &rec);
	struct event_exit e;
	int ret;

	t->exits++;
	parse_exit(t->p, &rec, &e);
	if (more && t->inside && begin_slot(t, rec, &e) < 0)
		return -1;
	if (more && t->timeline && timeline_exit(t->timeline, tid, rec.ts) < 0)
		return -1;
	ret = round_trip_exit(&t->rt, tid, st->records.cpu, rec.ts, e.isa,
			     e.code);
	if (unlikely(ret)) {
		if (end_untimed(t, ret) < 0)
			return -1;
	} else if (more && t->inside) {
		t->unattached += attach_missed(&t->ended);
	}
	/* The one that is over is not of this one's vCPU. */
	return more && t->owners ? see_owner(t, rec, true) : 0;
}

/* An entry that ends no round trip */
static NOINLINE int end_nothing(struct round_trips *t, const struct attach_slot *inside)
{
	if (!inside)
		return 0;
	if (t->nr_heads < t->rt.nr_heads)
		return keep_inside(t, inside);
	t->unattached += attach_missed(inside);
	return 0;
}

/* A round trip may end here, in which there was @inside. */
ALWAYS_INLINE int end_trip(struct round_trips *t, uint32_t tid, uint32_t cpu,
			   uint64_t ts, struct attach_slot *inside, bool more)
{
	struct round_trip_interval interval;
	struct trip trip;

	if (!round_trip_entry(&t->rt, tid, cpu, ts, &interval))
		return end_nothing(t, inside);
	trip = (struct trip){
		.length = interval.length, .ts = ts, .tid = tid, .cpu = cpu,
		.isa = interval.isa, .code = interval.code, .inside = inside,
	};
	if (more)
		set_owner(t, &trip);
	return t->add(t, &trip, t->arg);
}

ALWAYS_INLINE int handle_entry(struct by_time *w, struct by_time_stream *st,
			       struct subbuf_record rec, bool more)
{
	struct round_trips *t = w->arg;
	const uint32_t tid = parse_pid(t->p, &rec), cpu = st->records.cpu;
	struct attach_slot *slot;
	int ret;

	t->entries++;
	if (more && t->timeline &&
	    timeline_entry(t->timeline, tid, rec.ts) < 0)
		return -1;
	if (more && t->owners && see_owner(t, rec, false) < 0)
		return -1;
	if (!more || !t->inside)
		return end_trip(t, tid, cpu, rec.ts, NULL, more);
	slot = end_slot(t, tid, rec.ts);
	ret = end_trip(t, tid, cpu, rec.ts, slot, true);
	attach_close(slot);
	return ret;
}

static int take_gap(struct by_time *w, struct gap gap)
{
	struct round_trips *t = w->arg;

	attach_gap(&t->attach, gap.end);
	if (t->timeline &&
	    gaps_add(&t->timeline->gaps, gap.begin, gap.end) < 0)
		return -1;
	return gaps_add(&t->rt.gaps, gap.begin, gap.end);
}

/* Round trips, and nothing else */

ALWAYS_INLINE int plain_exit(struct by_time *w, struct by_time_stream *st,
			     struct subbuf_record rec)
{
	return handle_exit(w, st, rec, false);
}

ALWAYS_INLINE int plain_entry(struct by_time *w, struct by_time_stream *st,
			      struct subbuf_record rec)
{
	return handle_entry(w, st, rec, false);
}

BY_TIME_SINK_DECLARE(plain)

static const struct by_time_sink plain = {
	.run = plain_run,
	.run_samples = plain_run_samples,
	.next = plain_next,
	.entry = plain_entry,
	.exit = plain_exit,
	.gap = take_gap,
};

BY_TIME_SINK_DEFINE(plain)

/* Round trips, and what other events say of details or of time */

ALWAYS_INLINE int more_exit(struct by_time *w, struct by_time_stream *st,
			    struct subbuf_record rec)
{
	return handle_exit(w, st, rec, true);
}

ALWAYS_INLINE int more_entry(struct by_time *w, struct by_time_stream *st,
			     struct subbuf_record rec)
{
	return handle_entry(w, st, rec, true);
}

/* An event that is neither kvm_exit nor kvm_entry */
ALWAYS_INLINE int more_other(struct by_time *w,
			     struct by_time_stream *st __attribute__((unused)),
			     struct subbuf_record rec)
{
	struct round_trips *t = w->arg;

	if (t->marks)
		return marks_handle(t->marks, t->timeline, &rec);
	return attach_record(&t->attach, t->inside, rec);
}

BY_TIME_SINK_DECLARE(more)

static const struct by_time_sink more = {
	.run = more_run,
	.run_samples = more_run_samples,
	.next = more_next,
	.entry = more_entry,
	.exit = more_exit,
	.other = more_other,
	.gap = take_gap,
};

BY_TIME_SINK_DEFINE(more)

static void release_slice(struct round_trips *t)
{
	by_time_close(&t->walk);
	round_trip_release(&t->rt);
	attach_release(&t->attach);
	free(t->heads);
}

static void release(struct round_trips *t)
{
	unsigned int i;

	for (i = 1; t->later && i < t->slices.nr; i++)
		release_slice(&t->later[i - 1]);
	free(t->later);
	release_slice(t);
	slices_release(&t->slices);
}

static struct round_trips *slice_of(struct round_trips *t, unsigned int number)
{
	return number ? &t->later[number - 1] : t;
}

static int begin_slice(struct round_trips *t, struct round_trips *first,
		       unsigned int number)
{
	const bool is_plain = !t->inside && !t->marks && !t->owners;

	t->rt.later = number;
	if (by_time_open_slice(&t->walk, &first->walk, &first->slices, number,
			       t->src, t->p, is_plain ? &plain : &more, t) < 0)
		return -1;
	t->walk.quiet = t->repeated;
	if (t->inside)
		by_time_want(&t->walk, t->inside->index);
	if (t->marks)
		by_time_want(&t->walk, t->marks->mark);
	return 0;
}

/* What is known, with nothing read */
static struct round_trips cleared(const struct round_trips *t, bool repeated,
				  bool alone)
{
	return (struct round_trips){
		.src = t->src, .p = t->p, .unit = t->unit, .inside = t->inside,
		.marks = t->marks, .timeline = t->timeline,
		.owners = t->owners,
		.repeated = repeated, .rt = { .alone = alone },
		.slicing = t->slicing,
	};
}

/* Begin, or begin again with what is known by now. */
static int begin(struct round_trips *t, bool repeated, bool alone)
{
	const struct round_trips clear = cleared(t, repeated, alone);
	unsigned int i;

	release(t);
	*t = clear;
	if (t->owners)
		owners_release(t->owners);
	if (t->timeline) {
		timeline_release(t->timeline);
		t->timeline->all_recorded = t->marks->all;
		t->timeline->no_run_begin = t->p->machine->no_run_begin;
		t->timeline->known = t->marks->known &
				     ~(alone ? 1u << TIMES_GUEST : 0);
	}
	if (slices_init(&t->slices, t->src, t->p, t->slicing) < 0)
		return -1;
	/* Whoever reads once more has so many arguments. */
	t->slicing.threads = t->slices.nr;
	t->later = calloc(t->slices.nr, sizeof(*t->later));
	if (!t->later)
		return error("out of memory: %u slices", t->slices.nr);
	for (i = 0; i < t->slices.nr; i++) {
		if (i)
			*slice_of(t, i) = clear;
		if (begin_slice(slice_of(t, i), t, i) < 0)
			return -1;
	}
	return 0;
}

static int open_marks(struct round_trips *t)
{
	t->marks = malloc(sizeof(*t->marks));
	if (!t->marks)
		return error("out of memory: event formats");
	return marks_init(t->marks, t->p, t->src);
}

int round_trips_open(struct round_trips *t, const struct source *src,
	       const struct parse *p, const struct inside *inside,
	       struct timeline *timeline, struct owners *owners,
	       struct slicing slicing)
{
	const struct recording *info = source_recording(src);
	const struct clock *clock;

	memset(t, 0, sizeof(*t));
	t->src = src;
	t->p = p;
	t->inside = inside;
	t->timeline = timeline;
	t->owners = owners;
	t->slicing = slicing;
	/* It takes all that was before to know where a thread is, and whose. */
	if (timeline || owners)
		t->slicing.threads = 1;
	clock = clock_need_time(info);
	if (!clock)
		return -1;
	t->unit = clock->unit;
	if (timeline && open_marks(t) < 0)
		return -1;
	return begin(t, false, !p->present[PARSE_ENTRY]);
}

void round_trips_close(struct round_trips *t)
{
	release(t);
	free(t->marks);
	memset(t, 0, sizeof(*t));
}

int round_trips_again(struct round_trips *t)
{
	bool alone = !t->entries;

	if (t->odd) {
		t->slicing.threads = 1;
		return begin(t, t->repeated, t->rt.alone) < 0 ? -1 : 1;
	}
	if (!t->exits || t->walk.losses.unread ||
	    source_recording(t->src)->grows ||
	    (alone == t->rt.alone && !t->walk.finds_holes))
		return 0;
	if (t->repeated)
		return error("file changed while it was read: %s",
			     source_recording(t->src)->path);
	return begin(t, true, alone) < 0 ? -1 : 1;
}

/* Without any kvm_entry: those that are open at the end */
static int add_open(struct round_trips *t)
{
	while (t->rt.alone && round_trip_next_open(&t->rt)) {
		if (t->inside)
			attach_entry(&t->attach, t->rt.untimed.tid,
				     &t->ended);
		if (add_untimed(t) < 0)
			return -1;
	}
	return 0;
}

/* Slices */

/* What was inside the exit that @head ends: what @t knew, and what came since */
static void join_inside(struct round_trips *t, uint32_t tid,
			const struct round_trips_head *head)
{
	struct attach_slot *open = attach_find(&t->attach, tid);

	if (!open || !attach_is_open(open)) {
		t->ended = head->inside;
		return;
	}
	attach_gap(&t->attach, head->gap_end);
	attach_take(&t->attach, open, &t->ended);
	attach_join(&t->ended, &head->inside);
}

/* The first exit or entry of a thread happens where its state is known. */
static int pass_head(struct round_trips *t, const struct round_trip_head *h)
{
	int ret;

	if (!h->is_exit)
		return end_trip(t, h->tid, h->cpu, h->ts,
				t->inside ? &t->ended : NULL, true);
	ret = round_trip_exit(&t->rt, h->tid, h->cpu, h->ts, h->isa, h->code);
	if (ret)
		return ret < 0 ? -1 : add_untimed(t);
	if (t->inside)
		t->unattached += attach_missed(&t->ended);
	return 0;
}

/* Heads end what was inside; what comes behind them begins anew. */
static bool has_head(void *arg, uint32_t tid)
{
	return round_trip_find(arg, tid);
}

static int join(struct round_trips *t, struct round_trips *next)
{
	size_t i;

	if (round_trip_join_gaps(&t->rt, &next->rt) < 0)
		return -1;
	for (i = 0; i < next->rt.nr_heads; i++) {
		if (t->inside)
			join_inside(t, next->rt.heads[i].tid, &next->heads[i]);
		if (pass_head(t, &next->rt.heads[i]) < 0)
			return -1;
	}
	if (round_trip_join(&t->rt, &next->rt) < 0 ||
	    attach_join_slices(&t->attach, &next->attach, has_head,
			       &next->rt) < 0)
		return -1;
	t->attach.forgotten_events += next->attach.forgotten_events;
	t->unattached += next->unattached;
	t->entries += next->entries;
	t->exits += next->exits;
	return 0;
}

/* Would one walk have forgotten something? */
static bool is_odd(const struct round_trips *t, const struct round_trips *next)
{
	return next->rt.odd || attach_may_forget(&t->attach, &next->attach) ||
	       t->rt.gaps.nr + next->rt.gaps.nr >= GAPS_MAX;
}

/* Those that count, in their order */
static int join_slices(struct round_trips *t)
{
	unsigned int i;

	for (i = 1; i < t->joined && !t->odd; i++) {
		t->odd = is_odd(t, slice_of(t, i));
		if (!t->odd && join(t, slice_of(t, i)) < 0) {
			t->odd = t->walk.odd;
			return t->odd ? 0 : -1;
		}
	}
	return 0;
}

static int read_slices(struct round_trips *t, round_trips_add_fn *add,
		       void *const *args)
{
	struct by_time *walks[THREADS_MAX];
	struct round_trips *slice;
	unsigned int i;
	int ret;

	for (i = 0; i < t->slices.nr; i++) {
		slice = slice_of(t, i);
		slice->walk.arg = slice;
		slice->add = add;
		slice->arg = args[i];
		walks[i] = &slice->walk;
	}
	ret = by_time_read_slices(walks, t->slices.nr, &t->joined);
	t->odd = !ret;
	return ret > 0 ? join_slices(t) : ret;
}

int round_trips_read(struct round_trips *t, round_trips_add_fn *add,
		     void *const *args)
{
	if (read_slices(t, add, args) < 0)
		return -1;
	if (t->odd)
		return 0;
	if (add_open(t) < 0)
		return -1;
	round_trip_finish(&t->rt);
	t->unattached += attach_events(&t->attach);
	return 0;
}

const char *round_trips_lacking(const struct round_trips *t)
{
	return t->exits ? NULL : t->p->machine->exit;
}
