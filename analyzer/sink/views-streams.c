// SPDX-License-Identifier: GPL-2.0
/*
 * Exits into groups: a sink of the walk by number.  Each thread has groups of
 * its own; what is merged afterwards are sums, minima and maxima, which do not
 * depend on who took what.
 */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "sink/views-private.h"

ALWAYS_INLINE int add_exit_as(const struct by_number *w,
			      struct by_number_shard *shard,
			      const struct by_number_stream *st,
			      const struct event_entry *e, uint64_t ts,
			      enum group_key_parts parts)
{
	const struct views *s = w->arg;
	struct views_shard *sh = shard->own;
	const struct group_key key = views_key(e, st->records.cpu);
	struct stats_sample sample;

	if (views_see_exit(sh, e) < 0)
		return -1;
	pair_sample(e, &sample);
	return views_add_exit(s, sh, &key, ts, &sample, parts);
}

ALWAYS_INLINE int add_exit(const struct by_number *w,
			   struct by_number_shard *shard,
			   const struct by_number_stream *st,
			   const struct event_entry *e, uint64_t ts)
{
	return add_exit_as(w, shard, st, e, ts, KEY_OF_EXIT);
}

ALWAYS_INLINE int add_exit_by_time(const struct by_number *w,
				   struct by_number_shard *shard,
				   const struct by_number_stream *st,
				   const struct event_entry *e, uint64_t ts)
{
	return add_exit_as(w, shard, st, e, ts, KEY_OF_TIME);
}

/* Each slice has a shard, as it may turn out not to count. */
static void begin(struct by_number *w,
		  unsigned int member __attribute__((unused)))
{
	struct views *s = w->arg;
	unsigned int i;

	w->shards->own = &s->shards[w->number];
	for (i = 0; i < w->nr_streams; i++) {
		if (w->number)
			rates_watch_later(&s->later_rates[w->number - 1], i,
					  &w->streams[i].records);
		else
			rates_watch(&s->rates, i, &w->streams[i].records);
	}
}

BY_NUMBER_SINK_DECLARE(groups)
BY_NUMBER_SINK_DECLARE(groups_by_time)

static const struct by_number_sink groups = {
	.begin = begin,
	.thread = groups_thread,
	.held = groups_held,
	.exit = add_exit,
};

static const struct by_number_sink groups_by_time = {
	.begin = begin,
	.thread = groups_by_time_thread,
	.held = groups_by_time_held,
	.exit = add_exit_by_time,
};

BY_NUMBER_SINK_DEFINE(groups)
BY_NUMBER_SINK_DEFINE(groups_by_time)

/* Groups by thread, or a filter of threads */
ALWAYS_INLINE int add_exit_of_thread(const struct by_number *w,
				     struct by_number_shard *shard,
				     const struct by_number_stream *st,
				     const struct event_entry *e, uint64_t ts)
{
	return add_exit_as(w, shard, st, e, ts, KEY_ALL);
}

BY_NUMBER_SINK_DECLARE(threads)

static const struct by_number_sink threads = {
	.begin = begin,
	.thread = threads_thread,
	.held = threads_held,
	.exit = add_exit_of_thread,
	.threads = true,
};

BY_NUMBER_SINK_DEFINE(threads)

static const struct by_number_sink *sink_of(const struct views *s)
{
	if (views_by_thread(s))
		return &threads;
	return s->view.by & BY_TIME ? &groups_by_time : &groups;
}

/* All threads together may have a quarter of what there may be at all. */
static int open_pool(struct views *s)
{
	unsigned int i;

	if (s->nr_shards == 1)
		return 0;
	s->pool = calloc(1, sizeof(*s->pool));
	if (!s->pool)
		return -1;
	pthread_mutex_init(&s->pool->lock, NULL);
	for (i = 0; i < s->nr_shards; i++)
		s->shards[i].groups.max = GROUPS_MAX / 4 / s->nr_shards;
	return 0;
}

static void close_pool(struct views *s)
{
	if (!s->pool)
		return;
	pthread_mutex_destroy(&s->pool->lock);
	groups_release(&s->pool->groups);
	free(s->pool);
	s->pool = NULL;
}

struct group *views_get_group(const struct views *s, struct groups *groups,
			      const struct group_key *key)
{
	struct group *g = groups_new(groups, key);
	struct groups *all;
	int ret;

	if (g || !groups->full || !s->pool)
		return g;
	all = &s->pool->groups;
	pthread_mutex_lock(&s->pool->lock);
	ret = groups_merge(all, groups);
	groups->full = all->full;
	pthread_mutex_unlock(&s->pool->lock);
	return ret < 0 ? NULL : groups_new(groups, key);
}

int views_open_shards(struct views *s, unsigned int nr)
{
	size_t bytes = nr * sizeof(*s->shards);

	s->shards = aligned_alloc(__alignof__(*s->shards), bytes);
	if (s->shards) {
		memset(s->shards, 0, bytes);
		s->nr_shards = nr;
	}
	if (!s->shards || open_pool(s) < 0)
		return error("out of memory: %u threads", nr);
	return 0;
}

void views_clear_shard(struct views_shard *sh)
{
	groups_release(&sh->groups);
	vcpus_release(&sh->vcpus);
	memset(sh, 0, sizeof(*sh));
}

