/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Figures of groups of exits at one moment, and their difference to another one:
 * exact integers, as they came.
 */
#ifndef ANALYZER_LIVE_FIGURES_H
#define ANALYZER_LIVE_FIGURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FIGURES_NAME_MAX	96u	/* with its NUL; what is longer is cut */

struct figures_row {
	char name[FIGURES_NAME_MAX];
	uint64_t exits;
	/* In the unit of figures */
	uint64_t cycles, user, halted, off_cpu;
	uint64_t min, max;		/* of single exits, if has_range */
	uint64_t backwards;
	uint64_t p50, p99;		/* likewise, if has_percentiles */
	bool has_range, has_percentiles;
};

/* In the unit of figures; 0 without an exit */
uint64_t figures_average(const struct figures_row *row);

/* Rows are in the order of their names, which differ. */
struct figures {
	struct figures_row *rows;
	size_t nr;
	struct figures_row total;
};

void figures_release(struct figures *f);

/* A new row, of zeros; NULL: no memory.  @len bytes of @name. */
struct figures_row *figures_add(struct figures *f, const char *name, size_t len);

/* All rows are there: order them. */
void figures_finish(struct figures *f);

/*
 * *@out: what @now has more than @base, which may be empty; the caller releases it.
 * Rows without an exit are left out.  A minimum or maximum is that of these exits only
 * if @base has none of the row: otherwise it has no range.  Return 1, 0 if @now
 * does not go on from @base, as something is less there; -1: no memory.
 */
int figures_since(struct figures *out, const struct figures *now,
		  const struct figures *base);

/* The row of that name; NULL: there is none */
const struct figures_row *figures_find(const struct figures *f, const char *name);

/* By cycles, the most first, as pointers into @f; the caller frees them.  NULL: no memory */
const struct figures_row **figures_by_cycles(const struct figures *f);

#endif /* ANALYZER_LIVE_FIGURES_H */
