// SPDX-License-Identifier: GPL-2.0
/* What is said of round trips once all have been read */
#include "walk/round_trips.h"

#include <inttypes.h>

#include "base/error.h"
#include "event/clock.h"

static void warn_if(const struct round_trips *t, bool *lossy, uint64_t n,
		    const char *what)
{
	if (!n)
		return;
	warning("%s: %s: %" PRIu64, what, source_recording(t->src)->path, n);
	*lossy = true;
}

/* @n of what three texts say together */
static void note_if(uint64_t n, const char *a, const char *b, const char *c)
{
	if (n)
		note("%s%s%s: %" PRIu64, a, b, c, n);
}

bool round_trips_report(const struct round_trips *t)
{
	const struct round_trip_counts *n = &t->rt.counts;
	const struct machine *m = t->p->machine;
	bool lossy = false;

	warn_if(t, &lossy, t->walk.losses.lost_events, "events lost, counted");
	warn_if(t, &lossy, t->walk.losses.lost_uncounted,
		"places where events were lost, uncounted");
	if (source_recording(t->src)->nr_dropped)
		warning("which round trips are sound cannot be told: %s: a dropped event may be of any",
			source_recording(t->src)->path);
	warn_if(t, &lossy, n->gaps,
		"round trips not used, events of theirs may be lost");
	warn_if(t, &lossy, by_time_backwards(&t->walk),
	        "time stamps that go back within a CPU");
	warn_if(t, &lossy, n->backwards,
		"round trips not used, their entry is before their exit");
	warn_if(t, &lossy, t->walk.losses.short_records,
		"records too short for their event");
	if (n->migrated && clock_is_local(source_recording(t->src)))
		warning("trace clock local is not coherent across CPUs: %" PRIu64 " round trip%s from one CPU to another: record with: %s",
			n->migrated, plural_s(n->migrated),
			recording_advice(source_recording(t->src))->clock);
	note_if(n->no_exit, m->entry, " events without ", m->exit);
	if (!t->rt.alone)
		note_if(n->untimed, "exits of unknown length, without a ",
			m->entry, "");
	note_if(n->open, m->exit, " events still open at the end", "");
	return lossy;
}

void round_trips_caveat(const struct round_trips *t)
{
	if (t->p->machine->caveat)
		note("%s", t->p->machine->caveat);
}

void round_trips_note(const struct round_trips *t)
{
	round_trips_caveat(t);
	if (t->rt.alone) {
		note("no %s event in %s: how long its exits took is unknown: record with: %s",
		     t->p->machine->entry, source_recording(t->src)->path,
		     recording_advice(source_recording(t->src))->exits);
		return;
	}
	note("%s: round trips by event time stamps; time in userspace, halted or off the CPU cannot be told from processing, and no report can be proven",
	     t->p->stamped ? "not accounted by the kernel" :
			     "recorded by an unpatched kernel");
}
