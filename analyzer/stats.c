// SPDX-License-Identifier: GPL-2.0
#include "stats.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int stats_table_init(struct stats_table *t, unsigned int nr_slots)
{
	t->cells = calloc(nr_slots, sizeof(*t->cells));
	t->used = calloc(nr_slots, sizeof(*t->used));
	t->nr_used = 0;
	t->nr_slots = nr_slots;
	if (!t->cells || !t->used)
		return error("out of memory: table of %u exit reasons", nr_slots);
	return 0;
}

void stats_table_release(struct stats_table *t)
{
	free(t->cells);
	free(t->used);
	memset(t, 0, sizeof(*t));
}

void stats_table_clear(struct stats_table *t)
{
	unsigned int i;

	for (i = 0; i < t->nr_used; i++)
		memset(&t->cells[t->used[i]], 0, sizeof(*t->cells));
	t->nr_used = 0;
}

void stats_cell_merge(struct stats_cell *to, const struct stats_cell *from)
{
	if (!from->exits)
		return;
	if (from->min < to->min || !to->exits)
		to->min = from->min;
	if (from->max > to->max || !to->exits)
		to->max = from->max;
	to->exits += from->exits;
	to->untimed += from->untimed;
	to->backwards += from->backwards;
	to->cycles += from->cycles;
	to->user += from->user;
	to->halted += from->halted;
	to->off_cpu += from->off_cpu;
}

void stats_table_add_cell(struct stats_table *t, unsigned int slot,
			  const struct stats_cell *from)
{
	if (!t->cells[slot].exits)
		t->used[t->nr_used++] = slot;
	stats_cell_merge(&t->cells[slot], from);
}

void stats_table_merge(struct stats_table *to, const struct stats_table *from)
{
	unsigned int i;

	for (i = 0; i < from->nr_used; i++)
		stats_table_add_cell(to, from->used[i],
				     &from->cells[from->used[i]]);
}

struct stats_cell stats_table_total(const struct stats_table *t)
{
	struct stats_cell total = { 0 };
	unsigned int i;

	for (i = 0; i < t->nr_used; i++)
		stats_cell_merge(&total, &t->cells[t->used[i]]);
	return total;
}

const char *stats_of_name(enum stats_of of)
{
	static const char *const names[] = {
		[STATS_OF_CYCLES] = "cycles", [STATS_OF_USER] = "user",
		[STATS_OF_HALTED] = "halted", [STATS_OF_OFF_CPU] = "off_cpu",
		[STATS_OF_TOTAL] = "total",
	};

	return names[of];
}

uint64_t stats_other_part(const struct stats_sample *s, enum stats_of of)
{
	uint64_t sum;

	switch (of) {
	case STATS_OF_USER:
		return s->user;
	case STATS_OF_HALTED:
		return s->halted;
	case STATS_OF_OFF_CPU:
		return s->off_cpu;
	case STATS_OF_TOTAL:
		if (__builtin_add_overflow(s->cycles, s->user, &sum) ||
		    __builtin_add_overflow(sum, s->halted, &sum) ||
		    __builtin_add_overflow(sum, s->off_cpu, &sum))
			return UINT64_MAX;
		return sum;
	default:
		return s->cycles;
	}
}

u128 stats_sum_of(const struct stats_cell *c, enum stats_of of)
{
	switch (of) {
	case STATS_OF_USER:
		return c->user;
	case STATS_OF_HALTED:
		return c->halted;
	case STATS_OF_OFF_CPU:
		return c->off_cpu;
	case STATS_OF_TOTAL:
		return c->cycles + c->user + c->halted + c->off_cpu;
	default:
		return c->cycles;
	}
}
