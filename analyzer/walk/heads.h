/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which streams go on in the next window (by_number.h): each of them has an entry
 * at its head that was beyond the one before.  What is asked for is the lowest of
 * all, and then which are in the window that begins with it, so that a window
 * costs as much as the streams that are in it, not as all there are.
 *
 *	heads_init(&h, nr_streams);		all are in the first window
 *	for (;;) {
 *		... advance streams h.in[0] to h.in[h.nr_in - 1]
 *		heads_clear(&h);
 *		for those that hold an entry back
 *			heads_add(&h, stream, epoch, seq);
 *		if (!heads_any(&h))
 *			break;
 *		... begin a window at the entry of stream heads_first(&h)
 *		heads_take(&h, epoch, base, span);
 *	}
 *	heads_release(&h);
 */
#ifndef ANALYZER_HEADS_H
#define ANALYZER_HEADS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/merge.h"

struct heads {
	struct merge merge;	/* by epoch, seq and stream */
	uint32_t *in;		/* the streams in the window */
	uint32_t nr_in;
};

/* Return -1 if memory is short; heads_release() is allowed then, too. */
static inline int heads_init(struct heads *h, uint32_t streams)
{
	h->in = calloc(streams + 1, sizeof(*h->in));
	if (merge_init(&h->merge, streams) < 0 || !h->in)
		return -1;
	for (h->nr_in = 0; h->nr_in < streams; h->nr_in++)
		h->in[h->nr_in] = h->nr_in;
	return 0;
}

static inline void heads_release(struct heads *h)
{
	merge_release(&h->merge);
	free(h->in);
}

/* What was in the window has been dealt with. */
static inline void heads_clear(struct heads *h)
{
	h->nr_in = 0;
}

static inline void heads_add(struct heads *h, uint32_t stream, uint32_t epoch,
			     uint64_t seq)
{
	merge_add_item(&h->merge, (merge_item)epoch << 96 |
				  (merge_item)seq << 32 | stream);
}

static inline bool heads_any(const struct heads *h)
{
	return h->merge.nr;
}

static inline uint32_t heads_first(const struct heads *h)
{
	return merge_first(&h->merge);
}

static inline merge_item heads_first_item(const struct heads *h)
{
	return merge_first_item(&h->merge);
}

/* The streams whose entries are of @epoch, and among the @span from @base on */
static inline void heads_take(struct heads *h, uint32_t epoch, uint64_t base,
			      uint64_t span)
{
	merge_item first;

	while (h->merge.nr) {
		first = merge_first_item(&h->merge);
		if (first >> 96 != epoch || (uint64_t)(first >> 32) - base >= span)
			break;
		h->in[h->nr_in++] = first;
		merge_drop(&h->merge);
	}
}

#endif /* ANALYZER_HEADS_H */
