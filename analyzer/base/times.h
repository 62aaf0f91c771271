/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the time of vCPUs went: parts that add up to the span of the recording,
 * exactly.  Sums of them merge in any order.
 */
#ifndef ANALYZER_TIMES_H
#define ANALYZER_TIMES_H

#include "stats.h"

/* In the order of the columns */
enum times_part {
	TIMES_GUEST,
	TIMES_PROCESSING,	/* exits, in KVM: "cycles" of the exits */
	TIMES_USER,
	TIMES_HALTED,
	TIMES_OFF_CPU,
	TIMES_TRACED,
	TIMES_UNKNOWN,
	TIMES_BEFORE,		/* the vCPU's first event */
	TIMES_AFTER,		/* its last event */
	TIMES_PARTS,
};

/* All that stamps tell, and what remains where nothing else is told */
#define TIMES_ALL	((1u << TIMES_PARTS) - 1)
#define TIMES_TOLD	(1u << TIMES_PARTS)	/* which halts were polled */
#define TIMES_ALWAYS	(1u << TIMES_UNKNOWN | 1u << TIMES_BEFORE | \
			 1u << TIMES_AFTER)

struct times {
	u128 span;		/* as often as there are vCPUs */
	u128 part[TIMES_PARTS];
	u128 polled, slept;	/* of TIMES_HALTED, as far as events tell: of halts
				   that were polled as a whole, and of others */
	uint32_t known;		/* bits of parts that the recording can tell: of
				   another part, 0 says nothing */
};

static inline void times_merge(struct times *to, const struct times *from)
{
	unsigned int i;

	to->span += from->span;
	to->polled += from->polled;
	to->slept += from->slept;
	to->known |= from->known;
	for (i = 0; i < TIMES_PARTS; i++)
		to->part[i] += from->part[i];
}

#endif /* ANALYZER_TIMES_H */
