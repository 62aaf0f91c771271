// SPDX-License-Identifier: GPL-2.0
#include "growing.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "source/container.h"

/* What is there of the stream of one CPU */
struct grown {
	uint64_t there;			/* bytes */
	uint64_t size;			/* that will be */
	bool over;			/* and it is known that there are no more */
};

struct growing {
	struct source source;
	const struct source *from;
	uint32_t subbuf_bytes;
	struct grown *cpus;
	uint64_t rng, waits;
	unsigned int most;
};

struct growing_stream {
	struct source_stream stream;
	struct growing *of;
	unsigned int index;
	uint64_t pos;
	uint8_t *page;
};

static uint64_t rnd(struct growing *g, uint64_t below)
{
	g->rng ^= g->rng << 13;
	g->rng ^= g->rng >> 7;
	g->rng ^= g->rng << 17;
	return (g->rng >> 11) % below;
}

/* Its flag that events are missing before it: RB_MISSED_EVENTS */
#define MISSED	(1ull << 31)

/*
 * No event behind @pos is of an earlier time.  Which of those before it are
 * missing is said by the page at @pos; so then it is the page before that knows.
 */
static uint64_t complete_until(const struct growing *g, unsigned int index,
			       uint64_t pos)
{
	uint64_t header[2] = { 0 };

	source_read_at(g->from, index, pos, header, sizeof(header));
	if (!(header[1] & MISSED))
		return header[0];
	if (!pos)
		return 0;
	source_read_at(g->from, index, pos - g->subbuf_bytes, header,
		       sizeof(header));
	return header[0];
}

/* A page of any one CPU; then that there are no more. */
static void grow(struct growing *g)
{
	const unsigned int nr = g->source.recording.nr_cpus;
	const unsigned int first = rnd(g, nr);
	struct grown *cpu;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		cpu = &g->cpus[(first + i) % nr];
		if (cpu->over)
			continue;
		if (cpu->there == cpu->size)
			cpu->over = true;
		else
			cpu->there += g->subbuf_bytes;
		return;
	}
}

static int growing_wait(struct source *src)
{
	struct growing *g = (struct growing *)src;
	uint64_t more = 1 + rnd(g, g->most);

	g->waits++;
	while (more--)
		grow(g);
	return 0;
}

static int growing_next_span(struct source_stream *stream,
			     struct source_span *span)
{
	struct growing_stream *st = (struct growing_stream *)stream;
	const struct growing *g = st->of;
	const struct grown *cpu = &g->cpus[st->index];

	if (st->pos == cpu->there && cpu->over)
		return 0;
	if (st->pos == cpu->there) {
		/* When nothing more comes, the time that it was last known of */
		if (cpu->there < cpu->size)
			stream->complete = complete_until(g, st->index, st->pos);
		return SOURCE_AGAIN;
	}
	if (!source_read_at(g->from, st->index, st->pos, st->page,
			    g->subbuf_bytes))
		return error("cannot read: %s", stream->path);
	*span = (struct source_span){
		.data = st->page, .len = g->subbuf_bytes,
		.file_offset = stream->cpu->offset + st->pos,
		.stream_offset = st->pos,
	};
	st->pos += g->subbuf_bytes;
	return 1;
}

static int growing_stream_open(struct source_stream **out,
			       const struct source *src, unsigned int index,
			       uint32_t subbuf_bytes,
			       const struct source_part *part)
{
	struct growing_stream *st = calloc(1, sizeof(*st));

	(void)part;
	*out = NULL;
	if (!st)
		return error("out of memory");
	st->of = (struct growing *)src;
	st->index = index;
	st->page = malloc(subbuf_bytes);
	st->stream = (struct source_stream){
		.source = src, .cpu = &src->recording.cpus[index],
		.path = src->recording.path,
	};
	stream_set_end(&st->stream, index, NULL);
	*out = &st->stream;
	return st->page ? 0 : error("out of memory");
}

static void growing_stream_close(struct source_stream *stream)
{
	struct growing_stream *st = (struct growing_stream *)stream;

	free(st->page);
	free(st);
}

static bool growing_next_format(const struct source *src,
				struct source_formats *it,
				struct source_format *format)
{
	return source_next_format(((const struct growing *)src)->from, it,
				  format);
}

static void growing_close(struct source *src)
{
	struct growing *g = (struct growing *)src;

	free(g->source.ends);
	free(g->cpus);
	free(g);
}

static const struct container growing_container = {
	.close = growing_close,
	.next_format = growing_next_format,
	.stream_open = growing_stream_open,
	.stream_close = growing_stream_close,
	.next_span = growing_next_span,
	.wait = growing_wait,
};

struct source *growing_open(const struct source *from, uint32_t subbuf_bytes,
			    uint64_t seed, unsigned int most)
{
	const struct recording *info = source_recording(from);
	struct growing *g = calloc(1, sizeof(*g));
	unsigned int i;

	if (!g)
		return NULL;
	g->source = (struct source){
		.container = &growing_container, .recording = *info,
		.ends = calloc(info->nr_cpus + 1, sizeof(*g->source.ends)),
	};
	g->source.recording.grows = true;
	g->cpus = calloc(info->nr_cpus + 1, sizeof(*g->cpus));
	if (!g->source.ends || !g->cpus) {
		growing_close(&g->source);
		return NULL;
	}
	g->from = from;
	g->subbuf_bytes = subbuf_bytes;
	g->rng = seed + 1;
	g->most = most;
	for (i = 0; i < info->nr_cpus; i++) {
		g->source.ends[i].offset = STREAM_END_OPEN;
		g->cpus[i].size = info->cpus[i].size - info->cpus[i].missing;
	}
	return &g->source;
}

uint64_t growing_waits(const struct source *src)
{
	return ((const struct growing *)src)->waits;
}
