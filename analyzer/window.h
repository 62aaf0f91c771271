/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A window: a range of one epoch's exits, by number, with one table for each
 * report in it.
 *
 * The per-CPU streams are advanced one after the other, each until its next
 * accounted entry lies beyond the window, and fill the tables in any order.  A
 * bitmap of the numbers makes "distinct" exact.  Memory thus depends neither on
 * the length of the recording nor on the interval: a window ends after
 * WINDOW_EXITS numbers or WINDOW_REPORTS reports, whichever comes first, and a
 * report that is longer is filled by several windows.  The next window begins
 * at the lowest number that a stream holds back, so holes cost no time.
 */
#ifndef ANALYZER_WINDOW_H
#define ANALYZER_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include "epochs.h"
#include "stats.h"

#define WINDOW_EXITS	65536u
#define WINDOW_REPORTS	64u

struct window_row {
	struct stats_table table;
	uint64_t distinct;
};

struct window {
	uint32_t epoch;
	uint64_t base;		/* first number */
	uint64_t span;		/* how many numbers; 0: none */
	uint64_t interval;	/* 0: one row */
	uint64_t report;	/* of the first row */
	unsigned int nr_rows;
	struct window_row rows[WINDOW_REPORTS];
	uint64_t seen[WINDOW_EXITS / 64];
};

int window_init(struct window *w, unsigned int nr_slots);
void window_release(struct window *w);

/* Empty @w and let it begin at exit @base of @e. */
void window_begin(struct window *w, const struct epoch *e, uint64_t base);

/* The number that follows the last one of @w */
static inline uint64_t window_end(const struct window *w)
{
	return w->base + w->span;
}

static inline bool window_has(const struct window *w, uint32_t epoch,
			      uint64_t seq)
{
	return epoch == w->epoch && seq - w->base < w->span;
}

/* Is (@epoch, @seq) before @w, so that it comes too late? */
static inline bool window_passed(const struct window *w, uint32_t epoch,
				 uint64_t seq)
{
	return epoch < w->epoch || (epoch == w->epoch && seq < w->base);
}

/*
 * Add exit @seq, which @w has.  Return false, and add nothing, if it was added
 * before.
 */
static inline bool window_add(struct window *w, uint64_t seq, unsigned int slot,
			      const struct stats_sample *s)
{
	uint64_t bit = seq - w->base, mask = 1ull << (bit & 63);
	struct window_row *row = w->rows;

	if (w->seen[bit / 64] & mask)
		return false;
	w->seen[bit / 64] |= mask;
	if (w->interval)
		row += (seq - 1) / w->interval - (w->report - 1);
	row->distinct++;
	stats_table_add(&row->table, slot, s);
	return true;
}

#endif /* ANALYZER_WINDOW_H */
