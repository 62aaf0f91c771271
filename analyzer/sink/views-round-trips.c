// SPDX-License-Identifier: GPL-2.0
/*
 * Recordings without stamps: round trips, as round_trips.h has them.
 */
#include <stdlib.h>

#include "base/error.h"
#include "event/clock.h"
#include "sink/views-private.h"
#include "walk/round_trips.h"

/* What one slice of time has */
struct reader {
	struct views s;			/* a copy, but for: */
	struct views_shard *shard;
	struct details details;		/* their counts */
	struct list list;
	uint64_t exits;
};

static int add_trip(struct round_trips *t, const struct trip *trip, void *arg)
{
	struct reader *r = arg;
	const struct stats_sample sample = { .cycles = trip->length,
					     .untimed = trip->untimed };
	struct group_key key = {
		.vm = trip->vm, .vcpu = trip->vcpu, .thread = trip->tid,
		.cpu = trip->cpu, .isa = trip->isa, .code = trip->code,
	};
	struct groups *groups = &r->shard->groups;
	int ret = vcpus_add(&r->shard->vcpus, trip->tid);

	r->exits++;
	r->shard->isas |= isa_bit(trip->isa);
	if (ret)
		return -1;
	if (r->s.details) {
		details_set(&r->details, &key, trip->inside);
		ret = views_add_detailed(&r->s, r->shard, &key, trip->ts, &sample);
	} else {
		ret = views_add_exit(&r->s, r->shard, &key, trip->ts, &sample,
				     KEY_ALL);
	}
	/* One slice alone has room for more; which ones depends on the order. */
	if (unlikely(ret) && groups->full && groups->max)
		t->walk.odd = true;
	return ret;
}

static void init_readers(struct views *s, struct reader *readers)
{
	struct reader *r;
	unsigned int i;

	for (i = 0; i < s->nr_shards; i++) {
		r = &readers[i];
		r->s = *s;
		r->shard = &s->shards[i];
		if (s->details)
			r->s.details = &r->details;
		r->s.pool = NULL;
		if (s->nr_shards > 1)
			r->shard->groups.max = GROUPS_DETAILED_MAX / s->nr_shards;
		if (s->list) {
			r->list = list_like(s->list);
			r->s.list = &r->list;
		}
	}
}

static int join_readers(struct views *s, struct reader *readers, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		s->view.exits += readers[i].exits;
		if (s->details) {
			s->details->unknown += readers[i].details.unknown;
			s->details->no_room += readers[i].details.no_room;
		}
		if (s->list && list_merge(s->list, &readers[i].list) < 0)
			return -1;
	}
	return 0;
}

static int read_slices(struct views *s, struct round_trips *t,
		       struct reader *readers)
{
	void *args[THREADS_MAX];
	unsigned int i;

	init_readers(s, readers);
	for (i = 0; i < s->nr_shards; i++)
		args[i] = &readers[i];
	if (round_trips_read(t, add_trip, args) < 0)
		return views_read_failed(s);
	/* What reading was stopped in is no part of it. */
	for (i = t->joined; i < s->nr_shards; i++)
		views_clear_shard(&s->shards[i]);
	return t->odd ? 0 : join_readers(s, readers, t->joined);
}

static int sum_up(struct views *s, struct round_trips *t)
{
	const unsigned int nr = round_trips_slices(t);
	struct reader *readers = calloc(nr, sizeof(*readers));
	unsigned int i;
	int ret;

	if (!readers)
		return error("out of memory: %u slices", nr);
	ret = views_open_shards(s, nr);
	if (!ret) {
		views_begin_time(s, t->walk.first_ts);
		ret = read_slices(s, t, readers);
	}
	for (i = 0; i < nr; i++)
		list_release(&readers[i].list);
	free(readers);
	return ret;
}

static int forget_all(struct views *s)
{
	views_close_shards(s);
	s->view.exits = 0;
	return views_begin_details(s);
}

static int read_events(struct views *s, struct round_trips *t)
{
	int ret;

	/* With stamps, nothing was accounted. */
	views_close_shards(s);
	while ((ret = sum_up(s, t)) == 0 && (ret = round_trips_again(t)) > 0) {
		views_expect_passes(s, 1);
		if (forget_all(s) < 0)
			return -1;
	}
	return ret;
}

/* The VM of thread @tid, 0 if it is unknown; and is its vCPU unknown? */
static uint32_t vm_of(const struct views *s, uint32_t tid, bool *vcpu_unknown)
{
	const struct task *task = tasks_find(s->owners.tasks, tid);
	struct owners *owners = (struct owners *)&s->owners;
	const struct owner *owner;

	*vcpu_unknown = true;
	if (!s->owners.nr)
		return task ? task->vm : 0;
	/* It was seen. */
	owner = owners_get(owners, tid);
	*vcpu_unknown = owner->vcpu == VCPU_UNKNOWN;
	return owner->vm;
}

