// SPDX-License-Identifier: GPL-2.0
/*
 * Options: "v7": OPTIONS SECTION; "v6": REST OF TRACE-CMD HEADER.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "source/tracecmd/tracedat-private.h"

enum {
	OPTION_DONE		= 0,
	OPTION_DATE		= 1,
	OPTION_CPUSTAT		= 2,
	OPTION_BUFFER		= 3,
	OPTION_TRACECLOCK	= 4,
	OPTION_UNAME		= 5,
	OPTION_OFFSET		= 7,
	OPTION_CPUCOUNT		= 8,
	OPTION_VERSION		= 9,
	OPTION_TIME_SHIFT	= 12,
	OPTION_GUEST		= 13,
	OPTION_TSC2NSEC		= 14,
	OPTION_HEADER_INFO	= 16,
	OPTION_FTRACE_EVENTS	= 17,
	OPTION_EVENT_FORMATS	= 18,
	OPTION_CMDLINES		= 21,
	OPTION_BUFFER_TEXT	= 22,
};

/* The cursor ends where the option's data ends. */
static int replace_string(struct cursor *c, char **out)
{
	char *text, *end;

	if (cursor_text(c, &text, cursor_left(c), OPTIONS_MAX) < 0)
		return -1;
	/* Some of them end with the new line of the file they came from. */
	end = text + strlen(text);
	while (end > text && end[-1] == '\n')
		*--end = '\0';
	free(*out);
	*out = text;
	return 0;
}

/* "[local] global counter": the clock in use is the one in brackets. */
static void pick_clock(char **clock)
{
	char *open = strchr(*clock, '['), *close;

	if (open) {
		close = strchr(open, ']');
		if (close)
			*close = '\0';
		memmove(*clock, open + 1, strlen(open + 1) + 1);
	}
	if (!**clock) {
		free(*clock);
		*clock = NULL;
	}
}

static int read_clock(struct tracedat *td, struct cursor *c)
{
	if (replace_string(c, &td->clock) < 0)
		return -1;
	pick_clock(&td->clock);
	return 0;
}

/*
 * A number to be added to all time stamps.  Negative ones may be written as
 * unsigned, and all arithmetic is modulo 2^64.  No figure depends on it: what is
 * no number is skipped.
 */
static int read_offset(struct tracedat *td, struct cursor *c, uint64_t unit)
{
	struct recording *info = &td->source.recording;
	unsigned long long number;
	char *text = NULL, *end;

	if (replace_string(c, &text) < 0)
		return -1;
	errno = 0;
	number = strtoull(text, &end, 0);
	if (!errno && end != text) {
		info->ts_offset = (int64_t)((uint64_t)info->ts_offset +
					    number * unit);
		info->has_ts_offset = true;
	}
	free(text);
	return 0;
}

static int read_tsc2nsec(struct tracedat *td, struct cursor *c)
{
	struct recording *info = &td->source.recording;

	if (cursor_u32(c, &info->tsc2nsec_mult) < 0 ||
	    cursor_u32(c, &info->tsc2nsec_shift) < 0 ||
	    cursor_u64(c, &info->tsc2nsec_offset) < 0)
		return -1;
	info->has_tsc2nsec = true;
	return 0;
}

int tracedat_add_instance(struct tracedat *td, char *name)
{
	unsigned int n = td->source.recording.nr_instances;

	if (n == INSTANCES_MAX) {
		free(name);
		return error("bad options: %s: more than %u BUFFER options",
			     td->path, INSTANCES_MAX);
	}
	if (array_room(td->instances, n, td->instances_allocated,
		       "instances") < 0) {
		free(name);
		return -1;
	}
	td->instances[n] = name;
	td->source.recording.instances = (const char *const *)td->instances;
	td->source.recording.nr_instances = n + 1;
	return 0;
}

