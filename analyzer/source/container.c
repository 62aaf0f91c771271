// SPDX-License-Identifier: GPL-2.0
#include "source/container.h"

void stream_set_end(struct source_stream *stream, unsigned int index,
		    const struct source_part *part)
{
	struct stream_end *end = &stream->source->ends[index];

	stream->end = end;
	if (!part)
		return;
	stream->own = (struct stream_end){
		.offset = __atomic_load_n(&end->offset, __ATOMIC_RELAXED),
		.unread = end->unread,
	};
	stream->end = &stream->own;
}

void stream_end_reading(struct source_stream *stream, uint64_t offset,
			uint64_t unread)
{
	struct stream_end *end = stream->end;
	uint64_t open = STREAM_END_OPEN;

	if (!unread)
		offset = STREAM_END_REAL;
	if (__atomic_compare_exchange_n(&end->offset, &open, offset, false,
					__ATOMIC_RELAXED, __ATOMIC_RELAXED) &&
	    offset != STREAM_END_REAL)
		end->unread = unread;
}

/*
 * Reading was stopped, but no stream was ended by that: all was read before, and
 * this is once more.  What is known so far does not fit together.
 */
static bool is_stopped_again(struct source_stream *stream, bool at_end)
{
	uint64_t sum = 0;
	unsigned int i;

	if (stream->end->offset != STREAM_END_REAL || at_end)
		return false;
	for (i = 0; i < stream->source->recording.nr_cpus; i++)
		sum += stream->source->ends[i].unread;
	if (sum)
		return false;
	/* A part says so for all. */
	__atomic_store_n(&stream->source->ends[stream->cpu -
					       stream->source->recording.cpus].again,
			 true, __ATOMIC_RELAXED);
	return true;
}

int stream_stopped(struct source_stream *stream, uint64_t offset,
		   uint64_t unread, bool at_end)
{
	if (!reading_stopped(stream->source->reading))
		return 0;
	stream_end_reading(stream, offset, unread);
	if (is_stopped_again(stream, at_end))
		return -1;
	return offset >= stream->end->offset;
}
