// SPDX-License-Identifier: GPL-2.0
#include "result/task_names.h"

#include "base/error.h"

const char *task_names_of(const struct view *v, const struct group *g,
			  uint32_t id)
{
	const struct tasks *tasks = v->nr_sources ?
				    &v->sources[g->key.recording].tasks : v->tasks;
	const struct task *task = id ? tasks_find(tasks, id) : NULL;

	return task && *task->name ? task->name : NULL;
}

static int keep_name(const struct view *v, struct tasks *to, uint32_t id)
{
	const struct task *from = id ? tasks_find(v->tasks, id) : NULL;
	struct task *task;

	if (!from || !*from->name)
		return 0;
	task = tasks_get(to, id);
	if (!task)
		return error("out of memory: names of threads");
	task_set_name(task, from->name, TASK_NAME_MAX);
	return 0;
}

int task_names_prune(struct view *v)
{
	struct tasks used = { .list = NULL };
	const struct group_key *key;
	int ret = 0;
	size_t i;

	for (i = 0; i < v->groups.nr && !ret; i++) {
		key = &v->groups.list[i].key;
		if (keep_name(v, &used, key->vm) < 0 ||
		    keep_name(v, &used, key->thread) < 0)
			ret = -1;
	}
	tasks_release(v->tasks);
	*v->tasks = used;
	return ret;
}

void task_names_find(struct view *v)
{
	const struct group *g;
	size_t i;

	for (i = 0; i < v->groups.nr; i++) {
		g = &v->groups.list[i];
		if (task_names_of(v, g, g->key.vm))
			v->named |= BY_VM;
		if (task_names_of(v, g, g->key.thread))
			v->named |= BY_THREAD;
	}
}
