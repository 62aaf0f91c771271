// SPDX-License-Identifier: GPL-2.0
#include "sumsq.h"

#include <math.h>

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

static double to_double(const struct wide *v)
{
	double x = 0;
	unsigned int i;

	for (i = WORDS; i-- > 0;)
		x = x * 0x1p64 + (double)v->w[i];
	return x;
}

double sumsq_stddev(const struct sumsq *q, uint64_t n, u128 sum)
{
	uint64_t s0 = sum, s1 = sum >> 64;
	struct wide nq = { { 0 } }, square = { { 0 } };

	if (!n)
		return 0;
	add_product(&nq, n, q->low, 0);
	add_product(&nq, n, q->low >> 64, 1);
	add_product(&nq, n, q->high, 2);
	add_product(&square, s0, s0, 0);
	add_product(&square, s0, s1, 1);
	add_product(&square, s0, s1, 1);
	add_product(&square, s1, s1, 2);
	subtract(&nq, &square);
	return sqrt(to_double(&nq)) / (double)n;
}
