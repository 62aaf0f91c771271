/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Views -> text, in each of the formats.
 *
 * A view of reports (report.h) has a block for each of them, any number; all others
 * have one.  What stands above all blocks, and below them, is of the recording.
 *
 * Functions return -1 after an error, or if nothing more can be written.
 */
#ifndef ANALYZER_WRITER_H
#define ANALYZER_WRITER_H

#include <stdio.h>

#include "result/view.h"

int writer_begin(const struct view *v, FILE *out);
int writer_block(const struct view *v, FILE *out);

/* Also flush: all that is printed has been written, or -1. */
int writer_end(const struct view *v, FILE *out);

/* A view of one block, all of it */
int view_print(const struct view *v, FILE *out);

#endif /* ANALYZER_WRITER_H */
