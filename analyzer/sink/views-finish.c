// SPDX-License-Identifier: GPL-2.0
/*
 * What is done when a recording has been read, for any view.
 */
#include <inttypes.h>

#include "base/error.h"
#include "sink/views-private.h"

static bool any_nested(const struct groups *groups)
{
	size_t i;

	for (i = 0; i < groups->nr; i++)
		if (groups->list[i].key.level == LEVEL_L2)
			return true;
	return false;
}

static void report_details(struct views *s)
{
	const struct details *d = s->details;

	s->view.detailed = true;
	s->view.unknown = d->unknown;
	s->view.unattached = d->unattached;
	s->view.no_room = d->no_room;
	missing_details(d->unknown, d->unattached);
	if (s->view.by & BY_LEVEL)
		missing_levels(d->inside.level == LEVEL_L1,
			       any_nested(&s->view.groups));
	if (d->no_room)
		warning("more than %u groups: exits of further ones, shown as other: %" PRIu64,
			GROUPS_DETAILED_MAX, d->no_room);
}

static bool nothing_chosen(const struct view *v)
{
	size_t i;

	for (i = 0; i < v->groups.nr; i++)
		if (v->groups.list[i].cell.exits)
			return false;
	return !v->list.nr && !v->list.rest.cell.exits;
}

int views_finish(struct views *s)
{
	struct view *v = &s->view;

	if (s->details)
		report_details(s);
	if (v->opt->subject == VIEW_OF_TIME && views_add_times(s) < 0)
		return STATUS_FAILED;
	v->lacking = v->stamped ?
		     missing_lacking(s->src, &v->losses, &s->epochs) :
		     source_lacking_events(s->src);
	progress_end(s->opt->progress);
	v->fit.verdict = rates_fit(&s->rates, &v->fit.rate);
	if ((v->by & BY_TIME) && !v->groups.width_ns)
		v->groups.width_ns = v->opt->width_ns ? v->opt->width_ns : 1;
	v->complete = true;
	if (v->chosen && v->exits && nothing_chosen(v))
		note("no exit matches the filter: %s", s->opt->path);
	return STATUS_OK;
}
