// SPDX-License-Identifier: GPL-2.0
/*
 * The events of one CPU, as spans of whole sub-buffers.
 *
 * Uncompressed data are read in pieces.  Compressed data come as chunks ("v7":
 * COMPRESSION FORMAT OF THE TRACE DATA), which need not hold whole sub-buffers:
 * what is left of one goes before the next.
 *
 * Whoever merges streams has an event of each, so each has to keep a sub-buffer
 * at least; with a whole chunk for each, a small file could take gigabytes.  All
 * have an equal share of CHUNKS_BYTES_MAX.  A chunk that exceeds it is
 * decompressed at a desk that all streams share, as often as it takes to hand it
 * out in pieces.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "source/tracecmd/tracedat-private.h"

/* Fits into the second-level cache, from where the records are read. */
#define BUFFER_BYTES		(256u << 10)
#define BUFFERS_BYTES_MAX	(16u << 20)

/*
 * trace-cmd compresses 10 pages at a time (PAGES_IN_CHUNK of its trace-output.c,
 * from the first version with compression on): what is allowed is not much more.
 */
#define CHUNK_PAGES_MAX		16u
#define CHUNK_COUNT_BYTES	4u

/*
 * What all streams together keep of their chunks: enough for whole ones of 1400
 * CPUs with pages of 4 KiB.
 */
#define CHUNKS_BYTES_MAX	(64u << 20)

/* From this many CPUs on, a stream keeps nothing but its latest chunk. */
#define UNZIP_CPUS_MAX		128u

/* Where chunks are decompressed that exceed their stream's share */
struct stream_desk {
	pthread_mutex_t lock;
	struct unzip *unzip;
	uint8_t *packed, *buf;
	size_t packed_bytes, buf_bytes;
};

/* A compressed chunk, and how much of it was handed out */
struct chunk {
	uint64_t pos;			/* in the file: behind its sizes */
	uint32_t packed_len, len, done;
	bool bad;
};

struct tracedat_stream {
	struct source_stream stream;
	const struct tracedat *td;
	char *file;		/* NULL: in the file of td */
	uint32_t subbuf_bytes;

	uint8_t *buf;
	size_t buf_bytes;	/* room in buf */
	size_t have, used;	/* bytes in buf; of these, in the latest span */
	uint64_t buf_pos;	/* offset of buf[0] in the stream */
	uint64_t pos, end;	/* in the file: next byte to read, end */
	uint64_t behind;	/* bytes of the stream that are behind the part */
	uint64_t data_offset;	/* in the file: of buf[0], or of its chunk */
	bool failed;

	/* if the data are compressed */
	bool compressed;
	struct unzip *unzip;	/* NULL while not in use: see drop_unzip() */
	uint8_t *packed;
	size_t packed_bytes;
	uint64_t chunks_left;		/* the one that is handed out included */
	struct chunk chunk;
	uint32_t chunk_max;
	size_t share;			/* of buf */
	uint64_t bad_chunks, bad_bytes;	/* of the latest span */
	const char *wrong;		/* with the latest of them */
};

/* Whole sub-buffers, as many as the share of each stream allows */
static size_t buffer_bytes(const struct tracedat_stream *s, unsigned int parts)
{
	uint64_t share = BUFFERS_BYTES_MAX / s->td->source.recording.nr_cpus / parts;
	uint64_t size = s->end - s->pos, whole = s->subbuf_bytes;

	if (share > BUFFER_BYTES)
		share = BUFFER_BYTES;
	if (share > size)
		share = size + whole - 1;
	if (share > whole)
		whole = share - share % whole;
	return whole < size ? whole : size;
}

/* A page of the buffer is a sub-buffer, or a page of memory if that is larger. */
static uint32_t chunk_max(const struct tracedat_stream *s)
{
	uint32_t page = s->td->source.recording.buffer_page_size;

	return CHUNK_PAGES_MAX * (page > s->subbuf_bytes ? page :
							   s->subbuf_bytes);
}

static int stream_error(const struct tracedat_stream *s, uint64_t offset,
			const char *what)
{
	return error("cannot read: %s: cpu %u at 0x%llx: %s",
		     s->stream.path, s->stream.cpu->cpu,
		     (unsigned long long)offset, what);
}

