/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is said of one of several files names it: messages that do not have its name
 * begin with it.
 */
#ifndef ANALYZER_DIAG_OF_FILE_H
#define ANALYZER_DIAG_OF_FILE_H

#include "base/diag.h"

struct diag_of_file {
	struct diag diag;
	const struct diag *to;	/* where messages go on to */
	const char *path;	/* lives as long as this */
};

/* Begin with what is said by this thread; end by diag_set(@d->to). */
void diag_begin_file(struct diag_of_file *d, const char *path);

#endif /* ANALYZER_DIAG_OF_FILE_H */
