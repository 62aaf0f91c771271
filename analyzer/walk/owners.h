/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Whose exits they are, without stamps: thread -> VM and vCPU.
 *
 * The VM is the thread's process, as the recording knows it (tasks.h); events of a
 * patched kernel say it themselves.  The vCPU is what the recording says of the
 * thread, or else the vcpu_id of its latest event: a thread may run one vCPU after
 * the other.
 *
 * State: some 40 bytes for each TID that ever exited or entered.
 */
#ifndef ANALYZER_OWNERS_H
#define ANALYZER_OWNERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/hints.h"
#include "base/recording.h"
#include "base/tasks.h"
#include "event/filter.h"
#include "parse.h"

struct owner {
	uint32_t tid;
	uint32_t vm;		/* 0: unknown */
	uint32_t vcpu;		/* or VCPU_UNKNOWN */
	bool vcpu_is_told;	/* by the recording: events do not matter */
};

/* A zeroed struct with @tasks, which may be NULL, is an empty one. */
struct owners {
	const struct tasks *tasks;
	struct owner *list;
	size_t nr, allocated;
	struct table table;	/* by TID */
	struct hints hints;
};

void owners_release(struct owners *o);

/* Slow path of owners_get() */
struct owner *owners_look(struct owners *o, uint32_t tid);

/*
 * It stays where it is until the next new one is asked for.  NULL, after an error:
 * there are too many, or memory is short.
 */
ALWAYS_INLINE struct owner *owners_get(struct owners *o, uint32_t tid)
{
	struct owner *owner = o->hints.at[hints_place(tid)];

	return likely(owner && owner->tid == tid) ? owner :
						    owners_look(o, tid);
}

/* A VM and a vCPU say less than the thread, where one of them is unknown. */
static inline bool owner_is_unknown(uint32_t vm, uint32_t vcpu)
{
	return !vm || vcpu == VCPU_UNKNOWN;
}

/* Can there be any VM that is known? */
bool owners_know_vms(const struct parse *p, const struct tasks *t);

/*
 * Does the recording say what @filter and, if @by_vm, groups need?  Return -1 after
 * an error: wrong usage.
 */
int owners_check(const struct parse *p, const struct recording *info,
		 const struct filter_options *filter, bool by_vm);

#endif /* ANALYZER_OWNERS_H */
