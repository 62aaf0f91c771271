/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording of perf that is read once: what has been looked at (perfdata-scan.h) is
 * kept in memory until the streams have had it, as far as there is room.  With several
 * threads, one does nothing but read, decompress and look, a short way ahead of those
 * that read the streams.
 *
 *	if (perf_announced(pd) < 0)
 *		... it takes a look at all of the file first: perf_index()
 *	a = perf_ahead_begin(pd, threads);
 *	while ((ret = perf_ahead_next(a, index, &item)) == 1)
 *		... the run is at item.data, or, if that is NULL, in the file
 *	perf_ahead_leave(a, &item);
 *
 * All that is read this way is as it is after perf_index().  Where that is not sure,
 * as the CPU of a sample was not announced, time goes back, something is damaged, or a
 * loss is found where it may have mattered before, the file is odd: all streams fail,
 * nothing is said, and whoever reads begins again, after perf_index(), which says what
 * there is to say.
 *
 * Memory: at most PERF_AHEAD_BLOCKS.  If streams need what comes later in the file
 * while there is no room, as a CPU has nothing for long, what is oldest is given up,
 * and read again from the file; what was unpacked is written to a temporary one.
 */
#ifndef ANALYZER_PERFDATA_AHEAD_H
#define ANALYZER_PERFDATA_AHEAD_H

#include "source/perfdata/perfdata-private.h"

#define PERF_AHEAD_BYTES	(128u << 10)	/* of a block: two of any record */
#define PERF_AHEAD_BLOCKS	128u
#define PERF_AHEAD_NONE		UINT32_MAX

struct perf_ahead;

/* A run that a stream has.  Zeroed: none */
struct perf_item {
	struct perf_run run;
	uint8_t *data;
	uint32_t block;
	bool held;		/* the block is kept */
	uint64_t complete;	/* of SOURCE_AGAIN */
};

/* After perf_announced().  NULL: memory is short. */
struct perf_ahead *perf_ahead_begin(struct perfdata *pd, unsigned int threads);
void perf_ahead_free(struct perf_ahead *a);

/*
 * The next run of the CPU at @index of pd->cpus, in @item, in place of the one before.
 * Return 1, 0 at the end, SOURCE_AGAIN if there is none before item->complete, or -1 if
 * it is odd.
 */
int perf_ahead_next(struct perf_ahead *a, unsigned int index,
		    struct perf_item *item);
void perf_ahead_leave(struct perf_ahead *a, struct perf_item *item);

/* All streams wait: look at more. */
void perf_ahead_wait(struct perf_ahead *a);
/* Look at the rest.  Return -1 if it is odd. */
int perf_ahead_finish(struct perf_ahead *a);
/*
 * A stream is opened: return 1 if it is handed out by this, 0 if it is opened once more,
 * so that all is known, and -1 if that is odd.
 */
int perf_ahead_open(struct perf_ahead *a);
/* All was read, and is to be read again: -1 if that is odd. */
int perf_ahead_again(struct perf_ahead *a);
/* Did a stream fail because of that? */
bool perf_ahead_is_odd(struct perf_ahead *a);

#endif /* ANALYZER_PERFDATA_AHEAD_H */
