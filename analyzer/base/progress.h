/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How far the reading is, for whoever waits: what has been read is in struct
 * reading, what will have been read in the end is here.  Any thread may look at
 * both at any time.
 */
#ifndef ANALYZER_PROGRESS_H
#define ANALYZER_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/reading.h"

struct progress {
	const struct reading *reading;
	uint64_t total;			/* bytes, in all passes; atomic */
	bool running;
	/*
	 * NULL, or called when reading begins and when it has ended, by the
	 * thread that says so.
	 */
	void (*watch)(void *user, bool reading);
	void *user;
};

/* @p may be NULL.  But for @watch and @user, it need not be initialized. */
void progress_begin(struct progress *p, const struct reading *reading,
		    uint64_t total);

/* From now on @bytes will be read, whatever was said before. */
void progress_expect(struct progress *p, uint64_t bytes);

/* Before anything is printed; more than once does no harm. */
void progress_end(struct progress *p);

uint64_t progress_total(const struct progress *p);

#endif /* ANALYZER_PROGRESS_H */
