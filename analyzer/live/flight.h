/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A flight recorder: the latest sub-buffers of each CPU, in bounded memory, until they
 * are written.
 *
 * CPUs fill theirs at different rates, so what is kept goes back further on some than
 * on others.  What is written begins where all have something: with the latest of the
 * times from which a CPU is complete, to the event.
 */
#ifndef ANALYZER_LIVE_FLIGHT_H
#define ANALYZER_LIVE_FLIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "live/tracing.h"

struct flight_cpu {
	uint8_t *pages;			/* a circle of sub-buffers; NULL: none yet */
	uint64_t seen;			/* sub-buffers in all: the latest are kept */
};

struct flight {
	const struct tracing *tracing;
	struct flight_cpu *list;
	uint64_t capacity;		/* sub-buffers of each CPU */
	bool failed;			/* no memory: said */
};

/* Return -1 after an error; flight_close() also then. */
int flight_open(struct flight *f, const struct tracing *t);
void flight_close(struct flight *f);

/* For struct rings */
void flight_add(void *flight, unsigned int cpu, const uint8_t *data, size_t len);

/* Write all CPUs' common time to @path; @head: see tracefile.h.  Return -1 after an error. */
int flight_save(struct flight *f, int head, const char *path);

/*
 * Cut off what is before @begin of a sub-buffer of @bytes, whose data begin at
 * @offset.  Return false if nothing is left, or if it is damaged.
 */
bool flight_clip(uint8_t *page, uint32_t bytes, uint32_t offset, uint64_t begin);

#endif /* ANALYZER_LIVE_FLIGHT_H */
