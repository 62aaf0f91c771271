/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What became of each file, and its way to rank 0: a tree of sends, in which each rank
 * takes what others send, and sends it on with its own.
 */
#ifndef MPI_COLLECT_H
#define MPI_COLLECT_H

#include <stddef.h>
#include <stdint.h>

/* Of one file: the head of it in a struct pieces */
struct piece {
	uint64_t index;		/* of the file, as they were named */
	uint64_t bytes;		/* of its state, which follows; 0: it failed */
	int64_t status;		/* enum kvx_status */
};

/* A zeroed struct has none. */
struct pieces {
	char *data;
	size_t bytes, allocated;
};

/* Return -1 only if memory is short. */
int pieces_add(struct pieces *p, const struct piece *piece, const void *state);

/* All of the ranks, in any order, on rank 0.  Return -1 only if memory is short. */
int pieces_collect(struct pieces *p, int rank, int ranks);

/*
 * The piece at *@at, and where its state is; NULL: there is no more.  *@at begins as
 * 0.  @piece is a copy: nothing in there is aligned.
 */
const char *pieces_next(const struct pieces *p, size_t *at, struct piece *piece);

#endif /* MPI_COLLECT_H */
