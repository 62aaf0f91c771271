/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The one table of columns that feeds every format of a view.
 */
#ifndef ANALYZER_COLUMNS_H
#define ANALYZER_COLUMNS_H

#include <stdbool.h>
#include <stdint.h>

#include "result/view.h"

#define COLUMN_TEXT_MAX	DETAIL_TEXT_MAX	/* the longest one */
#define COLUMNS_MAX	96u		/* of all views */

enum value_type {
	VALUE_NONE,		/* no samples, or not known */
	VALUE_INTEGER,
	VALUE_DECIMAL,		/* with value->decimals: see decimal.h */
	VALUE_TEXT,
};

struct value {
	enum value_type type;
	u128 integer;		/* of a text: sorted by it, then by the text */
	unsigned int decimals;	/* of a number */
	bool scaled;		/* ns, to be shown in a unit that suits them */
	double order;		/* of equal decimals, which were rounded */
	char text[COLUMN_TEXT_MAX];
};

enum column_unit {
	UNIT_NONE,
	UNIT_PERCENT,
	UNIT_PER_SECOND,
	UNIT_SECONDS,
	UNIT_CYCLES,		/* or what view->shown says */
};

enum column_flags {
	COLUMN_LABEL = 1,	/* says which group it is */
	COLUMN_MACHINE = 2,	/* not in tables */
	COLUMN_STAMPS = 4,	/* only with the stamps of a patched kernel */
	COLUMN_ROUND_TRIPS = 8,	/* only without */
	COLUMN_TIME = 16,	/* only in views of time, where no others are but */
	COLUMN_BOTH = 32,	/* these, and labels */
	COLUMN_EACH = 64,	/* also of a single exit */
	COLUMN_COUNT = 128,	/* in lists only to say how many there are in a
				   sum: not in tables */
	COLUMN_UNTIMED = 256,	/* only if some exits have no length */
	COLUMN_REPORT = 512,	/* also of reports, in the line for a reason */
	COLUMN_REPORT_TOTAL = 1024, /* also in that for the total */
	COLUMN_SUM = 2048,	/* two reports' values can be subtracted */
	COLUMN_MAP = 4096,	/* only with a map of the guest */
	COLUMN_OF = 8192,	/* of what --of names; of cycles without */
	COLUMN_OF_TOTAL = 16384, /* only if that is the total */
	COLUMN_NAME = 32768,	/* only if one of them is known */
	COLUMN_PARTS = 65536,	/* told by user, halted, off_cpu and backwards */
	COLUMN_MOSTLY = 131072,	/* only if groups have figures of each part */
	COLUMN_ASKED = 262144,	/* only if --columns names it */
	COLUMN_SINGLE = 524288,	/* only of single exits */
};

struct column {
	const char *key;	/* of --sort, JSON and, with a unit, CSV;
				   "cycles" stands for the unit */
	const char *header;	/* of a table, likewise; NULL: the key */
	enum column_unit unit;
	unsigned int flags;
	unsigned int by;	/* BY_... that it is a label for */
	unsigned int priority;	/* see columns_priority() */
	unsigned int decimals;
	unsigned int permille;	/* of a percentile */
	enum times_part part;	/* of the time of vCPUs */
	void (*get)(const struct view *v, const struct group *g,
		    const struct column *col, struct value *value);
};

extern const struct column columns[];
extern const unsigned int nr_columns;

/*
 * The columns that @v has, for tables or for programs; return how many.  Where some
 * were chosen, they stand behind the labels, and behind the number of exits for programs.
 */
unsigned int columns_select(const struct view *v, bool machine,
			    const struct column *list[COLUMNS_MAX]);

/*
 * Does @v have all columns that were chosen?  Return -1 after an error: wrong usage.
 */
int columns_check(const struct view *v);

/* Does it take figures of each part of exits to show what @opt asks for? */
bool columns_want_parts(const struct view_options *opt);

/* Is it asked for which halts were polled, and which slept? */
bool columns_want_halts(const struct view_options *opt);

/* Is @col a column of views of @subject? */
bool columns_belong(const struct column *col, enum view_subject subject);

/* In a table: 1 is the most important, 0 is always there. */
unsigned int columns_priority(const struct column *col,
			      enum view_subject subject);

/*
 * A column of @subject by its name in any format: its key, its header, or, as in
 * CSV, its key and a unit.  NULL: there is none.
 */
const struct column *columns_find(enum view_subject subject, const char *name);

/* "_halted" behind the key of a column that is not of cycles, for CSV; or "" */
const char *columns_suffix(const struct view *v, const struct column *col,
		       char buf[COLUMN_TEXT_MAX]);

/* The unit in which figures of @v are shown */
const char *columns_unit(const struct view *v);

/* @text with "cycles" at its start replaced by that unit */
const char *columns_name(const struct view *v, const char *text,
			 char buf[COLUMN_TEXT_MAX]);

/* The value for @g, which the caller need not prepare */
void columns_get(const struct view *v, const struct column *col,
		 const struct group *g, struct value *value);

/* Order of two values of @col: labels ascend, figures descend, none is last. */
int columns_compare(const struct column *col, const struct value *a,
		    const struct value *b);

#endif /* ANALYZER_COLUMNS_H */
