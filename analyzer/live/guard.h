/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two processes: one does the work on a terminal, the other waits for it.  If the first
 * one is killed or crashes, the other gives the terminal back as it was, and removes the
 * ftrace instance.  If the other is killed, the first one ends as by SIGTERM.
 */
#ifndef ANALYZER_LIVE_GUARD_H
#define ANALYZER_LIVE_GUARD_H

#include "kvmexits.h"

/* Return -1 in the process that is to work; in the other, its exit status. */
int guard(struct kvx *k);

#endif /* ANALYZER_LIVE_GUARD_H */
