// SPDX-License-Identifier: GPL-2.0
#include "output/reports.h"

#include <string.h>

#include "base/decimal.h"
#include "base/output.h"

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
	unsigned int where = reason ? REPORT_REASON : REPORT_TOTAL, i;
	const struct report_column *col;
	char buf[DECIMAL_U128_MAX], isa[ISA_NAME_MAX];

	fprintf(r->out, "kvm_exit_%s: %s:", r->unit, l->which);
	if (reason)
		fprintf(r->out, " %s %s:", isa_name(isa, reason->isa),
			reason->name);
	for (i = 0; i < report_nr_columns; i++) {
		col = &report_columns[i];
		if (!(col->where & where) ||
		    ((col->where & REPORT_STAMPS) && !r->stamped))
			continue;
		print_value(r, col->key ? col->key : r->unit,
			    (col->where & REPORT_LENGTH) && !stats_timed(c) ?
			    "-" : decimal_u128(buf, col->get(c, l->kernel)));
	}
	if (c->untimed)
		print_value(r, "timed", decimal_u128(buf, stats_timed(c)));
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
