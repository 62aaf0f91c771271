// SPDX-License-Identifier: GPL-2.0
#include "base/deflate.h"

#include <endian.h>
#include <libdeflate.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"

/* RFC 1951: 3.2.5 */
#define MATCH_MIN	4u		/* 3 there, which are not worth it */
#define MATCH_MAX	258u
#define DISTANCE_MAX	32768u
#define END_OF_BLOCK	256u
#define LENGTH_FIRST	257u		/* symbol */
#define LITERALS	286u		/* and lengths: symbols */
#define DISTANCES	30u
#define BITS_MAX	15u		/* of a symbol */
#define LENGTH_CODES	19u

#define TABLE_BITS	12u
#define PIECE_LONG	8u		/* bytes of which a piece's ends are looked at */

/*
 * Codes are by the first bytes of the data, which have all that comes later in about the
 * same numbers: so what comes later need not be kept until it is counted.
 */
#define SAMPLE_BYTES	(32u << 10)

/* Literals, then a match; length 0: there is none, at the end */
struct sequence {
	uint32_t literals;
	uint32_t length;
	uint32_t distance;
};

/* A symbol's bits, the first one the lowest, above how many they are */
#define CODE_SHIFT	5u

struct code {
	uint32_t frequency[LITERALS];
	uint32_t bits[LITERALS];
	uint8_t length[LITERALS];
};

struct deflate {
	uint32_t latest[1u << TABLE_BITS];	/* where a piece was last, from 1 on */
	struct code literals, distances;
	uint8_t length_symbol[MATCH_MAX + 1];	/* less LENGTH_FIRST */
	uint32_t length_bits[MATCH_MAX + 1];	/* with the extra ones, as in a code */
	struct sequence sequences[SAMPLE_BYTES / MATCH_MIN + 1];
	size_t nr;
};

/* What is read, and how far */
struct input {
	const uint8_t *data;
	size_t nr;
	const struct deflate_hole *holes;
	size_t nr_holes;
	size_t hole;			/* the next one */
	size_t done;			/* bytes that are in sequences */
};

static const uint16_t length_base[] = {
	3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83,
	99, 115, 131, 163, 195, 227, 258,
};

static const uint8_t length_extra[] = {
	0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5,
	5, 0,
};

static const uint8_t distance_extra[DISTANCES] = {
	0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11,
	12, 12, 13, 13,
};

#define LENGTHS		(sizeof(length_extra) / sizeof(length_extra[0]))

struct deflate *deflate_alloc(void)
{
	struct deflate *d = calloc(1, sizeof(*d));
	unsigned int i, length;

	for (i = 0; d && i < LENGTHS; i++)
		for (length = length_base[i]; length <= MATCH_MAX; length++)
			d->length_symbol[length] = i;
	return d;
}

void deflate_free(struct deflate *d)
{
	free(d);
}

/* BITS_MAX for a literal, and a match is not longer than what it stands for */
size_t deflate_bound(size_t nr)
{
	return nr * 2 + 1024;
}

/* What repeats */

static inline uint64_t load_u64(const uint8_t *from)
{
	uint64_t v;

	memcpy(&v, from, sizeof(v));
	return v;
}

static inline uint32_t load_u32(const uint8_t *from)
{
	uint32_t v;

	memcpy(&v, from, sizeof(v));
	return v;
}

/* By the first and the last bytes of a piece, which have all of most pieces */
ALWAYS_INLINE uint32_t piece_hash(const uint8_t *piece, size_t nr)
{
	uint64_t first, last;

	if (nr >= PIECE_LONG) {
		first = load_u64(piece);
		last = load_u64(piece + nr - 8);
	} else {
		first = load_u32(piece);
		last = load_u32(piece + nr - 4);
	}
	first *= 0x9e3779b97f4a7c15;
	return ((first ^ last) * 0xd6e8feb86659fd93 + (first >> 32)) >> (64 - TABLE_BITS);
}

/* How many bytes are the same, of at most @max? */
ALWAYS_INLINE size_t same_bytes(const uint8_t *a, const uint8_t *b, size_t max)
{
	size_t nr = 0;
	uint64_t differ;

	while (nr + 8 <= max) {
		differ = load_u64(a + nr) ^ load_u64(b + nr);
		if (differ)
			return nr + __builtin_ctzll(htole64(differ)) / 8;
		nr += 8;
	}
	while (nr < max && a[nr] == b[nr])
		nr++;
	return nr;
}

