/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events of a timeline, as few words each -> packets.
 *
 * An event takes an item: a slice begins or ends, on a track with a sequence of packets
 * of its own.  Arguments follow in items of their own, and so do packets that are
 * written elsewhere, as bytes.  To write items takes a sixth of the instructions that
 * packets take, and any thread can make packets of any items: nothing in them depends on
 * what was before.
 */
#ifndef ANALYZER_PERFETTO_PACK_H
#define ANALYZER_PERFETTO_PACK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/protobuf.h"

struct perfetto_item {
	uint64_t step;			/* time since the event before, of the sequence; or
					   how many bytes of packets follow */
	uint32_t sequence;		/* 0: bytes follow */
	uint32_t name;			/* of a slice that begins; 0: it ends */
};

/* Of a name: arguments follow. */
#define PERFETTO_HAS_ARGS	(1u << 31)

/* What arguments begin with.  The text of the detail follows. */
struct perfetto_args_items {
	uint64_t cycles;
	uint16_t detail;		/* bytes of its text, and one; 0: there is none */
	bool has_seq, has_rip;
	uint64_t seq, rip;
};

_Static_assert(sizeof(struct perfetto_args_items) == 2 * sizeof(struct perfetto_item),
	       "arguments take whole items");

/* So many take @nr bytes. */
static inline size_t perfetto_items_of(size_t nr)
{
	return (nr + sizeof(struct perfetto_item) - 1) / sizeof(struct perfetto_item);
}

/* @nr items become up to so many bytes of packets, with room to write ahead. */
static inline size_t perfetto_pack_bound(size_t nr)
{
	return 2 * nr * sizeof(struct perfetto_item) + 64;
}

/* Append the packets of @nr items to @to, which has room for all of them. */
void perfetto_pack(const struct perfetto_item *items, size_t nr, struct protobuf *to);

/* Append arguments to an event; @detail: the text, or NULL. */
void perfetto_pack_args(struct protobuf *b, const struct perfetto_args_items *args,
			const char *detail);

#endif /* ANALYZER_PERFETTO_PACK_H */