static int read_from(struct tracedat_stream *s, int fd, void *dst, size_t len)
{
	uint8_t *p = dst;
	ssize_t n;

	while (len) {
		n = pread(fd, p, len, s->pos);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return stream_error(s, s->pos, strerror(errno));
		if (!n)
			return stream_error(s, s->pos,
					    "the file shrank while it was read");
		p += n;
		s->pos += n;
		len -= n;
	}
	return 0;
}

/* A file of its own is not kept open: there may be more CPUs than that. */
static int stream_read(struct tracedat_stream *s, void *dst, size_t len)
{
	int fd, ret;

	reading_add(s->td->source.reading, len);
	if (!s->file)
		return read_from(s, s->td->fd, dst, len);
	fd = open(s->file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return stream_error(s, s->pos, strerror(errno));
	ret = read_from(s, fd, dst, len);
	close(fd);
	return ret;
}

static int read_u32(struct tracedat_stream *s, uint32_t *v)
{
	if (stream_read(s, v, sizeof(*v)) < 0)
		return -1;
	*v = s->td->source.recording.big_endian ? be32toh(*v) : le32toh(*v);
	return 0;
}

/* The data end where another chunk should be: an error unless the file was cut */
static int end_of_chunks(struct tracedat_stream *s, uint64_t needed)
{
	uint64_t left = s->end - s->pos;

	s->chunks_left = 0;
	if (s->stream.cpu->missing)
		return 0;
	return error("bad chunk: %s: cpu %u at 0x%llx: needs %llu bytes, %llu remain",
		     s->td->path, s->stream.cpu->cpu, (unsigned long long)s->pos,
		     (unsigned long long)needed, (unsigned long long)left);
}

static int grow(const struct tracedat_stream *s, uint8_t **buf, size_t *bytes,
		size_t needed)
{
	uint8_t *grown;

	if (needed <= *bytes)
		return 0;
	grown = realloc(*buf, needed);
	if (!grown)
		return error("out of memory: %s: cpu %u: %zu bytes", s->td->path,
			     s->stream.cpu->cpu, needed);
	*buf = grown;
	*bytes = needed;
	return 0;
}

/* Read the two sizes of a chunk: 1, 0 at the end of the data, -1 on error. */
static int chunk_sizes(struct tracedat_stream *s, struct chunk *chunk)
{
	unsigned long long at = s->pos;

	if (!s->chunks_left)
		return s->pos == s->end || s->stream.cpu->missing ||
		       s->end - s->pos == CHUNK_COUNT_BYTES ? 0 :
			error("bad chunks: %s: cpu %u at 0x%llx: %llu bytes follow the last",
			      s->td->path, s->stream.cpu->cpu, at,
			      (unsigned long long)(s->end - s->pos));
	if (s->end - s->pos < 8)
		return end_of_chunks(s, 8);
	if (read_u32(s, &chunk->packed_len) < 0 || read_u32(s, &chunk->len) < 0)
		return -1;
	if (!chunk->len || chunk->len > s->chunk_max)
		return error("bad chunk: %s: cpu %u at 0x%llx: uncompressed size %u, expected 1 to %u",
			     s->td->path, s->stream.cpu->cpu, at, chunk->len,
			     s->chunk_max);
	if (chunk->packed_len > unzip_bound(chunk->len))
		return error("bad chunk: %s: cpu %u at 0x%llx: compressed size %u exceeds %llu, enough for %u bytes",
			     s->td->path, s->stream.cpu->cpu, at, chunk->packed_len,
			     (unsigned long long)unzip_bound(chunk->len),
			     chunk->len);
	if (chunk->packed_len > s->end - s->pos)
		return end_of_chunks(s, chunk->packed_len);
	s->data_offset = at;
	chunk->pos = s->pos;
	return 1;
}

/* The state of a decompressor is larger than a chunk. */
static void drop_unzip(struct tracedat_stream *s)
{
	unzip_free(s->unzip);
	s->unzip = NULL;
	free(s->packed);
	s->packed = NULL;
	s->packed_bytes = 0;
}

/* Read the chunk's data into @packed; again, if that is not for the first time. */
static int read_packed(struct tracedat_stream *s, uint8_t *packed)
{
	const struct chunk *chunk = &s->chunk;

	if (!chunk->done)
		return stream_read(s, packed, chunk->packed_len);
	s->pos = chunk->pos;
	return read_from(s, s->td->fd, packed, chunk->packed_len);
}

/* Decompress a whole chunk at @dst.  *@wrong: why that cannot be done. */
static int unpack(struct tracedat_stream *s, struct unzip **unzip,
		  uint8_t *packed, uint8_t *dst, const char **wrong)
{
	const struct chunk *chunk = &s->chunk;

	if (!*unzip)
		*unzip = unzip_alloc(s->td->unzip);
	if (!*unzip)
		return stream_error(s, s->data_offset, "out of memory");
	if (read_packed(s, packed) < 0)
		return -1;
	*wrong = unzip_block(*unzip, dst, chunk->len, packed,
			     chunk->packed_len);
	return 0;
}

/* To where the next bytes of the buffer are */
static int unpack_whole(struct tracedat_stream *s, const char **wrong)
{
	const struct chunk *chunk = &s->chunk;
	int ret;

	if (grow(s, &s->buf, &s->buf_bytes, s->have + chunk->len) < 0 ||
	    grow(s, &s->packed, &s->packed_bytes, chunk->packed_len) < 0)
		return -1;
	ret = unpack(s, &s->unzip, s->packed, s->buf + s->have, wrong);
	if (s->td->source.recording.nr_cpus > UNZIP_CPUS_MAX)
		drop_unzip(s);
	return ret;
}

/* The next @len bytes of the chunk */
static int unpack_piece(struct tracedat_stream *s, size_t len,
			const char **wrong)
{
	const struct chunk *chunk = &s->chunk;
	struct stream_desk *desk = s->td->desk;
	int ret = -1;

	if (grow(s, &s->buf, &s->buf_bytes, s->share) < 0)
		return -1;
	pthread_mutex_lock(&desk->lock);
	if (grow(s, &desk->buf, &desk->buf_bytes, chunk->len) == 0 &&
	    grow(s, &desk->packed, &desk->packed_bytes, chunk->packed_len) == 0)
		ret = unpack(s, &desk->unzip, desk->packed, desk->buf, wrong);
	if (!ret)
		memcpy(s->buf + s->have, desk->buf + chunk->done, len);
	pthread_mutex_unlock(&desk->lock);
	return ret;
}

/* The @len bytes that were to be appended cannot be decompressed. */
static int bad_chunk(struct tracedat_stream *s, size_t len, const char *wrong)
{
	struct chunk *chunk = &s->chunk;

	/* Is its size true?  All but the last chunk have whole pages. */
	if (s->chunks_left > 1 && chunk->len % s->td->source.recording.page_size)
		return error("cannot decompress: %s: cpu %u at 0x%llx: %u bytes to %u with %s: %s",
			     s->td->path, s->stream.cpu->cpu,
			     (unsigned long long)s->data_offset,
			     chunk->packed_len, chunk->len,
			     s->td->source.recording.compression, wrong);
	/* Empty sub-buffers: what follows stays where it was. */
	memset(s->buf + s->have, 0, len);
	s->bad_chunks += !chunk->bad;
	chunk->bad = true;
	s->bad_bytes += len;
	s->wrong = wrong;
	return 0;
}

/* Append the next chunk to the buffer, or a piece of it, as stream_fill(). */
static int fill_chunk(struct tracedat_stream *s)
{
	struct chunk *chunk = &s->chunk;
	const char *wrong = NULL;
	size_t len;
	int ret;

	if (!chunk->done) {
		ret = chunk_sizes(s, chunk);
		if (ret <= 0)
			return ret;
	}
	len = chunk->len - chunk->done;
	if (!chunk->done && s->have + len <= s->share) {
		ret = unpack_whole(s, &wrong);
	} else {
		if (len > s->share - s->have)
			len = s->share - s->have;
		ret = unpack_piece(s, len, &wrong);
	}
	if (ret < 0 || (wrong && bad_chunk(s, len, wrong) < 0))
		return -1;
	s->have += len;
	chunk->done += len;
	if (chunk->done == chunk->len) {
		memset(chunk, 0, sizeof(*chunk));
		s->chunks_left--;
	}
	return 1;
}

/* Append to the buffer: 1, 0 if there is nothing more, -1 on error. */
static int stream_fill(struct tracedat_stream *s)
{
	size_t len = s->buf_bytes - s->have;

	if (s->compressed)
		return fill_chunk(s);
	if (len > s->end - s->pos)
		len = s->end - s->pos;
	if (!len)
		return 0;
	s->data_offset = s->pos - s->have;
	if (stream_read(s, s->buf + s->have, len) < 0)
		return -1;
	s->have += len;
	return 1;
}

/* Drop the latest span; what is left is less than a sub-buffer. */
static void drop_used(struct tracedat_stream *s)
{
	if (!s->used)
		return;
	s->have -= s->used;
	memmove(s->buf, s->buf + s->used, s->have);
	s->buf_pos += s->used;
	if (!s->compressed)
		s->data_offset += s->used;
	s->used = 0;
}

/* Bytes of the file that are not in any span yet */
static uint64_t unread(const struct tracedat_stream *s)
{
	return s->end - s->pos + s->behind + (s->compressed ? 0 : s->have);
}

int tracedat_next_span(struct source_stream *stream, struct source_span *span)
{
	struct tracedat_stream *s = (struct tracedat_stream *)stream;
	int ret;

	if (s->failed)
		return -1;
	drop_used(s);
	ret = stream_stopped(stream, s->buf_pos, unread(s),
			     s->pos == s->end && !s->have && !s->behind);
	if (ret) {
		s->failed = ret < 0;
		return ret < 0 ? -1 : 0;
	}
	s->bad_chunks = 0;
	s->bad_bytes = 0;
	s->wrong = NULL;
	while (s->have < s->subbuf_bytes) {
		ret = stream_fill(s);
		if (ret < 0) {
			s->failed = true;
			return -1;
		}
		if (!ret)
			break;
	}
	if (!s->have) {
		if (!s->behind)
			stream_end_reading(stream, STREAM_END_REAL, unread(s));
		return 0;
	}
	span->partial = s->have < s->subbuf_bytes;
	span->data = s->buf;
	span->len = span->partial ? s->have : s->have - s->have % s->subbuf_bytes;
	span->file_offset = s->data_offset;
	span->stream_offset = s->buf_pos;
	span->bad_chunks = s->bad_chunks;
	span->bad_bytes = s->bad_bytes;
	span->wrong = s->wrong;
	s->used = span->len;
	return 1;
}

static int stream_start(struct tracedat_stream *s)
{
	uint32_t chunks;

	s->pos = s->stream.cpu->offset;
	s->end = s->pos + (s->stream.cpu->size - s->stream.cpu->missing);
	/* The recorder was killed within the last one. */
	if (s->file)
		s->end -= s->stream.cpu->size % s->subbuf_bytes;
	s->data_offset = s->pos;
	if (!s->compressed || s->pos == s->end)
		return 0;
	if (s->end - s->pos < CHUNK_COUNT_BYTES)
		return s->stream.cpu->missing ? 0 :
					 end_of_chunks(s, CHUNK_COUNT_BYTES);
	if (read_u32(s, &chunks) < 0)
		return -1;
	/* trace-cmd 3.1 does not count the count; later versions do. */
	if (s->td->source.recording.file_bytes - s->end >= CHUNK_COUNT_BYTES)
		s->end += CHUNK_COUNT_BYTES;
	s->chunks_left = chunks;
	return 0;
}

/* All streams get the same. */
static int share_chunks(struct tracedat_stream *s)
{
	s->share = CHUNKS_BYTES_MAX / s->td->nr_filled;
	if (s->share >= s->subbuf_bytes)
		return 0;
	return error("too large, compressed: %s: %u CPUs with sub-buffers of %u bytes: at most %u bytes are allowed for one of each: uncompress it first: trace-cmd convert --compression none",
		     s->td->path, s->td->nr_filled, s->subbuf_bytes,
		     CHUNKS_BYTES_MAX);
}

static void skip_to_part(struct tracedat_stream *s,
			 const struct source_part *part)
{
	if (part->has_end && part->end < s->end - s->pos) {
		s->behind = s->end - s->pos - part->end;
		s->end -= s->behind;
	}
	s->buf_pos = part->offset;
	if (s->buf_pos > s->end - s->pos)
		s->buf_pos = s->end - s->pos;
	s->pos += s->buf_pos;
	s->data_offset = s->pos;
}

static int stream_init(struct tracedat_stream *s, const struct tracedat *td,
		       unsigned int index, uint32_t subbuf_bytes,
		       const struct source_part *part)
{
	if (subbuf_bytes < SOURCE_SUBBUF_MIN ||
	    subbuf_bytes > SOURCE_SUBBUF_MAX)
		return error("bad sub-buffer size: %s: %u, expected %u to %u",
			     td->path, subbuf_bytes, SOURCE_SUBBUF_MIN,
			     SOURCE_SUBBUF_MAX);
	s->td = td;
	s->stream = (struct source_stream){
		.source = &td->source, .cpu = &td->cpus[index],
		.path = td->path,
	};
	stream_set_end(&s->stream, index, part);
	s->subbuf_bytes = subbuf_bytes;
	if (td->source.recording.unfinished) {
		s->file = unfinished_path(td, s->stream.cpu->cpu);
		if (!s->file)
			return error("out of memory: %s", td->path);
		s->stream.path = s->file;
	}
	s->chunk_max = chunk_max(s);
	s->compressed = td->source.recording.data_compressed;
	if (stream_start(s) < 0)
		return -1;
	if (part)
		skip_to_part(s, part);
	if (s->pos == s->end)
		return 0;
	return s->compressed ? share_chunks(s) :
			       grow(s, &s->buf, &s->buf_bytes,
				    buffer_bytes(s, part ? part->parts : 1));
}

struct stream_desk *stream_desk_alloc(void)
{
	struct stream_desk *desk = calloc(1, sizeof(*desk));

	if (desk)
		pthread_mutex_init(&desk->lock, NULL);
	return desk;
}

void stream_desk_free(struct stream_desk *desk)
{
	if (!desk)
		return;
	pthread_mutex_destroy(&desk->lock);
	unzip_free(desk->unzip);
	free(desk->packed);
	free(desk->buf);
	free(desk);
}

int tracedat_stream_open(struct source_stream **out, const struct source *src,
			 unsigned int index, uint32_t subbuf_bytes,
			 const struct source_part *part)
{
	const struct tracedat *td = tracedat_of(src);
	struct tracedat_stream *s = calloc(1, sizeof(*s));

	*out = NULL;
	if (!s)
		return error("out of memory: %s", td->path);
	if (stream_init(s, td, index, subbuf_bytes, part) < 0) {
		tracedat_stream_close(&s->stream);
		return -1;
	}
	*out = &s->stream;
	return 0;
}

void tracedat_stream_close(struct source_stream *stream)
{
	struct tracedat_stream *s = (struct tracedat_stream *)stream;

	drop_unzip(s);
	free(s->file);
	free(s->buf);
	free(s);
}

static int open_cpu_file(const struct tracedat *td, unsigned int index)
{
	char *path = unfinished_path(td, td->cpus[index].cpu);
	int fd = -1;

	if (path)
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	free(path);
	return fd;
}

/* Who cannot read it here will try to read it as a stream, and say why. */
bool tracedat_read_at(const struct source *src, unsigned int index,
		      uint64_t offset, void *buf, size_t len)
{
	const struct tracedat *td = tracedat_of(src);
	bool unfinished = src->recording.unfinished;
	int fd = unfinished ? open_cpu_file(td, index) : td->fd;
	ssize_t n;

	if (fd < 0)
		return false;
	n = pread(fd, buf, len, td->cpus[index].offset + offset);
	if (unfinished)
		close(fd);
	return n >= 0 && (size_t)n == len;
}
