/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files views*.c share: the driving loops of views.
 *
 *	views-begin.c		before all is read
 *	views-streams.c		stamps: per-CPU streams, by any number of threads
 *	views-details.c		stamps and details: by time
 *	views-add.c		an exit with details, when all of it is known
 *	views-times.c		stamps and time: by time, in the order of stamps
 *	views-both.c		both of these two at once: for a page, and by threads
 *	views-slices.c		by time, by any number of threads
 *	views-growing.c		stamps that are still recorded: by time
 *	views-ordered.c		what these three share
 *	views-round-trips.c	no stamps: round trips
 *	views-missing.c		which exits are not recorded
 *	views-finish.c		when all was read
 *
 * The library's views.c knows which loop it takes.
 */
#ifndef ANALYZER_VIEWS_PRIVATE_H
#define ANALYZER_VIEWS_PRIVATE_H

#include "base/status.h"
#include "base/vcpus.h"
#include "event/time_buckets.h"
#include "result/view.h"
#include "sink/missing.h"
#include "sink/request.h"
#include "sink/sums_by_time.h"
#include "walk/by_number.h"
#include "walk/by_time.h"
#include "walk/details.h"
#include "walk/epochs.h"
#include "walk/owners.h"
#include "walk/rates.h"
#include "walk/halts.h"
#include "walk/timeline.h"

/*
 * The groups of several threads: each that has as many as it may have of its own
 * adds them to these, and begins with none once more.  So all threads together
 * have hardly more groups than one would, and figures do not depend on it.
 */
struct views_pool {
	pthread_mutex_t lock;
	struct groups groups;
};

/* What one thread has */
struct views_shard {
	struct groups groups;
	struct time_buckets buckets;	/* if exits are grouped by time */
	struct vcpus vcpus;		/* all that exited */
	uint64_t last_vcpu;		/* that exited, */
	uint32_t last_isa;		/* and how */
	uint32_t isas;			/* of all exits: isa_bit() */
} __attribute__((aligned(64)));

struct views {
	const struct options *opt;
	const struct source *src;
	const struct parse *p;
	struct view view;
	struct filter filter;
	struct group_key mask;		/* of what exits are grouped by */
	bool tell_apart;		/* threads, where vCPUs cannot be */
	struct owners owners;		/* without stamps */
	struct details *details;	/* NULL: not asked for */
	struct list *list;		/* likewise; needs details */
	struct sums_by_time *sums;	/* for the proof; NULL: nobody asks, or it
					   takes a walk by number */
	struct views_shard *shards;	/* one for each thread */
	struct views_pool *pool;	/* NULL: there is one thread */
	unsigned int nr_shards;

	/* With stamps: what was read */
	struct rates rates;
	struct rates *later_rates;	/* of later slices, while it is read */
	struct epochs epochs;
	struct by_number_counts counts;
	uint64_t first_ts, last_ts;	/* of all records */

	bool finds_holes;		/* see by_time.h */
	bool again;			/* it is read once more */
	enum stats_of of;		/* what percentiles and so on are of */
	bool refused;			/* for what was asked for: wrong usage */

	/* Of a view of time */
	struct timeline timeline;
	struct both *both;		/* of one with details: it has one, too, see
					   views-both.h; NULL: nobody asks */
	struct halts *halts;		/* with stamps, if they are asked for */
	bool has_window;		/* of times, in stamps: */
	uint64_t window_begin, window_end;
	uint64_t first, last;		/* of all its events: stamps, if there
					   are any */
	int status;
};

/* A warning, and a status of losses, if @n is not 0 */
void views_warn_odd(struct views *s, uint64_t n, const char *what);

/* For who waits: all is read @passes times more. */
void views_expect_passes(const struct views *s, unsigned int passes);

/*
 * Read all streams into the shards, and what they say besides into @s: by any
 * number of threads; in the order of time for details, and while it is recorded; in
 * that of stamps for times, into s->timeline.
 */
int views_read(struct views *s);
int views_read_detailed(struct views *s);
int views_read_growing(struct views *s);
int views_read_times(struct views *s);

/* Has a thread failed for too many groups?  Then say so.  Return -1, always. */
int views_read_failed(struct views *s);

