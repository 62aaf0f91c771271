// SPDX-License-Identifier: GPL-2.0
#include "collect.h"

#include <mpi.h>
#include <stdlib.h>
#include <string.h>

/* MPI counts by int. */
#define MESSAGE_MAX	((size_t)1 << 30)

static char *make_room(struct pieces *p, size_t bytes)
{
	size_t size = p->allocated ? p->allocated : 65536;
	char *data;

	while (size - p->bytes < bytes)
		size *= 2;
	if (size != p->allocated) {
		data = realloc(p->data, size);
		if (!data)
			return NULL;
		p->data = data;
		p->allocated = size;
	}
	return p->data + p->bytes;
}

int pieces_add(struct pieces *p, const struct piece *piece, const void *state)
{
	char *to = make_room(p, sizeof(*piece) + piece->bytes);

	if (!to)
		return -1;
	memcpy(to, piece, sizeof(*piece));
	if (piece->bytes)
		memcpy(to + sizeof(*piece), state, piece->bytes);
	p->bytes += sizeof(*piece) + piece->bytes;
	return 0;
}

static int part_of(size_t bytes, size_t done)
{
	return bytes - done < MESSAGE_MAX ? bytes - done : MESSAGE_MAX;
}

static void send_all(const struct pieces *p, int to)
{
	const uint64_t bytes = p->bytes;
	size_t done;

	MPI_Send(&bytes, 1, MPI_UINT64_T, to, 0, MPI_COMM_WORLD);
	for (done = 0; done < bytes; done += MESSAGE_MAX)
		MPI_Send(p->data + done, part_of(bytes, done), MPI_BYTE, to, 0,
			 MPI_COMM_WORLD);
}

static int receive_all(struct pieces *p, int from)
{
	uint64_t bytes;
	size_t done;
	char *to;

	MPI_Recv(&bytes, 1, MPI_UINT64_T, from, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	to = make_room(p, bytes);
	if (!to)
		return -1;
	for (done = 0; done < bytes; done += MESSAGE_MAX)
		MPI_Recv(to + done, part_of(bytes, done), MPI_BYTE, from, 0,
			 MPI_COMM_WORLD, MPI_STATUS_IGNORE);
	p->bytes += bytes;
	return 0;
}

/* Rank 6 takes what 7 has, and sends it to 4, which has that of 5 by then. */
int pieces_collect(struct pieces *p, int rank, int ranks)
{
	int step;

	for (step = 1; step < ranks; step *= 2) {
		if (rank & step) {
			send_all(p, rank - step);
			return 0;
		}
		if (rank + step < ranks && receive_all(p, rank + step) < 0)
			return -1;
	}
	return 0;
}

const char *pieces_next(const struct pieces *p, size_t *at, struct piece *piece)
{
	const char *state;

	if (*at == p->bytes)
		return NULL;
	memcpy(piece, p->data + *at, sizeof(*piece));
	state = p->data + *at + sizeof(*piece);
	*at += sizeof(*piece) + piece->bytes;
	return state;
}
