// SPDX-License-Identifier: GPL-2.0
#include "live/figures.h"

#include <stdlib.h>
#include <string.h>

uint64_t figures_average(const struct figures_row *row)
{
	return row->exits ? row->cycles / row->exits : 0;
}

void figures_release(struct figures *f)
{
	free(f->rows);
	*f = (struct figures){ .rows = NULL };
}

/* Room is a power of two. */
static bool is_full(size_t nr)
{
	return nr == 0 || (nr >= 8 && (nr & (nr - 1)) == 0);
}

struct figures_row *figures_add(struct figures *f, const char *name, size_t len)
{
	struct figures_row *row;

	if (is_full(f->nr)) {
		row = realloc(f->rows, (f->nr ? 2 * f->nr : 8) * sizeof(*row));
		if (!row)
			return NULL;
		f->rows = row;
	}
	row = &f->rows[f->nr++];
	*row = (struct figures_row){ .exits = 0 };
	if (len >= sizeof(row->name))
		len = sizeof(row->name) - 1;
	memcpy(row->name, name, len);
	return row;
}

static int compare_names(const void *a, const void *b)
{
	const struct figures_row *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void figures_finish(struct figures *f)
{
	if (f->nr)
		qsort(f->rows, f->nr, sizeof(*f->rows), compare_names);
}

/* Return false if something is less than it was. */
static bool subtract(struct figures_row *row, const struct figures_row *base)
{
	const bool goes_on = row->exits >= base->exits &&
			     row->cycles >= base->cycles &&
			     row->user >= base->user &&
			     row->halted >= base->halted &&
			     row->off_cpu >= base->off_cpu &&
			     row->backwards >= base->backwards &&
			     !(row->has_range && base->has_range && base->exits &&
			       (row->min > base->min || row->max < base->max));

	row->exits -= base->exits;
	row->cycles -= base->cycles;
	row->user -= base->user;
	row->halted -= base->halted;
	row->off_cpu -= base->off_cpu;
	row->backwards -= base->backwards;
	row->has_range &= !base->exits;
	row->has_percentiles &= !base->exits;
	return goes_on;
}

int figures_since(struct figures *out, const struct figures *now,
		  const struct figures *base)
{
	struct figures_row *row;
	bool goes_on = true;
	size_t i, before = 0;

	*out = (struct figures){ .total = now->total };
	goes_on &= subtract(&out->total, &base->total);
	for (i = 0; i < now->nr; i++) {
		row = figures_add(out, now->rows[i].name,
				  strlen(now->rows[i].name));
		if (!row) {
			figures_release(out);
			return -1;
		}
		*row = now->rows[i];
		/* A row that is not there any more */
		for (; before < base->nr &&
		       strcmp(base->rows[before].name, row->name) < 0; before++)
			goes_on = false;
		if (before < base->nr && !strcmp(base->rows[before].name, row->name))
			goes_on &= subtract(row, &base->rows[before++]);
		if (!row->exits)
			out->nr--;
	}
	return goes_on && before == base->nr;
}

const struct figures_row *figures_find(const struct figures *f, const char *name)
{
	size_t low = 0, high = f->nr, middle;
	int order;

	while (low < high) {
		middle = (low + high) / 2;
		order = strcmp(name, f->rows[middle].name);
		if (!order)
			return &f->rows[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

static int compare_cycles(const void *a, const void *b)
{
	const struct figures_row *x = *(const struct figures_row *const *)a;
	const struct figures_row *y = *(const struct figures_row *const *)b;

	if (x->cycles != y->cycles)
		return x->cycles < y->cycles ? 1 : -1;
	return strcmp(x->name, y->name);
}

const struct figures_row **figures_by_cycles(const struct figures *f)
{
	const struct figures_row **list = malloc((f->nr + 1) * sizeof(*list));
	size_t i;

	for (i = 0; list && i < f->nr; i++)
		list[i] = &f->rows[i];
	if (list)
		qsort(list, f->nr, sizeof(*list), compare_cycles);
	return list;
}
