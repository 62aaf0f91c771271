/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The exits of a recording with stamps, each number once, window by window:
 * see window.h.
 *
 *	struct winpass wp;
 *
 *	if (winpass_open(&wp, td, p, wanted) == 0)
 *		for each struct epoch e, in ascending order
 *			while ((ret = winpass_next(&wp, e)) > 0)
 *				... use wp.window
 *	... winpass_finish(&wp), if nothing failed
 *	winpass_close(&wp);
 *
 * Streams are read one after the other, by one thread, so that whatever a
 * recording contains has a defined order.  Two kinds of exits do not count: those
 * whose number was there before, and those whose number is lower than that of a
 * window which is over.  No kernel writes such.  They are counted and, for those
 * who read the streams in another order, remembered: 8 bytes each.
 */
#ifndef ANALYZER_WINPASS_H
#define ANALYZER_WINPASS_H

#include "epochs.h"
#include "heads.h"
#include "pair.h"
#include "parse.h"
#include "records.h"
#include "tracedat.h"
#include "window.h"

/* Records that are not as they should be: a warning each, if not 0. */
struct oddities {
	uint64_t bad_isa;	/* neither VMX nor SVM */
	uint64_t late;		/* number lower than before, in one stream */
	uint64_t repeated;	/* number that was there before */
};

/* The late and repeated exits of a stream, by their place among its exits */
struct winpass_rejects {
	uint64_t *ordinals;	/* from 0, ascending */
	size_t nr, allocated;
};

/* One per-CPU stream, and all that is changed while it is read. */
struct winpass_stream {
	struct records records;
	struct event_entry held;	/* beyond the window */
	bool holds;
	uint64_t exits;			/* accounted, so far */
	struct winpass_rejects rejects;
	struct oddities odd;
};

struct winpass {
	const struct parse *p;
	unsigned int nr_streams;
	struct winpass_stream *streams;
	struct heads heads;		/* the streams in the window */
	struct pair_stream *pairs;	/* one for each; NULL: not asked for */
	size_t waiting;			/* pair_note() of all */
	struct pair_counts joins;
	struct window *window;
	bool remembers;			/* streams have rejects */
};

#define WINPASS_PAIRS	1u	/* join kvm_exit and kvm_entry */
#define WINPASS_REJECTS	2u	/* remember which exits do not count */

/* @wanted: WINPASS_...  winpass_close() also after an error. */
int winpass_open(struct winpass *wp, const struct tracedat *td,
		 const struct parse *p, unsigned int wanted);
void winpass_close(struct winpass *wp);

/* Return 1 with another window of @e in wp->window, 0 if there is none. */
int winpass_next(struct winpass *wp, const struct epoch *e);

/* No more windows are asked for: what streams need to be read is given back. */
void winpass_close_records(struct winpass *wp);

/* All epochs are done.  Return -1 if the file has changed meanwhile. */
int winpass_finish(struct winpass *wp, const char *path);

/* Of all streams; zeroed or closed: none */
struct oddities winpass_oddities(const struct winpass *wp);

#endif /* ANALYZER_WINPASS_H */
