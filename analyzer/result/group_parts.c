// SPDX-License-Identifier: GPL-2.0
/*
 * Figures of each part of the exits of a group.  Most groups have exits of cycles
 * only: then what there is of the other parts follows from the cell, and takes no
 * memory.
 */
#include "result/group.h"

#include <stdlib.h>

#include "base/error.h"

/* @n samples of 0, which are no higher than others */
static int add_zeros(struct group_part *p, bool any, uint64_t n)
{
	if (!n)
		return 0;
	p->min = 0;
	if (!any)
		p->max = 0;
	return histogram_add_many(&p->histogram, 0, n);
}

static int merge_part(struct group_part *p, bool any, const struct group_part *from)
{
	if (!any || from->min < p->min)
		p->min = from->min;
	if (!any || from->max > p->max)
		p->max = from->max;
	sumsq_merge(&p->squares, &from->squares);
	return histogram_merge(&p->histogram, &from->histogram);
}

static struct group_part part_of_cycles(const struct group *g)
{
	return (struct group_part){
		.min = g->cell.min, .max = g->cell.max,
		.squares = g->squares, .histogram = g->histogram,
	};
}

/* Add what @from has of @of; its exits are of cycles only. */
static int merge_derived(struct group_part *p, bool any, const struct group *from,
			 enum stats_of of)
{
	const struct group_part cycles = part_of_cycles(from);

	return of == STATS_OF_TOTAL ? merge_part(p, any, &cycles) :
				      add_zeros(p, any, stats_timed(&from->cell));
}

/* Until now, all exits of @g were of cycles only. */
static int begin_parts(struct group *g)
{
	unsigned int i;

	g->parts = calloc(GROUP_PARTS, sizeof(*g->parts));
	if (!g->parts)
		return error("out of memory: parts of exits");
	if (!stats_timed(&g->cell))
		return 0;
	for (i = 0; i < GROUP_PARTS; i++)
		if (merge_derived(&g->parts[i], false, g, GROUP_PART_OF(i)) < 0)
			return -1;
	return 0;
}

static int add_sample(struct group_part *p, bool any, uint64_t v)
{
	if (!any || v < p->min)
		p->min = v;
	if (!any || v > p->max)
		p->max = v;
	sumsq_add(&p->squares, v);
	return histogram_add(&p->histogram, v);
}

int group_add_each_part(struct group *g, const struct stats_sample *s)
{
	const bool any = stats_timed(&g->cell);
	unsigned int i;

	if (!g->parts && (s->user || s->halted || s->off_cpu) &&
	    begin_parts(g) < 0)
		return -1;
	for (i = 0; g->parts && !s->untimed && i < GROUP_PARTS; i++)
		if (add_sample(&g->parts[i], any,
			       stats_part(s, GROUP_PART_OF(i))) < 0)
			return -1;
	return group_add(g, s);
}

int group_merge_parts(struct group *to, const struct group *from)
{
	const bool any = stats_timed(&to->cell);
	unsigned int i;
	int ret = 0;

	if (!to->parts && begin_parts(to) < 0)
		return -1;
	for (i = 0; i < GROUP_PARTS && stats_timed(&from->cell) && !ret; i++)
		ret = from->parts ?
		      merge_part(&to->parts[i], any, &from->parts[i]) :
		      merge_derived(&to->parts[i], any, from, GROUP_PART_OF(i));
	return ret;
}

void group_release_parts(struct group *g)
{
	unsigned int i;

	for (i = 0; g->parts && i < GROUP_PARTS; i++)
		histogram_release(&g->parts[i].histogram);
	free(g->parts);
	g->parts = NULL;
}
