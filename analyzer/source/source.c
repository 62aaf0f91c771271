// SPDX-License-Identifier: GPL-2.0
#include "source/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/saturate.h"
#include "source/container.h"
#include "source/live.h"
#include "source/perfdata/perfdata.h"
#include "source/spool.h"
#include "source/tracecmd/tracedat.h"

/* The last one takes all that is left. */
static const struct container *const containers[] = {
	&perfdata_container,
	&tracedat_container,
};

/* When the file was written last.  A copy of a pipe was written just now. */
static void set_written(struct source *src, const char *path,
			const struct source_request *request)
{
	struct stat st;

	if (!src->recording.written && !request->name &&
	    stat(path, &st) == 0 && st.st_mtime > 0)
		src->recording.written = st.st_mtime;
}

static int open_file(struct source **out, const char *path,
		     const struct source_request *request)
{
	size_t i = 0;

	while (containers[i]->probe && !containers[i]->probe(path))
		i++;
	if (containers[i]->open(out, path, request) < 0)
		return -1;
	set_written(*out, path, request);
	if (!(*out)->lacks_formats)
		return 0;
	(*out)->recording.formats_used = true;
	if (source_open(&(*out)->formats_from, request->formats) == 0)
		return 0;
	source_close(*out);
	*out = NULL;
	return -1;
}

static int open_copy(struct source **out, const char *path, FILE *spool,
		     const struct source_request *request)
{
	struct source_request copy = *request;
	char name[32];

	copy.name = spool_name(path);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fileno(spool));
	return open_file(out, name, &copy);
}

int source_open_request(struct source **out, const char *path,
			const struct source_request *request)
{
	FILE *spool;
	int ret = spool_pipe(&spool, path, request->reading);

	*out = NULL;
	if (ret < 0)
		return -1;
	if (!ret) {
		ret = open_file(out, path, request);
	} else {
		ret = open_copy(out, path, spool, request);
		fclose(spool);
	}
	if (ret || !request->live || live_open(out, request->live) == 0)
		return ret;
	source_close(*out);
	*out = NULL;
	return -1;
}

int source_open(struct source **out, const char *path)
{
	return source_open_request(out, path, &(struct source_request){ 0 });
}

void source_close(struct source *src)
{
	if (!src)
		return;
	source_close(src->formats_from);
	src->container->close(src);
}

bool source_has_samples(const struct source *src)
{
	return src->has_samples;
}

const struct recording *source_recording(const struct source *src)
{
	return &src->recording;
}

/* Another recording may have more events: what is not known to be absent is there. */
static bool may_have(const struct source *src, const struct source_format *format)
{
	static const char tag[] = "\nID: ";
	const char *id = memmem(format->text, format->len, tag, sizeof(tag) - 1);
	char number[24] = "";

	if (!src->container->has_event || !id)
		return true;
	id += sizeof(tag) - 1;
	snprintf(number, sizeof(number), "%.*s",
		 (int)(format->text + format->len - id), id);
	return src->container->has_event(src, strtoull(number, NULL, 10));
}

bool source_next_format(const struct source *src, struct source_formats *it,
			struct source_format *format)
{
	const struct source *from = src->formats_from ? src->formats_from : src;

	while (from->container->next_format(from, it, format))
		if (from == src || may_have(src, format))
			return true;
	return false;
}

int source_stream_open(struct source_stream **out, const struct source *src,
		       unsigned int index, uint32_t subbuf_bytes)
{
	return src->container->stream_open(out, src, index, subbuf_bytes, NULL);
}

bool source_has_parts(const struct source *src)
{
	return src->container->read_at && !src->recording.data_compressed &&
	       !source_unread(src);
}

int source_part_open(struct source_stream **out, const struct source *src,
		     unsigned int index, uint32_t subbuf_bytes,
		     const struct source_part *part)
{
	return src->container->stream_open(out, src, index, subbuf_bytes, part);
}

void source_part_commit(struct source_stream *stream)
{
	unsigned int index = stream->cpu - stream->source->recording.cpus;

	stream->end = &stream->source->ends[index];
	if (stream->own.offset != STREAM_END_OPEN)
		stream_end_reading(stream, stream->own.offset,
				   stream->own.unread);
}

bool source_read_at(const struct source *src, unsigned int index,
		    uint64_t offset, void *buf, size_t len)
{
	return src->container->read_at(src, index, offset, buf, len);
}

void source_stream_close(struct source_stream *stream)
{
	if (stream)
		stream->source->container->stream_close(stream);
}

int source_next_span(struct source_stream *stream, struct source_span *span)
{
	return stream->source->container->next_span(stream, span);
}

uint64_t source_stream_complete(const struct source_stream *stream)
{
	return stream->complete;
}

/* What a container does while it waits is its own. */
int source_wait(const struct source *src)
{
	return src->container->wait((struct source *)src);
}

bool source_is_odd(const struct source *src)
{
	return src->container->is_odd && src->container->is_odd(src);
}

int source_read_again(const struct source *src)
{
	return src->container->read_again ? src->container->read_again(src) : 0;
}

int source_know_all(struct source *src)
{
	return src->container->know_all ? src->container->know_all(src) : 0;
}

const char *source_stream_path(const struct source_stream *stream)
{
	return stream->path;
}

uint64_t source_stream_unread(const struct source_stream *stream)
{
	return stream->end->unread;
}

uint64_t source_stream_found(struct source_stream *stream,
			     const struct source_found *found, uint64_t *fewer)
{
	struct stream_end *end = stream->end;
	uint64_t lacking;

	*fewer = 0;
	if (end->recorded <= found->records)
		return 0;
	lacking = end->recorded - found->records;
	*fewer = lacking;
	/* How many there were where it was cut, nothing says. */
	if (lacking <= 2 * found->fullest || stream->cpu->missing ||
	    end->unread)
		return 0;
	if (end->recorded_least <= found->records) {
		end->doubtful = lacking;
		return 0;
	}
	end->lacking = lacking;
	end->lacking_least = end->recorded_least - found->records;
	end->subbuf_time = found->fullest_time;
	return lacking;
}

uint64_t source_unread(const struct source *src)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < src->recording.nr_cpus; i++)
		sum += src->ends[i].unread;
	return sum;
}

bool source_stopped_again(const struct source *src)
{
	unsigned int i;

	for (i = 0; i < src->recording.nr_cpus; i++)
		if (src->ends[i].again)
			return true;
	return false;
}

uint64_t source_lacking(const struct source *src, unsigned int index,
			uint64_t *time)
{
	if (time)
		*time = src->ends[index].subbuf_time;
	return src->ends[index].lacking;
}

bool source_may_lack(const struct source *src)
{
	unsigned int i;

	for (i = 0; i < src->recording.nr_cpus; i++)
		if (src->ends[i].recorded)
			return true;
	return false;
}

uint64_t source_lacking_least(const struct source *src, unsigned int index)
{
	return src->ends[index].lacking_least;
}

uint64_t source_doubtful(const struct source *src, unsigned int index)
{
	return src->ends[index].doubtful;
}

uint64_t source_lacking_events(const struct source *src)
{
	const struct recording *r = &src->recording;
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < r->nr_absent; i++)
		saturating_add(&sum, r->absent[i].events);
	for (i = 0; i < r->nr_cpus; i++)
		saturating_add(&sum, src->ends[i].lacking);
	return sum;
}
