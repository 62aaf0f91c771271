/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The unit in which figures are shown.  They are integers of their own unit,
 * cycles or ns, until they are shown; then they are multiplied once, and rounded
 * to a nanosecond.
 */
#ifndef ANALYZER_UNIT_H
#define ANALYZER_UNIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/rate.h"
#include "base/recording.h"
#include "event/clock.h"
#include "stats.h"

enum unit_wanted {
	UNIT_WANTED_ANY,	/* not said */
	UNIT_WANTED_CYCLES,
	UNIT_WANTED_NS,
	UNIT_WANTED_US,
	UNIT_WANTED_MS,
	UNIT_WANTED_AUTO,	/* each figure of a table in one that suits it */
};

/* Who says how fast the TSC is */
enum rate_from {
	RATE_FROM_NOBODY,	/* no one need: figures are shown as they are */
	RATE_FROM_RECORDING,
	RATE_FROM_USER,
	RATE_FROM_FIT,		/* to the time stamps: see rates.h */
};

/* Zeroed: figures are shown in their own unit. */
struct unit {
	const char *name;	/* a literal */
	bool converted;		/* to ns: by */
	struct clock_rate rate;
	unsigned int decimals;	/* of @name: 3 of us are ns */
	bool scaled;		/* each figure has a unit of its own */
	bool rounded;		/* percentiles are, as histogram_justified() says */
	enum rate_from from;
	uint64_t hz, error_hz;	/* of the TSC; error: of a fit */
};

/* What the points that were found in a recording say */
struct unit_fit {
	enum rate_verdict verdict;
	struct rate rate;
};

/*
 * Choose the unit of figures that are in @own, "cycles" or "ns".  @scale: figures
 * are for people, so they are scaled if nothing else is wanted and it can be done.
 * Return -1 after an error: what is wanted cannot be had.
 */
int unit_choose(struct unit *unit, enum unit_wanted wanted, bool scale,
		const char *own, const struct recording *info,
		const struct unit_fit *fit);

/* In ns, rounded; saturates */
u128 unit_to_ns(const struct unit *unit, u128 v);

#define UNIT_TEXT_MAX	48u

/* Three digits at least: "812 ns", "53.3 us", "1.22 s", "4,012 s" */
const char *unit_scale(char buf[UNIT_TEXT_MAX], u128 ns);

#endif /* ANALYZER_UNIT_H */
