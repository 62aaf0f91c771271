// SPDX-License-Identifier: GPL-2.0
#include "sink/report_log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "base/error.h"

#define NUMBER_MAX	19u	/* bytes: 7 bits of 128 in each */

void report_log_release(struct report_log *l)
{
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		free(l->blocks[i]);
	free(l->spare);
	if (l->file)
		fclose(l->file);
	memset(l, 0, sizeof(*l));
}

static int file_error(const char *what)
{
	return error("cannot %s figures of reports in a temporary file: %s",
		     what, strerror(errno));
}

static int write_spare(struct report_log *l)
{
	if (fwrite(l->spare, REPORT_LOG_BLOCK, 1, l->file) != 1)
		return file_error("keep");
	return 0;
}

/* Memory is used up: what follows goes to a file. */
static int begin_file(struct report_log *l)
{
	l->file = tmpfile();
	if (!l->file)
		return file_error("keep");
	l->spare = calloc(1, REPORT_LOG_BLOCK);
	l->block = l->spare;
	return l->spare ? 0 : error("out of memory: figures of reports");
}

/* Go on to a block that can be written to. */
static int next_block(struct report_log *l)
{
	l->used = 0;
	if (l->file)
		return write_spare(l);
	if (l->nr == (l->max ? l->max : REPORT_LOG_BLOCKS))
		return begin_file(l);
	l->block = malloc(REPORT_LOG_BLOCK);
	if (!l->block)
		return error("out of memory: figures of reports");
	l->blocks[l->nr++] = l->block;
	return 0;
}

static inline bool block_is_over(const struct report_log *l)
{
	return !l->block || REPORT_LOG_BLOCK - l->used < NUMBER_MAX;
}

/* 7 bits each, the lowest first; bit 7: more follow */
static inline bool put(struct report_log *l, u128 v)
{
	uint8_t *to;
	uint64_t low;

	if (unlikely(block_is_over(l)) && next_block(l) < 0)
		return false;
	to = l->block + l->used;
	for (; unlikely(v > UINT64_MAX); v >>= 7)
		*to++ = v | 0x80;
	for (low = v; low >= 0x80; low >>= 7)
		*to++ = low | 0x80;
	*to++ = low;
	l->used = to - l->block;
	return true;
}

/* Go on to a block that can be read from. */
static int read_block(struct report_log *l)
{
	l->used = 0;
	if (l->next < l->nr) {
		l->block = l->blocks[l->next++];
		return 0;
	}
	l->block = l->spare;
	if (fread(l->spare, REPORT_LOG_BLOCK, 1, l->file) != 1)
		return file_error("read");
	return 0;
}

static inline bool get(struct report_log *l, u128 *v)
{
	const uint8_t *from;
	unsigned int shift = 0;
	uint64_t low;

	if (unlikely(block_is_over(l)) && read_block(l) < 0)
		return false;
	from = l->block + l->used;
	low = *from & 0x7f;
	while (*from & 0x80 && shift < 49) {
		shift += 7;
		low |= (uint64_t)(*++from & 0x7f) << shift;
	}
	*v = low;
	while (unlikely(*from & 0x80)) {
		shift += 7;
		*v |= (u128)(*++from & 0x7f) << shift;
	}
	l->used = from + 1 - l->block;
	return true;
}

static inline bool get_u64(struct report_log *l, uint64_t *v)
{
	u128 wide;

	if (!get(l, &wide))
		return false;
	*v = wide;
	return true;
}

static bool put_cell(struct report_log *l, unsigned int slot,
		     const struct stats_cell *c)
{
	return put(l, slot) && put(l, c->exits) && put(l, c->min) &&
	       put(l, c->max - c->min) && put(l, c->backwards) &&
	       put(l, c->cycles) && put(l, c->user) && put(l, c->halted) &&
	       put(l, c->off_cpu);
}

static bool get_cell(struct report_log *l, struct stats_table *t)
{
	struct stats_cell *c;
	uint64_t slot, range;

	if (!get_u64(l, &slot))
		return false;
	t->used[t->nr_used++] = slot;
	c = &t->cells[slot];
	if (!get_u64(l, &c->exits) || !get_u64(l, &c->min) ||
	    !get_u64(l, &range) || !get_u64(l, &c->backwards))
		return false;
	c->max = c->min + range;
	return get(l, &c->cycles) && get(l, &c->user) && get(l, &c->halted) &&
	       get(l, &c->off_cpu);
}

int report_log_add(struct report_log *l, const struct report_log_row *row,
	       const struct stats_table *table)
{
	unsigned int i;

	if (!put(l, row->epoch) || !put(l, row->report) ||
	    !put(l, row->exits) || !put(l, table->nr_used))
		return -1;
	for (i = 0; i < table->nr_used; i++)
		if (!put_cell(l, table->used[i], &table->cells[table->used[i]]))
			return -1;
	l->rows++;
	return 0;
}

/* All was written: back to the first row */
static int begin_reading(struct report_log *l)
{
	l->block = NULL;
	if (!l->file)
		return 0;
	if (write_spare(l) < 0)
		return -1;
	rewind(l->file);
	return 0;
}

int report_log_next(struct report_log *l, struct report_log_row *row,
		struct stats_table *table)
{
	uint64_t epoch, report, nr;

	while (l->rows_read == l->rows) {
		l = l->behind;
		if (!l)
			return 0;
	}
	if (!l->rows_read && begin_reading(l) < 0)
		return -1;
	if (!get_u64(l, &epoch) || !get_u64(l, &report) ||
	    !get_u64(l, &row->exits) || !get_u64(l, &nr))
		return -1;
	row->epoch = epoch;
	row->report = report;
	for (; nr; nr--)
		if (!get_cell(l, table))
			return -1;
	l->rows_read++;
	return 1;
}
