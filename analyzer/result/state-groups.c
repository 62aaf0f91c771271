// SPDX-License-Identifier: GPL-2.0
/* Groups of a part of a state, with their figures: bytes -> a view */
#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "result/state-numbers.h"

static int get_detail(struct state_in *in, struct detail *d)
{
	uint32_t kind, op, flags;

	if (state_get_u32(in, "kind of detail", DETAIL_KINDS - 1, &kind) < 0 ||
	    state_get(in, "detail", UINT64_MAX, &d->value) < 0 ||
	    state_get_u32(in, "direction", DETAIL_OPS - 1, &op) < 0 ||
	    state_get_u32(in, "size", UINT32_MAX, &d->size) < 0 ||
	    state_get(in, "error code", UINT64_MAX, &d->error) < 0 ||
	    state_get_u32(in, "flags of an exit", UINT16_MAX, &flags) < 0)
		return -1;
	d->kind = kind;
	d->op = op;
	d->flags = flags;
	return 0;
}

static int get_rip(struct state_in *in, struct group_key *k)
{
	uint32_t is;

	if (state_get_u32(in, "kind of rip", RIP_OTHER, &is) < 0)
		return -1;
	if (is == RIP_NONE)
		return state_bad(in, "kind of rip: none");
	k->rip_is = is;
	return state_get(in, "rip", UINT64_MAX, &k->rip);
}

static int get_level(struct state_in *in, struct group_key *k)
{
	uint32_t level;

	if (state_get_u32(in, "level", LEVEL_LAST, &level) < 0)
		return -1;
	if (level == LEVEL_NONE)
		return state_bad(in, "level: none");
	k->level = level;
	return 0;
}

/* @prev: the key before, if @any, which this one has to be behind */
static int get_key(struct state_in *in, const struct view *v, unsigned int by,
		   struct group_key *k, const struct group_key *prev, bool any)
{
	memset(k, 0, sizeof(*k));
	/* Its end is a time, too. */
	if ((by & BY_TIME) && state_get(in, "bucket of time",
					UINT64_MAX / v->groups.width_ns - 1, &k->ts) < 0)
		return -1;
	if ((by & BY_VM) && state_get_u32(in, "VM", UINT32_MAX, &k->vm) < 0)
		return -1;
	if ((by & BY_VCPU) && state_get_u32(in, "vCPU", UINT32_MAX, &k->vcpu) < 0)
		return -1;
	if ((by & BY_THREAD) &&
	    state_get_u32(in, "thread", UINT32_MAX, &k->thread) < 0)
		return -1;
	if ((by & BY_CPU) && state_get_u32(in, "CPU", UINT32_MAX, &k->cpu) < 0)
		return -1;
	if ((by & BY_REASON) && (state_get_u32(in, "ISA", UINT32_MAX, &k->isa) < 0 ||
				 state_get(in, "code", UINT64_MAX, &k->code) < 0))
		return -1;
	if ((by & BY_LEVEL) && get_level(in, k) < 0)
		return -1;
	if ((by & BY_RIP) && get_rip(in, k) < 0)
		return -1;
	if ((by & BY_DETAIL) && get_detail(in, &k->detail) < 0)
		return -1;
	if (any && group_key_compare(prev, k) >= 0)
		return state_bad(in, "group: not in the order of keys");
	return 0;
}

static int get_bucket(struct state_in *in, struct histogram *h, uint64_t *next,
		      uint64_t *left)
{
	uint64_t skip, count, bucket;
	unsigned int block;
	int place;

	if (state_get(in, "bucket", HISTOGRAM_BLOCKS * HISTOGRAM_BUCKETS - 1 - *next,
		      &skip) < 0 || state_get(in, "exits of a bucket", *left, &count) < 0)
		return -1;
	if (!count)
		return state_bad(in, "exits of a bucket: 0");
	bucket = *next + skip;
	block = bucket / HISTOGRAM_BUCKETS;
	place = h->place[block];
	if (!place) {
		if (state_charge(in, HISTOGRAM_BUCKETS * sizeof(*h->counts)) < 0)
			return -1;
		place = histogram_new_block(h, block);
		if (place < 0)
			return -1;
	}
	h->counts[(place - 1) * HISTOGRAM_BUCKETS + bucket % HISTOGRAM_BUCKETS] =
		count;
	*left -= count;
	*next = bucket + 1;
	return 0;
}

