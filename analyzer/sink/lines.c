// SPDX-License-Identifier: GPL-2.0
#include "sink/lines.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"

unsigned int lines_max(const struct lines *l)
{
	return l->first_number + LINES_NUMBERS_MAX;
}

int lines_init(struct lines *l, const struct reasons *reasons)
{
	unsigned int nr = reasons->nr + 1;
	struct reason *slots = calloc(nr + LINES_NUMBERS_MAX, sizeof(*slots));
	uint32_t isa;

	memset(l, 0, sizeof(*l));
	l->hash = calloc(LINES_HASH, sizeof(*l->hash));
	if (!slots || !l->hash) {
		free(slots);
		return error("out of memory: %u exit reasons", lines_max(l));
	}
	memcpy(slots, reasons->slots, reasons->nr * sizeof(*slots));
	l->reasons = *reasons;
	l->reasons.slots = slots;
	l->reasons.nr = nr;
	l->first_number = nr;
	l->rest = nr - 1;
	slots[l->rest] = (struct reason){ .isa = ISA_REST, .other = true,
					  .name = "other" };
	for (isa = ISA_FIRST; isa <= ISA_LAST; isa++)
		l->named[isa] = reasons_known(reasons, isa);
	return 0;
}

void lines_release(struct lines *l)
{
	free(l->reasons.slots);
	free(l->hash);
	memset(l, 0, sizeof(*l));
}

static void set_name(const struct lines *l, struct reason *reason)
{
	const struct reasons names = { .slots = l->reasons.slots,
				       .nr = l->rest };
	const struct reason *named = reasons_named(&names, reason->isa,
						   reason->code);

	if (named)
		strcpy(reason->name, named->name);
	else
		snprintf(reason->name, sizeof(reason->name), "0x%" PRIx64,
			 reason->code);
}

unsigned int lines_number(struct lines *l, uint32_t isa, uint64_t code)
{
	struct reason *slots = l->reasons.slots, *reason;
	size_t i = hash_two(code, isa) % LINES_HASH;

	for (; l->hash[i]; i = (i + 1) % LINES_HASH) {
		reason = &slots[l->hash[i]];
		if (reason->code == code && reason->isa == isa)
			return l->hash[i];
	}
	if (l->reasons.nr == lines_max(l))
		return isa_valid(isa) ? l->reasons.other[isa] : l->rest;
	l->hash[i] = l->reasons.nr++;
	reason = &slots[l->hash[i]];
	reason->isa = isa;
	reason->code = code;
	set_name(l, reason);
	return l->hash[i];
}

bool lines_full(const struct lines *l)
{
	return l->reasons.nr == lines_max(l);
}

void lines_merge(struct lines *l, struct stats_table *table,
		 const struct lines *from, const struct stats_table *from_table)
{
	const struct reason *reason;
	unsigned int i, slot, to;

	for (i = 0; i < from_table->nr_used; i++) {
		slot = from_table->used[i];
		reason = &from->reasons.slots[slot];
		to = slot < from->first_number ? slot :
		     lines_number(l, reason->isa, reason->code);
		stats_table_add_cell(table, to, &from_table->cells[slot]);
	}
}

/* Slots in the order of a report: numbers may precede what has a name. */
struct place {
	struct reason reason;
	unsigned int slot;
};

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return reason_compare(&x->reason, &y->reason);
}

static void move_cells(struct lines *l, const struct place *places,
		       struct stats_table *t, struct stats_table *to)
{
	const struct stats_cell *cell;
	unsigned int i;

	for (i = 0; i < l->reasons.nr; i++) {
		l->reasons.slots[i] = places[i].reason;
		cell = &t->cells[places[i].slot];
		if (!cell->exits)
			continue;
		to->cells[i] = *cell;
		to->used[to->nr_used++] = i;
	}
	stats_table_release(t);
	*t = *to;
}

int lines_sort(struct lines *l, struct stats_table *t)
{
	unsigned int nr = l->reasons.nr, i;
	struct place *places = malloc(nr * sizeof(*places));
	struct stats_table sorted;

	if (!places || stats_table_init(&sorted, lines_max(l)) < 0) {
		free(places);
		return error("out of memory: %u exit reasons", nr);
	}
	for (i = 0; i < nr; i++)
		places[i] = (struct place){ l->reasons.slots[i], i };
	qsort(places, nr, sizeof(*places), compare_places);
	move_cells(l, places, t, &sorted);
	free(places);
	return 0;
}
