/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was seen, as a state: FILE.state of --save.  A state takes several readings, so
 * events are kept in FILE.state.dat until the end.
 */
#ifndef ANALYZER_LIVE_KEEPSTATE_H
#define ANALYZER_LIVE_KEEPSTATE_H

#include <stdbool.h>

#include "kvmexits.h"

/* Does the name say that it is one? */
bool keepstate_is(const char *path);

/* Where events are kept meanwhile; NULL: out of memory.  The caller frees it. */
char *keepstate_events(const char *path);

/*
 * Can a state have these keys?  @by: as of --by; NULL: those that it has otherwise.
 * What is wrong is said to @k.  Return -1 then.
 */
int keepstate_check(struct kvx *k, const char *by);

/*
 * Make the state @path of the recording @events, which is removed then.  Return -1 after
 * an error, which says that the recording is still there.
 */
int keepstate_make(struct kvx *k, const char *by, const char *events,
		   const char *path);

#endif /* ANALYZER_LIVE_KEEPSTATE_H */
