// SPDX-License-Identifier: GPL-2.0
/*
 * Exits with a number that was there before, or that comes too late.  No kernel
 * writes such; but a view counts the exits that reports count.
 *
 * Threads that read one stream each cannot see it.  But a stream with numbers
 * that do not ascend shows, and so does an epoch with more exits than numbers, or
 * less: then some are lost, and others may be there twice in their place.  It
 * takes the first pass of the reports to tell (gather.h).  If there are such
 * exits, the pass that reports fall back to says which (winpass.h), and all is
 * read once more without them.
 */
#include "gather.h"
#include "views-private.h"

int views_see_odd(struct views_shard *sh, struct views_stream *st,
		  const struct event_entry *e)
{
	const struct winpass_rejects *r = st->rejects;

	if (r && st->next_reject < r->nr &&
	    r->ordinals[st->next_reject] == st->nr_exits++)
		st->next_reject++;
	else if (isa_valid(e->isa))
		return 1;
	else
		sh->bad_isa++;
	return epochs_leave_out(&st->epochs, e->epoch);
}

/* By the reports' first pass: return 1 if no number is there twice, 0 or -1 */
static int all_once(const struct views *s)
{
	struct gathered g;
	int ret;

	ret = gather_run(&g, s->td, s->p, s->opt->threads);
	gather_release(&g);
	return ret;
}

static int find_rejects(struct views *s)
{
	struct winpass *wp = &s->winpass;
	struct oddities odd;
	size_t i;
	int ret;

	if (winpass_open(wp, s->td, s->p, WINPASS_REJECTS) < 0)
		return -1;
	for (i = 0; i < s->epochs.nr; i++) {
		while ((ret = winpass_next(wp, &s->epochs.list[i])) > 0)
			;
		if (ret < 0)
			return -1;
	}
	winpass_close_records(wp);
	odd = winpass_oddities(wp);
	return odd.late || odd.repeated;
}

int views_find_repeated(struct views *s)
{
	int ret;

	/* Of a part there is no telling, and no time. */
	if (epochs_gapless(&s->epochs) || tracedat_unread(s->td))
		return 0;
	views_expect_passes(s, 1);
	ret = all_once(s);
	if (ret)
		return ret < 0 ? -1 : 0;
	views_expect_passes(s, 2);
	return find_rejects(s);
}
