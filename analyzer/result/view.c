// SPDX-License-Identifier: GPL-2.0
#include "result/view.h"

#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "base/error.h"
#include "event/clock.h"
#include "result/columns.h"
#include "result/task_names.h"

/* What it shows of others, which may be gone before it is printed */
struct view_copies {
	struct view_options opt;
	struct recording info;
	struct reasons reasons;
	struct guest_map map;
	struct tasks tasks;
};

int view_init(struct view *v, const struct view_options *opt,
	      const struct recording *info, const struct reasons *reasons)
{
	struct view_copies *c = calloc(1, sizeof(*c));

	memset(v, 0, sizeof(*v));
	if (!c)
		return error("out of memory: a view");
	v->copies = c;
	v->opt = &c->opt;
	v->info = &c->info;
	v->reasons = &c->reasons;
	v->tasks = &c->tasks;
	c->opt = *opt;
	/* As they were given: they have become @subject and @sort. */
	c->opt.view = NULL;
	c->opt.sort_key = NULL;
	c->opt.columns_list = NULL;
	c->opt.guest_map = NULL;
	c->opt.program = NULL;
	c->opt.filter.nr_reasons = 0;
	if (filter_options_copy(&c->opt.filter, &opt->filter) < 0 ||
	    recording_copy(&c->info, info) < 0 ||
	    reasons_copy(&c->reasons, reasons) < 0 ||
	    tasks_copy(&c->tasks, info->tasks) < 0)
		return -1;
	if (!opt->guest_map)
		return 0;
	v->map = &c->map;
	return guest_map_read(&c->map, opt->guest_map);
}

static void release_copies(struct view *v)
{
	if (!v->copies)
		return;
	filter_options_release(&v->copies->opt.filter);
	recording_release(&v->copies->info);
	reasons_release(&v->copies->reasons);
	guest_map_release(&v->copies->map);
	tasks_release(&v->copies->tasks);
	free(v->copies);
}

void view_release(struct view *v)
{
	size_t i;

	release_copies(v);
	for (i = 0; i < v->nr_sources; i++) {
		free(v->sources[i].path);
		free(v->sources[i].host);
		tasks_release(&v->sources[i].tasks);
	}
	free(v->sources);
	free(v->report.reasons);
	groups_release(&v->groups);
	list_release(&v->list);
	group_release(&v->more);
	group_release(&v->total);
	free(v->sorted);
	memset(v, 0, sizeof(*v));
}

int view_take_list(struct view *to, struct view *from, const struct view_options *opt)
{
	const unsigned int owner = BY_VM | BY_THREAD;
	struct view own;
	int ret = view_init(&own, opt, from->info, from->reasons);

	*to = *from;
	to->copies = own.copies;
	to->opt = own.opt;
	to->info = own.info;
	to->reasons = own.reasons;
	to->map = own.map;
	to->tasks = own.tasks;
	to->groups = own.groups;
	to->by = (view_by(opt) & ~owner) | (from->by & owner);
	memset(&from->list, 0, sizeof(from->list));
	return ret < 0 || tasks_copy(to->tasks, from->tasks) < 0 ? -1 : 0;
}

void view_become_list(struct view *v, const struct view_options *opt)
{
	const unsigned int owner = BY_VM | BY_VCPU | BY_THREAD;
	struct view_options *own = &v->copies->opt;

	own->subject = VIEW_OF_LIST;
	own->by = opt->by;
	own->nr_columns = opt->nr_columns;
	memcpy(own->columns, opt->columns, sizeof(own->columns));
	v->by = (view_by(own) & ~owner) | (v->by & owner);
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void view_choose(struct view *v, const struct filter *f)
{
	v->chosen = f->any;
	v->longer_than = f->longer_than;
	v->from_ns = f->from_ns;
	v->to_ns = f->to_ns;
}

void view_set_span(struct view *v, uint64_t first_ts, uint64_t last_ts)
{
	const struct filter_options *f = &v->opt->filter;
	uint64_t from = 0, to;

	if (last_ts < first_ts)
		last_ts = first_ts;
	v->first_ts = first_ts;
	v->has_span = clock_rate(v->info, &v->rate);
	if (v->has_span)
		v->span_ns = clock_scale(last_ts - first_ts, v->rate.mult, v->rate.div);
	else
		v->rate = (struct clock_rate){ 0, 0 };
	to = v->span_ns;
	if (f->from.given)
		from = min_u64(to, v->from_ns);
	if (f->to.given)
		to = min_u64(to, v->to_ns);
	v->window_ns = to > from ? to - from : 0;
}

void view_set_tsc_khz(struct view *v, uint32_t khz)
{
	if (khz)
		v->copies->info.tsc_khz = khz;
}

int view_choose_unit(struct view *v)
{
	const struct view_options *opt = v->opt;
	const bool for_people = opt->format == VIEW_SUMMARY ||
				opt->format == VIEW_HTML ||
				opt->format == VIEW_PROMETHEUS ||
				(opt->format == VIEW_TABLE &&
				 (opt->terminal || opt->unit == UNIT_WANTED_AUTO));
	const bool scale = for_people && !opt->raw;

	if (unit_choose(&v->shown, opt->unit, scale, v->unit, v->info,
			&v->fit) < 0)
		return -1;
	v->shown.rounded = !opt->raw && (opt->format == VIEW_SUMMARY ||
					 (opt->format == VIEW_TABLE && opt->terminal));
	return 0;
}

/* A group and what it is sorted by */
struct item {
	const struct group *group;
	struct value value;
};

static int cmp_item(const void *a, const void *b, void *arg)
{
	const struct item *x = a, *y = b;
	int order = columns_compare(arg, &x->value, &y->value);

	/* Equal values: in the order of the keys, so that it is defined. */
	return order ? order : group_key_compare(&x->group->key, &y->group->key);
}

/* What goes by time is in its order, unless another one is asked for. */
static int cmp_time(const void *a, const void *b, void *arg)
{
	const struct item *x = a, *y = b;
	int order = compare_u64(x->group->key.ts, y->group->key.ts);

	return order ? order : cmp_item(a, b, arg);
}

/* As it is not rounded yet, the order does not depend on the unit. */
static int sort(struct view *v)
{
	const struct unit shown = v->shown;
	const struct column *col = v->opt->sort;
	const bool by_time = (v->by & BY_TIME) && !col;
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
				   "processing" : stats_of_name(v->opt->of));
	v->shown.converted = false;
	v->shown.rounded = false;
	for (i = 0; i < nr; i++) {
		items[i].group = &v->groups.list[i];
		columns_get(v, col, items[i].group, &items[i].value);
	}
	v->shown = shown;
	qsort_r(items, nr, sizeof(*items), by_time ? cmp_time : cmp_item,
		(void *)col);
	for (i = 0; i < nr; i++)
		v->sorted[i] = items[i].group;
	free(items);
	return 0;
}

int view_for_groups(const struct view *v, view_group_fn fn, void *arg)
{
	size_t i;
	int ret = 0;

	if (v->each)
		return v->each(v, fn, arg);
	for (i = 0; i < v->nr_shown && ret >= 0; i++)
		ret = fn(arg, v, v->sorted[i]);
	return ret < 0 ? ret : 0;
}

int view_finish(struct view *v)
{
	size_t nr, i;

	if (list_to_groups(&v->list, &v->groups) < 0 ||
	    group_merge(&v->total, &v->list.rest) < 0 ||
	    group_merge(&v->more, &v->list.rest) < 0)
		return -1;
	nr = v->groups.nr;
	task_names_find(v);
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
