/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fields of protocol buffers, written one after the other to memory.
 *
 * The encoding is that of https://protobuf.dev/programming-guides/encoding/: a key, which
 * is the field's number and its wire type, then a varint (base/varint.h), or a length and
 * as many bytes.  A message within a message is such bytes, too:
 *
 *	at = protobuf_begin(&b, FIELD);
 *	... its fields
 *	protobuf_end(&b, at);
 *
 * The caller sees to it that there is room: PROTOBUF_FIELD_MAX for each field, and the
 * length of texts.
 */
#ifndef ANALYZER_PROTOBUF_H
#define ANALYZER_PROTOBUF_H

#include <stdint.h>
#include <string.h>

#include "base/compiler.h"
#include "base/varint.h"

#define PROTOBUF_FIELD_MAX	(2 * VARINT_MAX)

enum protobuf_wire_type {
	PROTOBUF_VARINT = 0,
	PROTOBUF_BYTES = 2,
};

struct protobuf {
	uint8_t *data;			/* the caller's */
	size_t nr;			/* bytes that are written */
};

/* As varint_put(), which has numbers of 128 bits */
ALWAYS_INLINE void protobuf_varint(struct protobuf *b, uint64_t v)
{
	uint8_t *to = b->data + b->nr;

	for (; v >= 0x80; v >>= 7)
		*to++ = v | 0x80;
	*to++ = v;
	b->nr = to - b->data;
}

ALWAYS_INLINE void protobuf_key(struct protobuf *b, unsigned int field,
				enum protobuf_wire_type type)
{
	protobuf_varint(b, field << 3 | type);
}

ALWAYS_INLINE void protobuf_uint(struct protobuf *b, unsigned int field, uint64_t v)
{
	protobuf_key(b, field, PROTOBUF_VARINT);
	protobuf_varint(b, v);
}

static inline void protobuf_text(struct protobuf *b, unsigned int field,
				 const char *text)
{
	const size_t len = strlen(text);

	protobuf_key(b, field, PROTOBUF_BYTES);
	protobuf_varint(b, len);
	memcpy(b->data + b->nr, text, len);
	b->nr += len;
}

/* Return where the message begins, for protobuf_end(). */
ALWAYS_INLINE size_t protobuf_begin(struct protobuf *b, unsigned int field)
{
	protobuf_key(b, field, PROTOBUF_BYTES);
	return ++b->nr;
}

/* A length of one byte was left room for: a longer one moves the message. */
ALWAYS_INLINE void protobuf_end(struct protobuf *b, size_t at)
{
	const size_t len = b->nr - at;
	uint8_t bytes[VARINT_MAX];
	size_t nr;

	if (likely(len < 0x80)) {
		b->data[at - 1] = len;
		return;
	}
	nr = varint_put(bytes, len);
	memmove(b->data + at - 1 + nr, b->data + at, len);
	memcpy(b->data + at - 1, bytes, nr);
	b->nr += nr - 1;
}

/* The same, of a message that is shorter than 128 bytes */
ALWAYS_INLINE void protobuf_end_short(const struct protobuf *b, size_t at)
{
	b->data[at - 1] = b->nr - at;
}

#endif /* ANALYZER_PROTOBUF_H */
