// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/unzip.h"

struct unzip {
	enum unzip_kind kind;
	ZSTD_DCtx *zstd;
	z_stream zlib;
};

int unzip_find(enum unzip_kind *kind, const char *name)
{
	static const char *const names[] = {
		[UNZIP_NONE] = "none",
		[UNZIP_ZSTD] = "zstd",
		[UNZIP_ZLIB] = "zlib",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(name, names[i])) {
			*kind = i;
			return 0;
		}
	}
	return -1;
}

struct unzip *unzip_alloc(enum unzip_kind kind)
{
	struct unzip *z = calloc(1, sizeof(*z));

	if (!z)
		return NULL;
	if (kind == UNZIP_ZSTD) {
		z->zstd = ZSTD_createDCtx();
		if (!z->zstd)
			goto fail;
	} else if (kind == UNZIP_ZLIB) {
		if (inflateInit(&z->zlib) != Z_OK)
			goto fail;
	}
	z->kind = kind;
	return z;
fail:
	free(z);
	return NULL;
}

void unzip_free(struct unzip *z)
{
	if (!z)
		return;
	if (z->kind == UNZIP_ZSTD)
		ZSTD_freeDCtx(z->zstd);
	else if (z->kind == UNZIP_ZLIB)
		inflateEnd(&z->zlib);
	free(z);
}

static const char *unzip_zstd(struct unzip *z, void *dst, size_t dst_len,
			      const void *src, size_t src_len)
{
	size_t n = ZSTD_decompressDCtx(z->zstd, dst, dst_len, src, src_len);

	if (ZSTD_isError(n))
		return ZSTD_getErrorName(n);
	return n == dst_len ? NULL : "holds fewer bytes than it says";
}

static const char *unzip_zlib(struct unzip *z, void *dst, size_t dst_len,
			      const void *src, size_t src_len)
{
	z_stream *s = &z->zlib;
	int ret;

	if (inflateReset(s) != Z_OK)
		return "zlib cannot be reset";
	s->next_in = (Bytef *)src;
	s->avail_in = src_len;
	s->next_out = dst;
	s->avail_out = dst_len;
	ret = inflate(s, Z_FINISH);
	if (ret == Z_STREAM_END)
		return s->avail_out ? "holds fewer bytes than it says" : NULL;
	if (ret == Z_DATA_ERROR || ret == Z_NEED_DICT)
		return "corrupt data";
	return s->avail_out ? "ends too early" : "holds more bytes than it says";
}

const char *unzip_block(struct unzip *z, void *dst, size_t dst_len,
			const void *src, size_t src_len)
{
	switch (z->kind) {
	case UNZIP_ZSTD:
		return unzip_zstd(z, dst, dst_len, src, src_len);
	case UNZIP_ZLIB:
		return unzip_zlib(z, dst, dst_len, src, src_len);
	case UNZIP_NONE:
		break;
	}
	return "the file header names no compression";
}