int views_open_shards(struct views *s, unsigned int nr);
void views_close_shards(struct views *s);

/* What is in it does not count. */
void views_clear_shard(struct views_shard *sh);

/* More than the points of all slices but the first one are kept of: 16 bytes each */
#define VIEWS_RATE_PAGES_MAX	(1u << 22)

static inline bool views_has_many_pages(const struct views *s)
{
	return source_recording(s->src)->data_bytes / s->p->subbuf.subbuf_bytes >
	       VIEWS_RATE_PAGES_MAX;
}

/* Add the shards up in @s and, the vCPUs, in @vcpus. */
int views_merge_shards(struct views *s, struct vcpus *vcpus);

/* Where there are no more groups: see struct views_pool.  NULL: as groups_get() */
struct group *views_get_group(const struct views *s, struct groups *groups,
			      const struct group_key *key);

/* The time of the first event is known now: before any exit is added. */
void views_begin_time(struct views *s, uint64_t first_ts);

/* Slow path of the next one: return -1 if there are too many, or memory is short. */
int views_next_bucket(struct views_shard *sh, uint64_t ts);

/* The bucket of @ts is that of sh->buckets. */
ALWAYS_INLINE int views_find_bucket(struct views_shard *sh, uint64_t ts)
{
	return time_buckets_has(&sh->buckets, ts) ? 0 :
						    views_next_bucket(sh, ts);
}

/* What is missing of each epoch: warn of it, and count it in the view. */
int views_count_missing(struct views *s);

/* Without stamps: fill the view.  Return an exit status. */
int views_unstamped(struct views *s);

/* Empty what is filled by the exits one by one.  Return -1 only if memory is short. */
int views_begin_details(struct views *s);

/* Of a recording with stamps: forget what was read of it.  Likewise. */
int views_forget(struct views *s);

/* All was read: complete s->view.  Return a status. */
int views_finish(struct views *s);
void views_set_mask(struct views *s);

/*
 * Read by @read, views_read_detailed(), _growing() or _times(): and once more if it is
 * known only then that sub-buffers are missing, unless it is still recorded.  These
 * use the next three.
 */
int views_read_ordered(struct views *s, int (*read)(struct views *s));

/*
 * For a view that asks for proof, too: s->sums, if it can be had by the way.  Then
 * views_prove() fills the view's.  Return -1 after a message.
 */
int views_begin_sums(struct views *s);
int views_prove(struct views *s);

/* A report, or statistics, of the kernel: for struct by_time_sink */
int views_see_rare(struct by_time *w, struct by_time_stream *st,
		   const uint8_t *data, enum parse_kind kind);

/* Read all by @sink, whose argument is @s, into one shard. */
int views_walk(struct views *s, const struct by_time_sink *sink);

/*
 * Read all by @sink, whose argument is the view of a slice, by at most @threads.  Return
 * 1; 0 if it has to be read in another way; -1 after an error.
 */
int views_read_slices(struct views *s, const struct by_time_sink *sink,
		      unsigned int threads);

/* The times of all vCPUs into the groups */
int views_add_times(struct views *s);

/* An exit that counts: most are of the vCPU of the one before. */
ALWAYS_INLINE int views_see_exit(struct views_shard *sh,
				 const struct event_entry *e)
{
	uint64_t id = vcpus_id(e->vm, e->vcpu_id);

	if (sh->last_vcpu == id && sh->last_isa == e->isa)
		return 0;
	sh->last_vcpu = id;
	sh->last_isa = e->isa;
	sh->isas |= isa_bit(e->isa);
	return vcpus_add(&sh->vcpus, id);
}

/*
 * Does the exit of @e, the next one of a stream whose latest ones are @run, count?
 * By the rules of by_number.h.  Return 1, 0 or -1.
 */
ALWAYS_INLINE int views_see_entry(struct views *s, struct epochs_run *run,
				  const struct event_entry *e)
{
	s->counts.accounted++;
	if (unlikely(!isa_valid(e->isa))) {
		s->counts.bad_isa++;
		return 0;
	}
	if (unlikely(epochs_run_is_late(run, e->epoch, e->seq))) {
		s->counts.late++;
		return 0;
	}
	if (epochs_add_entry(&s->epochs, run, e->epoch, e->report, e->seq) < 0)
		return -1;
	return views_see_exit(s->shards, e) < 0 ? -1 : 1;
}

