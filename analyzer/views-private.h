/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files views*.c share: the driving loops of views.
 *
 *	views.c			which loop it takes; what is said and printed
 *	views-streams.c		stamps: per-CPU streams, by any number of threads
 *	views-details.c		stamps and details: all in the order of time
 *	views-trips.c		no stamps: round trips
 *	views-repeated.c	which exits are recorded twice
 *	views-missing.c		which exits are not recorded
 *	views-times.c		where the time of vCPUs went
 */
#ifndef ANALYZER_VIEWS_PRIVATE_H
#define ANALYZER_VIEWS_PRIVATE_H

#include "analyze.h"
#include "crew.h"
#include "details.h"
#include "epochs.h"
#include "vcpus.h"
#include "view.h"
#include "winpass.h"

/* One per-CPU stream, used by one thread at a time */
struct views_stream {
	struct records records;
	struct subbuf_record rec;	/* the latest */
	bool any;			/* there is one */
	uint64_t first_ts;
	struct epochs epochs;
	struct epochs_run run;
	uint64_t nr_exits;		/* accounted, so far, if there are: */
	const struct winpass_rejects *rejects;
	size_t next_reject;
};

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
	struct vcpus vcpus;		/* all that exited */
	uint64_t last_vcpu;
	uint64_t entries, exits, accounted, used;
	uint64_t reports, short_records, bad_isa;
	uint32_t isas;
	bool failed;
} __attribute__((aligned(64)));

struct views {
	const struct options *opt;
	const struct tracedat *td;
	const struct parse *p;
	struct view view;
	struct filter filter;
	struct group_key mask;		/* of what exits are grouped by */
	struct details *details;	/* NULL: not asked for */
	struct list *list;		/* likewise; needs details */
	struct crew crew;
	struct views_stream *streams;
	unsigned int nr_streams;
	struct views_shard *shards;	/* one for each thread */
	struct views_pool *pool;	/* NULL: there is one thread */
	unsigned int next_stream;	/* that no thread has taken: atomic */
	struct epochs epochs;
	uint64_t entries, exits, accounted;	/* as in struct gathered */
	uint64_t reports, bad_isa;
	struct winpass winpass;		/* zeroed: each number is there once */
	int status;
};

/* A warning, and a status of losses, if @n is not 0 */
void views_warn_odd(struct views *s, uint64_t n, const char *what);

/* For who waits: all is read @passes times more, and once for times. */
void views_expect_passes(const struct views *s, unsigned int passes);

/*
 * Read all streams into the shards, and what they say of epochs into
 * s->epochs.  views_close_streams() also after a failure; views_close_records()
 * as soon as no record and no loss is asked for any more, as times take streams
 * of their own.
 */
int views_read(struct views *s);
void views_close_records(struct views *s);
void views_read_detailed(struct views *s);
void views_close_streams(struct views *s);

/*
 * Does it take to read all once more, without exits that do not count?  Return
 * 1 with s->winpass, 0 if all do.
 */
int views_find_repeated(struct views *s);

/* Add the shards up in @s and, the vCPUs, in @vcpus. */
int views_merge_shards(struct views *s, struct vcpus *vcpus);

/* Where there are no more groups: see struct views_pool.  NULL: as groups_get() */
struct group *views_get_group(const struct views *s, struct groups *groups,
			      const struct group_key *key);

/* Then: losses and the span of all streams */
int views_merge_streams(struct views *s);

/* What is missing of each epoch: warn of it, and count it in the view. */
int views_count_missing(struct views *s);

/* Without stamps: print the view.  Return an exit status. */
int views_unstamped(struct views *s);

/* Empty what is filled by the exits one by one.  Return -1 only if memory is short. */
int views_begin_details(struct views *s);

/* Print @s->view, which is complete but for the times.  Return a status. */
int views_finish(struct views *s);
void views_set_mask(struct views *s);

/* The times of all vCPUs into the groups */
int views_add_times(struct views *s);

/* Slow path of views_see_entry(): the same return value */
int views_see_odd(struct views_shard *sh, struct views_stream *st,
		  const struct event_entry *e);

static inline int views_see_vcpu(struct views_shard *sh,
				 const struct event_entry *e)
{
	uint64_t id = vcpus_id(e->vm, e->vcpu_id);

	if (sh->vcpus.nr && sh->last_vcpu == id)
		return 0;
	sh->last_vcpu = id;
	return vcpus_add(&sh->vcpus, id);
}

/* A kvm_entry that accounts an exit.  Return 1 if that counts, 0 if not. */
static inline int views_see_entry(struct views_shard *sh,
				  struct views_stream *st,
				  const struct event_entry *e)
{
	int ret = 1;

	sh->accounted++;
	if (epochs_add_entry(&st->epochs, &st->run, e->epoch, e->report,
			     e->seq) < 0)
		return -1;
	if (__builtin_expect(st->rejects || !isa_valid(e->isa), 0))
		ret = views_see_odd(sh, st, e);
	if (ret <= 0)
		return ret;
	sh->used++;
	sh->isas |= 1u << e->isa;
	return views_see_vcpu(sh, e) < 0 ? -1 : 1;
}

/* All that is known of the exit of @e, which ended on @cpu, without details */
static inline struct group_key views_key(const struct event_entry *e,
					 uint32_t cpu)
{
	return (struct group_key){ .vm = e->vm, .vcpu = e->vcpu_id, .cpu = cpu,
				   .isa = e->isa, .code = e->code };
}

/* Any other event of ours */
int views_handle_rare(const struct views *s, struct views_shard *sh,
		      struct views_stream *st, struct subbuf_record rec,
		      enum parse_kind kind);

/* The last event of @st has been handled. */
int views_end_stream(struct views_stream *st);

/* Slow path of views_add_exit(): into the list, or by rip and detail */
int views_add_detailed(const struct views *s, struct groups *groups,
		       const struct group_key *key, struct group_key masked,
		       uint64_t ts, const struct stats_sample *sample);

/* One exit: @key has all that is known of it. */
static inline int views_add_exit(const struct views *s, struct groups *groups,
				 const struct group_key *key, uint64_t ts,
				 const struct stats_sample *sample)
{
	const struct group_key *mask = &s->mask;
	const struct group_key masked = {
		.vm = key->vm & mask->vm, .vcpu = key->vcpu & mask->vcpu,
		.cpu = key->cpu & mask->cpu, .isa = key->isa & mask->isa,
		.code = key->code & mask->code,
	};
	struct group *g;

	if (s->filter.any && (!filter_takes(&s->filter, key, ts) ||
			      !filter_takes_cycles(&s->filter, sample->cycles)))
		return 0;
	if (s->details)
		return views_add_detailed(s, groups, key, masked, ts, sample);
	g = groups_find(groups, &masked);
	if (__builtin_expect(!g, 0))
		g = views_get_group(s, groups, &masked);
	return g ? group_add(g, sample) : -1;
}

#endif /* ANALYZER_VIEWS_PRIVATE_H */
