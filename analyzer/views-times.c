// SPDX-License-Identifier: GPL-2.0
/*
 * Where the time of vCPUs went.  It takes one more pass, in the order of time:
 * see timepass.h.
 */
#include "timepass.h"
#include "views-private.h"

/* The time of one vCPU, into its group */
static int add_time(struct views *s, const struct timepass *tp,
		    const struct timeline_vcpu *vcpu)
{
	const struct group_key key = { .vm = vcpu->vm, .vcpu = vcpu->vcpu };
	const struct group_key masked = { .vm = key.vm & s->mask.vm,
					  .vcpu = key.vcpu & s->mask.vcpu };
	struct times times;
	struct group *g;

	if (s->filter.any && !filter_takes(&s->filter, &key, 0))
		return 0;
	g = groups_get(&s->view.groups, &masked);
	if (!g)
		return s->view.groups.full ? groups_error() : -1;
	timeline_get(vcpu, tp->first, tp->last, &times);
	return group_add_times(g, &times);
}

int views_add_times(struct views *s)
{
	const struct timeline *tl;
	struct timepass tp;
	size_t i;
	int ret;

	ret = timepass_run(&tp, s->td, s->p, s->view.stamped);
	tl = &tp.timeline;
	s->view.times_span = tp.last - tp.first;
	for (i = 0; i < tl->size && !ret; i++)
		if (tl->vcpus[i].used)
			ret = add_time(s, &tp, &tl->vcpus[i]);
	views_warn_odd(s, ret ? 0 : tl->backwards,
		       "events that are earlier than the one before, of the same vCPU");
	timepass_release(&tp);
	return ret;
}
