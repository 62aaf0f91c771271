// SPDX-License-Identifier: GPL-2.0
#include "base/tasks.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

void tasks_release(struct tasks *t)
{
	free(t->list);
	table_release(&t->table);
	memset(t, 0, sizeof(*t));
}

const struct task *tasks_find(const struct tasks *t, uint32_t id)
{
	uint64_t at = hash_one(id);
	uint32_t i;

	while (t && table_next(&t->table, &at, &i))
		if (t->list[i].id == id)
			return &t->list[i];
	return NULL;
}

struct task *tasks_get(struct tasks *t, uint32_t id)
{
	struct task *task = (struct task *)tasks_find(t, id);

	if (task)
		return task;
	if (t->nr == TASKS_MAX ||
	    array_room(t->list, t->nr, t->allocated, "threads") < 0 ||
	    table_add(&t->table, hash_one(id), t->nr, "threads") < 0)
		return NULL;
	task = &t->list[t->nr++];
	memset(task, 0, sizeof(*task));
	task->id = id;
	task->vcpu = VCPU_UNKNOWN;
	return task;
}

uint32_t tasks_add_guest(struct tasks *t, const char *name)
{
	struct task *task = tasks_get(t, TASK_GUEST | t->guests);

	if (!task)
		return 0;
	t->guests++;
	task->vm = task->id;
	task_set_name(task, name, strlen(name));
	return task->id;
}

void task_set_name(struct task *task, const char *text, size_t len)
{
	if (len >= sizeof(task->name))
		len = sizeof(task->name) - 1;
	len = strnlen(text, len);
	memcpy(task->name, text, len);
	task->name[len] = '\0';
}

int tasks_copy(struct tasks *to, const struct tasks *from)
{
	struct task *task;
	size_t i;

	memset(to, 0, sizeof(*to));
	for (i = 0; from && i < from->nr; i++) {
		task = tasks_get(to, from->list[i].id);
		if (!task)
			return -1;
		*task = from->list[i];
	}
	return 0;
}
