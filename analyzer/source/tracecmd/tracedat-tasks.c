// SPDX-License-Identifier: GPL-2.0
/*
 * Names of threads: "v6" and "v7": PROCESS INFORMATION, which the kernel has as
 * saved_cmdlines.  Which guest and vCPU they are: the option GUEST, which
 * trace-cmd record -A writes.
 *
 * They are names, and no figure depends on them: what cannot be read of them is
 * left out.
 */
#include <stdlib.h>
#include <string.h>

#include "source/tracecmd/tracedat-private.h"

#define GUEST_VCPUS_MAX	4096u	/* kernel: KVM_MAX_VCPUS on x86 */

/* "5000 CPU 0/KVM" */
static void read_name(struct tasks *t, const char *line, size_t len)
{
	struct task *task;
	unsigned long tid;
	char *end;

	tid = strtoul(line, &end, 10);
	if (end == line || *end != ' ' || tid >= TASK_GUEST)
		return;
	task = tasks_get(t, tid);
	if (task)
		task_set_name(task, end + 1, line + len - (end + 1));
}

int tasks_read_names(struct tracedat *td, struct cursor *c)
{
	char *text, *line, *end;

	if (cursor_text(c, &text, cursor_left(c), TEXT_MAX) < 0)
		return -1;
	for (line = text; *line; line = end + (*end != '\0')) {
		end = strchrnul(line, '\n');
		read_name(&td->tasks, line, end - line);
	}
	free(text);
	return 0;
}

/*
 * The name, u64 trace ID, u32 how many vCPUs, and for each u32 vCPU, u32 TID:
 * TRACECMD_OPTION_GUEST in trace-cmd's tracecmd/trace-record.c.
 */
int tasks_read_guest(struct tracedat *td, struct cursor *c)
{
	uint32_t vm, nr, vcpu, tid;
	struct task *task;
	uint64_t trace_id;
	char *name;

	if (cursor_string(c, &name, STRING_MAX) < 0)
		return -1;
	vm = tasks_add_guest(&td->tasks, name);
	free(name);
	if (cursor_u64(c, &trace_id) < 0 || cursor_u32(c, &nr) < 0)
		return -1;
	for (; nr && cursor_left(c) >= 8; nr--) {
		if (cursor_u32(c, &vcpu) < 0 || cursor_u32(c, &tid) < 0)
			return -1;
		task = vcpu < GUEST_VCPUS_MAX ? tasks_get(&td->tasks, tid) : NULL;
		if (!task)
			continue;
		task->vm = vm;
		task->vcpu = vcpu;
	}
	return 0;
}
