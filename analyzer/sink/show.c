// SPDX-License-Identifier: GPL-2.0
#include "sink/show.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "event/clock.h"
#include "event/inside.h"
#include "sink/missing.h"
#include "walk/attach.h"
#include "walk/by_time.h"
#include "walk/pair.h"

/* Where an exit is */
struct place {
	bool known;
	uint32_t tid;
	uint64_t begin, end;		/* as in struct one_exit */
	bool has_begin, has_end;
	uint32_t epoch;
	uint64_t seq;			/* 0: it has no number */
};

/* Events of other threads that say what became of one */
struct about {
	struct parse_event event;
	struct parse_field pid;
};

#define ABOUTS	4u

struct show {
	const struct show_request *request;
	const struct source *src;
	const struct parse *p;
	struct one *one;
	bool numbered;			/* exits with numbers count, and no others */

	/* The first time */
	struct attach attach;
	uint64_t low, high;		/* of the time, in ns since the first event */
	struct place found, below, above;
	bool several;			/* the number is in several epochs: and in */
	uint32_t other_epoch;
	uint64_t exits;

	/* The second time */
	struct inside inside;
	struct about abouts[ABOUTS];
	uint8_t *wanted;		/* by event id */
	struct one_exit now;		/* the exit of the thread that is open */
	struct group_key key;		/* and what it is */
	bool open, is_it, done;
};

/* The first time: candidates */

static bool precedes_number(const struct place *a, const struct place *b)
{
	return a->epoch != b->epoch ? a->epoch < b->epoch : a->seq < b->seq;
}

static void see_number(struct show *s, const struct place *x)
{
	const struct show_request *r = s->request;
	const bool epoch_fits = !r->has_epoch || r->epoch == x->epoch;

	if (epoch_fits && x->seq == r->seq) {
		if (s->found.known && s->found.epoch != x->epoch && !s->several) {
			s->several = true;
			s->other_epoch = x->epoch;
		} else if (!s->found.known) {
			s->found = *x;
		}
	} else if (epoch_fits && x->seq < r->seq) {
		if (!s->below.known || precedes_number(&s->below, x))
			s->below = *x;
	} else if (epoch_fits && (!s->above.known || precedes_number(x, &s->above))) {
		s->above = *x;
	}
}

/* When it ended; of one that no kvm_entry ended, lists have its beginning. */
static uint64_t listed_ts(const struct place *x)
{
	return x->has_end ? x->end : x->begin;
}

static bool is_exact(const struct show *s, const struct place *x)
{
	uint64_t ns;

	return one_ns(s->one, listed_ts(x), &ns) && ns >= s->low && ns <= s->high;
}

/* Is @x what is meant, rather than @found?  The one that is listed so, or ends first */
static bool fits_better(const struct show *s, const struct place *x)
{
	const struct place *found = &s->found;

	if (!found->known)
		return true;
	if (is_exact(s, found) || is_exact(s, x))
		return !is_exact(s, found);
	return x->end < found->end;
}

static void see_time(struct show *s, const struct place *x)
{
	uint64_t begin, end;

	if (!one_ns(s->one, x->has_begin ? x->begin : x->end, &begin) ||
	    !one_ns(s->one, x->end, &end))
		return;
	if (begin <= s->high && end >= s->low) {
		if (fits_better(s, x))
			s->found = *x;
	} else if (end < s->low) {
		if (!s->below.known || s->below.end < x->end)
			s->below = *x;
	} else if (!s->above.known || x->end < s->above.end) {
		s->above = *x;
	}
}

static void see(struct show *s, struct place x)
{
	x.known = true;
	s->exits++;
	if (s->request->has_number)
		see_number(s, &x);
	else
		see_time(s, &x);
}

static int find_exit(struct by_time *w,
		     struct by_time_stream *st __attribute__((unused)),
		     struct subbuf_record rec)
{
	struct show *s = w->arg;
	const uint32_t tid = parse_pid(s->p, &rec);
	struct attach_slot *slot, old;
	struct event_exit e;

