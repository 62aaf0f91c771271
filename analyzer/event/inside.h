/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is recorded inside an exit: the part of kvm_exit that only details need,
 * and the events between it and the next kvm_entry of the same thread.
 *
 * They are looked up only where a view asks for details: other loops pass over
 * them.
 */
#ifndef ANALYZER_INSIDE_H
#define ANALYZER_INSIDE_H

#include "event/detail.h"
#include "event/machine.h"
#include "parse.h"

struct inside_event {
	struct parse_event event;
	struct parse_field fields[MACHINE_FIELDS];
};

struct inside {
	const struct parse *p;
	struct inside_event exit;
	unsigned int exit_has;		/* a bit for each of its fields */
	struct inside_event events[MACHINE_INSIDE];
	uint8_t index[65536];		/* of events, plus 1, by event id */
};

/* Events that are not recorded are none; their details will be missing. */
int inside_init(struct inside *in, const struct parse *p,
		const struct source *src);

/* Is @rec an event that may be inside an exit? */
static inline bool inside_has(const struct inside *in,
			      const struct subbuf_record *rec)
{
	return in->index[subbuf_event_id(rec)];
}

/* Then set @d, unless it is too short. */
bool inside_event(const struct inside *in, const struct subbuf_record *rec,
		  struct detail *d);

/* @rec is an exit of @isa and @code.  Return false if it is too short. */
bool inside_exit(const struct inside *in, const struct subbuf_record *rec,
		 uint32_t isa, uint64_t code, uint64_t *rip, struct detail *d);

#endif /* ANALYZER_INSIDE_H */
