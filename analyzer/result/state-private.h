/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files state*.c share: state-save.c writes the file, state-load.c reads it,
 * with state-part.c, state-groups.c and state-numbers.c for what is in it; state.c
 * adds up.
 */
#ifndef ANALYZER_STATE_PRIVATE_H
#define ANALYZER_STATE_PRIVATE_H

#include "result/state.h"

#define STATE_MAGIC	"\211KVXST\r\n"
#define STATE_MAGIC_LEN	8u
#define STATE_HEAD	16u		/* bytes before the first part */
#define STATE_PART_HEAD	12u		/* bytes before each part's own */

/* The keys that the file knows, as it has them */
#define STATE_KEYS	(BY_VM | BY_VCPU | BY_CPU | BY_REASON | BY_RIP | BY_DETAIL | \
			 BY_TIME | BY_THREAD | BY_LEVEL)

_Static_assert(BY_VM == 1 && BY_VCPU == 2 && BY_CPU == 4 && BY_REASON == 8 &&
	       BY_RIP == 16 && BY_DETAIL == 32 && BY_TIME == 64 &&
	       BY_THREAD == 1024 && BY_LEVEL == 2048, "docs/state.md has these");

#define STATE_PATCHED	1u
#define STATE_STAMPED	2u
#define STATE_HAS_SPAN	4u
#define STATE_HAS_TIMES	8u
#define STATE_HAS_CLOCK	16u
#define STATE_HAS_PROOF	32u
#define STATE_WHOLE	64u
#define STATE_LOSSY	128u
#define STATE_HAS_FILE	256u
#define STATE_EACH_PART	512u		/* from version 2 on */
#define STATE_UNTOLD	1024u		/* no event tells some parts of the time */
#define STATE_FLAGS	2047u

static inline bool state_has_untold(const struct view *v)
{
	size_t i;

	for (i = 0; i < v->groups.nr; i++)
		if (v->groups.list[i].times &&
		    v->groups.list[i].times->known != TIMES_ALL)
			return true;
	return false;
}

/* What a group has besides cycles, as far as it was not 0 */
static inline bool state_has_part(const struct stats_cell *c, enum stats_of of)
{
	return of == STATS_OF_TOTAL ? c->user || c->halted || c->off_cpu :
				      stats_sum_of(c, of) != 0;
}

#define STATE_PATH_MAX	4096u
#define STATE_CLOCK_MAX	256u

/* Of one recording.  Sums over STATE_PARTS_MAX of them fit where they are kept. */
#define STATE_EXITS_MAX	((1ull << 48) - 1)

/* The lowest that has all that the parts from @first on have */
unsigned int state_version(const struct state *s, size_t first);

/* The bytes of a part, as they grow */
struct state_bytes {
	uint8_t *data;
	size_t len, allocated;
	bool failed;		/* memory is short: reported */
};

#endif /* ANALYZER_STATE_PRIVATE_H */
