/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exact sums.  No I/O, no names, no units.
 *
 * A cell sums up exits of one slot (see reasons.h).  A table has one cell for
 * each slot and knows which are in use, so that clearing and merging cost what
 * is used, not what could be.  Addition commutes: cells that were filled in any
 * order, by any number of threads, merge to the same sums.
 *
 * The sums have 128 bits and cannot overflow.  The kernel's have 64 and would
 * wrap; report.h cuts them where the kernel's own lines are meant.
 */
#ifndef ANALYZER_STATS_H
#define ANALYZER_STATS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"

typedef unsigned __int128 u128;

/* One exit, its cycles computed. */
struct stats_sample {
	uint64_t cycles, user, halted, off_cpu;
	bool backwards;
	bool untimed;		/* cycles are not known, but taken as 0 */
};

/* What minima, percentiles and so on are of */
enum stats_of {
	STATS_OF_CYCLES,
	STATS_OF_USER,
	STATS_OF_HALTED,
	STATS_OF_OFF_CPU,
	STATS_OF_TOTAL,		/* of all four; saturates */
};

struct stats_cell {
	uint64_t exits;
	uint64_t untimed;	/* exits of these: cycles are of the others */
	uint64_t min, max;	/* of cycles, or what they are of; undefined while
				   there are none */
	uint64_t backwards;
	u128 cycles, user, halted, off_cpu;
};

struct stats_table {
	struct stats_cell *cells;	/* one for each slot */
	uint16_t *used;			/* slots with exits, in any order */
	unsigned int nr_used;
	unsigned int nr_slots;
};

/* A table owns its arrays.  Release works on a zeroed or failed one. */
int stats_table_init(struct stats_table *t, unsigned int nr_slots);
void stats_table_release(struct stats_table *t);

void stats_table_clear(struct stats_table *t);
void stats_table_merge(struct stats_table *to, const struct stats_table *from);

/* Add @from, which has exits, to the cell of @slot. */
void stats_table_add_cell(struct stats_table *t, unsigned int slot,
			  const struct stats_cell *from);

/* All cells in one; min and max are those of all exits. */
struct stats_cell stats_table_total(const struct stats_table *t);

/* "halted" */
const char *stats_of_name(enum stats_of of);

/* Slow path of stats_part() */
uint64_t stats_other_part(const struct stats_sample *s, enum stats_of of);

ALWAYS_INLINE uint64_t stats_part(const struct stats_sample *s, enum stats_of of)
{
	return likely(of == STATS_OF_CYCLES) ? s->cycles :
					       stats_other_part(s, of);
}

/* The same of a sum */
u128 stats_sum_of(const struct stats_cell *c, enum stats_of of);

/* @part: stats_part() of @s */
ALWAYS_INLINE void stats_cell_add_part(struct stats_cell *c,
				       const struct stats_sample *s, uint64_t part)
{
	if (part < c->min || !c->exits)
		c->min = part;
	if (part > c->max || !c->exits)
		c->max = part;
	c->exits++;
	c->backwards += s->backwards;
	c->cycles += s->cycles;
	c->user += s->user;
	c->halted += s->halted;
	c->off_cpu += s->off_cpu;
}

ALWAYS_INLINE void stats_cell_add(struct stats_cell *c,
				  const struct stats_sample *s)
{
	stats_cell_add_part(c, s, s->cycles);
}

/* An exit of which it is not known how long it took */
static inline void stats_cell_add_untimed(struct stats_cell *c)
{
	if (!c->exits) {
		c->min = UINT64_MAX;
		c->max = 0;
	}
	c->exits++;
	c->untimed++;
}

/* How many exits cycles are of */
static inline uint64_t stats_timed(const struct stats_cell *c)
{
	return c->exits - c->untimed;
}

void stats_cell_merge(struct stats_cell *to, const struct stats_cell *from);

/* @slot is below t->nr_slots. */
ALWAYS_INLINE void stats_table_add(struct stats_table *t, unsigned int slot,
				   const struct stats_sample *s)
{
	struct stats_cell *c = &t->cells[slot];

	if (!c->exits)
		t->used[t->nr_used++] = slot;
	stats_cell_add(c, s);
}

static inline void stats_table_add_untimed(struct stats_table *t,
					   unsigned int slot)
{
	struct stats_cell *c = &t->cells[slot];

	if (!c->exits)
		t->used[t->nr_used++] = slot;
	stats_cell_add_untimed(c);
}

#endif /* ANALYZER_STATS_H */
