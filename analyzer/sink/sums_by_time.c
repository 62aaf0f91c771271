// SPDX-License-Identifier: GPL-2.0
#include "sink/sums_by_time.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/compare.h"
#include "base/error.h"

struct sums_by_time *sums_by_time_alloc(const struct parse *p)
{
	struct sums_by_time *s = calloc(1, sizeof(*s));
	unsigned int i;

	if (!s) {
		error("out of memory: figures of reports");
		return NULL;
	}
	s->p = p;
	for (i = 0; i < SUMS_ROWS; i++)
		if (stats_table_init(&s->tables[i], p->reasons.nr) < 0) {
			sums_by_time_free(s);
			return NULL;
		}
	return s;
}

void sums_by_time_free(struct sums_by_time *s)
{
	unsigned int i;

	if (!s)
		return;
	for (i = 0; i < SUMS_ROWS; i++)
		stats_table_release(&s->tables[i]);
	report_log_release(&s->rows);
	epochs_release(&s->epochs);
	free(s->stats);
	free(s);
}

static int end_report(struct sums_by_time *s, uint32_t report)
{
	struct stats_table *table = &s->tables[report % SUMS_ROWS];
	struct report_log_row row = { .epoch = s->epoch, .report = report };
	unsigned int i;
	int ret;

	for (i = 0; i < table->nr_used; i++)
		row.exits += table->cells[table->used[i]].exits;
	if (!row.exits)
		return 0;
	ret = report_log_add(&s->rows, &row, table);
	stats_table_clear(table);
	return ret;
}

#define REPORT_END	(UINT32_MAX + 1ull)

/* @report is the lowest one from here on. */
static int come_to_report(struct sums_by_time *s, uint64_t report)
{
	uint32_t i;

	for (i = 0; i < SUMS_ROWS && (uint64_t)s->report + i < report; i++)
		if (end_report(s, s->report + i) < 0)
			return -1;
	s->report = report;
	return 0;
}

static void keep_first(struct sums_by_time *s)
{
	if (s->first.epoch || !s->epoch)
		return;
	s->first.epoch = s->epoch;
	s->first.base = s->base;
	memcpy(s->first.seen, s->seen, sizeof(s->seen));
}

/* What is lower is behind the window from here on. */
static void come_to_number(struct sums_by_time *s, uint64_t base)
{
	uint64_t word = s->base / 64;

	keep_first(s);
	if (base - s->base >= SUMS_NUMBERS)
		memset(s->seen, 0, sizeof(s->seen));
	else
		for (; word < base / 64; word++)
			s->seen[word % SUMS_WORDS] = 0;
	s->base = base;
}

/* What follows may be lower by half of what there are tables for. */
static uint32_t lowest_report(uint32_t report)
{
	return report > SUMS_ROWS / 2 ? report - SUMS_ROWS / 2 : 0;
}

/* All that is at hand ends.  What follows may be lower by half a window. */
static int begin_epoch(struct sums_by_time *s, const struct event_entry *e)
{
	if (come_to_report(s, REPORT_END) < 0)
		return -1;
	keep_first(s);
	s->epoch = e->epoch;
	s->report = lowest_report(e->report);
	s->base = e->seq > SUMS_NUMBERS / 2 ? (e->seq - SUMS_NUMBERS / 2) & ~63ull : 0;
	memset(s->seen, 0, sizeof(s->seen));
	return 0;
}

int sums_by_time_go_on(struct sums_by_time *s, const struct event_entry *e)
{
	if (e->epoch > s->epoch && begin_epoch(s, e) < 0)
		return -1;
	s->odd |= e->epoch != s->epoch || e->seq < s->base || e->report < s->report;
	if (s->odd)
		return 0;
	if (e->seq - s->base >= SUMS_NUMBERS)
		come_to_number(s, (e->seq - SUMS_NUMBERS / 2) & ~63ull);
	if (e->report - s->report >= SUMS_ROWS)
		return come_to_report(s, e->report - SUMS_ROWS / 2);
	return 0;
}

int sums_by_time_stats(struct sums_by_time *s, unsigned int stream,
		       const struct event_stats *e)
{
	if (array_room(s->stats, s->nr_stats, s->stats_allocated,
		       "kvm_exit_stats events") < 0)
		return -1;
	s->stats[s->nr_stats] = (struct sums_stats){ *e, stream, s->nr_stats };
	s->nr_stats++;
	return 0;
}

/* Slices */

