// SPDX-License-Identifier: GPL-2.0
#include "walk/pair.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"

/* Beyond, the oldest are given up: no sound recording comes near. */
#define DISPLACED_MAX	65536u

/* Of one slice: see pair.h */
#define KEPT_MAX	16384u

/*
 * The table of streams without exits, of which there may be many: nothing is
 * ever put into it, as it has no room.
 */
static const struct pair_exit no_slots[1];

static void free_slots(struct pair_exit *slots)
{
	if (slots != no_slots)
		free(slots);
}

void pair_release(struct pair_stream *ps)
{
	free_slots(ps->slots);
	free(ps->displaced.items);
	free(ps->entries.items);
	free(ps->kept.items);
	free(ps->first.items);
	memset(ps, 0, sizeof(*ps));
}

static int list_push(struct pair_list *l, const struct pair_exit *x)
{
	if (array_room(l->items, l->nr, l->allocated, "exits to join") < 0)
		return -1;
	l->items[l->nr++] = *x;
	return 0;
}

static void list_drop_first(struct pair_list *l, size_t nr)
{
	l->nr -= nr;
	memmove(l->items, l->items + nr, l->nr * sizeof(*l->items));
}

/* As many as twice the slots that are used, and at least this many */
#define SLOTS_MIN	64u

static int alloc_slots(struct pair_stream *ps, size_t size)
{
	struct pair_exit *slots = calloc(size, sizeof(*slots));

	if (!slots)
		return error("out of memory: %zu vCPUs", size);
	ps->slots = slots;
	ps->mask = size - 1;
	ps->room = size / 2;
	return 0;
}

void pair_init(struct pair_stream *ps)
{
	memset(ps, 0, sizeof(*ps));
	ps->slots = (struct pair_exit *)no_slots;
}

static void use_slot(struct pair_stream *ps, const struct pair_exit *x)
{
	*pair_slot(ps, x->vcpu) = *x;
	ps->room--;
}

/*
 * Make room: keep the open exits only, so that the size depends on how many
 * there are, not on how many vCPUs ever were on this CPU.
 */
static int rehash_slots(struct pair_stream *ps)
{
	size_t size = SLOTS_MIN, old_size = ps->mask + 1, nr = 0, i;
	struct pair_exit *old = ps->slots;

	for (i = 0; i < old_size; i++)
		nr += old[i].state == PAIR_OPEN;
	while (size < nr * 4)
		size *= 2;
	if (alloc_slots(ps, size) < 0)
		return -1;
	for (i = 0; i < old_size; i++)
		if (old[i].state == PAIR_OPEN)
			use_slot(ps, &old[i]);
	free_slots(old);
	return 0;
}

/* Of a later slice: what may be the first that is known of its vCPU */
static int keep_first(struct pair_stream *ps, const struct pair_exit *x)
{
	return ps->later && ps->first.nr < KEPT_MAX ?
	       list_push(&ps->first, x) : 0;
}

int pair_take_slot(struct pair_stream *ps, struct pair_exit x)
{
	if (!ps->room && rehash_slots(ps) < 0)
		return -1;
	use_slot(ps, &x);
	return keep_first(ps, &x);
}

int pair_displace(struct pair_stream *ps, struct pair_exit x)
{
	if (ps->displaced.nr == DISPLACED_MAX) {
		ps->counts.no_entry += DISPLACED_MAX / 2;
		list_drop_first(&ps->displaced, DISPLACED_MAX / 2);
		ps->ripe -= ps->ripe < DISPLACED_MAX / 2 ? ps->ripe :
							   DISPLACED_MAX / 2;
	}
	return list_push(&ps->displaced, &x);
}

int pair_defer_entry(struct pair_stream *ps, struct pair_exit x)
{
	return list_push(&ps->entries, &x);
}

int pair_drop(struct pair_stream *ps, uint32_t vm, uint32_t vcpu_id)
{
	const struct pair_exit x = { .vcpu = pair_vcpu(vm, vcpu_id) };
	struct pair_exit *slot = pair_slot(ps, x.vcpu);

	if (slot->state == PAIR_FREE)
		return keep_first(ps, &x);
	if (slot->state == PAIR_OPEN) {
		slot->state = PAIR_DONE;
		ps->counts.no_entry++;
	}
	return 0;
}

