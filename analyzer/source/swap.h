/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings of big-endian machines.
 *
 * A sub-buffer is turned into what a little-endian kernel of the same word size
 * would have written, in place, once, when it has been read.  Whoever reads
 * records and fields after that does not know: no loop has a branch for it.
 *
 * To turn an event's fields, one has to know where they are: that is struct
 * swaps, made of the event formats.  What no format says stays as it is.
 */
#ifndef ANALYZER_SWAP_H
#define ANALYZER_SWAP_H

#include <stddef.h>
#include <stdint.h>

#include "source/subbuf.h"

/* An integer field of 2, 4 or 8 bytes */
struct swap_field {
	uint16_t offset, bytes;
};

struct swap_event {
	uint32_t first, nr;	/* in swaps.fields: ascending, none overlap */
};

struct swaps {
	struct swap_event events[65536];	/* by id */
	struct swap_field *fields;
	uint32_t nr;
	size_t allocated;
	uint32_t used;			/* of nr: by events */
};

/* NULL: out of memory.  swaps_free() takes NULL. */
struct swaps *swaps_alloc(void);
void swaps_free(struct swaps *s);

/*
 * Add one field of an event, at any place but its id, which is known.  A size that
 * is no integer's is left out.  Return -1 only if memory is short.
 */
int swaps_add(struct swaps *s, unsigned int offset, unsigned int bytes);

/*
 * The fields since the last call are those of event @id; of several such events
 * the first one stays.  Of fields that overlap, the one that begins first stays.
 */
void swaps_finish_event(struct swaps *s, uint16_t id);

/*
 * Turn the sub-buffer in the @len bytes at @data, of which there may be more or
 * less than one.  What is damaged is turned up to where the damage is: it is
 * found there again when it is read.
 */
void swap_subbuf(const struct subbuf_format *f, uint8_t *data, size_t len);

#endif /* ANALYZER_SWAP_H */
