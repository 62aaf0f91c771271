/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that do one thing together, over and over.
 *
 * crew_run() calls a function once in each thread, the caller's included, and
 * returns when all are done.  In between the threads sleep.  Nothing is shared
 * but what the function shares, and the caller's messages: theirs go the same way.
 */
#ifndef ANALYZER_CREW_H
#define ANALYZER_CREW_H

#include <pthread.h>
#include <stdbool.h>

#include "base/diag.h"

#define CREW_MAX	64u

struct crew;

/* @member: 0 to the number of threads less 1; 0 is the caller's thread */
typedef void (*crew_fn)(void *arg, unsigned int member);

struct crew_member {
	struct crew *crew;
	unsigned int number;
	pthread_t thread;
};

struct crew {
	unsigned int nr;		/* threads, the caller's included */
	struct crew_member members[CREW_MAX];
	pthread_mutex_t lock;
	pthread_cond_t begin, done;
	unsigned long turn;		/* counts the calls of crew_run() */
	unsigned int busy;
	bool quit;
	crew_fn fn;
	void *arg;
	const struct diag *diag;	/* of who called crew_init() */
};

/*
 * Start up to @nr threads.  Fewer, even the caller's alone, if the system has
 * no more to give: that is no error.
 */
void crew_init(struct crew *c, unsigned int nr);
void crew_release(struct crew *c);

void crew_run(struct crew *c, crew_fn fn, void *arg);

#endif /* ANALYZER_CREW_H */
