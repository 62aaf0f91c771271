/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files perfdata*.c share, and nobody else sees.
 *
 * perfdata.c reads the header, perfdata-files.c opens the file, or those of a folder,
 * perfdata-features.c reads what it says besides its records, perfdata-window.c goes
 * from record to record,
 * perfdata-attrs.c knows where what is in one, perfdata-announced.c which CPUs there
 * are, perfdata-index.c where in the file those of each are, perfdata-tasks.c whose
 * they are, perfdata-unpack.c decompresses, perfdata-ahead.c does all that while
 * others read, perfdata-stream.c hands out.
 */
#ifndef ANALYZER_PERFDATA_PRIVATE_H
#define ANALYZER_PERFDATA_PRIVATE_H

#include <endian.h>
#include <stddef.h>
#include <string.h>

#include "base/compiler.h"
#include "base/cursor.h"
#include "base/tasks.h"
#include "source/formats.h"
#include "source/perfdata/perfdata.h"

/* enum perf_event_type, enum perf_user_event_type */
enum {
	PERF_LOST		= 2,
	PERF_COMM		= 3,
	PERF_FORK		= 7,
	PERF_SAMPLE		= 9,
	PERF_LOST_SAMPLES	= 13,
	PERF_HEADER_ATTR	= 64,
	PERF_TRACING_DATA	= 66,
	PERF_FINISHED_ROUND	= 68,
	PERF_ID_INDEX		= 69,
	PERF_AUXTRACE		= 71,
	PERF_COMPRESSED		= 81,
	PERF_COMPRESSED2	= 83,
};

/* Of struct perf_event_header: u32 type, u16 misc, u16 size */
#define PERF_HEADER_BYTES	8u
#define PERF_RECORD_MAX		65536u	/* more than any size */
#define PERF_TASK_BYTES		8u	/* PID and TID */
#define PERF_SECTION_BYTES	16u	/* struct perf_file_section: u64 offset, u64 size */

/*
 * A sub-buffer that is handed out has room for the largest record.  It is ended
 * far earlier, so that it stays in the cache until it has been read.
 */
#define PERF_SUBBUF_HEADER	16u
#define PERF_SUBBUF_DATA	(PERF_RECORD_MAX + 64)
#define PERF_SUBBUF_ENOUGH	(32u << 10)

/* A run has no more, or one record */
#define PERF_RUN_BYTES		(32u << 10)

#define PERF_CPU_UNKNOWN	UINT32_MAX

/*
 * One kind of event, and where in its records what is; offsets are from the
 * record's begin, or back from its end.  0: it is not there.
 */
struct perf_attr {
	bool tracepoint, dummy;
	bool clock_is_given;
	uint32_t clock;			/* CLOCK_MONOTONIC and so on */
	uint64_t event;			/* of a tracepoint: its ID */
	uint64_t sample_type, read_format;
	unsigned int id, time, cpu, tid; /* of a sample; tid: u32 PID, u32 TID, which
					    a time follows */
	unsigned int fixed;		/* bytes of all that is always there */
	bool raw_is_fixed;		/* raw data follow these */
	/* of any other record: struct sample_id */
	unsigned int back_id, back_time, back_cpu, back;
};

struct perf_id {
	uint64_t id;
	uint32_t attr;
	uint32_t cpu;			/* or PERF_CPU_UNKNOWN */
};

/*
 * A part of the file in which all samples are of one CPU, and do not go back in
 * time.  PERF_SPOOLED: offset is in the file of unpacked records.  A plain one is
 * handed out as it is: see perf_plain_size().
 */
struct perf_run {
	uint64_t offset;
	uint64_t bytes : 63, plain : 1;
	uint64_t first, last;		/* time stamps */
};

#define PERF_SPOOLED		(1ull << 63)

struct perf_cpu {
	uint32_t cpu;
	uint32_t largest;		/* record, in bytes: that many at the most */
	bool unordered;			/* some begin before the one before ends */
	struct perf_run *runs;
	size_t nr, allocated;
	uint64_t bytes;			/* of all runs */
	uint64_t lost;			/* by LOST records */
	uint64_t lost_samples;		/* by LOST_SAMPLES, of the whole run */
	uint64_t tail;			/* lost behind the last record */
};

struct perf_unpack;
struct perf_ahead;

/* Of those that are read one behind the other: perf_run.offset counts from the first. */
struct perf_file {
	int fd;
	char *path;
	uint64_t base, bytes;		/* where it begins */
};

