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
#include "event/level.h"
#include "event/machine.h"
#include "parse.h"

struct inside_event {
	struct parse_event event;
	struct parse_field fields[MACHINE_FIELDS];
	enum detail_kind kind;		/* of its detail; not of kvm_exit */
};

struct inside {
	const struct parse *p;
	struct inside_event exit;
	enum level level;		/* of exits without an event that tells it */
	unsigned int exit_has;		/* a bit for each of its fields */
	uint64_t exit_mask[MACHINE_FIELDS];	/* 0: no such field */
	struct inside_event events[MACHINE_INSIDE + 1];	/* none is at 0 */
	uint8_t index[65536];		/* of events, by event id; 0: none */
};

/* Events that are not recorded are none; their details will be missing. */
int inside_init(struct inside *in, const struct parse *p,
		const struct source *src);

/*
 * What kind of detail does @rec tell?  DETAIL_NONE: it is no event inside exits, or
 * too short.  DETAIL_NESTED: the exit is of LEVEL_L2.
 */
ALWAYS_INLINE enum detail_kind inside_kind(const struct inside *in,
					   const struct subbuf_record *rec)
{
	const unsigned int index = in->index[subbuf_event_id(rec)];
	const struct inside_event *e = &in->events[index];

	return likely(index && rec->len >= e->event.min_len) ? e->kind :
							       DETAIL_NONE;
}

/*
 * The next two, of a record that is long enough.  (They take its data, so that the
 * record stays in registers.)
 */
void inside_decode_event(const struct inside *in, unsigned int index,
			 const uint8_t *data, struct detail *d);
void inside_decode_exit(const struct inside *in, const uint8_t *data,
			uint32_t isa, uint64_t code, uint64_t *rip,
			struct detail *d);

/* If it tells one: @d is that. */
ALWAYS_INLINE void inside_decode(const struct inside *in,
				 const struct subbuf_record *rec,
				 struct detail *d)
{
	inside_decode_event(in, in->index[subbuf_event_id(rec)], rec->data, d);
}

/*
 * The same of what is of @kind, as inside_kind() has it, if that tells more than @d does:
 * as detail_merge(), but no other detail is decoded.
 */
ALWAYS_INLINE void inside_merge(const struct inside *in,
				const struct subbuf_record *rec,
				enum detail_kind kind, struct detail *d)
{
	uint16_t flags;

	if (detail_rank(kind) <= detail_rank(d->kind))
		return;
	flags = d->flags;
	inside_decode(in, rec, d);
	d->flags = flags;
}

/* @rec is an exit of @isa and @code.  Return false if it is too short. */
ALWAYS_INLINE bool inside_exit(const struct inside *in,
			       const struct subbuf_record *rec, uint32_t isa,
			       uint64_t code, uint64_t *rip, struct detail *d)
{
	if (unlikely(rec->len < in->exit.event.min_len))
		return false;
	inside_decode_exit(in, rec->data, isa, code, rip, d);
	return true;
}

#endif /* ANALYZER_INSIDE_H */
