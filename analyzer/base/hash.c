// SPDX-License-Identifier: GPL-2.0
#include "base/hash.h"

#include <sys/random.h>

/* The fractions of the golden ratio and of the square root of 2 */
uint64_t hash_seed[2] = { 0x9e3779b97f4a7c15, 0x6a09e667f3bcc909 };

/* Best effort: without, it is as fast with all files but those made for it. */
void hash_seed_init(void)
{
	uint64_t seed[2];

	if (getrandom(seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		return;
	hash_seed[0] = seed[0];
	/* As a factor, it shall be odd: no bit of the other one is shifted out. */
	hash_seed[1] = seed[1] | 1;
}
