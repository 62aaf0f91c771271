// SPDX-License-Identifier: GPL-2.0
#include "walk/details.h"

#include <stdlib.h>
#include <string.h>

#include "base/compare.h"
#include "base/error.h"

int details_init(struct details *d, const struct parse *p,
		 const struct source *src)
{
	memset(d, 0, sizeof(*d));
	return inside_init(&d->inside, p, src);
}

void details_release(struct details *d)
{
	attach_release(&d->attach);
	free(d->exits.items);
	free(d->entries.items);
	free(d->heads.items);
}

/* Room for one more item; NULL with *@full: there is none, or memory is short */
static void *push(struct details_list *l, size_t bytes, bool *full)
{
	size_t size;
	void *items;

	*full = l->nr == DETAILS_ASIDE_MAX;
	if (*full)
		return NULL;
	if (l->nr == l->allocated) {
		size = l->nr ? l->nr * 2 : 64;
		items = realloc(l->items, size * bytes);
		if (!items) {
			error("out of memory: %zu exits to join", size);
			return NULL;
		}
		l->items = items;
		l->allocated = size;
	}
	return (char *)l->items + l->nr++ * bytes;
}

/* What is in @slot waits for an entry, or for nothing. */
static int put_aside(struct details *d, const struct attach_slot *slot)
{
	struct attach_slot *to;
	bool full;

	if (!slot->has_exit) {
		d->unattached += attach_missed(slot);
		return 0;
	}
	to = push(&d->exits, sizeof(*to), &full);
	if (to)
		*to = *slot;
	else if (full)
		d->unattached += attach_missed(slot);
	return to || full ? 0 : -1;
}

int details_end_open(struct details *d, struct attach_slot *slot)
{
	struct attach_slot old;

	attach_take(&d->attach, slot, &old);
	return put_aside(d, &old);
}

static int wait_for_exit(struct details *d, const struct details_entry *entry,
			 struct group_key *key)
{
	struct details_entry *to;
	struct attach_slot slot;
	bool full = true;

	to = d->inside.p->present[PARSE_EXIT] ?
	     push(&d->entries, sizeof(*to), &full) : NULL;
	if (to) {
		*to = *entry;
		return 0;
	}
	if (!full)
		return -1;
	slot = entry->slot;
	details_set(d, key, &slot);
	return 1;
}

/* Heads, of which there is one for each thread */
static int keep_head(struct details *d, enum details_head_kind kind,
		     uint32_t tid, const struct details_entry *entry)
{
	struct details_head *to;
	bool full;

	to = push(&d->heads, sizeof(*to), &full);
	if (!to) {
		d->attach.odd |= full;
		return -1;
	}
	*to = (struct details_head){
		.kind = kind, .tid = tid, .gap_end = d->attach.gap_end,
		.entry = *entry,
	};
	return 0;
}

int details_keep_exit(struct details *d, struct attach_slot *slot)
{
	struct details_entry entry = { .ts = d->attach.now };

	attach_take(&d->attach, slot, &entry.slot);
	slot->head = false;
	return keep_head(d, DETAILS_EXIT, slot->tid, &entry);
}

/* The same for an entry, if the thread has had none.  1: it has. */
static int keep_entry(struct details *d, enum details_head_kind kind,
		      uint32_t tid, struct details_entry *entry)
{
	struct attach_slot *slot;

	if (!d->attach.later)
		return 1;
	slot = attach_get(&d->attach, tid);
	if (!slot)
		return -1;
	if (!slot->head)
		return 1;
	attach_take(&d->attach, slot, &entry->slot);
	slot->head = false;
	return keep_head(d, kind, tid, entry);
}

int details_wait(struct details *d, uint32_t tid, uint64_t exit_tsc,
		 const struct stats_sample *sample, uint64_t ts,
		 struct group_key *key)
{
	struct details_entry entry = { .key = *key, .sample = *sample, .ts = ts,
				       .exit_tsc = exit_tsc };
	struct attach_slot *slot = &entry.slot;
	int ret = keep_entry(d, DETAILS_ENTRY, tid, &entry);

	if (ret <= 0)
		return ret;
	attach_entry(&d->attach, tid, slot);
	if (slot->has_exit) {
		if (put_aside(d, slot) < 0)
			return -1;
		*slot = (struct attach_slot){ .gap = slot->gap };
	}
	return wait_for_exit(d, &entry, key);
}

int details_drop(struct details *d, uint32_t tid)
{
	struct details_entry entry = { .ts = d->attach.now };
	struct attach_slot slot;
	int ret = keep_entry(d, DETAILS_DROP, tid, &entry);

	if (ret <= 0)
		return ret;
	attach_entry(&d->attach, tid, &slot);
	d->unattached += attach_missed(&slot);
	return 0;
}

/* What came in the later slice goes into the thread's slot. */
static int join_inside(struct details *d, const struct details_head *head)
{
	const struct attach_slot *inside = &head->entry.slot;
	struct attach_slot *slot;

	attach_gap(&d->attach, head->gap_end);
	if (!inside->events)
		return 0;
	slot = attach_get(&d->attach, head->tid);
	if (!slot)
		return -1;
	if (attach_is_open(slot)) {
		attach_join(slot, inside);
		return 0;
	}
	*slot = *inside;
	slot->tid = head->tid;
	slot->used = true;
	slot->head = false;
	return 0;
}

