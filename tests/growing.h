/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A source that grows (source/source.h): another one, of which pages are there bit
 * by bit, some of some CPU each time that it is waited for.
 */
#ifndef TESTS_GROWING_H
#define TESTS_GROWING_H

#include "source/source.h"

/*
 * @from is left open, and must be a plain trace.dat.  @seed says in which order its
 * pages come, @most how many at once.  Return NULL if memory is short.
 */
struct source *growing_open(const struct source *from, uint32_t subbuf_bytes,
			    uint64_t seed, unsigned int most);

/* How often it was waited for */
uint64_t growing_waits(const struct source *src);

#endif /* TESTS_GROWING_H */
