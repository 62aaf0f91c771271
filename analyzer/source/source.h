/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording as metadata and per-CPU streams of sub-buffers, whatever container
 * it is in.  source.c finds the one that knows the file; the containers are in
 * folders of their own, behind container.h, and nobody else sees them.
 *
 * Invariants:
 * - The file is untrusted.  Every length and offset is compared with the bytes
 *   that remain before it is used; nothing is allocated on the word of the file
 *   alone.
 * - The file is read with pread(), never mapped: a file that shrinks meanwhile
 *   is an error, not a SIGBUS.
 * - After source_open() a struct source does not change, but for what has a
 *   lock or is atomic: any number of threads may use it, and each stream, from
 *   one thread at a time.
 *
 * Ownership: the strings, texts and arrays that are handed out belong to the
 * struct source and live until source_close().  A span belongs to its stream and
 * lives until the next call on that stream.
 *
 * Functions that return int report what failed with error() and return -1.
 */
#ifndef ANALYZER_SOURCE_H
#define ANALYZER_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/reading.h"
#include "base/recording.h"

struct source;
struct source_stream;

/* The ring buffer counts a sub-buffer's bytes in 20 bits (RB_WRITE_MASK). */
#define SOURCE_SUBBUF_MIN	64u
#define SOURCE_SUBBUF_MAX	(1u << 20)
#define SOURCE_CPUS_MAX		65536u

/*
 * Open @path ("-": standard input) and read all metadata.  @*out is NULL on failure.  Failures are
 * one clear line each: not a trace file, empty, cut within the metadata,
 * unknown version or compression, a latency trace, and so on.  A file
 * that is cut within the per-CPU data is opened: see missing_bytes.  So is what
 * trace-cmd left when it was killed, even without a file @path: see unfinished.
 */
int source_open(struct source **out, const char *path);

/*
 * Who records what is read meanwhile: the file has all but the events.  These are
 * delivered in whole sub-buffers.
 */
struct source_live {
	/*
	 * All that was delivered has been read: wait for more.  Return 1 if there is,
	 * or if all streams are complete up to a later time.  @until is set to that
	 * time: all events before it have been delivered, of all CPUs.  Return 0
	 * at the end; -1 if figures are of what there is so far: see
	 * recording.meanwhile.
	 */
	int (*wait)(void *user, uint64_t *until);
	/*
	 * The next sub-buffers of the stream of info->cpus[@index] into @data, which
	 * live until the next call for that stream.  Return how many bytes these
	 * are, 0 if there are none yet.
	 */
	size_t (*next)(void *user, unsigned int index, uint8_t **data);
	void *user;
	const char *name;	/* what messages call it; NULL: its path */
	void (*found)(void *user); /* an exit that filters take; NULL: never mind */
	bool some_only;		/* see struct recording */
};

/* What else can be asked for; members may be NULL. */
struct source_request {
	const char *instance;	/* read this ftrace instance, not the top buffer:
				   an error that lists all if there is none */
	const char *formats;	/* path of a recording, or of its metadata: take
				   event formats, sub-buffer size and trace
				   clock from there if trace-cmd was killed
				   before it wrote them */
	const char *name;	/* what messages call it: [its path] */
	uint32_t tsc_khz;	/* rate of the TSC: see struct recording */
	struct reading *reading; /* outlives the struct source */
	const struct source_live *live; /* likewise: it grows, and can be read once */
	unsigned int once;	/* not 0: it is read by so many threads, each stream
				   once, and what it says of threads and losses is
				   not looked at before: see source_is_odd() */
};

/*
 * As source_open().  The strings of @request are copied.
 *
 * If @reading is told to stop, each stream ends at its next span.  Whoever reads
 * the same CPU's stream once more comes to the same end, and no further; if one
 * was read to its real end before, it stays that.  If all of them were, as in a
 * second pass, source_next_span() fails, without a message: see
 * source_stopped_again().
 */
int source_open_request(struct source **out, const char *path,
			const struct source_request *request);