/* Two for each power of two, from 2 on */
ALWAYS_INLINE unsigned int distance_symbol(uint32_t less_1)
{
	const unsigned int high = 31 - __builtin_clz(less_1 | 2);

	return less_1 < 2 ? less_1 : 2 * high - 2 + (less_1 >> (high - 1));
}

/* The bytes from @at on that were there before, for the piece of @nr bytes */
ALWAYS_INLINE size_t find_match(struct deflate *d, const uint8_t *data, size_t at,
				size_t nr, size_t end, size_t *distance)
{
	uint32_t *latest = &d->latest[piece_hash(data + at, nr)];
	const size_t before = *latest;
	size_t max = end - at;

	*latest = at + 1;
	*distance = at + 1 - before;
	/* It may be this one: pieces of several lengths begin here. */
	if (!before || *distance - 1 >= DISTANCE_MAX)
		return 0;
	return same_bytes(data + at, data + before - 1, max < MATCH_MAX ? max : MATCH_MAX);
}

/*
 * A match goes on beyond its piece, up to @end.  Return where it ends: one that would end
 * within a piece ends before it, so that the piece is found as a whole.
 */
ALWAYS_INLINE size_t pass_holes(struct input *in, size_t end)
{
	size_t hole = in->hole;

	while (hole + 1 < in->nr_holes && in->holes[hole + 1].from <= end)
		hole++;
	in->hole = hole;
	return in->holes[hole].to < end ? in->holes[hole].to : end;
}

/*
 * What from @from on was there before: the number up to @pos with the piece behind it,
 * up to @end; or that piece, or its begin, then @from is @pos.  Return its length.
 */
ALWAYS_INLINE size_t find_message(struct deflate *d, const struct input *in, size_t *from,
				  size_t pos, size_t end, size_t *distance)
{
	size_t length;

	if (*from != pos && *from >= in->done) {
		length = find_match(d, in->data, *from, end - *from, in->nr, distance);
		if (length >= pos - *from + MATCH_MIN)
			return length;
	}
	*from = pos;
	length = find_match(d, in->data, pos, end - pos, in->nr, distance);
	if (likely(length >= MATCH_MIN) || end - pos <= PIECE_LONG)
		return length;
	return find_match(d, in->data, pos, PIECE_LONG, in->nr, distance);
}

/* Of the next piece that was there before.  Return false if there is none any more. */
ALWAYS_INLINE bool next_sequence(struct deflate *d, struct input *in, struct sequence *s)
{
	size_t from, pos, end, length, distance;

	while (in->hole < in->nr_holes) {
		from = in->holes[in->hole].from;
		pos = in->holes[in->hole++].to;
		end = in->hole < in->nr_holes ? in->holes[in->hole].from : in->nr;
		if (end - pos < MATCH_MIN)
			continue;
		length = find_message(d, in, &from, pos, end, &distance);
		if (length < MATCH_MIN)
			continue;
		if (length > end - from && in->hole < in->nr_holes)
			length = pass_holes(in, from + length) - from;
		*s = (struct sequence){ from - in->done, length, distance };
		in->done = from + length;
		return true;
	}
	return false;
}

/* The first ones, which are counted, and kept */
static void sample(struct deflate *d, struct input *in)
{
	const uint8_t *data = in->data;
	struct sequence *s;
	uint32_t i;

	d->nr = 0;
	while (in->done < SAMPLE_BYTES && in->hole < in->nr_holes) {
		s = &d->sequences[d->nr];
		if (!next_sequence(d, in, s))
			break;
		for (i = 0; i < s->literals; i++)
			d->literals.frequency[data[i]]++;
		data += s->literals + s->length;
		d->literals.frequency[LENGTH_FIRST + d->length_symbol[s->length]]++;
		d->distances.frequency[distance_symbol(s->distance - 1)]++;
		d->nr++;
	}
	/* Without any, these are all that there is. */
	for (; data < in->data + in->nr && (size_t)(data - in->data) < SAMPLE_BYTES; data++)
		d->literals.frequency[*data]++;
}

/* Codes: those of Huffman */

struct node {
	uint32_t frequency;
	uint16_t parent;		/* or, of a leaf, until it is known: its symbol */
};

