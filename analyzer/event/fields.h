/* SPDX-License-Identifier: GPL-2.0 */
/*
 * All fields of any event, by name, for people: one exit, event by event.
 *
 * Formats are read line by line, and not by libtraceevent, which crashes on those of
 * files that lie.  What is no integer and no text is left out.
 */
#ifndef ANALYZER_FIELDS_H
#define ANALYZER_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

#include "source/source.h"
#include "source/subbuf.h"

#define FIELDS_MAX	24u		/* of an event: later ones are left out */
#define FIELDS_NAME_MAX	40u		/* bytes, the end included */
#define FIELDS_TEXT_MAX	64u		/* bytes of a text, likewise */

struct field {
	char name[FIELDS_NAME_MAX];
	bool is_text, is_signed;
	uint64_t value;			/* of an integer, with its sign */
	char text[FIELDS_TEXT_MAX];	/* escaped */
};

struct fields {
	char event[FIELDS_NAME_MAX];	/* its name, without that of its system */
	struct field list[FIELDS_MAX];
	unsigned int nr;
};

/* All that is there of @rec.  An event without a format is called "event 17". */
void fields_read(struct fields *f, const struct source *src,
		 const struct subbuf_record *rec);

#define FIELD_SHOWN_MAX	(FIELDS_TEXT_MAX + 24u)

/* "0xcf8", "-1", "swapper": what is unsigned and above 9 is hex, but for times */
const char *field_text(const struct field *f, char buf[FIELD_SHOWN_MAX]);

#endif /* ANALYZER_FIELDS_H */
