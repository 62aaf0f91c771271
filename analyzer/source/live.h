/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording that grows: what its file says of itself, and events that come from
 * who records them.  See struct source_live.
 */
#ifndef ANALYZER_SOURCE_LIVE_H
#define ANALYZER_SOURCE_LIVE_H

#include "source/source.h"

/*
 * *@src is a recording that is open, with no event read.  It becomes one that grows,
 * and is closed with it.  After a failure it is what it was.
 */
int live_open(struct source **src, const struct source_live *live);

#endif /* ANALYZER_SOURCE_LIVE_H */
