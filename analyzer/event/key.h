/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All that is known of an exit but its figures: what exits are grouped and chosen
 * by.  What they are not grouped by is 0 in all keys.
 */
#ifndef ANALYZER_KEY_H
#define ANALYZER_KEY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/hash.h"
#include "base/tasks.h"
#include "event/detail.h"
#include "event/level.h"
#include "event/reasons.h"

/* What group_key.rip is */
enum rip_is {
	RIP_NONE,		/* exits are not grouped by it */
	RIP_KNOWN,
	RIP_UNKNOWN,		/* the kvm_exit is not recorded */
	RIP_OTHER,		/* one of those that had no room */
	RIP_NOWHERE,		/* of functions: in none */
};

struct group_key {
	uint32_t vm;		/* PID of the VM's process, or as tasks.h has it */
	uint32_t vcpu;		/* its vcpu_id, or VCPU_UNKNOWN */
	uint32_t cpu;
	uint32_t isa;		/* exit reason: this */
	uint64_t code;		/* and that */
	uint16_t rip_is;
	uint16_t level;		/* enum level */
	uint32_t thread;	/* TID */
	uint32_t recording;	/* of several: which.  Not compared below: while one
				   is read, there are no others */
	uint64_t rip;
	struct detail detail;
	uint64_t ts;		/* of a list: when it ended.  By time: the number of
				   its bucket: time_buckets.h */
	uint64_t begin;		/* of a list: when its kvm_exit was written; 0: that is
				   not known.  Not compared, either: ts tells */
};

/* By what kvm_entry has.  If all else is 0 in both, they are equal. */
ALWAYS_INLINE bool group_key_same_exit(const struct group_key *a,
				       const struct group_key *b)
{
	return a->code == b->code && a->vcpu == b->vcpu && a->vm == b->vm &&
	       a->cpu == b->cpu && a->isa == b->isa;
}

/* What lies beside each other, as one number */
ALWAYS_INLINE uint64_t group_key_thread(const struct group_key *k)
{
	return (uint64_t)k->thread << 32 | (uint32_t)k->level << 16 | k->rip_is;
}

/* The same, set, and written as one: see detail_set_kind(). */
ALWAYS_INLINE void group_key_set_thread(struct group_key *k, uint32_t thread,
					uint16_t level, uint16_t rip_is)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
	const uint64_t all = (uint64_t)thread << 32 | (uint32_t)level << 16 | rip_is;
#else
	const uint64_t all = (uint64_t)rip_is << 48 | (uint64_t)level << 32 | thread;
#endif

	memcpy(&k->rip_is, &all, sizeof(all));
}

/* By all that there is */
ALWAYS_INLINE bool group_key_equal(const struct group_key *a,
				   const struct group_key *b)
{
	return group_key_same_exit(a, b) && a->ts == b->ts &&
	       group_key_thread(a) == group_key_thread(b) && a->rip == b->rip &&
	       detail_equal(&a->detail, &b->detail);
}

/* 2^64 / the golden ratio: numbers that follow each other are far apart. */
#define GROUP_KEY_STEP	0x9e3779b97f4a7c15ull

ALWAYS_INLINE uint64_t group_key_hash(const struct group_key *k)
{
	uint64_t h = hash_two((uint64_t)k->vm << 32 | k->vcpu,
			      ((uint64_t)k->cpu << 32 | (uint32_t)k->code) +
			      k->ts * GROUP_KEY_STEP);

	h += k->isa;
	if (__builtin_expect(k->code >> 32 || k->isa > ISA_LAST, 0))
		h = hash_two(h ^ k->code >> 32, k->isa);
	if (!group_key_thread(k) && !k->detail.kind && !k->detail.flags)
		return h;
	h = hash_two(h ^ k->rip, k->detail.value);
	return hash_two(h ^ k->detail.error,
			detail_word(&k->detail) + group_key_thread(k));
}

#endif /* ANALYZER_KEY_H */
