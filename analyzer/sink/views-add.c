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

/* Not by rip: by the function that it is in, or not at all. */
static void find_function(const struct views *s, struct group_key *key)
{
	const struct guest_function *f = NULL;

	if (!(s->view.by & BY_FUNCTION)) {
		key->rip_is = RIP_NONE;
	} else if (key->rip_is == RIP_KNOWN) {
		f = guest_map_find(s->view.map, key->rip);
		if (!f)
			key->rip_is = RIP_NOWHERE;
	}
	key->rip = f ? f->address : 0;
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
	if (unlikely(s->tell_apart))
		key->thread = views_thread(s, key);
	else
		key->thread &= mask->thread;
	key->vm &= mask->vm;
	key->vcpu &= mask->vcpu;
	key->cpu &= mask->cpu;
	key->isa &= mask->isa;
	key->code &= mask->code;
	key->level &= mask->level;
	if (!(s->view.by & BY_RIP))
		find_function(s, key);
	detail_mask(&key->detail, s->view.by, s->opt->view.range_bytes);
	if (s->view.by & BY_TIME) {
		if (views_find_bucket(sh, ts) < 0)
			return -1;
		key->ts = sh->buckets.number;
	}
	g = detailed_group(s, &sh->groups, key);
	return g ? views_add_to_group(s, g, sample, part) : -1;
}
