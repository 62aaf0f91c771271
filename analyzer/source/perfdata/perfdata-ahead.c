// SPDX-License-Identifier: GPL-2.0
#include "source/perfdata/perfdata-ahead.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/array.h"
#include "base/diag.h"
#include "base/error.h"
#include "source/perfdata/perfdata-scan.h"

/*
 * So far ahead is the thread that reads, unless a stream waits.  To wake up takes as long
 * as a block does, or several: so nobody is woken for less than half of them, the thread
 * that reads for as many that are free again, streams for as many new ones.
 */
#define BLOCKS_AHEAD	32u
#define BLOCKS_AT_ONCE	(BLOCKS_AHEAD / 2)

/* Some of the file, or of what was unpacked: whole records, and maybe part of one */
struct block {
	uint8_t *data;
	uint64_t begin;			/* as perf_run.offset */
	size_t bytes;
	size_t looked;			/* at these */
	uint32_t runs;			/* that no stream has had */
	uint32_t holders;		/* streams, and who fills it */
	bool used;
};

struct queued {
	struct perf_run run;
	uint32_t block;
};

/* Of one CPU */
struct queue {
	struct queued *list;
	size_t next, nr, allocated;
	size_t known;			/* runs of the CPU that were queued */
	uint64_t told;			/* up to which time it had nothing */
	bool waits;			/* that was the latest */
	bool wanted;			/* the stream sleeps until there is more */
	uint64_t lost;			/* by the latest run */
};

struct perf_ahead {
	struct perfdata *pd;
	struct perf_scan scan;
	struct queue *queues;
	uint64_t pos;			/* what is read next */
	uint8_t carry[PERF_RECORD_MAX];	/* the part of a record before it */
	size_t carried;
	uint32_t filling, unpacking;	/* blocks */
	uint64_t unpacked;		/* bytes in all blocks before */
	bool found_in_file;		/* something since it was published, maybe */
	unsigned int nr_cpus, opened;	/* streams */

	/* What follows is under the lock, but for what is in blocks that are held. */
	pthread_mutex_t lock;
	pthread_cond_t more, room;	/* of runs; of blocks */
	struct block blocks[PERF_AHEAD_BLOCKS];
	uint32_t free[PERF_AHEAD_BLOCKS], nr_free, nr_blocks;
	uint64_t complete;
	unsigned int wanted;		/* queues that are */
	unsigned int all_wanted;	/* by so many, who want all that is to come */
	uint32_t new_blocks;		/* since somebody waits */
	bool odd, done, quit, told_sizes;
	bool told_odd;			/* to a stream, which failed */
	bool threaded;
	bool stepping;			/* without that thread */
	pthread_t thread;
};

/* Blocks: these are called under the lock. */

static uint32_t in_use(const struct perf_ahead *a)
{
	return a->nr_blocks - a->nr_free;
}

static void leave_block(struct perf_ahead *a, uint32_t number)
{
	struct block *b = &a->blocks[number];

	if (b->holders || b->runs)
		return;
	b->used = false;
	a->free[a->nr_free++] = number;
	if (in_use(a) <= BLOCKS_AHEAD - BLOCKS_AT_ONCE)
		pthread_cond_signal(&a->room);
}

/* Give up the oldest one that nobody looks at. */
static bool give_up_block(struct perf_ahead *a)
{
	struct block *oldest = NULL, *b;
	uint32_t i;

	for (i = 0; i < a->nr_blocks; i++) {
		b = &a->blocks[i];
		if (b->used && !b->holders && (!oldest || b->begin < oldest->begin))
			oldest = b;
	}
	if (!oldest)
		return false;
	if ((oldest->begin & PERF_SPOOLED) &&
	    perf_unpack_spill(a->pd->unpack, oldest->data, oldest->bytes,
			      oldest->begin & ~PERF_SPOOLED) < 0)
		return false;
	oldest->runs = 0;
	leave_block(a, oldest - a->blocks);
	return true;
}

/* PERF_AHEAD_NONE: there is none. */
static uint32_t take_block(struct perf_ahead *a, uint64_t begin)
{
	struct block *b;

	if (!a->nr_free && a->nr_blocks < PERF_AHEAD_BLOCKS) {
		b = &a->blocks[a->nr_blocks];
		b->data = malloc(PERF_AHEAD_BYTES);
		if (b->data)
			a->free[a->nr_free++] = a->nr_blocks++;
	}
	if (!a->nr_free && !give_up_block(a))
		return PERF_AHEAD_NONE;
	a->new_blocks++;
	b = &a->blocks[a->free[--a->nr_free]];
	*b = (struct block){ .data = b->data, .begin = begin, .holders = 1,
			     .used = true };
	return b - a->blocks;
}

