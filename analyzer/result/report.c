// SPDX-License-Identifier: GPL-2.0
#include "result/report.h"

#include <stddef.h>

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

#define BOTH	(REPORT_TOTAL | REPORT_REASON)

const struct report_column report_columns[] = {
	{ "exits", BOTH | REPORT_SUM, get_exits },
	{ NULL, BOTH | REPORT_SUM, get_cycles },
	{ "min", REPORT_REASON | REPORT_LENGTH, get_min },
	{ "avg", REPORT_REASON | REPORT_LENGTH, get_avg },
	{ "max", REPORT_REASON | REPORT_LENGTH, get_max },
	{ "user", BOTH | REPORT_SUM | REPORT_STAMPS, get_user },
	{ "halted", BOTH | REPORT_SUM | REPORT_STAMPS, get_halted },
	{ "off_cpu", BOTH | REPORT_SUM | REPORT_STAMPS, get_off_cpu },
	{ "backwards", REPORT_TOTAL | REPORT_SUM | REPORT_STAMPS,
	  get_backwards },
};

const unsigned int report_nr_columns =
	sizeof(report_columns) / sizeof(report_columns[0]);

u128 report_value(const struct report_column *col, const struct stats_cell *c,
		  bool kernel)
{
	return col->get(c, kernel);
}