struct known {
	struct vcpus vms;
	bool unknown_vm, unknown_vcpu;
};

static int see_thread(const struct views *s, struct known *k, uint32_t tid)
{
	bool unknown;
	uint32_t vm = vm_of(s, tid, &unknown);

	k->unknown_vcpu |= unknown;
	k->unknown_vm |= !vm;
	return vm ? vcpus_add(&k->vms, vm) : 0;
}

/* How many VMs there are; and of what nothing is known there is no column. */
static int find_vms(struct views *s, const struct vcpus *threads)
{
	const unsigned int asked = s->opt->view.by;
	struct known k = { .unknown_vm = false };
	size_t i;
	int ret = 0;

	for (i = 0; i < threads->nr && !ret; i++)
		ret = see_thread(s, &k, threads->ids[i]);
	s->view.vms = k.unknown_vm ? 0 : k.vms.nr;
	if (!owners_know_vms(s->p, s->owners.tasks))
		s->view.by &= ~BY_VM;
	if (!k.unknown_vm && !k.unknown_vcpu && !(asked & BY_THREAD))
		s->view.by &= ~BY_THREAD;
	vcpus_release(&k.vms);
	return ret;
}

/* All has been read: what is said of it */
static int finish(struct views *s, const struct round_trips *t)
{
	int status;

	s->view.unit = t->unit;
	s->view.losses = t->walk.losses;
	s->view.unused = t->rt.counts.gaps;
	if (s->details)
		s->details->unattached = t->unattached;
	view_choose(&s->view, &s->filter);
	view_set_span(&s->view, t->walk.first_ts, t->walk.last_ts);
	s->first = t->walk.first_ts;
	s->last = t->walk.last_ts;
	status = views_finish(s);
	if (status != STATUS_OK)
		return status;
	status = missing_events(s->src, &t->walk.losses);
	if (round_trips_report(t))
		status = STATUS_LOSSES;
	if (s->opt->view.subject != VIEW_OF_TIME)
		round_trips_note(t);
	else
		round_trips_caveat(t);
	return status;
}

/* Do the options ask for what round trips cannot tell? */
static int check_options(struct views *s)
{
	const struct recording *info = source_recording(s->src);
	const struct clock *clock = clock_of(info);

	/* The whole is all that there is. */
	if (s->of && s->of != STATS_OF_TOTAL)
		return error("--of=%s: %s: no stamps say which part of a round trip that was",
			     stats_of_name(s->of), s->opt->path);
	s->of = STATS_OF_CYCLES;

	if (owners_check(s->p, info, s->filter.opt, s->opt->view.by & BY_VM) < 0)
		return -1;
	/* A clock that is no time is left to round_trips_open(). */
	return !clock || !clock->unit ||
	       filter_set_unit(&s->filter, info, clock->unit) ? 0 :
	       filter_unit_error(info);
}

/* Whose exits are, where that matters: it takes time to look. */
static bool wants_owners(const struct views *s)
{
	const struct filter_options *f = s->filter.opt;

	return (s->view.by & (BY_VM | BY_VCPU)) || f->vms.nr || f->vcpus.nr;
}

static int merge_shards(struct views *s, struct vcpus *threads)
{
	const uint64_t exits = s->view.exits;
	int ret = views_merge_shards(s, threads);

	s->view.exits = exits;
	return ret;
}

int views_unstamped(struct views *s)
{
	struct vcpus threads = { .ids = NULL };
	int status = STATUS_FAILED;
	struct round_trips t;

	s->view.stamped = false;
	s->view.each_part = false;
	views_set_mask(s);
	if (check_options(s) < 0)
		return STATUS_USAGE;
	if (round_trips_open(&t, s->src, s->p,
		       s->details ? &s->details->inside : NULL,
		       s->opt->view.subject == VIEW_OF_TIME ?
		       &s->timeline : NULL,
		       wants_owners(s) ? &s->owners : NULL,
		       (struct slicing){ s->opt->threads, s->opt->slice_bytes }) == 0 &&
	    read_events(s, &t) == 0 &&
	    missing_event(s->src, round_trips_lacking(&t)) == 0 &&
	    merge_shards(s, &threads) == 0) {
		s->view.vcpus = threads.nr;
		status = find_vms(s, &threads) < 0 ? STATUS_FAILED :
						     finish(s, &t);
	}
	round_trips_close(&t);
	vcpus_release(&threads);
	return s->refused ? STATUS_USAGE : status;
}
