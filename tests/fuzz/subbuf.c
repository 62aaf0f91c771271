// SPDX-License-Identifier: GPL-2.0
/*
 * Any bytes as a sub-buffer: the first two choose its layout.
 */
#include <string.h>

#include "fuzz.h"
#include "source/subbuf.h"

static void walk(const struct subbuf_format *f, const uint8_t *data, size_t len)
{
	const uint8_t *last = data;
	struct subbuf_record rec;
	struct subbuf sb;
	uint64_t sum = 0;
	uint32_t i;
	int ret;

	if (subbuf_load(&sb, f, data, len) < 0) {
		fuzz_assert(sb.fault);
		fuzz_assert(subbuf_next(&sb, &rec) <= 0);
		return;
	}
	while ((ret = subbuf_next(&sb, &rec)) > 0) {
		fuzz_assert(rec.data > last && rec.len >= 4 && rec.len % 4 == 0);
		fuzz_assert(rec.len <= (size_t)(data + len - rec.data));
		for (i = 0; i < rec.len; i++)
			sum += rec.data[i];
		last = rec.data + rec.len - 1;
	}
	fuzz_assert(ret ? sb.fault : !sb.fault && sb.pos == sb.end);
	fuzz_assert(subbuf_bytes_left(&sb) <= len);
	fuzz_assert(sum || !sum);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct subbuf_format f;
	uint32_t long_bytes;
	uint8_t *copy;

	if (len < 2)
		return 0;
	long_bytes = data[0] & 1 ? 4 : 8;
	if (subbuf_format_init(&f, 8, long_bytes, 8 + long_bytes,
			       64 + (data[0] >> 1) * 64) < 0)
		return 0;
	data += 2;
	len -= 2;
	/* Of exactly its size, so that a byte beyond is seen. */
	copy = malloc(len ? len : 1);
	fuzz_assert(copy);
	memcpy(copy, data, len);
	walk(&f, copy, len);
	free(copy);
	return 0;
}
