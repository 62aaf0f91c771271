// SPDX-License-Identifier: GPL-2.0
#include "base/deflate.h"

#include <stdlib.h>

#ifdef DEFLATE_ISAL
#include <isa-l/igzip_lib.h>

struct deflate {
	struct isal_zstream stream;
	uint8_t room[ISAL_DEF_LVL1_DEFAULT];
};

/* Codes of each block's own: they take no longer than fixed ones, and a tenth less room. */
#define LEVEL		1

struct deflate *deflate_alloc(void)
{
	/* hist_bits is what isal_deflate_stateless_init() does not set: 0 is all there are. */
	return calloc(1, sizeof(struct deflate));
}

void deflate_free(struct deflate *d)
{
	free(d);
}

size_t deflate_block(struct deflate *d, const void *from, size_t nr, void *to)
{
	const size_t max = deflate_bound(nr);
	struct isal_zstream *s = &d->stream;

	isal_deflate_stateless_init(s);
	s->level = LEVEL;
	s->level_buf = d->room;
	s->level_buf_size = sizeof(d->room);
	s->gzip_flag = IGZIP_ZLIB;
	s->end_of_stream = 1;
	/* It is only read. */
	s->next_in = (uint8_t *)from;
	s->avail_in = nr;
	s->next_out = to;
	s->avail_out = max;
	return isal_deflate_stateless(s) == COMP_OK && !s->avail_in ? max - s->avail_out : 0;
}
#else
#include <libdeflate.h>

/* The fastest: it takes half as many instructions as zlib's. */
#define LEVEL		1

struct deflate {
	struct libdeflate_compressor *compressor;
};

struct deflate *deflate_alloc(void)
{
	struct deflate *d = malloc(sizeof(*d));

	if (!d)
		return NULL;
	d->compressor = libdeflate_alloc_compressor(LEVEL);
	if (d->compressor)
		return d;
	free(d);
	return NULL;
}

void deflate_free(struct deflate *d)
{
	if (d)
		libdeflate_free_compressor(d->compressor);
	free(d);
}

size_t deflate_block(struct deflate *d, const void *from, size_t nr, void *to)
{
	return libdeflate_zlib_compress(d->compressor, from, nr, to, deflate_bound(nr));
}
#endif

/*
 * Stored, in pieces that are far below the 65535 bytes that one can have, with a head of 5
 * bytes each; and the head and the checksum of all.
 */
size_t deflate_bound(size_t nr)
{
	return nr + (nr / 4096 + 2) * 5 + 64;
}
