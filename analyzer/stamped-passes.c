// SPDX-License-Identifier: GPL-2.0
/*
 * Two passes over the per-CPU streams, one stream after the other: for checks,
 * and for recordings that gather.h leaves to them.
 */
#include <stdlib.h>

#include "error.h"
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

static int scan_record(struct stamped *s, const struct subbuf_record *rec,
		       struct epochs_run *run)
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
		return 0;
	}
}

static int scan_records(struct stamped *s, struct records *r)
{
	struct epochs_run run = { .first_seq = 0 };
	struct subbuf_record rec;
	int ret;

	while ((ret = records_next(r, &rec)) > 0)
		if (scan_record(s, &rec, &run) < 0)
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
	s->g.lossless = !losses_any(&s->g.losses) &&
		      !tracedat_info(s->td)->missing_bytes;
	epochs_finish(&s->g.epochs, s->g.lossless && !s->g.reports);
	s->pairing = s->g.exits;
	return 0;
}

/* Second pass */

static int account(struct stamped *s, struct cpu *c, const struct event_entry *e)
{
	struct stats_sample sample;

	if (!isa_valid(e->isa)) {
		c->odd.bad_isa++;
		return 0;
	}
	pair_sample(e, &sample);
	if (!window_add(s->window, e->seq,
			reasons_slot(&s->p->reasons, e->isa, e->code),
			&sample)) {
		c->odd.repeated++;
		return 0;
	}
	return s->pairing ? pair_add_entry(&s->pairs[c - s->cpus], e) : 0;
}

/* Return 1 if the stream has to wait for the next window. */
static int handle_entry(struct stamped *s, struct cpu *c,
			const struct subbuf_record *rec)
{
	struct event_entry *e = &c->held;

	parse_entry(s->p, rec, e);
	if (!e->seq) {
		if (s->pairing)
			pair_drop(&s->pairs[c - s->cpus], e->vm, e->vcpu_id);
		return 0;
	}
	if (window_has(s->window, e->epoch, e->seq))
		return account(s, c, e);
	if (window_passed(s->window, e->epoch, e->seq)) {
		c->odd.late++;
		return 0;
	}
	c->holds = true;
	return 1;
}

static int handle_exit(struct stamped *s, struct cpu *c,
		       const struct subbuf_record *rec)
{
	struct event_exit e;

	if (!s->pairing)
		return 0;
	parse_exit(s->p, rec, &e);
	return pair_add_exit(&s->pairs[c - s->cpus], &e);
}

/* Read the stream up to its first entry beyond the window. */
static int advance(struct stamped *s, struct cpu *c)
{
	struct subbuf_record rec;
	bool is_short;
	int ret = 0;

	if (c->holds) {
		if (!window_has(s->window, c->held.epoch, c->held.seq))
			return 0;
		c->holds = false;
		if (account(s, c, &c->held) < 0)
			return -1;
	}
	while (!ret) {
		ret = records_next(&c->records, &rec);
		if (ret <= 0)
			return ret;
		is_short = false;
		switch (parse_kind(s->p, &rec, &is_short)) {
		case PARSE_ENTRY:
			ret = handle_entry(s, c, &rec);
			break;
		case PARSE_EXIT:
			ret = handle_exit(s, c, &rec);
			break;
		default:
			ret = 0;
			c->odd.short_records += is_short;
		}
	}
	return ret < 0 ? -1 : 0;
}

static int advance_all(struct stamped *s)
{
	unsigned int i;

	for (i = 0; i < s->nr_cpus; i++)
		if (advance(s, &s->cpus[i]) < 0)
			return -1;
	return s->pairing ? pair_resolve(s->pairs, s->nr_cpus, &s->g.joins) : 0;
}

/* The entry with the lowest number of those that are held back. */
static const struct event_entry *lowest(const struct stamped *s)
{
	const struct event_entry *low = NULL, *e;
	unsigned int i;

	for (i = 0; i < s->nr_cpus; i++) {
		e = &s->cpus[i].held;
		if (!s->cpus[i].holds)
			continue;
		if (!low || e->epoch < low->epoch ||
		    (e->epoch == low->epoch && e->seq < low->seq))
			low = e;
	}
	return low;
}

static int enter_window(struct stamped *s)
{
	struct window *w = s->window;
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
	const struct event_entry *next;

	stamped_begin_epoch(s, e);
	while ((next = lowest(s)) && next->epoch == e->number) {
		window_begin(s->window, e, next->seq);
		if (advance_all(s) < 0 || enter_window(s) < 0)
			return -1;
	}
	return stamped_end_epoch(s, e);
}

static int open_cpus(struct stamped *s)
{
	unsigned int i;

	s->cpus = calloc(s->nr_cpus + 1, sizeof(*s->cpus));
	s->pairs = calloc(s->nr_cpus + 1, sizeof(*s->pairs));
	s->window = malloc(sizeof(*s->window));
	if (!s->cpus || !s->pairs || !s->window)
		return error("out of memory: %u CPUs", s->nr_cpus);
	if (window_init(s->window, s->p->reasons.nr) < 0)
		return -1;
	for (i = 0; i < s->nr_cpus; i++)
		if (pair_init(&s->pairs[i]) < 0 ||
		    records_open(&s->cpus[i].records, s->td, &s->p->subbuf, i,
				 true) < 0)
			return -1;
	return 0;
}

void stamped_close_cpus(struct stamped *s)
{
	unsigned int i;

	for (i = 0; s->cpus && i < s->nr_cpus; i++)
		records_close(&s->cpus[i].records);
	for (i = 0; s->pairs && i < s->nr_cpus; i++)
		pair_release(&s->pairs[i]);
	if (s->window)
		window_release(s->window);
	free(s->window);
	free(s->cpus);
	free(s->pairs);
}

int stamped_prove_pass(struct stamped *s)
{
	size_t i;

	if (open_cpus(s) < 0)
		return -1;
	/* The window is empty yet: each stream stops at its first entry. */
	if (advance_all(s) < 0)
		return -1;
	for (i = 0; i < s->g.epochs.nr; i++)
		if (do_epoch(s, &s->g.epochs.list[i]) < 0)
			return -1;
	if (lowest(s))
		return error("file changed while it was read: %s", s->opt->path);
	return s->pairing ? pair_finish(s->pairs, s->nr_cpus, &s->g.joins) : 0;
}
