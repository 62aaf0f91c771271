/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The container: a trace-cmd file as metadata and per-CPU streams.
 *
 * Versions 6 and 7 are read, little-endian, uncompressed or compressed (zstd,
 * zlib), as trace-cmd.dat.v6(5) and trace-cmd.dat.v7(5) describe them.  The
 * names of sections in comments and messages are those of the man pages.
 *
 * Invariants:
 * - The file is untrusted.  Every length and offset is compared with the bytes
 *   that remain before it is used; nothing is allocated on the word of the file
 *   alone.
 * - The file is read with pread(), never mapped: a file that shrinks meanwhile
 *   is an error, not a SIGBUS.
 * - After tracedat_open() a struct tracedat does not change, but for what has a
 *   lock or is atomic: any number of threads may use it, and each stream, from
 *   one thread at a time.
 *
 * Ownership: the strings, texts and arrays that are handed out belong to the
 * struct tracedat and live until tracedat_close().  A span belongs to its
 * stream and lives until the next call on that stream.
 *
 * Functions that return int report what failed with error() and return -1.
 */
#ifndef ANALYZER_TRACEDAT_H
#define ANALYZER_TRACEDAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "reading.h"

struct tracedat;
struct tracedat_stream;

/* The ring buffer counts a sub-buffer's bytes in 20 bits (RB_WRITE_MASK). */
#define TRACEDAT_SUBBUF_MIN	64u
#define TRACEDAT_SUBBUF_MAX	(1u << 20)
#define TRACEDAT_CPUS_MAX	65536u

/* Where the events of one CPU are in the file. */
struct tracedat_cpu {
	uint32_t cpu;		/* number of the CPU: they may have holes */
	uint64_t offset;	/* in the file */
	uint64_t size;		/* in the file, compressed if the data is; may
				   be 0 */
	uint64_t missing;	/* how many of these bytes lie behind the end
				   of the file: it was cut */
};

/* Events of a CPU that are missing: nothing says where. */
struct tracedat_events {
	uint32_t cpu;
	uint64_t events;	/* not 0 */
};

/*
 * What the file says of itself.  Strings are never NULL where not said, hold no
 * promise about their content, and have been cut at the first NUL.
 */
struct tracedat_info {
	const char *path;
	uint64_t file_bytes;
	unsigned int version;		/* 6 or 7 */
	unsigned int long_size;		/* of user space, by the file header: 4
					   or 8.  The kernel's: header_page */
	uint32_t page_size;		/* by the file header */
	uint32_t buffer_page_size;	/* by the BUFFER option; version 6:
					   page_size */
	const char *compression;	/* "none", "zstd", "zlib" */
	const char *clock;		/* trace clock in use, e.g. "local",
					   "x86-tsc"; NULL: not recorded */
	const char *uname;		/* NULL: not recorded */
	const char *recorder;		/* version of trace-cmd; NULL: unknown */

	/*
	 * Time stamps are handed out as recorded.  trace-cmd report would add
	 * ts_offset (options OFFSET, and DATE times 1000), unless has_ts_offset
	 * is false; then scale with tsc2nsec: ((ts + offset) * mult) >> shift.
	 */
	bool has_ts_offset;
	int64_t ts_offset;		/* ns, or ticks of the trace clock */
	bool has_time_shift;		/* a guest, synchronized with a host */
	bool has_tsc2nsec;
	uint32_t tsc2nsec_mult, tsc2nsec_shift;
	uint64_t tsc2nsec_offset;
	uint32_t tsc_khz;		/* the same rate, not by the file but by
					   the request; 0: not said */

	/* events/header_page and events/header_event; not NUL terminated */
	const char *header_page;
	size_t header_page_len;
	const char *header_event;
	size_t header_event_len;

	/* The buffer that is read.  CPUs in the order of the file. */
	const char *instance;		/* its name; NULL: the top buffer */
	const struct tracedat_cpu *cpus;
	unsigned int nr_cpus;
	uint32_t cpu_count;		/* CPUCOUNT option; 0: not recorded */
	bool data_compressed;
	uint64_t data_bytes;		/* sum of size - missing */
	uint64_t missing_bytes;		/* sum of missing: not 0 means that the
					   recording was cut */

	/*
	 * The kernel's statistics of its CPUs, ascending: those that dropped
	 * events, as it had no room; those that recorded events, but have no
	 * stream here.  See also tracedat_lacking().
	 */
	const struct tracedat_events *dropped, *absent;
	unsigned int nr_dropped, nr_absent;
	uint64_t dropped_events;	/* of all CPUs; saturates */
	uint64_t recorded_events;	/* likewise: that should be here */
	unsigned int nr_ambiguous;	/* CPUs with several statistics: not
					   used, but for dropped events */

	/* Other instances: named, but not read. */
	const char *const *instances;
	unsigned int nr_instances;

	/*
	 * trace-cmd was killed.  It left nr_files files FILES.cpuN, which are
	 * the per-CPU streams if @unfinished: there is no file @path, or no
	 * events in it.  Offsets are in these files then.  If not @unfinished,
	 * @path is whole, and they are something else.
	 */
	const char *files;
	unsigned int nr_files;
	bool unfinished;
	bool formats_used;	/* of the request */
	bool cut;		/* the file ends before its metadata do */
};

