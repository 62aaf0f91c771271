// SPDX-License-Identifier: GPL-2.0
/*
 * What the three sinks have in common that take a recording with stamps by time, not
 * by number: views-details.c, views-growing.c and views-times.c.
 */
#include <string.h>

#include "base/error.h"
#include "sink/prove.h"
#include "sink/report_sums.h"
#include "sink/views-private.h"

int views_see_rare(struct by_time *w, struct by_time_stream *st,
		   const uint8_t *data, enum parse_kind kind)
{
	struct views *s = w->arg;
	struct event_report report;
	struct event_stats stats;

	if (kind == PARSE_STATS) {
		parse_stats(s->p, data, &stats);
		if (s->sums && sums_by_time_stats(s->sums, st - w->streams, &stats) < 0)
			return -1;
		return epochs_add_stats(&s->epochs, &stats);
	}
	s->counts.reports++;
	parse_report(s->p, data, &report);
	return epochs_add_report(&s->epochs, &report);
}

static int open_walk(struct views *s, struct by_time *w,
		     const struct by_time_sink *sink)
{
	unsigned int i;

	if (by_time_open(w, s->src, s->p, sink, s) < 0 ||
	    views_open_shards(s, 1) < 0)
		return -1;
	for (i = 0; i < w->nr_streams; i++)
		rates_watch(&s->rates, i, &w->streams[i].records);
	if (s->halts)
		by_time_want(w, s->halts->index);
	w->quiet = s->again;
	s->first_ts = w->first_ts;
	views_begin_time(s, w->first_ts);
	return 0;
}

/* All was read: what @w knows. */
static int end_walk(struct views *s, const struct by_time *w)
{
	const struct by_time_stream *st;

	for (st = w->streams; st < w->streams + w->nr_streams; st++)
		if (st->run.first_seq &&
		    epochs_add_run(&s->epochs, &st->run) < 0)
			return -1;
	s->last_ts = w->last_ts;
	s->view.losses = w->losses;
	s->finds_holes = w->finds_holes;
	return s->sums ? sums_by_time_end(s->sums, &s->epochs) : 0;
}

int views_walk(struct views *s, const struct by_time_sink *sink)
{
	struct by_time w;
	int ret;

	ret = open_walk(s, &w, sink);
	if (!ret)
		ret = by_time_read(&w);
	if (!ret)
		ret = end_walk(s, &w);
	by_time_close(&w);
	return ret;
}

/* Have two passes found the same? */
static int compare_passes(const struct views *s,
			  const struct by_number_counts *a,
			  const struct by_number_counts *b)
{
	if (source_unread(s->src) ||
	    (a->entries == b->entries && a->exits == b->exits &&
	     a->accounted == b->accounted && a->reports == b->reports))
		return 0;
	return error("file changed while it was read: %s", s->opt->path);
}

/*
 * Numbers that come twice are seen by the walk by number only.  There are none
 * if each number is there.
 */
static int finish_epochs(struct views *s)
{
	const struct by_number_plan plan = {
		.threads = s->opt->threads, .slice_bytes = s->opt->slice_bytes,
	};
	struct report_sums g;
	int ret = 0;

	/* Of a part there is no telling, and no time; and what grew is not kept. */
	if (epochs_gapless(&s->epochs) || source_unread(s->src) ||
	    source_recording(s->src)->grows || (s->sums && !s->sums->odd))
		return 0;
	views_expect_passes(s, 1);
	ret = report_sums_run(&g, s->src, s->p, plan, REPORT_SUMS_QUIET);
	if (!ret)
		ret = compare_passes(s, &g.walk.counts, &s->counts);
	if (!ret) {
		s->counts.repeated = g.walk.counts.repeated;
		epochs_release(&s->epochs);
		s->epochs = g.walk.epochs;
		memset(&g.walk.epochs, 0, sizeof(g.walk.epochs));
	}
	report_sums_release(&g);
	return ret;
}

/*
 * Has it to be read with holes in mind?  Not if each number is there once: then the
 * statistics, which say so, are wrong.
 */
static bool has_holes(const struct views *s)
{
	return s->finds_holes && !source_unread(s->src) &&
	       !(epochs_gapless(&s->epochs) && epochs_whole(&s->epochs));
}

static int read_again(struct views *s, int (*read)(struct views *s))
{
	const struct by_number_counts before = s->counts;

	sums_by_time_free(s->sums);
	s->sums = NULL;
	views_expect_passes(s, 1);
	s->again = true;
	if (views_forget(s) < 0 || read(s) < 0)
		return -1;
	epochs_finish(&s->epochs, false);
	return compare_passes(s, &before, &s->counts);
}

int views_begin_sums(struct views *s)
{
	if (!view_is_of_all(s->view.opt) || s->opt->unproven || s->details ||
	    s->view.opt->subject != VIEW_OF_TIME || s->view.info->grows)
		return 0;
	s->sums = sums_by_time_alloc(s->p);
	return s->sums ? 0 : -1;
}

int views_prove(struct views *s)
{
	if (!s->sums || s->sums->odd || s->opt->unproven || source_unread(s->src))
		return 0;
	return prove_sums(&s->view.proof, s->src, s->sums, &s->view.losses,
			  s->counts.reports);
}

int views_read_ordered(struct views *s, int (*read)(struct views *s))
{
	int ret = read(s);

	if (!ret) {
		epochs_finish(&s->epochs, false);
		if (has_holes(s))
			ret = read_again(s, read);
	}
	return ret < 0 ? views_read_failed(s) : finish_epochs(s);
}
