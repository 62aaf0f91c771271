// SPDX-License-Identifier: GPL-2.0
#include "rowlog.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void rowlog_release(struct rowlog *l)
{
	unsigned int i;

	for (i = 0; i < ROWLOG_BLOCKS; i++)
		free(l->blocks[i]);
	memset(l, 0, sizeof(*l));
}

static bool put_byte(struct rowlog *l, uint8_t byte)
{
	size_t block = l->len / ROWLOG_BLOCK;

	if (block >= ROWLOG_BLOCKS)
		return false;
	if (!l->blocks[block])
		l->blocks[block] = malloc(ROWLOG_BLOCK);
	if (!l->blocks[block])
		return false;
	l->blocks[block][l->len++ % ROWLOG_BLOCK] = byte;
	return true;
}

/* 7 bits each, the lowest first; bit 7: more follow */
static bool put(struct rowlog *l, u128 v)
{
	for (; v >= 0x80; v >>= 7)
		if (!put_byte(l, v | 0x80))
			return false;
	return put_byte(l, v);
}

static u128 get(const struct rowlog *l, size_t *pos)
{
	unsigned int shift = 0;
	uint8_t byte;
	u128 v = 0;

	do {
		byte = l->blocks[*pos / ROWLOG_BLOCK][*pos % ROWLOG_BLOCK];
		++*pos;
		v |= (u128)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return v;
}

static bool put_cell(struct rowlog *l, unsigned int slot,
		     const struct stats_cell *c)
{
	return put(l, slot) && put(l, c->exits) && put(l, c->min) &&
	       put(l, c->max - c->min) && put(l, c->backwards) &&
	       put(l, c->cycles) && put(l, c->user) && put(l, c->halted) &&
	       put(l, c->off_cpu);
}

static void get_cell(const struct rowlog *l, size_t *pos, struct stats_table *t)
{
	unsigned int slot = get(l, pos);
	struct stats_cell *c = &t->cells[slot];

	t->used[t->nr_used++] = slot;
	c->exits = get(l, pos);
	c->min = get(l, pos);
	c->max = c->min + get(l, pos);
	c->backwards = get(l, pos);
	c->cycles = get(l, pos);
	c->user = get(l, pos);
	c->halted = get(l, pos);
	c->off_cpu = get(l, pos);
}

int rowlog_add(struct rowlog *l, const struct rowlog_row *row,
	       const struct stats_table *table)
{
	unsigned int i;

	if (!put(l, row->epoch) || !put(l, row->report) ||
	    !put(l, row->distinct) || !put(l, table->nr_used))
		return -1;
	for (i = 0; i < table->nr_used; i++)
		if (!put_cell(l, table->used[i], &table->cells[table->used[i]]))
			return -1;
	return 0;
}

int rowlog_next(const struct rowlog *l, size_t *pos, struct rowlog_row *row,
		struct stats_table *table)
{
	unsigned int nr;

	if (*pos == l->len)
		return 0;
	row->epoch = get(l, pos);
	row->report = get(l, pos);
	row->distinct = get(l, pos);
	for (nr = get(l, pos); nr; nr--)
		get_cell(l, pos, table);
	return 1;
}