static uint64_t bucket_of(uint64_t cycles)
{
	unsigned int block = histogram_block(cycles);

	return block * HISTOGRAM_BUCKETS + histogram_bucket(cycles, block);
}

/* Of @left exits, from @min to @max */
static int get_histogram(struct state_in *in, struct histogram *h, uint64_t left,
			 uint64_t min, uint64_t max)
{
	uint64_t next = 0, nr, i;

	if (state_get(in, "buckets", HISTOGRAM_BLOCKS * HISTOGRAM_BUCKETS, &nr) < 0)
		return -1;
	for (i = 0; i < nr; i++) {
		if (next == HISTOGRAM_BLOCKS * HISTOGRAM_BUCKETS)
			return state_bad(in, "bucket: behind the last one");
		if (get_bucket(in, h, &next, &left) < 0)
			return -1;
		if (!i && next - 1 != bucket_of(min))
			return state_bad(in, "bucket: the first one is not that of the minimum");
	}
	if (left)
		return state_bad(in, "buckets: %" PRIu64 " exits are in none", left);
	if (next - 1 != bucket_of(max))
		return state_bad(in, "bucket: the last one is not that of the maximum");
	return 0;
}

static int get_range(struct state_in *in, uint64_t *min, uint64_t *max)
{
	uint64_t range;

	if (state_get(in, "minimum", UINT64_MAX, min) < 0 ||
	    state_get(in, "range", UINT64_MAX - *min, &range) < 0)
		return -1;
	*max = *min + range;
	return 0;
}

static int get_squares(struct state_in *in, struct sumsq *squares)
{
	return state_get_wide(in, "squares", ~(u128)0, &squares->low) < 0 ? -1 :
	       state_get(in, "high squares", UINT64_MAX, &squares->high);
}

/* A sum that says what a part was says how long all exits were of it. */
static int check_part(struct state_in *in, const struct group_part *p,
		      const struct stats_cell *c, enum stats_of of)
{
	const u128 sum = stats_sum_of(c, of);
	const uint64_t n = stats_timed(c);

	/* So long that it was cut: no sum says how much of it. */
	if (of == STATS_OF_TOTAL && p->max == UINT64_MAX)
		return 0;
	if (sum < (u128)n * p->min || sum > (u128)n * p->max)
		return state_bad(in, "%s: not a sum of exits from the minimum to the maximum",
				 stats_of_name(of));
	if (!sumsq_possible(&p->squares, n, sum, p->max))
		return state_bad(in, "squares of %s: not of exits that have this sum and maximum",
				 stats_of_name(of));
	return 0;
}

static int get_one_part(struct state_in *in, struct group *g, unsigned int i)
{
	struct group_part *p = &g->parts[i];
	const struct stats_cell *c = &g->cell;

	if (!state_has_part(c, GROUP_PART_OF(i))) {
		if (state_charge(in, HISTOGRAM_BUCKETS * sizeof(*p->histogram.counts)) < 0)
			return -1;
		return histogram_add_many(&p->histogram, 0, stats_timed(c));
	}
	if (get_range(in, &p->min, &p->max) < 0 ||
	    get_squares(in, &p->squares) < 0 ||
	    check_part(in, p, c, GROUP_PART_OF(i)) < 0)
		return -1;
	return get_histogram(in, &p->histogram, stats_timed(c), p->min, p->max);
}

/* Of exits that are of more than cycles */
static int get_parts(struct state_in *in, struct group *g)
{
	unsigned int i;

	if (!state_has_part(&g->cell, STATS_OF_TOTAL))
		return 0;
	if (state_charge(in, GROUP_PARTS * sizeof(*g->parts)) < 0)
		return -1;
	g->parts = calloc(GROUP_PARTS, sizeof(*g->parts));
	if (!g->parts)
		return error("out of memory: parts of exits");
	for (i = 0; i < GROUP_PARTS; i++)
		if (get_one_part(in, g, i) < 0)
			return -1;
	return 0;
}

