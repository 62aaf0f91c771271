// SPDX-License-Identifier: GPL-2.0
/*
 * What is missing of each epoch, by the rules of the proof.  It is given no
 * figures, just how many exits there are.
 */
#include <inttypes.h>

#include "base/error.h"
#include "sink/proof.h"
#include "sink/views-private.h"

void views_warn_odd(struct views *s, uint64_t n, const char *what)
{
	if (!n)
		return;
	warning("%s: %s: %" PRIu64, what, s->opt->path, n);
	s->status = STATUS_LOSSES;
}

static void report_epoch(struct views *s, struct missing_epochs *all,
			 const struct proof_epoch *e, bool is_last)
{
	/* Later epochs begin in it. */
	const bool midway = source_recording(s->src)->midway &&
			    (e->late || e->number == s->epochs.list[0].number);

	/* What was not read is not missing. */
	if (s->view.losses.unread)
		return;
	if (missing_epoch(all, e, is_last, s->counts.reports, midway) != STATUS_OK)
		s->status = STATUS_LOSSES;
}

/* Numbers that are not there are on their way, unless something was lost. */
static bool is_on_its_way(const struct views *s)
{
	const struct losses *l = &s->view.losses;

	return source_recording(s->src)->meanwhile && !l->lost_events && !l->lost_uncounted &&
	       !l->damaged;
}

/* Numbers do not tell, but the buffers do. */
static void see_some_only(struct views *s)
{
	const struct losses *l = &s->view.losses;

	if (l->lost_events || l->lost_uncounted)
		s->status = STATUS_LOSSES;
}

int views_count_missing(struct views *s)
{
	const bool some_only = source_recording(s->src)->some_only;
	const struct stats_table empty = { .cells = NULL };
	const struct epochs *epochs = &s->epochs;
	struct missing_epochs all = { .before = 0 };
	struct proof_epoch outcome;
	struct proof proof;
	size_t i;
	int ret;

	ret = proof_init(&proof, epochs, s->p->reasons.nr,
			  losses_none(s->src, &s->view.losses, epochs->nr == 1 &&
				      epochs_whole(epochs)));
	for (i = 0; i < epochs->nr && !ret; i++) {
		proof_begin_epoch(&proof, &epochs->list[i]);
		proof_add(&proof, 1, epochs->list[i].entries, &empty);
		outcome = proof_end_epoch(&proof);
		if (is_on_its_way(s))
			outcome.lost = 0;
		if (some_only)
			outcome.before = outcome.lost = 0;
		report_epoch(s, &all, &outcome, i + 1 == epochs->nr);
	}
	missing_epochs_end(&all);
	if (some_only)
		see_some_only(s);
	s->view.before = all.before;
	s->view.lost = all.lost;
	proof_release(&proof);
	return ret;
}
