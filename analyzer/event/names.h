/* SPDX-License-Identifier: GPL-2.0 */
/* What is said of an exit reason that a recording does not know. */
#ifndef ANALYZER_NAMES_H
#define ANALYZER_NAMES_H

#include "event/reasons.h"

/*
 * Report that there is no reason such as the text from @text to @end, whose name
 * begins at @name, and list what @r knows of the ISA that exits are of, or else of each
 * ISA, the nearest to @name first.
 * Return -1, always.
 */
int names_unknown(const struct reasons *r, const char *path, const char *text,
		  const char *end, const char *name);

#endif /* ANALYZER_NAMES_H */
