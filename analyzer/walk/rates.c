// SPDX-License-Identifier: GPL-2.0
#include "walk/rates.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "event/clock.h"

int rates_init(struct rates *r, const struct source *src,
	       const struct parse *p)
{
	const struct recording *info = source_recording(src);
	const struct clock *clock = clock_of(info);
	unsigned int i;

	memset(r, 0, sizeof(*r));
	if (!p->stamped || !clock || !clock->unit || strcmp(clock->unit, "ns"))
		return 0;
	r->streams = calloc(info->nr_cpus + 1, sizeof(*r->streams));
	if (!r->streams)
		return error("out of memory: %u CPUs", info->nr_cpus);
	r->nr = info->nr_cpus;
	for (i = 0; i < r->nr; i++)
		r->streams[i].p = p;
	return 0;
}

void rates_release(struct rates *r)
{
	unsigned int i;

	for (i = 0; i < r->nr; i++)
		rate_release(&r->streams[i].points);
	free(r->streams);
	memset(r, 0, sizeof(*r));
}

#define NS_PER_S	1000000000u

static void see_first(void *arg, const struct subbuf_record *rec)
{
	struct rates_stream *st = arg;
	const struct parse *p = st->p;
	uint64_t tsc;

	if (p->kind[subbuf_event_id(rec)] != PARSE_ENTRY ||
	    rec->len < p->min_len[PARSE_ENTRY])
		return;
	tsc = parse_get(rec->data, p->layout.entry.tsc);
	if (tsc)
		rate_add(&st->points, rec->ts, tsc);
}

void rates_watch(struct rates *r, unsigned int index, struct records *records)
{
	if (!r->nr)
		return;
	/* What an earlier reader found is found once more. */
	rate_release(&r->streams[index].points);
	records->see_first = see_first;
	records->see_first_arg = &r->streams[index];
}

void rates_watch_later(struct rates *later, unsigned int index,
		       struct records *records)
{
	rates_watch(later, index, records);
	if (later->nr)
		later->streams[index].points.all = true;
}

void rates_join(struct rates *r, const struct rates *later)
{
	unsigned int i;

	for (i = 0; i < r->nr && i < later->nr; i++)
		rate_join(&r->streams[i].points, &later->streams[i].points);
}

enum rate_verdict rates_fit(const struct rates *r, struct rate *rate)
{
	const struct rate_points **points;
	enum rate_verdict verdict;
	unsigned int i;

	if (!r->nr)
		return RATE_NO_POINTS;
	points = calloc(r->nr, sizeof(*points));
	if (!points)
		return RATE_NO_MEMORY;
	for (i = 0; i < r->nr; i++)
		points[i] = &r->streams[i].points;
	verdict = rate_fit(points, r->nr, rate);
	free(points);
	return verdict;
}

static const struct rate_points *longest(const struct rates *r)
{
	const struct rate_points *best = NULL;
	unsigned int i;

	for (i = 0; i < r->nr; i++)
		if (!best || r->streams[i].points.nr > best->nr)
			best = &r->streams[i].points;
	return best && best->nr ? best : NULL;
}

static uint64_t scale(uint64_t v, uint64_t mult, uint64_t div)
{
	const unsigned __int128 scaled = (unsigned __int128)v * mult / div;

	return scaled > UINT64_MAX ? UINT64_MAX : scaled;
}

/* Saturate */
static uint64_t add(uint64_t a, uint64_t b)
{
	return a > UINT64_MAX - b ? UINT64_MAX : a + b;
}

static uint64_t subtract(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

bool rates_to_tsc(const struct rates *r, uint64_t hz, uint64_t ns, uint64_t *tsc)
{
	const struct rate_points *points = longest(r);
	const struct rate_point *p, *last;

	if (!points)
		return false;
	p = points->at;
	last = p + points->nr - 1;
	while (p < last && p[1].ns <= ns)
		p++;
	if (ns < p->ns)
		*tsc = subtract(p->tsc, scale(p->ns - ns, hz, NS_PER_S));
	else if (p == last)
		*tsc = add(p->tsc, scale(ns - p->ns, hz, NS_PER_S));
	else
		*tsc = p->tsc + scale(ns - p->ns, p[1].tsc - p->tsc, p[1].ns - p->ns);
	return true;
}
