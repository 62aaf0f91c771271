/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Exit reasons: (ISA, code) <-> slot <-> name.
 *
 * A slot is a small number that stands for one line of a report.  Slots are in
 * the order of a report: the codes of the first ISA ascending, its "other", the
 * codes of the second ascending, its "other".  Names are those of the recording's own
 * symbol table, so a kernel that learns new reasons needs no new analyzer.
 *
 * Kernels that nobody here has seen may have more ISAs, as PVM's has.  Behind the
 * slots are names for these, if the recording has some: see reasons_named().
 *
 * The table owns its names.  They are printable ASCII, whatever the file said.
 */
#ifndef ANALYZER_REASONS_H
#define ANALYZER_REASONS_H

#include "event/isa.h"

#define REASONS_MAX	4096u		/* names of all ISAs */
#define REASON_NAME_MAX	80u		/* bytes of a name, its end included */

#define REASONS_DIRECT	0x500u		/* codes that need no search */

struct reason {
	uint32_t isa;
	uint64_t code;		/* undefined if @other */
	bool other;
	uint32_t given;		/* in which turn */
	char name[REASON_NAME_MAX];
};

struct reasons {
	struct reason *slots;
	unsigned int nr;
	size_t allocated;
	unsigned int *by_name;			/* slots, by ISA and name */
	uint64_t code_max;		/* what the recorded codes have room for */
	uint32_t isa;			/* that exits are of; 0: that was not looked for */
	unsigned int first[ISA_TABLES], other[ISA_TABLES];
	uint16_t direct[ISA_TABLES][REASONS_DIRECT];
};

void reasons_init(struct reasons *r);
void reasons_release(struct reasons *r);

/*
 * Copy the slots and their index by code: reasons_find_name() cannot be asked.
 * Return -1 only if memory is short; @to is to be released in any case.
 */
int reasons_copy(struct reasons *to, const struct reasons *from);

/*
 * Add the names of @from, which is finished, where @to, empty at first, has none.
 * Then @to is for reasons_named() only.  Return -1 after a message.
 */
int reasons_merge(struct reasons *to, const struct reasons *from);

/*
 * Name one code, before reasons_finish().  The name that was given first stays,
 * as __print_symbolic() has it.  Bits beyond r->code_max are dropped: -1 names
 * 0xffffffff where codes have 32 bits.  Return -1 if there are too many.
 */
int reasons_add(struct reasons *r, uint32_t isa, uint64_t code,
		const char *name);

/* Sort, add "other" of both ISAs, index.  Needed once, also without names. */
int reasons_finish(struct reasons *r);

/* Has any code of @isa a name? */
bool reasons_known(const struct reasons *r, uint32_t isa);

unsigned int reasons_search(const struct reasons *r, uint32_t isa,
			    uint64_t code);

/* The name of any @isa and @code; NULL if there is none. */
const struct reason *reasons_named(const struct reasons *r, uint32_t isa,
				   uint64_t code);

/* Is there a table for @isa, which need not be valid, and not for any other? */
bool reasons_has_table(const struct reasons *r, uint32_t isa);

/* The order of a report, for qsort() */
int reason_compare(const void *a, const void *b);

/* The slot of @code; @isa is valid. */
static inline unsigned int reasons_slot(const struct reasons *r, uint32_t isa,
					uint64_t code)
{
	if (code < REASONS_DIRECT)
		return r->direct[isa][code];
	return reasons_search(r, isa, code);
}

/*
 * The slot of a name such as "svm cpuid" or "svm other", of @len bytes;
 * -1 if there is none.
 */
int reasons_find_name(const struct reasons *r, const char *name,
		      unsigned int len);

#endif /* ANALYZER_REASONS_H */
