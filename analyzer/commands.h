/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Commands, as git has them: "kvm-exit-cycles NAME ..." runs the program
 * kvm-exit-cycles-NAME, which is beside this one or, by an absolute path, in $PATH.
 * A recording of such a name is given as ./NAME.
 */
#ifndef ANALYZER_COMMANDS_H
#define ANALYZER_COMMANDS_H

#include "kvmexits.h"

/*
 * Is argv[1] a command?  Then this does not return, unless it cannot be run: an exit
 * status, after a message.  The same if it can only be meant for one, or for a recording
 * that is not there.  Return 0 if it is neither.
 */
int commands_run(struct kvx *k, char **argv);

#endif /* ANALYZER_COMMANDS_H */
