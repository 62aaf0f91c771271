// SPDX-License-Identifier: GPL-2.0
#include "result/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "base/error.h"
#include "base/output.h"
#include "event/clock.h"
#include "result/columns.h"

void view_release(struct view *v)
{
	groups_release(&v->groups);
	list_release(&v->list);
	group_release(&v->more);
	group_release(&v->total);
	free(v->sorted);
	memset(v, 0, sizeof(*v));
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void view_set_span(struct view *v, uint64_t first_ts, uint64_t last_ts)
{
	const struct filter *f = v->filter;
	uint64_t from = 0, to;

	if (last_ts < first_ts)
		last_ts = first_ts;
	v->first_ts = first_ts;
	v->has_span = clock_to_ns(v->info, last_ts - first_ts, &v->span_ns);
	to = v->span_ns;
	if (f->opt->from.given)
		from = min_u64(to, f->from_ns);
	if (f->opt->to.given)
		to = min_u64(to, f->to_ns);
	v->window_ns = to > from ? to - from : 0;
}

/* A group and what it is sorted by */
struct item {
	const struct group *group;
	struct value value;
};

/* Equal values: in the order of the keys, so that the order is defined. */
static int cmp_key(const struct group_key *a, const struct group_key *b)
{
	int order = compare_u64(a->ts, b->ts);

	if (!order)
		order = compare_u64(a->vm, b->vm);
	if (!order)
		order = compare_u64(a->vcpu, b->vcpu);
	if (!order)
		order = compare_u64(a->cpu, b->cpu);
	if (!order)
		order = compare_u64(a->isa, b->isa);
	if (!order)
		order = compare_u64(a->code, b->code);
	if (!order)
		order = compare_u64(a->rip_is, b->rip_is);
	if (!order)
		order = compare_u64(a->rip, b->rip);
	return order ? order : detail_compare(&a->detail, &b->detail);
}

static int cmp_item(const void *a, const void *b, void *arg)
{
	const struct item *x = a, *y = b;
	int order = columns_compare(arg, &x->value, &y->value);

	return order ? order : cmp_key(&x->group->key, &y->group->key);
}

static int sort(struct view *v)
{
	const struct column *col = v->opt->sort;
	size_t nr = v->groups.nr, i;
	struct item *items = malloc((nr + 1) * sizeof(*items));

	v->sorted = malloc((nr + 1) * sizeof(*v->sorted));
	if (!items || !v->sorted) {
		free(items);
		return error("out of memory: %zu groups", nr);
	}
	if (!col)
		col = columns_find(v->opt->subject,
				   v->opt->subject == VIEW_OF_TIME ?
				   "processing" : "cycles");
	for (i = 0; i < nr; i++) {
		items[i].group = &v->groups.list[i];
		columns_get(v, col, items[i].group, &items[i].value);
	}
	qsort_r(items, nr, sizeof(*items), cmp_item, (void *)col);
	for (i = 0; i < nr; i++)
		v->sorted[i] = items[i].group;
	free(items);
	return 0;
}

int view_finish(struct view *v)
{
	size_t nr, i;

	if (list_to_groups(&v->list, &v->groups) < 0 ||
	    group_merge(&v->total, &v->list.rest) < 0 ||
	    group_merge(&v->more, &v->list.rest) < 0)
		return -1;
	nr = v->groups.nr;

	for (i = 0; i < nr; i++)
		if (group_merge(&v->total, &v->groups.list[i]) < 0)
			return -1;
	if (sort(v) < 0)
		return -1;
	v->nr_shown = nr;
	if (v->opt->top && v->opt->top < nr)
		v->nr_shown = v->opt->top;
	v->nr_more = nr - v->nr_shown + v->list.rest.cell.exits;
	for (i = v->nr_shown; i < nr; i++)
		if (group_merge(&v->more, v->sorted[i]) < 0)
			return -1;
	return 0;
}

int view_print(const struct view *v, FILE *out)
{
	static int (*const prints[])(const struct view *v, FILE *out) = {
		[VIEW_TABLE] = table_print,
		[VIEW_JSON] = json_print,
		[VIEW_CSV] = csv_print,
	};

	if (prints[v->opt->format](v, out) < 0 && !ferror(out))
		return error("out of memory: output");
	return output_flush(out);
}
