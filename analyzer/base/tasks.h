/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Threads of the host, as far as a recording knows them: their names, which
 * process and which vCPU they are.  A process is the thread that its ID is of.
 *
 * A VM is its process.  Where only its name is known, as trace-cmd has it of
 * guests, it has an ID that no process has: TASK_GUEST and a number.
 *
 * Memory: some 120 bytes for each of at most TASKS_MAX.  More of them are forgotten,
 * which costs names and no figure: who asks for one that is not there shows its ID.
 */
#ifndef ANALYZER_TASKS_H
#define ANALYZER_TASKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/table.h"

#define TASK_NAME_MAX	80u		/* bytes, the end included; of a thread
					   the kernel has 16 */
#define TASKS_MAX	131072u
#define TASK_GUEST	0x80000000u	/* kernel: PIDs are below 2^22 */

/* Of an exit or a thread: no event says which vCPU it is. */
#define VCPU_UNKNOWN	UINT32_MAX

struct task {
	uint32_t id;			/* TID, or TASK_GUEST and a number */
	uint32_t vm;			/* ID of its process or guest; 0: unknown */
	uint32_t vcpu;			/* or VCPU_UNKNOWN */
	char name[TASK_NAME_MAX];	/* as recorded; "": unknown */
};

/* A zeroed struct is an empty one. */
struct tasks {
	struct task *list;
	size_t nr, allocated;
	struct table table;
	uint32_t guests;		/* that have a number */
};

void tasks_release(struct tasks *t);

/* NULL: it is not known.  @t may be NULL. */
const struct task *tasks_find(const struct tasks *t, uint32_t id);

/*
 * Find or begin the task @id, which stays where it is until the next one is begun.
 * NULL: there are too many, or memory is short; both cost names only.
 */
struct task *tasks_get(struct tasks *t, uint32_t id);

/* A guest that is known by its name: its ID, or 0 as for NULL above */
uint32_t tasks_add_guest(struct tasks *t, const char *name);

/* The first @len bytes of @text, up to a NUL */
void task_set_name(struct task *task, const char *text, size_t len);

/* Return -1 only if memory is short.  @from may be NULL. */
int tasks_copy(struct tasks *to, const struct tasks *from);

#endif /* ANALYZER_TASKS_H */
