// SPDX-License-Identifier: GPL-2.0
#include "walk/epochs.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"

void epochs_init(struct epochs *es)
{
	memset(es, 0, sizeof(*es));
}

void epochs_release(struct epochs *es)
{
	free(es->list);
	table_release(&es->table);
	free(es->skipped);
	epochs_init(es);
}

/* Find or begin epoch @number.  NULL: no memory. */
static struct epoch *get(struct epochs *es, uint32_t number)
{
	uint64_t hash = hash_one(number), at = hash;
	uint32_t i;

	while (table_next(&es->table, &at, &i))
		if (es->list[i].number == number)
			return &es->list[i];
	if (array_room(es->list, es->nr, es->allocated, "epochs") < 0 ||
	    table_add(&es->table, hash, es->nr, "epochs") < 0)
		return NULL;
	es->list[es->nr] = (struct epoch){
		.number = number, .interval_min = 1, .interval_max = UINT64_MAX,
	};
	return &es->list[es->nr++];
}

/* @seq is in @report: (report - 1) * interval < seq <= report * interval */
static void narrow_interval(struct epoch *e, uint32_t report, uint64_t seq)
{
	uint64_t min, max;

	if (!report)
		return;
	min = 1 + (seq - 1) / report;
	max = report > 1 ? (seq - 1) / (report - 1) : UINT64_MAX;
	if (min > e->interval_min)
		e->interval_min = min;
	if (max < e->interval_max)
		e->interval_max = max;
}

static void contradict(struct epochs *es, struct epoch *e)
{
	es->contradictions++;
	e->contradicts = true;
}

int epochs_add_run(struct epochs *es, const struct epochs_run *run)
{
	struct epoch *e = get(es, run->epoch);

	if (!e)
		return -1;
	if (!e->first_seq || run->first_seq < e->first_seq)
		e->first_seq = run->first_seq;
	if (run->last_seq > e->last_seq)
		e->last_seq = run->last_seq;
	e->entries += run->entries;
	e->sum += run->sum;
	if (!run->report && !e->contradicts)
		contradict(es, e);
	narrow_interval(e, run->report, run->first_seq);
	narrow_interval(e, run->report, run->last_seq);
	return 0;
}

int epochs_begin_run(struct epochs *es, struct epochs_run *run, uint32_t epoch,
		     uint32_t report, uint64_t seq)
{
	if (run->first_seq && epochs_add_run(es, run) < 0)
		return -1;
	if (!run->begin_seq) {
		run->begin_epoch = epoch;
		run->begin_seq = seq;
	}
	*run = (struct epochs_run){
		.epoch = epoch, .report = report, .first_seq = seq,
		.last_seq = seq, .entries = 1, .sum = epochs_step(seq),
		.begin_epoch = run->begin_epoch, .begin_seq = run->begin_seq,
	};
	return 0;
}

int epochs_add_repeated(struct epochs *es, uint32_t epoch, uint64_t nr)
{
	struct epoch *e = get(es, epoch);

	if (!e)
		return -1;
	e->repeated += nr;
	return 0;
}

static bool is_gapless(const struct epoch *e)
{
	uint64_t nr = e->last_seq - e->first_seq + 1;
	uint64_t sum = hash_two(e->last_seq + 1, 0) - hash_two(e->first_seq, 0);

	if (!e->first_seq)
		return true;
	return e->entries == nr && e->sum == sum;
}

bool epochs_gapless(const struct epochs *es)
{
	size_t i;

	for (i = 0; i < es->nr; i++)
		if (!is_gapless(&es->list[i]))
			return false;
	return true;
}

/* Report @r ended at @seq.  Return false if that cannot be. */
static bool close_report(struct epoch *e, uint32_t r, uint64_t seq)
{
	uint64_t end = (uint64_t)r * e->interval;

	if (e->interval && seq == end) {
		if (r > e->full_report)
			e->full_report = r;
		return true;
	}
	if (e->interval && (seq > end || seq <= end - e->interval))
		return false;
	if (e->short_report && (e->short_report != r || e->short_seq != seq))
		return false;
	e->short_report = r;
	e->short_seq = seq;
	return true;
}

