// SPDX-License-Identifier: GPL-2.0
#include "source/swap.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/error.h"

struct swaps *swaps_alloc(void)
{
	struct swaps *s = calloc(1, sizeof(*s));

	if (!s)
		error("out of memory: event formats");
	return s;
}

void swaps_free(struct swaps *s)
{
	if (s)
		free(s->fields);
	free(s);
}

int swaps_add(struct swaps *s, unsigned int offset, unsigned int bytes)
{
	if ((bytes != 2 && bytes != 4 && bytes != 8) || offset < 2 ||
	    offset > UINT16_MAX)
		return 0;
	if (array_room(s->fields, s->nr, s->allocated, "fields of events") < 0)
		return -1;
	s->fields[s->nr++] = (struct swap_field){ offset, bytes };
	return 0;
}

static int compare_fields(const void *a, const void *b)
{
	const struct swap_field *x = a, *y = b;

	return x->offset != y->offset ? x->offset - y->offset :
					x->bytes - y->bytes;
}

void swaps_finish_event(struct swaps *s, uint16_t id)
{
	uint32_t first = s->used, nr = 0, i;
	struct swap_field *f;

	/* No event has the id 0. */
	if (s->nr == first || !id || s->events[id].nr) {
		s->nr = first;
		return;
	}
	f = s->fields + first;
	qsort(f, s->nr - first, sizeof(*f), compare_fields);
	for (i = 0; i < s->nr - first; i++)
		if (!nr || f[i].offset >= f[nr - 1].offset + f[nr - 1].bytes)
			f[nr++] = f[i];
	s->events[id] = (struct swap_event){ first, nr };
	s->nr = first + nr;
	s->used = s->nr;
}

static void swap_bytes(uint8_t *p, unsigned int bytes)
{
	uint64_t v64;
	uint32_t v32;
	uint16_t v16;

	switch (bytes) {
	case 2:
		memcpy(&v16, p, 2);
		v16 = __builtin_bswap16(v16);
		memcpy(p, &v16, 2);
		break;
	case 4:
		memcpy(&v32, p, 4);
		v32 = __builtin_bswap32(v32);
		memcpy(p, &v32, 4);
		break;
	case 8:
		memcpy(&v64, p, 8);
		v64 = __builtin_bswap64(v64);
		memcpy(p, &v64, 8);
		break;
	}
}

/* An event of @len bytes: at least 4 */
static void swap_event(const struct swaps *s, uint8_t *p, size_t len)
{
	const struct swap_event *e = &s->events[p[0] << 8 | p[1]];
	const struct swap_field *f;
	uint32_t i;

	swap_bytes(p, 2);
	for (i = 0; i < e->nr; i++) {
		f = &s->fields[e->first + i];
		if (f->offset + (size_t)f->bytes > len)
			break;
		swap_bytes(p + f->offset, f->bytes);
	}
}

/* The word at @p, which is turned, as a number */
static uint32_t swap_word(uint8_t *p)
{
	swap_bytes(p, 4);
	return subbuf_u32(p);
}

/*
 * The first word of a record: a big-endian compiler puts the bit field
 * type_len, of 5 bits, before time_delta, which is at the top.
 */
static uint32_t swap_head(uint8_t *p)
{
	uint32_t word = swap_word(p);

	word = word >> 27 | word << 5;
	word = htole32(word);
	memcpy(p, &word, sizeof(word));
	return subbuf_u32(p);
}

/*
 * A record of no more than @left bytes that has a second word.  Return how many
 * it takes, 0 if it is damaged: see subbuf_next_special().
 */
static size_t swap_special(const struct swaps *s, uint8_t *p, uint32_t type,
			   size_t left)
{
	uint32_t word;

	if (left < 8)
		return 0;
	word = swap_word(p + 4);
	if (type == SUBBUF_TYPE_TIME_EXTEND || type == SUBBUF_TYPE_TIME_STAMP)
		return 8;
	if (word < (type ? 4 : 8) || word > left - 4)
		return 0;
	word = (word + 3) & ~3u;
	if (!type)
		swap_event(s, p + 8, word - 4);
	return 4 + (size_t)word;
}

static void swap_records(const struct swaps *s, uint8_t *p, size_t left)
{
	uint32_t head, type;
	size_t len;

	while (left) {
		head = swap_head(p);
		type = head & 31;
		if (type == SUBBUF_TYPE_PADDING && !(head >> 5))
			return;
		if (type && type < SUBBUF_TYPE_PADDING) {
			len = 4 + (size_t)type * 4;
			if (len > left)
				return;
			swap_event(s, p + 4, len - 4);
		} else {
			len = swap_special(s, p, type, left);
			if (!len)
				return;
		}
		p += len;
		left -= len;
	}
}

void swap_subbuf(const struct subbuf_format *f, uint8_t *data, size_t len)
{
	uint32_t commit, stored;

	if (len > f->subbuf_bytes)
		len = f->subbuf_bytes;
	if (len < f->data_offset)
		return;
	swap_bytes(data, 8);
	swap_bytes(data + f->commit_offset, f->long_bytes);
	commit = subbuf_u32(data + f->commit_offset) & ~SUBBUF_MISSED_MASK;
	len -= f->data_offset;
	if (commit > len || commit % 4)
		return;
	stored = f->data_offset + commit;
	if (len - commit >= f->long_bytes)
		swap_bytes(data + stored, f->long_bytes);
	swap_records(f->swaps, data + f->data_offset, commit);
}
