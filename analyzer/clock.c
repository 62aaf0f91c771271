// SPDX-License-Identifier: GPL-2.0
#include "clock.h"

#include <string.h>

#include "error.h"

typedef unsigned __int128 u128;

static const struct clock clocks[] = {
	{ "local", "ns" }, { "global", "ns" }, { "perf", "ns" },
	{ "mono", "ns" }, { "mono_raw", "ns" }, { "boot", "ns" },
	{ "tai", "ns" }, { "x86-tsc", "cycles" },
	/* trace-cmd's name for x86-tsc of which it has stored the rate */
	{ "tsc2nsec", "cycles" },
	{ "counter", NULL }, { "uptime", NULL },
};

const struct clock *clock_of(const struct tracedat_info *info)
{
	unsigned int i;

	if (!info->clock)
		return &clocks[0];
	for (i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++)
		if (!strcmp(clocks[i].name, info->clock))
			return &clocks[i];
	return NULL;
}

bool clock_is_local(const struct tracedat_info *info)
{
	return !info->clock || !strcmp(info->clock, "local");
}

const struct clock *clock_need_time(const struct tracedat_info *info)
{
	const struct clock *clock = clock_of(info);

	if (!info->clock)
		note("trace clock is not recorded: %s: taken for local",
		     info->path);
	if (clock && clock->unit)
		return clock;
	error("%s: %s: %s: record with another one, e.g. trace-cmd record -C mono -e kvm",
	      clock ? "trace clock is no time" : "unknown trace clock",
	      info->path, info->clock);
	return NULL;
}

/* ns = TSC ticks * mult >> shift */
static bool tsc_rate(const struct tracedat_info *info, uint32_t *mult,
		     uint32_t *shift)
{
	*mult = info->tsc2nsec_mult;
	*shift = info->tsc2nsec_shift;
	return info->has_tsc2nsec && *mult && *shift < 64;
}

/* The same of the clock's units: 1 and 0 if it counts ns */
static bool clock_rate(const struct tracedat_info *info, uint32_t *mult,
		       uint32_t *shift)
{
	const struct clock *clock = clock_of(info);

	if (!clock || !clock->unit)
		return false;
	if (strcmp(clock->unit, "ns"))
		return tsc_rate(info, mult, shift);
	*mult = 1;
	*shift = 0;
	return true;
}

static uint64_t saturate(u128 v)
{
	return v > UINT64_MAX ? UINT64_MAX : v;
}

static uint64_t from_ns(uint64_t ns, uint32_t mult, uint32_t shift)
{
	return saturate(((u128)ns << shift) / mult);
}

bool clock_from_ns(const struct tracedat_info *info, uint64_t ns,
		   uint64_t *units)
{
	uint32_t mult, shift;

	if (!clock_rate(info, &mult, &shift))
		return false;
	*units = from_ns(ns, mult, shift);
	return true;
}

bool clock_ns_to_cycles(const struct tracedat_info *info, uint64_t ns,
			uint64_t *cycles)
{
	uint32_t mult, shift;

	if (!tsc_rate(info, &mult, &shift))
		return false;
	*cycles = from_ns(ns, mult, shift);
	return true;
}

bool clock_to_ns(const struct tracedat_info *info, uint64_t units,
		 uint64_t *ns)
{
	uint32_t mult, shift;

	if (!clock_rate(info, &mult, &shift))
		return false;
	*ns = saturate((u128)units * mult >> shift);
	return true;
}