/*
 * Entries of all streams that wait for their exit, as a hash by vCPU and TSC.
 * One that was taken is done, and stays in place, so that others are found.
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

	for (i = hash_two(x->vcpu, x->tsc) & mask;
	     w->slots[i].state != PAIR_FREE; i = (i + 1) & mask)
		if (w->slots[i].tsc == x->tsc && w->slots[i].vcpu == x->vcpu)
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
			if (slot->state != PAIR_FREE) {
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

/* Let @x take its entry. */
static bool take(struct waiting *w, const struct pair_exit *x,
		 struct pair_counts *counts)
{
	struct pair_exit *slot = find_waiting(w, x);

	if (slot->state != PAIR_OPEN)
		return false;
	slot->state = PAIR_DONE;
	w->left--;
	counts->joined++;
	counts->mismatch += slot->reason != x->reason;
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

	for (i = 0; i <= ps->mask && w->left; i++)
		if (ps->slots[i].state == PAIR_OPEN &&
		    take(w, &ps->slots[i], counts))
			ps->slots[i].state = PAIR_DONE;
}

static void counts_add(struct pair_counts *to, const struct pair_counts *from)
{
	to->joined += from->joined;
	to->no_exit += from->no_exit;
	to->no_entry += from->no_entry;
	to->open += from->open;
	to->mismatch += from->mismatch;
}

/* No exit of the slice takes what is left: give it up, or keep it in @ps. */
static int leave_waiting(struct pair_stream *ps, const struct waiting *w,
			 struct pair_counts *counts)
{
	size_t i;

	if (!ps->later || ps->kept.nr + w->left > KEPT_MAX) {
		counts->no_exit += w->left;
		return 0;
	}
	for (i = 0; i < w->size; i++)
		if (w->slots[i].state == PAIR_OPEN &&
		    list_push(&ps->kept, &w->slots[i]) < 0)
			return -1;
	return 0;
}

static int resolve(struct pair_stream *streams, size_t nr,
		   struct pair_counts *counts)
{
	struct waiting w = { .left = 0 };
	size_t i;
	int ret;

	if (gather(&w, streams, nr, counts) < 0)
		return -1;
	for (i = 0; i < nr; i++) {
		resolve_displaced(&streams[i], &w, counts);
		resolve_open(&streams[i], &w, counts);
	}
	ret = nr ? leave_waiting(streams, &w, counts) : 0;
	free(w.slots);
	for (i = 0; i < nr; i++) {
		counts_add(counts, &streams[i].counts);
		memset(&streams[i].counts, 0, sizeof(streams[i].counts));
		streams[i].noted = 0;
	}
	return ret;
}

int pair_resolve(struct pair_stream *streams, size_t nr, size_t *waiting,
		 struct pair_counts *counts)
{
	size_t worth = nr * SLOTS_MIN;

	if (worth > DISPLACED_MAX / 2)
		worth = DISPLACED_MAX / 2;
	if (*waiting < worth)
		return 0;
	*waiting = 0;
	return resolve(streams, nr, counts);
}

static int cmp_exit(const void *a, const void *b)
{
	const struct pair_exit *x = a, *y = b;

	return (x->vcpu > y->vcpu) - (x->vcpu < y->vcpu);
}

/* By now, all exits are there. */
static int take_kept(struct pair_stream *ps)
{
	size_t i;

	ps->later = false;
	for (i = 0; i < ps->kept.nr; i++)
		if (list_push(&ps->entries, &ps->kept.items[i]) < 0)
			return -1;
	ps->kept.nr = 0;
	return 0;
}

/* Exits of the same stream that are open in slices before @ps are over. */
static void end_earlier(struct pair_stream *streams, size_t before,
			size_t in_slice, const struct pair_stream *ps,
			struct pair_counts *counts)
{
	struct pair_exit *slot;
	size_t i, j;

	for (i = 0; i < ps->first.nr; i++) {
		for (j = before % in_slice; j < before; j += in_slice) {
			slot = pair_slot(&streams[j], ps->first.items[i].vcpu);
			if (slot->state != PAIR_OPEN)
				continue;
			slot->state = PAIR_DONE;
			counts->no_entry++;
		}
	}
}

int pair_finish(struct pair_stream *streams, size_t nr, size_t in_slice,
		struct pair_counts *counts)
{
	struct pair_list left = { .nr = 0 };
	size_t i, j;

	for (i = 0; i < nr; i++)
		if (take_kept(&streams[i]) < 0)
			return -1;
	if (resolve(streams, nr, counts) < 0)
		return -1;
	for (i = 0; i < nr; i++)
		end_earlier(streams, i, in_slice, &streams[i], counts);
	for (i = 0; i < nr; i++) {
		counts->no_entry += streams[i].displaced.nr;
		streams[i].displaced.nr = 0;
		for (j = 0; j <= streams[i].mask; j++)
			if (streams[i].slots[j].state == PAIR_OPEN &&
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
