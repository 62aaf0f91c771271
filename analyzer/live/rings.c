// SPDX-License-Identifier: GPL-2.0
#include "live/rings.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_BYTES	(64u << 10)	/* if that is a sub-buffer at least */
#define ROUND_BYTES_MAX	(4u << 20)	/* of one CPU in a round */

/* So many bytes may wait: then the rest stays in the kernel's buffers. */
#define QUEUE_BYTES_MAX	(256u << 20)

struct ring_chunk {
	struct ring_chunk *next;
	size_t len;
	uint8_t data[];
};

static size_t chunk_bytes(const struct rings *r)
{
	return r->subbuf_bytes > CHUNK_BYTES ? r->subbuf_bytes :
	       CHUNK_BYTES - CHUNK_BYTES % r->subbuf_bytes;
}

static struct ring_chunk *get_chunk(struct rings *r)
{
	struct ring_chunk *c = r->unused;

	if (c)
		r->unused = c->next;
	else
		c = malloc(sizeof(*c) + chunk_bytes(r));
	if (c) {
		c->next = NULL;
		c->len = 0;
	} else if (!r->failed) {
		kvx_say(r->tracing->k, KVX_ERROR, "out of memory: trace buffers cannot be read");
		r->failed = true;
	}
	return c;
}

static void put_chunk(struct rings *r, struct ring_chunk *c)
{
	if (!c)
		return;
	c->next = r->unused;
	r->unused = c;
}

static void free_chunks(struct ring_chunk *c)
{
	struct ring_chunk *next;

	for (; c; c = next) {
		next = c->next;
		free(c);
	}
}

int rings_open(struct rings *r, const struct tracing *t)
{
	unsigned int i;

	*r = (struct rings){ .tracing = t, .subbuf_bytes = t->subbuf_bytes };
	r->list = calloc(t->cpus, sizeof(*r->list));
	if (!r->list) {
		kvx_say(t->k, KVX_ERROR, "out of memory: %u CPUs", t->cpus);
		return -1;
	}
	for (r->nr = 0; r->nr < t->cpus; r->nr++)
		r->list[r->nr].fd = -1;
	for (i = 0; i < r->nr; i++) {
		r->list[i].fd = tracing_open_ring(t, i);
		if (r->list[i].fd >= 0)
			continue;
		kvx_say(t->k, KVX_ERROR, "cannot open: trace buffer of CPU %u: %s",
			i, strerror(errno));
		return -1;
	}
	return 0;
}

void rings_hang_up(struct rings *r)
{
	unsigned int i;

	for (i = 0; i < r->nr; i++) {
		if (r->list[i].fd >= 0)
			close(r->list[i].fd);
		r->list[i].fd = -1;
	}
}

void rings_close(struct rings *r)
{
	unsigned int i;

	rings_hang_up(r);
	for (i = 0; i < r->nr; i++) {
		free_chunks(r->list[i].first);
		free_chunks(r->list[i].taken);
		free_chunks(r->list[i].part);
	}
	free_chunks(r->unused);
	free(r->list);
	*r = (struct rings){ .list = NULL };
}

static void append(struct rings *r, struct ring *ring, struct ring_chunk *c)
{
	if (r->see)
		r->see(r->see_arg, ring - r->list, c->data, c->len);
	/* The header of a sub-buffer begins with its time. */
	memcpy(&ring->latest_ts, c->data + c->len - r->subbuf_bytes,
	       sizeof(ring->latest_ts));
	if (ring->last)
		ring->last->next = c;
	else
		ring->first = c;
	ring->last = c;
	r->queued += c->len;
	r->bytes += c->len;
}

/* The whole sub-buffers of the part that was read; what is left of it stays. */
static size_t finish_part(struct rings *r, struct ring *ring)
{
	struct ring_chunk *c = ring->part, *rest = NULL;
	size_t left = c ? c->len % r->subbuf_bytes : 0, whole;

	if (!c || c->len == left)
		return 0;
	whole = c->len - left;
	if (left) {
		rest = get_chunk(r);
		if (!rest)
			return 0;
		memcpy(rest->data, c->data + whole, left);
		rest->len = left;
	}
	c->len = whole;
	ring->part = rest;
	append(r, ring, c);
	return whole;
}

