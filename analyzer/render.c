// SPDX-License-Identifier: GPL-2.0
#include "render.h"

#include <string.h>

#include "output.h"

static u128 get_exits(const struct stats_cell *c, bool kernel)
{
	(void)kernel;
	return c->exits;
}

static u128 get_cycles(const struct stats_cell *c, bool kernel)
{
	return kernel ? (uint64_t)c->cycles : c->cycles;
}

static u128 get_min(const struct stats_cell *c, bool kernel)
{
	(void)kernel;
	return stats_timed(c) ? c->min : 0;
}

static u128 get_avg(const struct stats_cell *c, bool kernel)
{
	uint64_t timed = stats_timed(c);

	return timed ? get_cycles(c, kernel) / timed : 0;
}

static u128 get_max(const struct stats_cell *c, bool kernel)
{
	(void)kernel;
	return c->max;
}

static u128 get_user(const struct stats_cell *c, bool kernel)
{
	return kernel ? (uint64_t)c->user : c->user;
}

static u128 get_halted(const struct stats_cell *c, bool kernel)
{
	return kernel ? (uint64_t)c->halted : c->halted;
}

static u128 get_off_cpu(const struct stats_cell *c, bool kernel)
{
	return kernel ? (uint64_t)c->off_cpu : c->off_cpu;
}

static u128 get_backwards(const struct stats_cell *c, bool kernel)
{
	(void)kernel;
	return c->backwards;
}

#define BOTH	(RENDER_TOTAL | RENDER_REASON)

const struct render_column render_columns[] = {
	{ "exits", BOTH | RENDER_SUM, get_exits },
	{ NULL, BOTH | RENDER_SUM, get_cycles },
	{ "min", RENDER_REASON | RENDER_LENGTH, get_min },
	{ "avg", RENDER_REASON | RENDER_LENGTH, get_avg },
	{ "max", RENDER_REASON | RENDER_LENGTH, get_max },
	{ "user", BOTH | RENDER_SUM | RENDER_STAMPS, get_user },
	{ "halted", BOTH | RENDER_SUM | RENDER_STAMPS, get_halted },
	{ "off_cpu", BOTH | RENDER_SUM | RENDER_STAMPS, get_off_cpu },
	{ "backwards", RENDER_TOTAL | RENDER_SUM | RENDER_STAMPS,
	  get_backwards },
};

const unsigned int render_nr_columns =
	sizeof(render_columns) / sizeof(render_columns[0]);

u128 render_value(const struct render_column *col, const struct stats_cell *c,
		  bool kernel)
{
	return col->get(c, kernel);
}

const char *render_u128(char buf[RENDER_U128_MAX], u128 v)
{
	char *p = buf + RENDER_U128_MAX - 1;
	uint64_t low;

	*p = '\0';
	while (v > UINT64_MAX) {
		*--p = '0' + (int)(v % 10);
		v /= 10;
	}
	low = v;
	do {
		*--p = '0' + low % 10;
		low /= 10;
	} while (low);
	return p;
}

struct line {
	const char *which;	/* "epoch 1 report 97" or "recorded" */
	bool kernel;
};

static void print_value(const struct render *r, const char *key,
			const char *value)
{
	putc_unlocked(' ', r->out);
	fputs(key, r->out);
	putc_unlocked(' ', r->out);
	fputs(value, r->out);
}

static int print_line(const struct render *r, const struct line *l,
		      const struct reason *reason, const struct stats_cell *c)
{
	unsigned int where = reason ? RENDER_REASON : RENDER_TOTAL, i;
	const struct render_column *col;
	char buf[RENDER_U128_MAX], isa[ISA_NAME_MAX];

	fprintf(r->out, "kvm_exit_%s: %s:", r->unit, l->which);
	if (reason)
		fprintf(r->out, " %s %s:", isa_name(isa, reason->isa),
			reason->name);
	for (i = 0; i < render_nr_columns; i++) {
		col = &render_columns[i];
		if (!(col->where & where) ||
		    ((col->where & RENDER_STAMPS) && !r->stamped))
			continue;
		print_value(r, col->key ? col->key : r->unit,
			    (col->where & RENDER_LENGTH) && !stats_timed(c) ?
			    "-" : render_u128(buf, col->get(c, l->kernel)));
	}
	if (c->untimed)
		print_value(r, "timed", render_u128(buf, stats_timed(c)));
	return putc_unlocked('\n', r->out) == EOF ? -1 : 0;
}

static int print_block(const struct render *r, const struct line *l,
		       const struct stats_table *t)
{
	struct stats_cell total = stats_table_total(t);
	unsigned int i, left = t->nr_used;

	if (print_line(r, l, NULL, &total) < 0)
		return -1;
	for (i = 0; i < t->nr_slots && left; i++) {
		if (!t->cells[i].exits)
			continue;
		left--;
		if (print_line(r, l, &r->reasons->slots[i], &t->cells[i]) < 0)
			return -1;
	}
	return 0;
}

int render_report(const struct render *r, uint32_t epoch, uint64_t report,
		  const struct stats_table *t)
{
	char which[64];
	const struct line l = { which, true };

	snprintf(which, sizeof(which), "epoch %u report %llu", epoch,
		 (unsigned long long)report);
	return print_block(r, &l, t);
}

int render_recorded(const struct render *r, const struct stats_table *t)
{
	const struct line l = { "recorded", false };

	return print_block(r, &l, t);
}

int render_flush(const struct render *r)
{
	return output_flush(r->out);
}
