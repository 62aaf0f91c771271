// SPDX-License-Identifier: GPL-2.0
/*
 * Details need more than the kvm_entry, and the order of time (details.h): a sink
 * of the walk by time.
 */
#include <stdlib.h>
#include <string.h>

#include "sink/views-both.h"
#include "walk/pair.h"

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
	if (s->view.by & (BY_RIP | BY_FUNCTION))
		key->rip_is = RIP_OTHER;
	if (s->view.by & (BY_DETAIL | BY_KIND))
		key->detail = (struct detail){ .kind = DETAIL_OTHER };
	return groups_get(groups, key);
}

/* Not by rip: by the function that it is in, or not at all. */
static void find_function(const struct views *s, struct group_key *key)
{
	const struct guest_function *f = NULL;

	if (!(s->view.by & BY_FUNCTION)) {
		key->rip_is = RIP_NONE;
	} else if (key->rip_is == RIP_KNOWN) {
		f = guest_map_find(s->view.map, key->rip);
		if (!f)
			key->rip_is = RIP_NOWHERE;
	}
	key->rip = f ? f->address : 0;
}

/* Of exits that somebody takes, the list has the sums. */
static int hand_out(const struct views *s, const struct group_key *key, uint64_t ts,
		    const struct stats_sample *sample, uint64_t part)
{
	const struct exit_taker *to = s->opt->exits;

	stats_cell_add_part(&s->list->rest.cell, sample, part);
	return to->take(to->user, key, ts, sample);
}

int views_add_detailed(const struct views *s, struct views_shard *sh,
		       struct group_key *key, uint64_t ts,
		       const struct stats_sample *sample)
{
	const struct group_key *mask = &s->mask;
	const uint64_t part = stats_part(sample, s->of);
	struct group *g;

	if (views_drops(s, key, ts, part))
		return 0;
	if (s->opt->exits)
		return hand_out(s, key, ts, sample, part);
	if (s->list) {
		key->ts = ts;
		if (list_add(s->list, key, sample) < 0)
			return -1;
		if (!s->opt->view.dearest)
			return 0;
		key->ts = 0;
	}
	if (unlikely(s->tell_apart))
		key->thread = views_thread(s, key);
	else
		key->thread &= mask->thread;
	key->vm &= mask->vm;
	key->vcpu &= mask->vcpu;
	key->cpu &= mask->cpu;
	key->isa &= mask->isa;
	key->code &= mask->code;
	key->level &= mask->level;
	if (!(s->view.by & BY_RIP))
		find_function(s, key);
	detail_mask(&key->detail, s->view.by, s->opt->view.range_bytes);
	if (s->view.by & BY_TIME) {
		if (views_find_bucket(sh, ts) < 0)
			return -1;
		key->ts = sh->buckets.number;
	}
	g = detailed_group(s, &sh->groups, key);
	return g ? views_add_to_group(s, g, sample, part) : -1;
}

/* @both: there is a timeline, and maybe sums */
ALWAYS_INLINE int entry_as(struct by_time *w, struct by_time_stream *st,
			   struct subbuf_record rec, bool both)
{
	struct views *s = w->arg;
	const uint32_t tid = parse_pid(w->p, &rec);
	struct stats_sample sample;
	struct group_key key;
	struct event_entry e;
	int ret;

	s->counts.entries++;
	parse_entry(w->p, &rec, &e);
	if (both && both_charge_entry(s, &e) < 0)
		return -1;
	if (!e.seq)
		return details_drop(s->details, tid);
	ret = views_see_entry(s, &st->run, &e);
	if (ret <= 0)
		return ret;
	/* What is not set here details_entry() sets, or clears. */
	key.vm = e.vm;
	key.vcpu = e.vcpu_id;
	key.cpu = st->records.cpu;
	key.isa = e.isa;
	key.code = e.code;
	key.thread = tid;
	key.ts = 0;
	key.recording = 0;
	pair_sample(&e, &sample);
	if (both && s->sums && sums_by_time_add(s->sums, &e, &sample) < 0)
		return -1;
	ret = details_entry(s->details, tid, &e, &sample, rec.ts, &key);
	if (ret <= 0)
		return ret;
	return views_add_detailed(s, s->shards, &key, rec.ts, &sample);
}

