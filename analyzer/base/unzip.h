/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Decompression of one block at a time, of a size that is known before.
 *
 * A struct unzip is reused for any number of blocks, by one thread at a time.
 */
#ifndef ANALYZER_UNZIP_H
#define ANALYZER_UNZIP_H

#include <stddef.h>
#include <stdint.h>

enum unzip_kind {
	UNZIP_NONE,
	UNZIP_ZSTD,
	UNZIP_ZLIB,
};

struct unzip;

/* Find the algorithm that trace-cmd calls @name: 0, or -1 if unknown. */
int unzip_find(enum unzip_kind *kind, const char *name);

/* NULL: out of memory. */
struct unzip *unzip_alloc(enum unzip_kind kind);

/* @z may be NULL. */
void unzip_free(struct unzip *z);

/*
 * Decompress the @src_len bytes at @src into exactly @dst_len bytes at @dst.
 * Return NULL, or what is wrong, in words.
 */
const char *unzip_block(struct unzip *z, void *dst, size_t dst_len,
			const void *src, size_t src_len);

/*
 * The most bytes that an honest compressor makes of @len bytes; above both
 * ZSTD_compressBound() and compressBound().
 */
static inline uint64_t unzip_bound(uint32_t len)
{
	return (uint64_t)len + len / 64 + 1024;
}

#endif /* ANALYZER_UNZIP_H */
