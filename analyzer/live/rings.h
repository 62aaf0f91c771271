/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The trace buffers of all CPUs, emptied round by round.  What was read waits in chunks
 * of whole sub-buffers for the library, which takes them CPU by CPU.
 *
 * Any descriptors will do that deliver what per_cpu/cpuN/trace_pipe_raw does, even a
 * byte at a time: pipes, too.  They do not block.
 */
#ifndef ANALYZER_LIVE_RINGS_H
#define ANALYZER_LIVE_RINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kvmexits.h"
#include "live/tracing.h"

struct ring_chunk;

struct ring {
	int fd;				/* -1: it has ended */
	struct ring_chunk *first, *last; /* that nobody has taken yet */
	struct ring_chunk *taken;	/* by the library, and in use */
	struct ring_chunk *part;	/* read, but not whole */
	uint64_t latest_ts;		/* of the latest sub-buffer, when it begins */
	bool more;			/* it may not be empty */
};

struct rings {
	const struct tracing *tracing;
	struct ring *list;
	unsigned int nr;		/* CPUs */
	uint32_t subbuf_bytes;
	struct ring_chunk *unused;
	uint64_t queued;		/* bytes that nobody has taken yet */
	uint64_t bytes;			/* read in all */
	unsigned int unread;		/* CPUs that could not be read any more */
	bool failed;			/* no memory: said */
	/* Who looks at whole sub-buffers as they come; NULL: nobody */
	void (*see)(void *arg, unsigned int cpu, const uint8_t *data, size_t len);
	void *see_arg;
};

/* Return -1 after an error; rings_close() also then. */
int rings_open(struct rings *r, const struct tracing *t);
void rings_close(struct rings *r);
/* Nothing more is read, but what was read is there. */
void rings_hang_up(struct rings *r);

/*
 * Read what there is, or some of it if that is much.  @until: all events before this time
 * have been read by now.  Return how many bytes of whole sub-buffers there were.
 */
size_t rings_round(struct rings *r, uint64_t *until);

/* Is there more to read at once? */
bool rings_have_more(const struct rings *r);

/* Have all ended?  Those of a kernel do not. */
bool rings_ended(const struct rings *r);

/*
 * Wait until one of them has something, @fd can be read, or for @ms.  Return -1 if
 * whoever had the other end of @fd is gone.
 */
int rings_wait(const struct rings *r, int fd, int ms);

/* For struct kvx_live */
size_t rings_next(struct rings *r, unsigned int cpu, unsigned char **data);

#endif /* ANALYZER_LIVE_RINGS_H */
