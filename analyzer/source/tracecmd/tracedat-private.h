/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files tracedat*.c share, and nobody else sees.
 */
#ifndef ANALYZER_TRACEDAT_PRIVATE_H
#define ANALYZER_TRACEDAT_PRIVATE_H

#include "base/cursor.h"
#include "base/tasks.h"
#include "base/unzip.h"
#include "source/formats.h"
#include "source/tracecmd/tracedat.h"

/* "v7": INITIAL FORMAT, OPTIONS SECTION.  Version 6 has the same option IDs. */
enum tracedat_section {
	SECTION_OPTIONS		= 0,
	SECTION_BUFFER		= 3,
	SECTION_HEADER_INFO	= 16,
	SECTION_FTRACE_EVENTS	= 17,
	SECTION_EVENT_FORMATS	= 18,
	SECTION_CMDLINES	= 21,
	SECTION_BUFFER_TEXT	= 22,
};

#define SECTION_COMPRESSED	1
#define SECTION_HEADER_BYTES	16u

/*
 * Far above what trace-cmd writes, low enough for a file that lies.  In version
 * 7 the first two hold for all sections together.
 */
#define TEXT_MAX		(32u << 20)
#define OPTIONS_MAX		(16u << 20)
#define STRING_MAX		4096u
#define INSTANCES_MAX		4096u
#define OPTION_SECTIONS_MAX	256u
#define FILE_INSTANCES_MAX	64u

struct stream_desk;

/* What the kernel says of a CPU; see tracedat-dropped.c */
struct tracedat_stats {
	uint32_t cpu;
	unsigned int texts;	/* that say so */
	bool has_stream;
	uint64_t recorded, recorded_least, dropped;	/* events; they saturate */
};

struct tracedat {
	struct source source;
	unsigned int nr_filled;		/* CPUs whose stream is not empty */
	struct stream_desk *desk;	/* shared by all streams; has a lock */
	int fd;
	enum unzip_kind unzip;

	/* Owned; the recording points to them. */
	char *path, *compression, *clock, *buffer_clock, *uname, *recorder;
	char *wanted;		/* name of the buffer to read; top: "" */
	struct recording_cpu *cpus;
	char **instances;
	size_t instances_allocated;
	struct recording_events *stats_events;

	struct formats formats;
	struct tasks tasks;

	/* All sections that were read, unpacked */
	uint64_t options_bytes, texts_bytes;

	/* Found in the options of version 7; 0: none. */
	uint64_t header_info_offset, ftrace_events_offset, event_formats_offset,
		 cmdlines_offset;

	/* The buffer to read: its BUFFER option was found, and names this. */
	uint64_t buffer_offset;
	bool has_buffer;
	bool has_streams;	/* where its data are is known */
	struct tracedat_stats *stats;	/* ascending, once all are there */
	unsigned int nr_stats;
	size_t stats_allocated;
	bool other_stats;	/* CPUSTAT options belong to another one now */
	bool metadata_only;	/* who opened it wants no more */
	bool whole;		/* its metadata were read to their end */

	/* The files FILES.cpuN that trace-cmd left: recording->nr_files, ascending */
	char *files;
	uint32_t *file_cpus;
	size_t file_cpus_allocated;

	/*
	 * Not NULL: a file that ends too early is no error.  What is missing is
	 * taken from somewhere else, and this becomes true.
	 */
	bool *cut;
};

/* An open section: the cursor reads its content, decompressed. */
struct section {
	struct cursor cursor;
	uint8_t *mem;
};

/*
 * Open the section at @offset of version 7 and check that its ID is @id.  To be
 * released even on failure.
 */
int section_open(struct section *s, struct tracedat *td, uint64_t offset,
		 unsigned int id, const char *name);
void section_release(struct section *s);

/* Its header alone: of the section @id, or of any */
int section_header(const struct tracedat *td, struct cursor *c, uint64_t offset,
		   unsigned int id, const char *name, uint16_t *flags,
		   uint64_t *size);
int section_read_header(const struct tracedat *td, struct cursor *c,
			uint64_t offset, const char *name, uint16_t *id,
			uint16_t *flags, uint64_t *size);

/* Of a file of this container */
static inline struct tracedat *tracedat_of(const struct source *src)
{
	return (struct tracedat *)src;
}

/* See struct container. */
int tracedat_stream_open(struct source_stream **out, const struct source *src,
			 unsigned int index, uint32_t subbuf_bytes,
			 const struct source_part *part);
bool tracedat_read_at(const struct source *src, unsigned int index,
		      uint64_t offset, void *buf, size_t len);
void tracedat_stream_close(struct source_stream *stream);
int tracedat_next_span(struct source_stream *stream, struct source_span *span);

/* @name belongs to @td from then on. */
int tracedat_add_instance(struct tracedat *td, char *name);

/* Look for files that trace-cmd left beside td->path. */
int unfinished_find(struct tracedat *td);

/*
 * Everything that can be read has been read: take the missing streams from the
 * files, or report what to do.  Return 1 if metadata are missing and @has_formats,
 * another recording that may have them: open it for unfinished_take_metadata().
 */
int unfinished_complete(struct tracedat *td, bool has_formats);
void unfinished_take_metadata(struct tracedat *td, struct tracedat *from);

/* Path of a file, on the heap; NULL: out of memory. */
char *unfinished_path(const struct tracedat *td, uint32_t cpu);

/* What streams share; NULL: out of memory.  stream_desk_free() takes NULL. */
struct stream_desk *stream_desk_alloc(void);
void stream_desk_free(struct stream_desk *desk);

/* The options: version 6 has one list at @c, version 7 sections from @offset. */
int options_read_v6(struct tracedat *td, struct cursor *c);
int options_read_v7(struct tracedat *td, uint64_t offset);

/* Names of threads and guests: tracedat-tasks.c */

/* "PID NAME" lines, all that @c has.  Of what is no such line there is nothing. */
int tasks_read_names(struct tracedat *td, struct cursor *c);
/* One GUEST option: a guest's name, its vCPUs and their threads, all that @c has */
int tasks_read_guest(struct tracedat *td, struct cursor *c);

/* One CPUSTAT option, all that @c has */
int stats_read(struct tracedat *td, struct cursor *c);

/* All of them, and all streams, are there. */
int stats_finish(struct tracedat *td);

/* Fill in recording->cpus[i], clipped to the file, and the sums over all CPUs. */
int tracedat_add_cpu(struct tracedat *td, uint32_t cpu, uint64_t offset,
		     uint64_t size, unsigned int room);

/* Of the CPUs that have a stream, each has one, and one of its own. */
int tracedat_check_cpus(const struct tracedat *td);

#endif /* ANALYZER_TRACEDAT_PRIVATE_H */
