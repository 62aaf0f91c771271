// SPDX-License-Identifier: GPL-2.0
#include "result/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"

void list_release(struct list *l)
{
	group_release(&l->rest);
	free(l->items);
	memset(l, 0, sizeof(*l));
}

/* Does @a go before @b in the list? */
static bool precedes(const struct list *l, const struct list_item *a,
		     const struct list_item *b)
{
	const uint64_t x = stats_part(&a->sample, l->of);
	const uint64_t y = stats_part(&b->sample, l->of);

	if (x != y)
		return x > y;
	if (a->sample.untimed != b->sample.untimed)
		return b->sample.untimed;
	if (a->key.ts != b->key.ts)
		return a->key.ts < b->key.ts;
	if (a->key.vm != b->key.vm)
		return a->key.vm < b->key.vm;
	if (a->key.vcpu != b->key.vcpu)
		return a->key.vcpu < b->key.vcpu;
	return group_key_compare(&a->key, &b->key) < 0;
}

static void swap(struct list_item *a, struct list_item *b)
{
	const struct list_item tmp = *a;

	*a = *b;
	*b = tmp;
}

static void sift_up(struct list *l, size_t i)
{
	for (; i && precedes(l, &l->items[(i - 1) / 2], &l->items[i]);
	     i = (i - 1) / 2)
		swap(&l->items[(i - 1) / 2], &l->items[i]);
}

static void sift_down(struct list *l)
{
	size_t i = 0, child;

	while ((child = 2 * i + 1) < l->nr) {
		if (child + 1 < l->nr &&
		    precedes(l, &l->items[child], &l->items[child + 1]))
			child++;
		if (!precedes(l, &l->items[i], &l->items[child]))
			return;
		swap(&l->items[i], &l->items[child]);
		i = child;
	}
}

/* It is not kept. */
static int add_rest(struct list *l, const struct stats_sample *sample)
{
	if (!l->in_groups)
		return group_add(&l->rest, sample);
	if (sample->cycles > l->rest_max)
		l->rest_max = sample->cycles;
	return 0;
}

/* It may be kept. */
static NOINLINE int add_dear(struct list *l, const struct group_key *key,
			     const struct stats_sample *sample)
{
	struct list_item item = { *key, *sample };

	if (l->nr < l->max) {
		if (array_room(l->items, l->nr, l->allocated,
			       "exits to list") < 0)
			return -1;
		l->items[l->nr++] = item;
		sift_up(l, l->nr - 1);
		return 0;
	}
	if (precedes(l, &item, &l->items[0])) {
		swap(&item, &l->items[0]);
		sift_down(l);
	}
	return add_rest(l, &item.sample);
}

int list_add_any(struct list *l, const struct group_key *key,
		 const struct stats_sample *sample)
{
	return likely(list_is_cheap(l, sample)) ? add_rest(l, sample) :
						  add_dear(l, key, sample);
}

int list_merge(struct list *to, const struct list *from)
{
	size_t i;

	for (i = 0; i < from->nr; i++)
		if (list_add(to, &from->items[i].key,
			     &from->items[i].sample) < 0)
			return -1;
	if (from->rest_max > to->rest_max)
		to->rest_max = from->rest_max;
	return group_merge(&to->rest, &from->rest);
}

/* @g without one of its exits, but for its minimum and maximum */
static int take_out(struct group *g, const struct stats_sample *s)
{
	struct stats_cell *c = &g->cell;

	c->exits--;
	if (s->untimed) {
		c->untimed--;
		return 0;
	}
	c->backwards -= s->backwards;
	c->cycles -= s->cycles;
	c->user -= s->user;
	c->halted -= s->halted;
	c->off_cpu -= s->off_cpu;
	sumsq_take_out(&g->squares, s->cycles);
	/* One less: counts go around. */
	return histogram_add_many(&g->histogram, s->cycles, UINT64_MAX);
}

int list_take_rest(struct list *l, const struct groups *gs)
{
	struct stats_cell *c = &l->rest.cell;
	size_t i;

	for (i = 0; i < gs->nr; i++)
		if (group_merge(&l->rest, &gs->list[i]) < 0)
			return -1;
	for (i = 0; i < l->nr; i++)
		if (take_out(&l->rest, &l->items[i].sample) < 0)
			return -1;
	/* Of those that are not kept, none costs more, and one as little as any. */
	c->max = l->rest_max;
	if (!stats_timed(c))
		c->min = c->exits ? UINT64_MAX : 0;
	l->in_groups = false;
	return 0;
}

int list_to_groups(const struct list *l, struct groups *gs)
{
	struct group *g;
	size_t i;

	for (i = 0; i < l->nr; i++) {
		g = groups_new(gs, &l->items[i].key);
		if (!g || group_add(g, &l->items[i].sample) < 0)
			return -1;
	}
	return 0;
}
