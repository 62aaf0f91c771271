// SPDX-License-Identifier: GPL-2.0
#include "sink/prove.h"

#include "sink/check.h"

/* No more exits of the latest report follow. */
static int close_row(struct prove *p)
{
	struct proof_report report;
	uint64_t end;

	if (!p->row_report)
		return 0;
	end = proof_report_end(&p->proof, p->row_report);
	if (end && end <= p->highest) {
		proof_close(&p->proof, p->row_report, end, &report);
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
	proof_add(&p->proof, report, exits, table);
	p->row_report = report;
	return 0;
}

static void begin_epoch(struct prove *p, const struct epoch *e)
{
	proof_begin_epoch(&p->proof, e);
	p->highest = proof_highest_seq(&p->proof);
	p->row_report = 0;
}

static int end_epoch(struct prove *p, bool is_last)
{
	struct proof_epoch outcome;

	if (close_row(p) < 0)
		return -1;
	outcome = proof_end_epoch(&p->proof);
	if (p->epoch)
		p->epoch(p, &outcome, is_last);
	return 0;
}

/* Without an interval there is one report. */
static int prove_rows(struct prove *p, struct stats_table *table)
{
	const struct epochs *epochs = &p->g->walk.epochs;
	struct report_log_row row;
	const struct epoch *e;
	size_t i;
	int more;

	more = report_log_next(&p->g->rows, &row, table);
	for (i = 0; i < epochs->nr; i++) {
		e = &epochs->list[i];
		begin_epoch(p, e);
		while (more > 0 && row.epoch == e->number) {
			if (enter_row(p, e->interval ? row.report : 1,
				      row.exits, table) < 0)
				return -1;
			stats_table_clear(table);
			more = report_log_next(&p->g->rows, &row, table);
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

	ret = proof_init(&p->proof, &p->g->walk.epochs, nr_slots,
			  p->g->lossless);
	if (!ret)
		ret = stats_table_init(&table, nr_slots);
	if (!ret)
		ret = prove_rows(p, &table);
	stats_table_release(&table);
	if (!ret)
		p->uncovered = proof_finish(&p->proof);
	return ret;
}

void prove_release(struct prove *p)
{
	proof_release(&p->proof);
}

/* What prove_quietly() counts, and compares */
struct quiet {
	struct view_proof *proof;
	struct check check;
};

static int count_report(struct prove *p, const struct proof_report *r)
{
	struct quiet *q = p->arg;

	q->proof->reports += r->proven && !r->skipped;
	if (q->proof->compared)
		check_recorded(&q->check, r);
	return 0;
}

/* The kernel's figures, before any of a report are known: those of @sums, or of @g */
static int load_kernel(struct quiet *q, const struct report_sums *g,
		       const struct sums_by_time *sums)
{
	size_t i;

	if (check_add_stats(&q->check, &g->walk) < 0)
		return -1;
	for (i = 0; sums && i < sums->nr_stats; i++)
		if (check_add_event(&q->check, &sums->stats[i].event) < 0)
			return -1;
	q->proof->compared = q->check.nr_lines;
	q->check.tolerant = !g->lossless;
	return check_finish_kernel(&q->check);
}

static int prove_and_compare(struct quiet *q, struct prove *p,
			     const struct sums_by_time *sums)
{
	if (load_kernel(q, p->g, sums) < 0 || prove_run(p) < 0)
		return -1;
	if (q->proof->compared)
		check_finish(&q->check);
	q->proof->equal = q->check.counts.equal;
	q->proof->different = q->check.counts.different;
	return 0;
}

static int prove_report_sums(struct view_proof *proof, struct report_sums *g,
			     const struct sums_by_time *sums)
{
	struct quiet q = { .proof = proof };
	struct prove p = { .g = g, .report = count_report, .arg = &q };
	int ret = check_init(&q.check, &g->walk.p->reasons, NULL);

	*proof = (struct view_proof){ .known = true };
	if (!ret)
		ret = prove_and_compare(&q, &p, sums);
	proof->epochs = g->walk.epochs.nr;
	proof->whole = !ret && !p.uncovered;
	prove_release(&p);
	check_release(&q.check);
	return ret;
}

int prove_quietly(struct view_proof *proof, const struct source *src,
		  const struct parse *parse, unsigned int threads)
{
	struct report_sums g;
	int ret = report_sums_run(&g, src, parse,
				  (struct by_number_plan){ .threads = threads },
				  REPORT_SUMS_QUIET | REPORT_SUMS_STATS);

	*proof = (struct view_proof){ .known = false };
	if (!ret)
		ret = prove_report_sums(proof, &g, NULL);
	report_sums_release(&g);
	return ret;
}

int prove_sums(struct view_proof *proof, const struct source *src,
	       struct sums_by_time *sums, const struct losses *losses, uint64_t reports)
{
	struct report_sums g = { .walk.p = sums->p, .walk.epochs = sums->epochs,
				 .rows = sums->rows };
	int ret;

	report_sums_finish(&g, src, losses, reports);
	ret = prove_report_sums(proof, &g, sums);
	/* They are the caller's, and changed. */
	sums->epochs = g.walk.epochs;
	sums->rows = g.rows;
	return ret;
}
