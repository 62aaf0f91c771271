// SPDX-License-Identifier: GPL-2.0
#include "source/formats.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* Pass over @count formats of "EVENT FORMATS" or "FTRACE EVENT FORMATS". */
static int skip_formats(struct cursor *c, uint32_t count)
{
	uint64_t len;

	while (count--)
		if (cursor_u64(c, &len) < 0 || cursor_skip(c, len) < 0)
			return -1;
	return 0;
}

static int skip_systems(struct cursor *c, uint32_t count)
{
	uint32_t events;
	char *system;

	while (count--) {
		if (cursor_string(c, &system, FORMATS_NAME_MAX) < 0)
			return -1;
		free(system);
		if (cursor_u32(c, &events) < 0 || skip_formats(c, events) < 0)
			return -1;
	}
	return 0;
}

typedef int (*skip_fn)(struct cursor *c, uint32_t count);

static int walk(struct cursor *c, skip_fn skip)
{
	uint32_t count;

	return cursor_u32(c, &count) < 0 || skip(c, count) < 0 ? -1 : 0;
}

/*
 * Walk what is kept.  It need not be what was walked in the file to see where it
 * ends: the file may have changed since.
 */
static int check_kept(const struct cursor *from, uint64_t offset,
		      const char *text, size_t len, skip_fn skip)
{
	struct cursor c;

	cursor_init_mem(&c, from->path, (const uint8_t *)text, len, offset);
	c.section = from->section;
	c.big_endian = from->big_endian;
	if (walk(&c, skip) < 0)
		return -1;
	if (cursor_left(&c))
		return error("file changed while it was read: %s: %s at 0x%llx",
			     c.path, c.section, (unsigned long long)offset);
	return 0;
}

/* Keep the content that @skip walks over as it is in the file. */
static int keep_formats(struct cursor *c, skip_fn skip, char **out,
			size_t *out_len)
{
	uint64_t start = c->pos, offset = cursor_offset(c), len;

	if (walk(c, skip) < 0)
		return -1;
	len = c->pos - start;
	c->pos = start;
	if (cursor_text(c, out, len, FORMATS_MAX) < 0)
		return -1;
	*out_len = len;
	return check_kept(c, offset, *out, len, skip);
}

/* One of the two texts of "HEADER INFO FORMAT", behind its name */
static int read_header_text(struct cursor *c, const char *name, char **out,
			    size_t *out_len)
{
	size_t name_len = strlen(name) + 1;
	char found[16];
	uint64_t len;

	if (cursor_read(c, found, name_len) < 0)
		return -1;
	if (memcmp(found, name, name_len))
		return error("bad section: %s: %s at 0x%llx: no \"%s\"",
			     c->path, c->section,
			     (unsigned long long)cursor_offset(c), name);
	if (cursor_u64(c, &len) < 0 || cursor_text(c, out, len, FORMATS_MAX) < 0)
		return -1;
	*out_len = len;
	return 0;
}

int formats_read_header_info(struct formats *f, struct cursor *c)
{
	c->section = "HEADER INFO";
	f->big_endian = c->big_endian;
	return read_header_text(c, "header_page", &f->header_page,
				&f->header_page_len) < 0 ||
	       read_header_text(c, "header_event", &f->header_event,
				&f->header_event_len) < 0 ? -1 : 0;
}

int formats_read_ftrace(struct formats *f, struct cursor *c)
{
	c->section = "FTRACE EVENT FORMATS";
	return keep_formats(c, skip_formats, &f->ftrace, &f->ftrace_len);
}

int formats_read_events(struct formats *f, struct cursor *c)
{
	c->section = "EVENT FORMATS";
	return keep_formats(c, skip_systems, &f->events, &f->events_len);
}

bool formats_complete(const struct formats *f)
{
	return f->header_page && f->header_event && f->ftrace && f->events;
}

void formats_release(struct formats *f)
{
	free(f->events);
	free(f->ftrace);
	free(f->header_event);
	free(f->header_page);
	memset(f, 0, sizeof(*f));
}

/* What is kept was walked at open: no length here can be wrong. */
static uint64_t format_number(const struct formats *f, const char *text,
			      size_t *pos, unsigned int bytes)
{
	uint64_t v = 0;

	memcpy((uint8_t *)&v + (f->big_endian ? sizeof(v) - bytes : 0),
	       text + *pos, bytes);
	*pos += bytes;
	return f->big_endian ? be64toh(v) : le64toh(v);
}

static void format_text(const struct formats *f, const char *text,
			struct source_formats *it, struct source_format *format)
{
	format->system = it->system;
	format->len = format_number(f, text, &it->pos, 8);
	format->text = text + it->pos;
	it->pos += format->len;
	it->events_left--;
}

enum {
	STAGE_START,
	STAGE_FTRACE,
	STAGE_SYSTEMS,
	STAGE_END,
};

/* Begin with the next of the two texts. */
static void next_stage(const struct formats *f, struct source_formats *it)
{
	it->pos = 0;
	it->stage++;
	if (it->stage == STAGE_FTRACE && f->ftrace) {
		it->system = "ftrace";
		it->events_left = format_number(f, f->ftrace, &it->pos, 4);
	} else if (it->stage == STAGE_SYSTEMS && f->events) {
		it->systems_left = format_number(f, f->events, &it->pos, 4);
	}
}

bool formats_next(const struct formats *f, struct source_formats *it,
		  struct source_format *format)
{
	const char *text = f->events;

	while (it->stage < STAGE_END) {
		if (it->events_left) {
			if (it->stage == STAGE_FTRACE)
				text = f->ftrace;
			format_text(f, text, it, format);
			return true;
		}
		if (!it->systems_left) {
			next_stage(f, it);
			continue;
		}
		it->systems_left--;
		it->system = text + it->pos;
		it->pos += strlen(it->system) + 1;
		it->events_left = format_number(f, text, &it->pos, 4);
	}
	return false;
}
