// SPDX-License-Identifier: GPL-2.0
/*
 * The sections of version 7: their headers, and what is in them, decompressed.
 */
#include <stdlib.h>

#include "base/error.h"
#include "source/tracecmd/tracedat-private.h"

/* "v7": FORMAT OF THE SECTION HEADER */
int section_read_header(const struct tracedat *td, struct cursor *c,
			       uint64_t offset, const char *name, uint16_t *id,
			       uint16_t *flags, uint64_t *size)
{
	uint32_t description;

	cursor_init_file(c, td->path, td->fd, 0, td->source.recording.file_bytes);
	c->section = name;
	c->big_endian = td->source.recording.big_endian;
	c->cut = td->cut;
	if (offset > td->source.recording.file_bytes && cursor_is_cut(c))
		return -1;
	if (offset > td->source.recording.file_bytes)
		return error("truncated: %s: %s at 0x%llx: the file ends at 0x%llx",
			     td->path, name, (unsigned long long)offset,
			     (unsigned long long)td->source.recording.file_bytes);
	c->pos = offset;
	return cursor_u16(c, id) < 0 || cursor_u16(c, flags) < 0 ||
	       cursor_u32(c, &description) < 0 || cursor_u64(c, size) < 0 ?
	       -1 : 0;
}

int section_header(const struct tracedat *td, struct cursor *c, uint64_t offset,
		   unsigned int id, const char *name, uint16_t *flags,
		   uint64_t *size)
{
	uint16_t found;

	if (section_read_header(td, c, offset, name, &found, flags, size) < 0)
		return -1;
	if (found != id)
		return error("bad section: %s: %s at 0x%llx: ID %u, expected %u",
			     td->path, name, (unsigned long long)offset, found,
			     id);
	return 0;
}

/*
 * Add @bytes to what all sections of its kind have.  Sections may unpack to a
 * multiple of what the file has, or lie in one and the same place of it.
 */
static int section_count(const struct cursor *c, uint64_t at, uint64_t bytes,
			 struct tracedat *td, bool options)
{
	uint64_t *sum = options ? &td->options_bytes : &td->texts_bytes;
	unsigned int max = options ? OPTIONS_MAX : TEXT_MAX;

	if (bytes > max - *sum)
		return error("bad section: %s: %s at 0x%llx: %llu bytes, after %llu of others: at most %u are allowed",
			     c->path, c->section, (unsigned long long)at,
			     (unsigned long long)bytes,
			     (unsigned long long)*sum, max);
	*sum += bytes;
	return 0;
}

/* "v7": COMPRESSION FORMAT OF THE FILE SECTIONS */
static int section_unzip(struct section *s, struct tracedat *td, bool options)
{
	struct cursor *c = &s->cursor;
	unsigned long long at = c->pos;
	const char *name = c->section, *wrong = "out of memory";
	uint32_t packed_len, len;
	struct unzip *z;
	char *packed;

	if (cursor_u32(c, &packed_len) < 0 || cursor_u32(c, &len) < 0)
		return -1;
	if (section_count(c, at, len, td, options) < 0)
		return -1;
	if (packed_len > unzip_bound(len))
		return error("bad section: %s: %s at 0x%llx: compressed size %u exceeds %llu, enough for %u bytes",
			     td->path, name, at, packed_len,
			     (unsigned long long)unzip_bound(len), len);
	if (cursor_text(c, &packed, packed_len, SIZE_MAX - 1) < 0)
		return -1;
	z = unzip_alloc(td->unzip);
	s->mem = malloc(len + 1);
	if (z && s->mem)
		wrong = unzip_block(z, s->mem, len, packed, packed_len);
	unzip_free(z);
	free(packed);
	if (wrong)
		return error("cannot decompress: %s: %s at 0x%llx: %u bytes to %u with %s: %s",
			     td->path, name, at, packed_len, len,
			     td->compression, wrong);
	cursor_init_mem(c, td->path, s->mem, len, at);
	c->section = name;
	c->big_endian = td->source.recording.big_endian;
	return 0;
}

int section_open(struct section *s, struct tracedat *td, uint64_t offset,
		 unsigned int id, const char *name)
{
	bool options = id == SECTION_OPTIONS;
	struct cursor *c = &s->cursor;
	uint16_t flags;
	uint64_t size;

	s->mem = NULL;
	if (section_header(td, c, offset, id, name, &flags, &size) < 0)
		return -1;
	if (size > cursor_left(c) && cursor_is_cut(c))
		return -1;
	if (size > cursor_left(c))
		return error("truncated: %s: %s at 0x%llx: needs %llu bytes, %llu remain",
			     td->path, name, (unsigned long long)c->pos,
			     (unsigned long long)size,
			     (unsigned long long)cursor_left(c));
	c->end = c->pos + size;
	if (flags & SECTION_COMPRESSED)
		return section_unzip(s, td, options);
	return section_count(c, c->pos, size, td, options);
}

void section_release(struct section *s)
{
	free(s->mem);
	s->mem = NULL;
}
