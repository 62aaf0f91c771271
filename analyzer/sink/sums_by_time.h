/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What each report adds (report_sums.h), found by the way, while something else reads
 * the recording in the order of time: then it need not be read by number, too.
 *
 * In that order, numbers are nearly ascending: those of a few CPUs at a time may
 * change places.  So numbers that were seen are bits of a window that goes along, and the
 * reports at hand have a table each.  What is behind both is for the walk by
 * number, which takes anything: then, and where a number comes twice, this gives up,
 * for good.
 *
 * Slices of time (slices.h) have sums each, which are joined in their order.  A report of
 * which two slices have exits is added up then, and a number that both have is seen in the
 * window that one ended with and in that which the other began with.
 */
#ifndef ANALYZER_SUMS_BY_TIME_H
#define ANALYZER_SUMS_BY_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "result/view.h"
#include "sink/report_sums.h"
#include "walk/pair.h"

/* Powers of two */
#define SUMS_NUMBERS	32768u
#define SUMS_ROWS	16u

#define SUMS_WORDS	(SUMS_NUMBERS / 64)

/* Where the window was, and which numbers were seen, by number % SUMS_NUMBERS */
struct sums_window {
	uint32_t epoch;			/* 0: there are none */
	uint64_t base;
	uint64_t seen[SUMS_WORDS];
};

/* One kvm_exit_stats, of which stream, and the how-many-th it is */
struct sums_stats {
	struct event_stats event;
	unsigned int stream;
	size_t order;
};

struct sums_by_time {
	const struct parse *p;
	bool odd;			/* it gave up */
	uint32_t epoch;			/* the latest; 0: there is none */
	uint64_t base;			/* lowest number of the window */
	uint64_t seen[SUMS_WORDS];	/* by number % SUMS_NUMBERS */
	uint32_t report;		/* the lowest that has a table */
	struct stats_table tables[SUMS_ROWS];	/* by report % SUMS_ROWS */
	struct sums_window first;	/* before it went on for the first time */
	struct report_log rows;
	struct sums_stats *stats;
	size_t nr_stats, stats_allocated;
	struct epochs epochs;		/* of the whole recording */
};

/* NULL: memory is short, which was said. */
struct sums_by_time *sums_by_time_alloc(const struct parse *p);
void sums_by_time_free(struct sums_by_time *s);

/* Slow path of the next but one: return -1 only if memory is short. */
int sums_by_time_go_on(struct sums_by_time *s, const struct event_entry *e);

/* Is @e in the window, and has its report a table? */
ALWAYS_INLINE bool sums_by_time_has(const struct sums_by_time *s,
				    const struct event_entry *e)
{
	return e->epoch == s->epoch && e->seq - s->base < SUMS_NUMBERS &&
	       e->report - s->report < SUMS_ROWS;
}

/* An exit that counts, by the rules of by_number.h.  Likewise. */
ALWAYS_INLINE int sums_by_time_add(struct sums_by_time *s, const struct event_entry *e,
				   const struct stats_sample *sample)
{
	uint64_t *seen = &s->seen[e->seq / 64 % SUMS_WORDS];
	const uint64_t bit = 1ull << e->seq % 64;

	if (unlikely(!sums_by_time_has(s, e))) {
		if (sums_by_time_go_on(s, e) < 0)
			return -1;
		if (s->odd)
			return 0;
	}
	s->odd |= (*seen & bit) != 0;
	*seen |= bit;
	stats_table_add(&s->tables[e->report % SUMS_ROWS],
			reasons_slot(&s->p->reasons, e->isa, e->code), sample);
	return 0;
}

/* What the kernel says of a report.  Likewise. */
int sums_by_time_stats(struct sums_by_time *s, unsigned int stream,
		       const struct event_stats *e);

/* @next goes on where @s ended, and is of no use any more.  Likewise. */
int sums_by_time_join(struct sums_by_time *s, struct sums_by_time *next);

/*
 * All was read: @epochs, which are not finished, and @losses are of all.  Likewise;
 * s->odd says if it was in vain.
 */
int sums_by_time_end(struct sums_by_time *s, const struct epochs *epochs);

#endif /* ANALYZER_SUMS_BY_TIME_H */
