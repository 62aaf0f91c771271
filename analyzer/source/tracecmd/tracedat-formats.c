// SPDX-License-Identifier: GPL-2.0
/*
 * Event formats: "v7": FTRACE EVENT FORMATS SECTION, EVENT FORMATS SECTION;
 * version 6 has the same bytes.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "source/tracecmd/tracedat-private.h"

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
		if (cursor_string(c, &system, STRING_MAX) < 0)
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
	if (cursor_text(c, out, len, TEXT_MAX) < 0)
		return -1;
	*out_len = len;
	return check_kept(c, offset, *out, len, skip);
}

int formats_read_ftrace(struct tracedat *td, struct cursor *c)
{
	c->section = "FTRACE EVENT FORMATS";
	return keep_formats(c, skip_formats, &td->ftrace_formats,
			    &td->ftrace_formats_len);
}

int formats_read_events(struct tracedat *td, struct cursor *c)
{
	c->section = "EVENT FORMATS";
	return keep_formats(c, skip_systems, &td->event_formats,
			    &td->event_formats_len);
}

/* What is kept was walked at open: no length here can be wrong. */
static uint64_t format_number(const struct tracedat *td, const char *text,
			      size_t *pos, unsigned int bytes)
{
	bool big_endian = td->source.recording.big_endian;
	uint64_t v = 0;

	memcpy((uint8_t *)&v + (big_endian ? sizeof(v) - bytes : 0),
	       text + *pos, bytes);
	*pos += bytes;
	return big_endian ? be64toh(v) : le64toh(v);
}

static void format_text(const struct tracedat *td, const char *text,
			struct source_formats *it, struct source_format *format)
{
	format->system = it->system;
	format->len = format_number(td, text, &it->pos, 8);
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
static void next_stage(const struct tracedat *td, struct source_formats *it)
{
	it->pos = 0;
	it->stage++;
	if (it->stage == STAGE_FTRACE && td->ftrace_formats) {
		it->system = "ftrace";
		it->events_left = format_number(td, td->ftrace_formats, &it->pos, 4);
	} else if (it->stage == STAGE_SYSTEMS && td->event_formats) {
		it->systems_left = format_number(td, td->event_formats, &it->pos, 4);
	}
}

bool tracedat_next_format(const struct source *src, struct source_formats *it,
			  struct source_format *format)
{
	const struct tracedat *td = tracedat_of(src);
	const char *text = td->event_formats;

	while (it->stage < STAGE_END) {
		if (it->events_left) {
			if (it->stage == STAGE_FTRACE)
				text = td->ftrace_formats;
			format_text(td, text, it, format);
			return true;
		}
		if (!it->systems_left) {
			next_stage(td, it);
			continue;
		}
		it->systems_left--;
		it->system = text + it->pos;
		it->pos += strlen(it->system) + 1;
		it->events_left = format_number(td, text, &it->pos, 4);
	}
	return false;
}
