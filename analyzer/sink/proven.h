/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which reports are proven, in words: "epoch 1, reports 1 to 72, 74; epoch 2,
 * report 1".
 */
#ifndef ANALYZER_PROVEN_H
#define ANALYZER_PROVEN_H

#include <stddef.h>
#include <stdint.h>

#define PROVEN_TEXT_MAX	512u

/* A zeroed struct is an empty one. */
struct proven {
	uint32_t epoch;		/* of the latest range of reports, */
	uint64_t first, last;	/* which is not in @text yet; 0: none */
	uint32_t text_epoch;	/* the latest in @text */
	size_t used;
	char text[PROVEN_TEXT_MAX];
};

/* Reports come in the order of their epochs and numbers. */
void proven_add(struct proven *p, uint32_t epoch, uint64_t report);

/* All have come.  What does not fit is left out: "..." says so. */
const char *proven_text(struct proven *p);

#endif /* ANALYZER_PROVEN_H */
