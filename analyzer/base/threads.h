/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads that do one thing together, over and over.
 *
 * threads_run() calls a function once in each thread, the caller's included, and
 * returns when all are done.  In between the threads sleep.  Nothing is shared
 * but what the function shares, and the caller's messages: theirs go the same way.
 */
#ifndef ANALYZER_THREADS_H
#define ANALYZER_THREADS_H

#include <pthread.h>
#include <stdbool.h>

#include "base/diag.h"

#define THREADS_MAX	32u

struct threads;

/* @member: 0 to the number of threads less 1; 0 is the caller's thread */
typedef void (*threads_fn)(void *arg, unsigned int member);

struct threads_member {
	struct threads *threads;
	unsigned int number;
	pthread_t thread;
};

struct threads {
	unsigned int nr;		/* threads, the caller's included */
	struct threads_member members[THREADS_MAX];
	pthread_mutex_t lock;
	pthread_cond_t begin, done;
	unsigned long turn;		/* counts the calls of threads_run() */
	unsigned int busy;
	bool quit;
	threads_fn fn;
	void *arg;
	const struct diag *diag;	/* of who called threads_init() */
};

/*
 * Start up to @nr threads.  Fewer, even the caller's alone, if the system has
 * no more to give: that is no error.
 */
void threads_init(struct threads *c, unsigned int nr);
void threads_release(struct threads *c);

void threads_run(struct threads *c, threads_fn fn, void *arg);

#endif /* ANALYZER_THREADS_H */
