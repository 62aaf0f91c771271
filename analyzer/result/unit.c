// SPDX-License-Identifier: GPL-2.0
#include "result/unit.h"

#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/error.h"

#define NS_PER_S	1000000000u

static const char *const names[] = {
	[UNIT_WANTED_CYCLES] = "cycles", [UNIT_WANTED_NS] = "ns",
	[UNIT_WANTED_US] = "us", [UNIT_WANTED_MS] = "ms",
	[UNIT_WANTED_AUTO] = "time",
};

/* How fast is the TSC?  Return false if nobody knows. */
static bool find_rate(struct unit *unit, const struct recording *info,
		      const struct unit_fit *fit)
{
	struct clock_rate *r = &unit->rate;

	if (clock_tsc_rate(info, r)) {
		unit->from = clock_has_rate(info) ? RATE_FROM_RECORDING :
						    RATE_FROM_USER;
		unit->hz = (u128)r->div * NS_PER_S / r->mult;
		return true;
	}
	if (fit->verdict != RATE_GOOD || !fit->rate.hz)
		return false;
	*r = (struct clock_rate){ NS_PER_S, fit->rate.hz };
	unit->from = RATE_FROM_FIT;
	unit->hz = fit->rate.hz;
	unit->error_hz = fit->rate.error_hz;
	return true;
}

static const char *why_not(enum rate_verdict verdict)
{
	switch (verdict) {
	case RATE_FEW:
		return "too few events have both a time stamp and one of the TSC to tell";
	case RATE_SHORT:
		return "all that was recorded is within a hundredth of a second";
	case RATE_UNSTEADY:
		return "time stamps and the TSC do not go at a steady rate to each other";
	case RATE_NO_MEMORY:
		return "out of memory";
	case RATE_MANY:
		return "several recordings may be of several machines";
	default:
		return "no event has a time stamp in ns and a stamp of the TSC";
	}
}

static int not_known(enum unit_wanted wanted, const struct recording *info,
		     const struct unit_fit *fit)
{
	return error("--unit=%s: %s: nothing says how fast the TSC is: %s: say it with --tsc-khz",
		     names[wanted], info->path, why_not(fit->verdict));
}

static void convert(struct unit *unit, enum unit_wanted wanted)
{
	unit->name = names[wanted];
	unit->converted = true;
	unit->decimals = wanted == UNIT_WANTED_US ? 3 :
			 wanted == UNIT_WANTED_MS ? 6 : 0;
	unit->scaled = wanted == UNIT_WANTED_AUTO;
}

int unit_choose(struct unit *unit, enum unit_wanted wanted, bool scale,
		const char *own, const struct recording *info,
		const struct unit_fit *fit)
{
	const bool cycles = !strcmp(own, names[UNIT_WANTED_CYCLES]);

	*unit = (struct unit){ .name = own };
	if (wanted == UNIT_WANTED_CYCLES && !cycles)
		return error("--unit=cycles: %s: figures are in ns, by time stamps: record with another trace clock: trace-cmd record -C x86-tsc",
			     info->path);
	if (wanted == UNIT_WANTED_CYCLES || (wanted == UNIT_WANTED_ANY && !scale))
		return 0;
	unit->rate = (struct clock_rate){ 1, 1 };
	if (cycles && !find_rate(unit, info, fit))
		return wanted == UNIT_WANTED_ANY || wanted == UNIT_WANTED_AUTO ?
		       0 : not_known(wanted, info, fit);
	if (wanted == UNIT_WANTED_ANY || wanted == UNIT_WANTED_AUTO) {
		/* What programs read is not scaled. */
		if (scale)
			convert(unit, UNIT_WANTED_AUTO);
		return 0;
	}
	convert(unit, wanted);
	return 0;
}

u128 unit_to_ns(const struct unit *unit, u128 v)
{
	const struct clock_rate *r = &unit->rate;
	u128 whole, part;

	if (__builtin_mul_overflow(v / r->div, (u128)r->mult, &whole))
		return ~(u128)0;
	part = ((v % r->div) * r->mult + r->div / 2) / r->div;
	return whole + part < whole ? ~(u128)0 : whole + part;
}

/* @ns in units of 10^@power ns with three digits, and all that are before the point */
static const char *with_digits(char buf[UNIT_TEXT_MAX], u128 ns,
			       unsigned int power, const char *name)
{
	unsigned int places = 2;
	u128 unit = 1, v;

	for (; power; power--)
		unit *= 10;
	/* 9.996 are 10.0, not 10.00. */
	while ((v = decimal_ratio(ns, unit, places)) >= 1000 && places)
		places--;
	decimal_text(buf, v, places);
	strcat(buf, " ");
	return strcat(buf, name);
}

_Static_assert(UNIT_TEXT_MAX >= DECIMAL_MAX, "room for any number");

const char *unit_scale(char buf[UNIT_TEXT_MAX], u128 ns)
{
	/* What would be rounded up to 1000 of a unit is 1 of the next. */
	if (!ns)
		strcpy(buf, "0");
	else if (ns < 1000)
		snprintf(buf, UNIT_TEXT_MAX, "%u ns", (unsigned int)ns);
	else if (ns < 999500)
		with_digits(buf, ns, 3, "us");
	else if (ns < 999500000)
		with_digits(buf, ns, 6, "ms");
	else
		with_digits(buf, ns, 9, "s");
	return buf;
}