struct perfdata {
	struct source source;
	char *path, *uname, *arch, *host, *recorder;
	struct perf_file *files;	/* the first one has the header */
	size_t nr_files, files_allocated;
	bool folder;
	uint64_t folder_version;	/* the feature DIR_FORMAT */
	uint64_t buffers;		/* by an ID_INDEX record; of a folder, files */
	bool pipe;			/* the form that perf writes to one */
	bool big_endian;
	bool incomplete;		/* by its header: perf was killed, or it is cut */
	uint64_t begin, end;		/* of the records in the first file */
	const char *bad_data;		/* why a record cannot be decompressed */
	struct formats formats;

	struct perf_attr *attrs;
	unsigned int nr_attrs;
	size_t attrs_allocated;
	const struct perf_attr *usual;	/* that all samples have; NULL: by id */
	const struct perf_attr *plain;	/* the usual, if samples may be plain */
	const struct perf_attr *any;	/* one of them: of other records */
	struct perf_id *ids;
	size_t nr_ids, ids_allocated;

	struct perf_cpu *cpus;
	bool all_cpus_known;		/* by perf_announced(), which came to: */
	uint64_t announced;
	uint64_t first;			/* what is read is from here on */
	unsigned int nr_cpus;
	size_t cpus_allocated;
	uint32_t *cpu_index;		/* by number: place in cpus, plus 1 */
	struct tasks tasks;
	uint64_t lost_anywhere;		/* LOST_SAMPLES of no known CPU */
	uint64_t unknown;		/* samples of no known event */
	struct perf_unpack *unpack;	/* NULL: nothing is compressed */
	struct perf_ahead *ahead;	/* NULL: perf_index() has looked at all */

	struct recording_cpu *recording_cpus;
};

static inline struct perfdata *perfdata_of(const struct source *src)
{
	return (struct perfdata *)src;
}

static inline uint16_t perf_u16(const struct perfdata *pd, const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return pd->big_endian ? be16toh(v) : le16toh(v);
}

static inline uint32_t perf_u32(const struct perfdata *pd, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return pd->big_endian ? be32toh(v) : le32toh(v);
}

static inline uint64_t perf_u64(const struct perfdata *pd, const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return pd->big_endian ? be64toh(v) : le64toh(v);
}

/* A record: @size bytes at @data, PERF_HEADER_BYTES at least */
struct perf_record {
	const uint8_t *data;
	uint32_t type, size;
	uint64_t at;			/* where it is: as perf_run.offset */
	uint64_t bytes;			/* with what its size does not count */
	bool whole;			/* else only some of it is at @data */
};

/* What there is to know of a sample of a tracepoint */
struct perf_sample {
	uint64_t time;
	uint32_t cpu;
	const uint8_t *raw;
	uint32_t raw_bytes;
};

/* Files: perfdata-files.c */

#define PERF_FOLDER_FILES	1u	/* a version: records are in files of their own */

/* The path of @name in @folder: the caller frees it; NULL: out of memory */
char *perf_folder_file(const char *folder, const char *name);
/* The one with the header, which messages call @name if @path is a file */
int perf_files_open(struct perfdata *pd, const char *path, const char *name);
/* The others of a folder, once the header was read.  Error: one is missing. */
int perf_files_open_others(struct perfdata *pd);
/* Are there all that the records say there are? */
int perf_files_check(const struct perfdata *pd);
void perf_files_close(struct perfdata *pd);
/* The one with the record at @at, which is not PERF_SPOOLED */
const struct perf_file *perf_file_at(const struct perfdata *pd, uint64_t at);
/* For messages on a record at @at: its file, and where in it */
const char *perf_place(const struct perfdata *pd, uint64_t at,
		       unsigned long long *offset);

/* Attributes: perfdata-attrs.c */


/* One more, of @bytes at @p: struct perf_event_attr */
int perf_attr_add(struct perfdata *pd, const uint8_t *p, size_t bytes);
int perf_id_add(struct perfdata *pd, uint64_t id, uint32_t attr);
/* The CPUs of ids, by an ID_INDEX record */
void perf_ids_place(struct perfdata *pd, const struct perf_record *rec);
/* All of them are there. */
void perf_ids_sort(struct perfdata *pd);
/* Errors: no tracepoint, samples that cannot be told apart or lack something */
int perf_attrs_finish(struct perfdata *pd);

/* By its id */
const struct perf_attr *perf_attr_find(const struct perfdata *pd,
				       const struct perf_record *rec,
				       bool *known);

