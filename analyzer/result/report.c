// SPDX-License-Identifier: GPL-2.0
#include "result/report.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

int report_init(struct view *v, const struct view_options *opt,
		const struct recording *info, const struct reasons *reasons)
{
	struct view_options of_reports = *opt;

	of_reports.subject = VIEW_OF_REPORTS;
	if (view_init(v, &of_reports, info, reasons) < 0)
		return -1;
	v->by = BY_REPORT | BY_REASON;
	return 0;
}

/* Have room for @nr lines.  There are as many groups as there is room for. */
static int make_room(struct view *v, size_t nr)
{
	struct view_report *r = &v->report;
	size_t i;

	if (nr <= r->allocated)
		return 0;
	free(r->reasons);
	free(v->groups.list);
	free(v->sorted);
	r->allocated = 0;
	r->reasons = calloc(nr, sizeof(*r->reasons));
	v->groups.list = calloc(nr, sizeof(*v->groups.list));
	v->sorted = calloc(nr, sizeof(*v->sorted));
	if (!r->reasons || !v->groups.list || !v->sorted)
		return error("out of memory: a report of %zu exit reasons", nr);
	r->allocated = nr;
	for (i = 0; i < nr; i++)
		v->sorted[i] = &v->groups.list[i];
	return 0;
}

static void set_line(struct view *v, size_t line, unsigned int slot,
		     const struct stats_cell *cell)
{
	const struct reason *reason = &v->reasons->slots[slot];
	struct group *g = &v->groups.list[line];

	v->report.reasons[line] = reason;
	g->key.isa = reason->isa;
	g->key.code = reason->code;
	g->cell = *cell;
}

int report_set(struct view *v, const struct report_id *id,
	       const struct stats_table *t)
{
	size_t line = 0;
	unsigned int i;

	v->groups.nr = 0;
	if (make_room(v, t->nr_used) < 0)
		return -1;
	v->report.proven = id;
	if (id) {
		v->report.epoch = id->epoch;
		v->report.since = id->since;
		v->report.number = id->number;
		v->report.seq = id->seq;
	}
	for (i = 0; line < t->nr_used; i++)
		if (t->cells[i].exits)
			set_line(v, line++, i, &t->cells[i]);
	v->groups.nr = v->nr_shown = line;
	v->total.cell = stats_table_total(t);
	return 0;
}

u128 report_value(const struct column *col, const struct group *g)
{
	static const struct view_options opt = { .subject = VIEW_OF_REPORTS };
	static const struct view v = { .opt = &opt,
				       .report = { .proven = true } };
	struct value value;

	columns_get(&v, col, g, &value);
	if (value.type != VALUE_NONE)
		return value.integer;
	/* Of no exits.  A log may say that the highest of none is something. */
	return strcmp(col->key, "max") ? 0 : g->cell.max;
}
