// SPDX-License-Identifier: GPL-2.0
#include "base/vcpus.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void vcpus_release(struct vcpus *v)
{
	free(v->slots);
	memset(v, 0, sizeof(*v));
}

static void enter(struct vcpus *v, uint64_t id)
{
	size_t mask = v->size - 1, i;

	for (i = hash_one(id) & mask; v->slots[i];)
		i = (i + 1) & mask;
	v->slots[i] = id;
}

static int grow(struct vcpus *v)
{
	size_t old_size = v->size, i;
	uint64_t *old = v->slots;

	v->size = old_size ? old_size * 2 : 64;
	v->slots = calloc(v->size, sizeof(*v->slots));
	if (!v->slots) {
		v->slots = old;
		v->size = old_size;
		return error("out of memory: %zu vCPUs", v->nr);
	}
	for (i = 0; i < old_size; i++)
		if (old[i])
			enter(v, old[i]);
	free(old);
	return 0;
}

static int add_new(struct vcpus *v, uint64_t id)
{
	if (v->nr == VCPUS_MAX) {
		v->full = true;
		return -1;
	}
	if (v->nr * 2 >= v->size && grow(v) < 0)
		return -1;
	v->nr++;
	if (id)
		enter(v, id);
	else
		v->has_zero = true;
	return 0;
}

static bool has(const struct vcpus *v, uint64_t id)
{
	size_t mask = v->size - 1, i;

	if (!id || !v->size)
		return !id && v->has_zero;
	for (i = hash_one(id) & mask; v->slots[i]; i = (i + 1) & mask)
		if (v->slots[i] == id)
			return true;
	return false;
}

int vcpus_look(struct vcpus *v, uint64_t id)
{
	if (!has(v, id) && add_new(v, id) < 0)
		return -1;
	v->latest[hints_place(id)] = id;
	return 0;
}

int vcpus_merge(struct vcpus *to, const struct vcpus *from)
{
	size_t i;

	if (from->has_zero && vcpus_add(to, 0) < 0)
		return -1;
	for (i = 0; i < from->size; i++)
		if (from->slots[i] && vcpus_add(to, from->slots[i]) < 0)
			return -1;
	return 0;
}

int64_t vcpus_count_vms(const struct vcpus *v)
{
	struct vcpus vms = { .slots = NULL };
	int64_t nr;
	int ret = v->has_zero ? vcpus_add(&vms, 0) : 0;
	size_t i;

	for (i = 0; i < v->size && !ret; i++)
		if (v->slots[i])
			ret = vcpus_add(&vms, v->slots[i] >> 32);
	nr = ret ? -1 : (int64_t)vms.nr;
	vcpus_release(&vms);
	return nr;
}
