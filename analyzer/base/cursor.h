/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reading numbers, strings and texts of metadata, from a range of
 * a file or from memory (a section that was decompressed).
 *
 * Invariant: pos <= end, and nothing beyond end is read.  What does not fit is
 * reported with the name of the section, the offset, and both numbers; or else,
 * if the file itself ends there, it is noted in *cut.
 */
#ifndef ANALYZER_CURSOR_H
#define ANALYZER_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CURSOR_WINDOW	4096

struct cursor {
	const char *path;	/* for messages */
	const char *section;	/* for messages: what is being read */
	int fd;			/* used if mem is NULL */
	const uint8_t *mem;
	uint64_t pos, end;	/* in the file, or in mem */
	uint64_t file_end;	/* end of the file, or of mem */
	bool big_endian;	/* byte order of numbers; little, to begin with */
	bool *cut;		/* NULL: that the file ends is an error */
	uint64_t mem_offset;	/* where in the file mem comes from */
	uint64_t window_pos;	/* part of the file that is in window */
	size_t window_len;
	uint8_t window[CURSOR_WINDOW];
};

void cursor_init_file(struct cursor *c, const char *path, int fd, uint64_t pos,
		      uint64_t end);
void cursor_init_mem(struct cursor *c, const char *path, const uint8_t *mem,
		     size_t len, uint64_t mem_offset);

static inline uint64_t cursor_left(const struct cursor *c)
{
	return c->end - c->pos;
}

/* Where in the file the cursor is, or its compressed section: for messages. */
static inline uint64_t cursor_offset(const struct cursor *c)
{
	return c->mem ? c->mem_offset : c->pos;
}

/* Too little remains.  True: that was noted, and is not to be reported. */
bool cursor_is_cut(const struct cursor *c);

/* All return 0, or -1 after a message or with *cut set. */
int cursor_read(struct cursor *c, void *dst, size_t len);
int cursor_skip(struct cursor *c, uint64_t len);
int cursor_u8(struct cursor *c, uint8_t *v);
int cursor_u16(struct cursor *c, uint16_t *v);
int cursor_u32(struct cursor *c, uint32_t *v);
int cursor_u64(struct cursor *c, uint64_t *v);

/* A NUL terminated string, at most @max bytes with its NUL, on the heap. */
int cursor_string(struct cursor *c, char **out, size_t max);

/* @len bytes on the heap, with a NUL behind them; refused above @max. */
int cursor_text(struct cursor *c, char **out, uint64_t len, size_t max);

#endif /* ANALYZER_CURSOR_H */