int epochs_add_report(struct epochs *es, const struct event_report *ev)
{
	struct epoch *e = get(es, ev->epoch);
	bool good;

	if (!e)
		return -1;
	good = ev->since && ev->since <= ev->epoch;
	good = good && (!e->since || e->since == ev->since);
	good = good && (!e->has_interval || e->interval == ev->interval);
	if (good) {
		e->since = ev->since;
		e->has_interval = true;
		e->interval = ev->interval;
		/* An epoch without exits has no report: that says no more. */
		if (ev->report && ev->seq)
			good = close_report(e, ev->report, ev->seq);
	}
	if (!good)
		contradict(es, e);
	return 0;
}

/* The totals of kvm_exit_stats: the lowest and the highest report count. */
static void add_total(struct epoch *e, struct epoch_total total)
{
	if (!total.report)
		return;
	if (!e->low.report || total.report < e->low.report)
		e->low = total;
	if (total.report > e->high.report)
		e->high = total;
}

static int add_skipped(struct epochs *es, uint64_t report)
{
	if (array_room(es->skipped, es->nr_skipped, es->skipped_allocated,
		       "skipped reports") < 0)
		return -1;
	es->skipped[es->nr_skipped++] = report;
	return 0;
}

int epochs_add_stats(struct epochs *es, const struct event_stats *ev)
{
	struct epoch_total total = { ev->report, ev->exits };
	struct epoch *e;

	if (ev->kind == STATS_SKIPPED)
		return add_skipped(es, (uint64_t)ev->epoch << 32 | ev->report);
	if (ev->kind != STATS_TOTAL || !ev->report)
		return 0;
	e = get(es, ev->epoch);
	if (!e)
		return -1;
	add_total(e, total);
	return 0;
}

static void merge_entries(struct epoch *to, const struct epoch *from)
{
	if (from->first_seq &&
	    (!to->first_seq || from->first_seq < to->first_seq))
		to->first_seq = from->first_seq;
	if (from->last_seq > to->last_seq)
		to->last_seq = from->last_seq;
	to->entries += from->entries;
	to->repeated += from->repeated;
	to->contradicts |= from->contradicts;
	to->sum += from->sum;
	if (from->interval_min > to->interval_min)
		to->interval_min = from->interval_min;
	if (from->interval_max < to->interval_max)
		to->interval_max = from->interval_max;
}

/* The kvm_exit_report events that left @e as it is, or as many as matter */
static int replay_reports(struct epochs *to, const struct epoch *e)
{
	struct event_report ev = {
		.epoch = e->number, .since = e->since, .interval = e->interval,
		.report = e->full_report, .seq = e->full_report * e->interval,
	};

	if (!e->since)
		return 0;
	if (epochs_add_report(to, &ev) < 0)
		return -1;
	if (!e->short_report)
		return 0;
	ev.report = e->short_report;
	ev.seq = e->short_seq;
	return epochs_add_report(to, &ev);
}

static int merge_skipped(struct epochs *to, const struct epochs *from)
{
	size_t i;

	for (i = 0; i < from->nr_skipped; i++)
		if (add_skipped(to, from->skipped[i]) < 0)
			return -1;
	return 0;
}

int epochs_merge(struct epochs *to, const struct epochs *from)
{
	const struct epoch *e;
	struct epoch *into;
	size_t i;

	for (i = 0; i < from->nr; i++) {
		e = &from->list[i];
		into = get(to, e->number);
		if (!into)
			return -1;
		merge_entries(into, e);
		add_total(into, e->low);
		add_total(into, e->high);
		if (replay_reports(to, e) < 0)
			return -1;
	}
	to->contradictions += from->contradictions;
	return merge_skipped(to, from);
}

static int cmp_epoch(const void *a, const void *b)
{
	const struct epoch *x = a, *y = b;

	return x->number < y->number ? -1 : x->number > y->number;
}

