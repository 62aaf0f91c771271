/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What of a recording is missing, as far as anything says so.  Who reads a stream
 * counts; sums over streams say it of all.
 */
#ifndef ANALYZER_LOSSES_H
#define ANALYZER_LOSSES_H

#include <stdint.h>

/* All of them saturate. */
struct losses {
	uint64_t lost_events;		/* where the kernel counted them */
	uint64_t lost_uncounted;	/* sub-buffers after an uncounted loss */
	uint64_t lost_absurd;		/* of these, those with a count that
					   cannot be: see RECORDS_LOST_MAX */
	uint64_t damaged;		/* sub-buffers */
	uint64_t damaged_bytes;
	uint64_t bad_chunks;		/* that cannot be decompressed */
	uint64_t bad_chunks_bytes;	/* that they had before compression */
	uint64_t unread;		/* bytes of the file: reading was stopped */
	uint64_t lacking;		/* events, of those that the kernel counted */
	uint64_t fewer;			/* the same, so few that nothing need be
					   missing, included */
	uint64_t short_records;		/* less than the fields of their event:
					   counted by who decodes them */
};

void losses_add(struct losses *to, const struct losses *from);

#endif /* ANALYZER_LOSSES_H */
