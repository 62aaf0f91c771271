/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A screen: frames as a table that a person can sort, search and go back in.  It knows
 * nothing of where frames come from.
 */
#ifndef ANALYZER_LIVE_SCREEN_H
#define ANALYZER_LIVE_SCREEN_H

#include "kvmexits.h"
#include "live/frame.h"

struct screen;

/*
 * @interval_ms is changed by a key; @interval: begin with figures of the last one.
 * Messages of @k are kept until screen_close(), which prints them.  NULL after an
 * error.
 */
struct screen *screen_open(struct kvx *k, uint64_t *interval_ms, bool interval);
void screen_close(struct screen *s);

/* @f is the screen's then. */
void screen_add(struct screen *s, struct frame *f);

/* Handle the keys that were pressed.  Return false after "quit". */
bool screen_keys(struct screen *s);

/* The line that says what is going on, until there is a frame */
void screen_say(struct screen *s, const char *text);

#endif /* ANALYZER_LIVE_SCREEN_H */
