// SPDX-License-Identifier: GPL-2.0
#include "walk/number_slices.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "walk/pages.h"

/* Each stream buffers so much: smaller pieces cost more to read than threads save. */
#define BUFFER_BYTES_MIN	(32u << 10)

/* Of all streams, where the same number of bytes lies between two of them */
#define SAMPLES_PER_SLICE	16u

/* An exit is looked for in so many sub-buffers in a row. */
#define LOOK_AT			16u

/* An exit, where it is, and how many bytes it stands for */
struct sample {
	merge_item item;
	uint64_t time, bytes;
};

struct cutter {
	struct pages pages;
	const struct parse *p;
	struct sample *samples;
	size_t nr_samples;
	uint64_t sampled;		/* bytes */
	unsigned int max;		/* slices */
	struct number_slices *s;
};

/* The number of the exit that @rec says of; 0: of none */
static merge_item item_of(const struct cutter *c, const struct subbuf_record *rec)
{
	struct event_entry e;

	if (c->p->kind[subbuf_event_id(rec)] != PARSE_ENTRY ||
	    rec->len < c->p->min_len[PARSE_ENTRY])
		return 0;
	parse_entry(c->p, rec, &e);
	return e.seq && isa_valid(e.isa) ? number_slices_item(e.epoch, e.seq) : 0;
}

/* The first exit that is not below @least; an item of 0: there is none. */
static struct sample find_in_page(const struct cutter *c, struct subbuf *sb,
				  merge_item least)
{
	struct subbuf_record rec;
	struct sample found;

	while (subbuf_next(sb, &rec) > 0) {
		found = (struct sample){ .item = item_of(c, &rec),
					 .time = rec.ts };
		if (found.item && found.item >= least)
			return found;
	}
	return (struct sample){ .item = 0 };
}

/* The same from @*page on, which is then the one that it is in */
static struct sample find(const struct cutter *c, unsigned int stream,
			  uint64_t *page, merge_item least)
{
	struct sample found = { .item = 0 };
	struct subbuf sb;
	unsigned int i;

	for (i = 0; i < LOOK_AT; i++, ++*page) {
		if (pages_load(&c->pages, stream, *page, &sb))
			found = find_in_page(c, &sb, least);
		if (found.item)
			break;
	}
	return found;
}

static void take_samples(struct cutter *c, unsigned int stream, uint64_t nr)
{
	const uint64_t pages = pages_nr(&c->pages, stream);
	struct sample found;
	uint64_t page, i;

	if (nr > pages)
		nr = pages;
	for (i = 0; i < nr; i++) {
		page = pages * i / nr;
		found = find(c, stream, &page, 0);
		if (!found.item)
			continue;
		found.bytes = pages * c->p->subbuf.subbuf_bytes / nr;
		c->sampled += found.bytes;
		c->samples[c->nr_samples++] = found;
	}
}

static int compare_samples(const void *a, const void *b)
{
	const struct sample *x = a, *y = b;

	return (x->item > y->item) - (x->item < y->item);
}

/* Is what follows @page in the stream below the slice that begins with @first? */
static bool is_below(const struct cutter *c, unsigned int stream, uint64_t page,
		     const struct sample *first, bool *by_time)
{
	uint64_t in = page;
	struct sample found = find(c, stream, &in, 0);
	struct subbuf sb;

	*by_time = !found.item;
	if (found.item)
		return found.item < first->item;
	return pages_load(&c->pages, stream, page, &sb) && sb.ts < first->time;
}

/* The first sub-buffer that is not.  @by_time: nothing but time says it of the one before. */
static uint64_t search(const struct cutter *c, unsigned int stream,
		       const struct sample *first, bool *by_time)
{
	uint64_t low = 0, high = pages_nr(&c->pages, stream), middle;
	bool timed;

	*by_time = true;
	while (low < high) {
		middle = low + (high - low) / 2;
		if (is_below(c, stream, middle, first, &timed)) {
			low = middle + 1;
			*by_time = timed;
		} else {
			high = middle;
		}
	}
	return low;
}

/* @place: of the slice that begins with @first; @before: of the one that ends there */
static void cut_stream(const struct cutter *c, unsigned int stream,
		       const struct sample *first, struct number_place *before,
		       struct number_place *place)
{
	const uint64_t len = c->p->subbuf.subbuf_bytes;
	bool by_time;
	uint64_t page = search(c, stream, first, &by_time), in = page - 1;

