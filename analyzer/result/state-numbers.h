/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The bytes of one part of a state -> numbers and texts: docs/state.md.  What is not
 * as it has to be is reported with its place in the file; all of these return -1 then.
 */
#ifndef ANALYZER_STATE_NUMBERS_H
#define ANALYZER_STATE_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "result/state-private.h"

/* A part, in memory */
struct state_in {
	const char *path;
	const uint8_t *start, *pos, *end;
	uint64_t offset;		/* of @start in the file */
	unsigned int version;
	bool untold;			/* its times say which parts are known */
	struct state *state;
};

/* Say what is wrong where @in is.  Return -1, always. */
int state_bad(const struct state_in *in, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* A number up to @max; @what it is, for messages */
int state_get_wide(struct state_in *in, const char *what, u128 max, u128 *v);
int state_get(struct state_in *in, const char *what, uint64_t max, uint64_t *v);
int state_get_u32(struct state_in *in, const char *what, uint32_t max, uint32_t *v);

/* @text has room for @max bytes and a NUL. */
int state_get_text(struct state_in *in, const char *what, size_t max, char *text);

/* Any number of 64 bits, into each of @to */
struct state_field {
	const char *what;
	uint64_t *to;
};

int state_get_fields(struct state_in *in, const struct state_field *fields, size_t nr);

#define STATE_GET_FIELDS(in, fields) \
	state_get_fields(in, fields, sizeof(fields) / sizeof((fields)[0]))

/* Count what is allocated: -1 if it is more than all states together may take. */
int state_charge(struct state_in *in, size_t bytes);

/* The groups of a view, and its times; in state-groups.c */
int state_get_groups(struct state_in *in, struct view *v);
int state_get_times(struct state_in *in, struct view *v);

/* All of a part, which is added to its state; in state-part.c */
int state_get_part(struct state_in *in);

#endif /* ANALYZER_STATE_NUMBERS_H */
