// SPDX-License-Identifier: GPL-2.0
/*
 * What --from and --to leave of a view of time: a window in the unit of its time
 * line.
 */
#include <string.h>

#include "base/error.h"
#include "event/clock.h"
#include "sink/views-private.h"

/* Time stamps are in the unit of what is charged: without stamps, or of the TSC */
static bool has_own_clock(const struct views *s)
{
	const struct clock *clock = clock_of(s->view.info);

	return !s->view.stamped || (clock && clock->unit && strcmp(clock->unit, "ns"));
}

void views_set_window(struct views *s)
{
	struct timeline *tl = &s->timeline;

	if (s->opt->view.subject != VIEW_OF_TIME || !views_has_window(s))
		return;
	tl->cut = has_own_clock(s) || s->has_window;
	tl->begin = s->has_window ? s->window_begin : s->filter.begin;
	tl->end = s->has_window ? s->window_end : s->filter.end;
}

bool views_needs_stamps(const struct views *s)
{
	return views_has_window(s) && !s->has_window && !has_own_clock(s);
}

int views_find_window(struct views *s)
{
	struct rate rate;

	if (rates_fit(&s->rates, &rate) != RATE_GOOD ||
	    !rates_to_tsc(&s->rates, rate.hz, s->filter.begin, &s->window_begin) ||
	    !rates_to_tsc(&s->rates, rate.hz, s->filter.end, &s->window_end))
		return error("--%s: %s: the time stamps of its events do not tell the TSC, which a view of time goes by",
			     s->filter.opt->from.given ? "from" : "to",
			     s->view.info->path);
	s->has_window = true;
	return 0;
}
