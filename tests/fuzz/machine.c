// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as events of any architecture: the first byte says which one, and which
 * byte order.  Then there are for each event a byte that says which one it is, of
 * which of two threads, and whether its record is cut; how many bytes of it are to
 * come; and these.  The others are 0.  All views must have the same exits.
 */
#include <string.h>

#include "analyze.h"
#include "fuzz.h"
#include "mktrace-private.h"

#define EVENTS_MAX	2000u

static const char *const archs[] = {
	"arm64", "riscv", "s390", "powerpc", "loongarch",
};

#define NR_ARCHS	(sizeof(archs) / sizeof(archs[0]))

/* @head: 3 bits of a cut, one of the thread, 4 of the event */
static void put_event(struct mktrace *t, uint64_t ts, uint8_t head,
		      const uint8_t *data, size_t len)
{
	const struct mktrace_event *e = &t->events[(head & 15) % t->nr_events];
	const uint16_t id = t->config.big_endian ? htobe16(e->id) : htole16(e->id);
	const uint32_t pid = 7 + (head >> 4 & 1);
	const uint32_t stored = t->config.big_endian ? htobe32(pid) : htole32(pid);
	uint8_t record[512] = { 0 };
	size_t bytes = e->bytes;

	if (head >> 5 == 7 && bytes > 8)
		bytes -= 4;
	memcpy(record, &id, sizeof(id));
	memcpy(record + 4, &stored, sizeof(stored));
	memcpy(record + 8, data, len < bytes - 8 ? len : bytes - 8);
	mktrace_record(t, 0, ts, record, bytes);
}

static void write_file(const char *path, const uint8_t *data, size_t len)
{
	struct mktrace *t = mktrace_new(&(struct mktrace_config){
		.clock = "mono", .arch = archs[data[0] % NR_ARCHS],
		.big_endian = data[0] & 0x80 });
	size_t pos = 1, n;
	unsigned int i;

	mktrace_layout_events(t);
	for (i = 0; i < EVENTS_MAX && len - pos > 1; i++) {
		n = data[pos + 1] < len - pos - 2 ? data[pos + 1] : len - pos - 2;
		put_event(t, 1000 + i * 10, data[pos], data + pos + 2, n);
		pos += 2 + n;
	}
	mktrace_finish(t, path, NULL);
}

/* The exits of the row "total"; -1: there is none */
static long long exits_of(const char *path, const char *before,
			  struct view_options view)
{
	struct options options = { .path = path, .threads = 1, .view = view };
	const char *row;
	long long exits;
	char *text;
	size_t len;

	options.view.format = VIEW_CSV;
	options.out = open_memstream(&text, &len);
	fuzz_assert(options.out);
	analyze(&options);
	fclose(options.out);
	row = strstr(text, "\ntotal,");
	exits = row ? atoll(row + strlen(before)) : -1;
	free(text);
	return exits;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char path[FUZZ_PATH_MAX];
	long long plain, detailed;
	int fd;

	if (!len)
		return 0;
	fd = fuzz_file(path, "", 0);
	write_file(path, data, len);
	plain = exits_of(path, "\ntotal,,,,",
			 (struct view_options){ .by = BY_REASON });
	detailed = exits_of(path, "\ntotal,,,,",
			    (struct view_options){ .by = BY_DETAIL });
	fuzz_assert(plain == detailed);
	exits_of(path, "", (struct view_options){ .by = BY_RIP });
	exits_of(path, "", (struct view_options){ .subject = VIEW_OF_LIST });
	exits_of(path, "", (struct view_options){ .subject = VIEW_OF_TIME });
	close(fd);
	return 0;
}
