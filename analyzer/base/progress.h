/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How far the reading is, for a person who waits: after a second, several times
 * a second, in one line on standard error if that is a terminal:
 *
 *	42 %, 1.3 GB/s, 3 s left
 *
 * The cursor stays at the beginning of the line, so that messages overwrite it.
 */
#ifndef ANALYZER_PROGRESS_H
#define ANALYZER_PROGRESS_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "base/reading.h"

struct progress {
	const struct reading *reading;
	uint64_t total;			/* bytes that will be read, in all passes */
	bool running;
	bool quit;
	struct timespec start;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
};

/* @p may be NULL; it need not be initialized. */
void progress_begin(struct progress *p, const struct reading *reading,
		    uint64_t total);

/* From now on @bytes will be read, whatever was said before. */
void progress_expect(struct progress *p, uint64_t bytes);

/* Remove the line.  Before anything is printed; more than once does no harm. */
void progress_end(struct progress *p);

/* The line, once @bytes have been read in @ms */
#define PROGRESS_LINE_MAX	64u
void progress_format(char line[PROGRESS_LINE_MAX], uint64_t bytes,
		     uint64_t total, uint64_t ms);

#endif /* ANALYZER_PROGRESS_H */
