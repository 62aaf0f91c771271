// SPDX-License-Identifier: GPL-2.0
#include "source/live.h"

#include <stdlib.h>

#include "base/error.h"
#include "source/container.h"

struct live {
	struct source source;
	const struct source_live *recorder;
	uint64_t until;		/* all streams are complete up to it */
	bool ended;
};

struct live_stream {
	struct source_stream stream;
	unsigned int index;
	uint64_t pos;
};

static struct live *live_of(const struct source *src)
{
	return (struct live *)src;
}

/* What the file has, source_close() closes. */
static void live_close(struct source *src)
{
	free(src);
}

static int live_stream_open(struct source_stream **out, const struct source *src,
			    unsigned int index,
			    uint32_t subbuf_bytes __attribute__((unused)),
			    const struct source_part *part)
{
	struct live_stream *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (!s)
		return error("out of memory: %s", src->recording.path);
	s->index = index;
	s->stream = (struct source_stream){
		.source = src, .cpu = &src->recording.cpus[index],
		.path = src->recording.path,
	};
	stream_set_end(&s->stream, index, part);
	*out = &s->stream;
	return 0;
}

static void live_stream_close(struct source_stream *stream)
{
	free(stream);
}

static int live_next_span(struct source_stream *stream, struct source_span *span)
{
	struct live_stream *s = (struct live_stream *)stream;
	const struct live *live = live_of(stream->source);
	uint8_t *data;
	size_t len;

	len = live->recorder->next(live->recorder->user, s->index, &data);
	if (!len && !live->ended) {
		stream->complete = live->until;
		return SOURCE_AGAIN;
	}
	if (!len) {
		stream_end_reading(stream, STREAM_END_REAL, 0);
		return 0;
	}
	*span = (struct source_span){ .data = data, .len = len,
				      .file_offset = s->pos,
				      .stream_offset = s->pos };
	s->pos += len;
	return 1;
}

static int live_wait(struct source *src)
{
	struct live *live = live_of(src);
	uint64_t until = live->until;
	int more;

	if (live->ended)
		return 0;
	more = live->recorder->wait(live->recorder->user, &until);
	/*
	 * Branches, as QEMU 7.2 gets it wrong when the instruction that stores a
	 * condition is the first to write to a page since fork().
	 */
	if (more <= 0)
		live->ended = true;
	if (more < 0)
		src->recording.meanwhile = true;
	if (until > live->until)
		live->until = until;
	return 0;
}

static const struct container live_container = {
	.close = live_close,
	.stream_open = live_stream_open,
	.stream_close = live_stream_close,
	.next_span = live_next_span,
	.wait = live_wait,
};

int live_open(struct source **src, const struct source_live *recorder)
{
	struct source *file = *src;
	struct live *live = calloc(1, sizeof(*live));

	if (!live)
		return error("out of memory: a recording that grows");
	live->recorder = recorder;
	live->source = *file;
	live->source.container = &live_container;
	live->source.recording.grows = true;
	live->source.recording.midway = true;
	live->source.recording.some_only = recorder->some_only;
	if (recorder->name)
		live->source.recording.path = recorder->name;
	live->source.formats_from = file;
	*src = &live->source;
	return 0;
}