static int compare_nodes(const void *a, const void *b)
{
	const struct node *x = a, *y = b;

	if (x->frequency != y->frequency)
		return x->frequency < y->frequency ? -1 : 1;
	return x->parent < y->parent ? -1 : x->parent > y->parent;
}

/*
 * @nr leaves, ascending: inner nodes follow, ascending too, so that the lowest of all is
 * the first of one of the two rows.  The last one is the root.
 */
static void join_nodes(struct node *nodes, unsigned int nr)
{
	unsigned int leaf = 0, inner = nr, next, side, low;

	for (next = nr; next < 2 * nr - 1; next++) {
		nodes[next].frequency = 0;
		for (side = 0; side < 2; side++) {
			low = leaf < nr && (inner == next ||
					    nodes[leaf].frequency <= nodes[inner].frequency) ?
			      leaf++ : inner++;
			nodes[next].frequency += nodes[low].frequency;
			nodes[low].parent = next;
		}
	}
}

/* How long each symbol's code is; return false if one is longer than may be. */
static bool set_lengths(struct code *c, const struct node *leaves, unsigned int nr)
{
	struct node nodes[2 * LITERALS];
	uint8_t depth[2 * LITERALS];
	unsigned int i;

	memcpy(nodes, leaves, nr * sizeof(*nodes));
	join_nodes(nodes, nr);
	depth[2 * nr - 2] = 0;
	for (i = 2 * nr - 2; i-- > 0; ) {
		depth[i] = depth[nodes[i].parent] + 1;
		if (depth[i] > BITS_MAX)
			return false;
	}
	for (i = 0; i < nr; i++)
		c->length[leaves[i].parent] = depth[i];
	return true;
}

/* The first bit of a code is sent first, and bits are sent from the lowest one on. */
static uint32_t reverse(uint32_t v, unsigned int nr)
{
	uint32_t r = 0;

	for (; nr; nr--, v >>= 1)
		r = r << 1 | (v & 1);
	return r;
}

/* RFC 1951: 3.2.2 */
static void assign_bits(struct code *c, unsigned int nr)
{
	uint32_t count[BITS_MAX + 1] = { 0 }, next[BITS_MAX + 1] = { 0 };
	unsigned int i;

	for (i = 0; i < nr; i++)
		count[c->length[i]]++;
	count[0] = 0;
	for (i = 1; i <= BITS_MAX; i++)
		next[i] = (next[i - 1] + count[i - 1]) << 1;
	for (i = 0; i < nr; i++)
		if (c->length[i])
			c->bits[i] = reverse(next[c->length[i]]++, c->length[i]) << CODE_SHIFT |
				     c->length[i];
}

/* Each symbol has a code: it may come, if it was not in the sample. */
static void make_code(struct code *c, unsigned int nr)
{
	struct node leaves[LITERALS];
	unsigned int i;

	for (i = 0; i < nr; i++)
		leaves[i] = (struct node){ c->frequency[i] * 16 + 1, i };
	qsort(leaves, nr, sizeof(*leaves), compare_nodes);
	/* The less frequencies differ, the less lengths do; halves keep their order. */
	while (!set_lengths(c, leaves, nr))
		for (i = 0; i < nr; i++)
			leaves[i].frequency = leaves[i].frequency / 2 + 1;
	assign_bits(c, nr);
}

/* What a match of each length has, its extra bits included */
static void assign_lengths(struct deflate *d)
{
	unsigned int length, symbol;
	uint32_t code, extra;

	for (length = MATCH_MIN; length <= MATCH_MAX; length++) {
		symbol = d->length_symbol[length];
		code = d->literals.bits[LENGTH_FIRST + symbol];
		extra = length - length_base[symbol];
		d->length_bits[length] = code + length_extra[symbol] +
			(extra << (CODE_SHIFT + d->literals.length[LENGTH_FIRST + symbol]));
	}
}

/* Output */

struct bits {
	uint64_t waiting;
	unsigned int nr;		/* of them: at most 63 */
	uint8_t *to;
};

/* There is room for 8 bytes. */
ALWAYS_INLINE void flush_bits(struct bits *b)
{
	const uint64_t out = htole64(b->waiting);

	memcpy(b->to, &out, sizeof(out));
	b->to += b->nr / 8;
	b->waiting >>= b->nr & ~7u;
	b->nr &= 7;
}

ALWAYS_INLINE void put_bits(struct bits *b, uint64_t bits, unsigned int nr)
{
	b->waiting |= bits << b->nr;
	b->nr += nr;
}