ALWAYS_INLINE int exit_as(struct by_time *w, struct subbuf_record rec, bool both)
{
	struct views *s = w->arg;
	struct event_exit e;

	s->counts.exits++;
	if (both) {
		parse_exit(w->p, &rec, &e);
		if (both_charge_exit(s, &e) < 0)
			return -1;
	}
	return details_exit(s->details, rec);
}

ALWAYS_INLINE int detailed_entry(struct by_time *w, struct by_time_stream *st,
				 struct subbuf_record rec)
{
	return entry_as(w, st, rec, false);
}

ALWAYS_INLINE int detailed_exit(struct by_time *w,
				struct by_time_stream *st __attribute__((unused)),
				struct subbuf_record rec)
{
	return exit_as(w, rec, false);
}

ALWAYS_INLINE int both_entry(struct by_time *w, struct by_time_stream *st,
			     struct subbuf_record rec)
{
	return entry_as(w, st, rec, true);
}

ALWAYS_INLINE int both_exit(struct by_time *w,
			    struct by_time_stream *st __attribute__((unused)),
			    struct subbuf_record rec)
{
	return exit_as(w, rec, true);
}

ALWAYS_INLINE int detailed_other(struct by_time *w,
				 struct by_time_stream *st __attribute__((unused)),
				 struct subbuf_record rec)
{
	struct views *s = w->arg;

	return details_event(s->details, rec);
}

static int detailed_gap(struct by_time *w, struct gap gap)
{
	struct views *s = w->arg;

	if (s->both)
		s->both->odd = true;
	attach_gap(&s->details->attach, gap.end);
	return 0;
}

BY_TIME_SINK_DECLARE(detailed)
BY_TIME_SINK_DECLARE(both)

static const struct by_time_sink detailed = {
	.run = detailed_run,
	.run_samples = detailed_run_samples,
	.next = detailed_next,
	.entry = detailed_entry,
	.exit = detailed_exit,
	.other = detailed_other,
	.rare = views_see_rare,
	.gap = detailed_gap,
};

static const struct by_time_sink both = {
	.run = both_run,
	.run_samples = both_run_samples,
	.next = both_next,
	.entry = both_entry,
	.exit = both_exit,
	.other = detailed_other,
	.rare = views_see_rare,
	.gap = detailed_gap,
};

BY_TIME_SINK_DEFINE(detailed)
BY_TIME_SINK_DEFINE(both)

/* Exits whose halves were not in the order of time */
static int add_the_rest(struct views *s)
{
	struct details_entry *e;

	if (details_end(s->details) < 0)
		return -1;
	while ((e = details_next(s->details)))
		if (views_add_detailed(s, s->shards, &e->key, e->ts,
				       &e->sample) < 0)
			return -1;
	return 0;
}

/*
 * What one slice of time has: a view of its own, with a shard, details, a list,
 * epochs, counts and rates; those of the first one are the view's.
 */
struct slice {
	struct views s;
	struct by_time walk;
	struct details details;
	struct list list;
};

struct slicer {
	struct slices slices;
	struct slice *list;
	unsigned int joined;
};

/* The points of a later slice are all kept until they are joined: 16 bytes each. */
#define RATE_PAGES_MAX	(1u << 22)

static unsigned int threads_for(const struct views *s)
{
	const struct recording *info = source_recording(s->src);

	return info->data_bytes / s->p->subbuf.subbuf_bytes > RATE_PAGES_MAX ?
	       1 : s->opt->threads;
}

static int init_later(struct slice *sl, const struct views *s)
{
	struct views *own = &sl->s;

	own->epochs = (struct epochs){ .nr = 0 };
	own->counts = (struct by_number_counts){ .entries = 0 };
	own->rates = (struct rates){ .nr = 0 };
	own->details = &sl->details;
	own->sums = NULL;
	own->both = NULL;
	own->timeline = (struct timeline){ .nr = 0 };
	if (s->list) {
		sl->list.max = s->list->max;
		sl->list.of = s->list->of;
		own->list = &sl->list;
	}
	if (details_init(&sl->details, s->p, s->src) < 0 ||
	    rates_init(&own->rates, s->src, s->p) < 0 ||
	    (s->both && both_begin_slice(own) < 0))
		return -1;
	sl->details.attach.later = true;
	return 0;
}