	s->attach.now = rec.ts;
	parse_exit(s->p, &rec, &e);
	slot = attach_exit(&s->attach, tid, &old);
	if (!slot)
		return -1;
	slot->tsc = e.tsc;
	if (old.has_exit && !s->numbered)
		see(s, (struct place){ .tid = tid, .begin = old.ts, .end = rec.ts,
				       .has_begin = true });
	return 0;
}

static int find_entry(struct by_time *w,
		      struct by_time_stream *st __attribute__((unused)),
		      struct subbuf_record rec)
{
	struct show *s = w->arg;
	const uint32_t tid = parse_pid(s->p, &rec);
	struct place x = { .tid = tid, .end = rec.ts, .has_end = true };
	struct attach_slot slot;
	struct event_entry e;

	s->attach.now = rec.ts;
	attach_entry(&s->attach, tid, &slot);
	x.begin = slot.ts;
	x.has_begin = slot.has_exit;
	if (s->numbered) {
		parse_entry(s->p, &rec, &e);
		if (!e.seq || !isa_valid(e.isa))
			return 0;
		x.epoch = e.epoch;
		x.seq = e.seq;
		x.has_begin = slot.has_exit && slot.tsc == e.exit_tsc;
	}
	if (x.has_begin || s->numbered)
		see(s, x);
	return 0;
}

/* Gaps matter once it is known which exit it is. */
static int find_gap(struct by_time *w __attribute__((unused)),
		    struct gap gap __attribute__((unused)))
{
	return 0;
}

BY_TIME_SINK_DECLARE(find)

static const struct by_time_sink find = {
	.run = find_run,
	.run_samples = find_run_samples,
	.next = find_next,
	.entry = find_entry,
	.exit = find_exit,
	.gap = find_gap,
};

BY_TIME_SINK_DEFINE(find)

/* The second time: what is inside and beside */

/* The exit that is open is complete: which one of them is it? */
static void put(struct show *s)
{
	struct one *o = s->one;

	one_name(&s->now, &s->p->reasons, &s->key);
	s->open = false;
	if (s->is_it) {
		o->exit = s->now;
		s->is_it = false;
		s->done = true;
	} else if (s->done) {
		if (o->nr_after < ONE_NEIGHBORS)
			o->after[o->nr_after++] = s->now;
	} else if (o->nr_before < ONE_NEIGHBORS) {
		o->before[o->nr_before++] = s->now;
	} else {
		o->has_last = true;
		o->last = o->before[0].end;
		memmove(o->before, o->before + 1,
			(ONE_NEIGHBORS - 1) * sizeof(*o->before));
		o->before[ONE_NEIGHBORS - 1] = s->now;
	}
}

static int add_event(struct show *s, uint32_t cpu, const struct subbuf_record *rec)
{
	struct one_event *event;
	bool failed;

	if (!s->is_it)
		return 0;
	event = one_add_event(s->one, &failed);
	if (!event)
		return failed ? -1 : 0;
	event->ts = rec->ts;
	event->cpu = cpu;
	fields_read(&event->fields, s->src, rec);
	return 0;
}

static int collect_exit(struct by_time *w, struct by_time_stream *st,
			struct subbuf_record rec)
{
	struct show *s = w->arg;
	const struct place *it = &s->found;
	struct event_exit e;

	if (parse_pid(s->p, &rec) != it->tid)
		return 0;
	/* Kernels go back from their fast path without a kvm_entry. */
	if (s->open && !s->numbered) {
		s->now.end = rec.ts;
		s->now.cpu = st->records.cpu;
		put(s);
	}
	parse_exit(s->p, &rec, &e);
	s->now = (struct one_exit){ .begin = rec.ts, .has_begin = true };
	s->key = (struct group_key){ .isa = e.isa, .code = e.code };
	s->key.rip_is = inside_exit(&s->inside, &rec, e.isa, e.code, &s->key.rip,
				    &s->key.detail) ? RIP_KNOWN : RIP_UNKNOWN;
	if (!s->numbered) {
		s->one->vcpu = parse_vcpu(s->p->layout.exit.vcpu_id, &rec);
		s->one->has_vcpu = s->one->vcpu != VCPU_UNKNOWN;
	}
	s->open = true;
	s->is_it = it->has_begin && it->begin == rec.ts && !s->done;
	return add_event(s, st->records.cpu, &rec);
}