ALWAYS_INLINE void put_code(struct bits *b, uint32_t code)
{
	put_bits(b, code >> CODE_SHIFT, code & ((1u << CODE_SHIFT) - 1));
}

/*
 * The last block, and its codes.  Lengths have codes of 4 bits each, so that nothing
 * need be counted for them: that takes 168 bytes.
 */
static void put_header(struct bits *b, const struct deflate *d)
{
	static const uint8_t order[LENGTH_CODES] = {
		16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
	};
	unsigned int i;

	put_bits(b, 1 | 2 << 1, 3);
	put_bits(b, LITERALS - 257, 5);
	put_bits(b, DISTANCES - 1, 5);
	put_bits(b, LENGTH_CODES - 4, 4);
	flush_bits(b);
	for (i = 0; i < LENGTH_CODES; i++) {
		put_bits(b, order[i] < 16 ? 4 : 0, 3);
		flush_bits(b);
	}
	for (i = 0; i < LITERALS + DISTANCES; i++) {
		put_bits(b, reverse(i < LITERALS ? d->literals.length[i] :
				    d->distances.length[i - LITERALS], 4), 4);
		flush_bits(b);
	}
}

ALWAYS_INLINE void put_match(struct bits *b, const struct deflate *d,
			     const struct sequence *s)
{
	const uint32_t less_1 = s->distance - 1;
	const unsigned int symbol = distance_symbol(less_1);
	const unsigned int extra = distance_extra[symbol];

	put_code(b, d->length_bits[s->length]);
	put_code(b, d->distances.bits[symbol]);
	put_bits(b, less_1 & ((1u << extra) - 1), extra);
	flush_bits(b);
}

ALWAYS_INLINE void put_literals(struct bits *b, const struct deflate *d,
				const uint8_t *data, size_t nr)
{
	for (; nr >= 3; nr -= 3, data += 3) {
		put_code(b, d->literals.bits[data[0]]);
		put_code(b, d->literals.bits[data[1]]);
		put_code(b, d->literals.bits[data[2]]);
		flush_bits(b);
	}
	for (; nr; nr--)
		put_code(b, d->literals.bits[*data++]);
	flush_bits(b);
}

ALWAYS_INLINE void put_sequence(struct bits *b, const struct deflate *d,
				const uint8_t *data, const struct sequence *s)
{
	put_literals(b, d, data, s->literals);
	put_match(b, d, s);
}

/* Those of the sample, then what is left of @in */
static void put_all(struct bits *to, struct deflate *d, struct input in)
{
	const uint8_t *data = in.data;
	struct bits b = *to;
	struct sequence s;
	size_t i;

	for (i = 0; i < d->nr; i++) {
		put_sequence(&b, d, data, &d->sequences[i]);
		data += d->sequences[i].literals + d->sequences[i].length;
	}
	while (next_sequence(d, &in, &s)) {
		put_sequence(&b, d, data, &s);
		data += s.literals + s.length;
	}
	put_literals(&b, d, data, in.data + in.nr - data);
	put_code(&b, d->literals.bits[END_OF_BLOCK]);
	flush_bits(&b);
	*to = b;
}

static void put_checksum(struct bits *b, uint32_t checksum)
{
	const uint32_t out = htobe32(checksum);

	b->to += b->nr > 0;
	memcpy(b->to, &out, sizeof(out));
	b->to += sizeof(out);
}

size_t deflate_zlib(struct deflate *d, const uint8_t *data, size_t nr,
		    const struct deflate_hole *holes, size_t nr_holes, uint8_t *out)
{
	/* RFC 1950: 32 KiB, fastest */
	struct bits b = { .waiting = 0x0178, .nr = 16, .to = out };
	struct input in = { data, nr, holes, nr_holes, 0, 0 };

	flush_bits(&b);
	memset(d->latest, 0, sizeof(d->latest));
	memset(d->literals.frequency, 0, sizeof(d->literals.frequency));
	memset(d->distances.frequency, 0, sizeof(d->distances.frequency));
	d->literals.frequency[END_OF_BLOCK] = 1;
	sample(d, &in);
	make_code(&d->literals, LITERALS);
	make_code(&d->distances, DISTANCES);
	assign_lengths(d);
	put_header(&b, d);
	put_all(&b, d, in);
	put_checksum(&b, libdeflate_adler32(1, data, nr));
	return b.to - out;
}