static int open_slice(struct views *s, struct slicer *r, unsigned int number)
{
	struct slice *sl = &r->list[number];
	struct by_time *w = &sl->walk;
	unsigned int i;

	sl->s = *s;
	sl->s.shards = &s->shards[number];
	sl->s.pool = NULL;
	/* Which groups there is room for depends on what comes first. */
	if (r->slices.nr > 1)
		sl->s.shards->groups.max = GROUPS_DETAILED_MAX / r->slices.nr;
	/* Reports of two slices change places. */
	if (r->slices.nr > 1)
		sl->s.sums = NULL;
	if ((number && init_later(sl, s) < 0) ||
	    by_time_open_slice(w, &r->list->walk, &r->slices, number, s->src,
			       s->p, s->both ? &both : &detailed, &sl->s) < 0)
		return -1;
	for (i = 0; i < w->nr_streams; i++) {
		if (number)
			rates_watch_later(&sl->s.rates, i, &w->streams[i].records);
		else
			rates_watch(&s->rates, i, &w->streams[i].records);
	}
	w->quiet = s->again;
	by_time_want(w, sl->s.details->inside.index);
	return 0;
}

static int open_slices(struct views *s, struct slicer *r, unsigned int threads)
{
	const struct slicing slicing = { threads, s->opt->slice_bytes };
	unsigned int i;

	if (slices_init(&r->slices, s->src, s->p, slicing) < 0)
		return -1;
	r->list = calloc(r->slices.nr, sizeof(*r->list));
	if (!r->list)
		return error("out of memory: %u slices", r->slices.nr);
	if (views_open_shards(s, r->slices.nr) < 0)
		return -1;
	for (i = 0; i < r->slices.nr; i++) {
		if (open_slice(s, r, i) < 0)
			return -1;
		if (i)
			continue;
		s->first_ts = r->list->walk.first_ts;
		views_begin_time(s, s->first_ts);
		r->list->s.filter = s->filter;
	}
	return 0;
}

static void close_slices(struct slicer *r)
{
	unsigned int i;

	for (i = 0; r->list && i < r->slices.nr; i++) {
		by_time_close(&r->list[i].walk);
		if (!i)
			continue;
		epochs_release(&r->list[i].s.epochs);
		rates_release(&r->list[i].s.rates);
		details_release(&r->list[i].details);
		list_release(&r->list[i].list);
		both_end_slice(&r->list[i].s);
	}
	free(r->list);
	slices_release(&r->slices);
}

/* Did a slice come to a limit that is not that of all? */
static bool is_full(const struct slicer *r)
{
	const struct views *s;
	unsigned int i;

	for (i = 0; i < r->slices.nr; i++) {
		s = &r->list[i].s;
		if ((s->shards->groups.full && s->shards->groups.max) ||
		    s->details->attach.odd)
			return true;
	}
	return false;
}

/* As by_time_read_slices() */
static int read_slices(struct slicer *r)
{
	struct by_time *walks[THREADS_MAX];
	unsigned int i;
	int ret;

	for (i = 0; i < r->slices.nr; i++)
		walks[i] = &r->list[i].walk;
	ret = by_time_read_slices(walks, r->slices.nr, &r->joined);
	return ret < 0 && is_full(r) ? 0 : ret;
}

/* The runs of streams: 0 if one goes back to what an earlier slice had */
static int join_runs(struct by_time *to, const struct by_time *w)
{
	struct epochs_run *latest;
	const struct epochs_run *run;
	unsigned int i;

	for (i = 0; i < w->nr_streams; i++) {
		latest = &to->streams[i].run;
		run = &w->streams[i].run;
		if (!run->begin_seq)
			continue;
		if (epochs_run_is_late(latest, run->begin_epoch, run->begin_seq))
			return 0;
		*latest = *run;
	}
	return 1;
}

static int add_runs(struct slice *sl)
{
	const struct by_time *w = &sl->walk;
	unsigned int i;

	for (i = 0; i < w->nr_streams; i++)
		if (w->streams[i].run.first_seq &&
		    epochs_add_run(&sl->s.epochs, &w->streams[i].run) < 0)
			return -1;
	return 0;
}

