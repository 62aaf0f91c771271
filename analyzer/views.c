// SPDX-License-Identifier: GPL-2.0
/*
 * The driving loops of views: which one it takes, and what is said.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "event/clock.h"
#include "result/columns.h"
#include "sink/views-private.h"

static void report_end(struct views *s)
{
	const struct by_number_counts *n = &s->counts;

	if (missing_stamped(s->src, &s->view.losses, &s->epochs,
				   n->accounted) != STATUS_OK)
		s->status = STATUS_LOSSES;
	views_warn_odd(s, s->view.losses.short_records,
		       "records too short for their event");
	views_warn_odd(s, n->bad_isa, "exits that are neither of VMX nor of SVM");
	views_warn_odd(s, n->late, "exits out of order, not used");
	views_warn_odd(s, n->repeated, "exits with a number that another one has");
	views_warn_odd(s, s->epochs.contradictions,
		       "events that contradict each other on since, interval or end of a report");
	views_warn_odd(s, s->details ? s->details->mismatch : 0,
		       MISSING_MISMATCH);
}

static int count_vcpus(struct view *v, const struct vcpus *vcpus)
{
	int64_t vms = vcpus_count_vms(vcpus);

	if (vms < 0)
		return -1;
	v->vcpus = vcpus->nr;
	v->vms = vms;
	return 0;
}

static int read_events(struct views *s)
{
	if (s->details)
		return views_read_ordered(s, views_read_detailed);
	if (s->view.opt->subject == VIEW_OF_TIME)
		return views_read_ordered(s, views_read_times);
	if (s->view.info->grows)
		return views_read_ordered(s, views_read_growing);
	return views_read(s);
}

static int read_stamped(struct views *s, struct vcpus *vcpus)
{
	return read_events(s) < 0 ? -1 : views_merge_shards(s, vcpus);
}

/*
 * How long a cycle is, which --longer-than has to know, is said by nothing but the
 * events: now that they were read, read them once more.
 */
static int read_by_fit(struct views *s, struct vcpus *vcpus)
{
	struct rate rate;

	if (source_unread(s->src) || s->view.info->grows || rates_fit(&s->rates, &rate) != RATE_GOOD) {
		s->refused = true;
		return filter_unit_error(s->view.info);
	}
	filter_set_rate(&s->filter, rate.hz);
	views_expect_passes(s, 1);
	vcpus_release(vcpus);
	s->again = true;
	return views_forget(s) < 0 ? -1 : read_stamped(s, vcpus);
}

/* A window of time, in stamps: what these are is said by all events, once more. */
static int read_by_stamps(struct views *s, struct vcpus *vcpus)
{
	if (!views_needs_stamps(s) || source_unread(s->src))
		return 0;
	if (views_find_window(s) < 0) {
		s->refused = true;
		return -1;
	}
	views_expect_passes(s, 1);
	vcpus_release(vcpus);
	s->again = true;
	return views_forget(s) < 0 ? -1 : read_stamped(s, vcpus);
}

static int views_stamped(struct views *s)
{
	struct vcpus vcpus = { .ids = NULL };
	int status = STATUS_FAILED;
	bool unit_good;

	s->view.stamped = true;
	s->view.each_part = columns_want_parts(&s->opt->view);
	s->view.unit = "cycles";
	views_set_mask(s);
	if (s->view.opt->subject == VIEW_OF_TIME && views_by_thread(s)) {
		error("by stamps, time is of a vCPU, whatever its thread: %s: not with thread",
		      s->opt->path);
		return STATUS_USAGE;
	}
	if (rates_init(&s->rates, s->src, s->p) < 0 || views_begin_sums(s) < 0)
		return STATUS_FAILED;
	unit_good = filter_set_unit(&s->filter, s->view.info, s->view.unit);
	if (read_stamped(s, &vcpus) < 0)
		goto out;
	if (!s->counts.entries && !s->counts.exits) {
		missing_event(s->src, "kvm_entry");
		goto out;
	}
	if (!s->counts.accounted && s->counts.exits && !source_recording(s->src)->grows) {
		if (s->counts.entries)
			note(NOT_ACCOUNTED);
		views_expect_passes(s, 1);
		status = views_unstamped(s);
		goto out;
	}
	/* Only now it is sure that it is stamps which the figures come from. */
	if (!unit_good && read_by_fit(s, &vcpus) < 0)
		goto out;
	if (read_by_stamps(s, &vcpus) < 0)
		goto out;
	view_choose(&s->view, &s->filter);
	view_set_span(&s->view, s->first_ts, s->last_ts);
	if (count_vcpus(&s->view, &vcpus) < 0 || views_count_missing(s) < 0)
		goto out;
	status = views_finish(s);
	if (status == STATUS_OK) {
		report_end(s);
		status = views_prove(s) < 0 ? STATUS_FAILED : s->status;
	}
out:
	vcpus_release(&vcpus);
	return s->refused ? STATUS_USAGE : status;
}

/* Does the trace clock say how long a bucket is? */
static int check_clock(const struct options *opt, const struct recording *info)
{
	uint64_t units;

	if (!(view_by(&opt->view) & BY_TIME) || clock_from_ns(info, 0, &units))
		return 0;
	return clock_no_seconds(info, "by=time");
}

static int open_details(struct views *s)
{
	if (s->opt->view.subject == VIEW_OF_LIST || s->opt->view.dearest)
		s->list = &s->view.list;
	if (!(view_by(&s->opt->view) & (BY_RIP | BY_FUNCTION | BY_DETAIL | BY_KIND |
					  BY_LEVEL)))
		return 0;
	s->details = calloc(1, sizeof(*s->details));
	if (!s->details)
		return error("out of memory: details");
	return views_begin_details(s);
}

int analyze_view(const struct options *opt, const struct source *src,
		 const struct parse *p, struct view *v)
{
	struct views s = {
		.opt = opt, .src = src, .p = p, .of = opt->view.of,
		.owners = { .tasks = source_recording(src)->tasks },
	};
	int status = STATUS_USAGE;

	if (view_init(&s.view, &opt->view, source_recording(src),
		      &p->reasons) < 0 || open_details(&s) < 0) {
		status = STATUS_FAILED;
	} else if (filter_init(&s.filter, &opt->view.filter, &p->reasons,
			s.view.info) == 0 &&
		   check_clock(opt, s.view.info) == 0) {
		s.view.patched = p->stamped;
		status = p->stamped ? views_stamped(&s) : views_unstamped(&s);
	}
	views_close_shards(&s);
	sums_by_time_free(s.sums);
	epochs_release(&s.epochs);
	timeline_release(&s.timeline);
	rates_release(&s.rates);
	owners_release(&s.owners);
	if (s.details)
		details_release(s.details);
	free(s.details);
	filter_release(&s.filter);
	*v = s.view;
	return status;
}

int analyze_finish(struct view *v)
{
	if (view_choose_unit(v) < 0)
		return STATUS_USAGE;
	if (view_finish(v) < 0)
		return STATUS_FAILED;
	return columns_check(v) < 0 ? STATUS_USAGE : STATUS_OK;
}
