/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording without stamps -> round trips: a sink of the walk by time
 * (by_time.h), which joins each kvm_exit to the next kvm_entry of its thread (see
 * roundtrip.h).
 *
 *	struct trips t;
 *
 *	ret = trips_open(&t, src, p, NULL, NULL);
 *	do {
 *		... begin with nothing
 *		if (!ret)
 *			ret = trips_read(&t, add, arg);
 *	} while (!ret && (ret = trips_again(&t)) > 0);
 *	if (!ret && !trips_lacking(&t))
 *		lossy = trips_report(&t);
 *	trips_close(&t);
 */
#ifndef ANALYZER_TRIPS_H
#define ANALYZER_TRIPS_H

#include "event/inside.h"
#include "parse.h"
#include "source/source.h"
#include "walk/attach.h"
#include "walk/by_time.h"
#include "walk/marks.h"
#include "walk/roundtrip.h"

/*
 * One exit, a round trip as long as @length says; @cpu and @ts are the entry's.
 * If there is none, @untimed, they are the exit's, and @length is 0.
 */
struct trip {
	uint64_t length, ts, code;
	uint32_t tid, cpu, isa;
	bool untimed;
	struct attach_slot *inside;	/* what is inside; NULL: details are not
					   asked for */
};

struct trips;

/* Take the next round trip.  Return -1 after an error. */
typedef int trips_add_fn(struct trips *t, const struct trip *trip, void *arg);

struct trips {
	struct by_time walk;
	const struct source *src;
	const struct parse *p;
	const char *unit;		/* of @length: "ns" or "cycles" */
	trips_add_fn *add;
	void *arg;
	struct roundtrip rt;
	bool repeated;			/* all is read for the second time */
	const struct inside *inside;	/* NULL: details are not asked for */
	struct attach attach;
	struct attach_slot ended;	/* what was inside an exit without entry */
	uint64_t unattached;		/* events inside none */
	struct timeline *timeline;	/* NULL: time is not asked for */
	struct marks *marks;		/* likewise */
	uint64_t entries, exits;	/* events */
};

/*
 * @inside, if not NULL, lets it fill in trip->inside.  What events say of time goes to
 * @timeline, if that is not NULL; it is emptied first.  Both outlive @t.
 * Errors: a trace clock that is no time.  trips_close() also after one.
 */
int trips_open(struct trips *t, const struct source *src,
	       const struct parse *p, const struct inside *inside,
	       struct timeline *timeline);
void trips_close(struct trips *t);

/* Hand all round trips to @add, in the order of time. */
int trips_read(struct trips *t, trips_add_fn *add, void *arg);

/*
 * All was read: does it take to read it once more, because it is known only now
 * what there is not?  Return 1 if @t begins again, 0 if the round trips are right.
 *
 * What may not be there: sub-buffers that the kernel recorded, so that there is a
 * gap before each one; any kvm_entry, so that each kvm_exit counts by itself.
 */
int trips_again(struct trips *t);

/* An event that there was none of, so that there are no exits; or NULL. */
const char *trips_lacking(const struct trips *t);

/*
 * Say what else is missing or odd, besides t->walk.losses.  Return true if that
 * affects the result.
 */
bool trips_report(const struct trips *t);

/* Say what the figures are, and are not. */
void trips_note(const struct trips *t);

#endif /* ANALYZER_TRIPS_H */
