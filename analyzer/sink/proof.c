// SPDX-License-Identifier: GPL-2.0
#include "sink/proof.h"

#include <string.h>

#include "base/saturate.h"

int proof_init(struct proof *l, const struct epochs *epochs,
		unsigned int nr_slots, bool lossless)
{
	memset(l, 0, sizeof(*l));
	l->epochs = epochs;
	l->lossless = lossless;
	if (stats_table_init(&l->total, nr_slots) < 0 ||
	    stats_table_init(&l->recent, nr_slots) < 0 ||
	    stats_table_init(&l->recorded, nr_slots) < 0)
		return -1;
	return 0;
}

void proof_release(struct proof *l)
{
	stats_table_release(&l->total);
	stats_table_release(&l->recent);
	stats_table_release(&l->recorded);
}

/* Nothing of a chain that @e counts has been seen, or it does not fit. */
static void begin_chain(struct proof *l, const struct epoch *e)
{
	if (l->pending)
		l->uncovered = true;
	l->pending = 0;
	stats_table_clear(&l->total);
	l->chain_exits = 0;
	l->since = e->since;
	l->good = e->since;
	l->assumed = false;
	l->unseen = false;
}

/* Can the exits before @e, which its reports count, be proven? */
static bool chain_provable(struct proof *l, const struct epoch *e)
{
	uint64_t base;

	if (!e->since)
		return false;
	if (e->since == e->number || l->last < e->since)
		begin_chain(l, e);
	if (!l->good || l->since != e->since)
		return false;
	if (e->since != e->number && l->last + 1 != e->number)
		l->unseen = true;
	if (!l->assumed && !l->unseen)
		return true;
	if (!epoch_kernel_base(e, &base))
		return l->lossless && !l->unseen;
	l->assumed = l->unseen = base != l->chain_exits;
	return !l->assumed;
}

/*
 * The kvm_exit_report of the last report was not recorded, but the kernel's
 * total of it was: that is where it ends, if it is a short one.
 */
static void end_by_total(struct proof *l, const struct epoch *e)
{
	uint64_t seq = e->high.exits - l->chain_exits, report = e->high.report;

	if (!report || !l->provable || l->short_report ||
	    e->high.exits < l->chain_exits || !e->has_interval)
		return;
	if (seq < e->last_seq || seq < epoch_highest_seq(e) ||
	    epoch_report_of(e, seq) != report)
		return;
	if (e->interval && seq % e->interval == 0)
		return;
	l->short_report = report;
	l->short_seq = seq;
}

void proof_begin_epoch(struct proof *l, const struct epoch *e)
{
	stats_table_clear(&l->recent);
	l->provable = chain_provable(l, e) && !e->contradicts && !e->repeated;
	l->e = e;
	l->short_report = e->short_report;
	l->short_seq = e->short_seq;
	end_by_total(l, e);
	l->distinct = 0;
	l->report = 0;
	l->recent_distinct = 0;
	l->closed = 0;
	l->closed_seq = 0;
	l->closed_distinct = 0;
	/* of the first report: the epoch before must have ended with its last */
	l->follows = l->follows && l->last && l->last + 1 == e->number &&
		     e->since != e->number;
}

void proof_add(struct proof *l, uint64_t report, uint64_t distinct,
		const struct stats_table *table)
{
	if (report != l->report) {
		stats_table_clear(&l->recent);
		l->report = report;
		l->recent_distinct = 0;
	}
	stats_table_merge(&l->recent, table);
	stats_table_merge(&l->total, table);
	stats_table_merge(&l->recorded, table);
	l->recent_distinct += distinct;
	l->distinct += distinct;
	l->pending += distinct;
}

uint64_t proof_report_end(const struct proof *l, uint64_t report)
{
	uint64_t end;

	if (l->short_report && l->short_report == report)
		return l->short_seq;
	if (__builtin_mul_overflow(report, (uint64_t)l->e->interval, &end))
		return 0;
	return end;
}

void proof_close(struct proof *l, uint64_t report, uint64_t seq,
		  struct proof_report *out)
{
	uint64_t start = l->e->interval ? (report - 1) * l->e->interval : 0;

	memset(out, 0, sizeof(*out));
	out->epoch = l->e->number;
	out->since = l->e->since;
	out->report = report;
	out->seq = seq;
	out->complete = l->recent_distinct == seq - start && !l->e->repeated &&
			!l->e->contradicts;
	out->proven = l->provable && l->distinct == seq;
	if (out->proven && l->total.nr_used > PROOF_REASONS_MAX) {
		out->proven = false;
		l->oversized++;
	}
	out->skipped = epochs_skipped(l->epochs, out->epoch, report);
	out->follows = report == 1 ? l->follows : l->closed + 1 == report;
	out->total = &l->total;
	out->recent = &l->recent;
	l->closed = report;
	l->closed_seq = seq;
	l->closed_distinct = l->distinct;
	if (out->proven && !out->skipped)
		l->pending = 0;
}

/* The number of the epoch's last exit, 0 if it is not known. */
static uint64_t end_seq(const struct proof *l, uint64_t highest)
{
	if (l->short_report)
		return l->short_seq;
	if (l->e->interval && highest % l->e->interval == 0)
		return highest;
	return 0;
}

static struct proof_epoch outcome(const struct proof *l, uint64_t highest)
{
	const struct epoch *e = l->e;
	struct proof_epoch o = { .number = e->number, .recorded = l->distinct };

	if (e->first_seq)
		o.before = e->first_seq - 1;
	else if (!l->last)
		o.before = highest;	/* the recording begins after them */
	o.lost = highest - o.before - (l->distinct - e->repeated);
	o.open = l->distinct - l->closed_distinct;
	o.provable = l->provable;
	o.since_known = e->since;
	o.since_assumed = e->since_assumed;
	o.unseen = l->unseen;
	o.end_assumed = l->provable && l->assumed;
	o.late = !l->last && e->since && e->since != e->number;
	return o;
}

uint64_t proof_highest_seq(const struct proof *l)
{
	uint64_t seq = epoch_highest_seq(l->e);

	return l->short_seq > seq ? l->short_seq : seq;
}

struct proof_epoch proof_end_epoch(struct proof *l)
{
	uint64_t highest = proof_highest_seq(l), end;
	struct proof_epoch o;

	end = end_seq(l, highest);
	o = outcome(l, highest);
	o.end_known = end;
	l->good = l->provable && end && l->distinct == end;
	/* A full report may not have been the last. */
	if (!l->short_report)
		l->assumed = true;
	saturating_add(&l->chain_exits, end);
	l->follows = end && l->closed_seq == end;
	l->last = l->e->number;
	return o;
}

int proof_count_missing(const struct epochs *epochs, bool lossless,
			 uint64_t *before, uint64_t *lost)
{
	const struct stats_table empty = { .cells = NULL };
	struct proof_epoch outcome;
	struct proof proof;
	size_t i;
	int ret;

	*before = 0;
	*lost = 0;
	ret = proof_init(&proof, epochs, 1, lossless);
	for (i = 0; i < epochs->nr && !ret; i++) {
		proof_begin_epoch(&proof, &epochs->list[i]);
		proof_add(&proof, 1, epochs->list[i].entries, &empty);
		outcome = proof_end_epoch(&proof);
		saturating_add(before, outcome.before);
		saturating_add(lost, outcome.lost);
	}
	proof_release(&proof);
	return ret;
}

bool proof_finish(struct proof *l)
{
	if (l->pending)
		l->uncovered = true;
	return l->uncovered;
}
