// SPDX-License-Identifier: GPL-2.0
#include "window.h"

#include <string.h>

int window_init(struct window *w, unsigned int nr_slots)
{
	unsigned int i;

	memset(w, 0, sizeof(*w));
	for (i = 0; i < WINDOW_REPORTS; i++)
		if (stats_table_init(&w->rows[i].table, nr_slots) < 0)
			return -1;
	return 0;
}

void window_release(struct window *w)
{
	unsigned int i;

	for (i = 0; i < WINDOW_REPORTS; i++)
		stats_table_release(&w->rows[i].table);
}

static void window_clear(struct window *w)
{
	unsigned int i;

	for (i = 0; i < w->nr_rows; i++) {
		stats_table_clear(&w->rows[i].table);
		w->rows[i].distinct = 0;
	}
	memset(w->seen, 0, (w->span + 63) / 64 * sizeof(w->seen[0]));
}

void window_begin(struct window *w, const struct epoch *e, uint64_t base)
{
	uint64_t first, last;

	window_clear(w);
	w->epoch = e->number;
	w->base = base;
	w->interval = e->interval;
	w->report = epoch_report_of(e, base);
	w->span = WINDOW_EXITS;
	if (w->span - 1 > UINT64_MAX - base)
		w->span = UINT64_MAX - base + 1;
	w->nr_rows = 1;
	if (!w->interval)
		return;
	/* interval has 32 bits, so this many reports do not wrap around. */
	first = (base - 1) % w->interval;
	last = WINDOW_REPORTS * w->interval - first;
	if (w->span > last)
		w->span = last;
	w->nr_rows = 1 + (first + w->span - 1) / w->interval;
}