/*
 * Open @path and read all metadata.  @*out is NULL on failure.  Failures are
 * one clear line each: not a trace file, empty, cut within the metadata, big
 * endian, unknown version or compression, a latency trace, and so on.  A file
 * that is cut within the per-CPU data is opened: see missing_bytes.  So is what
 * trace-cmd left when it was killed, even without a file @path: see unfinished.
 */
int tracedat_open(struct tracedat **out, const char *path);

/* What else can be asked for; members may be NULL. */
struct tracedat_request {
	const char *instance;	/* read this ftrace instance, not the top buffer:
				   an error that lists all if there is none */
	const char *formats;	/* path of a recording, or of its metadata: take
				   event formats, sub-buffer size and trace
				   clock from there if trace-cmd was killed
				   before it wrote them */
	uint32_t tsc_khz;	/* rate of the TSC: see struct tracedat_info */
	struct reading *reading; /* outlives the struct tracedat */
};

/*
 * As tracedat_open().  The strings of @request are copied.
 *
 * If @reading is told to stop, each stream ends at its next span.  Whoever reads
 * the same CPU's stream once more comes to the same end, and no further; if one
 * was read to its real end before, it stays that.  If all of them were, as in a
 * second pass, tracedat_next_span() fails, without a message: see
 * tracedat_stopped_again().
 */
int tracedat_open_request(struct tracedat **out, const char *path,
			  const struct tracedat_request *request);

/* @td may be NULL or half built.  All streams must have been closed. */
void tracedat_close(struct tracedat *td);

const struct tracedat_info *tracedat_info(const struct tracedat *td);

/*
 * Event formats, without copying: first those of ftrace itself (system
 * "ftrace"), then those of each recorded event.
 *
 *	struct tracedat_formats it = TRACEDAT_FORMATS_INIT;
 *	struct tracedat_format format;
 *
 *	while (tracedat_next_format(td, &it, &format))
 *		...
 *
 * The text is what events/SYSTEM/EVENT/format held; its first line is
 * "name: EVENT".  It is not NUL terminated.
 */
struct tracedat_format {
	const char *system;
	const char *text;
	size_t len;
};

struct tracedat_formats {
	/* all private */
	size_t pos;
	const char *system;
	uint32_t systems_left, events_left;
	uint8_t stage;
};

#define TRACEDAT_FORMATS_INIT	{ .stage = 0 }

bool tracedat_next_format(const struct tracedat *td,
			  struct tracedat_formats *it,
			  struct tracedat_format *format);

/* One or more sub-buffers, in a row, all whole but for @partial. */
struct tracedat_span {
	const uint8_t *data;
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
};

/*
 * Open the stream of info->cpus[@index].  @subbuf_bytes is what
 * tracedat_next_span() takes for a sub-buffer: from TRACEDAT_SUBBUF_MIN to
 * TRACEDAT_SUBBUF_MAX.  If the file is unfinished, the stream ends with the last
 * whole one.  The kernel's word for it is header_page; the container's
 * page sizes may be less, as trace-cmd 3.1 always stores that of the machine.
 *
 * Memory: at most about 16 MiB over all streams of a file, while one sub-buffer
 * for each fits into that, and never more than the file has.  For compressed
 * data at most 64 MiB, an error if there are more sub-buffers of CPUs than that;
 * and one chunk, and for up to 128 CPUs a decompressor each.
 */
int tracedat_stream_open(struct tracedat_stream **out, const struct tracedat *td,
			 unsigned int index, uint32_t subbuf_bytes);

/* @stream may be NULL. */
void tracedat_stream_close(struct tracedat_stream *stream);

/* Return 1 with the next @span, 0 at the end of the stream, -1 on error. */
int tracedat_next_span(struct tracedat_stream *stream,
		       struct tracedat_span *span);

/*
 * Bytes of the file that the stream did not come to because reading was stopped,
 * once it has ended; of compressed data, give or take a chunk.
 */
uint64_t tracedat_stream_unread(const struct tracedat_stream *stream);

/* Of all streams */
uint64_t tracedat_unread(const struct tracedat *td);

/* Was reading stopped when all had been read, while some was read once more? */
bool tracedat_stopped_again(const struct tracedat *td);

/* What a stream was found to hold */
struct tracedat_found {
	uint64_t records;
	uint64_t fullest;	/* of these, in one sub-buffer */
	uint64_t fullest_time;	/* that these took, in units of the clock */
};

/*
 * The stream has been read to its end.  Return how many of the events that the
 * kernel recorded it lacks; 0: none, or too few to tell, or that is not known.  The
 * kernel's statistics are from while trace-cmd was still reading, and may be up
 * to two sub-buffers off.  @fewer has those too few to tell as well.
 */
uint64_t tracedat_stream_found(struct tracedat_stream *stream,
			       const struct tracedat_found *found,
			       uint64_t *fewer);

/*
 * The same of info->cpus[@index], once that has been read to its end; else 0.
 * Then @time, if not NULL, is what it took to record a sub-buffer.
 */
uint64_t tracedat_lacking(const struct tracedat *td, unsigned int index,
			  uint64_t *time);

/* Of all CPUs, absent ones too; saturates */
uint64_t tracedat_lacking_events(const struct tracedat *td);

/* The file that the stream is in; lives as long as the stream. */
const char *tracedat_stream_path(const struct tracedat_stream *stream);

/* Start again from the first sub-buffer, even after an error. */
int tracedat_stream_rewind(struct tracedat_stream *stream);

#endif /* ANALYZER_TRACEDAT_H */
