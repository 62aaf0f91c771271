// SPDX-License-Identifier: GPL-2.0
#include "result/columns.h"
#include "result/state-private.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/saturate.h"

void state_cut(struct state *s, size_t nr)
{
	while (s->nr > nr) {
		s->nr--;
		view_release(&s->parts[s->nr].view);
		free(s->parts[s->nr].file);
	}
}

void state_release(struct state *s)
{
	state_cut(s, 0);
	free(s->parts);
	memset(s, 0, sizeof(*s));
}

int state_add(struct state *s, struct view *v)
{
	if (array_room(s->parts, s->nr, s->allocated, "recordings") < 0)
		return -1;
	s->parts[s->nr++] = (struct state_part){ .view = *v };
	memset(v, 0, sizeof(*v));
	return 0;
}

/* What a part is called: the file that was named */
static const char *part_name(const struct state_part *p)
{
	return p->file ? p->file : p->view.info->path;
}

/* Two that agree on all of this are of one recording, whatever it is called. */
static bool is_same(const struct view *a, const struct view *b)
{
	return a->exits && a->exits == b->exits && a->first_ts == b->first_ts &&
	       a->span_ns == b->span_ns && a->vcpus == b->vcpus &&
	       a->info->data_bytes == b->info->data_bytes &&
	       a->before == b->before && a->lost == b->lost &&
	       a->stamped == b->stamped && a->isas == b->isas;
}

/* In an order in which parts of one recording follow each other */
static int compare_facts(const void *a, const void *b)
{
	const struct view *x = &(*(const struct state_part *const *)a)->view;
	const struct view *y = &(*(const struct state_part *const *)b)->view;

	if (x->exits != y->exits)
		return x->exits < y->exits ? -1 : 1;
	if (x->first_ts != y->first_ts)
		return x->first_ts < y->first_ts ? -1 : 1;
	if (x->info->data_bytes != y->info->data_bytes)
		return x->info->data_bytes < y->info->data_bytes ? -1 : 1;
	return 0;
}

static int check_twice(const struct state *s)
{
	const struct state_part **sorted = malloc((s->nr + 1) * sizeof(*sorted));
	int ret = 0;
	size_t i;

	if (!sorted)
		return error("out of memory: %zu recordings", s->nr);
	for (i = 0; i < s->nr; i++)
		sorted[i] = &s->parts[i];
	qsort(sorted, s->nr, sizeof(*sorted), compare_facts);
	for (i = 1; i < s->nr && !ret; i++)
		if (is_same(&sorted[i - 1]->view, &sorted[i]->view))
			ret = error("the same recording is there twice: %s, %s",
				    part_name(sorted[i - 1]),
				    part_name(sorted[i]));
	free(sorted);
	return ret;
}

static const char *kind_name(const struct view *v)
{
	if (v->stamped)
		return "cycles by stamps";
	return strcmp(v->unit, "ns") ? "round trips in cycles" :
				       "round trips in ns";
}

static int check_kind(const struct state *s)
{
	const struct view *first = &s->parts[0].view, *v;
	size_t i;

	for (i = 1; i < s->nr; i++) {
		v = &s->parts[i].view;
		if (v->stamped != first->stamped || strcmp(v->unit, first->unit))
			return error("figures cannot be added up: %s has %s, %s has %s",
				     part_name(&s->parts[0]), kind_name(first),
				     part_name(&s->parts[i]), kind_name(v));
	}
	return 0;
}

int state_check(const struct state *s)
{
	if (!s->nr)
		return error("no recording to add up");
	return check_kind(s) < 0 ? -1 : check_twice(s);
}

static const struct {
	unsigned int by;
	const char *name;
} keys[] = {
	{ BY_REASON, "reason" }, { BY_VM, "vm" }, { BY_VCPU, "vcpu" },
	{ BY_CPU, "cpu" }, { BY_RIP, "rip" }, { BY_DETAIL, "detail" },
	{ BY_TIME, "time" },
	{ BY_THREAD, "thread" }, { BY_LEVEL, "level" },
};

#define NR_KEYS	(sizeof(keys) / sizeof(keys[0]))

static int lacks_key(const struct state_part *p, unsigned int lacking)
{
	char text[80] = "recording";
	const char *wanted = "";
	size_t i;

	for (i = 0; i < NR_KEYS; i++) {
		if (p->view.by & keys[i].by) {
			strcat(text, ", ");
			strcat(text, keys[i].name);
		}
		if (lacking & keys[i].by)
			wanted = keys[i].name;
	}
	return error("no key %s in a state: %s: it has %s: save it with --by=%s",
		     wanted, p->file, text, wanted);
}

