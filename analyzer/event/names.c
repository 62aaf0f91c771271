// SPDX-License-Identifier: GPL-2.0
#include "event/names.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "base/error.h"

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static size_t letters(const char *text, size_t len)
{
	return len < REASON_NAME_MAX ? len : strnlen(text, REASON_NAME_MAX);
}

/*
 * How many letters have to be put in, taken out or replaced to make one of the
 * other (Levenshtein's distance), upper or lower case.  Only the first
 * REASON_NAME_MAX letters count.
 */
static unsigned int distance(const char *a, size_t a_len, const char *b,
			     size_t b_len)
{
	unsigned int row[REASON_NAME_MAX + 1], diagonal, above;
	size_t i, j;

	a_len = letters(a, a_len);
	b_len = letters(b, b_len);
	for (j = 0; j <= b_len; j++)
		row[j] = j;
	for (i = 0; i < a_len; i++) {
		diagonal = row[0];
		row[0] = i + 1;
		for (j = 0; j < b_len; j++) {
			above = row[j + 1];
			diagonal += lower_case(a[i]) != lower_case(b[j]);
			row[j + 1] = least(diagonal,
					   least(above, row[j]) + 1);
			diagonal = above;
		}
	}
	return row[b_len];
}

struct near {
	const struct reason *reason;
	unsigned int distance;
};

/* By ISA, then the nearest first, then in the order of codes */
static int compare_near(const void *a, const void *b)
{
	const struct near *x = a, *y = b;

	if (x->reason->isa != y->reason->isa)
		return x->reason->isa < y->reason->isa ? -1 : 1;
	if (x->distance != y->distance)
		return x->distance < y->distance ? -1 : 1;
	return reason_compare(x->reason, y->reason);
}

/* All names of each ISA in one message, which error() may cut */
static void list_names(const struct near *list, unsigned int nr)
{
	char text[ERROR_MESSAGE_MAX], isa[ISA_NAME_MAX];
	unsigned int i, from;
	size_t used;

	for (from = 0; from < nr; from = i) {
		for (i = from, used = 0; i < nr && list[i].reason->isa ==
		     list[from].reason->isa; i++)
			if (used < sizeof(text))
				used += snprintf(text + used,
						 sizeof(text) - used, "%s%s",
						 used ? ", " : "",
						 list[i].reason->name);
		error("known of %s: %s",
		      isa_name(isa, list[from].reason->isa), text);
	}
}

/* May exits of the recording have it? */
static bool is_of(const struct reasons *r, const struct reason *reason)
{
	return !r->isa || reason->isa == r->isa || !reasons_has_table(r, r->isa);
}

int names_unknown(const struct reasons *r, const char *path, const char *text,
		  const char *end, const char *name)
{
	struct near *list = malloc((r->nr + 1) * sizeof(*list));
	unsigned int nr = 0, i;

	error("unknown exit reason: %.*s: expected a number or, e.g. \"hlt\" or \"svm hlt\", a name that %s knows",
	      (int)(end - text), text, path);
	if (!list)
		return -1;
	for (i = 0; i < r->nr; i++) {
		if (r->slots[i].other || !is_of(r, &r->slots[i]))
			continue;
		list[nr++] = (struct near){
			&r->slots[i],
			distance(name, end - name, r->slots[i].name,
				 strlen(r->slots[i].name)),
		};
	}
	qsort(list, nr, sizeof(*list), compare_near);
	list_names(list, nr);
	free(list);
	return -1;
}
