// SPDX-License-Identifier: GPL-2.0
/*
 * What perf.data says besides its records: sections behind them, one for each
 * feature ("perf.data-file-format.txt", HEADER_...).
 */
#include <stdlib.h>

#include "base/error.h"
#include "source/perfdata/perfdata-private.h"

#define FEATURES	256u	/* bits */

enum {
	FEATURE_TRACING_DATA	= 1,
	FEATURE_HOSTNAME	= 3,
	FEATURE_OSRELEASE	= 4,
	FEATURE_VERSION		= 5,
	FEATURE_ARCH		= 6,
	FEATURE_DIR_FORMAT	= 24,
};

#define TRACING_MAGIC	"\x17\x08\x44tracing"

void perf_cursor(const struct perfdata *pd, struct cursor *c,
		      uint64_t offset, uint64_t bytes, const char *section)
{
	const struct perf_file *f = &pd->files[0];

	cursor_init_file(c, f->path, f->fd, offset, offset + bytes);
	c->section = section;
	c->big_endian = pd->big_endian;
}

static bool is_in_file(const struct perfdata *pd, uint64_t offset, uint64_t bytes)
{
	uint64_t end = pd->files[0].bytes;

	return offset <= end && bytes <= end - offset;
}

/* The section at @p of the header */
int perf_check_section(const struct perfdata *pd, const char *name,
			 uint64_t offset, uint64_t bytes)
{
	if (is_in_file(pd, offset, bytes))
		return 0;
	return error("truncated: %s: %s at 0x%llx: needs %llu bytes, the file ends at 0x%llx",
		     pd->files[0].path, name, (unsigned long long)offset,
		     (unsigned long long)bytes,
		     (unsigned long long)pd->files[0].bytes);
}

/* The head of a trace.dat of version 6 */
int perf_read_tracing_data(struct perfdata *pd, uint64_t offset, uint64_t bytes)
{
	char magic[sizeof(TRACING_MAGIC) - 1], *version;
	uint8_t byte_order, long_size;
	uint32_t page_size;
	struct cursor c;

	if (perf_check_section(pd, "TRACING_DATA", offset, bytes) < 0)
		return -1;
	perf_cursor(pd, &c, offset, bytes, "TRACING_DATA");
	if (cursor_read(&c, magic, sizeof(magic)) < 0)
		return -1;
	if (memcmp(magic, TRACING_MAGIC, sizeof(magic)))
		return error("bad tracing data: %s: at 0x%llx: no \"\\x17\\x08\\x44tracing\"",
			     pd->files[0].path, (unsigned long long)offset);
	if (cursor_string(&c, &version, 16) < 0)
		return -1;
	free(version);
	if (cursor_u8(&c, &byte_order) < 0 || cursor_u8(&c, &long_size) < 0)
		return -1;
	c.big_endian = byte_order;
	pd->source.recording.long_size = long_size;
	return cursor_u32(&c, &page_size) < 0 ||
	       formats_read_header_info(&pd->formats, &c) < 0 ||
	       formats_read_ftrace(&pd->formats, &c) < 0 ||
	       formats_read_events(&pd->formats, &c) < 0 ? -1 : 0;
}

/* A text of a feature: u32 length, bytes.  It is no loss if it is not there. */
static void read_text(const struct perfdata *pd, uint64_t offset, uint64_t bytes,
		      char **out)
{
	struct cursor c;
	uint32_t len;

	if (*out || bytes < 4)
		return;
	perf_cursor(pd, &c, offset, bytes, "feature");
	if (cursor_u32(&c, &len) == 0 && len <= cursor_left(&c) && len < 4096)
		cursor_text(&c, out, len, 4096);
}

/* How a folder is laid out: u64 */
static int read_version(struct perfdata *pd, uint64_t offset, uint64_t bytes)
{
	struct cursor c;

	if (perf_check_section(pd, "DIR_FORMAT", offset, bytes) < 0)
		return -1;
	perf_cursor(pd, &c, offset, bytes, "DIR_FORMAT");
	return cursor_u64(&c, &pd->folder_version);
}

static int read_feature(struct perfdata *pd, unsigned int feature,
			uint64_t offset, uint64_t bytes)
{
	if (feature == FEATURE_TRACING_DATA)
		return perf_read_tracing_data(pd, offset, bytes);
	if (feature == FEATURE_DIR_FORMAT)
		return read_version(pd, offset, bytes);
	if (!is_in_file(pd, offset, bytes))
		return 0;
	if (feature == FEATURE_HOSTNAME)
		read_text(pd, offset, bytes, &pd->host);
	else if (feature == FEATURE_OSRELEASE)
		read_text(pd, offset, bytes, &pd->uname);
	else if (feature == FEATURE_ARCH)
		read_text(pd, offset, bytes, &pd->arch);
	else if (feature == FEATURE_VERSION)
		read_text(pd, offset, bytes, &pd->recorder);
	return 0;
}

static bool has_feature(const struct perfdata *pd, const uint8_t *bits,
			unsigned int feature)
{
	const uint8_t *word = bits + feature / 64 * 8;

	return perf_u64(pd, word) >> feature % 64 & 1;
}

/* A section for each bit that is set, behind the data */
int perf_read_features(struct perfdata *pd, const uint8_t *bits)
{
	unsigned int feature, nr = 0;
	uint64_t offset, bytes;
	struct cursor c;

	for (feature = 0; feature < FEATURES; feature++)
		nr += has_feature(pd, bits, feature);
	if (perf_check_section(pd, "features", pd->end, nr * PERF_SECTION_BYTES) < 0)
		return -1;
	perf_cursor(pd, &c, pd->end, nr * PERF_SECTION_BYTES, "features");
	for (feature = 0; feature < FEATURES; feature++)
		if (has_feature(pd, bits, feature) &&
		    (cursor_u64(&c, &offset) < 0 || cursor_u64(&c, &bytes) < 0 ||
		     read_feature(pd, feature, offset, bytes) < 0))
			return -1;
	return 0;
}
