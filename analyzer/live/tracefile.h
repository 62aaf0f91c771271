/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Write a trace.dat, version 6: see trace-cmd.dat.v6(5).  Its head has all but the
 * events.  These are kept in a file for each CPU, FILE.cpuN, as trace-cmd does, until
 * all are there; what a killed live leaves there is read with --formats.
 */
#ifndef ANALYZER_LIVE_TRACEFILE_H
#define ANALYZER_LIVE_TRACEFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "live/tracing.h"

/* A file without a name that has the head alone.  Return it, or -1 after an error. */
int tracefile_head(const struct tracing *t);

struct tracefile {
	const struct tracing *tracing;
	const char *path;
	int head;			/* that of tracefile_head() */
	int *fds;			/* one for each CPU; -1: it has none yet */
	uint64_t *sizes;
	bool failed;			/* nothing more is kept */
	bool left;			/* it could not be completed: the files of CPUs stay */
};

/* Return -1 after an error; tracefile_drop() also then. */
int tracefile_open(struct tracefile *f, const struct tracing *t, int head,
		   const char *path);

/* Sub-buffers of a CPU.  What fails is said once. */
void tracefile_add(void *tracefile, unsigned int cpu, const uint8_t *data,
		   size_t len);

/* Complete the file, of as much as was kept.  Return -1 after an error, which says what is left. */
int tracefile_finish(struct tracefile *f);
void tracefile_drop(struct tracefile *f);

#endif /* ANALYZER_LIVE_TRACEFILE_H */
