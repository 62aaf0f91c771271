// SPDX-License-Identifier: GPL-2.0
/* A part of a state, which is one recording: bytes -> a view */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "result/state-numbers.h"

/* What a part takes without names and figures, about */
#define PART_BYTES	(16u << 10)

/* All before the names, as it is in the file */
struct head {
	uint32_t by, flags, is_ns;
	uint64_t width_ns;		/* of buckets of time; 0: not by time */
	char path[STATE_PATH_MAX + 1], clock[STATE_CLOCK_MAX + 1];
	char host[RECORDING_HOST_MAX + 1];
	struct recording info;
	struct view facts;		/* plain numbers of it */
};

static int get_recording(struct state_in *in, struct head *h)
{
	struct recording *info = &h->info;
	const struct state_field fields[] = {
		{ "first time stamp", &h->facts.first_ts },
		{ "span", &h->facts.span_ns },
		{ "span of times", &h->facts.times_span },
	};
	const struct state_field sizes[] = {
		{ "bytes of events", &info->data_bytes },
		{ "missing bytes", &info->missing_bytes },
		{ "dropped events", &info->dropped_events },
	};

	if (state_get_text(in, "path", STATE_PATH_MAX, h->path) < 0)
		return -1;
	if ((h->flags & STATE_HAS_CLOCK) &&
	    state_get_text(in, "trace clock", STATE_CLOCK_MAX, h->clock) < 0)
		return -1;
	info->path = h->path;
	info->clock = h->flags & STATE_HAS_CLOCK ? h->clock : NULL;
	if (state_get_u32(in, "rate of the TSC", UINT32_MAX, &info->tsc2nsec_mult) < 0 ||
	    state_get_u32(in, "shift of the rate", info->tsc2nsec_mult ? 63 : 0,
			  &info->tsc2nsec_shift) < 0 ||
	    state_get_u32(in, "kHz of the TSC", UINT32_MAX, &info->tsc_khz) < 0 ||
	    STATE_GET_FIELDS(in, fields) < 0 ||
	    state_get_u32(in, "CPUs", UINT32_MAX, &info->nr_cpus) < 0 ||
	    STATE_GET_FIELDS(in, sizes) < 0)
		return -1;
	info->has_tsc2nsec = info->tsc2nsec_mult;
	if (h->facts.span_ns && !(h->flags & STATE_HAS_SPAN))
		return state_bad(in, "span: %" PRIu64 ", where none is known",
				 h->facts.span_ns);
	return 0;
}

static int get_file(struct state_in *in, struct head *h)
{
	struct recording *info = &h->info;
	const struct state_field fields[] = {
		{ "time of the recording", &info->written },
		{ "bytes of the recording", &info->file_bytes },
	};

	if (!(h->flags & STATE_HAS_FILE))
		return 0;
	if (state_get_text(in, "host", RECORDING_HOST_MAX, h->host) < 0 ||
	    STATE_GET_FIELDS(in, fields) < 0)
		return -1;
	info->host = h->host;
	return 0;
}

static int get_losses(struct state_in *in, struct losses *l)
{
	const struct state_field fields[] = {
		{ "lost events", &l->lost_events },
		{ "uncounted losses", &l->lost_uncounted },
		{ "absurd losses", &l->lost_absurd },
		{ "damaged sub-buffers", &l->damaged },
		{ "damaged bytes", &l->damaged_bytes },
		{ "bad chunks", &l->bad_chunks },
		{ "bytes of bad chunks", &l->bad_chunks_bytes },
		{ "unread bytes", &l->unread },
		{ "lacking events", &l->lacking },
		{ "fewer events", &l->fewer },
		{ "short records", &l->short_records },
	};

	return STATE_GET_FIELDS(in, fields);
}

static int get_counts(struct state_in *in, struct view *v)
{
	const struct state_field fields[] = {
		{ "exits before", &v->before },
		{ "lost exits", &v->lost },
		{ "unused round trips", &v->unused },
		{ "lacking events", &v->lacking },
		{ "exits without kvm_exit", &v->unknown },
		{ "events in no exit", &v->unattached },
		{ "exits without room", &v->no_room },
		{ "epochs", &v->proof.epochs },
		{ "proven reports", &v->proof.reports },
	};

	if (state_get_u32(in, "ISAs", UINT32_MAX, &v->isas) < 0 ||
	    state_get(in, "vCPUs", STATE_EXITS_MAX, &v->vcpus) < 0 ||
	    state_get(in, "VMs", STATE_EXITS_MAX, &v->vms) < 0 ||
	    state_get(in, "exits", STATE_EXITS_MAX, &v->exits) < 0)
		return -1;
	return STATE_GET_FIELDS(in, fields);
}

static int get_head(struct state_in *in, struct head *h)
{
	memset(h, 0, sizeof(*h));
	if (state_get_u32(in, "keys", STATE_KEYS, &h->by) < 0 ||
	    state_get_u32(in, "flags", STATE_FLAGS, &h->flags) < 0 ||
	    state_get_u32(in, "unit", 1, &h->is_ns) < 0)
		return -1;
	if ((h->by & BY_TIME) &&
	    state_get(in, "width of buckets", UINT64_MAX, &h->width_ns) < 0)
		return -1;
	if ((h->by & BY_TIME) && !h->width_ns)
		return state_bad(in, "width of buckets: 0");
	if ((h->flags & STATE_STAMPED) && h->is_ns)
		return state_bad(in, "unit: ns, of stamps");
	if ((h->flags & STATE_EACH_PART) &&
	    (!(h->flags & STATE_STAMPED) || in->version < STATE_VERSION))
		return state_bad(in, "flags: figures of each part, where there are none");
	if (h->by & ~STATE_KEYS)
		return state_bad(in, "keys: an unknown one");
	if ((h->by & BY_VCPU) &&
	    !(h->by & (h->flags & STATE_STAMPED ? BY_VM : BY_VM | BY_THREAD)))
		return state_bad(in, "keys: vCPUs without their VMs or threads");
	if (get_recording(in, h) < 0 || get_losses(in, &h->facts.losses) < 0 ||
	    get_file(in, h) < 0)
		return -1;
	return get_counts(in, &h->facts);
}

