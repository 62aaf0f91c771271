/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Pipes: what comes out of one is copied to a temporary file without a name, as
 * all containers have to go back and forth.
 */
#ifndef ANALYZER_SPOOL_H
#define ANALYZER_SPOOL_H

#include <stdio.h>

#include "base/reading.h"

/* What messages call @path: "-" is standard input. */
const char *spool_name(const char *path);

/*
 * If @path is standard input, or a pipe with a name that somebody writes to, copy
 * it, up to its end or until @reading, which may be NULL, is told to stop.  Return
 * 1 with *@out, whose fclose() removes the copy; 0 if it is no such pipe; -1 after
 * an error.
 */
int spool_pipe(FILE **out, const char *path, const struct reading *reading);

#endif /* ANALYZER_SPOOL_H */