/* The CPUs of a BUFFER option of version 7 */
static int read_buffer_cpus(struct tracedat *td, struct cursor *c)
{
	uint32_t cpu, count, i;
	uint64_t offset, size;

	if (cursor_u32(c, &count) < 0)
		return -1;
	if (count > SOURCE_CPUS_MAX || count > cursor_left(c) / 20)
		return error("bad BUFFER option: %s: at 0x%llx: %u CPUs, at most %u are allowed, %llu fit",
			     td->path, (unsigned long long)cursor_offset(c),
			     count, SOURCE_CPUS_MAX,
			     (unsigned long long)cursor_left(c) / 20);
	for (i = 0; i < count; i++)
		if (cursor_u32(c, &cpu) < 0 || cursor_u64(c, &offset) < 0 ||
		    cursor_u64(c, &size) < 0 ||
		    tracedat_add_cpu(td, cpu, offset, size, count) < 0)
			return -1;
	return 0;
}

/* Version 7 has in the option what version 6 has at @offset. */
static int read_buffer_v7(struct tracedat *td, struct cursor *c)
{
	uint32_t *page_size = &td->source.recording.buffer_page_size;

	if (cursor_string(c, &td->buffer_clock, STRING_MAX) < 0)
		return -1;
	pick_clock(&td->buffer_clock);
	if (cursor_u32(c, page_size) < 0)
		return -1;
	if (*page_size < SOURCE_SUBBUF_MIN || *page_size > SOURCE_SUBBUF_MAX)
		return error("bad BUFFER option: %s: page size %u, expected %u to %u",
			     td->path, *page_size, SOURCE_SUBBUF_MIN,
			     SOURCE_SUBBUF_MAX);
	if (read_buffer_cpus(td, c) < 0)
		return -1;
	td->has_streams = true;
	return 0;
}

/* The buffer to read, behind its name */
static int read_wanted_buffer(struct tracedat *td, struct cursor *c,
			      uint64_t offset)
{
	if (td->has_buffer)
		return error("bad options: %s: at 0x%llx: a second BUFFER option for %s%s",
			     td->path, (unsigned long long)cursor_offset(c),
			     *td->wanted ? "instance " : "the top buffer",
			     td->wanted);
	td->has_buffer = true;
	td->buffer_offset = offset;
	return td->source.recording.version == 6 ? 0 : read_buffer_v7(td, c);
}

static int read_buffer(struct tracedat *td, struct cursor *c, uint16_t id)
{
	uint64_t offset;
	bool wanted;
	char *name;

	if (cursor_u64(c, &offset) < 0 ||
	    cursor_string(c, &name, STRING_MAX) < 0)
		return -1;
	wanted = !strcmp(name, td->wanted);
	if (*name && !wanted)
		return tracedat_add_instance(td, name);
	free(name);
	/* The top buffer of version 6 has no option. */
	if (!wanted || (td->source.recording.version == 6 && !*td->wanted))
		return 0;
	if (id == OPTION_BUFFER_TEXT)
		return error("latency trace: %s: holds text, no events: record with trace-cmd record -e kvm",
			     td->path);
	return read_wanted_buffer(td, c, offset);
}

/* Read the option @id, whose data are all that @c has.  Skip unknown ones. */
static int read_option(struct tracedat *td, struct cursor *c, uint16_t id)
{
	switch (id) {
	case OPTION_BUFFER:
	case OPTION_BUFFER_TEXT:
		return read_buffer(td, c, id);
	case OPTION_CPUSTAT:
		return stats_read(td, c);
	case OPTION_TRACECLOCK:
		return read_clock(td, c);
	case OPTION_UNAME:
		return replace_string(c, &td->uname);
	case OPTION_VERSION:
		return replace_string(c, &td->recorder);
	case OPTION_DATE:
		return read_offset(td, c, 1000);
	case OPTION_OFFSET:
		return read_offset(td, c, 1);
	case OPTION_TIME_SHIFT:
		td->source.recording.has_time_shift = true;
		return 0;
	case OPTION_TSC2NSEC:
		return read_tsc2nsec(td, c);
	case OPTION_GUEST:
		return tasks_read_guest(td, c);
	case OPTION_CPUCOUNT:
		return cursor_u32(c, &td->source.recording.cpu_count);
	case OPTION_HEADER_INFO:
		return cursor_u64(c, &td->header_info_offset);
	case OPTION_FTRACE_EVENTS:
		return cursor_u64(c, &td->ftrace_events_offset);
	case OPTION_EVENT_FORMATS:
		return cursor_u64(c, &td->event_formats_offset);
	case OPTION_CMDLINES:
		return cursor_u64(c, &td->cmdlines_offset);
	}
	return 0;
}

