// SPDX-License-Identifier: GPL-2.0
/*
 * A view as folded stacks, for flame graphs: a line for each group, whose labels are
 * the frames, from the outermost in, and its cycles, or what --of names.  Of a view of
 * time, the innermost frame is the part of the vCPU's time.
 *
 *	vm_4242;vcpu_0;svm_io;out_0x3f8 123456
 *
 * In frames a space becomes _ and a semicolon becomes :, as in stackcollapse-perf.pl of
 * https://github.com/brendangregg/FlameGraph; a control character becomes ?.
 */
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "output/formats.h"
#include "result/columns.h"

struct folded {
	const struct view *v;
	FILE *out;
	const struct column *list[COLUMNS_MAX];
	unsigned int nr;
};

static bool is_control(char c)
{
	return (unsigned char)c < ' ' || c == '\177';
}

static void put_text(const char *text, FILE *out)
{
	for (; *text; text++)
		putc(*text == ' ' ? '_' : *text == ';' ? ':' :
		     is_control(*text) ? '?' : *text, out);
}

/* A number says what it is of: "vcpu_0". */
static void put_label(const struct column *col, const struct value *value, FILE *out)
{
	char buf[DECIMAL_MAX];

	if (value->type == VALUE_TEXT)
		put_text(value->text, out);
	else
		fprintf(out, "%s_%s", col->key,
			decimal_text(buf, value->integer, value->decimals));
}

/* What has no value is no frame; a name goes on with the number before it. */
static void put_frames(const struct folded *f, const struct group *g)
{
	const struct column *before = NULL, *col;
	struct value value;
	unsigned int i;

	for (i = 0; i < f->nr; i++) {
		col = f->list[i];
		if (!(col->flags & COLUMN_LABEL))
			continue;
		columns_get(f->v, col, g, &value);
		if (value.type == VALUE_NONE)
			continue;
		if (before)
			putc((col->flags & COLUMN_NAME) && before->by == col->by ?
			     '_' : ';', f->out);
		put_label(col, &value, f->out);
		before = col;
	}
	if (!before)
		fputs("all", f->out);
}

/* A flame graph has no room for nothing. */
static void put_line(const struct folded *f, const struct group *g, const char *part,
		     u128 weight)
{
	char buf[DECIMAL_U128_MAX];

	if (!weight)
		return;
	if (g == &f->v->more)
		fputs("more", f->out);
	else
		put_frames(f, g);
	fprintf(f->out, "%s%s %s\n", part ? ";" : "", part ? part : "",
		decimal_u128(buf, weight));
}

static bool is_part(const struct column *col)
{
	return (col->flags & COLUMN_TIME) && col->unit == UNIT_CYCLES &&
	       strcmp(col->key, "span") != 0;
}

static void put_times(const struct folded *f, const struct group *g)
{
	unsigned int i;

	for (i = 0; i < f->nr; i++)
		if (is_part(f->list[i]) && g->times)
			put_line(f, g, f->list[i]->key,
				 g->times->part[f->list[i]->part]);
}

static void put_group(const struct folded *f, const struct group *g)
{
	if (f->v->opt->subject == VIEW_OF_TIME)
		put_times(f, g);
	else
		put_line(f, g, NULL, stats_sum_of(&g->cell, f->v->opt->of));
}

static int put_block(const struct view *v, FILE *out)
{
	struct folded f = { .v = v, .out = out };
	size_t i;

	f.nr = columns_select(v, false, f.list);
	for (i = 0; i < v->nr_shown; i++)
		put_group(&f, v->sorted[i]);
	if (v->nr_more)
		put_group(&f, &v->more);
	return ferror(out) ? -1 : 0;
}

const struct format format_folded = { NULL, put_block, NULL };
