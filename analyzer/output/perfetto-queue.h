/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Blocks of items (perfetto-pack.h) -> a file, compressed, in their order.
 *
 * Threads take the oldest block that nobody has, make packets of it, compress them, and
 * write what is next in the file.  Who fills blocks does the same when no block is left to
 * be filled, so that no thread waits for another one; without threads, always then.
 *
 * What is in the file does not depend on how many threads there are.
 */
#ifndef ANALYZER_PERFETTO_QUEUE_H
#define ANALYZER_PERFETTO_QUEUE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>

#include "output/perfetto-pack.h"

/* Items of a block: 256 KiB, as many bytes of packets as a rule */
#define PERFETTO_BLOCK_ITEMS	(1u << 14)

/* More threads would have nothing to do: all that is read, one thread reads. */
#define PERFETTO_HELPERS	3u
#define PERFETTO_BLOCKS		(2 * PERFETTO_HELPERS + 2)

enum perfetto_block_state {
	PERFETTO_BLOCK_WAITS,
	PERFETTO_BLOCK_TAKEN,
	PERFETTO_BLOCK_DONE,		/* it is compressed */
};

struct perfetto_block {
	struct perfetto_item *items;
	size_t nr;
	uint8_t *packed;
	size_t packed_nr;
	enum perfetto_block_state state;
};

/* What a thread needs that compresses */
struct perfetto_packer {
	struct perfetto_queue *queue;
	struct deflate *deflate;
	struct protobuf packets;
	pthread_t thread;
};

struct perfetto_queue {
	FILE *out;
	struct perfetto_block blocks[PERFETTO_BLOCKS];	/* a ring */
	unsigned int nr_blocks;
	unsigned int oldest, nr;	/* that are in the queue */
	bool writing;			/* somebody writes the oldest one */
	bool failed;
	bool ends;			/* no more will come */
	unsigned int helpers;		/* threads to be; once begun, those that are */
	bool begun;
	struct perfetto_packer packers[1 + PERFETTO_HELPERS];	/* the caller's first */
	pthread_mutex_t lock;		/* of all but what a block has while it is taken */
	pthread_cond_t more, room;	/* for helpers, for the caller */
};

/*
 * @threads: so many may be used, the caller's included.  Return -1 if memory is short;
 * perfetto_queue_release() also then.
 */
int perfetto_queue_init(struct perfetto_queue *q, FILE *out, unsigned int threads);
void perfetto_queue_release(struct perfetto_queue *q);

/* The block to be filled */
static inline struct perfetto_block *perfetto_queue_next(struct perfetto_queue *q)
{
	return &q->blocks[(q->oldest + q->nr) % q->nr_blocks];
}

/* It is full.  Return the next one, which is empty.  @failed is set if writing failed. */
struct perfetto_block *perfetto_queue_put(struct perfetto_queue *q, bool *failed);

/* All is written, what the block to be filled has by now included; or -1. */
int perfetto_queue_end(struct perfetto_queue *q);

#endif /* ANALYZER_PERFETTO_QUEUE_H */
