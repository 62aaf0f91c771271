// SPDX-License-Identifier: GPL-2.0
#include "base/vcpus.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"

void vcpus_release(struct vcpus *v)
{
	free(v->ids);
	table_release(&v->table);
	memset(v, 0, sizeof(*v));
}

static bool has(const struct vcpus *v, uint64_t id, uint64_t at)
{
	uint32_t i;

	while (table_next(&v->table, &at, &i))
		if (v->ids[i] == id)
			return true;
	return false;
}

static int add_new(struct vcpus *v, uint64_t id, uint64_t hash)
{
	if (v->nr == VCPUS_MAX) {
		v->full = true;
		return -1;
	}
	if (array_room(v->ids, v->nr, v->allocated, "vCPUs") < 0 ||
	    table_add(&v->table, hash, v->nr, "vCPUs") < 0)
		return -1;
	v->ids[v->nr++] = id;
	return 0;
}

int vcpus_look(struct vcpus *v, uint64_t id)
{
	uint64_t hash = hash_one(id);

	if (!has(v, id, hash) && add_new(v, id, hash) < 0)
		return -1;
	v->latest[hints_place(id)] = id;
	return 0;
}

int vcpus_merge(struct vcpus *to, const struct vcpus *from)
{
	size_t i;

	for (i = 0; i < from->nr; i++)
		if (vcpus_add(to, from->ids[i]) < 0)
			return -1;
	return 0;
}

int64_t vcpus_count_vms(const struct vcpus *v)
{
	struct vcpus vms = { .ids = NULL };
	int64_t nr;
	size_t i;
	int ret = 0;

	for (i = 0; i < v->nr && !ret; i++)
		ret = vcpus_add(&vms, v->ids[i] >> 32);
	nr = ret ? -1 : (int64_t)vms.nr;
	vcpus_release(&vms);
	return nr;
}
