// SPDX-License-Identifier: GPL-2.0
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/saturate.h"
#include "source/identify.h"
#include "source/tracecmd/tracedat-private.h"

#define MAGIC		"\x17\x08\x44tracing"
#define MAGIC_LEN	10

static int open_file(struct tracedat *td, const char *path)
{
	struct stat st;

	td->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (td->fd < 0 && errno == ENOENT && td->cut && !td->metadata_only) {
		*td->cut = true;
		return -1;
	}
	if (td->fd < 0)
		return error("cannot open: %s: %s", path, strerror(errno));
	if (fstat(td->fd, &st) < 0)
		return error("cannot stat %s: %s", path, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return identify_folder(td->path);
	if (!S_ISREG(st.st_mode))
		return error("not a regular file: %s: and no pipe that anybody writes to",
			     td->path);
	if (!st.st_size && !td->cut)
		return error("empty file: %s: nothing was recorded: record again",
			     td->path);
	td->source.recording.file_bytes = st.st_size;
	return 0;
}

static int read_magic(struct tracedat *td, struct cursor *c)
{
	char found[MAGIC_LEN];
	size_t len = sizeof(found);

	if (cursor_left(c) < len)
		len = cursor_left(c);
	if (cursor_read(c, found, len) < 0)
		return -1;
	if (!memcmp(found, MAGIC, len))
		return len == sizeof(found) ? 0 : cursor_is_cut(c) ? -1 :
			error("truncated: %s: header: %zu bytes are all of the file",
			      td->path, len);
	return identify_file(td->path, td->fd);
}

/* "v7": INITIAL FORMAT, up to and without the compression header */
static int read_initial(struct tracedat *td, struct cursor *c)
{
	struct recording *info = &td->source.recording;
	uint8_t byte_order, long_size;
	char *version;

	if (read_magic(td, c) < 0 || cursor_string(c, &version, 16) < 0)
		return -1;
	if (!strcmp(version, "6") || !strcmp(version, "7"))
		info->version = version[0] - '0';
	else
		error("unknown file version: %s: \"%s\", expected 6 or 7",
		      td->path, version);
	free(version);
	if (!info->version)
		return -1;

	if (cursor_u8(c, &byte_order) < 0 || cursor_u8(c, &long_size) < 0)
		return -1;
	if (byte_order > 1)
		return error("bad byte order: %s: %u, expected 0 or 1", td->path,
			     byte_order);
	info->big_endian = byte_order;
	c->big_endian = byte_order;
	if (cursor_u32(c, &info->page_size) < 0)
		return -1;
	if (long_size != 4 && long_size != 8)
		return error("bad long size: %s: %u, expected 4 or 8", td->path,
			     long_size);
	if (info->page_size < SOURCE_SUBBUF_MIN ||
	    info->page_size > SOURCE_SUBBUF_MAX)
		return error("bad page size: %s: %u, expected %u to %u",
			     td->path, info->page_size, SOURCE_SUBBUF_MIN,
			     SOURCE_SUBBUF_MAX);
	info->long_size = long_size;
	info->buffer_page_size = info->page_size;
	return 0;
}

/* "v7": INITIAL FORMAT, from the compression header on */
static int read_compression(struct tracedat *td, struct cursor *c,
			    uint64_t *options_offset)
{
	char *version;
	int ret = 0;

	c->section = "compression header";
	if (cursor_string(c, &td->compression, STRING_MAX) < 0 ||
	    cursor_string(c, &version, STRING_MAX) < 0)
		return -1;
	if (unzip_find(&td->unzip, td->compression) < 0)
		ret = error("unknown compression: %s: \"%s\" version \"%s\", expected none, zstd or zlib",
			    td->path, td->compression, version);
	free(version);
	td->source.recording.compression = td->compression;
	return ret < 0 ? -1 : cursor_u64(c, options_offset);
}

static int read_header_info(struct tracedat *td, struct cursor *c)
{
	return formats_read_header_info(&td->formats, c);
}

static int read_ftrace(struct tracedat *td, struct cursor *c)
{
	return formats_read_ftrace(&td->formats, c);
}

static int read_events(struct tracedat *td, struct cursor *c)
{
	return formats_read_events(&td->formats, c);
}

/* All instances of the file were seen: is the wanted buffer one of them? */
static int check_instance(const struct tracedat *td)
{
	const struct recording *info = &td->source.recording;
	char list[1024] = "";
	size_t len = 0;
	unsigned int i;

	if (!*td->wanted || td->has_buffer || info->nr_files || info->cut)
		return 0;
	if (!info->nr_instances)
		return error("no such instance: %s: %s, the recording has none",
			     td->path, td->wanted);
	for (i = 0; i < info->nr_instances && len < sizeof(list); i++)
		len += snprintf(list + len, sizeof(list) - len, "%s%s",
				i ? ", " : "", info->instances[i]);
	return error("no such instance: %s: %s, expected %s%s", td->path,
		     td->wanted, list, len < sizeof(list) ? "" : "...");
}

/* "v6": REST OF TRACE-CMD HEADER, "flyrecord": where each CPU's data is */
static int read_cpus_v6(struct tracedat *td, struct cursor *c, uint32_t count)
{
	uint64_t offset, size;
	uint32_t cpu;

	c->section = "flyrecord";
	if (count > SOURCE_CPUS_MAX)
		return error("bad CPU count: %s: %u exceeds %u", td->path, count,
			     SOURCE_CPUS_MAX);
	if (count > cursor_left(c) / 16 && cursor_is_cut(c))
		return -1;
	if (count > cursor_left(c) / 16)
		return error("truncated: %s: %s at 0x%llx: %u CPUs need %u bytes, %llu remain",
			     td->path, c->section,
			     (unsigned long long)cursor_offset(c), count,
			     count * 16, (unsigned long long)cursor_left(c));
	for (cpu = 0; cpu < count; cpu++)
		if (cursor_u64(c, &offset) < 0 || cursor_u64(c, &size) < 0 ||
		    tracedat_add_cpu(td, cpu, offset, size, count) < 0)
			return -1;
		else if (offset || size)
			td->has_streams = true;
	return 0;
}

/*
 * Where the option of an instance points to: the same once more, "flyrecord"
 * and the table.
 */
static int seek_instance_v6(struct tracedat *td, struct cursor *c)
{
	char type[10];

	c->section = "flyrecord";
	if (td->buffer_offset > c->end && cursor_is_cut(c))
		return -1;
	if (td->buffer_offset > c->end)
		return error("truncated: %s: instance %s at 0x%llx: the file ends at 0x%llx",
			     td->path, td->wanted,
			     (unsigned long long)td->buffer_offset,
			     (unsigned long long)c->end);
	c->pos = td->buffer_offset;
	if (cursor_read(c, type, 10) < 0)
		return -1;
	if (memcmp(type, "flyrecord", 10))
		return error("bad instance: %s: %s at 0x%llx: expected flyrecord",
			     td->path, td->wanted,
			     (unsigned long long)td->buffer_offset);
	return 0;
}

/* "v6": REST OF TRACE-CMD HEADER */
static int read_rest_v6(struct tracedat *td, struct cursor *c)
{
	uint32_t count;
	char type[10];

	c->section = "REST OF TRACE-CMD HEADER";
	if (cursor_u32(c, &count) < 0 || cursor_read(c, type, 10) < 0)
		return -1;
	if (!memcmp(type, "options  ", 10)) {
		if (options_read_v6(td, c) < 0)
			return -1;
		c->section = "REST OF TRACE-CMD HEADER";
		if (cursor_read(c, type, 10) < 0)
			return -1;
	}
	if (!memcmp(type, "latency  ", 10))
		return error("latency trace: %s: holds text, no events: record with trace-cmd record -e kvm",
			     td->path);
	if (memcmp(type, "flyrecord", 10))
		return error("bad header: %s: %s at 0x%llx: expected options, latency or flyrecord",
			     td->path, c->section,
			     (unsigned long long)cursor_offset(c) - 10);
	if (check_instance(td) < 0)
		return -1;
	/* Of an instance that trace-cmd did not come to write, it is 0. */
	if (*td->wanted && !td->buffer_offset)
		return 0;
	if (*td->wanted && seek_instance_v6(td, c) < 0)
		return -1;
	/* As libtracecmd: the option knows better. */
	if (td->source.recording.cpu_count)
		count = td->source.recording.cpu_count;
	return read_cpus_v6(td, c, count);
}

static int skip_sized_u32(struct cursor *c, const char *section)
{
	uint32_t len;

	c->section = section;
	return cursor_u32(c, &len) < 0 || cursor_skip(c, len) < 0 ? -1 : 0;
}

/* Pass over it, and note its names: of more than there can be, none. */
static int read_processes(struct tracedat *td, struct cursor *c)
{
	uint64_t len, start, end = c->end;
	int ret = 0;

	c->section = "PROCESS INFORMATION";
	if (cursor_u64(c, &len) < 0)
		return -1;
	start = c->pos;
	if (cursor_skip(c, len) < 0)
		return -1;
	if (len <= TEXT_MAX) {
		c->end = c->pos;
		c->pos = start;
		ret = tasks_read_names(td, c);
		c->end = end;
	}
	return ret;
}

/* Version 6 has its parts in a fixed order, one behind the other. */
static int read_v6(struct tracedat *td, struct cursor *c)
{
	td->source.recording.compression = "none";
	if (read_header_info(td, c) < 0 || read_ftrace(td, c) < 0 ||
	    read_events(td, c) < 0 ||
	    skip_sized_u32(c, "KALLSYMS INFORMATION") < 0 ||
	    skip_sized_u32(c, "TRACE_PRINTK INFORMATION") < 0 ||
	    read_processes(td, c) < 0)
		return -1;
	return read_rest_v6(td, c);
}

static int read_section(struct tracedat *td, uint64_t offset, unsigned int id,
			const char *name,
			int (*read)(struct tracedat *td, struct cursor *c))
{
	struct section s;
	int ret;

	if (!offset)
		return 0;
	ret = section_open(&s, td, offset, id, name);
	if (!ret)
		ret = read(td, &s.cursor);
	section_release(&s);
	return ret;
}

/* What failed did so because the file ends too early, and was not reported. */
static bool is_cut(const struct tracedat *td)
{
	return td->cut && td->source.recording.cut;
}

/*
 * The options are missing: find the metadata by going from section to section.
 * In what trace-cmd writes, they lie one behind the other.
 */
static void find_sections(struct tracedat *td, uint64_t pos)
{
	struct cursor c;
	uint16_t id, flags;
	uint64_t size;

	while (section_read_header(td, &c, pos, "section", &id, &flags,
				   &size) == 0) {
		if (id == SECTION_HEADER_INFO)
			td->header_info_offset = pos;
		else if (id == SECTION_FTRACE_EVENTS)
			td->ftrace_events_offset = pos;
		else if (id == SECTION_EVENT_FORMATS)
			td->event_formats_offset = pos;
		else if (id < SECTION_HEADER_INFO)
			return;
		if (size > cursor_left(&c))
			return;
		pos = c.pos + size;
	}
}

/*
 * The section lies in the file: else it was cut, which others say.  Another one in its
 * place is no reason to read nothing: there are no names then.
 */
static bool has_cmdlines(struct tracedat *td)
{
	const uint64_t at = td->cmdlines_offset;
	struct cursor c;
	uint16_t id, flags;
	uint64_t size;

	return at && at < td->source.recording.file_bytes &&
	       td->source.recording.file_bytes - at >= SECTION_HEADER_BYTES &&
	       section_read_header(td, &c, at, "CMDLINES", &id, &flags,
				   &size) == 0 &&
	       id == SECTION_CMDLINES && size <= cursor_left(&c);
}

static int read_metadata_v7(struct tracedat *td, bool options_are_cut)
{
	if (!td->header_info_offset && options_are_cut) {
		td->source.recording.cut = true;
		return -1;
	}
	if (!td->header_info_offset)
		return error("bad file: %s: no HEADER INFO section", td->path);
	return read_section(td, td->header_info_offset, SECTION_HEADER_INFO,
			    "HEADER INFO", read_header_info) < 0 ||
	       read_section(td, td->ftrace_events_offset, SECTION_FTRACE_EVENTS,
			    "FTRACE EVENT FORMATS", read_ftrace) < 0 ||
	       read_section(td, td->event_formats_offset, SECTION_EVENT_FORMATS,
			    "EVENT FORMATS", read_events) < 0 ||
	       (has_cmdlines(td) &&
		read_section(td, td->cmdlines_offset, SECTION_CMDLINES,
			     "CMDLINES", read_processes) < 0) ? -1 : 0;
}

/* Version 7: the options say where everything else is. */
static int read_v7(struct tracedat *td, struct cursor *c)
{
	uint64_t offset, size;
	uint16_t flags;
	bool cut;

	if (read_compression(td, c, &offset) < 0)
		return -1;
	if (options_read_v7(td, offset) < 0) {
		if (!is_cut(td))
			return -1;
		if (!td->header_info_offset)
			find_sections(td, c->pos);
	}
	cut = td->source.recording.cut;
	td->source.recording.cut = false;
	if (read_metadata_v7(td, cut) < 0)
		return -1;
	td->source.recording.cut = cut;
	if (check_instance(td) < 0)
		return -1;
	if (!td->has_buffer)
		return 0;
	if (section_header(td, c, td->buffer_offset, SECTION_BUFFER,
			   "BUFFER FLYRECORD", &flags, &size) < 0)
		return -1;
	td->source.recording.data_compressed = flags & SECTION_COMPRESSED;
	if (td->source.recording.data_compressed && td->unzip == UNZIP_NONE)
		return error("bad section: %s: BUFFER FLYRECORD at 0x%llx: compressed, but the file header names no compression",
			     td->path, (unsigned long long)td->buffer_offset);
	return 0;
}

static int read_file(struct tracedat *td, const char *path)
{
	struct cursor c;

	if (open_file(td, path) < 0)
		return -1;
	cursor_init_file(&c, td->path, td->fd, 0, td->source.recording.file_bytes);
	c.cut = td->cut;
	if (read_initial(td, &c) < 0)
		return -1;
	return (td->source.recording.version == 6 ? read_v6 : read_v7)(td, &c);
}

/* Members that point to what may have been replaced meanwhile */
static void finish_info(struct tracedat *td)
{
	struct recording *info = &td->source.recording;

	info->header_page = td->formats.header_page;
	info->header_page_len = td->formats.header_page_len;
	info->header_event = td->formats.header_event;
	info->header_event_len = td->formats.header_event_len;
	td->source.recording.instance = *td->wanted ? td->wanted : NULL;
	/* The buffer's own clock, or else the one that was set last. */
	td->source.recording.clock = td->buffer_clock ? td->buffer_clock : td->clock;
	td->source.recording.uname = td->uname;
	td->source.recording.recorder = td->recorder;
	td->source.recording.tasks = &td->tasks;
	if (!td->source.recording.compression)
		td->source.recording.compression = "none";
}

static void close_tracedat(struct tracedat *td)
{
	unsigned int i;

	if (!td)
		return;
	if (td->fd >= 0)
		close(td->fd);
	for (i = 0; i < td->source.recording.nr_instances; i++)
		free(td->instances[i]);
	free(td->instances);
	free(td->stats_events);
	free(td->stats);
	free(td->cpus);
	free(td->source.ends);
	stream_desk_free(td->desk);
	formats_release(&td->formats);
	tasks_release(&td->tasks);
	free(td->recorder);
	free(td->uname);
	free(td->buffer_clock);
	free(td->clock);
	free(td->compression);
	free(td->file_cpus);
	free(td->files);
	free(td->wanted);
	free(td->path);
	free(td);
}

static int read_all(struct tracedat *td, const char *path,
		    const struct source_request *request)
{
	td->path = strdup(request->name ? request->name : path);
	td->wanted = strdup(request->instance ? request->instance : "");
	if (!td->path || !td->wanted)
		return error("out of memory: %s", path);
	td->source.recording.path = td->path;
	/* The top buffer's come first, and nothing says so. */
	td->other_stats = *td->wanted != 0;
	if (!request->name && unfinished_find(td) < 0)
		return -1;
	if (td->source.recording.nr_files || request->formats || td->metadata_only)
		td->cut = &td->source.recording.cut;
	td->whole = read_file(td, path) == 0;
	if (!td->whole && !is_cut(td))
		return -1;
	if ((td->whole || td->has_streams) && tracedat_check_cpus(td) < 0)
		return -1;
	return 0;
}

static int open_streams(struct tracedat *td)
{
	unsigned int i;

	td->source.ends = calloc(td->source.recording.nr_cpus + 1, sizeof(*td->source.ends));
	td->desk = stream_desk_alloc();
	if (!td->source.ends || !td->desk)
		return error("out of memory: %u CPUs", td->source.recording.nr_cpus);
	for (i = 0; i < td->source.recording.nr_cpus; i++) {
		td->source.ends[i].offset = STREAM_END_OPEN;
		td->nr_filled += td->source.recording.cpus[i].size != 0;
	}
	return stats_finish(td);
}

/* All but events: they may be missing altogether.  NULL after an error */
static struct tracedat *open_metadata(const char *path,
				      const struct source_request *request,
				      bool metadata_only)
{
	struct tracedat *td = calloc(1, sizeof(*td));

	if (!td) {
		error("out of memory: %s", path);
		return NULL;
	}
	td->source.container = &tracedat_container;
	td->fd = -1;
	td->metadata_only = metadata_only;
	td->source.reading = request->reading;
	td->source.recording.tsc_khz = request->tsc_khz;
	if (read_all(td, path, request) < 0) {
		close_tracedat(td);
		return NULL;
	}
	return td;
}

/* What @td lacks, from the recording at @path */
static int read_formats(struct tracedat *td, const char *path)
{
	const struct source_request request = { .formats = NULL };
	struct tracedat *from = open_metadata(path, &request, true);
	int ret = 0;

	if (!from)
		return -1;
	if (formats_complete(&from->formats)) {
		unfinished_take_metadata(td, from);
		td->source.recording.formats_used = true;
	} else {
		ret = error("no event formats: %s", path);
	}
	close_tracedat(from);
	return ret;
}

static int complete(struct tracedat *td, const char *formats)
{
	int ret = unfinished_complete(td, formats);

	return ret > 0 ? read_formats(td, formats) : ret;
}

static int open_source(struct source **out, const char *path,
		       const struct source_request *request)
{
	struct tracedat *td = open_metadata(path, request, false);

	*out = NULL;
	if (!td)
		return -1;
	if (complete(td, request->formats) < 0 || open_streams(td) < 0) {
		close_tracedat(td);
		return -1;
	}
	finish_info(td);
	*out = &td->source;
	return 0;
}

static void close_source(struct source *src)
{
	close_tracedat(tracedat_of(src));
}

static bool next_format(const struct source *src, struct source_formats *it,
			struct source_format *format)
{
	return formats_next(&tracedat_of(src)->formats, it, format);
}

const struct container tracedat_container = {
	.open = open_source,
	.close = close_source,
	.next_format = next_format,
	.stream_open = tracedat_stream_open,
	.stream_close = tracedat_stream_close,
	.next_span = tracedat_next_span,
	.read_at = tracedat_read_at,
};