/* The keys that @opt needs of each exit */
static unsigned int keys_needed(const struct view_options *opt)
{
	const struct filter_options *f = &opt->filter;

	return (view_by(opt) & STATE_KEYS) |
	       (view_by(opt) & BY_KIND ? BY_DETAIL : 0) |
	       (f->nr_reasons ? BY_REASON : 0) | (f->vms.nr ? BY_VM : 0) |
	       (f->vcpus.nr ? BY_VCPU : 0) | (f->cpus.nr ? BY_CPU : 0) |
	       (f->threads.nr ? BY_THREAD : 0);
}

static int check_part(const struct state_part *p, const struct view_options *opt)
{
	const struct filter_options *f = &opt->filter;
	unsigned int lacking = keys_needed(opt) & ~p->view.by;
	const char *option = opt->subject == VIEW_OF_LIST ? "list" :
			     f->from.given ? "from" : f->to.given ? "to" :
			     f->has_longer_than ? "longer-than" : NULL;

	if (!p->file)
		return 0;
	if (opt->of && !p->view.stamped && opt->of != STATS_OF_TOTAL)
		return error("--of=%s: %s: no stamps say which part of a round trip that was",
			     stats_of_name(opt->of), p->file);
	if (opt->of && p->view.stamped && !p->view.each_part)
		return error("a state of version %u has minima, percentiles and so on of cycles: %s: not with --of=%s: save it once more, from its recordings",
			     STATE_VERSION_CYCLES, p->file,
			     stats_of_name(opt->of));
	if (option)
		return error("a state has no single exits: %s: not with --%s",
			     p->file, option);
	if (opt->subject == VIEW_OF_TIME && p->view.opt->subject != VIEW_OF_TIME)
		return error("no times in a state: %s: it was saved by rip, detail or time",
			     p->file);
	return lacking ? lacks_key(p, lacking) : 0;
}

/* Adding up */

struct sum {
	struct view *v;
	uint32_t index;			/* of the part at hand: */
	uint64_t narrower;		/* how many of its buckets of time are one */
	struct filter filter;		/* for its groups */
	struct reasons names;
	struct group_key mask;
	bool each_part;			/* its groups have them */
};

/* @key by what is asked for */
static struct group_key masked_key(const struct sum *s,
				   const struct group_key *key)
{
	struct group_key k = {
		.vm = key->vm & s->mask.vm, .vcpu = key->vcpu & s->mask.vcpu,
		.cpu = key->cpu & s->mask.cpu, .isa = key->isa & s->mask.isa,
		.code = key->code & s->mask.code,
		.thread = key->thread & s->mask.thread,
	};

	if (s->v->by & BY_TIME)
		k.ts = key->ts / s->narrower;
	if (s->v->by & BY_LEVEL)
		k.level = key->level;
	if (s->v->by & BY_RIP) {
		k.rip_is = key->rip_is;
		k.rip = key->rip;
	}
	k.detail = key->detail;
	detail_mask(&k.detail, s->v->by, s->v->opt->range_bytes);
	return k;
}

static int add_group(struct sum *s, struct groups *to, const struct group *from)
{
	struct group_key key = masked_key(s, &from->key);
	struct group part = *from, *g;

	if (s->v->opt->subject != VIEW_OF_TIME)
		part.times = NULL;
	if (!part.times && !part.cell.exits)
		return 0;
	g = groups_get(to, &key);
	if (!g)
		return to->full ? groups_error() : -1;
	return s->each_part && !s->v->each_part ?
			      group_merge_of(g, &part, s->v->opt->of) :
			      group_merge(g, &part);
}

/* Behind all others: @from has the groups of one recording, @to all of them. */
static int append_groups(struct sum *s, struct groups *to, struct groups *from)
{
	struct group *list;
	size_t i;

	if (to->nr + from->nr > GROUPS_MAX)
		return groups_error();
	list = realloc(to->list, (to->nr + from->nr + 1) * sizeof(*list));
	if (!list)
		return error("out of memory: %zu groups", to->nr + from->nr);
	to->list = list;
	for (i = 0; i < from->nr; i++) {
		from->list[i].key.recording = s->index;
		list[to->nr++] = from->list[i];
	}
	from->nr = 0;
	return 0;
}

/* Of a state, the filter is still to be heard. */
static int add_groups(struct sum *s, const struct state_part *p,
		      struct groups *to)
{
	const struct view *v = &p->view;
	const struct group *g;
	size_t i;

