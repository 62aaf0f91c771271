// SPDX-License-Identifier: GPL-2.0
/*
 * Compressed records: one stream of zstd, in pieces, of which each is a record.
 * What is unpacked goes to a temporary file, where streams read it: it can only
 * be unpacked from its begin.  A record may begin in one piece and end in another.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "base/error.h"
#include "source/perfdata/perfdata-private.h"

/* Unpacked at once; also what is written at once */
#define UNPACKED_BYTES	(256u << 10)

/*
 * What perf compresses gets to a tenth or less.  A file that is made to fill the
 * disk gets to a ten thousandth.
 */
#define RATIO_MAX	200u
#define RATIO_FREE	(64ull << 20)

struct perf_unpack {
	struct perfdata *pd;
	ZSTD_DStream *zstd;
	FILE *file;
	uint8_t *buf;
	size_t have;		/* bytes in buf: part of a record, to begin with */
	uint64_t packed, unpacked;
	uint64_t written;
};

struct perf_unpack *perf_unpack_alloc(struct perfdata *pd)
{
	struct perf_unpack *u = calloc(1, sizeof(*u));

	if (!u) {
		error("out of memory: %s", pd->path);
		return NULL;
	}
	u->pd = pd;
	u->zstd = ZSTD_createDStream();
	u->buf = malloc(UNPACKED_BYTES + PERF_RECORD_MAX);
	u->file = tmpfile();
	if (u->zstd && u->buf && u->file)
		return u;
	error("cannot unpack: %s: %s", pd->path,
	      u->file ? "out of memory" : strerror(errno));
	perf_unpack_free(u);
	return NULL;
}

void perf_unpack_free(struct perf_unpack *u)
{
	if (!u)
		return;
	if (u->file)
		fclose(u->file);
	ZSTD_freeDStream(u->zstd);
	free(u->buf);
	free(u);
}

int perf_unpack_fd(const struct perf_unpack *u)
{
	return fileno(u->file);
}

static int write_bytes(struct perf_unpack *u, const void *p, size_t bytes)
{
	if (fwrite(p, 1, bytes, u->file) != bytes)
		return error("cannot write a temporary file: %s: %s", u->pd->path,
			     strerror(errno));
	u->written += bytes;
	return 0;
}

int perf_unpack_end_file(struct perf_unpack *u, const char *path)
{
	if (u->have)
		warning("damaged: %s: the last compressed record ends within another: %zu bytes of it are left",
			path, u->have);
	u->have = 0;
	if (ZSTD_isError(ZSTD_initDStream(u->zstd)))
		return error("out of memory: %s", path);
	return 0;
}

int perf_unpack_finish(struct perf_unpack *u)
{
	if (fflush(u->file))
		return error("cannot write a temporary file: %s: %s", u->pd->path,
			     strerror(errno));
	return 0;
}

/* No more can be read.  What is there of a record is not of use. */
static int damaged(struct perf_unpack *u, const char *why)
{
	u->pd->bad_data = why;
	u->have = 0;
	return PERF_WINDOW_BAD;
}

/* Hand out the records that are whole, and keep the rest. */
static int take_records(struct perf_unpack *u,
			int (*handle)(void *arg, const struct perf_record *rec),
			void *arg)
{
	struct perf_record rec = { .whole = true };
	uint8_t *p = u->buf, *end = u->buf + u->have;
	uint64_t begin = u->written;

	for (; end - p >= PERF_HEADER_BYTES; p += rec.size) {
		rec.data = p;
		rec.type = perf_u32(u->pd, p);
		rec.size = perf_u16(u->pd, p + 6);
		rec.at = PERF_SPOOLED | (begin + (p - u->buf));
		if (rec.size < PERF_HEADER_BYTES || rec.size > end - p)
			break;
		if (handle(arg, &rec) < 0)
			return -1;
	}
	if (write_bytes(u, u->buf, p - u->buf) < 0)
		return -1;
	if (end - p >= PERF_HEADER_BYTES && rec.size < PERF_HEADER_BYTES)
		return damaged(u, "a record in it is too short for its header");
	u->have = end - p;
	memmove(u->buf, p, u->have);
	return 0;
}

int perf_unpack_begin(struct perf_unpack *u, const struct perf_record *rec,
		      struct perf_packed *packed)
{
	uint64_t left = rec->size - PERF_HEADER_BYTES, bytes = left;
	const uint8_t *p = rec->data + PERF_HEADER_BYTES;

	if (rec->type == PERF_COMPRESSED2) {
		bytes = left < 8 ? UINT64_MAX : perf_u64(u->pd, p);
		p += 8;
		if (left < 8 || bytes > left - 8)
			return damaged(u, "it says that it has more bytes than the record");
	}
	*packed = (struct perf_packed){ .data = p, .bytes = bytes, .more = true };
	u->packed += bytes;
	return 0;
}

static int check_ratio(const struct perf_unpack *u)
{
	if (u->unpacked <= RATIO_FREE ||
	    u->unpacked - RATIO_FREE <= u->packed * RATIO_MAX)
		return 0;
	return error("too large, compressed: %s: the first %llu bytes unpack to more than %u times as many",
		     u->pd->path, (unsigned long long)u->packed, RATIO_MAX);
}

int perf_unpack_into(struct perf_unpack *u, struct perf_packed *packed,
		     uint8_t *to, size_t room, size_t *bytes)
{
	ZSTD_outBuffer out = { to, room, 0 };
	ZSTD_inBuffer in = { packed->data, packed->bytes, packed->used };
	size_t left = ZSTD_decompressStream(u->zstd, &out, &in);

	if (ZSTD_isError(left))
		return damaged(u, ZSTD_getErrorName(left));
	packed->used = in.pos;
	packed->more = in.pos < in.size || out.pos == out.size;
	u->unpacked += out.pos;
	*bytes = out.pos;
	return check_ratio(u);
}

int perf_unpack(struct perf_unpack *u, const struct perf_record *rec,
		int (*handle)(void *arg, const struct perf_record *rec),
		void *arg)
{
	struct perf_packed packed;
	size_t bytes;
	int ret = perf_unpack_begin(u, rec, &packed);

	while (!ret && packed.more) {
		ret = perf_unpack_into(u, &packed, u->buf + u->have,
				       UNPACKED_BYTES, &bytes);
		if (ret)
			break;
		u->have += bytes;
		ret = take_records(u, handle, arg);
	}
	return ret;
}

int perf_unpack_spill(struct perf_unpack *u, const uint8_t *data, size_t bytes,
		      uint64_t at)
{
	size_t done = 0;
	ssize_t n;

	while (done < bytes) {
		n = pwrite(perf_unpack_fd(u), data + done, bytes - done,
			   at + done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return error("cannot write a temporary file: %s: %s",
				     u->pd->path, strerror(errno));
		done += n;
	}
	return 0;
}
