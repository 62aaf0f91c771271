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

/* Columns of a line, and the words before their figures */
struct words {
	const struct column *columns[COLUMNS_MAX];
	char text[COLUMNS_MAX][COLUMN_TEXT_MAX + 2];	/* " cycles " */
	size_t len[COLUMNS_MAX];
	unsigned int nr;
};

/* What the lines of a block have in common */
struct block {
	const struct view *v;
	FILE *out;
	char begin[128];		/* "kvm_exit_cycles: epoch 1 report 97:" */
	struct words total, reason;
};

static void set_words(struct words *w, const struct view *v, unsigned int where)
{
	char name[COLUMN_TEXT_MAX], *to;
	const struct column *col;
	unsigned int i;

	w->nr = 0;
	for (i = 0; i < nr_columns; i++) {
		col = &columns[i];
		if (!(col->flags & where) || (col->flags & COLUMN_UNTIMED) ||
		    (!v->stamped && (col->flags & COLUMN_STAMPS)))
			continue;
		w->columns[w->nr] = col;
		to = w->text[w->nr];
		*to++ = ' ';
		to = stpcpy(to, columns_name(v, col->key, name));
		*to++ = ' ';
		w->len[w->nr] = to - w->text[w->nr];
		w->nr++;
	}
}

static void print_figures(const struct block *b, const struct words *w,
			  const struct group *g)
{
	char text[COLUMNS_MAX * (COLUMN_TEXT_MAX + 2 + DECIMAL_U128_MAX)];
	struct value value;
	char *to = text;
	unsigned int i;

	for (i = 0; i < w->nr; i++) {
		columns_get(b->v, w->columns[i], g, &value);
		memcpy(to, w->text[i], w->len[i]);
		to += w->len[i];
		if (value.type == VALUE_NONE)
			*to++ = '-';
		else
			to = decimal_append(to, value.integer);
	}
	fwrite_unlocked(text, to - text, 1, b->out);
}

/* @reason: NULL in the line for the total */
static int print_line(const struct block *b, const struct reason *reason,
		      const struct group *g)
{
	char digits[DECIMAL_U128_MAX], isa[ISA_NAME_MAX];

	fputs_unlocked(b->begin, b->out);
	if (reason) {
		putc_unlocked(' ', b->out);
		fputs_unlocked(isa_name(isa, reason->isa), b->out);
		putc_unlocked(' ', b->out);
		fputs_unlocked(reason->name, b->out);
		putc_unlocked(':', b->out);
	}
	print_figures(b, reason ? &b->reason : &b->total, g);
	if (g->cell.untimed) {
		fputs_unlocked(" timed ", b->out);
		fputs_unlocked(decimal_u128(digits, stats_timed(&g->cell)),
			       b->out);
	}
	return putc_unlocked('\n', b->out) == EOF ? -1 : 0;
}

static int print_block(const struct view *v, FILE *out)
{
	struct block b;
	size_t i;

	b.v = v;
	b.out = out;
	if (v->report.proven)
		snprintf(b.begin, sizeof(b.begin),
			 "kvm_exit_%s: epoch %" PRIu32 " report %" PRIu64 ":",
			 v->unit, v->report.epoch, v->report.number);
	else
		snprintf(b.begin, sizeof(b.begin), "kvm_exit_%s: recorded:",
			 v->unit);
	set_words(&b.total, v, COLUMN_REPORT_TOTAL);
	set_words(&b.reason, v, COLUMN_REPORT);
	if (print_line(&b, NULL, &v->total) < 0)
		return -1;
	for (i = 0; i < v->nr_shown; i++)
		if (print_line(&b, v->report.reasons[i], v->sorted[i]) < 0)
			return -1;
	return 0;
}

const struct format format_reports = { .block = print_block };