static int get_name(struct state_in *in, struct reasons *r)
{
	char name[REASON_NAME_MAX];
	const struct reason *last;
	uint32_t isa;
	uint64_t code;

	if (state_get_u32(in, "ISA of a name", UINT32_MAX, &isa) < 0 ||
	    state_get(in, "code of a name", UINT64_MAX, &code) < 0 ||
	    state_get_text(in, "name", REASON_NAME_MAX - 1, name) < 0)
		return -1;
	if (reasons_add(r, isa, code, name) < 0)
		return -1;
	last = &r->slots[r->nr - 1];
	if (strcmp(last->name, name))
		return state_bad(in, "name: not printable ASCII");
	if (r->nr > 1 && reason_compare(last - 1, last) >= 0)
		return state_bad(in, "name: not in the order of ISAs and codes");
	return 0;
}

static int get_names(struct state_in *in, struct reasons *r)
{
	uint32_t nr;

	if (state_get_u32(in, "names", REASONS_MAX, &nr) < 0)
		return -1;
	for (; nr; nr--)
		if (get_name(in, r) < 0)
			return -1;
	return reasons_finish(r);
}

static int get_tasks(struct state_in *in, struct tasks *tasks)
{
	char name[TASK_NAME_MAX];
	struct task *task;
	uint32_t nr, id, last = 0;

	if (state_get_u32(in, "names of threads", TASKS_MAX, &nr) < 0)
		return -1;
	for (; nr; nr--, last = id) {
		if (state_get_u32(in, "thread", UINT32_MAX, &id) < 0 ||
		    state_get_text(in, "name of a thread", TASK_NAME_MAX - 1, name) < 0 ||
		    state_charge(in, 2 * sizeof(*task)) < 0)
			return -1;
		if (id <= last || !*name)
			return state_bad(in, "name of a thread: empty, or not in the order of threads");
		task = tasks_get(tasks, id);
		if (!task)
			return error("out of memory: names of threads");
		task_set_name(task, name, strlen(name));
	}
	return 0;
}

static void set_facts(struct view *v, const struct head *h)
{
	v->by = h->by;
	v->groups.width_ns = h->width_ns;
	v->unit = h->is_ns ? "ns" : "cycles";
	v->patched = h->flags & STATE_PATCHED;
	v->stamped = h->flags & STATE_STAMPED;
	v->has_span = h->flags & STATE_HAS_SPAN;
	v->lossy = h->flags & STATE_LOSSY;
	v->each_part = h->flags & STATE_EACH_PART;
	v->first_ts = h->facts.first_ts;
	v->span_ns = v->window_ns = h->facts.span_ns;
	v->times_span = h->facts.times_span;
	v->losses = h->facts.losses;
	v->isas = h->facts.isas;
	v->vcpus = h->facts.vcpus;
	v->vms = h->facts.vms;
	v->exits = h->facts.exits;
	v->before = h->facts.before;
	v->lost = h->facts.lost;
	v->unused = h->facts.unused;
	v->lacking = h->facts.lacking;
	v->detailed = h->by & (BY_RIP | BY_DETAIL | BY_LEVEL);
	v->unknown = h->facts.unknown;
	v->unattached = h->facts.unattached;
	v->no_room = h->facts.no_room;
	v->proof = h->facts.proof;
	v->proof.known = h->flags & STATE_HAS_PROOF;
	v->proof.whole = h->flags & STATE_WHOLE;
	v->complete = true;
}

static int get_view(struct state_in *in, struct head *h, struct reasons *names,
		    struct view *v)
{
	const struct view_options opt = {
		.format = VIEW_STATE, .by = h->by,
		.subject = h->flags & STATE_HAS_TIMES ? VIEW_OF_TIME :
							VIEW_OF_EXITS,
	};

	if (state_charge(in, PART_BYTES + names->nr * sizeof(*names->slots)) < 0 ||
	    view_init(v, &opt, &h->info, names) < 0)
		return -1;
	set_facts(v, h);
	if (state_get_groups(in, v) < 0)
		return -1;
	in->untold = h->flags & STATE_UNTOLD;
	if ((h->flags & STATE_HAS_TIMES) && state_get_times(in, v) < 0)
		return -1;
	if (in->untold != state_has_untold(v))
		return state_bad(in, "flags: parts of the time that nothing tells, where there are none");
	return in->pos == in->end ? 0 :
	       state_bad(in, "%td bytes more than there should be", in->end - in->pos);
}

int state_get_part(struct state_in *in)
{
	struct head *h = malloc(sizeof(*h));
	struct tasks tasks = { .list = NULL };
	struct view v = { .opt = NULL };
	struct reasons names;
	int ret;

	reasons_init(&names);
	if (!h)
		return error("out of memory: a state");
	ret = get_head(in, h);
	if (!ret)
		ret = get_names(in, &names);
	if (!ret)
		ret = get_tasks(in, &tasks);
	h->info.tasks = &tasks;
	if (!ret)
		ret = get_view(in, h, &names, &v);
	if (!ret)
		ret = state_add(in->state, &v);
	view_release(&v);
	reasons_release(&names);
	tasks_release(&tasks);
	free(h);
	return ret;
}
