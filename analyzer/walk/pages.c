// SPDX-License-Identifier: GPL-2.0
#include "walk/pages.h"

#include "source/swap.h"

uint64_t pages_bytes(const struct pages *p, unsigned int stream)
{
	const struct recording_cpu *cpu = &source_recording(p->src)->cpus[stream];

	return cpu->size - cpu->missing;
}

uint64_t pages_nr(const struct pages *p, unsigned int stream)
{
	return pages_bytes(p, stream) / p->format->subbuf_bytes;
}

bool pages_load(const struct pages *p, unsigned int stream, uint64_t page,
		struct subbuf *sb)
{
	const uint32_t len = p->format->subbuf_bytes;

	if (page >= pages_nr(p, stream) ||
	    !source_read_at(p->src, stream, page * len, p->buf, len))
		return false;
	if (p->format->swaps)
		swap_subbuf(p->format, p->buf, len);
	return subbuf_load(sb, p->format, p->buf, len) == 0;
}
