// SPDX-License-Identifier: GPL-2.0
/*
 * What is done before a recording is read, for any view, and before it is read
 * once more.
 */
#include "sink/views-both.h"

void views_expect_passes(const struct views *s, unsigned int passes)
{
	progress_expect(s->opt->progress,
			passes * source_recording(s->src)->data_bytes);
}

void views_set_mask(struct views *s)
{
	unsigned int by = view_by(&s->opt->view);

	/* vcpu_id is unique within a VM only. */
	if (by & BY_VCPU)
		by |= BY_VM;
	s->tell_apart = !s->view.stamped && (by & BY_VCPU);
	s->view.by = s->tell_apart ? by | BY_THREAD : by;
	s->mask = (struct group_key){ .vm = 0 };
	if (by & BY_VM)
		s->mask.vm = UINT32_MAX;
	if (by & BY_VCPU)
		s->mask.vcpu = UINT32_MAX;
	if (by & BY_THREAD)
		s->mask.thread = UINT32_MAX;
	if (by & BY_CPU)
		s->mask.cpu = UINT32_MAX;
	if (by & BY_LEVEL)
		s->mask.level = UINT16_MAX;
	if (by & BY_REASON) {
		s->mask.isa = UINT32_MAX;
		s->mask.code = UINT64_MAX;
	}
}

int views_forget(struct views *s)
{
	if (s->sums)
		s->sums->odd = true;
	if (s->both)
		s->both->odd = true;
	views_close_shards(s);
	groups_release(&s->view.groups);
	epochs_release(&s->epochs);
	timeline_release(&s->timeline);
	s->counts = (struct by_number_counts){ .entries = 0 };
	s->view.losses = (struct losses){ .lost_events = 0 };
	s->view.isas = 0;
	s->first_ts = 0;
	s->last_ts = 0;
	return views_begin_details(s);
}

/* Empty what is filled by the exits one by one. */
int views_begin_details(struct views *s)
{
	if (s->list) {
		list_release(s->list);
		s->list->max = s->opt->view.dearest ? s->opt->view.dearest :
			       s->opt->view.top ? s->opt->view.top : LIST_DEFAULT;
		s->list->of = s->of;
		s->list->in_groups = s->opt->view.dearest && s->of == STATS_OF_CYCLES;
	}
	if (!s->details)
		return 0;
	details_release(s->details);
	return details_init(s->details, s->p, s->src);
}
