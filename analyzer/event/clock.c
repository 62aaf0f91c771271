// SPDX-License-Identifier: GPL-2.0
#include "event/clock.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"

typedef unsigned __int128 u128;

static const struct clock clocks[] = {
	{ "local", "ns" }, { "global", "ns" }, { "perf", "ns" },
	{ "mono", "ns" }, { "mono_raw", "ns" }, { "boot", "ns" },
	{ "tai", "ns" }, { "realtime", "ns" }, { "x86-tsc", "cycles" },
	/* trace-cmd's name for x86-tsc of which it has stored the rate */
	{ "tsc2nsec", "cycles" },
	{ "counter", NULL }, { "uptime", NULL },
};

const struct clock *clock_of(const struct recording *info)
{
	unsigned int i;

	if (!info->clock)
		return &clocks[0];
	for (i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		if (!strcmp(clocks[i].name, info->clock))
			return &clocks[i];
	return NULL;
}

bool clock_is_local(const struct recording *info)
{
	return !info->clock || !strcmp(info->clock, "local");
}

const struct clock *clock_need_time(const struct recording *info)
{
	const struct clock *clock = clock_of(info);

	if (!info->clock)
		note("trace clock is not recorded: %s: taken for local",
		     info->path);
	if (clock && clock->unit)
		return clock;
	error("%s: %s: %s: record with another one, e.g. %s",
	      clock ? "trace clock is no time" : "unknown trace clock",
	      info->path, info->clock, recording_advice(info)->clock);
	return NULL;
}

#define NS_PER_MS	1000000u

static bool recorded_rate(const struct recording *info, struct clock_rate *r)
{
	if (!info->has_tsc2nsec || !info->tsc2nsec_mult ||
	    info->tsc2nsec_shift >= 64)
		return false;
	*r = (struct clock_rate){ info->tsc2nsec_mult, 1ull << info->tsc2nsec_shift };
	return true;
}

bool clock_has_rate(const struct recording *info)
{
	struct clock_rate r;

	return recorded_rate(info, &r);
}

bool clock_tsc_rate(const struct recording *info, struct clock_rate *r)
{
	if (recorded_rate(info, r))
		return true;
	*r = (struct clock_rate){ NS_PER_MS, info->tsc_khz };
	return info->tsc_khz;
}

bool clock_rate(const struct recording *info, struct clock_rate *r)
{
	const struct clock *clock = clock_of(info);

	if (!clock || !clock->unit)
		return false;
	if (strcmp(clock->unit, "ns"))
		return clock_tsc_rate(info, r);
	*r = (struct clock_rate){ 1, 1 };
	return true;
}

static uint64_t from_ns(uint64_t ns, const struct clock_rate *r)
{
	return clock_scale(ns, r->div, r->mult);
}

bool clock_from_ns(const struct recording *info, uint64_t ns,
		   uint64_t *units)
{
	struct clock_rate r;

	if (!clock_rate(info, &r))
		return false;
	*units = from_ns(ns, &r);
	return true;
}

int clock_no_seconds(const struct recording *info, const char *option)
{
	return error("--%s: trace clock does not say seconds: %s: %s", option,
		     info->path, info->clock ? info->clock : "local");
}

bool clock_ns_to_cycles(const struct recording *info, uint64_t ns,
			uint64_t *cycles)
{
	struct clock_rate r;

	if (!clock_tsc_rate(info, &r))
		return false;
	*cycles = from_ns(ns, &r);
	return true;
}

bool clock_to_ns(const struct recording *info, uint64_t units,
		 uint64_t *ns)
{
	struct clock_rate r;

	if (!clock_rate(info, &r))
		return false;
	*ns = clock_scale(units, r.mult, r.div);
	return true;
}

bool clock_shown_ns(const struct recording *info, uint64_t ts, uint64_t *ns)
{
	if (info->has_ts_offset)
		ts += (uint64_t)info->ts_offset;
	return clock_to_ns(info, ts, ns);
}

void clock_compare_rates(const struct recording *info)
{
	uint64_t recorded, given = info->tsc_khz, apart;
	struct clock_rate r;

	if (!given || !recorded_rate(info, &r))
		return;
	recorded = from_ns(NS_PER_MS, &r);
	apart = recorded > given ? recorded - given : given - recorded;
	if (apart > recorded / 100)
		warning("--tsc-khz=%" PRIu64 " is not used: %s: the recording says %" PRIu64 " kHz",
			given, info->path, recorded);
}
