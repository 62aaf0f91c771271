// SPDX-License-Identifier: GPL-2.0
#include "result/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/compare.h"
#include "base/error.h"

int group_key_compare(const struct group_key *a, const struct group_key *b)
{
	int order = compare_u64(a->ts, b->ts);

	if (!order)
		order = compare_u64(a->recording, b->recording);
	if (!order)
		order = compare_u64(a->vm, b->vm);
	if (!order)
		order = compare_u64(a->vcpu, b->vcpu);
	if (!order)
		order = compare_u64(a->thread, b->thread);
	if (!order)
		order = compare_u64(a->cpu, b->cpu);
	if (!order)
		order = compare_u64(a->isa, b->isa);
	if (!order)
		order = compare_u64(a->code, b->code);
	if (!order)
		order = compare_u64(a->level, b->level);
	if (!order)
		order = compare_u64(a->rip_is, b->rip_is);
	if (!order)
		order = compare_u64(a->rip, b->rip);
	return order ? order : detail_compare(&a->detail, &b->detail);
}

void group_release(struct group *g)
{
	histogram_release(&g->histogram);
	group_release_parts(g);
	free(g->times);
	g->times = NULL;
}

void groups_release(struct groups *gs)
{
	size_t i;

	for (i = 0; i < gs->nr; i++)
		group_release(&gs->list[i]);
	free(gs->list);
	table_release(&gs->table);
	memset(gs, 0, sizeof(*gs));
}

struct group *groups_new(struct groups *gs, const struct group_key *key)
{
	if (gs->nr == (gs->max ? gs->max : GROUPS_MAX)) {
		gs->full = true;
		return NULL;
	}
	if (array_room(gs->list, gs->nr, gs->allocated, "groups") < 0 ||
	    table_add(&gs->table, group_key_hash(key), gs->nr, "groups") < 0)
		return NULL;
	gs->list[gs->nr] = (struct group){ .key = *key };
	return &gs->list[gs->nr++];
}

int groups_error(void)
{
	return error("too many groups: the recording has more than %u VMs, vCPUs, CPUs or exit reasons, or combinations of those asked for",
		     GROUPS_MAX);
}

int group_add_times(struct group *g, const struct times *times)
{
	if (!g->times)
		g->times = calloc(1, sizeof(*g->times));
	if (!g->times)
		return error("out of memory: times of a group");
	times_merge(g->times, times);
	return 0;
}

int group_merge(struct group *to, const struct group *from)
{
	if (from->times && group_add_times(to, from->times) < 0)
		return -1;
	if ((to->parts || from->parts) && group_merge_parts(to, from) < 0)
		return -1;
	stats_cell_merge(&to->cell, &from->cell);
	sumsq_merge(&to->squares, &from->squares);
	return histogram_merge(&to->histogram, &from->histogram);
}

int group_merge_of(struct group *to, const struct group *from, enum stats_of of)
{
	const struct group_part none = { .max = 0 }, *p = &none;
	const uint64_t timed = stats_timed(&from->cell);
	struct group of_part = *from;
	const bool derived = !from->parts;

	of_part.parts = NULL;
	if (of == STATS_OF_CYCLES || !timed || (of == STATS_OF_TOTAL && derived))
		return group_merge(to, &of_part);
	if (!derived)
		p = &from->parts[of - 1];
	of_part.cell.min = p->min;
	of_part.cell.max = p->max;
	of_part.squares = p->squares;
	of_part.histogram = p->histogram;
	if (group_merge(to, &of_part) < 0)
		return -1;
	return derived ? histogram_add_many(&to->histogram, 0, timed) : 0;
}

/* @from with another key: its figures are moved. */
static int move_group(struct groups *to, struct group *from,
		      const struct group_key *key)
{
	struct group *g = groups_get(to, key);
	int ret;

	if (!g)
		return -1;
	if (!g->cell.exits && !g->times) {
		*g = *from;
		g->key = *key;
		return 0;
	}
	ret = group_merge(g, from);
	group_release(from);
	return ret;
}

int groups_widen(struct groups *gs, uint64_t width_ns)
{
	struct groups wide = { .max = gs->max, .width_ns = width_ns };
	uint64_t times;
	struct group_key key;
	size_t i;

	if (gs->width_ns == width_ns || !gs->nr) {
		gs->width_ns = width_ns;
		return 0;
	}
	times = width_ns / gs->width_ns;
	for (i = 0; i < gs->nr; i++) {
		key = gs->list[i].key;
		key.ts /= times;
		if (move_group(&wide, &gs->list[i], &key) < 0)
			break;
		memset(&gs->list[i], 0, sizeof(gs->list[i]));
	}
	if (i < gs->nr) {
		groups_release(&wide);
		return -1;
	}
	groups_release(gs);
	*gs = wide;
	return 0;
}

/* Of an empty struct groups: what may be in it stays as it is. */
static void take_all(struct groups *to, struct groups *from)
{
	const struct groups empty = { .max = from->max,
				      .width_ns = from->width_ns };
	size_t max = to->max;

	groups_release(to);
	*to = *from;
	to->max = max;
	to->full = false;
	*from = empty;
}

int groups_merge(struct groups *to, struct groups *from)
{
	const uint64_t width = to->width_ns > from->width_ns ? to->width_ns :
							       from->width_ns;
	size_t max = from->max, i;
	struct group *g;

	if (groups_widen(to, width) < 0 || groups_widen(from, width) < 0)
		return -1;
	if (!to->nr) {
		take_all(to, from);
		return 0;
	}
	for (i = 0; i < from->nr; i++) {
		g = groups_get(to, &from->list[i].key);
		if (!g || group_merge(g, &from->list[i]) < 0)
			return -1;
		group_release(&from->list[i]);
	}
	groups_release(from);
	from->max = max;
	from->width_ns = width;
	return 0;
}

uint64_t group_stddev(const struct group *g, enum stats_of of)
{
	return sumsq_stddev(&g->squares, stats_timed(&g->cell),
			    stats_sum_of(&g->cell, of));
}

static uint64_t percentile(const struct histogram *h, uint64_t timed, uint64_t max,
			   unsigned int permille)
{
	uint64_t rank, v;

	if (!timed)
		return 0;
	rank = histogram_rank(timed, permille);
	if (rank == timed)
		return max;
	v = histogram_at_rank(h, rank);
	return v > max ? max : v;
}

uint64_t group_percentile(const struct group *g, unsigned int permille)
{
	return percentile(&g->histogram, stats_timed(&g->cell), g->cell.max, permille);
}

uint64_t group_percentile_of(const struct group *g, enum stats_of of,
			     unsigned int permille)
{
	if (of == STATS_OF_CYCLES)
		return group_percentile(g, permille);
	return g->parts ? percentile(&g->parts[of - 1].histogram, stats_timed(&g->cell),
				     g->parts[of - 1].max, permille) : 0;
}

uint64_t group_max_of(const struct group *g, enum stats_of of)
{
	if (of == STATS_OF_CYCLES)
		return g->cell.max;
	return g->parts ? g->parts[of - 1].max : 0;
}

double group_percentile_about(const struct group *g, unsigned int permille)
{
	const struct stats_cell *c = &g->cell;
	uint64_t timed = stats_timed(c);
	double v;

	if (!timed)
		return 0;
	v = histogram_about_rank(&g->histogram, histogram_rank(timed, permille));
	return v < c->min ? c->min : v > c->max ? c->max : v;
}
