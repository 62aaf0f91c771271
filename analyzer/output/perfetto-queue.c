// SPDX-License-Identifier: GPL-2.0
#include "output/perfetto-queue.h"

#include <stdlib.h>
#include <string.h>

#include "base/deflate.h"
#include "output/perfetto-private.h"

#define BLOCK_BYTES	(PERFETTO_BLOCK_ITEMS * sizeof(struct perfetto_item))

static int init_packer(struct perfetto_queue *q, struct perfetto_packer *p)
{
	p->queue = q;
	p->packets.data = malloc(perfetto_pack_bound(PERFETTO_BLOCK_ITEMS));
	p->deflate = deflate_alloc();
	return p->packets.data && p->deflate ? 0 : -1;
}

int perfetto_queue_init(struct perfetto_queue *q, FILE *out, unsigned int threads)
{
	const size_t bound = deflate_bound(perfetto_pack_bound(PERFETTO_BLOCK_ITEMS));
	unsigned int i;

	*q = (struct perfetto_queue){ .out = out };
	pthread_mutex_init(&q->lock, NULL);
	pthread_cond_init(&q->more, NULL);
	pthread_cond_init(&q->room, NULL);
	q->helpers = threads > 1 ? threads - 1 : 0;
	if (q->helpers > PERFETTO_HELPERS)
		q->helpers = PERFETTO_HELPERS;
	q->nr_blocks = q->helpers ? 2 * q->helpers + 2 : 1;
	for (i = 0; i < q->nr_blocks; i++) {
		q->blocks[i].items = malloc(BLOCK_BYTES);
		q->blocks[i].packed = malloc(bound);
		if (!q->blocks[i].items || !q->blocks[i].packed)
			return -1;
	}
	for (i = 0; i <= q->helpers; i++)
		if (init_packer(q, &q->packers[i]) < 0)
			return -1;
	return 0;
}

/* Compressed: @b->packed_nr is 0 if that failed. */
static void pack(struct perfetto_packer *p, struct perfetto_block *b)
{
	p->packets.nr = 0;
	perfetto_pack(b->items, b->nr, &p->packets);
	b->packed_nr = deflate_block(p->deflate, p->packets.data, p->packets.nr, b->packed);
}

/* One packet that has all those of @b.  Return -1 if it cannot be written. */
static int write_block(FILE *out, const struct perfetto_block *b)
{
	uint8_t head[4 * VARINT_MAX];
	struct protobuf outer = { .data = head };
	uint8_t inner[2 * VARINT_MAX];
	struct protobuf in = { .data = inner };

	protobuf_key(&in, PACKET_COMPRESSED, PROTOBUF_BYTES);
	protobuf_varint(&in, b->packed_nr);
	protobuf_key(&outer, TRACE_PACKET, PROTOBUF_BYTES);
	protobuf_varint(&outer, in.nr + b->packed_nr);
	memcpy(head + outer.nr, inner, in.nr);
	if (!b->packed_nr ||
	    fwrite(head, 1, outer.nr + in.nr, out) != outer.nr + in.nr ||
	    fwrite(b->packed, 1, b->packed_nr, out) != b->packed_nr)
		return -1;
	return 0;
}

/* The following are called with the lock, and leave it while they work. */

/* The block that was filled, unless it is empty */
static void put_last(struct perfetto_queue *q)
{
	struct perfetto_block *b = perfetto_queue_next(q);

	b->state = PERFETTO_BLOCK_WAITS;
	q->nr += b->nr > 0;
}

static struct perfetto_block *find_waiting(struct perfetto_queue *q)
{
	struct perfetto_block *b;
	unsigned int i;

	for (i = 0; i < q->nr; i++) {
		b = &q->blocks[(q->oldest + i) % q->nr_blocks];
		if (b->state == PERFETTO_BLOCK_WAITS)
			return b;
	}
	return NULL;
}