static void set_entry(struct show *s, const struct event_entry *e)
{
	struct one_exit *x = &s->now;

	if (!s->open || s->key.isa != e->isa || s->key.code != e->code)
		s->key = (struct group_key){ .isa = e->isa, .code = e->code };
	x->has_number = true;
	x->epoch = e->epoch;
	x->report = e->report;
	x->seq = e->seq;
	x->traced = e->traced;
	pair_sample(e, &x->sample);
	s->one->vm = e->vm;
	s->one->vcpu = e->vcpu_id;
	s->one->has_vm = s->one->has_vcpu = true;
}

static int collect_entry(struct by_time *w, struct by_time_stream *st,
			 struct subbuf_record rec)
{
	struct show *s = w->arg;
	struct event_entry e;

	if (parse_pid(s->p, &rec) != s->found.tid)
		return 0;
	if (s->numbered) {
		parse_entry(s->p, &rec, &e);
		if (!e.seq || !isa_valid(e.isa)) {
			s->open = s->is_it = false;
			return 0;
		}
		if (!s->open)
			s->now = (struct one_exit){ .has_begin = false };
		set_entry(s, &e);
		s->is_it = !s->done && e.seq == s->found.seq &&
			   e.epoch == s->found.epoch && rec.ts == s->found.end;
	} else if (!s->open) {
		return 0;
	} else {
		s->now.sample.cycles = rec.ts > s->now.begin ? rec.ts - s->now.begin : 0;
	}
	s->now.has_end = true;
	s->now.end = rec.ts;
	s->now.cpu = st->records.cpu;
	if (add_event(s, st->records.cpu, &rec) < 0)
		return -1;
	put(s);
	return 0;
}

/* Is it of the thread, or does it say something of it? */
static bool is_about(const struct show *s, const struct subbuf_record *rec)
{
	const unsigned int id = subbuf_event_id(rec);
	const struct about *a;

	if (parse_pid(s->p, rec) == s->found.tid)
		return true;
	for (a = s->abouts; a < s->abouts + ABOUTS; a++)
		if (a->event.present && a->event.id == id &&
		    rec->len >= a->event.min_len)
			return parse_get(rec->data, a->pid) == s->found.tid;
	return false;
}

static int collect_other(struct by_time *w, struct by_time_stream *st,
			 struct subbuf_record rec)
{
	struct show *s = w->arg;
	struct detail d = { .kind = DETAIL_NONE };

	if (!s->open || !is_about(s, &rec))
		return 0;
	if (inside_kind(&s->inside, &rec) != DETAIL_NONE &&
	    parse_pid(s->p, &rec) == s->found.tid) {
		inside_decode(&s->inside, &rec, &d);
		detail_merge(&s->key.detail, &d);
	}
	return add_event(s, st->records.cpu, &rec);
}

static int collect_gap(struct by_time *w, struct gap gap)
{
	const struct show *s = w->arg;
	const struct place *it = &s->found;

	if (it->has_begin && gap.begin < it->end && gap.end > it->begin)
		s->one->gap = true;
	return 0;
}

BY_TIME_SINK_DECLARE(collect)

static const struct by_time_sink collect = {
	.run = collect_run,
	.run_samples = collect_run_samples,
	.next = collect_next,
	.entry = collect_entry,
	.exit = collect_exit,
	.other = collect_other,
	.gap = collect_gap,
};

BY_TIME_SINK_DEFINE(collect)

