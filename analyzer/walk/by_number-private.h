/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What by_number-slices.c takes to read all: one walk, or one slice of it.
 */
#ifndef ANALYZER_BY_NUMBER_PRIVATE_H
#define ANALYZER_BY_NUMBER_PRIVATE_H

#include "walk/by_number.h"

/* All but the streams, for so many threads; by_number_release() also after a failure */
int by_number_init(struct by_number *w, unsigned int threads);
void by_number_release(struct by_number *w);

/* All streams, or their parts in slice w->number, which share memory with @parts */
int by_number_open_streams(struct by_number *w);
int by_number_open_slice(struct by_number *w, const struct number_slices *cut,
			 unsigned int parts);

/* Each stream holds its first exit; of a later slice, the first that belongs to it. */
int by_number_read_first(struct by_number *w);
int by_number_begin_slice(struct by_number *w, const struct number_slices *cut);

/* Read up to where the slice ends, or all. */
int by_number_read_windows(struct by_number *w);

/* What was counted outside of streams */
void by_number_add_shards(struct by_number *w, const struct by_number *from);

/* All was read: join what streams know, of which so many have exits to be joined. */
int by_number_finish(struct by_number *w, size_t nr_pairs);

#endif /* ANALYZER_BY_NUMBER_PRIVATE_H */