/* What only exits with a length have */
static int get_lengths(struct state_in *in, struct group *g, bool each_part)
{
	struct stats_cell *c = &g->cell;
	uint64_t timed = stats_timed(c);

	if (get_range(in, &c->min, &c->max) < 0)
		return -1;
	if (state_get_wide(in, "cycles", (u128)timed * c->max, &c->cycles) < 0)
		return -1;
	if (c->cycles < (u128)timed * c->min)
		return state_bad(in, "cycles: less than as often the minimum");
	if (get_squares(in, &g->squares) < 0)
		return -1;
	if (!sumsq_possible(&g->squares, timed, c->cycles, c->max))
		return state_bad(in, "squares: not of exits that have this sum and maximum");
	if (get_histogram(in, &g->histogram, timed, c->min, c->max) < 0)
		return -1;
	return each_part ? get_parts(in, g) : 0;
}

static int get_figures(struct state_in *in, struct group *g, uint64_t max_exits,
		       bool each_part)
{
	struct stats_cell *c = &g->cell;
	u128 most;

	if (state_get(in, "exits of a group", max_exits, &c->exits) < 0)
		return -1;
	if (!c->exits)
		return state_bad(in, "exits of a group: 0");
	most = (u128)c->exits * UINT64_MAX;
	if (state_get(in, "exits without a length", c->exits, &c->untimed) < 0 ||
	    state_get(in, "backwards", c->exits, &c->backwards) < 0 ||
	    state_get_wide(in, "user", most, &c->user) < 0 ||
	    state_get_wide(in, "halted", most, &c->halted) < 0 ||
	    state_get_wide(in, "off_cpu", most, &c->off_cpu) < 0)
		return -1;
	if (stats_timed(c))
		return get_lengths(in, g, each_part);
	c->min = UINT64_MAX;
	c->max = 0;
	return 0;
}

int state_get_groups(struct state_in *in, struct view *v)
{
	uint64_t left = STATE_EXITS_MAX;
	struct group_key key, prev;
	struct group *g;
	uint32_t nr, i;

	if (state_get_u32(in, "groups", GROUPS_MAX, &nr) < 0)
		return -1;
	for (i = 0; i < nr; i++, prev = key) {
		if (get_key(in, v, v->by, &key, &prev, i) < 0 ||
		    state_charge(in, 2 * sizeof(*g)) < 0)
			return -1;
		g = groups_new(&v->groups, &key);
		if (!g || get_figures(in, g, left, v->each_part) < 0)
			return -1;
		left -= g->cell.exits;
	}
	return 0;
}

/* A part of the time: many of them can be added up. */
#define TIME_MAX	((u128)1 << 90)

static int get_time(struct state_in *in, struct view *v, const struct group_key *key)
{
	struct times times = { .known = TIMES_ALL };
	struct group *g;
	unsigned int i;

	if (in->untold && state_get_u32(in, "known parts of the time", TIMES_ALL, &times.known) < 0)
		return -1;
	for (i = 0; i < TIMES_PARTS; i++) {
		if (state_get_wide(in, "part of the time",
				   times.known & 1u << i ? TIME_MAX : 0,
				   &times.part[i]) < 0)
			return -1;
		times.span += times.part[i];
	}
	if (state_charge(in, 2 * sizeof(*g) + sizeof(times)) < 0)
		return -1;
	g = groups_get(&v->groups, key);
	if (!g)
		return state_bad(in, "more than %u groups", GROUPS_MAX);
	return group_add_times(g, &times);
}

int state_get_times(struct state_in *in, struct view *v)
{
	struct group_key key, prev;
	uint32_t nr, i;

	if (state_get_u32(in, "vCPUs with times", GROUPS_MAX, &nr) < 0)
		return -1;
	for (i = 0; i < nr; i++, prev = key)
		if (get_key(in, v, v->by & (BY_VM | BY_VCPU | BY_THREAD), &key,
			    &prev, i) < 0 ||
		    get_time(in, v, &key) < 0)
			return -1;
	return 0;
}