int details_pass_head(struct details *d, const struct details_head *head,
		      struct group_key *key)
{
	const struct details_entry *entry = &head->entry;
	const struct event_entry e = {
		.exit_tsc = entry->exit_tsc, .vm = entry->key.vm,
		.vcpu_id = entry->key.vcpu,
	};
	struct attach_slot *slot;

	if (join_inside(d, head) < 0)
		return -1;
	d->attach.now = entry->ts;
	*key = entry->key;
	switch (head->kind) {
	case DETAILS_ENTRY:
		return details_entry(d, head->tid, &e, &entry->sample, entry->ts,
				     key);
	case DETAILS_DROP:
		return details_drop(d, head->tid);
	default:
		slot = attach_find(&d->attach, head->tid);
		return slot && attach_is_open(slot) ?
		       details_end_open(d, slot) : 0;
	}
}

static int append(struct details_list *to, const struct details_list *from,
		  size_t bytes)
{
	bool full;
	void *item;
	size_t i;

	for (i = 0; i < from->nr; i++) {
		item = push(to, bytes, &full);
		if (!item)
			return -1;
		memcpy(item, (const char *)from->items + i * bytes, bytes);
	}
	return 0;
}

/* Of those that have had an exit or entry, what is open began behind it. */
static bool has_begun(void *arg, uint32_t tid)
{
	const struct attach_slot *slot = attach_find(arg, tid);

	return slot && !slot->head;
}

int details_join(struct details *d, const struct details *next)
{
	if (attach_join_slices(&d->attach, &next->attach, has_begun,
			       (void *)&next->attach) < 0 ||
	    append(&d->exits, &next->exits, sizeof(struct attach_slot)) < 0 ||
	    append(&d->entries, &next->entries,
		   sizeof(struct details_entry)) < 0)
		return -1;
	d->attach.forgotten_events += next->attach.forgotten_events;
	d->unattached += next->unattached;
	d->mismatch += next->mismatch;
	d->unknown += next->unknown;
	d->no_room += next->no_room;
	return 0;
}

bool details_may_forget(const struct details *d, const struct details *next)
{
	const size_t aside = d->exits.nr + d->entries.nr + next->exits.nr +
			     next->entries.nr + 2 * next->heads.nr;

	return next->attach.odd || attach_may_forget(&d->attach, &next->attach) ||
	       aside > DETAILS_ASIDE_MAX;
}

static int cmp_place(uint32_t vm, uint32_t vcpu, uint64_t tsc,
		     const struct attach_slot *b)
{
	int order = compare_u64((uint64_t)vm << 32 | vcpu,
				(uint64_t)b->vm << 32 | b->vcpu);

	return order ? order : compare_u64(tsc, b->tsc);
}

static int cmp_slot(const void *a, const void *b)
{
	const struct attach_slot *x = a, *y = b;
	int order = cmp_place(x->vm, x->vcpu, x->tsc, y);

	return order ? order : compare_u64(x->ts, y->ts);
}

static int cmp_entry(const void *a, const void *b)
{
	const struct details_entry *x = a, *y = b;
	int order = compare_u64((uint64_t)x->key.vm << 32 | x->key.vcpu,
				(uint64_t)y->key.vm << 32 | y->key.vcpu);

	if (!order)
		order = compare_u64(x->exit_tsc, y->exit_tsc);
	return order ? order : compare_u64(x->ts, y->ts);
}

int details_end(struct details *d)
{
	size_t i;

	attach_end(&d->attach);
	d->unattached += d->attach.forgotten_events;
	for (i = 0; i < d->attach.nr; i++)
		if (put_aside(d, &d->attach.slots[i]) < 0)
			return -1;
	attach_release(&d->attach);
	return 0;
}

static void sort(struct details *d)
{
	if (d->exits.nr)
		qsort(d->exits.items, d->exits.nr, sizeof(struct attach_slot),
		      cmp_slot);
	if (d->entries.nr)
		qsort(d->entries.items, d->entries.nr,
		      sizeof(struct details_entry), cmp_entry);
}

/* Both lists are sorted alike: the exits before @entry have no entry. */
static bool find_exit(struct details *d, const struct details_entry *entry,
		      struct attach_slot *slot)
{
	const struct attach_slot *exits = d->exits.items;
	int order;

	for (; d->next_exit < d->exits.nr; d->next_exit++) {
		order = cmp_place(entry->key.vm, entry->key.vcpu,
				  entry->exit_tsc, &exits[d->next_exit]);
		if (order < 0)
			return false;
		if (!order) {
			*slot = exits[d->next_exit++];
			return true;
		}
		d->unattached += attach_missed(&exits[d->next_exit]);
	}
	return false;
}

struct details_entry *details_next(struct details *d)
{
	struct details_entry *entry;
	struct attach_slot exit;

	if (!d->next_entry)
		sort(d);
	if (d->next_entry == d->entries.nr) {
		for (; d->next_exit < d->exits.nr; d->next_exit++)
			d->unattached += attach_missed((struct attach_slot *)
						       d->exits.items + d->next_exit);
		return NULL;
	}
	entry = (struct details_entry *)d->entries.items + d->next_entry++;
	if (find_exit(d, entry, &exit)) {
		attach_join(&exit, &entry->slot);
		details_set_joined(d, &entry->key, &exit);
	} else {
		details_set(d, &entry->key, &entry->slot);
	}
	return entry;
}
