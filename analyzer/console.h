/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the program has to do with where it was started: standard output, the
 * terminal, and a person who waits.  It is no part of the library.
 */
#ifndef ANALYZER_CONSOLE_H
#define ANALYZER_CONSOLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "kvmexits.h"

/*
 * Standard output, of which nothing is left out in the middle.
 *
 * stdio drops what it could not write, and goes on with what comes next.  So the
 * FILE here has a writer of its own: it writes on after a signal, it waits where
 * the other side of a non-blocking pipe is slow, and after an error, which it
 * says, it writes nothing more.  What was written is then a begin of the whole,
 * and whoever writes on is told that it failed.
 */
struct output {
	struct kvx *k;		/* for messages */
	FILE *file;		/* for all writes; it has no descriptor */
	int fd;
	const char *name;	/* for messages; NULL: standard output */
	bool failed;		/* said */
};

/* @o stays where it is until output_close().  Return -1 after an error. */
int output_open(struct output *o, struct kvx *k, int fd);

/*
 * Write what is left, and close the descriptor, too: a full disk may be heard of
 * no sooner.  Return -1 if this or any write before failed.
 */
int output_close(struct output *o);

/*
 * Columns for a table on standard output, or in a file if not @on_stdout; 0: there is
 * no limit.
 */
uint32_t console_width(bool on_stdout);

/* A line of a help: an option, and what it is for, from a column that all lines have */
void console_put_option(FILE *out, const char *option, const char *help);

/* Can a terminal show block characters, by the locale; and colors, by $TERM, $NO_COLOR? */
bool console_has_blocks(void);
bool console_has_colors(void);

/*
 * How far the reading is: after a second, several times a second, in one line on
 * standard error if that is a terminal:
 *
 *	42 %, 1.3 GB/s, 3 s left
 *
 * The cursor stays at the beginning of the line, so that messages overwrite it.
 */
struct watch {
	const struct kvx *k;
	bool running, quit;
	struct timespec start;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;
};

/* For kvx_on_reading(): show the line, or remove it.  @watch has @k. */
void watch_reading(void *watch, int reading);

/* The line, once @bytes have been read in @ms */
#define WATCH_LINE_MAX	64u
void watch_format(char line[WATCH_LINE_MAX], uint64_t bytes, uint64_t total,
		  uint64_t ms);

#endif /* ANALYZER_CONSOLE_H */