/* All events that have a format, but those with a turn of their own */
static int want_all(struct show *s)
{
	struct source_formats it = SOURCE_FORMATS_INIT;
	struct source_format format;
	char text[128];
	unsigned int id;
	size_t len;

	s->wanted = calloc(1, sizeof(s->p->kind));
	if (!s->wanted)
		return error("out of memory: event ids");
	while (source_next_format(s->src, &it, &format)) {
		len = format.len < sizeof(text) - 1 ? format.len : sizeof(text) - 1;
		memcpy(text, format.text, len);
		text[len] = '\0';
		if (sscanf(text, "name: %*s\nID: %5u", &id) == 1 && id < 65536 &&
		    s->p->kind[id] == PARSE_OTHER)
			s->wanted[id] = 1;
	}
	return 0;
}

static int find_abouts(struct show *s)
{
	static const struct {
		const char *event, *field;
	} names[ABOUTS] = {
		{ "sched_switch", "next_pid" }, { "sched_waking", "pid" },
		{ "sched_wakeup", "pid" }, { "sched_migrate_task", "pid" },
	};
	unsigned int i;

	for (i = 0; i < ABOUTS; i++) {
		struct about *a = &s->abouts[i];
		const struct parse_wanted w = { &a->pid, names[i].field };

		if (parse_lookup(s->p, s->src, "sched", names[i].event, &a->event,
				 &w, 1) < 0)
			return -1;
	}
	return 0;
}

/* What is said of an exit that is not there */

/* What to type for it */
static const char *name_place(const struct show *s, const struct place *x,
			      char buf[64])
{
	uint64_t ns;

	if (s->request->has_number)
		snprintf(buf, 64, "--show=%" PRIu32 ":%" PRIu64, x->epoch, x->seq);
	else if (one_ns(s->one, listed_ts(x), &ns))
		snprintf(buf, 64, "--show=%" PRIu64 ".%09" PRIu64,
			 ns / 1000000000, ns % 1000000000);
	return buf;
}

static int report_nothing(const struct show *s)
{
	const char *what = s->request->has_number ? "no exit has number" : "no exit at";
	const char *unit = s->request->has_number ? "" : " s";
	const char *path = s->one->info->path;
	char below[64] = "", above[64] = "";

	if (!s->below.known && !s->above.known)
		error("%s %s%s: %s: there is none at all", what, s->request->text,
		      unit, path);
	else
		error("%s %s%s: %s: nearest: %s%s%s", what, s->request->text, unit, path,
		      s->below.known ? name_place(s, &s->below, below) : "",
		      s->below.known && s->above.known ? ", " : "",
		      s->above.known ? name_place(s, &s->above, above) : "");
	return STATUS_USAGE;
}

static int report_several(const struct show *s)
{
	error("exit %s is in several epochs: %s: which: --show=%" PRIu32 ":%s, --show=%" PRIu32 ":%s?",
	      s->request->text, s->one->info->path, s->found.epoch,
	      s->request->text, s->other_epoch, s->request->text);
	return STATUS_USAGE;
}

/* What is asked for, in terms of the recording.  Return a status. */
static int begin(struct show *s, uint64_t first_ts)
{
	const struct show_request *r = s->request;
	struct one *o = s->one;
	uint64_t first = 0, ns;

	o->first_ts = first_ts;
	if (r->has_number)
		return STATUS_OK;
	if (!clock_shown_ns(o->info, first_ts, &first) || !one_ns(o, first_ts, &ns)) {
		clock_no_seconds(o->info, "show=TIME");
		return STATUS_USAGE;
	}
	if (!r->time.absolute) {
		s->low = s->high = r->time.ns;
		return STATUS_OK;
	}
	/* trace-cmd report prints microseconds. */
	s->low = r->time.ns > first ? r->time.ns - first : 0;
	s->high = s->low + 999;
	return STATUS_OK;
}

static int read_first(struct show *s, struct by_time *w)
{
	int status, ret;

	ret = by_time_open(w, s->src, s->p, &find, s);
	if (ret < 0)
		return STATUS_FAILED;
	status = begin(s, w->first_ts);
	if (status != STATUS_OK)
		return status;
	return by_time_read(w) < 0 ? STATUS_FAILED : STATUS_OK;
}

