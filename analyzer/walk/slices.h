/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording -> slices of time, for the walk by time (by_time.h) on several
 * threads: each merges one slice of all CPUs, with state of its own.
 *
 * The header of each sub-buffer has a time stamp, so where a slice begins in a
 * stream takes a binary search.  That supposes that time goes on, which a file need
 * not obey: so the search is a guess.  By definition the slice of a time begins at
 * the first item of each stream, event or gap, that is not before that time; it is
 * there that the walk, which always has the earliest of all streams, is when no
 * item before that time is left.  by_time_join() looks whether the slice before
 * ended where this one began.  If not, or if time went back anywhere, all is read
 * once more, by one thread: that is slow, and right.
 *
 * So what is printed does not depend on how many slices there are.
 */
#ifndef ANALYZER_SLICES_H
#define ANALYZER_SLICES_H

#include <stdint.h>

#include "parse.h"
#include "source/source.h"

/* Less than this many bytes are not worth a thread. */
#define SLICES_BYTES_MIN	(2u << 20)

/* What the user allows */
struct slicing {
	unsigned int threads;	/* 0 is taken for 1; at most THREADS_MAX */
	uint64_t bytes_min;	/* in each slice; 0: SLICES_BYTES_MIN */
};

struct slices {
	unsigned int nr;	/* 1: it is not cut */
	unsigned int nr_streams;
	uint64_t *begin;	/* of each slice: a time; 0 of the first one */
	uint64_t *offset;	/* of each slice, in each stream: not behind where
				   it begins */
};

/* Slices of as many bytes, one for each thread.  Return -1 only if memory is short. */
int slices_init(struct slices *s, const struct source *src,
		const struct parse *p, struct slicing slicing);
void slices_release(struct slices *s);

static inline uint64_t slices_offset(const struct slices *s, unsigned int slice,
				     unsigned int stream)
{
	return s->offset[(size_t)slice * s->nr_streams + stream];
}

#endif /* ANALYZER_SLICES_H */
