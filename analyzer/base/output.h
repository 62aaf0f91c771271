/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Standard output, of which nothing is left out in the middle.
 *
 * stdio drops what it could not write, and goes on with what comes next.  So the
 * FILE here has a writer of its own: it writes on after a signal, it waits where
 * the other side of a non-blocking pipe is slow, and after an error, which it
 * reports, it writes nothing more.  What was written is then a begin of the
 * whole, and whoever writes on is told that it failed.
 */
#ifndef ANALYZER_OUTPUT_H
#define ANALYZER_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

struct output {
	FILE *file;		/* for all writes; it has no descriptor */
	int fd;
	const char *name;	/* for messages; NULL: standard output */
	bool failed;		/* reported */
};

/* @o stays where it is until output_close().  Return -1 after an error. */
int output_open(struct output *o, int fd);

/*
 * Write what is left, and close the descriptor, too: a full disk may be heard of
 * no sooner.  Return -1 if this or any write before failed.
 */
int output_close(struct output *o);

/* Write what is still buffered of @out.  Return -1 if a write failed, unreported. */
int output_flush(FILE *out);

#endif /* ANALYZER_OUTPUT_H */