	for (i = 0; i < v->groups.nr; i++) {
		g = &v->groups.list[i];
		if (p->file && s->filter.any &&
		    !filter_takes(&s->filter, &g->key, 0))
			continue;
		if (add_group(s, to, g) < 0)
			return -1;
	}
	return 0;
}

static int begin_filter(struct sum *s, const struct state_part *p)
{
	const struct reasons *names = p->view.reasons;
	unsigned int i;

	reasons_init(&s->names);
	for (i = 0; i < names->nr; i++)
		if (!names->slots[i].other &&
		    reasons_add(&s->names, names->slots[i].isa,
				names->slots[i].code, names->slots[i].name) < 0)
			return -1;
	if (reasons_finish(&s->names) < 0)
		return -1;
	return filter_init(&s->filter, &s->v->opt->filter, &s->names,
			   p->view.info);
}

static int add_figures(struct sum *s, const struct state_part *p)
{
	struct groups own = { .list = NULL };
	bool apart = s->v->by & BY_RECORDING;
	int ret = 0;

	memset(&s->filter, 0, sizeof(s->filter));
	memset(&s->names, 0, sizeof(s->names));
	s->each_part = p->view.each_part;
	if (p->file && filter_options_any(&s->v->opt->filter))
		ret = begin_filter(s, p);
	if (!ret)
		ret = add_groups(s, p, apart ? &own : &s->v->groups);
	if (!ret && apart)
		ret = append_groups(s, &s->v->groups, &own);
	groups_release(&own);
	filter_release(&s->filter);
	reasons_release(&s->names);
	return ret;
}

static void add_facts(struct view *to, const struct view *v)
{
	to->isas |= v->isas;
	saturating_add(&to->vcpus, v->vcpus);
	saturating_add(&to->vms, v->vms);
	saturating_add(&to->exits, v->exits);
	saturating_add(&to->before, v->before);
	saturating_add(&to->lost, v->lost);
	saturating_add(&to->unused, v->unused);
	saturating_add(&to->lacking, v->lacking);
	saturating_add(&to->unknown, v->unknown);
	saturating_add(&to->unattached, v->unattached);
	saturating_add(&to->no_room, v->no_room);
	saturating_add(&to->span_ns, v->span_ns);
	saturating_add(&to->window_ns, v->window_ns);
	saturating_add(&to->times_span, v->times_span);
	losses_add(&to->losses, &v->losses);
	to->has_span = to->has_span && v->has_span;
	to->patched = to->patched && v->patched;
	to->lossy = to->lossy || v->lossy;
	to->detailed = to->detailed || v->detailed;
	to->chosen = to->chosen || v->chosen;
	to->longer_than = v->longer_than;
	to->from_ns = v->from_ns;
	to->to_ns = v->to_ns;
}

/* Are figures of each part asked for, and there?  Then groups of @v have them. */
static bool keeps_parts(const struct view *v, const struct state *s)
{
	size_t i;

	for (i = 0; i < s->nr; i++)
		if (!s->parts[i].view.each_part)
			return false;
	return v->opt->format != VIEW_STATE && columns_want_parts(v->opt);
}

/* Names of all of them; where two differ, the one of the part that comes first */
static int merge_names(const struct state *s, struct reasons *names)
{
	size_t i;

	reasons_init(names);
	for (i = 0; i < s->nr; i++)
		if (reasons_merge(names, s->parts[i].view.reasons) < 0)
			return -1;
	return 0;
}

/* Facts that are sums, and those that all of them agree on */
static void sum_up_recordings(const struct state *s, struct recording *info,
			      char text[64])
{
	const struct recording *one = s->parts[0].view.info;
	size_t i;

	*info = *one;
	if (s->nr == 1)
		return;
	snprintf(text, 64, "%zu recordings", s->nr);
	info->path = text;
	for (i = 1; i < s->nr; i++) {
		one = s->parts[i].view.info;
		info->nr_cpus += one->nr_cpus;
		saturating_add(&info->data_bytes, one->data_bytes);
		saturating_add(&info->missing_bytes, one->missing_bytes);
		saturating_add(&info->dropped_events, one->dropped_events);
		if (strcmp(info->clock ? info->clock : "local",
			   one->clock ? one->clock : "local"))
			info->clock = "mixed";
	}
}