#define NUMBER_MAX	(UINT64_MAX - 2 * SUMS_NUMBERS)	/* of windows that are compared */

/* Has @s a number that @next has, too?  What cannot be told counts as one. */
static bool shares_numbers(const struct sums_by_time *s, const struct sums_window *next)
{
	const uint64_t past = (s->base - next->base) / 64;
	uint64_t number, i, word;

	if (next->epoch != s->epoch)
		return next->epoch < s->epoch;
	if (s->base > NUMBER_MAX || next->base > NUMBER_MAX)
		return true;
	for (i = 0; i < SUMS_WORDS; i++) {
		number = next->base + 64 * i;
		word = number / 64 % SUMS_WORDS;
		if (next->seen[word] &&
		    (number < s->base || (number - s->base < SUMS_NUMBERS &&
					  (next->seen[word] & s->seen[word]))))
			return true;
	}
	if (s->base <= next->base)
		return false;
	/* The end of the window, where the other one was not yet */
	for (i = 0; i < past && i < SUMS_WORDS; i++)
		if (s->seen[(s->base / 64 + SUMS_WORDS - 1 - i) % SUMS_WORDS])
			return true;
	return false;
}

/* The window from here on: that of both */
static void join_windows(struct sums_by_time *s, const struct sums_by_time *next, bool same)
{
	uint64_t i, word;

	if (!same) {
		s->base = next->base;
		memcpy(s->seen, next->seen, sizeof(s->seen));
		return;
	}
	if (next->base > s->base)
		come_to_number(s, next->base);
	for (i = (s->base - next->base) / 64; i < SUMS_WORDS; i++) {
		word = (next->base / 64 + i) % SUMS_WORDS;
		s->seen[word] |= next->seen[word];
	}
}

/* What @row adds to its report, whose table may be at hand */
static int join_row(struct sums_by_time *s, const struct report_log_row *row,
		    const struct stats_table *table)
{
	if (row->epoch > s->epoch) {
		if (come_to_report(s, REPORT_END) < 0)
			return -1;
		s->epoch = row->epoch;
		s->report = lowest_report(row->report);
	}
	s->odd |= row->epoch != s->epoch || row->report < s->report;
	if (s->odd)
		return 0;
	if (row->report - s->report >= SUMS_ROWS &&
	    come_to_report(s, row->report - SUMS_ROWS / 2) < 0)
		return -1;
	stats_table_merge(&s->tables[row->report % SUMS_ROWS], table);
	return 0;
}

static int join_rows(struct sums_by_time *s, struct sums_by_time *next)
{
	struct report_log_row row;
	struct stats_table table;
	int ret = stats_table_init(&table, s->p->reasons.nr);

	while (!ret && (ret = report_log_next(&next->rows, &row, &table)) > 0) {
		ret = join_row(s, &row, &table);
		stats_table_clear(&table);
	}
	stats_table_release(&table);
	return ret;
}

static int join_stats(struct sums_by_time *s, const struct sums_by_time *next)
{
	size_t i;

	for (i = 0; i < next->nr_stats; i++)
		if (sums_by_time_stats(s, next->stats[i].stream, &next->stats[i].event) < 0)
			return -1;
	return 0;
}

int sums_by_time_join(struct sums_by_time *s, struct sums_by_time *next)
{
	bool same;

	s->odd |= next->odd;
	if (s->odd || join_stats(s, next) < 0)
		return s->odd ? 0 : -1;
	if (!next->epoch)
		return 0;
	keep_first(next);
	s->odd = shares_numbers(s, &next->first);
	if (s->odd)
		return 0;
	same = next->epoch == s->epoch;
	if (come_to_report(next, REPORT_END) < 0 || join_rows(s, next) < 0)
		return -1;
	if (!s->odd)
		join_windows(s, next, same);
	return 0;
}

/* As the walk by number has them */
static int compare_stats(const void *a, const void *b)
{
	const struct sums_stats *x = a, *y = b;

	if (x->stream != y->stream)
		return x->stream < y->stream ? -1 : 1;
	return compare_u64(x->order, y->order);
}

int sums_by_time_end(struct sums_by_time *s, const struct epochs *epochs)
{
	if (come_to_report(s, REPORT_END) < 0)
		return -1;
	if (s->nr_stats)
		qsort(s->stats, s->nr_stats, sizeof(*s->stats), compare_stats);
	s->odd |= epochs->contradictions != 0;
	return epochs_merge(&s->epochs, epochs);
}
