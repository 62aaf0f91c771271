// SPDX-License-Identifier: GPL-2.0
#include "source/perfdata/perfdata.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/error.h"
#include "base/saturate.h"
#include "source/perfdata/perfdata-ahead.h"

/* The magic is a number: in the other byte order it is the other way round. */
#define MAGIC		"PERFILE2"
#define MAGIC_SWAPPED	"2ELIFREP"
#define MAGIC_BYTES	8u

/* struct perf_file_header */
#define HEADER_BYTES		104u
#define HEADER_BYTES_PIPE	16u
#define HEADER_ATTR_SIZE	16
#define HEADER_ATTRS		24	/* sections: u64 offset, u64 size */
#define HEADER_DATA		40
#define HEADER_FEATURES		72

/* struct perf_file_attr: an attr, and the section of its ids */
#define ATTR_BYTES_MAX		4096u

/* What the sub-buffers of perfdata-stream.c are like */
#define HEADER_PAGE \
	"\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n" \
	"\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n" \
	"\tfield: char data;\toffset:16;\tsize:65600;\tsigned:1;\n"

_Static_assert(PERF_SUBBUF_HEADER == 16 && PERF_SUBBUF_DATA == 65600,
	       "as the text says");

static bool probe_file(const char *path)
{
	char magic[MAGIC_BYTES];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool found;

	if (fd < 0)
		return false;
	found = pread(fd, magic, sizeof(magic), 0) == sizeof(magic) &&
		(!memcmp(magic, MAGIC, sizeof(magic)) ||
		 !memcmp(magic, MAGIC_SWAPPED, sizeof(magic)));
	close(fd);
	return found;
}

/* A file, or a folder of which one has the header */
static bool probe(const char *path)
{
	char *head;
	bool found;

	if (probe_file(path))
		return true;
	head = perf_folder_file(path, "data");
	found = head && probe_file(head);
	free(head);
	return found;
}

static int open_files(struct perfdata *pd, const char *path, const char *name)
{
	pd->path = strdup(name ? name : path);
	if (!pd->path)
		return error("out of memory: %s", path);
	pd->source.recording.path = pd->path;
	return perf_files_open(pd, path, pd->path);
}

static int read_ids(struct perfdata *pd, uint64_t offset, uint64_t bytes)
{
	struct cursor c;
	uint64_t id;

	if (perf_check_section(pd, "ids", offset, bytes) < 0)
		return -1;
	perf_cursor(pd, &c, offset, bytes, "ids");
	for (; bytes >= 8; bytes -= 8)
		if (cursor_u64(&c, &id) < 0 ||
		    perf_id_add(pd, id, pd->nr_attrs - 1) < 0)
			return -1;
	return 0;
}

/* "attrs": entries of @each bytes */
static int read_attrs(struct perfdata *pd, const uint8_t *header)
{
	uint64_t each = perf_u64(pd, header + HEADER_ATTR_SIZE);
	uint64_t offset = perf_u64(pd, header + HEADER_ATTRS);
	uint64_t bytes = perf_u64(pd, header + HEADER_ATTRS + 8);
	uint8_t attr[ATTR_BYTES_MAX];
	struct cursor c;

	if (each <= PERF_SECTION_BYTES || each > sizeof(attr))
		return error("bad attr size: %s: %llu, expected %u to %zu",
			     pd->files[0].path, (unsigned long long)each,
			     PERF_SECTION_BYTES + 1, sizeof(attr));
	if (perf_check_section(pd, "attrs", offset, bytes) < 0)
		return -1;
	perf_cursor(pd, &c, offset, bytes, "attrs");
	for (; bytes >= each; bytes -= each) {
		const uint8_t *ids = attr + each - PERF_SECTION_BYTES;

		if (cursor_read(&c, attr, each) < 0 ||
		    perf_attr_add(pd, attr, each - PERF_SECTION_BYTES) < 0 ||
		    read_ids(pd, perf_u64(pd, ids), perf_u64(pd, ids + 8)) < 0)
			return -1;
	}
	return 0;
}

/* Where the records are; perf writes how many there are when it ends. */
static int read_data(struct perfdata *pd, const uint8_t *header)
{
	struct recording *info = &pd->source.recording;
	uint64_t bytes = perf_u64(pd, header + HEADER_DATA + 8), left;

	pd->begin = perf_u64(pd, header + HEADER_DATA);
	if (perf_check_section(pd, "data", pd->begin, 0) < 0)
		return -1;
	left = pd->files[0].bytes - pd->begin;
	info->unfinished = !bytes;
	if (bytes > left)
		info->missing_bytes = bytes - left;
	pd->end = pd->begin + (bytes && bytes <= left ? bytes : left);
	pd->incomplete = info->unfinished || info->missing_bytes;
	return pd->incomplete ? 0 :
	       perf_read_features(pd, header + HEADER_FEATURES);
}

