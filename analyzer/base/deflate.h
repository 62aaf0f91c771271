/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Compression of one block at a time to a zlib stream (RFC 1950), as fast as a library can:
 * igzip of ISA-L where the analyzer is built with it, libdeflate elsewhere.  Which one it is
 * depends on what is installed (packages.mk).
 *
 * A struct deflate is reused for any number of blocks, by one thread at a time.
 */
#ifndef ANALYZER_DEFLATE_H
#define ANALYZER_DEFLATE_H

#include <stddef.h>

struct deflate;

/* NULL: out of memory. */
struct deflate *deflate_alloc(void);

/* @d may be NULL. */
void deflate_free(struct deflate *d);

/* The most bytes that @nr bytes become */
size_t deflate_bound(size_t nr);

/*
 * Compress the @nr bytes at @from to @to, which has room for deflate_bound().  Return how
 * many bytes it took; 0: it failed.
 */
size_t deflate_block(struct deflate *d, const void *from, size_t nr, void *to);

#endif /* ANALYZER_DEFLATE_H */