/* NULL: not a sample of a known tracepoint */
static inline const struct perf_attr *perf_attr_of(const struct perfdata *pd,
						   const struct perf_record *rec,
						   bool *known)
{
	*known = true;
	return pd->usual ? pd->usual : perf_attr_find(pd, rec, known);
}

/* Its CPU and time.  Return false if it is too short for them. */
static inline bool perf_sample_place(const struct perfdata *pd,
				     const struct perf_attr *a,
				     const struct perf_record *rec,
				     struct perf_sample *s)
{
	if (rec->size < a->fixed)
		return false;
	s->time = perf_u64(pd, rec->data + a->time);
	s->cpu = perf_u32(pd, rec->data + a->cpu);
	return true;
}

/* The rest of it.  Return false if it is damaged. */
bool perf_sample_raw(const struct perfdata *pd, const struct perf_attr *a,
		     const struct perf_record *rec, struct perf_sample *s);

/*
 * A LOST or LOST_SAMPLES record: how many, of which CPU, or PERF_CPU_UNKNOWN, when,
 * or 0.  Return false if it is too short.
 */
bool perf_lost_place(const struct perfdata *pd, const struct perf_record *rec,
		     uint64_t *lost, struct perf_sample *s);

/* Features: perfdata-features.c */

/* A section of @bytes at @offset: is it in the file, and what reads it */
int perf_check_section(const struct perfdata *pd, const char *name,
		       uint64_t offset, uint64_t bytes);
void perf_cursor(const struct perfdata *pd, struct cursor *c, uint64_t offset,
		 uint64_t bytes, const char *section);

/* Those that are set in the @bits of the header */
int perf_read_features(struct perfdata *pd, const uint8_t *bits);

/* The tracing data of @bytes at @offset of the file */
int perf_read_tracing_data(struct perfdata *pd, uint64_t offset, uint64_t bytes);

/* Records in a row: perfdata-window.c.  Of the file, or of the unpacked ones */
struct perf_window {
	const struct perfdata *pd;
	int fd;
	uint64_t base;			/* of the file */
	uint64_t spooled;		/* PERF_SPOOLED, or 0 */
	uint64_t pos, end;		/* next record */
	uint8_t *own, *buf;		/* buf: its own, or what it looks at */
	size_t room, have;
	uint64_t buf_pos;		/* of buf[0] in the file */
	uint64_t bad_size;		/* of what is no record */
};

/* A record that exceeds @room, which is 16 at least, is not whole. */
int perf_window_init(struct perf_window *w, const struct perfdata *pd,
		     size_t room);
void perf_window_release(struct perf_window *w);
/* To where a run is */
void perf_window_seek(struct perf_window *w, uint64_t offset, uint64_t bytes);
/* To @bytes of records at @data, up to their end, instead of the file */
void perf_window_look(struct perf_window *w, uint8_t *data, uint64_t offset,
		      size_t bytes);
/* All up to the end, which the window has room for: @data lives as a record does. */
int perf_window_take(struct perf_window *w, uint8_t **data);

#define PERF_WINDOW_BAD		2

/* What perf_window_peek() has no short way for */
int perf_window_peek_slowly(struct perf_window *w, struct perf_record *rec);

static inline bool perf_window_has(const struct perf_window *w, size_t bytes)
{
	return w->pos >= w->buf_pos && w->have >= bytes &&
	       w->pos - w->buf_pos <= w->have - bytes;
}

/*
 * Return 1 with the record at @pos, which stays there until perf_window_skip(); 0
 * at the end; -1 on a reported error; PERF_WINDOW_BAD: what is there is no record,
 * or is cut.  Skipping it also skips what its size does not count.
 */
static inline int perf_window_peek(struct perf_window *w,
				   struct perf_record *rec)
{
	const struct perfdata *pd = w->pd;

	if (w->end - w->pos >= PERF_HEADER_BYTES &&
	    perf_window_has(w, PERF_HEADER_BYTES)) {
		rec->data = w->buf + (w->pos - w->buf_pos);
		rec->type = perf_u32(pd, rec->data);
		rec->size = perf_u16(pd, rec->data + 6);
		if (__builtin_expect(rec->type < PERF_HEADER_ATTR &&
				     rec->size >= PERF_HEADER_BYTES &&
				     rec->size <= w->end - w->pos &&
				     perf_window_has(w, rec->size), 1)) {
			rec->at = w->pos | w->spooled;
			rec->bytes = rec->size;
			rec->whole = true;
			return 1;
		}
	}
	return perf_window_peek_slowly(w, rec);
}

