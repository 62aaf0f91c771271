/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a container has to give, and what all containers share: see source.h,
 * which has the promises.
 *
 * A container embeds struct source and struct source_stream as first members of
 * its own, and fills in what is in them before it hands them out.  Its functions
 * are called for a file, a stream or a span, never for a record.
 */
#ifndef ANALYZER_CONTAINER_H
#define ANALYZER_CONTAINER_H

#include "source/source.h"

struct container {
	/*
	 * Is a file of this container at @path?  NULL: it takes what no other
	 * takes, and says what is wrong with it.
	 */
	bool (*probe)(const char *path);
	int (*open)(struct source **out, const char *path,
		    const struct source_request *request);
	void (*close)(struct source *src);
	bool (*next_format)(const struct source *src, struct source_formats *it,
			    struct source_format *format);
	/*
	 * Was the event recorded whose format has this ID?  Asked of formats that
	 * another recording has.  NULL: it cannot tell, so it may have been.
	 */
	bool (*has_event)(const struct source *src, uint64_t id);
	int (*stream_open)(struct source_stream **out, const struct source *src,
			   unsigned int index, uint32_t subbuf_bytes,
			   const struct source_part *part);
	void (*stream_close)(struct source_stream *stream);
	/* Before it returns SOURCE_AGAIN, it sets stream->complete. */
	int (*next_span)(struct source_stream *stream,
			 struct source_span *span);
	/*
	 * See source_wait().  NULL: it never says SOURCE_AGAIN.  It may do anything
	 * meanwhile, such as to listen to the user: whoever reads is called back
	 * by nobody else.  When reading is to stop (struct reading), it returns, and
	 * all streams end.
	 */
	int (*wait)(struct source *src);
	/* See source.h.  NULL: it always looks at all. */
	bool (*is_odd)(const struct source *src);
	int (*read_again)(const struct source *src);
	int (*know_all)(struct source *src);
	/* See source_read_at().  NULL: no stream can be entered in the middle. */
	bool (*read_at)(const struct source *src, unsigned int index,
			uint64_t offset, void *buf, size_t len);
};

/* Where a stream ended for whoever came to its end first; changed atomically. */
struct stream_end {
	uint64_t offset;	/* in the stream; or one of: */
	uint64_t unread;	/* bytes of the file behind it */
	bool again;		/* reading it once more was stopped */
	uint64_t recorded;	/* events, by the kernel, at most; 0: not known */
	uint64_t recorded_least;
	uint64_t lacking;	/* of these, in the stream: by who read it all, */
	uint64_t lacking_least;	/* in any case, if any do; */
	uint64_t doubtful;	/* likewise, if it may well have them all; */
	uint64_t subbuf_time;	/* and if any do: of the fullest sub-buffer */
};

#define STREAM_END_OPEN	UINT64_MAX		/* nobody did yet */
#define STREAM_END_REAL	(UINT64_MAX - 1)	/* where its data end */

struct source {
	const struct container *container;
	struct recording recording;
	struct reading *reading;	/* NULL: nobody watches */
	struct stream_end *ends;	/* one for each CPU */
	bool has_samples;		/* in its spans: see source_has_samples() */
	bool lacks_formats;		/* of events: those of the request are taken, */
	struct source *formats_from;	/* by source.c: from here */
};

struct source_stream {
	const struct source *source;
	const struct recording_cpu *cpu;
	struct stream_end *end;		/* that of the CPU; or of a part: */
	struct stream_end own;
	const char *path;
	uint64_t complete;		/* up to which time; see source.h */
};

/* Where the stream of info->cpus[@index] of its source ends; @part: its own end */
void stream_set_end(struct source_stream *stream, unsigned int index,
		    const struct source_part *part);

/* The stream ends at @offset, with @unread bytes behind it, unless it has ended. */
void stream_end_reading(struct source_stream *stream, uint64_t offset,
			uint64_t unread);

/*
 * To be asked before each span, which would begin at @offset.  Was reading
 * stopped, here or where it was read before?  1: the stream ends here.  -1: nobody
 * can use what is read.  @at_end: nothing is left.
 */
int stream_stopped(struct source_stream *stream, uint64_t offset,
		   uint64_t unread, bool at_end);

#endif /* ANALYZER_CONTAINER_H */
