/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Rows of a view as text, for formats that have each column of a row side by side.
 *
 * Which columns there are is found out once.  Columns that stand beside each other and
 * show the same part of a group are a piece.  A whole list has millions of exits
 * of few vCPUs, reasons and details: there the text of a piece is kept, and copied when
 * the same part comes again.  The text of rows goes into a large buffer.
 */
#ifndef ANALYZER_ROWS_H
#define ANALYZER_ROWS_H

#include <stdio.h>

#include "result/columns.h"

#define ROWS_COLUMN_MAX	(4 * COLUMN_TEXT_MAX)	/* bytes that a column takes */

struct rows;

/* Write @col of @g, and what stands before it, at @to.  Return its end. */
typedef char *(*rows_column_fn)(char *to, const struct rows *r,
				const struct column *col, const struct group *g);

enum rows_part {
	ROWS_OF_NONE,		/* no key tells the text */
	ROWS_OF_OWNER,		/* VM, vCPU, thread, CPU */
	ROWS_OF_REASON,
	ROWS_OF_RIP,
	ROWS_OF_DETAIL,
	ROWS_OF_PARTS,		/* in most exits, all of them are 0 */
};

struct rows_piece {
	enum rows_part part;
	unsigned int first, nr;		/* of the columns */
	struct rows_text *known;	/* ROWS_KNOWN of them; NULL: none is kept */
};

#define ROWS_BYTES	(2 * COLUMNS_MAX * ROWS_COLUMN_MAX)

/* The caller owns it, and sees the first four. */
struct rows {
	const struct view *v;
	FILE *out;
	const struct column *list[COLUMNS_MAX];
	unsigned int nr;
	rows_column_fn put;
	struct rows_piece pieces[COLUMNS_MAX];
	unsigned int nr_pieces;
	struct rows_text *known;	/* owned */
	size_t len;
	char text[ROWS_BYTES];
};

/* NULL: memory is short. */
struct rows *rows_open(const struct view *v, FILE *out, rows_column_fn put);

/* Room for a row of all columns; NULL: nothing more can be written. */
char *rows_room(struct rows *r);

/* A row was written there, up to @end. */
void rows_end(struct rows *r, const char *end);

/* The row of @g, between @before and @after.  Return -1 if it cannot be written. */
int rows_add(struct rows *r, const char *before, const struct group *g,
	     const char *after);

/* Write what is still here, and free @r, in any case.  Return -1 if writing failed. */
int rows_close(struct rows *r);

#endif /* ANALYZER_ROWS_H */
