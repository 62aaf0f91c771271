// SPDX-License-Identifier: GPL-2.0
#include "pair.h"

#include <stdlib.h>
#include <string.h>

#include "error.h"

/* Beyond, the oldest are given up: no sound recording comes near. */
#define DISPLACED_MAX	65536u

void pair_release(struct pair_stream *ps)
{
	free(ps->slots);
	free(ps->displaced.items);
	free(ps->entries.items);
	memset(ps, 0, sizeof(*ps));
}

static int list_push(struct pair_list *l, const struct pair_exit *x)
{
	struct pair_exit *items;
	size_t size;

	if (l->nr == l->allocated) {
		size = l->nr ? l->nr * 2 : 64;
		items = realloc(l->items, size * sizeof(*items));
		if (!items)
			return error("out of memory: %zu exits to join", size);
		l->items = items;
		l->allocated = size;
	}
	l->items[l->nr++] = *x;
	return 0;
}

static void list_drop_first(struct pair_list *l, size_t nr)
{
	l->nr -= nr;
	memmove(l->items, l->items + nr, l->nr * sizeof(*l->items));
}

static size_t vcpu_hash(uint32_t vm, uint32_t vcpu_id)
{
	uint64_t h = ((uint64_t)vm << 32 | vcpu_id) * 0x9e3779b97f4a7c15ull;

	return h >> 32;
}

/* The slot of the vCPU, or the free one for it.  The table is never full. */
static struct pair_exit *find_slot(const struct pair_stream *ps, uint32_t vm,
				   uint32_t vcpu_id)
{
	size_t mask = ps->size - 1, i;

	/* A slot that was ever used has an ISA. */
	for (i = vcpu_hash(vm, vcpu_id) & mask; ps->slots[i].isa;
	     i = (i + 1) & mask)
		if (ps->slots[i].vm == vm && ps->slots[i].vcpu_id == vcpu_id)
			break;
	return &ps->slots[i];
}

/*
 * Make room: keep the open exits only, so that the size depends on how many
 * there are, not on how many vCPUs ever were on this CPU.
 */
static int rehash_slots(struct pair_stream *ps)
{
	size_t size = 64, old_size = ps->size, nr = 0, i;
	struct pair_exit *old = ps->slots;

	for (i = 0; i < old_size; i++)
		nr += old[i].open;
	while (size < nr * 4)
		size *= 2;
	ps->slots = calloc(size, sizeof(*ps->slots));
	if (!ps->slots) {
		ps->slots = old;
		return error("out of memory: %zu vCPUs", size);
	}
	ps->size = size;
	ps->nr = nr;
	for (i = 0; i < old_size; i++)
		if (old[i].open)
			*find_slot(ps, old[i].vm, old[i].vcpu_id) = old[i];
	free(old);
	return 0;
}

static int displace(struct pair_stream *ps, const struct pair_exit *x)
{
	if (ps->displaced.nr == DISPLACED_MAX) {
		ps->counts.no_entry += DISPLACED_MAX / 2;
		list_drop_first(&ps->displaced, DISPLACED_MAX / 2);
		ps->ripe -= ps->ripe < DISPLACED_MAX / 2 ? ps->ripe :
							   DISPLACED_MAX / 2;
	}
	return list_push(&ps->displaced, x);
}

int pair_add_exit(struct pair_stream *ps, const struct event_exit *e)
{
	struct pair_exit *slot;

	if (ps->nr * 2 >= ps->size && rehash_slots(ps) < 0)
		return -1;
	slot = find_slot(ps, e->vm, e->vcpu_id);
	if (!slot->isa)
		ps->nr++;
	else if (slot->open && displace(ps, slot) < 0)
		return -1;
	/* An invalid ISA 0 must not free the slot; it mismatches all the same. */
	*slot = (struct pair_exit){ e->tsc, e->vm, e->vcpu_id,
				    e->isa ? e->isa : UINT32_MAX, e->code, true };
	return 0;
}

static void join(struct pair_counts *counts, const struct pair_exit *exit,
		 uint32_t isa, uint32_t code)
{
	counts->joined++;
	if (exit->isa != isa || exit->code != code)
		counts->mismatch++;
}

int pair_add_entry(struct pair_stream *ps, const struct event_entry *e)
{
	struct pair_exit *slot = ps->size ? find_slot(ps, e->vm, e->vcpu_id) :
					    NULL;
	struct pair_exit entry = { e->exit_tsc, e->vm, e->vcpu_id, e->isa,
				   e->code, true };

	ps->ripe = ps->displaced.nr;
	if (!slot || !slot->isa || !slot->open || slot->tsc != e->exit_tsc)
		return list_push(&ps->entries, &entry);
	slot->open = false;
	join(&ps->counts, slot, e->isa, e->code);
	return 0;
}

void pair_drop(struct pair_stream *ps, uint32_t vm, uint32_t vcpu_id)
{
	struct pair_exit *slot = ps->size ? find_slot(ps, vm, vcpu_id) : NULL;

	if (!slot || !slot->isa || !slot->open)
		return;
	slot->open = false;
	ps->counts.no_entry++;
}

/*
 * Entries of all streams that wait for their exit, as a hash by
 * (vm, vcpu_id, tsc).
 */
