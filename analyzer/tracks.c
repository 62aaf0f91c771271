// SPDX-License-Identifier: GPL-2.0
/* A timeline of a recording: see tracks-private.h. */
#include <inttypes.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/output.h"
#include "base/vcpus.h"
#include "event/clock.h"
#include "exits.h"
#include "tracks-private.h"

/* Without stamps */

/* "vCPU 0, thread 199 vmm" */
static void name_thread(const struct kvx_exit *e, char *name, size_t size)
{
	char escaped[PERFETTO_NAME_MAX / 2] = "", vcpu[32] = "";

	if (e->thread_name)
		escape_text(escaped, sizeof(escaped), e->thread_name,
			    strlen(e->thread_name));
	if (e->known & KVX_HAS_VCPU)
		snprintf(vcpu, sizeof(vcpu), "vCPU %" PRIu32 ", ", e->vcpu);
	snprintf(name, size, "%sthread %" PRIu32 "%s%s", vcpu, e->thread,
		 *escaped ? " " : "", escaped);
}

/* The thread's, from its first exit on; NULL only if memory is short, or it is too many. */
static struct tracks_vcpu *find_thread(struct tracks *t, const struct kvx_exit *e)
{
	uint64_t hash = hash_one(e->thread), at = hash;
	char name[PERFETTO_NAME_MAX];
	uint32_t i;

	while (table_next(&t->table, &at, &i))
		if (t->vcpus[i].vcpu == e->thread)
			return &t->vcpus[i];
	if (t->nr_vcpus == VCPUS_MAX) {
		error("too many vCPUs: the recording has more than %u", VCPUS_MAX);
		return NULL;
	}
	if (table_add(&t->table, hash, t->nr_vcpus, "threads") < 0)
		return NULL;
	name_thread(e, name, sizeof(name));
	return tracks_new_vcpu(t, e->known & KVX_HAS_VM ? e->vm : 0, e->thread, name,
			e->ts - e->length);
}

static int draw_trip(void *user, const struct kvx_exit *e)
{
	struct tracks *t = user;
	struct tracks_vcpu *v = find_thread(t, e);
	const struct perfetto_args args = {
		.cycles = e->length, .rip = e->rip, .detail = e->detail,
		.has_rip = e->known & KVX_HAS_RIP,
	};

	if (!v)
		return -1;
	tracks_count_exit(t, v, e->ts);
	if (t->slices) {
		tracks_begin_exit(t, v, e->ts - e->length, e->isa, e->code,
			   t->args ? &args : NULL);
		tracks_end_slice(t, v, e->ts);
	}
	return t->out.failed ? -1 : 0;
}

static int draw_trips(struct tracks *t)
{
	const struct exits_request request = { .opt = t->opt, .fn = draw_trip,
					       .user = t };

	return exits_read(&request, t->recorded);
}

/* What time stamps are, and how they are shown.  Return -1 after an error: usage. */
static int choose_unit(struct tracks *t, bool stamped)
{
	const struct recording *info = source_recording(t->src);
	const struct clock *clock = clock_of(info);
	const bool cycles = stamped || !clock || !clock->unit ||
			    !strcmp(clock->unit, "cycles");
	const enum unit_wanted wanted = t->opt->view.unit;
	struct clock_rate rate;

	t->out.unit = cycles ? "cycles" : "ns";
	if (wanted == UNIT_WANTED_CYCLES && !cycles)
		return error("--unit=cycles: time stamps are in ns: %s", info->path);
	if (wanted == UNIT_WANTED_NS && cycles) {
		if (!clock_tsc_rate(info, &t->rate))
			return error("--unit=ns: nothing says how fast the TSC is: %s: see --tsc-khz",
				     info->path);
	}
	t->bucket_width = 10000000;
	t->bucket_per_second = 100;
	if (!cycles || (clock_tsc_rate(info, &rate) &&
			clock_ns_to_cycles(info, 10000000, &t->bucket_width) &&
			t->bucket_width))
		return 0;
	t->bucket_width = 1u << 24;
	t->bucket_per_second = 0;
	return 0;
}

static int draw_all(struct tracks *t)
{
	/* What is missing has to be known before it is drawn. */
	const int found = t->p->stamped ?
		exits_scan(t->src, t->p, source_may_lack(t->src), t->opt->threads) : 0;
	int status;

	if (found < 0)
		return STATUS_FAILED;
	if (choose_unit(t, found) < 0)
		return STATUS_USAGE;
	status = found ? tracks_draw_stamped(t) : draw_trips(t);
	if (status == STATUS_FAILED || status == STATUS_USAGE)
		return status;
	tracks_end(t);
	return perfetto_end(&t->out) < 0 || output_flush(t->opt->out) < 0 ?
	       STATUS_FAILED : status;
}

static void release(struct tracks *t)
{
	size_t i;

	for (i = 0; i < t->nr_vcpus; i++)
		perfetto_track_release(&t->vcpus[i].track);
	for (i = 0; t->cpus && i < source_recording(t->src)->nr_cpus; i++)
		perfetto_track_release(&t->cpus[i].track);
	free(t->vcpus);
	free(t->cpus);
	table_release(&t->table);
	timeline_release(&t->timeline);
	epochs_release(&t->epochs);
	filter_release(&t->filter);
	perfetto_release(&t->out);
}

int analyze_tracks(const struct options *opt, const struct recorded *r)
{
	const struct filter_options *f = &opt->view.filter;
	struct tracks *t = calloc(1, sizeof(*t));
	int status = STATUS_FAILED;

	if (!t)
		return error("out of memory: tracks"), STATUS_FAILED;
	t->opt = opt;
	t->recorded = r;
	t->src = r->src;
	t->p = r->p;
	t->slices = !(opt->view.by & BY_TIME);
	t->args = opt->view.by & (BY_RIP | BY_DETAIL);
	t->all_vcpu_time = !f->nr_reasons && !f->cpus.nr && !f->from.given &&
			   !f->to.given && !f->has_longer_than;
	if (perfetto_init(&t->out, opt->out, opt->threads) < 0)
		error("out of memory: tracks");
	else if (filter_init(&t->filter, f, &r->p->reasons,
			     source_recording(r->src)) < 0)
		status = STATUS_USAGE;
	else
		status = draw_all(t);
	release(t);
	free(t);
	return status;
}
