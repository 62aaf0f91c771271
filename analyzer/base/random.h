/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Numbers that look like chance and are the same each time: SplitMix64 (Steele, Lea,
 * Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014).
 */
#ifndef ANALYZER_RANDOM_H
#define ANALYZER_RANDOM_H

#include <stdint.h>

/* Any value is a seed. */
struct random {
	uint64_t state;
};

static inline uint64_t random_next(struct random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* From 0 to @below - 1; what it favours some numbers by is less than 2^-32. */
static inline uint32_t random_below(struct random *r, uint32_t below)
{
	return (unsigned __int128)random_next(r) * below >> 64;
}

#endif /* ANALYZER_RANDOM_H */
