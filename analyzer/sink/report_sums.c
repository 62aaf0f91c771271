// SPDX-License-Identifier: GPL-2.0
#include "sink/report_sums.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define TABLES_BYTES	(1u << 20)

static unsigned int max_reports(const struct by_number *w)
{
	const struct report_sums *g = w->arg;

	return g->nr_rows;
}

ALWAYS_INLINE int add_exit(const struct by_number *w,
			   struct by_number_shard *sh,
			   const struct by_number_stream *st,
			   const struct event_entry *e, uint64_t ts)
{
	struct report_sums_shard *own = sh->own;
	uint32_t row = e->report - w->report;
	struct stats_sample sample;

	(void)st;
	(void)ts;
	/* It contradicts others of its epoch, which epochs.h sees. */
	if (__builtin_expect(row >= own->nr_rows, 0))
		row = 0;
	pair_sample(e, &sample);
	stats_table_add(&own->rows[row],
			reasons_slot(&w->p->reasons, e->isa, e->code), &sample);
	return 0;
}

static uint64_t count_exits(const struct stats_table *t)
{
	uint64_t exits = 0;
	unsigned int i;

	for (i = 0; i < t->nr_used; i++)
		exits += t->cells[t->used[i]].exits;
	return exits;
}

static int end_row(struct by_number *w, unsigned int row)
{
	struct report_sums *g = w->arg;
	struct report_sums_shard *own = w->shards->own;
	struct stats_table *table = &own->rows[row], *other;
	struct report_log_row entry = { .epoch = w->epoch,
				    .report = w->report + row };
	unsigned int i;
	int ret;

	for (i = 1; i < w->threads.nr; i++) {
		other = &g->shards[i].rows[row];
		stats_table_merge(table, other);
		stats_table_clear(other);
	}
	entry.exits = count_exits(table);
	if (!entry.exits)
		return 0;
	ret = report_log_add(w->number ? &g->later[w->number - 1] : &g->rows,
			     &entry, table);
	stats_table_clear(table);
	return ret;
}

static int end_window(struct by_number *w)
{
	const struct report_sums *g = w->arg;
	unsigned int i;

	for (i = 0; i < g->nr_rows; i++)
		if (end_row(w, i) < 0)
			return -1;
	return 0;
}

/* Tables are those of the thread: they are empty where a slice ends. */
static void begin(struct by_number *w, unsigned int member)
{
	struct report_sums *g = w->arg;

	w->shards->own = &g->shards[member];
}

BY_NUMBER_SINK_DECLARE(reports)

static const struct by_number_sink reports = {
	.max_reports = max_reports,
	.joins = true,
	.begin = begin,
	.thread = reports_thread,
	.held = reports_held,
	.exit = add_exit,
	.end_window = end_window,
};

BY_NUMBER_SINK_DEFINE(reports)

static int open_shard(struct report_sums *g, unsigned int member)
{
	struct report_sums_shard *own = &g->shards[member];
	unsigned int i;

	own->nr_rows = g->nr_rows;
	g->walk.shards[member].own = own;
	for (i = 0; i < g->nr_rows; i++)
		if (stats_table_init(&own->rows[i], g->walk.p->reasons.nr) < 0)
			return -1;
	return 0;
}

static int open_shards(struct report_sums *g)
{
	size_t table = g->walk.p->reasons.nr * sizeof(struct stats_cell);
	unsigned int i;

	g->nr_rows = TABLES_BYTES / table;
	if (!g->nr_rows)
		g->nr_rows = 1;
	if (g->nr_rows > REPORT_SUMS_ROWS)
		g->nr_rows = REPORT_SUMS_ROWS;
	g->shards = calloc(g->walk.threads.nr, sizeof(*g->shards));
	if (!g->shards)
		return error("out of memory: %u threads", g->walk.threads.nr);
	for (i = 0; i < g->walk.threads.nr; i++)
		if (open_shard(g, i) < 0)
			return -1;
	return 0;
}

static void close_shards(struct report_sums *g)
{
	unsigned int i, j;

	for (i = 0; g->shards && i < g->walk.threads.nr; i++)
		for (j = 0; j < REPORT_SUMS_ROWS; j++)
			stats_table_release(&g->shards[i].rows[j]);
	free(g->shards);
	g->shards = NULL;
}

/* What is kept of slices takes no more memory than what is kept of one. */
static int open_logs(struct report_sums *g)
{
	const unsigned int nr = by_number_slices(&g->walk);
	unsigned int i;

	if (nr == 1)
		return 0;
	g->later = calloc(nr - 1, sizeof(*g->later));
	if (!g->later)
		return error("out of memory: %u slices", nr);
	g->rows.max = REPORT_LOG_BLOCKS / nr;
	g->rows.behind = g->later;
	for (i = 0; i < nr - 1; i++) {
		g->later[i].max = g->rows.max;
		g->later[i].behind = i + 2 < nr ? &g->later[i + 1] : NULL;
	}
	return 0;
}

/* What was read after reading was stopped is no part of it. */
static void drop_logs(struct report_sums *g)
{
	unsigned int i;

	for (i = g->walk.joined; i && i < by_number_slices(&g->walk); i++)
		report_log_release(&g->later[i - 1]);
}

/* As by_number_run() */
static int read_all(struct report_sums *g, const struct source *src,
		    const struct parse *p, struct by_number_plan plan,
		    unsigned int flags)
{
	struct by_number *w = &g->walk;
	int ret;

	memset(g, 0, sizeof(*g));
	if (by_number_open(w, src, p, &reports, g, plan) < 0)
		return -1;
	w->keep_stats = flags & REPORT_SUMS_STATS;
	w->quiet = flags & REPORT_SUMS_QUIET;
	if (open_shards(g) < 0 || open_logs(g) < 0)
		return -1;
	ret = by_number_run(w);
	close_shards(g);
	drop_logs(g);
	return ret;
}

int report_sums_run(struct report_sums *g, const struct source *src,
		    const struct parse *p, struct by_number_plan plan,
		    unsigned int flags)
{
	int ret = read_all(g, src, p, plan, flags);

	if (ret > 0) {
		report_sums_release(g);
		plan.whole = true;
		ret = read_all(g, src, p, plan, flags);
	}
	if (!ret)
		report_sums_finish(g, src, &g->walk.losses,
				   g->walk.counts.reports);
	return ret;
}

void report_sums_finish(struct report_sums *g, const struct source *src,
			const struct losses *losses, uint64_t reports)
{
	struct epochs *epochs = &g->walk.epochs;

	/* Of one epoch that is known before it is finished. */
	g->lossless = losses_none(src, losses, epochs->nr == 1 && epochs_whole(epochs));
	epochs_finish(epochs, g->lossless && !reports);
}

void report_sums_release(struct report_sums *g)
{
	unsigned int i;

	close_shards(g);
	for (i = 0; g->later && i + 1 < by_number_slices(&g->walk); i++)
		report_log_release(&g->later[i]);
	free(g->later);
	report_log_release(&g->rows);
	by_number_close(&g->walk);
	memset(g, 0, sizeof(*g));
}
