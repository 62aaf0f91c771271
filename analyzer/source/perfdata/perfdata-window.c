// SPDX-License-Identifier: GPL-2.0
/* Records in a row, as they are in a file */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "source/perfdata/perfdata-private.h"

int perf_window_init(struct perf_window *w, const struct perfdata *pd,
		     size_t room)
{
	memset(w, 0, sizeof(*w));
	w->pd = pd;
	w->room = room;
	w->own = malloc(room);
	w->buf = w->own;
	if (!w->own)
		return error("out of memory: %s: %zu bytes", pd->path, room);
	return 0;
}

void perf_window_release(struct perf_window *w)
{
	free(w->own);
	w->own = w->buf = NULL;
}

void perf_window_look(struct perf_window *w, uint8_t *data, uint64_t offset,
		      size_t bytes)
{
	w->buf = data;
	w->spooled = offset & PERF_SPOOLED;
	w->buf_pos = offset & ~PERF_SPOOLED;
	w->have = bytes;
	w->pos = w->buf_pos;
	w->end = w->buf_pos + bytes;
}

void perf_window_seek(struct perf_window *w, uint64_t offset, uint64_t bytes)
{
	uint64_t spooled = offset & PERF_SPOOLED;
	const struct perf_file *f;

	w->pos = offset & ~PERF_SPOOLED;
	w->end = w->pos + bytes;
	if (spooled != w->spooled || !w->fd || w->buf != w->own)
		w->have = 0;
	w->buf = w->own;
	w->spooled = spooled;
	if (spooled) {
		w->fd = perf_unpack_fd(w->pd->unpack);
		w->base = 0;
	} else {
		f = perf_file_at(w->pd, w->pos);
		w->fd = f->fd;
		w->base = f->base;
	}
}

static int read_error(const struct perf_window *w, uint64_t pos,
		      const char *what)
{
	unsigned long long offset;
	const char *path = perf_place(w->pd, pos | w->spooled, &offset);

	return error("cannot read: %s: at 0x%llx: %s", path, offset, what);
}

/* Move what is left of the buffer to its begin, and fill it. */
static int fill(struct perf_window *w)
{
	uint64_t pos, left = w->end - w->pos;
	size_t keep = 0, len;
	ssize_t n;

	if (w->have && w->pos >= w->buf_pos && w->pos - w->buf_pos < w->have)
		keep = w->have - (w->pos - w->buf_pos);
	if (keep)
		memmove(w->buf, w->buf + (w->have - keep), keep);
	w->buf_pos = w->pos;
	w->have = keep;
	len = left < w->room ? left : w->room;
	while (w->have < len) {
		pos = w->buf_pos + w->have;
		n = pread(w->fd, w->buf + w->have, len - w->have,
			  pos - w->base);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return read_error(w, pos, strerror(errno));
		if (!n)
			return read_error(w, pos,
					  "the file shrank while it was read");
		w->have += n;
	}
	return 0;
}

/* Have @bytes at pos, no more than there are up to the end. */
static int need(struct perf_window *w, size_t bytes)
{
	return perf_window_has(w, bytes) ? 0 : fill(w);
}

int perf_window_take(struct perf_window *w, uint8_t **data)
{
	if (need(w, w->end - w->pos) < 0)
		return -1;
	*data = w->buf + (w->pos - w->buf_pos);
	w->pos = w->end;
	return 0;
}

/* Bytes behind the record that its size does not count */
static uint64_t payload(const struct perf_window *w,
			const struct perf_record *rec)
{
	const uint8_t *p = rec->data + PERF_HEADER_BYTES;

	if (rec->type == PERF_TRACING_DATA && rec->size >= PERF_HEADER_BYTES + 4)
		return ((uint64_t)perf_u32(w->pd, p) + 7) & ~7ull;
	if (rec->type == PERF_AUXTRACE && rec->size >= PERF_HEADER_BYTES + 8)
		return perf_u64(w->pd, p);
	return 0;
}

/* How much of a record is looked at: of most, the header and what follows it */
static size_t bytes_needed(const struct perf_window *w,
			   const struct perf_record *rec)
{
	if (rec->size <= w->room)
		return rec->size;
	return rec->size < PERF_HEADER_BYTES + 8 ? rec->size :
						   PERF_HEADER_BYTES + 8;
}

int perf_window_peek_slowly(struct perf_window *w, struct perf_record *rec)
{
	uint64_t left = w->end - w->pos;
	const uint8_t *p;

	if (!left)
		return 0;
	w->bad_size = left;
	if (left < PERF_HEADER_BYTES)
		return PERF_WINDOW_BAD;
	if (need(w, PERF_HEADER_BYTES) < 0)
		return -1;
	p = w->buf + (w->pos - w->buf_pos);
	rec->type = perf_u32(w->pd, p);
	rec->size = perf_u16(w->pd, p + 6);
	/* Its size is rounded up, and may be one more than there is room for. */
	if (rec->type == PERF_COMPRESSED2 && !rec->size)
		rec->size = PERF_RECORD_MAX;
	w->bad_size = rec->size;
	if (rec->size < PERF_HEADER_BYTES || rec->size > left)
		return PERF_WINDOW_BAD;
	if (need(w, bytes_needed(w, rec)) < 0)
		return -1;
	rec->data = w->buf + (w->pos - w->buf_pos);
	rec->at = w->pos | w->spooled;
	w->bad_size = payload(w, rec);
	rec->whole = rec->size <= w->room;
	rec->bytes = rec->size + w->bad_size;
	return w->bad_size <= left - rec->size ? 1 : PERF_WINDOW_BAD;
}