static int read_file_form(struct perfdata *pd)
{
	uint8_t header[HEADER_BYTES];
	struct cursor c;

	perf_cursor(pd, &c, 0, pd->files[0].bytes, "header");
	if (cursor_read(&c, header, sizeof(header)) < 0 ||
	    read_attrs(pd, header) < 0)
		return -1;
	return read_data(pd, header);
}

static int read_pipe_form(struct perfdata *pd)
{
	pd->pipe = true;
	pd->begin = HEADER_BYTES_PIPE;
	pd->end = pd->files[0].bytes;
	return perf_index_metadata(pd);
}

static int read_header(struct perfdata *pd)
{
	char magic[MAGIC_BYTES];
	uint64_t bytes;
	struct cursor c;

	perf_cursor(pd, &c, 0, pd->files[0].bytes, "header");
	if (cursor_read(&c, magic, sizeof(magic)) < 0)
		return -1;
	pd->big_endian = !memcmp(magic, MAGIC_SWAPPED, sizeof(magic));
	pd->source.recording.big_endian = pd->big_endian;
	c.big_endian = pd->big_endian;
	if (cursor_u64(&c, &bytes) < 0)
		return -1;
	if (bytes == HEADER_BYTES_PIPE)
		return read_pipe_form(pd);
	if (bytes == HEADER_BYTES)
		return read_file_form(pd);
	return error("bad header: %s: %llu bytes, expected %u, or %u of a pipe",
		     pd->files[0].path, (unsigned long long)bytes, HEADER_BYTES,
		     HEADER_BYTES_PIPE);
}

/* An unfinished file has no event formats: those of the request are taken then. */
static int check_formats(struct perfdata *pd,
			 const struct source_request *request)
{
	pd->source.lacks_formats = !pd->formats.events;
	if (pd->formats.events || request->formats)
		return 0;
	return error(pd->incomplete ? "unfinished recording: %s: its event formats are missing: name a recording with the same events by --formats" :
			     "no event formats: %s: record with: %s",
		     pd->path,
		     recording_advice(&pd->source.recording)->exits);
}

/* perf's own is the one that ftrace calls perf, too. */
static const char *clock_name(const struct perfdata *pd)
{
	if (!pd->any->clock_is_given)
		return "perf";
	switch (pd->any->clock) {
	case 0:
		return "realtime";
	case 1:
		return "mono";
	case 4:
		return "mono_raw";
	case 7:
		return "boot";
	case 11:
		return "tai";
	}
	return "unknown";
}

static int fill_cpus(struct perfdata *pd)
{
	struct recording *info = &pd->source.recording;
	bool open_end = info->missing_bytes || pd->lost_anywhere;
	struct recording_cpu *cpus;
	unsigned int i;

	cpus = calloc(pd->nr_cpus + 1, sizeof(*cpus));
	pd->recording_cpus = cpus;
	pd->source.ends = calloc(pd->nr_cpus + 1, sizeof(*pd->source.ends));
	if (!cpus || !pd->source.ends)
		return error("out of memory: %s: %u CPUs", pd->path, pd->nr_cpus);
	for (i = 0; i < pd->nr_cpus; i++) {
		cpus[i].cpu = pd->cpus[i].cpu;
		cpus[i].open_end = open_end;
		pd->source.ends[i].offset = STREAM_END_OPEN;
	}
	/* Whose it is, nobody knows: that it is there is what counts. */
	if (pd->nr_cpus)
		saturating_add(&pd->cpus[0].tail, pd->lost_anywhere);
	info->cpus = cpus;
	info->nr_cpus = pd->nr_cpus;
	return 0;
}

static void fill_info(struct perfdata *pd)
{
	struct recording *info = &pd->source.recording;

	info->page_size = PERF_SUBBUF_HEADER + PERF_SUBBUF_DATA;
	info->buffer_page_size = info->page_size;
	info->clock = clock_name(pd);
	info->uname = pd->uname;
	info->arch = pd->arch;
	info->host = pd->host;
	info->recorder = pd->recorder;
	info->tasks = &pd->tasks;
	info->header_page = HEADER_PAGE;
	info->header_page_len = strlen(HEADER_PAGE);
	info->header_event = pd->formats.header_event;
	info->header_event_len = pd->formats.header_event_len;
}

static int look_at_all(struct perfdata *pd)
{
	if (perf_index(pd) < 0 || fill_cpus(pd) < 0)
		return -1;
	if (pd->unknown)
		warning("samples of unknown events: %s: %llu were skipped",
			pd->path, (unsigned long long)pd->unknown);
	perf_fill_sizes(pd);
	return 0;
}

/* It is to be read once, if it can be. */
static int begin_ahead(struct perfdata *pd, unsigned int threads)
{
	if (perf_announced(pd) < 0)
		return look_at_all(pd);
	if (fill_cpus(pd) < 0)
		return -1;
	/* As far as that is known */
	pd->source.recording.data_bytes = pd->end - pd->begin;
	pd->ahead = perf_ahead_begin(pd, threads);
	return pd->ahead ? 0 : error("out of memory: %s", pd->path);
}

