// SPDX-License-Identifier: GPL-2.0
#include "result/state-numbers.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/error.h"
#include "base/varint.h"

int state_bad(const struct state_in *in, const char *fmt, ...)
{
	char what[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return error("bad state: %s: at 0x%" PRIx64 ": %s", in->path,
		     in->offset + (uint64_t)(in->pos - in->start), what);
}

int state_get_wide(struct state_in *in, const char *what, u128 max, u128 *v)
{
	char found[DECIMAL_U128_MAX], allowed[DECIMAL_U128_MAX];

	if (!varint_get(&in->pos, in->end, v))
		return state_bad(in, "%s: not a number, or not in its shortest form",
				 what);
	if (*v <= max)
		return 0;
	return state_bad(in, "%s: %s exceeds %s", what, decimal_u128(found, *v),
			 decimal_u128(allowed, max));
}

int state_get(struct state_in *in, const char *what, uint64_t max, uint64_t *v)
{
	u128 wide;

	if (state_get_wide(in, what, max, &wide) < 0)
		return -1;
	*v = wide;
	return 0;
}

int state_get_u32(struct state_in *in, const char *what, uint32_t max, uint32_t *v)
{
	uint64_t wide;

	if (state_get(in, what, max, &wide) < 0)
		return -1;
	*v = wide;
	return 0;
}

int state_get_text(struct state_in *in, const char *what, size_t max, char *text)
{
	uint64_t len;

	if (state_get(in, what, max, &len) < 0)
		return -1;
	if (len > (uint64_t)(in->end - in->pos))
		return state_bad(in, "%s: %" PRIu64 " bytes exceed %td", what, len,
				 in->end - in->pos);
	if (memchr(in->pos, 0, len))
		return state_bad(in, "%s: a NUL in a text", what);
	memcpy(text, in->pos, len);
	text[len] = '\0';
	in->pos += len;
	return 0;
}

int state_get_fields(struct state_in *in, const struct state_field *fields, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (state_get(in, fields[i].what, UINT64_MAX, fields[i].to) < 0)
			return -1;
	return 0;
}

int state_charge(struct state_in *in, size_t bytes)
{
	in->state->bytes += bytes;
	if (in->state->bytes <= STATE_BYTES_MAX)
		return 0;
	return state_bad(in, "more figures than %llu MiB have room for: save them by fewer keys",
			 STATE_BYTES_MAX >> 20);
}
