/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording -> a timeline (output/perfetto.h): what each vCPU did when.
 *
 * With stamps it is a sink of the walk by stamps, as the view of time is, and what a slice
 * lasts is what the same struct timeline charges for the same event: so slices of a part
 * add up to that view.  A slice is known when it has ended: it is written then.
 *
 *	guest		from the first entry on, for as long as nothing is unknown: exits are
 *			inside, and what is not within one of them is the guest's
 *	  svm io	one exit: what is not within one of the following is KVM's
 *	    user, halted, off CPU, traced
 *			of that exit.  Stamps say how long, not when: they stand at its end
 *	unknown		events are missing
 *
 * A vCPU has a track of its own, and a counter of exits.  A CPU has slices of vCPUs that
 * were on it.  What a filter leaves out is not drawn, nor the guest's time before it.
 *
 * Without stamps round trips are all that is drawn.
 */
#ifndef ANALYZER_TRACKS_PRIVATE_H
#define ANALYZER_TRACKS_PRIVATE_H

#include "analyze.h"
#include "event/inside.h"
#include "output/perfetto.h"
#include "walk/by_time.h"
#include "walk/timeline.h"

/* From one time to another one; of none, both are the same. */
struct span {
	uint64_t from, to;
};

struct tracks_vcpu {
	struct perfetto_track track;
	uint32_t vm, vcpu;
	uint32_t cpu;			/* stream of its latest entry */
	bool in_guest;			/* a slice has begun, and lasts until: */
	uint64_t guest_to;
	struct span before;		/* the next exit: the guest's, or unknown */
	bool before_unknown, before_on_cpu;	/* the latter: the CPU's track has it */
	bool taken;			/* its time, by the filter */
	/* The latest kvm_exit, if details are asked for */
	bool has_exit;
	uint32_t isa;
	uint64_t code, exit_tsc, rip;
	struct detail detail;
	/* Of the counter */
	uint64_t bucket, exits;
	uint64_t bucket_end;		/* stamp: there the next one begins */
};

#define TRACKS_NONE		UINT32_MAX	/* no vCPU, no thread */

/* A CPU: which vCPU is on it, and what its latest events tell of an exit of @tid */
struct tracks_cpu {
	struct perfetto_track track;	/* it begins with the first vCPU */
	uint32_t vcpu;
	struct span on;
	uint32_t tid;
	uint32_t exit_of;		/* the vCPU whose kvm_exit is one of them, */
	uint64_t exit_tsc;		/* and this */
	struct detail detail;
};

/* The text of a detail, which many exits have */
struct tracks_text {
	struct detail detail;		/* none: there is no text */
	char text[DETAIL_TEXT_MAX];
};

#define TRACKS_TEXTS		512u	/* a power of two */

struct tracks {
	const struct options *opt;
	const struct recorded *recorded;	/* these two: */
	const struct source *src;
	const struct parse *p;
	struct perfetto out;
	uint32_t sequences;		/* of tracks that have begun */
	struct filter filter;
	bool all_vcpu_time;		/* the filter chooses vCPUs at most */
	bool slices, args;		/* by what is asked for */
	struct clock_rate rate;		/* of stamps, to ns; mult 0: as they are */
	uint64_t bucket_width;		/* of counters */
	uint64_t bucket_per_second;	/* so many; 0: that is not known */

	/* With stamps */
	struct timeline timeline;
	struct epochs epochs;
	uint64_t oddities;		/* exits that are left out */
	struct inside inside;
	struct tracks_text texts[TRACKS_TEXTS];	/* by hash: the latest of each */
	struct tracks_cpu *cpus;
	struct span lost;		/* the latest gaps, as one */
	uint64_t last;			/* stamp */

	struct tracks_vcpu *vcpus;	/* by timeline_vcpu.number; or, without stamps, */
	size_t nr_vcpus, allocated;
	struct table table;		/* by the TID, which is their vcpu then */
};


/* A recording with stamps: return a status. */
int tracks_draw_stamped(struct tracks *t);

/* Tracks */

void tracks_describe_cpus(struct tracks *t);

/* Another vCPU has its first event, at @ts.  NULL only if memory is short. */
struct tracks_vcpu *tracks_new_vcpu(struct tracks *t, uint32_t vm, uint32_t vcpu,
				    const char *name, uint64_t ts);

/* All was read: what is still open ends. */
void tracks_end(struct tracks *t);

/* Slices */

/* Slow path of the next one */
void tracks_begin_before(struct tracks *t, struct tracks_vcpu *v);

/* What v->before has, if anything: it is empty then. */
ALWAYS_INLINE void tracks_draw_before(struct tracks *t, struct tracks_vcpu *v)
{
	const struct span s = v->before;

	if (s.from == s.to || !v->in_guest || v->before_unknown || v->guest_to != s.from) {
		tracks_begin_before(t, v);
		return;
	}
	v->before = (struct span){ 0, 0 };
	v->guest_to = s.to;
}

/* An exit that begins at @ts.  @args: NULL, nothing is said of it. */
void tracks_begin_exit(struct tracks *t, struct tracks_vcpu *v, uint64_t ts,
		       uint32_t isa, uint64_t code, const struct perfetto_args *args);
void tracks_end_slice(struct tracks *t, struct tracks_vcpu *v, uint64_t ts);

/* An exit from @from to @to, which has these parts */
struct tracks_parts {
	uint64_t from, to;
	uint64_t user, halted, off_cpu, traced;
};

void tracks_draw_exit(struct tracks *t, struct tracks_vcpu *v,
		      const struct tracks_parts *parts, uint32_t isa, uint64_t code,
		      const struct perfetto_args *args);

/* For the counter; slow path of the next one */
void tracks_next_bucket(struct tracks *t, struct tracks_vcpu *v, uint64_t ts);

ALWAYS_INLINE void tracks_count_exit(struct tracks *t, struct tracks_vcpu *v, uint64_t ts)
{
	if (unlikely(ts >= v->bucket_end))
		tracks_next_bucket(t, v, ts);
	v->exits++;
}

/* Slow path of the next one */
int tracks_come_to_cpu(struct tracks *t, unsigned int index, uint32_t vcpu,
		       struct span on);

/* vCPU @vcpu was there for all of @on, and may have been before.  -1: memory is short. */
ALWAYS_INLINE int tracks_see_on_cpu(struct tracks *t, unsigned int index, uint32_t vcpu,
				    struct span on)
{
	struct tracks_cpu *cpu = &t->cpus[index];

	/* Of two at the same time, which stamps may say, the first one stays. */
	if (on.from < cpu->on.to)
		on.from = cpu->on.to;
	if (on.from >= on.to)
		return 0;
	if (unlikely(cpu->vcpu != vcpu || cpu->on.to != on.from))
		return tracks_come_to_cpu(t, index, vcpu, on);
	cpu->on.to = on.to;
	return 0;
}

/* t->lost, if there is any */
void tracks_draw_lost(struct tracks *t);

#endif /* ANALYZER_TRACKS_PRIVATE_H */