/* The first exit or entry of each thread, where its state is known */
static int pass_heads(struct views *s, const struct details *next)
{
	const struct details_head *heads = next->heads.items;
	struct group_key key;
	size_t i;
	int ret;

	for (i = 0; i < next->heads.nr; i++) {
		ret = details_pass_head(s->details, &heads[i], &key);
		if (ret > 0)
			ret = views_add_detailed(s, s->shards, &key,
						 heads[i].entry.ts,
						 &heads[i].entry.sample);
		if (ret < 0)
			return -1;
	}
	return 0;
}

static void add_counts(struct by_number_counts *to,
		       const struct by_number_counts *n)
{
	to->entries += n->entries;
	to->exits += n->exits;
	to->accounted += n->accounted;
	to->reports += n->reports;
	to->bad_isa += n->bad_isa;
	to->late += n->late;
}

/* Return 1; 0 if it has to be read by one thread; -1 after an error. */
static int join_slice(struct slicer *r, unsigned int number)
{
	struct slice *first = r->list, *sl = &r->list[number];
	struct views *s = &first->s;

	if (!join_runs(&first->walk, &sl->walk) ||
	    details_may_forget(s->details, &sl->details))
		return 0;
	if (pass_heads(s, &sl->details) < 0 ||
	    details_join(s->details, &sl->details) < 0 ||
	    epochs_merge(&s->epochs, &sl->s.epochs) < 0 ||
	    (s->both && both_join(s, &sl->s) < 0) ||
	    (s->list && list_merge(s->list, &sl->list) < 0))
		return is_full(r) ? 0 : -1;
	add_counts(&s->counts, &sl->s.counts);
	rates_join(&s->rates, &sl->s.rates);
	/* How many there are depends on what is believed by then. */
	return !s->epochs.contradictions;
}

static int join_slices(struct slicer *r)
{
	unsigned int i;
	int ret = 1;

	for (i = 0; i < r->joined; i++)
		if (add_runs(&r->list[i]) < 0)
			return -1;
	for (i = 1; i < r->joined && ret > 0; i++)
		ret = join_slice(r, i);
	return ret;
}

/* All was read: what the first slice has by now, which is all, goes to the view. */
static int take_results(struct views *s, struct slicer *r)
{
	const struct by_time *w = &r->list->walk;
	unsigned int i;

	s->epochs = r->list->s.epochs;
	s->timeline = r->list->s.timeline;
	s->counts = r->list->s.counts;
	s->last_ts = w->last_ts;
	s->view.losses = w->losses;
	s->finds_holes = w->finds_holes;
	/* What reading was stopped in is no part of it. */
	for (i = r->joined; i < s->nr_shards; i++)
		views_clear_shard(&s->shards[i]);
	if (r->slices.nr > 1 && s->sums)
		s->sums->odd = true;
	return s->sums ? sums_by_time_end(s->sums, &s->epochs) : 0;
}

/* Whoever takes the exits is told from when on they are. */
static int begin_exits(struct views *s)
{
	const struct exit_taker *to = s->opt->exits;

	if (!to)
		return 0;
	view_choose(&s->view, &s->filter);
	view_set_span(&s->view, s->first_ts, s->first_ts);
	return to->begin(to->user, &s->view);
}

/* Return 1; 0 if it has to be read by one thread; -1 after an error. */
static int read_by(struct views *s, unsigned int threads)
{
	struct slicer r = { .joined = 0 };
	int ret = open_slices(s, &r, threads) < 0 || begin_exits(s) < 0 ? -1 :
									  read_slices(&r);

	if (ret > 0)
		ret = join_slices(&r);
	if (ret > 0 && add_the_rest(&r.list->s) < 0)
		ret = is_full(&r) ? 0 : -1;
	if (r.list && ret > 0) {
		if (take_results(s, &r) < 0)
			ret = -1;
	} else if (r.list) {
		epochs_release(&r.list->s.epochs);
		timeline_release(&r.list->s.timeline);
	}
	close_slices(&r);
	return ret;
}

int views_read_detailed(struct views *s)
{
	int ret = read_by(s, threads_for(s));

	if (ret)
		return ret < 0 ? -1 : 0;
	views_expect_passes(s, 1);
	return views_forget(s) < 0 || read_by(s, 1) < 0 ? -1 : 0;
}