/*
 * All that was found goes to the stream: it is in the block @number.  A stream that was
 * told of nothing cannot know since when something is lost.
 */
static bool queue_runs(struct perf_ahead *a, unsigned int cpu, uint32_t number)
{
	const struct perf_cpu *c = &a->pd->cpus[cpu];
	struct queue *q = &a->queues[cpu];
	const struct perf_run *run;

	if (c->unordered || (q->waits && c->lost != q->lost))
		return false;
	q->lost = c->lost;
	for (; q->known < c->nr; q->known++) {
		run = &c->runs[q->known];
		if (run->first < q->told ||
		    array_room(q->list, q->nr, q->allocated, "runs") < 0)
			return false;
		q->list[q->nr++] = (struct queued){ *run, number };
		q->waits = false;
		a->blocks[number].runs++;
	}
	return true;
}

/* Is all as most files have it? */
static bool is_sound(const struct perf_ahead *a)
{
	const struct perfdata *pd = a->pd;

	return !pd->unknown && !pd->lost_anywhere && !a->scan.lost;
}

static bool has_more(const struct perf_ahead *a, const struct queue *q)
{
	return q->next < q->nr || a->complete > q->told || a->odd || a->done;
}

/* Is it enough for those who wait, or all that there will be, or that there is room for? */
static bool is_enough(const struct perf_ahead *a)
{
	return a->new_blocks >= BLOCKS_AT_ONCE || a->odd || a->done ||
	       in_use(a) == PERF_AHEAD_BLOCKS;
}

/* Those who wait are told, once each: they may take a while to wake up. */
static void wake(struct perf_ahead *a)
{
	bool any = a->all_wanted || a->odd || a->done;
	unsigned int i;

	if (!is_enough(a))
		return;
	for (i = 0; a->wanted && i < a->nr_cpus; i++) {
		if (!a->queues[i].wanted || !has_more(a, &a->queues[i]))
			continue;
		a->queues[i].wanted = false;
		a->wanted--;
		any = true;
	}
	if (any)
		pthread_cond_broadcast(&a->more);
}

static int publish(struct perf_ahead *a, uint32_t number)
{
	unsigned int i;
	bool sound = is_sound(a);

	pthread_mutex_lock(&a->lock);
	for (i = 0; sound && i < a->nr_cpus; i++)
		sound = queue_runs(a, i, number);
	a->complete = a->scan.complete;
	wake(a);
	pthread_mutex_unlock(&a->lock);
	perf_scan_end_run(&a->scan);
	return sound ? 0 : -1;
}

static uint32_t get_block(struct perf_ahead *a, uint64_t begin)
{
	uint32_t number;

	pthread_mutex_lock(&a->lock);
	number = take_block(a, begin);
	pthread_mutex_unlock(&a->lock);
	return number;
}

/* It is filled no more. */
static void end_block(struct perf_ahead *a, uint32_t number)
{
	pthread_mutex_lock(&a->lock);
	a->blocks[number].holders--;
	leave_block(a, number);
	pthread_mutex_unlock(&a->lock);
}

/* Looking at what is there */

/* The records in @b that were not looked at: those that are whole */
static int look(struct perf_ahead *a, struct block *b,
		int (*handle)(struct perf_ahead *a, const struct perf_record *rec))
{
	struct perf_window *w = &a->scan.w;
	struct perf_record rec;
	int ret;

	perf_window_look(w, b->data + b->looked, b->begin + b->looked,
			 b->bytes - b->looked);
	while ((ret = perf_window_peek(w, &rec)) == 1) {
		ret = handle(a, &rec);
		if (ret)
			return -1;
		perf_window_skip(w, &rec);
		perf_scan_go_on(&a->scan);
	}
	b->looked = w->pos - (b->begin & ~PERF_SPOOLED);
	return ret < 0 ? -1 : 0;
}

/* A record that was unpacked: perf's own are in the file. */
static int look_at_kernels(struct perf_ahead *a, const struct perf_record *rec)
{
	return rec->type < PERF_HEADER_ATTR ? perf_scan_record(&a->scan, rec) : -1;
}

