// SPDX-License-Identifier: GPL-2.0
#include "base/losses.h"

#include "base/saturate.h"

void losses_add(struct losses *to, const struct losses *from)
{
	saturating_add(&to->lost_events, from->lost_events);
	saturating_add(&to->lost_uncounted, from->lost_uncounted);
	saturating_add(&to->lost_absurd, from->lost_absurd);
	saturating_add(&to->damaged, from->damaged);
	saturating_add(&to->damaged_bytes, from->damaged_bytes);
	saturating_add(&to->bad_chunks, from->bad_chunks);
	saturating_add(&to->bad_chunks_bytes, from->bad_chunks_bytes);
	saturating_add(&to->unread, from->unread);
	saturating_add(&to->lacking, from->lacking);
	saturating_add(&to->fewer, from->fewer);
	saturating_add(&to->short_records, from->short_records);
}
