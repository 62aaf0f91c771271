// SPDX-License-Identifier: GPL-2.0
/*
 * The driving loop for unpatched kernels: one block of round trips.
 */
#include <stdlib.h>

#include "analyze.h"
#include "base/error.h"
#include "output/writer.h"
#include "result/report.h"
#include "sink/lines.h"
#include "sink/missing.h"
#include "walk/round_trips.h"

/* Where round trips of one slice of time are added up */
struct sums {
	struct lines lines;
	struct stats_table table;
};

static void release_sums(struct sums *sums, unsigned int nr)
{
	unsigned int i;

	for (i = 0; sums && i < nr; i++) {
		stats_table_release(&sums[i].table);
		lines_release(&sums[i].lines);
	}
	free(sums);
}

/* NULL: memory is short. */
static struct sums *new_sums(const struct parse *p, unsigned int nr)
{
	struct sums *sums = calloc(nr, sizeof(*sums));
	unsigned int i;

	if (!sums)
		error("out of memory: %u slices", nr);
	for (i = 0; sums && i < nr; i++) {
		if (lines_init(&sums[i].lines, &p->reasons) == 0 &&
		    stats_table_init(&sums[i].table,
				     lines_max(&sums[i].lines)) == 0)
			continue;
		release_sums(sums, nr);
		return NULL;
	}
	return sums;
}

static int add_trip(struct round_trips *t __attribute__((unused)),
		    const struct trip *trip, void *arg)
{
	struct sums *sums = arg;
	const struct stats_sample sample = { .cycles = trip->length };
	unsigned int slot = lines_slot(&sums->lines, trip->isa, trip->code);

	if (trip->untimed)
		stats_table_add_untimed(&sums->table, slot);
	else
		stats_table_add(&sums->table, slot, &sample);
	return 0;
}

/* Which lines there are depends on what comes first, if they are too many. */
static bool any_full(const struct sums *sums, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (lines_full(&sums[i].lines))
			return true;
	return false;
}

static int sum_up(struct round_trips *t, struct sums *sums)
{
	const unsigned int nr = round_trips_slices(t);
	void *args[THREADS_MAX];
	unsigned int i;

	for (i = 0; i < nr; i++) {
		stats_table_clear(&sums[i].table);
		args[i] = &sums[i];
	}
	if (round_trips_read(t, add_trip, args) < 0)
		return -1;
	for (i = 1; i < t->joined; i++)
		lines_merge(&sums[0].lines, &sums[0].table, &sums[i].lines,
			    &sums[i].table);
	if (nr > 1 && any_full(sums, t->joined))
		t->odd = true;
	return 0;
}

static int read_events(const struct options *opt, struct round_trips *t,
		       struct sums *sums)
{
	int ret;

	while ((ret = sum_up(t, sums)) == 0 && (ret = round_trips_again(t)) > 0)
		progress_expect(opt->progress,
				source_recording(t->src)->data_bytes);
	return ret < 0 ? ret : lines_sort(&sums->lines, &sums->table);
}

static int print(const struct options *opt, const struct round_trips *t,
		 const struct lines *lines, const struct stats_table *table)
{
	const struct stats_cell total = stats_table_total(table);
	struct view v;
	int ret;

	ret = report_init(&v, &opt->view, source_recording(t->src),
			  &lines->reasons);
	v.unit = t->unit;
	v.patched = t->p->stamped;
	v.exits = total.exits;
	v.losses = t->walk.losses;
	v.unused = t->rt.counts.gaps;
	v.lacking = source_lacking_events(t->src);
	if (!ret) {
		view_set_span(&v, t->walk.first_ts, t->walk.last_ts);
		ret = report_set(&v, NULL, table);
	}
	if (!ret)
		ret = view_print(&v, opt->out);
	if (!ret && opt->taker)
		ret = opt->taker->report(opt->taker->user, &v);
	view_release(&v);
	return ret;
}

/* What is known once all has been read */
static int finish(const struct options *opt, const struct source *src,
		  const struct round_trips *t, const struct sums *sums)
{
	int status;

	progress_end(opt->progress);
	if (print(opt, t, &sums->lines, &sums->table) < 0)
		return STATUS_FAILED;
	status = missing_events(src, &t->walk.losses);
	if (round_trips_report(t))
		status = STATUS_LOSSES;
	round_trips_note(t);
	return status;
}

static int run(const struct options *opt, const struct source *src,
	       const struct parse *p)
{
	const struct slicing slicing = { opt->threads, opt->slice_bytes };
	struct sums *sums = NULL;
	int status = STATUS_FAILED;
	unsigned int nr = 0;
	struct round_trips t;

	if (round_trips_open(&t, src, p, NULL, NULL, NULL, slicing) == 0) {
		nr = round_trips_slices(&t);
		sums = new_sums(p, nr);
	}
	if (sums && read_events(opt, &t, sums) == 0 &&
	    missing_event(src, round_trips_lacking(&t)) == 0)
		status = finish(opt, src, &t, sums);
	round_trips_close(&t);
	release_sums(sums, nr);
	return status;
}

int analyze_unstamped(const struct options *opt, const struct source *src,
		      const struct parse *p)
{
	const char *why = p->stamped ? "not accounted by the kernel" :
				       "recorded by an unpatched kernel";

	if (opt->check) {
		error("nothing to compare: %s: %s: what can be told of it is shown without --check",
		      opt->path, why);
		return STATUS_NOT_COMPARED;
	}
	if (opt->last || opt->one_epoch) {
		error("no reports: %s: %s: round trips are shown by --format=table",
		      opt->path, why);
		return STATUS_FAILED;
	}
	return run(opt, src, p);
}