static int read_once(struct show *s)
{
	struct by_time w;
	int status = read_first(s, &w);

	by_time_close(&w);
	return status;
}

/* A patched kernel that does not count is one without the patch. */
static int forget_numbers(struct show *s)
{
	const struct clock *clock = clock_need_time(s->one->info);

	if (!clock)
		return STATUS_FAILED;
	note(NOT_ACCOUNTED);
	s->numbered = s->one->stamped = false;
	s->one->unit = clock->unit;
	attach_release(&s->attach);
	return read_once(s);
}

static int search(struct show *s)
{
	int status = read_once(s);

	if (status == STATUS_OK && s->numbered && !s->exits && !s->request->has_number)
		status = forget_numbers(s);
	if (status != STATUS_OK)
		return status;
	if (!s->exits && missing_event(s->src, "kvm_exit") < 0)
		return STATUS_FAILED;
	if (s->several)
		return report_several(s);
	return s->found.known ? STATUS_OK : report_nothing(s);
}

static int gather(struct show *s)
{
	int status = STATUS_FAILED;
	struct by_time w;

	if (inside_init(&s->inside, s->p, s->src) < 0 || want_all(s) < 0 ||
	    find_abouts(s) < 0)
		return STATUS_FAILED;
	if (by_time_open(&w, s->src, s->p, &collect, s) == 0) {
		w.quiet = true;
		by_time_want(&w, s->wanted);
		if (by_time_read(&w) == 0)
			status = missing_events(s->src, &w.losses);
	}
	by_time_close(&w);
	return status;
}

static void set_name(const struct show *s, uint32_t id, char name[TASK_NAME_MAX])
{
	const struct task *task = id ? tasks_find(s->one->info->tasks, id) : NULL;

	if (task)
		escape_text(name, TASK_NAME_MAX, task->name, strlen(task->name));
}

static void set_owner(struct show *s)
{
	const struct task *task = tasks_find(s->one->info->tasks, s->found.tid);
	struct one *o = s->one;

	o->thread = s->found.tid;
	if (task && !o->has_vm && task->vm && task->vm < TASK_GUEST) {
		o->vm = task->vm;
		o->has_vm = true;
	}
	set_name(s, o->thread, o->thread_name);
	if (o->has_vm)
		set_name(s, o->vm, o->vm_name);
}

/* With stamps, exits with numbers are what counts, if there are any. */
static int run(struct show *s)
{
	int status;

	s->numbered = s->p->stamped;
	s->one->stamped = s->numbered;
	status = search(s);
	if (status == STATUS_OK)
		status = gather(s);
	if (status == STATUS_OK || status == STATUS_LOSSES)
		set_owner(s);
	return status;
}

static int check(const struct show_request *r, const struct parse *p,
		 const struct recording *info)
{
	if (r->has_number && !p->stamped)
		return error("--show=%s: %s: exits of an unpatched kernel have no numbers: --show=TIME, as --list has it, e.g. --show=%s.0 for %s s",
			     r->text, info->path, r->text, r->text);
	return 0;
}

int show_find(const struct show_request *request, const struct source *src,
	      const struct parse *p, struct one *o)
{
	const struct clock *clock;
	int status = STATUS_FAILED;
	struct show *s;

	o->info = source_recording(src);
	if (check(request, p, o->info) < 0)
		return STATUS_USAGE;
	clock = p->stamped ? NULL : clock_need_time(o->info);
	if (!p->stamped && !clock)
		return STATUS_FAILED;
	o->unit = clock ? clock->unit : "cycles";
	s = calloc(1, sizeof(*s));
	if (!s) {
		error("out of memory: an exit");
		return STATUS_FAILED;
	}
	s->request = request;
	s->src = src;
	s->p = p;
	s->one = o;
	status = run(s);
	attach_release(&s->attach);
	free(s->wanted);
	free(s);
	return status;
}