/* Read one option, whatever its own code makes of its data. */
static int read_sized_option(struct tracedat *td, struct cursor *c, uint16_t id)
{
	uint64_t end = c->end, option_end;
	uint32_t len;

	if (cursor_u32(c, &len) < 0)
		return -1;
	if (len > cursor_left(c) && cursor_is_cut(c))
		return -1;
	if (len > cursor_left(c))
		return error("truncated: %s: %s at 0x%llx: option %u needs %u bytes, %llu remain",
			     td->path, c->section,
			     (unsigned long long)cursor_offset(c), id, len,
			     (unsigned long long)cursor_left(c));
	option_end = c->pos + len;
	c->end = option_end;
	if (read_option(td, c, id) < 0)
		return -1;
	c->pos = option_end;
	c->end = end;
	return 0;
}

int options_read_v6(struct tracedat *td, struct cursor *c)
{
	uint16_t id;

	c->section = "options";
	for (;;) {
		if (cursor_u16(c, &id) < 0)
			return -1;
		if (id == OPTION_DONE)
			return 0;
		if (read_sized_option(td, c, id) < 0)
			return -1;
	}
}

/* Read up to and with DONE, which says where the next section is. */
static int read_options(struct tracedat *td, struct cursor *c, uint64_t *next)
{
	uint32_t len;
	uint16_t id;

	for (;;) {
		if (cursor_u16(c, &id) < 0)
			return -1;
		if (id == OPTION_DONE)
			break;
		if (read_sized_option(td, c, id) < 0)
			return -1;
	}
	if (cursor_u32(c, &len) < 0)
		return -1;
	if (len < 8)
		return error("bad option: %s: OPTIONS at 0x%llx: DONE has %u bytes, expected 8",
			     td->path, (unsigned long long)cursor_offset(c),
			     len);
	return cursor_u64(c, next);
}

/*
 * The file ends before its options do.  Whatever follows the BUFFER option of
 * the buffer to read is not needed.
 */
static int options_are_cut(const struct tracedat *td, uint64_t offset)
{
	if (td->has_buffer)
		return 0;
	if (td->cut)
		return -1;
	return error("truncated: %s: OPTIONS at 0x%llx: the file ends at 0x%llx: the list of where the events are is missing: copy the file again, or record again",
		     td->path, (unsigned long long)offset,
		     (unsigned long long)td->source.recording.file_bytes);
}

static int read_options_at(struct tracedat *td, bool first, uint64_t *offset)
{
	bool *cut = td->cut;
	struct section s;
	int ret;

	/* Of the first, there is nothing more to say than what is missing. */
	if (!first)
		td->cut = &td->source.recording.cut;
	ret = section_open(&s, td, *offset, SECTION_OPTIONS, "OPTIONS");
	if (!ret)
		ret = read_options(td, &s.cursor, offset);
	section_release(&s);
	td->cut = cut;
	return ret;
}

int options_read_v7(struct tracedat *td, uint64_t offset)
{
	uint64_t seen[OPTION_SECTIONS_MAX];
	unsigned int i, n = 0;

	if (!offset && td->cut) {
		*td->cut = true;
		return -1;
	}
	if (!offset)
		return error("bad file: %s: no OPTIONS section: the recording was not finished",
			     td->path);
	while (offset) {
		for (i = 0; i < n; i++)
			if (seen[i] == offset)
				return error("bad options: %s: OPTIONS at 0x%llx is its own successor",
					     td->path,
					     (unsigned long long)offset);
		if (n == OPTION_SECTIONS_MAX)
			return error("bad options: %s: more than %u OPTIONS sections",
				     td->path, OPTION_SECTIONS_MAX);
		seen[n++] = offset;
		if (read_options_at(td, n == 1, &offset) < 0)
			return n > 1 && td->source.recording.cut ?
				options_are_cut(td, offset) : -1;
	}
	return 0;
}
