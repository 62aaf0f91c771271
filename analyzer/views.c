// SPDX-License-Identifier: GPL-2.0
/*
 * The driving loops of views: which one it takes, and what is said.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/error.h"
#include "event/clock.h"
#include "result/columns.h"
#include "sink/views-both.h"

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

static int read_both(struct views *s)
{
	return both_listen(s, views_read_detailed);
}

static int read_events(struct views *s)
{
	if (s->details)
		return views_read_ordered(s, s->both ? read_both : views_read_detailed);
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

/* All was read, and counted. */
static int end_stamped(struct views *s)
{
	int status;

	view_choose(&s->view, &s->filter);
	view_set_span(&s->view, s->first_ts, s->last_ts);
	if (views_count_missing(s) < 0)
		return STATUS_FAILED;
	status = views_finish(s);
	if (status != STATUS_OK)
		return status;
	report_end(s);
	return views_prove(s) < 0 ? STATUS_FAILED : s->status;
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
	if (count_vcpus(&s->view, &vcpus) == 0)
		status = end_stamped(s);
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

static int run(struct views *s)
{
	const struct options *opt = s->opt;

	if (view_init(&s->view, &opt->view, source_recording(s->src),
		      &s->p->reasons) < 0 || open_details(s) < 0)
		return STATUS_FAILED;
	if (filter_init(&s->filter, &opt->view.filter, &s->p->reasons, s->view.info) < 0 ||
	    check_clock(opt, s->view.info) < 0)
		return STATUS_USAGE;
	s->view.patched = s->p->stamped;
	return s->p->stamped ? views_stamped(s) : views_unstamped(s);
}

static void release(struct views *s)
{
	views_close_shards(s);
	sums_by_time_free(s->sums);
	epochs_release(&s->epochs);
	timeline_release(&s->timeline);
	rates_release(&s->rates);
	owners_release(&s->owners);
	if (s->details)
		details_release(s->details);
	free(s->details);
	filter_release(&s->filter);
}

int analyze_view(const struct options *opt, const struct source *src,
		 const struct parse *p, struct view *v)
{
	struct views s = {
		.opt = opt, .src = src, .p = p, .of = opt->view.of,
		.owners = { .tasks = source_recording(src)->tasks },
	};
	int status = run(&s);

	release(&s);
	*v = s.view;
	return status;
}

/* Two views at once: see views-both.h. */

static bool may_take_both(const struct options *times, const struct source *src,
			  const struct parse *p)
{
	return p->stamped && !source_recording(src)->grows && !filter_options_any(&times->view.filter) &&
	       !columns_want_halts(&times->view) && !columns_want_parts(&times->view);
}

/* The groups of @b, by what those of @a are by */
static int add_groups(struct views *a, const struct views *b)
{
	const struct group_key *mask = &a->mask;
	struct group_key key;
	struct group *g;
	size_t i;

	for (i = 0; i < b->view.groups.nr; i++) {
		key = b->view.groups.list[i].key;
		key = (struct group_key){ .vm = key.vm & mask->vm, .vcpu = key.vcpu & mask->vcpu,
					  .isa = key.isa & mask->isa,
					  .code = key.code & mask->code };
		g = groups_get(&a->view.groups, &key);
		if (!g || group_merge(g, &b->view.groups.list[i]) < 0)
			return -1;
	}
	return 0;
}

/* The view of time of what @b has found.  What @b owns stays its own. */
static int take_both(struct views *a, struct views *b)
{
	int status;

	a->epochs = b->epochs;
	a->counts = b->counts;
	a->rates = b->rates;
	a->sums = b->sums;
	a->timeline = b->timeline;
	a->timeline.known = TIMES_ALL;
	a->first = a->timeline.nr ? UINT64_MAX : 0;
	a->first_ts = b->first_ts;
	a->last_ts = b->last_ts;
	a->view.stamped = true;
	a->view.patched = true;
	a->view.unit = b->view.unit;
	a->view.losses = b->view.losses;
	a->view.isas = b->view.isas;
	a->view.exits = b->view.exits;
	a->view.vcpus = b->view.vcpus;
	a->view.vms = b->view.vms;
	views_set_mask(a);
	status = add_groups(a, b) < 0 ? STATUS_FAILED : end_stamped(a);
	filter_release(&a->filter);
	return status;
}

static bool is_both(const struct views *b)
{
	return b->view.complete && b->view.stamped && b->counts.accounted && !b->both->odd &&
	       !b->timeline.backwards;
}

int analyze_both(const struct options *times, const struct options *exits,
		 const struct source *src, const struct parse *p, struct view *v,
		 struct view *w, int *status)
{
	struct both both = { .odd = false };
	struct views b = {
		.opt = exits, .src = src, .p = p, .of = exits->view.of, .both = &both,
		.owners = { .tasks = source_recording(src)->tasks },
	};
	struct views a = { .opt = times, .src = src, .p = p, .of = times->view.of };
	const struct diag *before;
	int ret = STATUS_FAILED;

	*status = STATUS_FAILED;
	if (!may_take_both(times, src, p))
		return ret;
	before = diag_set(&diag_silent);
	b.sums = sums_by_time_alloc(p);
	*status = b.sums ? run(&b) : STATUS_FAILED;
	diag_set(before);
	if (is_both(&b) &&
	    view_init(&a.view, &times->view, source_recording(src), &p->reasons) == 0 &&
	    filter_init(&a.filter, &times->view.filter, &p->reasons, a.view.info) == 0)
		ret = take_both(&a, &b);
	release(&b);
	*v = a.view;
	*w = b.view;
	return ret;
}

int analyze_finish(struct view *v)
{
	if (view_choose_unit(v) < 0)
		return STATUS_USAGE;
	if (view_finish(v) < 0)
		return STATUS_FAILED;
	return columns_check(v) < 0 ? STATUS_USAGE : STATUS_OK;
}
