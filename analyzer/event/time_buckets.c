// SPDX-License-Identifier: GPL-2.0
#include "event/time_buckets.h"

#include "event/clock.h"

void time_buckets_init(struct time_buckets *b, const struct recording *info,
		       uint64_t first_ts, uint64_t from_ns, uint64_t width_ns)
{
	*b = (struct time_buckets){
		.info = info, .first_ts = first_ts, .from_ns = from_ns,
		.width_ns = width_ns ? width_ns : 1, .grows = !width_ns,
	};
}

/* The first time stamp of bucket @number; saturates */
static uint64_t begin_of(const struct time_buckets *b, uint64_t number)
{
	uint64_t ns, units = 0;

	if (__builtin_mul_overflow(number, b->width_ns, &ns) ||
	    !clock_from_ns(b->info, ns, &units) ||
	    units > UINT64_MAX - b->first_ts)
		return UINT64_MAX;
	return b->first_ts + units;
}

/* 1, 5, 10, 50, ... */
static uint64_t next_width(uint64_t width)
{
	while (width % 10 == 0)
		width /= 10;
	return width == 1 ? 5 : 2;
}

/* How many buckets are there, up to @number? */
static uint64_t buckets_to(const struct time_buckets *b, uint64_t number)
{
	const uint64_t first = b->from_ns / b->width_ns;

	return number < first ? 1 : number - first + 1;
}

int time_buckets_seek(struct time_buckets *b, uint64_t ts)
{
	const uint64_t max = b->grows ? TIME_BUCKETS_USUAL : TIME_BUCKETS_MAX;
	uint64_t ns = 0;

	if (ts > b->first_ts)
		clock_to_ns(b->info, ts - b->first_ts, &ns);
	while (b->grows && buckets_to(b, ns / b->width_ns) > max)
		b->width_ns *= next_width(b->width_ns);
	b->number = ns / b->width_ns;
	b->too_many = buckets_to(b, b->number) > max;
	if (b->too_many)
		return -1;
	/* Rounding to ns may have been to the one before. */
	if (ts >= begin_of(b, b->number + 1))
		b->number++;
	b->begin = b->number ? begin_of(b, b->number) : 0;
	b->length = begin_of(b, b->number + 1) - b->begin;
	return 0;
}
