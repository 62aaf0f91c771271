/* SPDX-License-Identifier: GPL-2.0 */
/* Names of the threads and VMs that groups are of: those of their recordings. */
#ifndef ANALYZER_TASK_NAMES_H
#define ANALYZER_TASK_NAMES_H

#include "result/view.h"

/* Of thread or VM @id of group @g; NULL if it is not known */
const char *task_names_of(const struct view *v, const struct group *g,
			  uint32_t id);

/*
 * Forget names that no group has: before it is saved.  Return -1 only if memory is
 * short.
 */
int task_names_prune(struct view *v);

/* All groups are there: v->named */
void task_names_find(struct view *v);

#endif /* ANALYZER_TASK_NAMES_H */