/* What was unpacked goes there.  NULL: nothing was */
static struct block *unpacked(struct perf_ahead *a)
{
	return a->unpacking == PERF_AHEAD_NONE ? NULL : &a->blocks[a->unpacking];
}

/* What is unpacked has a block of its own. */
static int publish_file(struct perf_ahead *a)
{
	if (!a->found_in_file)
		return 0;
	a->found_in_file = false;
	return publish(a, a->filling);
}

/* What was unpacked so far: it comes before what is not packed. */
static int look_at_unpacked(struct perf_ahead *a)
{
	struct block *b = unpacked(a);
	const struct perf_window outer = a->scan.w;
	int ret;

	if (!b || b->looked == b->bytes)
		return 0;
	if (publish_file(a) < 0)
		return -1;
	ret = look(a, b, look_at_kernels);
	a->scan.w = outer;
	return ret < 0 ? -1 : publish(a, a->unpacking);
}

/* The next one begins with the part of a record that is left. */
static int next_unpacking(struct perf_ahead *a)
{
	const uint32_t before = a->unpacking;
	const struct block *b = unpacked(a);
	size_t left = 0;
	struct block *next;

	if (b) {
		if (look_at_unpacked(a) < 0)
			return -1;
		left = b->bytes - b->looked;
		a->unpacked += b->looked;
		if (left >= PERF_RECORD_MAX)
			return -1;
	}
	a->unpacking = get_block(a, PERF_SPOOLED | a->unpacked);
	if (a->unpacking == PERF_AHEAD_NONE)
		return -1;
	next = &a->blocks[a->unpacking];
	if (left)
		memcpy(next->data, b->data + b->looked, left);
	next->bytes = left;
	if (b)
		end_block(a, before);
	return 0;
}

static int unpack(struct perf_ahead *a, const struct perf_record *rec)
{
	struct perf_unpack *u = a->pd->unpack;
	struct perf_packed packed;
	struct block *b;
	size_t bytes;

	if (perf_unpack_begin(u, rec, &packed))
		return -1;
	while (packed.more) {
		b = unpacked(a);
		if ((!b || b->bytes == PERF_AHEAD_BYTES) && next_unpacking(a) < 0)
			return -1;
		b = unpacked(a);
		if (perf_unpack_into(u, &packed, b->data + b->bytes,
				     PERF_AHEAD_BYTES - b->bytes, &bytes))
			return -1;
		b->bytes += bytes;
	}
	return 0;
}

/* So many bytes are worth a look, so that streams have them, but not at any price. */
static bool can_skip_round(struct perf_ahead *a, const struct perf_record *rec)
{
	const struct block *b = unpacked(a);

	return rec->type == PERF_FINISHED_ROUND && b && b->looked != b->bytes &&
	       b->bytes - b->looked < PERF_AHEAD_BYTES / 2;
}

/* A record that is in the file */
static int look_at_any(struct perf_ahead *a, const struct perf_record *rec)
{
	struct perfdata *pd = a->pd;

	if (can_skip_round(a, rec))
		return 0;
	/* Those are known that perf_announced() came to. */
	if (rec->type == PERF_ID_INDEX)
		return rec->at < pd->announced ? 0 : -1;

	if (rec->type == PERF_COMPRESSED || rec->type == PERF_COMPRESSED2) {
		if (!pd->unpack)
			pd->unpack = perf_unpack_alloc(pd);
		return pd->unpack ? unpack(a, rec) : -1;
	}
	if (look_at_unpacked(a) < 0)
		return -1;
	a->found_in_file = true;
	return perf_scan_record(&a->scan, rec);
}

/* Reading */

/* As far as there is room */
static int fill(struct perf_ahead *a, struct block *b)
{
	const uint64_t left = a->pd->end - a->pos;
	size_t bytes = PERF_AHEAD_BYTES - a->carried;
	ssize_t n;

	if (bytes > left)
		bytes = left;
	memcpy(b->data, a->carry, a->carried);
	b->bytes = a->carried;
	while (bytes) {
		n = pread(a->pd->files[0].fd, b->data + b->bytes, bytes, a->pos);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		b->bytes += n;
		a->pos += n;
		bytes -= n;
	}
	return 0;
}

