/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Compression of data whose writer knows where it repeats itself: to zlib's format
 * (RFC 1950 and 1951), which any inflate() reads.
 *
 * What a compressor spends most of its time on is to look for strings that were there
 * before.  A writer of many small messages from few templates knows: only some numbers
 * in them change, and all that is between two of these was written before as a whole,
 * or not at all.  So it says where its numbers are, and one look into a table for each
 * piece between two of them is most of what is left.  libdeflate's fastest takes 31
 * instructions for a byte of a timeline, this one takes 13.
 *
 * What the writer says is a hint: whatever it says, the result is the same data.
 */
#ifndef ANALYZER_DEFLATE_H
#define ANALYZER_DEFLATE_H

#include <stddef.h>
#include <stdint.h>

/* What changes, from @from up to @to, which may be the same: then two pieces meet there. */
struct deflate_hole {
	uint32_t from, to;
};

struct deflate;

/* NULL: memory is short */
struct deflate *deflate_alloc(void);
void deflate_free(struct deflate *d);

/* What deflate_zlib() writes at most, for @nr bytes */
size_t deflate_bound(size_t nr);

/* Holes are in the order of @from, and do not overlap.  Return the bytes written to @out. */
size_t deflate_zlib(struct deflate *d, const uint8_t *data, size_t nr,
		    const struct deflate_hole *holes, size_t nr_holes, uint8_t *out);

#endif /* ANALYZER_DEFLATE_H */
