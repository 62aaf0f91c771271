// SPDX-License-Identifier: GPL-2.0
#include "event/reasons.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/compare.h"
#include "base/error.h"

void reasons_init(struct reasons *r)
{
	memset(r, 0, sizeof(*r));
	r->code_max = UINT64_MAX;
}

void reasons_release(struct reasons *r)
{
	free(r->slots);
	free(r->by_name);
	reasons_init(r);
}

int reasons_copy(struct reasons *to, const struct reasons *from)
{
	size_t bytes = from->nr * sizeof(*from->slots);

	*to = *from;
	to->by_name = NULL;
	to->allocated = from->nr;
	to->slots = malloc(bytes + 1);
	if (!to->slots)
		return error("out of memory: %u exit reasons", from->nr);
	memcpy(to->slots, from->slots, bytes);
	return 0;
}

/* Merge two sorted arrays into @slots.  Return how many there are. */
static unsigned int merge_slots(struct reason *slots, const struct reasons *a,
				const struct reasons *b)
{
	unsigned int i = 0, j = 0, nr = 0;
	int order;

	while (i < a->nr || j < b->nr) {
		order = i == a->nr ? 1 : j == b->nr ? -1 :
			reason_compare(&a->slots[i], &b->slots[j]);
		slots[nr++] = order <= 0 ? a->slots[i] : b->slots[j];
		i += order <= 0;
		j += order >= 0;
	}
	return nr;
}

/* As of recordings of one kernel */
static bool has_all(const struct reasons *r, const struct reasons *of)
{
	unsigned int i;

	for (i = 0; i < of->nr; i++)
		if (!bsearch(&of->slots[i], r->slots, r->nr, sizeof(*r->slots),
			     reason_compare))
			return false;
	return true;
}

int reasons_merge(struct reasons *to, const struct reasons *from)
{
	unsigned int nr = to->nr + from->nr;
	struct reason *slots;

	if (to->nr && has_all(to, from))
		return 0;
	slots = malloc((nr + 1) * sizeof(*slots));
	if (!slots)
		return error("out of memory: %u exit reasons", nr);
	to->nr = merge_slots(slots, to, from);
	to->allocated = nr + 1;
	free(to->slots);
	to->slots = slots;
	return to->nr <= 2 * REASONS_MAX ? 0 :
	       error("too many exit reasons: all recordings name more than %u",
		     2 * REASONS_MAX);
}

/* A name from a file must not end a line, nor reach the terminal as control. */
static void copy_name(char *dst, const char *name)
{
	unsigned int i;

	for (i = 0; i < REASON_NAME_MAX - 1 && name[i]; i++)
		dst[i] = name[i] >= ' ' && name[i] <= '~' ? name[i] : '?';
	dst[i] = '\0';
}

static struct reason *append(struct reasons *r, uint32_t isa)
{
	struct reason *reason;

	if (array_room(r->slots, r->nr, r->allocated, "exit reasons") < 0)
		return NULL;
	reason = &r->slots[r->nr];
	memset(reason, 0, sizeof(*reason));
	reason->given = r->nr++;
	reason->isa = isa;
	return reason;
}

int reasons_add(struct reasons *r, uint32_t isa, uint64_t code,
		const char *name)
{
	struct reason *reason;

	if (r->nr >= REASONS_MAX)
		return error("too many exit reasons: the recording names more than %u",
			     REASONS_MAX);
	reason = append(r, isa);
	if (!reason)
		return -1;
	reason->code = code & r->code_max;
	copy_name(reason->name, name);
	return 0;
}

int reason_compare(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;

	if (x->isa != y->isa)
		return x->isa < y->isa ? -1 : 1;
	if (x->other != y->other)
		return x->other ? 1 : -1;
	if (x->code != y->code)
		return x->code < y->code ? -1 : 1;
	return 0;
}

/* Of equal ones, the one that was given first */
static int compare_given(const void *a, const void *b)
{
	const struct reason *x = a, *y = b;
	int order = reason_compare(x, y);

	return order ? order : compare_u64(x->given, y->given);
}

static void drop_duplicates(struct reasons *r)
{
	unsigned int i, n = 0;

	for (i = 0; i < r->nr; i++)
		if (!n || reason_compare(&r->slots[n - 1], &r->slots[i]))
			r->slots[n++] = r->slots[i];
	r->nr = n;
}

