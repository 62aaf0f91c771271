/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording without stamps -> round trips: all per-CPU streams merged by time
 * stamp, each kvm_exit joined to the next kvm_entry of its thread (see
 * roundtrip.h).
 *
 *	struct trips t;
 *	struct trip trip;
 *
 *	ret = trips_open(&t, src, p, NULL);
 *	do {
 *		... begin with nothing
 *		while (!ret && (ret = trips_next(&t, &trip)) > 0)
 *			...
 *	} while (!ret && (ret = trips_again(&t)) > 0);
 *	if (!ret && !trips_lacking(&t))
 *		lossy = trips_report(&t);
 *	trips_close(&t);
 */
#ifndef ANALYZER_TRIPS_H
#define ANALYZER_TRIPS_H

#include "base/merge.h"
#include "event/inside.h"
#include "parse.h"
#include "source/records.h"
#include "source/source.h"
#include "walk/attach.h"
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
};

struct trips_source;

struct trips {
	const struct source *src;
	const struct parse *p;
	const char *unit;		/* of @length: "ns" or "cycles" */
	unsigned int nr_cpus;
	struct trips_source *sources;
	struct merge merge;		/* of them, by time */
	struct roundtrip rt;
	bool repeated;			/* all is read for the second time */
	const struct inside *inside;	/* NULL: details are not asked for */
	struct attach attach;
	struct attach_slot slot;	/* what is inside the latest round trip */
	uint64_t unattached;		/* events inside none */
	struct timeline *timeline;	/* NULL: time is not asked for */
	struct marks *marks;		/* likewise */
	uint64_t entries, exits;	/* events */
	bool any;			/* there is an event, of any kind */
	uint64_t first_ts;		/* of all events */
	uint64_t last_ts;		/* likewise, once all were read */
	struct losses losses;		/* likewise */
};

/*
 * @inside, if not NULL, lets it fill in t->slot.  What events say of time goes to
 * @timeline, if that is not NULL; it is emptied first.  Both outlive @t.
 * Errors: a trace clock that is no time.  trips_close() also after one.
 */
int trips_open(struct trips *t, const struct source *src,
	       const struct parse *p, const struct inside *inside,
	       struct timeline *timeline);
void trips_close(struct trips *t);

/* Return 1 with the next round trip in the order of time, 0 at the end. */
int trips_next(struct trips *t, struct trip *trip);

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
 * Say what else is missing or odd, besides t->losses.  Return true if that
 * affects the result.
 */
bool trips_report(const struct trips *t);

/* Say what the figures are, and are not. */
void trips_note(const struct trips *t);

#endif /* ANALYZER_TRIPS_H */
