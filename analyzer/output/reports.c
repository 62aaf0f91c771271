// SPDX-License-Identifier: GPL-2.0
/*
 * Reports in the grammar of the kernel's own.
 *
 *	kvm_exit_cycles: epoch 1 report 97: exits 48215 cycles 6738012420 ...
 *	kvm_exit_cycles: epoch 1 report 97: svm hlt: exits 2561 cycles ...
 *
 * A block of all recorded exits says "recorded" in place of epoch and report, so that
 * it cannot be taken for the kernel's.  Without stamps there are fewer columns, and
 * the unit stands in the first word, too: kvm_exit_ns: recorded: exits 3 ns 9.
 * Where exits have no length, a last column says how many do: exits 3 ns 6 timed 2.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "output/formats.h"
#include "result/columns.h"

static void print_value(const char *key, const char *value, FILE *out)
{
	putc_unlocked(' ', out);
	fputs_unlocked(key, out);
	putc_unlocked(' ', out);
	fputs_unlocked(value, out);
}

static void print_column(const struct view *v, const struct column *col,
			 const struct group *g, FILE *out)
{
	char digits[DECIMAL_U128_MAX], name[COLUMN_TEXT_MAX];
	struct value value;

	columns_get(v, col, g, &value);
	print_value(columns_name(v, col->key, name),
		    value.type == VALUE_NONE ? "-" :
		    decimal_u128(digits, value.integer), out);
}

/* @reason: NULL in the line for the total */
static int print_line(const struct view *v, const char *which,
		      const struct reason *reason, const struct group *g,
		      FILE *out)
{
	unsigned int where = reason ? COLUMN_REPORT : COLUMN_REPORT_TOTAL, i;
	char digits[DECIMAL_U128_MAX], isa[ISA_NAME_MAX];
	const struct column *col;

	fprintf(out, "kvm_exit_%s: %s:", v->unit, which);
	if (reason)
		fprintf(out, " %s %s:", isa_name(isa, reason->isa), reason->name);
	for (i = 0; i < nr_columns; i++) {
		col = &columns[i];
		if ((col->flags & where) && !(col->flags & COLUMN_UNTIMED) &&
		    (v->stamped || !(col->flags & COLUMN_STAMPS)))
			print_column(v, col, g, out);
	}
	if (g->cell.untimed)
		print_value("timed", decimal_u128(digits, stats_timed(&g->cell)),
			    out);
	return putc_unlocked('\n', out) == EOF ? -1 : 0;
}

static int print_block(const struct view *v, FILE *out)
{
	char which[64] = "recorded";
	size_t i;

	if (v->report.proven)
		snprintf(which, sizeof(which), "epoch %" PRIu32 " report %" PRIu64,
			 v->report.epoch, v->report.number);
	if (print_line(v, which, NULL, &v->total, out) < 0)
		return -1;
	for (i = 0; i < v->nr_shown; i++)
		if (print_line(v, which, v->report.reasons[i], v->sorted[i],
			       out) < 0)
			return -1;
	return 0;
}

const struct format format_reports = { .block = print_block };