static int read_all(struct perfdata *pd, const char *path,
		    const struct source_request *request)
{
	if (request->instance)
		return error("no such instance: %s: %s: perf records no instances",
			     path, request->instance);
	if (open_files(pd, path, request->name) < 0 || read_header(pd) < 0 ||
	    perf_files_open_others(pd) < 0)
		return -1;
	perf_ids_sort(pd);
	if (perf_attrs_finish(pd) < 0 || check_formats(pd, request) < 0)
		return -1;
	fill_info(pd);
	return request->once ? begin_ahead(pd, request->once) : look_at_all(pd);
}

static void close_source(struct source *src)
{
	struct perfdata *pd = perfdata_of(src);

	perf_ahead_free(pd->ahead);
	perf_files_close(pd);
	perf_unpack_free(pd->unpack);
	perf_index_release(pd);
	formats_release(&pd->formats);
	tasks_release(&pd->tasks);
	free(pd->recording_cpus);
	free(pd->source.ends);
	free(pd->ids);
	free(pd->attrs);
	free(pd->recorder);
	free(pd->uname);
	free(pd->arch);
	free(pd->host);
	free(pd->path);
	free(pd);
}

static bool is_odd(const struct source *src)
{
	const struct perfdata *pd = perfdata_of(src);

	return pd->ahead && perf_ahead_is_odd(pd->ahead);
}

static int read_again(const struct source *src)
{
	const struct perfdata *pd = perfdata_of(src);

	return pd->ahead ? perf_ahead_again(pd->ahead) : 0;
}

/* As if nothing had been looked at, and then at all of it */
static int know_all(struct source *src)
{
	struct perfdata *pd = perfdata_of(src);

	if (!pd->ahead)
		return 0;
	perf_ahead_free(pd->ahead);
	pd->ahead = NULL;
	perf_unpack_free(pd->unpack);
	pd->unpack = NULL;
	perf_index_release(pd);
	tasks_release(&pd->tasks);
	free(pd->recording_cpus);
	free(pd->source.ends);
	pd->recording_cpus = NULL;
	pd->source.ends = NULL;
	src->recording.cpus = NULL;
	src->recording.nr_cpus = 0;
	pd->bad_data = NULL;
	pd->lost_anywhere = 0;
	pd->unknown = 0;
	return look_at_all(pd);
}

static int wait_ahead(struct source *src)
{
	perf_ahead_wait(perfdata_of(src)->ahead);
	return 0;
}

static const struct recording_advice powerpc_advice = {
	.exits = "perf kvm stat record, or perf record -a -e 'kvm_hv:*,kvm:*'",
	.clock = "perf record -k mono -a -e 'kvm_hv:*,kvm:*'",
	.times = "perf record -k mono -a -e 'kvm_hv:*,kvm:*' -e sched:sched_switch",
	.buffer = "perf record -m PAGES",
};

static const struct recording_advice advice = {
	.exits = "perf kvm stat record, or perf record -a -e 'kvm:*'",
	.clock = "perf record -k mono -a -e 'kvm:*'",
	.times = "perf record -k mono -a -e 'kvm:*' -e sched:sched_switch",
	.buffer = "perf record -m PAGES",
	.powerpc = &powerpc_advice,
};

static int open_source(struct source **out, const char *path,
		       const struct source_request *request)
{
	struct perfdata *pd = calloc(1, sizeof(*pd));

	*out = NULL;
	if (!pd)
		return error("out of memory: %s", path);
	pd->source.container = &perfdata_container;
	pd->source.reading = request->reading;
	pd->source.recording.tsc_khz = request->tsc_khz;
	pd->source.recording.advice = &advice;
	if (read_all(pd, path, request) < 0) {
		close_source(&pd->source);
		return -1;
	}
	*out = &pd->source;
	return 0;
}

static bool next_format(const struct source *src, struct source_formats *it,
			struct source_format *format)
{
	return formats_next(&perfdata_of(src)->formats, it, format);
}

static bool has_event(const struct source *src, uint64_t id)
{
	const struct perfdata *pd = perfdata_of(src);
	unsigned int i;

	for (i = 0; i < pd->nr_attrs; i++)
		if (pd->attrs[i].tracepoint && pd->attrs[i].event == id)
			return true;
	return false;
}

const struct container perfdata_container = {
	.probe = probe,
	.open = open_source,
	.close = close_source,
	.next_format = next_format,
	.has_event = has_event,
	.stream_open = perf_stream_open,
	.stream_close = perf_stream_close,
	.next_span = perf_next_span,
	.wait = wait_ahead,
	.is_odd = is_odd,
	.read_again = read_again,
	.know_all = know_all,
};
