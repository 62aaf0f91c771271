// SPDX-License-Identifier: GPL-2.0
/*
 * What is missing of each epoch, by the ledger's rules.  It is given no
 * figures, just how many exits there are.
 */
#include "ledger.h"
#include "views-private.h"

/*
 * How many different exits of @e are recorded.  What was interrupted may have
 * some twice: not more than there are numbers.
 */
static uint64_t distinct_exits(const struct ledger *l, const struct epoch *e)
{
	uint64_t most, exits = e->entries - e->left_out;

	if (!e->first_seq)
		return 0;
	most = ledger_highest_seq(l) - (e->first_seq - 1);
	return exits < most ? exits : most;
}

/* Where a number is not what the kernel gives, the sum may need more bits. */
static void add_saturating(uint64_t *sum, uint64_t n)
{
	*sum = n > UINT64_MAX - *sum ? UINT64_MAX : *sum + n;
}

static void report_epoch(struct views *s, const struct ledger_epoch *e,
			 bool is_last)
{
	/* What was not read is not missing. */
	if (s->view.losses.unread)
		return;
	add_saturating(&s->view.before, e->before);
	add_saturating(&s->view.lost, e->lost);
	if (analyze_epoch(e, is_last, s->reports) != STATUS_OK)
		s->status = STATUS_LOSSES;
}

int views_count_missing(struct views *s)
{
	const struct stats_table empty = { .cells = NULL };
	const struct epochs *epochs = &s->epochs;
	struct ledger_epoch outcome;
	struct ledger ledger;
	size_t i;
	int ret;

	ret = ledger_init(&ledger, epochs, s->p->reasons.nr,
			  losses_none(s->td, &s->view.losses));
	for (i = 0; i < epochs->nr && !ret; i++) {
		ledger_begin_epoch(&ledger, &epochs->list[i]);
		ledger_add(&ledger, 1,
			   distinct_exits(&ledger, &epochs->list[i]), &empty);
		outcome = ledger_end_epoch(&ledger);
		report_epoch(s, &outcome, i + 1 == epochs->nr);
	}
	ledger_release(&ledger);
	return ret;
}
