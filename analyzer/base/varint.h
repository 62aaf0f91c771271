/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers of up to 128 bits in as few bytes as they need: 7 bits in each, the lowest
 * first; bit 7 says that more follow (LEB128).  A number has one form only: the last
 * byte is not 0, but for that of 0 itself.
 */
#ifndef ANALYZER_VARINT_H
#define ANALYZER_VARINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VARINT_MAX	19u		/* bytes of a number */

/* Write @v to @to, which has room for VARINT_MAX bytes.  Return how many it took. */
static inline size_t varint_put(uint8_t *to, unsigned __int128 v)
{
	size_t n = 0;

	for (; v >= 0x80; v >>= 7)
		to[n++] = v | 0x80;
	to[n++] = v;
	return n;
}

/*
 * Read a number from the bytes from *@pos up to @end, and go on behind it.  Return
 * false if they do not hold one in its form; *@pos stays.
 */
static inline bool varint_get(const uint8_t **pos, const uint8_t *end,
			      unsigned __int128 *v)
{
	const uint8_t *p = *pos;
	unsigned int shift;
	uint8_t byte;

	*v = 0;
	for (shift = 0; p < end && shift < 128; shift += 7) {
		byte = *p++;
		/* The last one has room for two bits. */
		if (shift == 126 && byte > 3)
			return false;
		*v |= (unsigned __int128)(byte & 0x7f) << shift;
		if (byte & 0x80)
			continue;
		if (!byte && shift)
			return false;
		*pos = p;
		return true;
	}
	return false;
}

#endif /* ANALYZER_VARINT_H */
