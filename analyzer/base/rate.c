// SPDX-License-Identifier: GPL-2.0
#include "base/rate.h"

#include <stdlib.h>

typedef unsigned __int128 u128;

#define NS_PER_S	1000000000u

/* Half as many points, twice as far apart */
static void thin_out(struct rate_points *points)
{
	unsigned int i;

	for (i = 0; i < RATE_POINTS / 2; i++)
		points->at[i] = points->at[2 * i];
	points->nr = RATE_POINTS / 2;
	points->every *= 2;
}

static bool make_room(struct rate_points *points)
{
	const unsigned int max = points->all ? UINT32_MAX / 2 : RATE_POINTS;
	unsigned int size = points->allocated ? points->allocated * 2 : 8;
	struct rate_point *at;

	if (points->nr < points->allocated)
		return true;
	if (size > max)
		return false;
	at = realloc(points->at, size * sizeof(*at));
	if (!at)
		return false;
	points->at = at;
	points->allocated = size;
	return true;
}

void rate_release(struct rate_points *points)
{
	free(points->at);
	*points = (struct rate_points){ .nr = 0 };
}

static void keep(struct rate_points *points, uint64_t ns, uint64_t tsc)
{
	if (!make_room(points))
		return;
	points->at[points->nr].ns = ns;
	points->at[points->nr].tsc = tsc;
	points->nr++;
}

void rate_join(struct rate_points *to, const struct rate_points *all)
{
	unsigned int i;

	for (i = 0; i < all->nr; i++)
		rate_add(to, all->at[i].ns, all->at[i].tsc);
}

void rate_add(struct rate_points *points, uint64_t ns, uint64_t tsc)
{
	unsigned int last = points->nr - 1;

	if (points->all) {
		keep(points, ns, tsc);
		return;
	}
	if (!points->every)
		points->every = 1;
	if (points->seen++ % points->every)
		return;
	if (points->nr && (ns <= points->at[last].ns ||
			   tsc <= points->at[last].tsc))
		return;
	if (points->nr == RATE_POINTS)
		thin_out(points);
	keep(points, ns, tsc);
}

/* In Hz, rounded: what does not fit is as good as infinite. */
static uint64_t hz_of(uint64_t cycles, uint64_t ns)
{
	u128 hz = ((u128)cycles * NS_PER_S + ns / 2) / ns;

	return hz > UINT64_MAX ? UINT64_MAX : hz;
}

static size_t add_estimates(const struct rate_points *p, uint64_t *estimates,
			    uint64_t *longest)
{
	unsigned int half = p->nr / 2, i;
	uint64_t ns;

	for (i = 0; i < half; i++) {
		ns = p->at[i + half].ns - p->at[i].ns;
		estimates[i] = hz_of(p->at[i + half].tsc - p->at[i].tsc, ns);
		if (ns > *longest)
			*longest = ns;
	}
	return half;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static enum rate_verdict judge(uint64_t *estimates, size_t nr,
			       struct rate *rate)
{
	uint64_t low, high;

	qsort(estimates, nr, sizeof(*estimates), compare);
	rate->hz = estimates[nr / 2];
	low = estimates[nr / 10];
	high = estimates[nr - 1 - nr / 10];
	/* Each estimate is rounded, and so is what they are compared with. */
	rate->error_hz = larger(rate->hz - low, high - rate->hz) + 1;
	if ((u128)rate->error_hz * 1000000 > (u128)rate->hz * RATE_PPM_MAX)
		return RATE_UNSTEADY;
	return RATE_GOOD;
}

enum rate_verdict rate_fit(const struct rate_points *const *streams, size_t nr,
			   struct rate *rate)
{
	size_t room = 0, found = 0, i;
	uint64_t *estimates, longest = 0;
	enum rate_verdict verdict;

	for (i = 0; i < nr; i++)
		if (streams[i])
			room += streams[i]->nr / 2;
	if (room < RATE_ESTIMATES_MIN)
		return RATE_FEW;
	estimates = malloc(room * sizeof(*estimates));
	if (!estimates)
		return RATE_NO_MEMORY;
	for (i = 0; i < nr; i++)
		if (streams[i])
			found += add_estimates(streams[i], estimates + found,
					       &longest);
	verdict = longest < RATE_NS_MIN / 2 ? RATE_SHORT :
					      judge(estimates, found, rate);
	free(estimates);
	return verdict;
}
