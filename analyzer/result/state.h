/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A state: the figures of one recording or of several, to be saved, read again,
 * added up and shown.  docs/state.md has the file, byte for byte.
 *
 * Each recording stays a part of its own, a complete struct view by all keys that
 * were asked for.  So merging states is to put their parts together, and a file has
 * them in the order of their bytes: whatever is merged in whatever order, the same
 * recordings give the same file.
 *
 * A file is not trusted: lengths, ranges and sums are checked, what is accepted gives
 * the same bytes when it is saved again, and no more than STATE_BYTES_MAX is allocated
 * for figures.
 */
#ifndef ANALYZER_STATE_H
#define ANALYZER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "result/view.h"

#define STATE_VERSION	2u	/* if it has figures of each part; else: */
#define STATE_VERSION_CYCLES	1u
#define STATE_PARTS_MAX	16384u
#define STATE_BYTES_MAX	(2ull << 30)

struct state_part {
	struct view view;	/* complete, not finished */
	char *file;		/* what it was read from; NULL: a recording */
};

/* A zeroed struct is an empty one. */
struct state {
	struct state_part *parts;
	size_t nr, allocated;
	uint64_t bytes;		/* of figures that were read */
};

void state_release(struct state *s);

/* Is the plain file @path a state by its first bytes?  False also if it cannot be read. */
bool state_is(const char *path);

/* Append a part that was made from a recording: take @v.  -1: memory is short. */
int state_add(struct state *s, struct view *v);

/* Append the parts of a file.  Return -1 after a message. */
int state_load(struct state *s, const char *path);

/* The same of @bytes in memory, which messages call @path */
int state_load_bytes(struct state *s, const char *path, const void *data, size_t bytes);

/* Release all parts but the first @nr. */
void state_cut(struct state *s, size_t nr);

/* Return -1 if writing failed, without a message, or after one. */
int state_save(const struct state *s, FILE *out);

/*
 * Can all parts be added up?  Return -1 after a message: they are not of one kind,
 * or a recording is there twice.
 */
int state_check(const struct state *s);

/*
 * Add all parts up to what @opt asks for: @v is complete, and what @s has is not
 * changed.  Return -1 after a message: state_check() fails, or a state
 * does not have what is asked for.  @v is to be released in any case.
 */
int state_view(const struct state *s, const struct view_options *opt,
	       struct view *v);

#endif /* ANALYZER_STATE_H */
