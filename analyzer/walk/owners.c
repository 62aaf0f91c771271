// SPDX-License-Identifier: GPL-2.0
#include "walk/owners.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/vcpus.h"

void owners_release(struct owners *o)
{
	const struct tasks *tasks = o->tasks;

	free(o->list);
	table_release(&o->table);
	memset(o, 0, sizeof(*o));
	o->tasks = tasks;
}

static struct owner *find(const struct owners *o, uint32_t tid)
{
	uint64_t at = hash_one(tid);
	uint32_t i;

	while (table_next(&o->table, &at, &i))
		if (o->list[i].tid == tid)
			return &o->list[i];
	return NULL;
}

static struct owner *begin(struct owners *o, uint32_t tid)
{
	const struct task *task = tasks_find(o->tasks, tid);

	if (o->nr == VCPUS_MAX) {
		error("too many threads: events of more than %u", VCPUS_MAX);
		return NULL;
	}
	/* It may move what the hints are of. */
	if (o->nr == o->allocated)
		hints_clear(&o->hints);
	if (array_room(o->list, o->nr, o->allocated, "threads") < 0 ||
	    table_add(&o->table, hash_one(tid), o->nr, "threads") < 0)
		return NULL;
	o->list[o->nr] = (struct owner){
		.tid = tid, .vm = task ? task->vm : 0,
		.vcpu = task ? task->vcpu : VCPU_UNKNOWN,
		.vcpu_is_told = task && task->vcpu != VCPU_UNKNOWN,
	};
	return &o->list[o->nr++];
}

struct owner *owners_look(struct owners *o, uint32_t tid)
{
	struct owner *owner = find(o, tid);

	if (!owner)
		owner = begin(o, tid);
	if (owner)
		o->hints.at[hints_place(tid)] = owner;
	return owner;
}

bool owners_know_vms(const struct parse *p, const struct tasks *t)
{
	size_t i;

	if (parse_has(p->layout.exit.vm))
		return true;
	for (i = 0; t && i < t->nr; i++)
		if (t->list[i].vm)
			return true;
	return false;
}

static bool knows_vcpus(const struct parse *p, const struct tasks *t)
{
	size_t i;

	if (parse_has(p->layout.exit.vcpu_id) || parse_has(p->layout.entry.vcpu_id))
		return true;
	for (i = 0; t && i < t->nr; i++)
		if (t->list[i].vcpu != VCPU_UNKNOWN)
			return true;
	return false;
}

int owners_check(const struct parse *p, const struct recording *info,
		 const struct filter_options *filter, bool by_vm)
{
	if ((by_vm || filter->vms.nr) && !owners_know_vms(p, info->tasks))
		return error("--%s: %s: nothing says which VM a thread is of: use thread, or record with perf kvm stat record, or trace-cmd record -A",
			     by_vm ? "by=vm" : "vm", info->path);
	if (filter->vcpus.nr && !knows_vcpus(p, info->tasks))
		return error("--vcpu: %s: nothing says which vCPU a thread is: use --thread",
			     info->path);
	return 0;
}
