/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A file that is written: under another name beside it, until all is there.  So who
 * reads it never sees a part, it is left alone if anything fails, and it may be among
 * what is read.  What is no plain file, as /dev/null or a pipe, is written itself.
 */
#ifndef ANALYZER_OUTFILE_H
#define ANALYZER_OUTFILE_H

#include <limits.h>

#include "kvmexits.h"

struct outfile {
	struct kvx *k;			/* for messages */
	const char *path;
	char temporary[PATH_MAX];	/* "": @path itself is written */
	int fd;				/* the caller writes, and closes it */
};

/* @path outlives @f.  Return -1 after an error, as outfile_keep(). */
int outfile_open(struct outfile *f, struct kvx *k, const char *path);

/* One of these, once @f->fd is closed: it is complete, or not. */
int outfile_keep(struct outfile *f);
void outfile_drop(struct outfile *f);

#endif /* ANALYZER_OUTFILE_H */