/* All is there, and the sums are those of all. */
static int finish(struct perf_ahead *a)
{
	struct perfdata *pd = a->pd;
	const struct block *b = unpacked(a);
	bool sound = true;
	unsigned int i;

	if (b) {
		if (look_at_unpacked(a) < 0 || b->looked != b->bytes)
			return -1;
		end_block(a, a->unpacking);
		a->unpacking = PERF_AHEAD_NONE;
	}
	perf_scan_finish(pd);
	pthread_mutex_lock(&a->lock);
	for (i = 0; i < a->nr_cpus; i++)
		sound = sound && !(pd->cpus[i].tail && a->queues[i].waits);
	a->done = sound;
	pthread_mutex_unlock(&a->lock);
	return sound ? 0 : -1;
}

/* The next block of the file: 1 if there was none, -1 if it is odd */
static int read_block(struct perf_ahead *a)
{
	struct block *b;
	size_t left;

	a->filling = get_block(a, a->pos - a->carried);
	if (a->filling == PERF_AHEAD_NONE)
		return -1;
	b = &a->blocks[a->filling];
	if (fill(a, b) < 0 || look(a, b, look_at_any) < 0 ||
	    publish_file(a) < 0)
		return -1;
	left = b->bytes - b->looked;
	if (left >= PERF_RECORD_MAX || (left && a->pos == a->pd->end))
		return -1;
	memcpy(a->carry, b->data + b->looked, left);
	a->carried = left;
	end_block(a, a->filling);
	return a->pos == a->pd->end;
}

/* Not under the lock; by one thread at a time.  Nothing is said of what is odd. */
static void step(struct perf_ahead *a)
{
	const struct diag *before = diag_set(&diag_silent);
	int ret = read_block(a);

	if (ret > 0 && finish(a) < 0)
		ret = -1;
	diag_set(before);
	pthread_mutex_lock(&a->lock);
	a->odd = ret < 0;
	wake(a);
	pthread_mutex_unlock(&a->lock);
}

static bool is_far_ahead(const struct perf_ahead *a)
{
	return !a->wanted && !a->all_wanted && in_use(a) >= BLOCKS_AHEAD;
}

