// SPDX-License-Identifier: GPL-2.0
/*
 * The driving loop for unpatched kernels: one block of round trips.
 */
#include "analyze.h"
#include "base/error.h"
#include "output/writer.h"
#include "result/report.h"
#include "sink/lines.h"
#include "sink/missing.h"
#include "walk/round_trips.h"

/* Where round trips are added up */
struct sums {
	struct lines *lines;
	struct stats_table *table;
};

static int add_trip(struct round_trips *t __attribute__((unused)),
		    const struct trip *trip, void *arg)
{
	const struct sums *sums = arg;
	const struct stats_sample sample = { .cycles = trip->length };
	unsigned int slot = lines_slot(sums->lines, trip->isa, trip->code);

	if (trip->untimed)
		stats_table_add_untimed(sums->table, slot);
	else
		stats_table_add(sums->table, slot, &sample);
	return 0;
}

static int sum_up(struct round_trips *t, struct lines *lines,
		  struct stats_table *table)
{
	struct sums sums = { lines, table };

	stats_table_clear(table);
	return round_trips_read(t, add_trip, &sums);
}

static int read_events(const struct options *opt, struct round_trips *t,
		       struct lines *lines, struct stats_table *table)
{
	int ret;

	while ((ret = sum_up(t, lines, table)) == 0 && (ret = round_trips_again(t)) > 0)
		progress_expect(opt->progress,
				source_recording(t->src)->data_bytes);
	return ret < 0 ? ret : lines_sort(lines, table);
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

static int run(const struct options *opt, const struct source *src,
	       const struct parse *p, struct lines *lines,
	       struct stats_table *table)
{
	struct round_trips t;
	int status = STATUS_FAILED;

	if (round_trips_open(&t, src, p, NULL, NULL, NULL) == 0 &&
	    read_events(opt, &t, lines, table) == 0 &&
	    missing_event(src, round_trips_lacking(&t)) == 0) {
		progress_end(opt->progress);
		if (print(opt, &t, lines, table) == 0) {
			status = missing_events(src, &t.walk.losses);
			if (round_trips_report(&t))
				status = STATUS_LOSSES;
			round_trips_note(&t);
		}
	}
	round_trips_close(&t);
	return status;
}

int analyze_unstamped(const struct options *opt, const struct source *src,
		      const struct parse *p)
{
	const char *why = p->stamped ? "not accounted by the kernel" :
				       "recorded by an unpatched kernel";
	struct stats_table table = { .cells = NULL };
	struct lines lines;
	int status = STATUS_FAILED;

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
	if (lines_init(&lines, &p->reasons) == 0 &&
	    stats_table_init(&table, lines_max(&lines)) == 0)
		status = run(opt, src, p, &lines, &table);
	stats_table_release(&table);
	lines_release(&lines);
	return status;
}
