/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Intervals as text: what the library prints of each, and when that was.  A table
 * has a line before it; CSV a first column, and one head for all; JSON is one line for
 * each interval.
 */
#ifndef ANALYZER_LIVE_BATCH_H
#define ANALYZER_LIVE_BATCH_H

#include "live/options.h"

struct batch {
	struct kvx *k;
	const struct live_options *opt;
	uint64_t blocks;		/* that were printed */
};

/* Print them on standard output.  Return -1 after an error. */
int batch_print(const struct batch *b, const char *text, size_t len,
		double seconds);

/* Metrics: into the file that is asked for, or as they are */
int batch_metrics(const struct batch *b, const char *text, size_t len);

/* As it is; or into @fd, which messages call @name */
int batch_write(const struct batch *b, const char *text, size_t len);
int batch_write_to(const struct batch *b, int fd, const char *name,
		   const char *text, size_t len);

#endif /* ANALYZER_LIVE_BATCH_H */
