// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as a state; as fuzzing does not find checksums, they are mended first.
 * What is accepted is saved as the same bytes, and shown in each way.
 */
#include <string.h>
#include <zlib.h>

#include "fuzz.h"
#include "output/writer.h"
#include "result/columns.h"
#include "result/state.h"

#define HEAD		16u
#define PART_HEAD	12u

/* Of each part that the bytes have room for */
static void mend(uint8_t *data, size_t len)
{
	uint64_t size, pos;
	uint32_t sum;

	for (pos = HEAD; len - pos >= PART_HEAD; pos += size) {
		memcpy(&size, data + pos, sizeof(size));
		pos += PART_HEAD;
		if (size > len - pos)
			return;
		sum = crc32_z(0, data + pos, size);
		memcpy(data + pos - 4, &sum, sizeof(sum));
	}
}

static void save_again(const struct state *s, const uint8_t *data, size_t len)
{
	size_t saved_len;
	char *saved;
	FILE *f = open_memstream(&saved, &saved_len);

	fuzz_assert(f);
	fuzz_assert(state_save(s, f) == 0);
	fclose(f);
	fuzz_assert(saved_len == len && !memcmp(saved, data, len));
	free(saved);
}

static void show(const struct state *s, const struct view_options *opt)
{
	size_t len;
	char *text;
	FILE *f = open_memstream(&text, &len);
	struct view v;

	fuzz_assert(f);
	if (state_view(s, opt, &v) == 0) {
		fuzz_assert(view_finish(&v) == 0);
		fuzz_assert(view_print(&v, f) == 0);
	}
	view_release(&v);
	fclose(f);
	free(text);
}

static void show_all(const struct state *s)
{
	static const struct view_options options[] = {
		{ .format = VIEW_TABLE, .by = BY_REASON, .histogram = true },
		{ .format = VIEW_JSON, .by = BY_VCPU | BY_REASON },
		{ .format = VIEW_CSV, .by = BY_CPU, .top = 2 },
		{ .format = VIEW_TABLE, .by = BY_RIP | BY_DETAIL },
		{ .format = VIEW_JSON, .by = BY_RECORDING, .histogram = true },
		{ .format = VIEW_CSV, .by = BY_REASON, .of = STATS_OF_HALTED },
		{ .format = VIEW_JSON, .by = BY_VM, .of = STATS_OF_TOTAL,
		  .histogram = true },
		{ .format = VIEW_TABLE, .subject = VIEW_OF_TIME },
		{ .format = VIEW_CSV, .subject = VIEW_OF_TIME, .by = BY_RECORDING },
		{ .format = VIEW_CSV, .filter = { .reasons = { "hlt,0x78,vmx 12" },
						  .nr_reasons = 1 } },
	};
	unsigned int i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		show(s, &options[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	uint8_t *data = malloc(len + 1);
	struct state s = { .parts = NULL };
	char path[FUZZ_PATH_MAX];
	int fd;

	fuzz_assert(data);
	memcpy(data, bytes, len);
	if (len > HEAD)
		mend(data, len);
	fd = fuzz_file(path, data, len);
	if (state_load(&s, path) == 0) {
		save_again(&s, data, len);
		show_all(&s);
	}
	state_release(&s);
	close(fd);
	free(data);
	return 0;
}