/* @src may be NULL or half built.  All streams must have been closed. */
void source_close(struct source *src);

const struct recording *source_recording(const struct source *src);

/*
 * Event formats, without copying: first those of ftrace itself (system
 * "ftrace"), then those of each recorded event.
 *
 *	struct source_formats it = SOURCE_FORMATS_INIT;
 *	struct source_format format;
 *
 *	while (source_next_format(src, &it, &format))
 *		...
 *
 * The text is what events/SYSTEM/EVENT/format held; its first line is
 * "name: EVENT".  It is not NUL terminated.
 */
struct source_format {
	const char *system;
	const char *text;
	size_t len;
};

struct source_formats {
	/* all private */
	size_t pos;
	const char *system;
	uint32_t systems_left, events_left;
	uint8_t stage;
};

#define SOURCE_FORMATS_INIT	{ .stage = 0 }

bool source_next_format(const struct source *src,
			struct source_formats *it,
			struct source_format *format);

/*
 * What a span may have instead of sub-buffers: little-endian samples of perf, in the
 * order of time.  The u16 at SOURCE_SAMPLE_SIZE says how long each is.
 */
struct source_samples {
	uint32_t time;		/* offset in each of its time stamp, u64 */
	uint32_t data;		/* and of the event, which ends with the sample */
};

#define SOURCE_SAMPLE_SIZE	6

/* One or more sub-buffers, in a row, all whole but for @partial. */
struct source_span {
	uint8_t *data;		/* the stream's, for the caller to change */
	size_t len;
	uint64_t file_offset;	/* of data; of its compressed chunk if the data
				   is compressed */
	uint64_t stream_offset;	/* of data in the (uncompressed) stream */
	bool partial;		/* less than one sub-buffer, and the last span:
				   the stream does not end with a whole one */
	/*
	 * Compressed chunks in it that cannot be decompressed: their bytes are
	 * 0, which makes empty sub-buffers.
	 */
	uint64_t bad_chunks, bad_bytes;
	const char *wrong;	/* what the library says; NULL: nothing */
	const struct source_samples *samples; /* NULL: it has sub-buffers */
};

/*
 * Open the stream of info->cpus[@index].  @subbuf_bytes is what
 * source_next_span() takes for a sub-buffer: from SOURCE_SUBBUF_MIN to
 * SOURCE_SUBBUF_MAX.  If the file is unfinished, the stream ends with the last
 * whole one.  The kernel's word for it is header_page; the container's
 * page sizes may be less, as trace-cmd 3.1 always stores that of the machine.
 *
 * Memory: at most about 16 MiB over all streams of a file, while one sub-buffer
 * for each fits into that, and never more than the file has.  For compressed
 * data at most 64 MiB, an error if there are more sub-buffers of CPUs than that;
 * and one chunk, and for up to 128 CPUs a decompressor each.
 */
int source_stream_open(struct source_stream **out, const struct source *src,
		       unsigned int index, uint32_t subbuf_bytes);

/*
 * Several threads may read parts of one stream at once, where it can be entered in
 * the middle.  Not one whose data are compressed, nor any of a recording that was
 * read up to some point only.
 */
bool source_has_parts(const struct source *src);

/* A part begins at @offset of the stream, and goes on to its end, or to @end. */
struct source_part {
	uint64_t offset;	/* a number of whole sub-buffers */
	uint64_t end;		/* likewise; or 0, */
	bool has_end;		/* if this says so, as there may be nothing in it */
	unsigned int parts;	/* of each stream, open at once: they share memory */
};

/*
 * As source_stream_open().  Where reading is stopped, the part ends, and no other
 * one; once that is known of all of them, source_part_commit() of one says that
 * this is where the stream ends.
 */
int source_part_open(struct source_stream **out, const struct source *src,
		     unsigned int index, uint32_t subbuf_bytes,
		     const struct source_part *part);
void source_part_commit(struct source_stream *stream);