static void index_isa(struct reasons *r, uint32_t isa)
{
	unsigned int i;

	r->first[isa] = r->nr;
	for (i = r->nr; i-- > 0;) {
		if (r->slots[i].isa != isa)
			continue;
		r->first[isa] = i;
		if (r->slots[i].other)
			r->other[isa] = i;
	}
	for (i = 0; i < REASONS_DIRECT; i++)
		r->direct[isa][i] = r->other[isa];
	for (i = r->first[isa]; i < r->other[isa]; i++)
		if (r->slots[i].code < REASONS_DIRECT)
			r->direct[isa][r->slots[i].code] = i;
}

/* Slots of the same name, which a kernel does not have, stay in their order. */
static int cmp_slot_name(const void *a, const void *b, void *arg)
{
	const unsigned int *x = a, *y = b;
	const struct reasons *r = arg;
	const struct reason *p = &r->slots[*x], *q = &r->slots[*y];
	int order;

	if (p->isa != q->isa)
		return p->isa < q->isa ? -1 : 1;
	order = strcmp(p->name, q->name);
	return order ? order : (*x > *y) - (*x < *y);
}

static int index_names(struct reasons *r)
{
	unsigned int i;

	r->by_name = malloc(r->nr * sizeof(*r->by_name));
	if (!r->by_name)
		return error("out of memory: %u exit reasons", r->nr);
	for (i = 0; i < r->nr; i++)
		r->by_name[i] = i;
	qsort_r(r->by_name, r->nr, sizeof(*r->by_name), cmp_slot_name, r);
	return 0;
}

int reasons_finish(struct reasons *r)
{
	struct reason *other;
	uint32_t isa;

	for (isa = ISA_FIRST; isa <= ISA_LAST; isa++) {
		other = append(r, isa);
		if (!other)
			return -1;
		other->other = true;
		strcpy(other->name, "other");
	}
	qsort(r->slots, r->nr, sizeof(*r->slots), compare_given);
	drop_duplicates(r);
	for (isa = ISA_FIRST; isa <= ISA_LAST; isa++)
		index_isa(r, isa);
	return index_names(r);
}

bool reasons_known(const struct reasons *r, uint32_t isa)
{
	return r->other[isa] != r->first[isa];
}

unsigned int reasons_search(const struct reasons *r, uint32_t isa,
			    uint64_t code)
{
	unsigned int lo = r->first[isa], hi = r->other[isa], mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (r->slots[mid].code == code)
			return mid;
		if (r->slots[mid].code < code)
			lo = mid + 1;
		else
			hi = mid;
	}
	return r->other[isa];
}

/* The lowest one of this name */
static int find_name_of_isa(const struct reasons *r, uint32_t isa,
			    const char *name)
{
	unsigned int lo = r->first[isa], hi = r->other[isa] + 1, mid;
	unsigned int end = hi;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (strcmp(r->slots[r->by_name[mid]].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < end && !strcmp(r->slots[r->by_name[lo]].name, name) ?
	       (int)r->by_name[lo] : -1;
}

/* The first slot that is not before @isa and @code */
static unsigned int lower_bound(const struct reasons *r, uint32_t isa,
				uint64_t code)
{
	const struct reason key = { .isa = isa, .code = code };
	unsigned int lo = 0, hi = r->nr, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (reason_compare(&r->slots[mid], &key) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

bool reasons_has_table(const struct reasons *r, uint32_t isa)
{
	unsigned int i = lower_bound(r, isa, 0);

	return i < r->nr && r->slots[i].isa == isa && !r->slots[i].other;
}

const struct reason *reasons_named(const struct reasons *r, uint32_t isa,
				   uint64_t code)
{
	unsigned int i;

	if (!isa_valid(isa) && !reasons_has_table(r, isa))
		isa = ISA_REST;
	i = lower_bound(r, isa, code);
	if (i == r->nr || r->slots[i].isa != isa || r->slots[i].other ||
	    r->slots[i].code != code)
		return NULL;
	return &r->slots[i];
}

int reasons_find_name(const struct reasons *r, const char *name,
		      unsigned int len)
{
	char text[REASON_NAME_MAX], buf[ISA_NAME_MAX];
	const char *word;
	uint32_t isa;
	size_t skip;

	for (isa = ISA_FIRST; isa <= ISA_LAST; isa++) {
		word = isa_name(buf, isa);
		skip = strlen(word) + 1;
		if (len < skip || len - skip >= sizeof(text) ||
		    memcmp(name, word, skip - 1) || name[skip - 1] != ' ')
			continue;
		memcpy(text, name + skip, len - skip);
		text[len - skip] = '\0';
		return find_name_of_isa(r, isa, text);
	}
	return -1;
}
