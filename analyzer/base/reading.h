/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What those who read a recording share with those who watch them: how far they
 * are, and whether to stop.
 *
 * Any thread, and a signal handler, may use it at any time.  Who reads looks at
 * it once for each span (see source.h), so it costs nothing.
 */
#ifndef ANALYZER_READING_H
#define ANALYZER_READING_H

#include <stdbool.h>
#include <stdint.h>

struct reading {
	uint64_t bytes;		/* of the file, over all passes */
	bool stop;		/* read no further */
};

static inline void reading_add(struct reading *r, uint64_t bytes)
{
	if (r)
		__atomic_fetch_add(&r->bytes, bytes, __ATOMIC_RELAXED);
}

static inline uint64_t reading_bytes(const struct reading *r)
{
	return __atomic_load_n(&r->bytes, __ATOMIC_RELAXED);
}

static inline void reading_stop(struct reading *r)
{
	__atomic_store_n(&r->stop, true, __ATOMIC_RELAXED);
}

static inline bool reading_stopped(const struct reading *r)
{
	return r && __atomic_load_n(&r->stop, __ATOMIC_RELAXED);
}

#endif /* ANALYZER_READING_H */
