// SPDX-License-Identifier: GPL-2.0
/*
 * Two passes over the per-CPU streams, one stream after the other: for checks,
 * and for recordings that gather.h leaves to them.
 */
#include "stamped-private.h"

/* First pass */

static int add_check_line(struct stamped *s, const struct event_stats *e)
{
	struct check_line line = { .epoch = e->epoch, .report = e->report };

	if (e->kind == STATS_TOTAL)
		line.slot = CHECK_TOTAL;
	else if (e->kind > STATS_OTHER || !isa_valid(e->isa))
		return 0;
	else if (e->kind == STATS_OTHER)
		line.slot = s->p->reasons.other[e->isa];
	else
		line.slot = reasons_slot(&s->p->reasons, e->isa, e->code);
	line.cell.exits = e->exits;
	line.cell.cycles = e->cycles;
	line.cell.min = e->min;
	line.cell.max = e->max;
	line.cell.user = e->user;
	line.cell.halted = e->halted;
	line.cell.off_cpu = e->off_cpu;
	line.cell.backwards = e->backwards;
	return check_add(&s->check, &line);
}

static int scan_record(struct stamped *s, struct records *r,
		       const struct subbuf_record *rec, struct epochs_run *run)
{
	const struct parse *p = s->p;
	struct event_report report;
	struct event_stats stats;
	bool is_short = false;
	uint64_t seq;

	switch (parse_kind(p, rec, &is_short)) {
	case PARSE_ENTRY:
		s->g.entries++;
		seq = parse_get(rec->data, p->layout.entry.seq);
		if (!seq)
			return 0;
		s->g.accounted++;
		return epochs_add_entry(&s->g.epochs, run,
					parse_get(rec->data, p->layout.entry.epoch),
					parse_get(rec->data, p->layout.entry.report),
					seq);
	case PARSE_EXIT:
		s->g.exits++;
		return 0;
	case PARSE_REPORT:
		s->g.reports++;
		parse_report(p, rec, &report);
		return epochs_add_report(&s->g.epochs, &report);
	case PARSE_STATS:
		parse_stats(p, rec, &stats);
		if (epochs_add_stats(&s->g.epochs, &stats) < 0)
			return -1;
		return s->opt->check && !s->opt->log ?
		       add_check_line(s, &stats) : 0;
	default:
		r->losses.short_records += is_short;
		return 0;
	}
}

static int scan_records(struct stamped *s, struct records *r)
{
	struct epochs_run run = { .first_seq = 0 };
	struct subbuf_record rec;
	int ret;

	while ((ret = records_next(r, &rec)) > 0)
		if (scan_record(s, r, &rec, &run) < 0)
			return -1;
	if (ret < 0)
		return -1;
	losses_add(&s->g.losses, &r->losses);
	return run.first_seq ? epochs_add_run(&s->g.epochs, &run) : 0;
}

int stamped_scan(struct stamped *s)
{
	struct records r;
	unsigned int i;
	int ret;

	for (i = 0; i < s->nr_cpus; i++) {
		ret = records_open(&r, s->td, &s->p->subbuf, i, false);
		if (ret == 0)
			ret = scan_records(s, &r);
		records_close(&r);
		if (ret < 0)
			return -1;
	}
	s->g.lossless = losses_none(s->td, &s->g.losses);
	epochs_finish(&s->g.epochs, s->g.lossless && !s->g.reports);
	s->pairing = s->g.exits;
	return 0;
}

/* Second pass */

static int enter_window(struct stamped *s, const struct window *w)
{
	unsigned int i;

	for (i = 0; i < w->nr_rows; i++)
		if (w->rows[i].distinct &&
		    stamped_enter_row(s, w->report + i, w->rows[i].distinct,
				      &w->rows[i].table) < 0)
			return -1;
	return 0;
}

static int do_epoch(struct stamped *s, const struct epoch *e)
{
	int ret;

	stamped_begin_epoch(s, e);
	while ((ret = winpass_next(&s->pass, e)) > 0)
		if (enter_window(s, s->pass.window) < 0)
			return -1;
	return ret < 0 ? -1 : stamped_end_epoch(s, e);
}

int stamped_prove_pass(struct stamped *s)
{
	size_t i;

	if (winpass_open(&s->pass, s->td, s->p,
			 s->pairing ? WINPASS_PAIRS : 0) < 0)
		return -1;
	for (i = 0; i < s->g.epochs.nr; i++)
		if (do_epoch(s, &s->g.epochs.list[i]) < 0)
			return -1;
	if (winpass_finish(&s->pass, s->opt->path) < 0)
		return -1;
	s->g.joins = s->pass.joins;
	return 0;
}
