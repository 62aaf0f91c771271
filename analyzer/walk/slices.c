// SPDX-License-Identifier: GPL-2.0
#include "walk/slices.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "base/error.h"
#include "walk/pages.h"

/* Of all streams, where the same number of bytes lies between two of them */
#define SAMPLES_PER_SLICE	64u

/* So many sub-buffers without a time in a row are too many. */
#define TRIES			8u

/* The time of a sub-buffer, and how many bytes it stands for */
struct sample {
	uint64_t time, bytes;
};

struct planner {
	struct pages pages;
	struct sample *samples;
	size_t nr_samples;
	uint64_t bytes;			/* of all streams */
};

/* The time of the first page that has one, from @page on */
static bool time_from(const struct planner *pl, unsigned int stream,
		      uint64_t page, uint64_t *time)
{
	const uint64_t end = pages_nr(&pl->pages, stream);
	struct subbuf sb;
	unsigned int i;

	for (i = 0; i < TRIES && page + i < end; i++) {
		if (!pages_load(&pl->pages, stream, page + i, &sb))
			continue;
		*time = sb.ts;
		return true;
	}
	return false;
}

static void take_samples(struct planner *pl, unsigned int stream,
			 unsigned int nr)
{
	const uint64_t pages = pages_nr(&pl->pages, stream);
	struct sample *sample;
	unsigned int i;

	if (nr > pages)
		nr = pages;
	for (i = 0; i < nr; i++) {
		sample = &pl->samples[pl->nr_samples];
		sample->bytes = pages_bytes(&pl->pages, stream) / nr;
		pl->nr_samples += time_from(pl, stream, pages * i / nr,
					    &sample->time);
	}
}

static int compare_samples(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return compare_u64(x->time, y->time);
}

/* Where slices begin: drop those that would have no time of their own. */
static void choose_times(const struct planner *pl, struct slices *s)
{
	uint64_t sum = 0, all = 0;
	unsigned int nr = 1;
	size_t i;

	for (i = 0; i < pl->nr_samples; i++)
		all += pl->samples[i].bytes;
	for (i = 0; i < pl->nr_samples && nr < s->nr; i++) {
		if (sum >= all / s->nr * nr &&
		    pl->samples[i].time > s->begin[nr - 1] &&
		    pl->samples[i].time > pl->samples[0].time)
			s->begin[nr++] = pl->samples[i].time;
		sum += pl->samples[i].bytes;
	}
	s->nr = nr;
}

/*
 * The page before the last one that begins before @time, so that it is known what
 * precedes the first item of the slice.
 */
static uint64_t find_page(const struct planner *pl, unsigned int stream,
			  uint64_t time)
{
	uint64_t low = 0, high = pages_nr(&pl->pages, stream), middle, found;

	/* All below low begin before @time, all from high on do not. */
	while (low < high) {
		middle = low + (high - low) / 2;
		if (time_from(pl, stream, middle, &found) && found < time)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 2 ? low - 2 : 0;
}

static void find_offsets(const struct planner *pl, struct slices *s)
{
	unsigned int slice, i;

	for (slice = 1; slice < s->nr; slice++)
		for (i = 0; i < s->nr_streams; i++)
			s->offset[(size_t)slice * s->nr_streams + i] =
				find_page(pl, i, s->begin[slice]) *
				pl->pages.format->subbuf_bytes;
}

/* How many slices are worth it, and fit into memory */
static unsigned int choose_nr(const struct planner *pl, struct slicing slicing)
{
	const uint64_t page = pl->pages.format->subbuf_bytes;
	const uint64_t streams = source_recording(pl->pages.src)->nr_cpus;
	uint64_t nr = pl->bytes / (slicing.bytes_min ? slicing.bytes_min :
						       SLICES_BYTES_MIN);

	if (nr > slicing.threads)
		nr = slicing.threads;
	if (nr * streams * page > PAGES_BUFFERS_MAX)
		nr = PAGES_BUFFERS_MAX / (streams * page);
	return nr;
}

static int plan(struct slices *s, struct planner *pl)
{
	const unsigned int each = SAMPLES_PER_SLICE * s->nr / s->nr_streams + 1;
	unsigned int i;

	pl->pages.buf = malloc(pl->pages.format->subbuf_bytes);
	pl->samples = calloc((size_t)each * s->nr_streams, sizeof(*pl->samples));
	s->begin = calloc(s->nr, sizeof(*s->begin));
	s->offset = calloc((size_t)s->nr * s->nr_streams, sizeof(*s->offset));
	if (!pl->pages.buf || !pl->samples || !s->begin || !s->offset)
		return error("out of memory: %u slices", s->nr);
	for (i = 0; i < s->nr_streams; i++)
		take_samples(pl, i, each);
	if (pl->nr_samples)
		qsort(pl->samples, pl->nr_samples, sizeof(*pl->samples),
		      compare_samples);
	choose_times(pl, s);
	find_offsets(pl, s);
	return 0;
}

int slices_init(struct slices *s, const struct source *src,
		const struct parse *p, struct slicing slicing)
{
	struct planner pl = { .pages = { .src = src, .format = &p->subbuf } };
	unsigned int nr, i;
	int ret;

	memset(s, 0, sizeof(*s));
	s->nr = 1;
	s->nr_streams = source_recording(src)->nr_cpus;
	if (slicing.threads < 2 || !source_has_parts(src))
		return 0;
	for (i = 0; i < s->nr_streams; i++)
		pl.bytes += pages_bytes(&pl.pages, i);
	nr = choose_nr(&pl, slicing);
	if (nr < 2)
		return 0;
	s->nr = nr;
	ret = plan(s, &pl);
	free(pl.pages.buf);
	free(pl.samples);
	return ret;
}

void slices_release(struct slices *s)
{
	free(s->begin);
	free(s->offset);
	memset(s, 0, sizeof(*s));
}
