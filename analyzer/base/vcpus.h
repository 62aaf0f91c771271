/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The vCPUs that were seen, to be counted.
 *
 * Memory: 6 MiB for VCPUS_MAX of them, in each thread.
 */
#ifndef ANALYZER_VCPUS_H
#define ANALYZER_VCPUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hints.h"
#include "base/table.h"

/* In one recording: vCPUs, or threads where they are all that is known */
#define VCPUS_MAX	262144u

/* A zeroed struct is an empty one. */
struct vcpus {
	uint64_t *ids;		/* vm << 32 | vcpu */
	size_t nr, allocated;
	struct table table;
	uint64_t latest[HINTS];	/* of them, by hints_place() */
	bool full;		/* one more than VCPUS_MAX was there */
};

void vcpus_release(struct vcpus *v);

/* Slow path of vcpus_add() */
int vcpus_look(struct vcpus *v, uint64_t id);

static inline uint64_t vcpus_id(uint32_t vm, uint32_t vcpu)
{
	return (uint64_t)vm << 32 | vcpu;
}

/*
 * Return 0; -1 if there are too many, which v->full says and nothing was printed,
 * or memory is short.
 */
ALWAYS_INLINE int vcpus_add(struct vcpus *v, uint64_t id)
{
	return likely(id && v->latest[hints_place(id)] == id) ?
	       0 : vcpus_look(v, id);
}

/* Add all of @from.  Return -1 as vcpus_add(). */
int vcpus_merge(struct vcpus *to, const struct vcpus *from);

/* How many VMs they are of; -1 if memory is short */
int64_t vcpus_count_vms(const struct vcpus *v);

#endif /* ANALYZER_VCPUS_H */