	before->has_end = true;
	if (!by_time && find(c, stream, &in, first->item).item) {
		*place = (struct number_place){
			.offset = (page - 1) * len, .skips = true,
		};
		before->end = (in + 1) * len;
		return;
	}
	*place = (struct number_place){ .offset = page * len };
	before->end = place->offset;
}

/*
 * Of all samples, how many bytes are before @slice?  Where slices are many, the second
 * half of them is a third as long as the first: threads that are not equally fast wait
 * for a short one in the end.
 */
static uint64_t bytes_before(const struct cutter *c, unsigned int slice)
{
	const unsigned int half = c->max / 2;

	if (c->max < NUMBER_SLICES_MAX)
		return c->sampled / c->max * slice;
	return c->sampled / (4 * half) *
	       (slice < half ? 3 * slice : 2 * half + slice);
}

/* Begin one more slice, unless it ends before it begins. */
static void cut(const struct cutter *c, const struct sample *first)
{
	struct number_slices *s = c->s;
	struct number_place *before;
	bool turned = false;
	unsigned int i;

	for (i = 0; i < s->nr_streams; i++) {
		before = number_slices_place(s, s->nr - 1, i);
		cut_stream(c, i, first, before,
			   number_slices_place(s, s->nr, i));
		turned |= before->end < before->offset;
	}
	for (i = 0; turned && i < s->nr_streams; i++)
		number_slices_place(s, s->nr - 1, i)->has_end = false;
	if (!turned)
		s->begin[s->nr++] = first->item;
}

static void cut_all(const struct cutter *c)
{
	struct number_slices *s = c->s;
	uint64_t sum = 0;
	size_t i;

	s->nr = 1;
	for (i = 0; i < c->nr_samples && s->nr < c->max; i++) {
		if (sum >= bytes_before(c, s->nr) &&
		    c->samples[i].item > s->begin[s->nr - 1] &&
		    c->samples[i].item > c->samples[0].item)
			cut(c, &c->samples[i]);
		sum += c->samples[i].bytes;
	}
}

static int plan(struct cutter *c)
{
	struct number_slices *s = c->s;
	const uint64_t each = SAMPLES_PER_SLICE * c->max / s->nr_streams + 1;
	unsigned int i;

	c->pages.buf = malloc(c->p->subbuf.subbuf_bytes);
	c->samples = calloc(each * s->nr_streams, sizeof(*c->samples));
	s->begin = calloc(c->max, sizeof(*s->begin));
	s->places = calloc((size_t)c->max * s->nr_streams, sizeof(*s->places));
	if (!c->pages.buf || !c->samples || !s->begin || !s->places)
		return error("out of memory: %u slices", c->max);
	for (i = 0; i < s->nr_streams; i++)
		take_samples(c, i, each);
	if (c->nr_samples)
		qsort(c->samples, c->nr_samples, sizeof(*c->samples),
		      compare_samples);
	cut_all(c);
	return 0;
}

/* How many slices are worth it, and fit into memory */
static unsigned int choose_max(const struct cutter *c, uint64_t bytes_min)
{
	const uint64_t page = c->p->subbuf.subbuf_bytes;
	uint64_t all = c->s->nr_streams, bytes = 0, nr;
	unsigned int i;

	for (i = 0; i < c->s->nr_streams; i++)
		bytes += pages_nr(&c->pages, i) * page;
	/* A test has a few pages, and small slices. */
	all *= page > BUFFER_BYTES_MIN || bytes_min < BUFFER_BYTES_MIN ?
	       page : BUFFER_BYTES_MIN;
	nr = bytes / bytes_min;
	if (nr > NUMBER_SLICES_MAX)
		nr = NUMBER_SLICES_MAX;
	return nr * all > PAGES_BUFFERS_MAX ? PAGES_BUFFERS_MAX / all : nr;
}

int number_slices_init(struct number_slices *s, const struct source *src,
		       const struct parse *p, uint64_t bytes)
{
	struct cutter c = {
		.pages = { .src = src, .format = &p->subbuf }, .p = p, .s = s,
	};
	int ret = 0;

	memset(s, 0, sizeof(*s));
	s->nr_streams = source_recording(src)->nr_cpus;
	if (!source_has_parts(src) || !s->nr_streams)
		return 0;
	c.max = choose_max(&c, bytes ? bytes : NUMBER_SLICES_BYTES);
	if (c.max > 1)
		ret = plan(&c);
	free(c.pages.buf);
	free(c.samples);
	return ret;
}

void number_slices_release(struct number_slices *s)
{
	free(s->begin);
	free(s->places);
	memset(s, 0, sizeof(*s));
}
