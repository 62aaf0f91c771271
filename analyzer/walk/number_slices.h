/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording with stamps -> slices, for the walk by number (by_number.h) on several
 * threads: each slice has all exits from one number to another, of all CPUs.
 *
 * Numbers ascend in each stream, so it takes a binary search to find where a slice
 * begins there: at the first exit that is not below its number.  A stream that has no
 * exit for a while is cut where a sub-buffer begins, by time.  How a file is cut
 * depends on the file alone, not on how many threads read it: so these change nothing
 * of what is printed, whatever the file says.
 *
 * All this is a guess, as numbers and times need not ascend in a file: who reads two
 * slices in a row sees whether one ends where the next one begins.
 */
#ifndef ANALYZER_NUMBER_SLICES_H
#define ANALYZER_NUMBER_SLICES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/merge.h"
#include "parse.h"
#include "source/source.h"

/* So many at most, and this many bytes in each, unless a test wants less. */
#define NUMBER_SLICES_MAX	16u
#define NUMBER_SLICES_BYTES	(16u << 20)

/* Where a slice is in one stream: whole sub-buffers */
struct number_place {
	uint64_t offset, end;
	bool has_end;
	bool skips;		/* to the first exit that is not below where the slice
				   begins; else it begins with the first record */
};

/* Zeroed: it is not cut. */
struct number_slices {
	unsigned int nr;
	unsigned int nr_streams;
	merge_item *begin;	/* of each slice: number_slices_item(); 0 of the first */
	struct number_place *places;
};

static inline merge_item number_slices_item(uint32_t epoch, uint64_t seq)
{
	return (merge_item)epoch << 96 | (merge_item)seq << 32;
}

/* @bytes: at least, in a slice; 0: the above.  Return -1 only if memory is short. */
int number_slices_init(struct number_slices *s, const struct source *src,
		       const struct parse *p, uint64_t bytes);
void number_slices_release(struct number_slices *s);

static inline struct number_place *
number_slices_place(const struct number_slices *s, unsigned int slice,
		    unsigned int stream)
{
	return &s->places[(size_t)slice * s->nr_streams + stream];
}

#endif /* ANALYZER_NUMBER_SLICES_H */
