// SPDX-License-Identifier: GPL-2.0
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/error.h"

void cursor_init_file(struct cursor *c, const char *path, int fd, uint64_t pos,
		      uint64_t end)
{
	c->path = path;
	c->section = "header";
	c->fd = fd;
	c->mem = NULL;
	c->pos = pos;
	c->end = end;
	c->file_end = end;
	c->big_endian = false;
	c->cut = NULL;
	c->mem_offset = 0;
	c->window_pos = 0;
	c->window_len = 0;
}

void cursor_init_mem(struct cursor *c, const char *path, const uint8_t *mem,
		     size_t len, uint64_t mem_offset)
{
	cursor_init_file(c, path, -1, 0, len);
	c->mem = mem;
	c->mem_offset = mem_offset;
}

/* Read exactly @len bytes: the caller has checked that the file has them. */
static int read_file(const struct cursor *c, uint8_t *dst, size_t len,
		     uint64_t pos)
{
	ssize_t n;

	while (len) {
		n = pread(c->fd, dst, len, pos);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error("cannot read: %s: %s at 0x%llx: %s", c->path,
				     c->section, (unsigned long long)pos,
				     strerror(errno));
		if (!n)
			return error("cannot read: %s: %s at 0x%llx: the file shrank while it was read",
				     c->path, c->section,
				     (unsigned long long)pos);
		dst += n;
		pos += n;
		len -= n;
	}
	return 0;
}

bool cursor_is_cut(const struct cursor *c)
{
	if (!c->cut || c->end != c->file_end)
		return false;
	*c->cut = true;
	return true;
}

static int cursor_check(const struct cursor *c, uint64_t len)
{
	if (len <= cursor_left(c))
		return 0;
	if (cursor_is_cut(c))
		return -1;
	return error("truncated: %s: %s at 0x%llx: needs %llu bytes, %llu remain",
		     c->path, c->section, (unsigned long long)cursor_offset(c),
		     (unsigned long long)len,
		     (unsigned long long)cursor_left(c));
}

/* Make the byte at pos, of which there is one, part of the window. */
static int fill_window(struct cursor *c)
{
	uint64_t left = cursor_left(c);
	size_t len = left < CURSOR_WINDOW ? left : CURSOR_WINDOW;

	if (c->pos - c->window_pos < c->window_len)
		return 0;
	c->window_len = 0;
	if (read_file(c, c->window, len, c->pos) < 0)
		return -1;
	c->window_pos = c->pos;
	c->window_len = len;
	return 0;
}

/* The bytes at pos that need no further read. */
static int peek(struct cursor *c, const uint8_t **p, size_t *len)
{
	if (c->mem) {
		*p = c->mem + c->pos;
		*len = cursor_left(c);
		return 0;
	}
	if (fill_window(c) < 0)
		return -1;
	*p = c->window + (c->pos - c->window_pos);
	*len = c->window_len - (c->pos - c->window_pos);
	/* The end may have come closer since. */
	if (*len > cursor_left(c))
		*len = cursor_left(c);
	return 0;
}

int cursor_read(struct cursor *c, void *dst, size_t len)
{
	const uint8_t *p;
	size_t n;

	if (cursor_check(c, len) < 0)
		return -1;
	if (!c->mem && len >= CURSOR_WINDOW) {
		if (read_file(c, dst, len, c->pos) < 0)
			return -1;
		c->pos += len;
		return 0;
	}
	while (len) {
		if (peek(c, &p, &n) < 0)
			return -1;
		if (n > len)
			n = len;
		memcpy(dst, p, n);
		dst = (uint8_t *)dst + n;
		c->pos += n;
		len -= n;
	}
	return 0;
}

int cursor_skip(struct cursor *c, uint64_t len)
{
	if (cursor_check(c, len) < 0)
		return -1;
	c->pos += len;
	return 0;
}

int cursor_u8(struct cursor *c, uint8_t *v)
{
	return cursor_read(c, v, sizeof(*v));
}

int cursor_u16(struct cursor *c, uint16_t *v)
{
	if (cursor_read(c, v, sizeof(*v)) < 0)
		return -1;
	*v = c->big_endian ? be16toh(*v) : le16toh(*v);
	return 0;
}

int cursor_u32(struct cursor *c, uint32_t *v)
{
	if (cursor_read(c, v, sizeof(*v)) < 0)
		return -1;
	*v = c->big_endian ? be32toh(*v) : le32toh(*v);
	return 0;
}

int cursor_u64(struct cursor *c, uint64_t *v)
{
	if (cursor_read(c, v, sizeof(*v)) < 0)
		return -1;
	*v = c->big_endian ? be64toh(*v) : le64toh(*v);
	return 0;
}

/* Length of the string at pos, without its NUL, while that is below @max. */
static int string_len(struct cursor *c, size_t max, size_t *len)
{
	uint64_t start = c->pos;
	const uint8_t *p, *nul;
	size_t n;

	*len = 0;
	while (cursor_left(c) && *len < max) {
		if (peek(c, &p, &n) < 0)
			return -1;
		if (n > max - *len)
			n = max - *len;
		nul = memchr(p, 0, n);
		if (nul) {
			*len += nul - p;
			c->pos = start;
			return 0;
		}
		*len += n;
		c->pos += n;
	}
	c->pos = start;
	if (*len < max && cursor_is_cut(c))
		return -1;
	if (*len < max)
		return error("truncated: %s: %s at 0x%llx: string without NUL in the %zu bytes that remain",
			     c->path, c->section,
			     (unsigned long long)cursor_offset(c), *len);
	return error("bad string: %s: %s at 0x%llx: no NUL in %zu bytes",
		     c->path, c->section, (unsigned long long)cursor_offset(c),
		     max);
}

int cursor_string(struct cursor *c, char **out, size_t max)
{
	size_t len;

	if (string_len(c, max, &len) < 0 || cursor_text(c, out, len + 1, max) < 0)
		return -1;
	/* Where its NUL was found, whatever the file has there now */
	(*out)[len] = '\0';
	return 0;
}

int cursor_text(struct cursor *c, char **out, uint64_t len, size_t max)
{
	char *text;

	if (cursor_check(c, len) < 0)
		return -1;
	if (len > max)
		return error("text too long: %s: %s at 0x%llx: %llu bytes, at most %zu are allowed",
			     c->path, c->section,
			     (unsigned long long)cursor_offset(c),
			     (unsigned long long)len, max);
	text = malloc(len + 1);
	if (!text)
		return error("out of memory: %s: %s: %llu bytes", c->path,
			     c->section, (unsigned long long)len);
	if (cursor_read(c, text, len) < 0) {
		free(text);
		return -1;
	}
	text[len] = '\0';
	*out = text;
	return 0;
}
