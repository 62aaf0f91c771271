// SPDX-License-Identifier: GPL-2.0
#include "sink/prove.h"

/* No more exits of the latest report follow. */
static int close_row(struct prove *p)
{
	struct ledger_report report;
	uint64_t end;

	if (!p->row_report)
		return 0;
	end = ledger_report_end(&p->ledger, p->row_report);
	if (end && end <= p->highest) {
		ledger_close(&p->ledger, p->row_report, end, &report);
		if (p->report(p, &report) < 0)
			return -1;
	}
	p->row_report = 0;
	return 0;
}

/* Enter exits of @report, which may have been entered in part. */
static int enter_row(struct prove *p, uint64_t report, uint64_t exits,
		     const struct stats_table *table)
{
	if (report != p->row_report && close_row(p) < 0)
		return -1;
	ledger_add(&p->ledger, report, exits, table);
	p->row_report = report;
	return 0;
}

static void begin_epoch(struct prove *p, const struct epoch *e)
{
	ledger_begin_epoch(&p->ledger, e);
	p->highest = ledger_highest_seq(&p->ledger);
	p->row_report = 0;
}

static int end_epoch(struct prove *p, bool is_last)
{
	struct ledger_epoch outcome;

	if (close_row(p) < 0)
		return -1;
	outcome = ledger_end_epoch(&p->ledger);
	if (p->epoch)
		p->epoch(p, &outcome, is_last);
	return 0;
}

/* Without an interval there is one report. */
static int prove_rows(struct prove *p, struct stats_table *table)
{
	const struct epochs *epochs = &p->g->walk.epochs;
	struct rowlog_row row;
	const struct epoch *e;
	size_t i;
	int more;

	more = rowlog_next(&p->g->rows, &row, table);
	for (i = 0; i < epochs->nr; i++) {
		e = &epochs->list[i];
		begin_epoch(p, e);
		while (more > 0 && row.epoch == e->number) {
			if (enter_row(p, e->interval ? row.report : 1,
				      row.exits, table) < 0)
				return -1;
			stats_table_clear(table);
			more = rowlog_next(&p->g->rows, &row, table);
		}
		if (end_epoch(p, i + 1 == epochs->nr) < 0)
			return -1;
	}
	return more < 0 ? -1 : 0;
}

int prove_run(struct prove *p)
{
	unsigned int nr_slots = p->g->walk.p->reasons.nr;
	struct stats_table table = { .cells = NULL };
	int ret;

	ret = ledger_init(&p->ledger, &p->g->walk.epochs, nr_slots,
			  p->g->lossless);
	if (!ret)
		ret = stats_table_init(&table, nr_slots);
	if (!ret)
		ret = prove_rows(p, &table);
	stats_table_release(&table);
	if (!ret)
		p->uncovered = ledger_finish(&p->ledger);
	return ret;
}

void prove_release(struct prove *p)
{
	ledger_release(&p->ledger);
}

static int count_report(struct prove *p, const struct ledger_report *r)
{
	struct view_proof *proof = p->arg;

	proof->reports += r->proven && !r->skipped;
	return 0;
}

int prove_quietly(struct view_proof *proof, const struct source *src,
		  const struct parse *parse, unsigned int threads)
{
	struct gathered g;
	struct prove p = { .g = &g, .report = count_report, .arg = proof };
	int ret = gather_run(&g, src, parse, threads, GATHER_QUIET);

	*proof = (struct view_proof){ .known = !ret };
	if (!ret)
		ret = prove_run(&p);
	proof->epochs = g.walk.epochs.nr;
	proof->whole = !ret && !p.uncovered;
	prove_release(&p);
	gather_release(&g);
	return ret;
}
