/* SPDX-License-Identifier: GPL-2.0 */
/*
 * "live": what exits cost, while they are recorded.
 *
 *	tracing		an ftrace instance of its own
 *	rings		its buffers, emptied round by round
 *	tracefile	what is kept of them
 *	flight		or of what came before an exit
 *	screen, listen	who sees it
 *	counters	a patched kernel's own figures, instead of all these
 *	live		hands them to the library, and shows what that makes of them
 *
 * The library reads what is recorded in one pass that does not end (kvx_live()).  To
 * show figures meanwhile, the process forks: in the child the recording is at its end, so
 * that the library prints what it would print of it by then, and the parent goes on.
 * So whatever is shown is the library's own result.
 */
#ifndef ANALYZER_LIVE_LIVE_H
#define ANALYZER_LIVE_LIVE_H

#include "kvmexits.h"

/* @argv[0] is "live".  Return an exit status. */
int live_main(struct kvx *k, int argc, char **argv);

#endif /* ANALYZER_LIVE_LIVE_H */