static void *read_ahead(void *arg)
{
	struct perf_ahead *a = arg;

	pthread_mutex_lock(&a->lock);
	while (!a->quit && !a->odd && !a->done) {
		if (is_far_ahead(a)) {
			pthread_cond_wait(&a->room, &a->lock);
			continue;
		}
		pthread_mutex_unlock(&a->lock);
		step(a);
		pthread_mutex_lock(&a->lock);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

/* Under the lock: until something has changed.  @q: that of the stream, or NULL */
static void wait_for_more(struct perf_ahead *a, struct queue *q)
{
	if (!a->threaded && !a->stepping) {
		a->stepping = true;
		pthread_mutex_unlock(&a->lock);
		step(a);
		pthread_mutex_lock(&a->lock);
		a->stepping = false;
		pthread_cond_broadcast(&a->more);
		return;
	}
	if (!a->wanted && !a->all_wanted)
		a->new_blocks = 0;
	a->wanted += q && !q->wanted;
	a->all_wanted += !q;
	if (q)
		q->wanted = true;
	pthread_cond_signal(&a->room);
	pthread_cond_wait(&a->more, &a->lock);
	a->all_wanted -= !q;
}

/* Streams */

static void leave(struct perf_ahead *a, struct perf_item *item)
{
	if (!item->held)
		return;
	a->blocks[item->block].holders--;
	leave_block(a, item->block);
	item->held = false;
}

static void take_run(struct perf_ahead *a, struct queue *q, struct perf_item *item)
{
	const struct queued *next = &q->list[q->next++];
	struct block *b = &a->blocks[next->block];
	const struct perf_run *run = &next->run;

	*item = (struct perf_item){ .run = *run, .block = next->block };
	if (q->next == q->nr)
		q->next = q->nr = 0;
	/* If it was given up, it may have something else by now, which is behind that. */
	if (!b->used || run->offset < b->begin ||
	    run->offset - b->begin >= PERF_AHEAD_BYTES)
		return;
	item->data = b->data + (run->offset - b->begin);
	item->held = true;
	b->runs--;
	b->holders++;
}

/* All is done: a stream says so, as the thread that reads ahead changes nothing of info. */
static void fill_sizes(struct perf_ahead *a)
{
	if (!a->told_sizes)
		perf_fill_sizes(a->pd);
	a->told_sizes = true;
}

int perf_ahead_next(struct perf_ahead *a, unsigned int index,
		    struct perf_item *item)
{
	struct queue *q = &a->queues[index];
	int ret = -1;

	pthread_mutex_lock(&a->lock);
	leave(a, item);
	while (!has_more(a, q))
		wait_for_more(a, q);
	if (!a->odd && q->next < q->nr) {
		take_run(a, q, item);
		ret = 1;
	} else if (!a->odd && a->done) {
		fill_sizes(a);
		ret = 0;
	} else if (!a->odd) {
		q->waits = true;
		q->told = a->complete;
		item->complete = a->complete;
		ret = SOURCE_AGAIN;
	}
	a->told_odd |= ret < 0;
	pthread_mutex_unlock(&a->lock);
	return ret;
}

void perf_ahead_leave(struct perf_ahead *a, struct perf_item *item)
{
	pthread_mutex_lock(&a->lock);
	leave(a, item);
	pthread_mutex_unlock(&a->lock);
}

void perf_ahead_wait(struct perf_ahead *a)
{
	uint64_t before;

	pthread_mutex_lock(&a->lock);
	before = a->complete;
	while (!a->odd && !a->done && a->complete == before)
		wait_for_more(a, NULL);
	pthread_mutex_unlock(&a->lock);
}

int perf_ahead_finish(struct perf_ahead *a)
{
	int ret;

	pthread_mutex_lock(&a->lock);
	while (!a->odd && !a->done)
		wait_for_more(a, NULL);
	ret = a->odd ? -1 : 0;
	a->told_odd |= a->odd;
	if (!ret)
		fill_sizes(a);
	pthread_mutex_unlock(&a->lock);
	return ret;
}

bool perf_ahead_is_odd(struct perf_ahead *a)
{
	bool odd;

	pthread_mutex_lock(&a->lock);
	odd = a->told_odd;
	pthread_mutex_unlock(&a->lock);
	return odd;
}

int perf_ahead_again(struct perf_ahead *a)
{
	/* Of what was unpacked, not all was kept. */
	pthread_mutex_lock(&a->lock);
	a->odd |= a->pd->unpack != NULL;
	a->told_odd |= a->odd;
	pthread_mutex_unlock(&a->lock);
	return a->odd ? -1 : 0;
}

int perf_ahead_open(struct perf_ahead *a)
{
	if (a->opened++ < a->nr_cpus)
		return 1;
	if (perf_ahead_finish(a) < 0)
		return -1;
	return perf_ahead_again(a);
}

/* It is held for so short a time that whoever does not get it tries again at first. */
static void init_lock(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
	pthread_mutex_init(lock, &attr);
	pthread_mutexattr_destroy(&attr);
}

static struct perf_ahead *new_ahead(struct perfdata *pd)
{
	struct perf_ahead *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->pd = pd;
	a->nr_cpus = pd->nr_cpus;
	a->queues = calloc(pd->nr_cpus, sizeof(*a->queues));
	a->pos = pd->first;
	a->unpacking = PERF_AHEAD_NONE;
	a->scan.pd = pd;
	a->scan.w = (struct perf_window){ .pd = pd, .room = PERF_AHEAD_BYTES };
	init_lock(&a->lock);
	pthread_cond_init(&a->more, NULL);
	pthread_cond_init(&a->room, NULL);
	if (a->queues)
		return a;
	perf_ahead_free(a);
	return NULL;
}

struct perf_ahead *perf_ahead_begin(struct perfdata *pd, unsigned int threads)
{
	struct perf_ahead *a = new_ahead(pd);

	if (a && threads > 1)
		a->threaded = !pthread_create(&a->thread, NULL, read_ahead, a);
	return a;
}

void perf_ahead_free(struct perf_ahead *a)
{
	uint32_t i;

	if (!a)
		return;
	pthread_mutex_lock(&a->lock);
	a->quit = true;
	pthread_cond_signal(&a->room);
	pthread_mutex_unlock(&a->lock);
	if (a->threaded)
		pthread_join(a->thread, NULL);
	for (i = 0; a->queues && i < a->nr_cpus; i++)
		free(a->queues[i].list);
	for (i = 0; i < a->nr_blocks; i++)
		free(a->blocks[i].data);
	free(a->queues);
	pthread_cond_destroy(&a->room);
	pthread_cond_destroy(&a->more);
	pthread_mutex_destroy(&a->lock);
	free(a);
}
