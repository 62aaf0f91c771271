/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What was known at one moment, for the screen: figures since the start, and what
 * is missing.  The library prints it as CSV, the kernel's counters are it.
 */
#ifndef ANALYZER_LIVE_FRAME_H
#define ANALYZER_LIVE_FRAME_H

#include <stdbool.h>

#include "live/figures.h"

#define FRAME_TEXT_MAX	200u

struct frame {
	struct figures figures;
	uint64_t ms;			/* since the start */
	char unit[8];			/* "cycles" or "ns" */
	char what[FRAME_TEXT_MAX];	/* what groups are: "vm reason" */
	char missing[FRAME_TEXT_MAX];	/* losses, and what proves that there are none */
	char said[FRAME_TEXT_MAX];	/* the first message; "": none */
	bool lossy;
};

void frame_release(struct frame *f);

/*
 * Of the library's CSV, which is changed.  @some_only: exits of a process, so that
 * numbers prove nothing.  Return -1 if it is none, or without memory.
 */
int frame_parse(struct frame *f, char *csv, bool some_only);

#endif /* ANALYZER_LIVE_FRAME_H */