void views_close_shards(struct views *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_shards; i++)
		views_clear_shard(&s->shards[i]);
	close_pool(s);
	free(s->shards);
	s->shards = NULL;
	s->nr_shards = 0;
}

/* A width that nobody has chosen would have grown. */
static int too_many_buckets(struct views *s)
{
	s->refused = true;
	return error("--by=time: %s: more than %u buckets of that width: choose a greater one, or --from and --to",
		     s->opt->path, TIME_BUCKETS_MAX);
}

int views_read_failed(struct views *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_shards; i++) {
		if (s->shards[i].buckets.too_many)
			return too_many_buckets(s);
		if (s->shards[i].groups.full || s->shards[i].vcpus.full)
			return groups_error();
	}
	return -1;
}

void views_begin_time(struct views *s, uint64_t first_ts)
{
	unsigned int i;

	filter_begin(&s->filter, first_ts);
	views_set_window(s);
	for (i = 0; i < s->nr_shards; i++)
		time_buckets_init(&s->shards[i].buckets, s->filter.info, first_ts,
				  s->filter.from_ns, s->opt->view.width_ns);
}

int views_next_bucket(struct views_shard *sh, uint64_t ts)
{
	if (time_buckets_seek(&sh->buckets, ts) < 0)
		return -1;
	return groups_widen(&sh->groups, sh->buckets.width_ns);
}

/* What the walk knows, and nobody else needs */
static void take_results(struct views *s, struct by_number *w)
{
	s->epochs = w->epochs;
	memset(&w->epochs, 0, sizeof(w->epochs));
	epochs_finish(&s->epochs, false);
	s->counts = w->counts;
	s->view.losses = w->losses;
	s->first_ts = w->first_ts;
	s->last_ts = w->last_ts;
}

static int open_later_rates(struct views *s, unsigned int nr)
{
	unsigned int i;

	s->later_rates = calloc(nr, sizeof(*s->later_rates));
	if (!s->later_rates)
		return error("out of memory: %u slices", nr);
	for (i = 0; i + 1 < nr; i++)
		if (rates_init(&s->later_rates[i], s->src, s->p) < 0)
			return -1;
	return 0;
}

static void close_later_rates(struct views *s, unsigned int nr)
{
	unsigned int i;

	for (i = 0; s->later_rates && i + 1 < nr; i++)
		rates_release(&s->later_rates[i]);
	free(s->later_rates);
	s->later_rates = NULL;
}

/* Return 1 if slices have something that does not count, and cannot be left out. */
static int join_slices(struct views *s, const struct by_number *w)
{
	unsigned int i;

	for (i = 1; i < w->joined; i++)
		rates_join(&s->rates, &s->later_rates[i - 1]);
	for (i = w->joined; i && i < s->nr_shards; i++)
		views_clear_shard(&s->shards[i]);
	return w->joined && w->joined < s->nr_shards && s->pool->groups.nr;
}

/* As by_number_run() */
static int read_all(struct views *s, struct by_number *w,
		    struct by_number_plan plan)
{
	unsigned int i;
	int ret;

	if (by_number_open(w, s->src, s->p, sink_of(s), s, plan) < 0 ||
	    views_open_shards(s, by_number_shards(w)) < 0 ||
	    open_later_rates(s, by_number_slices(w)) < 0)
		return -1;
	views_begin_time(s, w->first_ts);
	w->quiet = s->again;
	for (i = 0; i < w->nr_shards; i++)
		w->shards[i].own = &s->shards[i];
	ret = by_number_run(w);
	if (ret < 0)
		return views_read_failed(s);
	if (!ret)
		ret = join_slices(s, w);
	if (!ret)
		take_results(s, w);
	return ret;
}

static int read_and_close(struct views *s, struct by_number_plan plan)
{
	struct by_number w;
	int ret = read_all(s, &w, plan);

	close_later_rates(s, by_number_slices(&w));
	by_number_close(&w);
	return ret;
}

int views_read(struct views *s)
{
	struct by_number_plan plan = {
		.threads = s->opt->threads, .slice_bytes = s->opt->slice_bytes,
		.whole = views_has_many_pages(s),
	};
	int ret = read_and_close(s, plan);

	if (ret <= 0)
		return ret;
	views_close_shards(s);
	plan.whole = true;
	return read_and_close(s, plan);
}

/* Once all has been read */

static int merge_groups(struct groups *to, struct groups *from)
{
	if (groups_merge(to, from) == 0)
		return 0;
	return to->full ? groups_error() : -1;
}

static int merge_vcpus(struct vcpus *to, const struct vcpus *from)
{
	if (vcpus_merge(to, from) == 0)
		return 0;
	return to->full ? groups_error() : -1;
}

int views_merge_shards(struct views *s, struct vcpus *vcpus)
{
	const struct by_number_counts *n = &s->counts;
	struct views_shard *sh;
	unsigned int i;

	s->view.exits = n->accounted - n->bad_isa - n->late;
	if (s->pool && merge_groups(&s->view.groups, &s->pool->groups) < 0)
		return -1;
	for (i = 0; i < s->nr_shards; i++) {
		sh = &s->shards[i];
		s->view.isas |= sh->isas;
		if (merge_groups(&s->view.groups, &sh->groups) < 0 ||
		    merge_vcpus(vcpus, &sh->vcpus) < 0)
			return -1;
	}
	return 0;
}
