// SPDX-License-Identifier: GPL-2.0
/*
 * Views that go by time, by several threads: each reads one slice of time (slices.h), and
 * what it has is joined to what the slices before it have.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "sink/views-both.h"

/* Exits whose halves were not in the order of time */
static int add_the_rest(struct views *s)
{
	struct details_entry *e;

	if (!s->details)
		return 0;
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
	const struct by_time_sink *sink;
	struct slices slices;
	struct slice *list;
	unsigned int joined;
};

static unsigned int threads_for(const struct views *s, unsigned int threads)
{
	return views_has_many_pages(s) ? 1 : threads;
}

static int init_later_details(struct slice *sl)
{
	sl->s.details = &sl->details;
	if (details_init(&sl->details, sl->s.p, sl->s.src) < 0)
		return -1;
	sl->details.attach.later = true;
	return 0;
}

static int init_later(struct slice *sl, const struct views *s)
{
	struct views *own = &sl->s;

	own->epochs = (struct epochs){ .nr = 0 };
	own->counts = (struct by_number_counts){ .entries = 0 };
	own->rates = (struct rates){ .nr = 0 };
	own->details = NULL;
	own->sums = s->sums ? sums_by_time_alloc(s->p) : NULL;
	own->both = NULL;
	own->timeline = (struct timeline){ .nr = 0 };
	if (s->list) {
		sl->list = list_like(s->list);
		own->list = &sl->list;
	}
	if ((s->sums && !own->sums) || (s->details && init_later_details(sl) < 0) ||
	    rates_init(&own->rates, s->src, s->p) < 0 ||
	    (s->both && both_begin_slice(own) < 0))
		return -1;
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
		sl->s.shards->groups.max = (s->details ? GROUPS_DETAILED_MAX : GROUPS_MAX) /
					   r->slices.nr;
	if ((number && init_later(sl, s) < 0) ||
	    by_time_open_slice(w, &r->list->walk, &r->slices, number, s->src,
			       s->p, r->sink, &sl->s) < 0)
		return -1;
	for (i = 0; i < w->nr_streams; i++) {
		if (number)
			rates_watch_later(&sl->s.rates, i, &w->streams[i].records);
		else
			rates_watch(&s->rates, i, &w->streams[i].records);
	}
	w->quiet = s->again;
	if (sl->s.details)
		by_time_want(w, sl->s.details->inside.index);
	return 0;
}

static int open_slices(struct views *s, struct slicer *r, unsigned int threads)
{
	const struct slicing slicing = { threads_for(s, threads), s->opt->slice_bytes };
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
		sums_by_time_free(r->list[i].s.sums);
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
		    (s->details && s->details->attach.odd))
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
	    (s->details && details_may_forget(s->details, &sl->details)))
		return 0;
	if ((s->details && (pass_heads(s, &sl->details) < 0 ||
			    details_join(s->details, &sl->details) < 0)) ||
	    epochs_merge(&s->epochs, &sl->s.epochs) < 0 ||
	    (s->both && both_join(s, &sl->s) < 0) ||
	    (s->sums && sums_by_time_join(s->sums, sl->s.sums) < 0) ||
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

int views_read_slices(struct views *s, const struct by_time_sink *sink,
		      unsigned int threads)
{
	struct slicer r = { .sink = sink, .joined = 0 };
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