static int cmp_skipped(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Do the entries have the numbers of reports that the interval implies? */
static bool interval_fits(const struct epoch *e)
{
	/* Without an interval there is one report. */
	if (!e->interval)
		return e->interval_max == UINT64_MAX;
	return e->interval >= e->interval_min && e->interval <= e->interval_max;
}

/* Make @e agree with itself. */
static void finish_epoch(struct epochs *es, struct epoch *e)
{
	if (e->number == 1 && !e->since)
		e->since = 1;
	if (e->last_seq && e->interval_min > e->interval_max)
		contradict(es, e);
	else if (!e->has_interval && e->interval_min == e->interval_max &&
		 e->interval_min <= UINT32_MAX) {
		e->has_interval = true;
		e->interval = e->interval_min;
	}
	if (e->has_interval && e->last_seq && !interval_fits(e))
		contradict(es, e);
	/* Nothing can follow the last report. */
	if (e->short_report && (e->last_seq > e->short_seq ||
				e->full_report >= e->short_report)) {
		contradict(es, e);
		e->short_report = 0;
		e->short_seq = 0;
	}
}

/* The first epoch counts since itself, as far as can be seen. */
static void assume_since(struct epoch *e)
{
	uint64_t base;

	if (e->since || e->first_seq != 1 ||
	    (epoch_kernel_base(e, &base) && base))
		return;
	e->since = e->number;
	e->since_assumed = true;
}

void epochs_finish(struct epochs *es, bool assume)
{
	uint32_t since = 0;
	size_t i;

	if (es->nr)
		qsort(es->list, es->nr, sizeof(*es->list), cmp_epoch);
	if (es->nr_skipped)
		qsort(es->skipped, es->nr_skipped, sizeof(*es->skipped),
		      cmp_skipped);
	for (i = es->nr; i-- > 0;) {
		finish_epoch(es, &es->list[i]);
		if (!es->list[i].since && since && since <= es->list[i].number)
			es->list[i].since = since;
		if (es->list[i].since)
			since = es->list[i].since;
	}
	if (es->nr && assume)
		assume_since(&es->list[0]);
}

bool epochs_skipped(const struct epochs *es, uint32_t epoch, uint64_t report)
{
	uint64_t key = (uint64_t)epoch << 32 | report;

	return report <= UINT32_MAX && es->nr_skipped &&
	       bsearch(&key, es->skipped, es->nr_skipped, sizeof(key),
		       cmp_skipped);
}

uint64_t epoch_highest_seq(const struct epoch *e)
{
	uint64_t seq = e->last_seq;

	if (e->short_seq > seq)
		seq = e->short_seq;
	if (e->full_report * e->interval > seq)
		seq = e->full_report * e->interval;
	return seq;
}

/*
 * Is the last recorded exit of epoch @i its last one?  Its last report says so if
 * that ends before a multiple of the interval; or the kernel's total of what
 * follows it, which counts it.
 */
static bool end_is_known(const struct epochs *es, size_t i)
{
	const struct epoch *e = &es->list[i], *next = e + 1;
	uint64_t base, exits = 0;

	if (e->short_report)
		return e->short_seq == e->last_seq;
	if (!next->since || next->since > e->number ||
	    !epoch_kernel_base(next, &base))
		return false;
	for (; e >= es->list && e->number >= next->since; e--)
		exits += e->last_seq;
	return exits == base;
}

bool epochs_whole(const struct epochs *es)
{
	const struct epoch *e;
	size_t i;

	for (i = 0; i < es->nr; i++) {
		e = &es->list[i];
		if (e->first_seq != 1 || e->entries != e->last_seq ||
		    e->repeated || e->contradicts ||
		    (i && e->number != e[-1].number + 1) ||
		    (i + 1 < es->nr && !end_is_known(es, i)))
			return false;
	}
	return es->nr;
}

bool epoch_kernel_base(const struct epoch *e, uint64_t *base)
{
	uint64_t seq;

	if (!e->low.report)
		return false;
	if (e->low.report == e->short_report)
		seq = e->short_seq;
	else if (e->interval && (uint64_t)e->low.report * e->interval <=
				epoch_highest_seq(e))
		seq = (uint64_t)e->low.report * e->interval;
	else
		return false;
	*base = e->low.exits - seq;
	return e->low.exits >= seq;
}
