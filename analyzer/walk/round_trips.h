/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording without stamps -> round trips: a sink of the walk by time
 * (by_time.h), which joins each kvm_exit to the next kvm_entry of its thread (see
 * round_trip.h).
 *
 *	struct round_trips t;
 *
 *	ret = round_trips_open(&t, src, p, NULL, NULL, NULL, slicing);
 *	do {
 *		... begin with nothing, round_trips_slices(&t) times
 *		if (!ret)
 *			ret = round_trips_read(&t, add, args);
 *	} while (!ret && (ret = round_trips_again(&t)) > 0);
 *	if (!ret && !round_trips_lacking(&t))
 *		lossy = round_trips_report(&t);
 *	round_trips_close(&t);
 */
#ifndef ANALYZER_ROUND_TRIPS_H
#define ANALYZER_ROUND_TRIPS_H

#include "event/inside.h"
#include "parse.h"
#include "source/source.h"
#include "walk/attach.h"
#include "walk/by_time.h"
#include "walk/marks.h"
#include "walk/owners.h"
#include "walk/round_trip.h"

/*
 * One exit, a round trip as long as @length says; @cpu and @ts are the entry's.
 * If there is none, @untimed, they are the exit's, and @length is 0.
 */
struct trip {
	uint64_t length, ts, code;
	uint32_t tid, cpu, isa;
	uint32_t vm, vcpu;		/* 0 and VCPU_UNKNOWN if not known; only
					   if owners are asked for */
	bool untimed;
	struct attach_slot *inside;	/* what is inside; NULL: details are not
					   asked for */
};

struct round_trips;

/*
 * Take the next round trip.  @arg: that of the slice of time.  Return -1 after an
 * error.
 */
typedef int round_trips_add_fn(struct round_trips *t, const struct trip *trip, void *arg);

/* What was inside the exit that the head of a later slice ends: see round_trip.h */
struct round_trips_head {
	struct attach_slot inside;
	uint64_t gap_end;		/* of the gaps by then */
};

struct round_trips {
	struct by_time walk;
	const struct source *src;
	const struct parse *p;
	const char *unit;		/* of @length: "ns" or "cycles" */
	round_trips_add_fn *add;
	void *arg;
	struct round_trip rt;
	bool repeated;			/* all is read for the second time */
	const struct inside *inside;	/* NULL: details are not asked for */
	struct attach attach;
	struct attach_slot ended;	/* what was inside an exit without entry */
	uint64_t unattached;		/* events inside none */
	struct timeline *timeline;	/* NULL: time is not asked for */
	struct marks *marks;		/* likewise */
	struct owners *owners;		/* NULL: whose they are is not asked for */
	uint64_t entries, exits;	/* events */

	/* Slices of time: this is the first one */
	struct slicing slicing;
	struct slices slices;
	struct round_trips *later;	/* the others */
	bool odd;			/* they do not fit together */
	unsigned int joined;		/* so many count, after _read() */
	struct round_trips_head *heads;	/* of a later one; with @inside only */
	size_t nr_heads, heads_allocated;
};

/*
 * @inside, if not NULL, lets it fill in trip->inside.  What events say of time goes to
 * @timeline, whose exits they are to @owners, if these are not NULL; they are
 * emptied first.  All outlive @t.
 * Errors: a trace clock that is no time.  round_trips_close() also after one.
 */
int round_trips_open(struct round_trips *t, const struct source *src,
	       const struct parse *p, const struct inside *inside,
	       struct timeline *timeline, struct owners *owners,
	       struct slicing slicing);
void round_trips_close(struct round_trips *t);

/* How many slices of time are read at once; another number after each _again() */
static inline unsigned int round_trips_slices(const struct round_trips *t)
{
	return t->slices.nr;
}

/*
 * Hand all round trips to @add, with @args[slice]: those of one slice in the order of
 * time, but for those that began in an earlier one, which the first one gets when all
 * has been read.  All is void if t->odd says so.
 */
int round_trips_read(struct round_trips *t, round_trips_add_fn *add,
		     void *const *args);

/*
 * All was read: does it take to read it once more, because it is known only now
 * what there is not?  Return 1 if @t begins again, 0 if the round trips are right.
 * So it does, in one slice, if t->odd is set, which the caller may do as well.
 *
 * What may not be there: sub-buffers that the kernel recorded, so that there is a
 * gap before each one; any kvm_entry, so that each kvm_exit counts by itself.
 */
int round_trips_again(struct round_trips *t);

/* An event that there was none of, so that there are no exits; or NULL. */
const char *round_trips_lacking(const struct round_trips *t);

/*
 * Say what else is missing or odd, besides t->walk.losses.  Return true if that
 * affects the result.
 */
bool round_trips_report(const struct round_trips *t);

/* Say what events of this architecture cannot tell, if there is anything. */
void round_trips_caveat(const struct round_trips *t);

/* That, and what the figures are, and are not. */
void round_trips_note(const struct round_trips *t);

#endif /* ANALYZER_ROUND_TRIPS_H */
