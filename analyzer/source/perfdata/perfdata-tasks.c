// SPDX-License-Identifier: GPL-2.0
/*
 * Threads, their processes and names: struct comm_event, struct fork_event of
 * tools/lib/perf/include/perf/event.h.  perf writes a COMM for each thread that
 * there is when it begins.
 */
#include "source/perfdata/perfdata-private.h"

#define COMM_TEXT	16u	/* u32 pid, u32 tid, the name and a NUL */
#define FORK_BYTES	24u	/* u32 pid, u32 ppid, u32 tid, u32 ptid */

/* NULL: none, as of an idle CPU, or there are too many. */
static struct task *get_task(struct perfdata *pd, uint32_t tid)
{
	return tid && tid < TASK_GUEST ? tasks_get(&pd->tasks, tid) : NULL;
}

void perf_task_seen(struct perfdata *pd, uint32_t pid, uint32_t tid)
{
	struct task *task = get_task(pd, tid);

	/* perf has 0 or -1 of what is no more. */
	if (task && pid && pid < TASK_GUEST)
		task->vm = pid;
}

static void read_comm(struct perfdata *pd, const struct perf_record *rec)
{
	const uint8_t *p = rec->data + PERF_HEADER_BYTES;
	uint32_t tid;
	struct task *task;

	if (rec->size <= COMM_TEXT)
		return;
	tid = perf_u32(pd, p + 4);
	perf_task_seen(pd, perf_u32(pd, p), tid);
	task = get_task(pd, tid);
	if (task)
		task_set_name(task, (const char *)rec->data + COMM_TEXT,
			      rec->size - COMM_TEXT);
}

/* A thread has the name of the one that began it, until it gets one of its own. */
static void read_fork(struct perfdata *pd, const struct perf_record *rec)
{
	const uint8_t *p = rec->data + PERF_HEADER_BYTES;
	const struct task *parent;
	struct task *task;
	uint32_t tid;

	if (rec->size < FORK_BYTES)
		return;
	tid = perf_u32(pd, p + 8);
	perf_task_seen(pd, perf_u32(pd, p), tid);
	task = get_task(pd, tid);
	parent = tasks_find(&pd->tasks, perf_u32(pd, p + 12));
	if (task && parent && !*task->name)
		task_set_name(task, parent->name, TASK_NAME_MAX);
}

void perf_task_named(struct perfdata *pd, const struct perf_record *rec)
{
	if (rec->type == PERF_COMM)
		read_comm(pd, rec);
	else
		read_fork(pd, rec);
}