/*
 * Of samples that are all alike and little-endian, loops of few instructions go
 * over those that are in the buffer, and leave all else to perf_window_peek().
 */
static inline uint64_t perf_load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static inline uint32_t perf_load32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

/* Begin and end of what is in the buffer from pos on, which may be nothing */
static inline const uint8_t *perf_window_rest(const struct perf_window *w,
					      const uint8_t **end)
{
	const uint64_t have = w->buf_pos + w->have;
	const uint64_t last = have < w->end ? have : w->end;

	if (w->pos < w->buf_pos || w->pos >= last)
		return *end = w->buf;
	*end = w->buf + (last - w->buf_pos);
	return w->buf + (w->pos - w->buf_pos);
}

/*
 * Its size, if a plain sample is at @p: little-endian, with the usual fields, which
 * have @raw bytes, and nothing behind its raw data.  Else 0.
 */
#define PERF_EVENT_MIN	8u	/* its id, and what else all events have */

static inline uint32_t perf_plain_size(size_t raw, const uint8_t *p,
				       const uint8_t *end)
{
	const size_t least = raw + 4 + PERF_EVENT_MIN, left = end - p;
	uint64_t header;
	size_t size;

	if (unlikely(left < least))
		return 0;
	header = perf_load64(p);
	size = header >> 48;
	/* It is neither less than the least, nor more than what is left. */
	if (unlikely((uint32_t)header != PERF_SAMPLE ||
		     size - least > left - least ||
		     perf_load32(p + raw) + (uint32_t)raw + 4 != size))
		return 0;
	return size;
}

static inline void perf_window_skip(struct perf_window *w,
				    const struct perf_record *rec)
{
	w->pos += rec->bytes;
}

/* Whose they are: perfdata-tasks.c.  A COMM or FORK record */
void perf_task_named(struct perfdata *pd, const struct perf_record *rec);
/* A sample of thread @tid of process @pid: it knows best. */
void perf_task_seen(struct perfdata *pd, uint32_t pid, uint32_t tid);

/* The index: perfdata-index.c.  perf_index_metadata() is for the pipe form. */
int perf_index_metadata(struct perfdata *pd);
int perf_index_begin(struct perfdata *pd);
int perf_index(struct perfdata *pd);
/* What info says, now that all was looked at */
void perf_fill_sizes(struct perfdata *pd);
void perf_index_release(struct perfdata *pd);

/*
 * CPUs that are announced in front of all records: perfdata-announced.c.  Return -1 if
 * that takes a look at all, perf_index().
 */
int perf_announced(struct perfdata *pd);

/* Decompression: perfdata-unpack.c */
struct perf_unpack *perf_unpack_alloc(struct perfdata *pd);
void perf_unpack_free(struct perf_unpack *u);
int perf_unpack_fd(const struct perf_unpack *u);
/*
 * Unpack a record of type COMPRESSED or COMPRESSED2, and call @handle for each
 * record that is complete then.  PERF_WINDOW_BAD: it is damaged, as pd->bad_data
 * says, and so is all behind it.
 */
int perf_unpack(struct perf_unpack *u, const struct perf_record *rec,
		int (*handle)(void *arg, const struct perf_record *rec),
		void *arg);
/* The same bit by bit: _begin() once, then _into() as long as there is more */
struct perf_packed {
	const uint8_t *data;
	size_t bytes, used;
	bool more;
};

int perf_unpack_begin(struct perf_unpack *u, const struct perf_record *rec,
		      struct perf_packed *packed);
int perf_unpack_into(struct perf_unpack *u, struct perf_packed *packed,
		     uint8_t *to, size_t room, size_t *bytes);
/* What was unpacked that way is to be in the temporary file. */
int perf_unpack_spill(struct perf_unpack *u, const uint8_t *data, size_t bytes,
		      uint64_t at);
/* A file ends: each has a stream of zstd of its own. */
int perf_unpack_end_file(struct perf_unpack *u, const char *path);
/* All is written. */
int perf_unpack_finish(struct perf_unpack *u);

/* Streams: perfdata-stream.c */
int perf_stream_open(struct source_stream **out, const struct source *src,
		     unsigned int index, uint32_t subbuf_bytes,
		     const struct source_part *part);
void perf_stream_close(struct source_stream *stream);
int perf_next_span(struct source_stream *stream, struct source_span *span);

#endif /* ANALYZER_PERFDATA_PRIVATE_H */
