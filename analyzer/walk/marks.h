/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events other than kvm_exit and kvm_entry that say where a thread is, for
 * recordings without stamps: see timeline.h.
 */
#ifndef ANALYZER_MARKS_H
#define ANALYZER_MARKS_H

#include <stdbool.h>
#include <stdint.h>

#include "parse.h"
#include "source/source.h"
#include "walk/timeline.h"

enum mark {
	MARK_FPU = 1,
	MARK_USERSPACE_EXIT,
	MARK_WAKEUP,
	MARK_SWITCH,
	MARKS,
};

struct marks {
	uint8_t mark[65536];		/* by event id; 0: none of them */
	struct parse_event event[MARKS];
	struct parse_field pid, load, ns, waited, prev_pid, next_pid;
	const struct recording *info;
	bool all;			/* all of them are recorded, and usable */
	unsigned int known;		/* parts of time that can be told: times.h */
};

/* Say which are not recorded.  Return -1 after an error. */
int marks_init(struct marks *m, const struct parse *p,
	       const struct source *src);

static inline bool marks_has(const struct marks *m,
			     const struct subbuf_record *rec)
{
	return m->mark[subbuf_event_id(rec)];
}

/* Tell @tl what the @data of an event at @ts says.  Return -1 as timeline.h. */
int marks_tell(const struct marks *m, struct timeline *tl, enum mark mark,
	       uint64_t ts, const uint8_t *data);

/* The same of @rec, unless it is too short */
ALWAYS_INLINE int marks_handle(const struct marks *m, struct timeline *tl,
			       const struct subbuf_record *rec)
{
	const enum mark mark = m->mark[subbuf_event_id(rec)];

	return likely(rec->len >= m->event[mark].min_len) ?
	       marks_tell(m, tl, mark, rec->ts, rec->data) : 0;
}

#endif /* ANALYZER_MARKS_H */
