/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Single sub-buffers of a source, anywhere in it: to look where it can be cut into slices
 * (slices.h, number_slices.h).
 */
#ifndef ANALYZER_PAGES_H
#define ANALYZER_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "source/source.h"
#include "source/subbuf.h"

/* What all streams of all slices may buffer together, as in one slice */
#define PAGES_BUFFERS_MAX	(16u << 20)	/* bytes */

struct pages {
	const struct source *src;	/* source_has_parts() */
	const struct subbuf_format *format;
	uint8_t *buf;			/* room for one */
};

/* How many bytes of a stream are in the file, and how many whole sub-buffers */
uint64_t pages_bytes(const struct pages *p, unsigned int stream);
uint64_t pages_nr(const struct pages *p, unsigned int stream);

/* @sb is valid until the next one is loaded.  Return false if there is none, or it is damaged. */
bool pages_load(const struct pages *p, unsigned int stream, uint64_t page,
		struct subbuf *sb);

#endif /* ANALYZER_PAGES_H */
