/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The hash function of all tables.
 *
 * Keys come from the file, so whoever wrote it could choose such as fall into one
 * slot of a table whose function is known, and make each search walk all of them.
 * So it has a random seed, of each run.  No result depends on where things are in
 * a table: what is in there is added up, or sorted.
 *
 * Two words are multiplied, and the two halves of the product folded: each bit of
 * the result depends on all bits of both words, and on the seed.  Where one round
 * of it is all that a loop can afford, keys at even distances may crowd with an
 * unlucky seed: 500 steps for each of 65536 keys were seen, once in 3000 trials,
 * where two rounds took 2.
 */
#ifndef ANALYZER_HASH_H
#define ANALYZER_HASH_H

#include <stdint.h>

/* Set once, before any thread runs; without hash_seed_init(), as for tests: fixed */
extern uint64_t hash_seed[2];

void hash_seed_init(void);

static inline uint64_t hash_fold(unsigned __int128 product)
{
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* One round, for the inner loop: one multiplication */
static inline uint64_t hash_quick(uint64_t key)
{
	return hash_fold((unsigned __int128)key * hash_seed[1]);
}

/* Likewise, of two words */
static inline uint64_t hash_two(uint64_t a, uint64_t b)
{
	return hash_fold((unsigned __int128)(a ^ hash_seed[0]) *
			 (b ^ hash_seed[1]));
}

static inline uint64_t hash_one(uint64_t key)
{
	return hash_two(hash_quick(key), 0);
}

#endif /* ANALYZER_HASH_H */
