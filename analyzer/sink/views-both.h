/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where time went, in the order of time: for a page, by the way, while exits with
 * details are read; and for a view of time, by several threads.
 *
 * A view of time has events in the order of stamps.  For a vCPU that is the same order if
 * its stamps ascend in this one, too: where they do not, where one has none, or
 * where something is lost, the view of time is read by itself, by one thread.  Of a page,
 * sums of exits are those of the groups with details.
 */
#ifndef ANALYZER_VIEWS_BOTH_H
#define ANALYZER_VIEWS_BOTH_H

#include "sink/views-private.h"

/* The first event of a vCPU in a slice of time: it ends what the slice before began. */
struct both_head {
	bool is_entry;
	union {
		struct event_entry entry;
		struct event_exit exit;
	};
};

struct both {
	bool odd;			/* the other view is to be read by itself */
	bool later;			/* of a slice that is not the first one: */
	struct both_head *heads;	/* by timeline_vcpu.number */
	size_t nr, allocated;
};

/* Slow paths of the next two: a vCPU's first event, or one that is odd */
int both_begin_entry(struct views *s, const struct event_entry *e);
int both_begin_exit(struct views *s, const struct event_exit *e);

/* Return -1 after a message. */
ALWAYS_INLINE int both_charge_entry(struct views *s, const struct event_entry *e)
{
	struct timeline_vcpu *v = timeline_find(&s->timeline, e->vm, e->vcpu_id);

	if (unlikely(!v || e->tsc <= v->last))
		return both_begin_entry(s, e);
	return timeline_charge_entry(&s->timeline, v, e);
}

ALWAYS_INLINE int both_charge_exit(struct views *s, const struct event_exit *e)
{
	struct timeline_vcpu *v = timeline_find(&s->timeline, e->vm, e->vcpu_id);

	if (unlikely(!v || e->tsc <= v->last))
		return both_begin_exit(s, e);
	timeline_charge(&s->timeline, v, e->tsc,
			v->state == TIMELINE_GUEST ? TIMES_GUEST : TIMES_UNKNOWN);
	v->state = TIMELINE_KVM;
	return 0;
}

/*
 * Read by views_read_slices(), with s->both.  What is said by the way makes it odd: it is
 * said when all is read once more.
 */
int both_listen(struct views *s, int (*read)(struct views *s));

/* @s is of a slice: it has none of the events before. */
int both_begin_slice(struct views *s);
void both_end_slice(struct views *s);

/* @next goes on where @s ended.  Likewise. */
int both_join(struct views *s, const struct views *next);

#endif /* ANALYZER_VIEWS_BOTH_H */