struct waiting {
	struct pair_exit *slots;
	size_t size;
	size_t left;
};

static struct pair_exit *find_waiting(const struct waiting *w,
				      const struct pair_exit *x)
{
	size_t mask = w->size - 1, i;
	uint64_t h = (x->tsc ^ vcpu_hash(x->vm, x->vcpu_id)) *
		     0x9e3779b97f4a7c15ull;

	for (i = (h >> 32) & mask; w->slots[i].open; i = (i + 1) & mask)
		if (w->slots[i].tsc == x->tsc && w->slots[i].vm == x->vm &&
		    w->slots[i].vcpu_id == x->vcpu_id)
			break;
	return &w->slots[i];
}

static int gather(struct waiting *w, struct pair_stream *streams, size_t nr,
		  struct pair_counts *counts)
{
	struct pair_exit *slot;
	size_t total = 0, i, j;

	for (i = 0; i < nr; i++)
		total += streams[i].entries.nr;
	for (w->size = 64; w->size < total * 2;)
		w->size *= 2;
	w->slots = calloc(w->size, sizeof(*w->slots));
	if (!w->slots)
		return error("out of memory: %zu entries to join", total);
	for (i = 0; i < nr; i++) {
		for (j = 0; j < streams[i].entries.nr; j++) {
			slot = find_waiting(w, &streams[i].entries.items[j]);
			if (slot->open) {
				/* two entries of one exit */
				counts->no_exit++;
				continue;
			}
			*slot = streams[i].entries.items[j];
			w->left++;
		}
		streams[i].entries.nr = 0;
	}
	return 0;
}

/* Let @x take its entry.  A slot stays in place, so that others are found. */
static bool take(struct waiting *w, struct pair_exit *x,
		 struct pair_counts *counts)
{
	struct pair_exit *slot = find_waiting(w, x);

	/* An isa of UINT32_MAX - 1 marks it as taken: no event has that. */
	if (!slot->open || slot->isa == UINT32_MAX - 1)
		return false;
	join(counts, x, slot->isa, slot->code);
	slot->isa = UINT32_MAX - 1;
	w->left--;
	return true;
}

static void resolve_displaced(struct pair_stream *ps, struct waiting *w,
			      struct pair_counts *counts)
{
	struct pair_list *l = &ps->displaced;
	size_t i, n = 0;

	for (i = 0; i < l->nr; i++) {
		if (w->left && take(w, &l->items[i], counts))
			continue;
		if (i < ps->ripe)
			counts->no_entry++;
		else
			l->items[n++] = l->items[i];
	}
	l->nr = n;
	ps->ripe = 0;
}

static void resolve_open(struct pair_stream *ps, struct waiting *w,
			 struct pair_counts *counts)
{
	size_t i;

	for (i = 0; i < ps->size && w->left; i++)
		if (ps->slots[i].open && take(w, &ps->slots[i], counts))
			ps->slots[i].open = false;
}

static void counts_add(struct pair_counts *to, const struct pair_counts *from)
{
	to->joined += from->joined;
	to->no_exit += from->no_exit;
	to->no_entry += from->no_entry;
	to->open += from->open;
	to->mismatch += from->mismatch;
}

int pair_resolve(struct pair_stream *streams, size_t nr,
		 struct pair_counts *counts)
{
	struct waiting w = { .left = 0 };
	size_t i;

	if (gather(&w, streams, nr, counts) < 0)
		return -1;
	for (i = 0; i < nr; i++) {
		resolve_displaced(&streams[i], &w, counts);
		resolve_open(&streams[i], &w, counts);
	}
	counts->no_exit += w.left;
	free(w.slots);
	for (i = 0; i < nr; i++) {
		counts_add(counts, &streams[i].counts);
		memset(&streams[i].counts, 0, sizeof(streams[i].counts));
	}
	return 0;
}

static int cmp_exit(const void *a, const void *b)
{
	const struct pair_exit *x = a, *y = b;

	if (x->vm != y->vm)
		return x->vm < y->vm ? -1 : 1;
	if (x->vcpu_id != y->vcpu_id)
		return x->vcpu_id < y->vcpu_id ? -1 : 1;
	return 0;
}

int pair_finish(struct pair_stream *streams, size_t nr,
		struct pair_counts *counts)
{
	struct pair_list left = { .nr = 0 };
	size_t i, j;

	for (i = 0; i < nr; i++) {
		counts->no_entry += streams[i].displaced.nr;
		streams[i].displaced.nr = 0;
		for (j = 0; j < streams[i].size; j++)
			if (streams[i].slots[j].open &&
			    list_push(&left, &streams[i].slots[j]) < 0) {
				free(left.items);
				return -1;
			}
	}
	/* A vCPU has one exit that is open; what is older lost its entry. */
	if (left.nr)
		qsort(left.items, left.nr, sizeof(*left.items), cmp_exit);
	for (i = 0; i < left.nr; i++) {
		if (i + 1 < left.nr &&
		    !cmp_exit(&left.items[i], &left.items[i + 1]))
			counts->no_entry++;
		else
			counts->open++;
	}
	free(left.items);
	return 0;
}