/* All that is known of the exit of @e, which ended on @cpu, without details */
ALWAYS_INLINE struct group_key views_key(const struct event_entry *e,
					 uint32_t cpu)
{
	return (struct group_key){ .vm = e->vm, .vcpu = e->vcpu_id, .cpu = cpu,
				   .isa = e->isa, .code = e->code,
				   .thread = e->thread };
}

/* Does the filter leave it out?  @part: of it, what is measured */
ALWAYS_INLINE bool views_drops(const struct views *s,
			       const struct group_key *key, uint64_t ts,
			       uint64_t part)
{
	const struct source_live *live;

	if (!s->filter.any)
		return false;
	if (!filter_takes(&s->filter, key, ts) ||
	    !filter_takes_cycles(&s->filter, part))
		return true;
	live = s->opt->request.live;
	if (unlikely(live && live->found))
		live->found(live->user);
	return false;
}

/* A view of time: what the filter leaves of it is what its timeline charges. */
void views_set_window(struct views *s);

static inline bool views_has_window(const struct views *s)
{
	return s->opt->view.subject == VIEW_OF_TIME &&
	       (s->filter.opt->from.given || s->filter.opt->to.given);
}

/*
 * Does it take all events to know where the window is, by stamps?  Then find it, once
 * they were read.  Return -1 after an error: wrong usage.
 */
bool views_needs_stamps(const struct views *s);
int views_find_window(struct views *s);

/* Are threads asked for?  Most views leave them out, for speed. */
static inline bool views_by_thread(const struct views *s)
{
	return s->mask.thread || s->filter.opt->threads.nr;
}

/* What a group keeps of the thread of @key, before that is masked */
ALWAYS_INLINE uint32_t views_thread(const struct views *s,
				    const struct group_key *key)
{
	return s->tell_apart && owner_is_unknown(key->vm, key->vcpu) ?
	       key->thread : key->thread & s->mask.thread;
}

/* @part: of @sample, what is measured */
ALWAYS_INLINE int views_add_to_group(const struct views *s, struct group *g,
				     const struct stats_sample *sample,
				     uint64_t part)
{
	return unlikely(s->view.each_part) ? group_add_each_part(g, sample) :
					     group_add_part(g, sample, part);
}

/*
 * An exit with rip and detail, into the list or its group.  @key has all that is
 * known of it; what exits are not grouped by is then cleared.
 */
int views_add_detailed(const struct views *s, struct views_shard *sh,
		       struct group_key *key, uint64_t ts,
		       const struct stats_sample *sample);

/*
 * Any other: @key has all that is known of it.  @parts: what groups are by, of threads
 * KEY_ALL, which a filter of threads takes, too.
 */
ALWAYS_INLINE int views_add_exit(const struct views *s, struct views_shard *sh,
				 const struct group_key *key, uint64_t ts,
				 const struct stats_sample *sample,
				 enum group_key_parts parts)
{
	const struct group_key *mask = &s->mask;
	struct group_key masked = {
		.vm = key->vm & mask->vm, .vcpu = key->vcpu & mask->vcpu,
		.cpu = key->cpu & mask->cpu, .isa = key->isa & mask->isa,
		.code = key->code & mask->code,
		.thread = parts == KEY_ALL ? views_thread(s, key) : 0,
	};
	const uint64_t part = stats_part(sample, s->of);
	struct group *g;

	if (views_drops(s, key, ts, part))
		return 0;
	if (parts == KEY_OF_TIME ||
	    (parts == KEY_ALL && (s->view.by & BY_TIME))) {
		if (views_find_bucket(sh, ts) < 0)
			return -1;
		masked.ts = sh->buckets.number;
	}
	g = groups_find_as(&sh->groups, &masked, parts);
	if (__builtin_expect(!g, 0))
		g = views_get_group(s, &sh->groups, &masked);
	return g ? views_add_to_group(s, g, sample, part) : -1;
}

#endif /* ANALYZER_VIEWS_PRIVATE_H */
