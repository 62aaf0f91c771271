/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which lines the block of an unpatched recording has, one for each exit reason.
 *
 * Reasons with a name have their slot (reasons.h), and those of VMX and SVM that
 * the symbol table lacks share "other", as in reports.  But where there is no
 * table, as of an ISA that nobody here has seen, each code has a line that is
 * called by its number: up to LINES_NUMBERS_MAX of them, after that "other" of
 * VMX and SVM, or "isa* other".
 *
 *	struct lines l;
 *	struct stats_table table;
 *
 *	lines_init(&l, reasons) == 0 && stats_table_init(&table, lines_max(&l));
 *	stats_table_add(&table, lines_slot(&l, isa, code), sample);
 *	lines_sort(&l, &table);
 *	... render l.reasons and the table
 */
#ifndef ANALYZER_LINES_H
#define ANALYZER_LINES_H

#include "event/reasons.h"
#include "stats.h"

#define LINES_NUMBERS_MAX	4096u
#define LINES_HASH		(4 * LINES_NUMBERS_MAX)

struct lines {
	struct reasons reasons;		/* a copy, and the numbers behind it */
	unsigned int first_number, rest;	/* slots; rest: "isa* other" */
	bool named[ISA_TABLES];		/* there is a table */
	uint16_t *hash;			/* slots of numbers; 0: free */
};

/* Return -1 only if memory is short.  Release works on a zeroed or failed one. */
int lines_init(struct lines *l, const struct reasons *reasons);
void lines_release(struct lines *l);

/* Slots are below this. */
unsigned int lines_max(const struct lines *l);

/* Slow path of lines_slot() */
unsigned int lines_number(struct lines *l, uint32_t isa, uint64_t code);

static inline unsigned int lines_slot(struct lines *l, uint32_t isa,
				      uint64_t code)
{
	if (__builtin_expect(isa_valid(isa) && l->named[isa], 1))
		return reasons_slot(&l->reasons, isa, code);
	return lines_number(l, isa, code);
}

/* Are there no lines left for further numbers? */
bool lines_full(const struct lines *l);

/*
 * Add what is in @from_table by the slots of @from to @table, by those of @l, where
 * neither is full.
 */
void lines_merge(struct lines *l, struct stats_table *table,
		 const struct lines *from, const struct stats_table *from_table);

/*
 * All has been added to @t: bring slots and cells into the order of a report.
 * After that there are no more slots.  Return -1 only if memory is short.
 */
int lines_sort(struct lines *l, struct stats_table *t);

#endif /* ANALYZER_LINES_H */
