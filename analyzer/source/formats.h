/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's own description of its ring buffer and events, as trace-cmd and
 * perf store it: "v7": HEADER INFO SECTION, FTRACE EVENT FORMATS SECTION, EVENT
 * FORMATS SECTION of trace-cmd.dat.v7(5).  trace.dat of version 6 and the tracing
 * data of perf.data have the same bytes in this order.
 *
 * The formats are kept as they are in the file, once they were walked: sound.
 */
#ifndef ANALYZER_FORMATS_H
#define ANALYZER_FORMATS_H

#include "base/cursor.h"
#include "source/source.h"

/* Far above what anybody writes, low enough for a file that lies */
#define FORMATS_MAX	(32u << 20)
#define FORMATS_NAME_MAX	4096u

struct formats {
	bool big_endian;
	/* NULL: not there.  These two have a NUL behind their end. */
	char *header_page, *header_event;
	size_t header_page_len, header_event_len;
	char *ftrace, *events;
	size_t ftrace_len, events_len;
};

/* Each reads one part and returns -1 after an error, or a cut: see cursor.h. */
int formats_read_header_info(struct formats *f, struct cursor *c);
int formats_read_ftrace(struct formats *f, struct cursor *c);
int formats_read_events(struct formats *f, struct cursor *c);

bool formats_complete(const struct formats *f);
void formats_release(struct formats *f);

/* As source_next_format() */
bool formats_next(const struct formats *f, struct source_formats *it,
		  struct source_format *format);

#endif /* ANALYZER_FORMATS_H */