/* It is no longer there: a pipe is over, or the CPU cannot be read. */
static void end_ring(struct rings *r, struct ring *ring, int err)
{
	if (err)
		kvx_say(r->tracing->k, KVX_WARNING, "cannot read: trace buffer of CPU %u: %s: it is not looked at any more",
			(unsigned int)(ring - r->list), strerror(err));
	r->unread += err != 0;
	close(ring->fd);
	ring->fd = -1;
}

/* Of a pipe: it had a writer, and has none any more. */
static bool has_hung_up(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) > 0 && (p.revents & POLLHUP);
}

/* Read into the part.  Return false if there is nothing more for now. */
static bool read_some(struct rings *r, struct ring *ring)
{
	ssize_t n;

	if (!ring->part)
		ring->part = get_chunk(r);
	if (!ring->part)
		return false;
	/* A kernel hands out one sub-buffer at a time. */
	n = read(ring->fd, ring->part->data + ring->part->len,
		 r->subbuf_bytes - ring->part->len % r->subbuf_bytes);
	if (n > 0) {
		ring->part->len += n;
		return true;
	}
	if (!n && has_hung_up(ring->fd))
		end_ring(r, ring, 0);
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		end_ring(r, ring, errno);
	return false;
}

static size_t read_ring(struct rings *r, struct ring *ring)
{
	size_t done = 0;

	ring->more = false;
	while (ring->fd >= 0 && read_some(r, ring)) {
		if (ring->part->len == chunk_bytes(r))
			done += finish_part(r, ring);
		if (done >= ROUND_BYTES_MAX || r->queued >= QUEUE_BYTES_MAX) {
			ring->more = true;
			break;
		}
	}
	return done + finish_part(r, ring);
}

size_t rings_round(struct rings *r, uint64_t *until)
{
	const bool replay = r->tracing->replay;
	struct ring *ring;
	size_t done = 0;

	*until = replay ? UINT64_MAX : tracing_now(r->tracing);
	for (ring = r->list; ring < r->list + r->nr; ring++) {
		done += read_ring(r, ring);
		/* Whatever comes later is not before the latest sub-buffer. */
		if ((ring->more || (replay && ring->fd >= 0)) &&
		    ring->latest_ts < *until)
			*until = ring->latest_ts;
	}
	return done;
}

bool rings_have_more(const struct rings *r)
{
	unsigned int i;

	for (i = 0; i < r->nr; i++)
		if (r->list[i].more)
			return r->queued < QUEUE_BYTES_MAX;
	return false;
}

bool rings_ended(const struct rings *r)
{
	unsigned int i;

	for (i = 0; i < r->nr; i++)
		if (r->list[i].fd >= 0)
			return false;
	return true;
}

/*
 * Of a kernel, time tells when to look: a buffer that has something is no reason to
 * wake up, or each event would be.
 */
int rings_wait(const struct rings *r, int fd, int ms)
{
	const unsigned int nr = r->tracing->replay ? r->nr : 0;
	struct pollfd polls[nr + 1];
	unsigned int i;

	polls[0] = (struct pollfd){ .fd = fd, .events = POLLIN };
	for (i = 0; i < nr; i++)
		polls[i + 1] = (struct pollfd){ .fd = r->list[i].fd,
						.events = POLLIN };
	return poll(polls, nr + 1, ms) > 0 &&
	       (polls[0].revents & (POLLHUP | POLLERR | POLLNVAL)) ? -1 : 0;
}

size_t rings_next(struct rings *r, unsigned int cpu, unsigned char **data)
{
	struct ring *ring = &r->list[cpu];

	put_chunk(r, ring->taken);
	ring->taken = ring->first;
	if (!ring->taken)
		return 0;
	ring->first = ring->taken->next;
	if (!ring->first)
		ring->last = NULL;
	ring->taken->next = NULL;
	r->queued -= ring->taken->len;
	*data = ring->taken->data;
	return ring->taken->len;
}
