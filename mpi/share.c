// SPDX-License-Identifier: GPL-2.0
#include "share.h"

#include <stdlib.h>

struct file {
	uint64_t bytes;
	size_t index;
};

/* The largest first; of two that are as large, the one that was named first */
static int compare_files(const void *a, const void *b)
{
	const struct file *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes > y->bytes ? -1 : 1;
	return x->index < y->index ? -1 : 1;
}

static int least_loaded(const uint64_t *load, int ranks)
{
	int rank, least = 0;

	for (rank = 1; rank < ranks; rank++)
		if (load[rank] < load[least])
			least = rank;
	return least;
}

int share_files(const uint64_t *bytes, size_t nr, int ranks, int *owner)
{
	struct file *files = calloc(nr + 1, sizeof(*files));
	uint64_t *load = calloc(ranks, sizeof(*load));
	size_t i;
	int rank;

	for (i = 0; files && load && i < nr; i++)
		files[i] = (struct file){ bytes[i], i };
	if (files && load)
		qsort(files, nr, sizeof(*files), compare_files);
	for (i = 0; files && load && i < nr; i++) {
		rank = least_loaded(load, ranks);
		owner[files[i].index] = rank;
		/* A file costs something even if it is empty. */
		load[rank] += files[i].bytes + 4096;
	}
	i = files && load;
	free(files);
	free(load);
	return i ? 0 : -1;
}
