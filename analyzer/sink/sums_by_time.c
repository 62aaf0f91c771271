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

/* What is lower is behind the window from here on. */
static void come_to_number(struct sums_by_time *s, uint64_t base)
{
	uint64_t word = s->base / 64;

	if (base - s->base >= SUMS_NUMBERS)
		memset(s->seen, 0, sizeof(s->seen));
	else
		for (; word < base / 64; word++)
			s->seen[word % (SUMS_NUMBERS / 64)] = 0;
	s->base = base;
}

/* All that is at hand ends.  What follows may be lower by half a window. */
static int begin_epoch(struct sums_by_time *s, const struct event_entry *e)
{
	if (come_to_report(s, REPORT_END) < 0)
		return -1;
	s->epoch = e->epoch;
	s->report = e->report > SUMS_ROWS / 2 ? e->report - SUMS_ROWS / 2 : 0;
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