/* If streams have parts: @len bytes at @offset of one.  False: they cannot be read. */
bool source_read_at(const struct source *src, unsigned int index,
		    uint64_t offset, void *buf, size_t len);

/* Do spans have samples?  Then some may have sub-buffers, too; else all do. */
bool source_has_samples(const struct source *src);

/* @stream may be NULL. */
void source_stream_close(struct source_stream *stream);

/*
 * A source may grow while it is read (recording.grows): what a CPU has not recorded
 * yet is neither lost nor the end.  Its stream then says SOURCE_AGAIN, and up to
 * which time it is complete: whatever it delivers later is of that time, by the
 * trace clock, or later, and if events were lost by then, they were lost after it.
 *
 * So a CPU that has nothing to record holds nobody up: who reads all streams in the
 * order of time goes on to the earliest of these times.  There, it calls
 * source_wait(), and asks once more.  It keeps what it has: figures are the same as
 * if all had been there at once, but for round trips and time around a loss, where
 * it is known better since when events may be missing.
 */
#define SOURCE_AGAIN	2

/*
 * Return 1 with the next @span, 0 at the end of the stream, SOURCE_AGAIN if what
 * follows is not there yet, -1 on error.
 */
int source_next_span(struct source_stream *stream,
		     struct source_span *span);

/* After SOURCE_AGAIN: the time up to which it is complete.  It never goes back. */
uint64_t source_stream_complete(const struct source_stream *stream);

/*
 * All that is there was read, in at least one stream that the others wait for.
 * Return 0 when a stream may have more, is complete up to a later time, or has
 * ended; -1 on error.  By one thread, which asks no stream meanwhile.
 */
int source_wait(const struct source *src);

/*
 * Bytes of the file that the stream did not come to because reading was stopped,
 * once it has ended; of compressed data, give or take a chunk.
 */
uint64_t source_stream_unread(const struct source_stream *stream);

/* Of all streams */
uint64_t source_unread(const struct source *src);

/* Was reading stopped when all had been read, while some was read once more? */
bool source_stopped_again(const struct source *src);

/*
 * A source that was opened to be read once may turn out to be one of which all has to
 * be known before.  Then all that reads it fails, without a message, and nothing was
 * said of it.
 */
bool source_is_odd(const struct source *src);

/* All was read, and will be once more: -1, without a message, if that makes it odd. */
int source_read_again(const struct source *src);

/*
 * Look at all of it, whatever it was opened for: from here on it is like any other.  No
 * stream is open.  Return -1 after an error.
 */
int source_know_all(struct source *src);

/* What a stream was found to hold */
struct source_found {
	uint64_t records;
	uint64_t fullest;	/* of these, in one sub-buffer */
	uint64_t fullest_time;	/* that these took, in units of the clock */
};

/*
 * The stream has been read to its end.  Return how many of the events that the
 * kernel recorded it lacks, at most; 0: none, or too few to tell, or that is not
 * known.  The kernel's statistics are from while trace-cmd was still reading, and may
 * be up to two sub-buffers off.  @fewer has those that cannot be told as well.
 */
uint64_t source_stream_found(struct source_stream *stream,
			     const struct source_found *found,
			     uint64_t *fewer);

/*
 * The same of info->cpus[@index], once that has been read to its end; else 0.
 * Then @time, if not NULL, is what it took to record a sub-buffer.
 */
uint64_t source_lacking(const struct source *src, unsigned int index,
			uint64_t *time);

/* Could it be so of any CPU, once that has been read? */
bool source_may_lack(const struct source *src);

/* At the least: events were counted twice if trace-cmd took them out meanwhile. */
uint64_t source_lacking_least(const struct source *src, unsigned int index);

/* Events that the statistics have more, and of which none need be missing */
uint64_t source_doubtful(const struct source *src, unsigned int index);

/* Of all CPUs, absent ones too; saturates */
uint64_t source_lacking_events(const struct source *src);

/* The file that the stream is in; lives as long as the stream. */
const char *source_stream_path(const struct source_stream *stream);

#endif /* ANALYZER_SOURCE_H */
