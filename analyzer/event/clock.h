/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Trace clocks: what the time stamps of a recording are.  The names are those
 * of kernel/trace/trace.c.
 */
#ifndef ANALYZER_CLOCK_H
#define ANALYZER_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/recording.h"

struct clock {
	const char *name;
	const char *unit;	/* "ns" or "cycles"; NULL: it is no time */
};

/* ns = units * mult / div */
struct clock_rate {
	uint64_t mult, div;
};

/* @v * @mult / @div, rounded down; saturates */
static inline uint64_t clock_scale(uint64_t v, uint64_t mult, uint64_t div)
{
	const unsigned __int128 scaled = (unsigned __int128)v * mult;

	/* 128 bits take a function to be divided. */
	if (scaled <= UINT64_MAX)
		return (uint64_t)scaled / div;
	return scaled / div > UINT64_MAX ? UINT64_MAX : scaled / div;
}

/* The clock of a recording, "local" if it does not say; NULL: unknown. */
const struct clock *clock_of(const struct recording *info);

/* Does @info's clock jump when a thread changes CPUs? */
bool clock_is_local(const struct recording *info);

/* The clock as a time, or NULL after an error: there is none. */
const struct clock *clock_need_time(const struct recording *info);

/*
 * Nanoseconds <-> units of the clock, rounded down.  Return false if that
 * cannot be told: the clock is no time, or nothing says how fast the TSC is,
 * neither the recording nor, after it, the user.
 */
bool clock_from_ns(const struct recording *info, uint64_t ns,
		   uint64_t *units);
bool clock_to_ns(const struct recording *info, uint64_t units,
		 uint64_t *ns);

/* By this, once for many: of a clock that counts ns, it is 1.  False: as above */
bool clock_rate(const struct recording *info, struct clock_rate *rate);

/* Say that it cannot be told, so that --@option is in vain.  -1, always */
int clock_no_seconds(const struct recording *info, const char *option);

/*
 * The time stamp @ts in nanoseconds, as trace-cmd report prints it.  Return false
 * if the clock is no time, or nothing says how fast it is.
 */
bool clock_shown_ns(const struct recording *info, uint64_t ts, uint64_t *ns);

/* The same to TSC ticks, whatever the clock is */
bool clock_ns_to_cycles(const struct recording *info, uint64_t ns,
			uint64_t *cycles);

/* How fast the TSC is, by the recording or the user.  Return false: nobody says. */
bool clock_tsc_rate(const struct recording *info, struct clock_rate *rate);

/* Does the recording say so? */
bool clock_has_rate(const struct recording *info);

/* Warn if the user's rate of the TSC is far from what the recording says. */
void clock_compare_rates(const struct recording *info);

#endif /* ANALYZER_CLOCK_H */
