/* SPDX-License-Identifier: GPL-2.0 */
/* Time for intervals */
#ifndef ANALYZER_LIVE_CLOCK_H
#define ANALYZER_LIVE_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

#endif /* ANALYZER_LIVE_CLOCK_H */
