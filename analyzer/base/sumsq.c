// SPDX-License-Identifier: GPL-2.0
#include "base/sumsq.h"

#define WORDS	4

/* 256 bits, the lowest word first */
struct wide {
	uint64_t w[WORDS];
};

void sumsq_merge(struct sumsq *to, const struct sumsq *from)
{
	to->low += from->low;
	to->high += from->high + (to->low < from->low);
}

/* sum += (a * b) << 64 * word, modulo 2^256 */
static void add_product(struct wide *sum, uint64_t a, uint64_t b,
			unsigned int word)
{
	u128 product = (u128)a * b, carry = 0;

	for (; word < WORDS; word++) {
		carry += (u128)sum->w[word] + (uint64_t)product;
		sum->w[word] = carry;
		carry >>= 64;
		product >>= 64;
	}
}

static void subtract(struct wide *from, const struct wide *v)
{
	__int128 borrow = 0;
	unsigned int i;

	for (i = 0; i < WORDS; i++) {
		borrow += (__int128)from->w[i] - v->w[i];
		from->w[i] = borrow;
		borrow >>= 64;
	}
}

static unsigned int bits_of(const struct wide *v)
{
	unsigned int i;

	for (i = WORDS; i-- > 0;)
		if (v->w[i])
			return 64 * i + 64 - __builtin_clzll(v->w[i]);
	return 0;
}

/* @v * @v, the lower 256 bits, which are all of them */
static struct wide square_of(u128 v)
{
	const uint64_t low = v, high = v >> 64;
	struct wide square = { { 0 } };

	add_product(&square, low, low, 0);
	add_product(&square, low, high, 1);
	add_product(&square, low, high, 1);
	add_product(&square, high, high, 2);
	return square;
}

static bool at_most(const struct wide *a, const struct wide *b)
{
	unsigned int i;

	for (i = WORDS - 1; i && a->w[i] == b->w[i];)
		i--;
	return a->w[i] <= b->w[i];
}

/* The largest @m for which (m * n)^2 <= @v, bit by bit; it is below 2^64. */
static uint64_t root_over(const struct wide *v, uint64_t n)
{
	unsigned int bits = (bits_of(v) + 1) / 2 + __builtin_clzll(n), bit;
	struct wide square;
	uint64_t m = 0;

	bits = bits > 63 ? bits - 63 : 0;
	for (bit = bits < 64 ? bits : 64; bit-- > 0;) {
		square = square_of((u128)(m | 1ull << bit) * n);
		if (at_most(&square, v))
			m |= 1ull << bit;
	}
	return m;
}

static struct wide times_of(uint64_t n, const struct sumsq *q)
{
	struct wide product = { { 0 } };

	add_product(&product, n, q->low, 0);
	add_product(&product, n, q->low >> 64, 1);
	add_product(&product, n, q->high, 2);
	return product;
}

bool sumsq_possible(const struct sumsq *q, uint64_t n, u128 sum, uint64_t max)
{
	const struct sumsq square = { .low = (u128)max * max };
	const struct wide most = times_of(n, &square), nq = times_of(n, q);
	const struct wide least = square_of(sum), all = times_of(1, q);

	return at_most(&least, &nq) && at_most(&all, &most);
}

uint64_t sumsq_stddev(const struct sumsq *q, uint64_t n, u128 sum)
{
	struct wide nq = times_of(n, q), square = square_of(sum);
	struct wide four = { { 0 } };
	uint64_t twice;
	unsigned int i;

	if (!n)
		return 0;
	subtract(&nq, &square);
	for (i = 0; i < WORDS; i++)
		add_product(&four, 4, nq.w[i], i);
	twice = root_over(&four, n);
	return twice / 2 + twice % 2;
}