/* Who writes goes on as long as the next one is there: so nobody waits for that. */
static void write_done(struct perfetto_queue *q)
{
	const struct perfetto_block *b = &q->blocks[q->oldest];
	bool failed = q->failed;

	if (q->writing)
		return;
	q->writing = true;
	while (q->nr && b->state == PERFETTO_BLOCK_DONE) {
		pthread_mutex_unlock(&q->lock);
		failed = failed || write_block(q->out, b) < 0;
		pthread_mutex_lock(&q->lock);
		q->failed = failed;
		q->oldest = (q->oldest + 1) % q->nr_blocks;
		q->nr--;
		b = &q->blocks[q->oldest];
		pthread_cond_signal(&q->room);
	}
	q->writing = false;
}

/* Return false if nothing waits. */
static bool pack_one(struct perfetto_queue *q, struct perfetto_packer *p)
{
	struct perfetto_block *b = find_waiting(q);

	if (!b)
		return false;
	b->state = PERFETTO_BLOCK_TAKEN;
	pthread_mutex_unlock(&q->lock);
	pack(p, b);
	pthread_mutex_lock(&q->lock);
	b->state = PERFETTO_BLOCK_DONE;
	write_done(q);
	return true;
}

static void *help(void *arg)
{
	struct perfetto_packer *p = arg;
	struct perfetto_queue *q = p->queue;

	pthread_mutex_lock(&q->lock);
	while (pack_one(q, p) || !q->ends)
		if (!q->ends && !find_waiting(q))
			pthread_cond_wait(&q->more, &q->lock);
	pthread_mutex_unlock(&q->lock);
	return NULL;
}

/* Once a block is full, which those of a small recording never are */
static void begin_helpers(struct perfetto_queue *q)
{
	unsigned int nr = 0;

	q->begun = true;
	while (nr < q->helpers &&
	       pthread_create(&q->packers[1 + nr].thread, NULL, help,
			      &q->packers[1 + nr]) == 0)
		nr++;
	q->helpers = nr;
}

struct perfetto_block *perfetto_queue_put(struct perfetto_queue *q, bool *failed)
{
	struct perfetto_block *b;

	if (!q->begun)
		begin_helpers(q);
	pthread_mutex_lock(&q->lock);
	put_last(q);
	pthread_cond_signal(&q->more);
	while (q->nr == q->nr_blocks)
		if (!pack_one(q, &q->packers[0]))
			pthread_cond_wait(&q->room, &q->lock);
	b = perfetto_queue_next(q);
	*failed |= q->failed;
	pthread_mutex_unlock(&q->lock);
	b->nr = 0;
	return b;
}

/* All that waits is written, and no thread is left. */
static void end_helpers(struct perfetto_queue *q)
{
	unsigned int i;

	pthread_mutex_lock(&q->lock);
	q->ends = true;
	pthread_cond_broadcast(&q->more);
	while (pack_one(q, &q->packers[0]))
		;
	pthread_mutex_unlock(&q->lock);
	for (i = 1; q->begun && i <= q->helpers; i++)
		pthread_join(q->packers[i].thread, NULL);
	q->begun = false;
}

int perfetto_queue_end(struct perfetto_queue *q)
{
	pthread_mutex_lock(&q->lock);
	put_last(q);
	pthread_mutex_unlock(&q->lock);
	end_helpers(q);
	return q->failed ? -1 : 0;
}

void perfetto_queue_release(struct perfetto_queue *q)
{
	unsigned int i;

	if (q->begun)
		end_helpers(q);
	for (i = 0; i <= PERFETTO_HELPERS; i++) {
		deflate_free(q->packers[i].deflate);
		free(q->packers[i].packets.data);
	}
	for (i = 0; i < PERFETTO_BLOCKS; i++) {
		free(q->blocks[i].items);
		free(q->blocks[i].packed);
	}
	pthread_cond_destroy(&q->room);
	pthread_cond_destroy(&q->more);
	pthread_mutex_destroy(&q->lock);
}
