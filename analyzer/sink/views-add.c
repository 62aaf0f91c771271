// SPDX-License-Identifier: GPL-2.0
/* An exit with rip and detail: into its group, the list, or to whoever takes it. */
#include "sink/views-private.h"

/* The group of @key, or that of all that has no room. */
static struct group *detailed_group(const struct views *s,
				    struct groups *groups,
				    struct group_key *key)
{
	struct group *g;

	if (groups->nr < GROUPS_DETAILED_MAX)
		return groups_get(groups, key);
	g = groups_find(groups, key);
	if (g)
		return g;
	s->details->no_room++;
	key->rip = 0;
	if (s->view.by & (BY_RIP | BY_FUNCTION))
		key->rip_is = RIP_OTHER;
	if (s->view.by & (BY_DETAIL | BY_KIND))
		key->detail = (struct detail){ .kind = DETAIL_OTHER };
	return groups_get(groups, key);
}

/* Not by rip: by the function that it is in, or not at all.  Return what its rip is then. */
static enum rip_is find_function(const struct views *s, struct group_key *key)
{
	const struct guest_function *f = NULL;
	enum rip_is is = RIP_NONE;

	if (s->view.by & BY_FUNCTION) {
		is = key->rip_is;
		if (is == RIP_KNOWN)
			f = guest_map_find(s->view.map, key->rip);
		if (is == RIP_KNOWN && !f)
			is = RIP_NOWHERE;
	}
	key->rip = f ? f->address : 0;
	return is;
}

/* Of exits that somebody takes, the list has the sums. */
static int hand_out(const struct views *s, const struct group_key *key, uint64_t ts,
		    const struct stats_sample *sample, uint64_t part)
{
	const struct exit_taker *to = s->opt->exits;

	stats_cell_add_part(&s->list->rest.cell, sample, part);
	return to->take(to->user, key, ts, sample);
}

int views_add_detailed(const struct views *s, struct views_shard *sh,
		       struct group_key *key, uint64_t ts,
		       const struct stats_sample *sample)
{
	const struct group_key *mask = &s->mask;
	const uint64_t part = stats_part(sample, s->of);
	struct group *g;
	enum rip_is is;
	uint32_t thread;

	if (views_drops(s, key, ts, part))
		return 0;
	if (s->opt->exits)
		return hand_out(s, key, ts, sample, part);
	if (s->list) {
		key->ts = ts;
		if (list_add(s->list, key, sample) < 0)
			return -1;
		if (!s->opt->view.dearest)
			return 0;
		key->ts = 0;
	}
	thread = unlikely(s->tell_apart) ? views_thread(s, key) :
					   key->thread & mask->thread;
	is = s->view.by & BY_RIP ? (enum rip_is)key->rip_is : find_function(s, key);
	group_key_set_thread(key, thread, key->level & mask->level, is);
	key->vm &= mask->vm;
	key->vcpu &= mask->vcpu;
	key->cpu &= mask->cpu;
	key->isa &= mask->isa;
	key->code &= mask->code;
	detail_mask(&key->detail, s->view.by, s->opt->view.range_bytes);
	if (s->view.by & BY_TIME) {
		if (views_find_bucket(sh, ts) < 0)
			return -1;
		key->ts = sh->buckets.number;
	}
	g = detailed_group(s, &sh->groups, key);
	return g ? views_add_to_group(s, g, sample, part) : -1;
}
