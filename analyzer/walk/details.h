/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Details for a view of a recording with stamps: each exit gets the rip and the
 * detail that its kvm_exit and the events inside it tell (see attach.h).
 *
 * Streams are merged by time, by one thread, so that a thread that is moved to
 * another CPU takes its open exit along.  Where the trace clock does not order
 * the events of two CPUs, a kvm_exit may come after its kvm_entry.  Such halves
 * are put aside, and joined by (vm, vcpu, exit TSC) when all has been read: at
 * most DETAILS_ASIDE_MAX of each, of 80 and 208 bytes.  Exits beyond have no detail.
 */
#ifndef ANALYZER_DETAILS_H
#define ANALYZER_DETAILS_H

#include "event/inside.h"
#include "event/key.h"
#include "stats.h"
#include "walk/attach.h"

#define DETAILS_ASIDE_MAX	(1u << 20)

/* An accounted exit whose kvm_exit comes later, or is not recorded */
struct details_entry {
	struct group_key key;
	struct stats_sample sample;
	uint64_t ts, exit_tsc;
	struct attach_slot slot;
};

/*
 * The first exit or entry of a thread in a later slice of time (slices.h): it
 * happens when all slices before are known.
 */
struct details_head {
	enum details_head_kind {
		DETAILS_EXIT,
		DETAILS_ENTRY,		/* of what @entry says */
		DETAILS_DROP,		/* an entry that accounts nothing */
	} kind;
	uint32_t tid;
	uint64_t gap_end;		/* of the gaps by then */
	struct details_entry entry;	/* its slot: what came before it */
};

struct details_list {
	void *items;
	size_t nr, allocated;
};

struct details {
	struct inside inside;
	struct attach attach;
	struct details_list exits;	/* struct attach_slot without an entry */
	struct details_list entries;	/* struct details_entry */
	struct details_list heads;	/* struct details_head */
	size_t next_exit, next_entry;	/* of details_next() */
	uint64_t unattached;		/* events in no exit that is known */
	uint64_t mismatch;		/* exits whose kvm_exit has another reason
					   or ISA: their detail is unknown */
	uint64_t unknown;		/* exits whose kvm_exit is not recorded */
	uint64_t no_room;		/* exits of groups that had no room */
};

int details_init(struct details *d, const struct parse *p,
		 const struct source *src);
void details_release(struct details *d);

/* Slow path of details_exit(): the first event of a thread in a later slice */
int details_keep_exit(struct details *d, struct attach_slot *slot);

/* Slow path of details_exit(): what is in @slot, which is open, ends here. */
int details_end_open(struct details *d, struct attach_slot *slot);

/*
 * A kvm_exit that is long enough, and any other event but kvm_entry.  Return -1
 * only if memory is short.
 */
ALWAYS_INLINE int details_exit(struct details *d, struct subbuf_record rec)
{
	const struct parse *p = d->inside.p;
	struct attach_slot *slot;
	struct event_exit e;

	d->attach.now = rec.ts;
	parse_exit(p, &rec, &e);
	slot = attach_get(&d->attach, parse_pid(p, &rec));
	if (unlikely(!slot ||
		     (attach_is_head(slot) && details_keep_exit(d, slot) < 0) ||
		     (attach_is_open(slot) && details_end_open(d, slot) < 0)))
		return -1;
	attach_begin(&d->attach, slot);
	slot->vm = e.vm;
	slot->vcpu = e.vcpu_id;
	slot->isa = e.isa;
	slot->code = e.code;
	slot->tsc = e.tsc;
	slot->level = d->inside.level;
	slot->has_exit = inside_exit(&d->inside, &rec, e.isa, e.code, &slot->rip,
				     &slot->detail);
	return 0;
}

ALWAYS_INLINE int details_event(struct details *d, struct subbuf_record rec)
{
	return attach_record(&d->attach, &d->inside, rec);
}

/* @slot, which is of a complete exit, into @key */
ALWAYS_INLINE void details_set(struct details *d, struct group_key *key,
			       struct attach_slot *slot)
{
	attach_finish(slot);
	key->detail = slot->detail;
	key->rip = slot->rip;
	key->level = slot->level;
	key->begin = slot->has_exit ? slot->ts : 0;
	key->rip_is = slot->has_exit ? RIP_KNOWN : RIP_UNKNOWN;
	if (unlikely(!slot->has_exit)) {
		d->unknown++;
		d->unattached += attach_missed(slot);
	}
}

/* The same if it is of the exit of @key by its place.  By its reason, too? */
ALWAYS_INLINE void details_set_joined(struct details *d, struct group_key *key,
				      struct attach_slot *slot)
{
	details_set(d, key, slot);
	if (likely(slot->isa == key->isa && slot->code == key->code))
		return;
	d->mismatch++;
	key->detail = (struct detail){ .kind = DETAIL_UNKNOWN };
}

/* Slow path of details_entry(): the thread's slot is not that of the exit. */
int details_wait(struct details *d, uint32_t tid, uint64_t exit_tsc,
		 const struct stats_sample *sample, uint64_t ts,
		 struct group_key *key);

/* An accounted exit: return 1 if @key has its rip and detail, 0 for later. */
ALWAYS_INLINE int details_entry(struct details *d, uint32_t tid,
				const struct event_entry *e,
				const struct stats_sample *sample, uint64_t ts,
				struct group_key *key)
{
	struct attach_slot *slot = attach_find(&d->attach, tid);

	d->attach.now = ts;
	if (unlikely(!slot || !slot->has_exit || slot->tsc != e->exit_tsc ||
		     slot->vm != e->vm || slot->vcpu != e->vcpu_id))
		return details_wait(d, tid, e->exit_tsc, sample, ts, key);
	slot->gap = attach_has_gap(&d->attach, slot);
	details_set_joined(d, key, slot);
	attach_close(slot);
	return 1;
}

/* A kvm_entry that accounts nothing */
int details_drop(struct details *d, uint32_t tid);

/*
 * @next goes on where @d ended, in time: take over what it has.  Its heads are first
 * passed one by one: return 1 with @key of an exit that is complete, 0 if it is
 * not, -1 after an error.
 */
int details_pass_head(struct details *d, const struct details_head *head,
		      struct group_key *key);
int details_join(struct details *d, const struct details *next);

/* Would one that had had all events have kept less? */
bool details_may_forget(const struct details *d, const struct details *next);

/* All has been read. */
int details_end(struct details *d);

/* After that: return what was left for later; NULL at the end. */
struct details_entry *details_next(struct details *d);

#endif /* ANALYZER_DETAILS_H */