/* What tells vCPUs apart, in one part or the other */
static unsigned int keys_of_vcpus(const struct state *all)
{
	unsigned int by = 0;
	size_t i;

	for (i = 0; i < all->nr; i++)
		by |= all->parts[i].view.by;
	return by & (all->parts[0].view.stamped ? BY_VM : BY_VM | BY_THREAD);
}

static void set_keys(struct sum *s, const struct state *all)
{
	struct view *v = s->v;

	v->by = view_by(v->opt);
	/* A vcpu_id is unique in its VM only, and a PID on its host. */
	if (v->by & BY_VCPU)
		v->by |= keys_of_vcpus(all);
	if (all->nr > 1 && (v->by & (BY_VM | BY_VCPU | BY_THREAD)))
		v->by |= BY_RECORDING;
	s->mask = (struct group_key){
		.vm = v->by & BY_VM ? UINT32_MAX : 0,
		.vcpu = v->by & BY_VCPU ? UINT32_MAX : 0,
		.thread = v->by & BY_THREAD ? UINT32_MAX : 0,
		.cpu = v->by & BY_CPU ? UINT32_MAX : 0,
		.isa = v->by & BY_REASON ? UINT32_MAX : 0,
		.code = v->by & BY_REASON ? UINT64_MAX : 0,
	};
}

/* One width for all, each of whose buckets is several whole ones of each part */
static int choose_width(struct view *v, const struct state *all)
{
	const struct state_part *p, *widest = all->parts;
	uint64_t width = v->opt->width_ns;

	for (p = all->parts; p < all->parts + all->nr; p++)
		if (p->view.groups.width_ns > widest->view.groups.width_ns)
			widest = p;
	if (!width)
		width = widest->view.groups.width_ns;
	for (p = all->parts; p < all->parts + all->nr; p++)
		if (width % p->view.groups.width_ns)
			return error("--by=time: buckets of %" PRIu64 " ns are not whole ones of %" PRIu64 " ns: %s: choose a multiple: --by=time:WIDTH",
				     width, p->view.groups.width_ns, part_name(p));
	v->groups.width_ns = width;
	return 0;
}

static int set_source(struct view *v, const struct view *from)
{
	struct view_source *source = &v->sources[v->nr_sources];
	char host[RECORDING_HOST_MAX + 1];

	source->path = strdup(from->info->path);
	source->host = strdup(recording_host(from->info, host));
	source->written = from->info->written;
	source->file_bytes = from->info->file_bytes;
	source->exits = from->exits;
	source->has_span = from->has_span;
	source->span_ns = from->span_ns;
	source->before = from->before;
	source->lost = from->lost;
	source->unused = from->unused;
	source->proof = from->proof;
	v->nr_sources++;
	return !source->path || !source->host ?
	       error("out of memory: a path") :
			       tasks_copy(&source->tasks, from->tasks);
}

static int sum_up(struct sum *s, const struct state *all)
{
	struct view *v = s->v;
	const struct view *first = &all->parts[0].view;
	size_t i;

	v->sources = calloc(all->nr, sizeof(*v->sources));
	if (!v->sources)
		return error("out of memory: %zu recordings", all->nr);
	v->unit = first->unit;
	v->stamped = first->stamped;
	v->each_part = keeps_parts(v, all);
	v->has_span = v->patched = true;
	v->first_ts = first->first_ts;
	set_keys(s, all);
	if ((v->by & BY_TIME) && choose_width(v, all) < 0)
		return -1;
	for (i = 0; i < all->nr; i++) {
		s->index = i;
		if (v->by & BY_TIME)
			s->narrower = v->groups.width_ns /
				      all->parts[i].view.groups.width_ns;
		add_facts(v, &all->parts[i].view);
		if (set_source(v, &all->parts[i].view) < 0 ||
		    add_figures(s, &all->parts[i]) < 0)
			return -1;
	}
	v->chosen = v->chosen || filter_options_any(&v->opt->filter);
	v->complete = true;
	return 0;
}

int state_view(const struct state *s, const struct view_options *opt,
	       struct view *v)
{
	struct sum sum = { .v = v };
	struct recording info;
	struct reasons names;
	char text[64];
	size_t i;
	int ret = state_check(s);

	memset(v, 0, sizeof(*v));
	for (i = 0; i < s->nr && !ret; i++)
		ret = check_part(&s->parts[i], opt);
	if (ret)
		return -1;
	sum_up_recordings(s, &info, text);
	ret = merge_names(s, &names);
	if (!ret)
		ret = view_init(v, opt, &info, &names);
	reasons_release(&names);
	return ret ? -1 : sum_up(&sum, s);
}
