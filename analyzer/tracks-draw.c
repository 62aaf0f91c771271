// SPDX-License-Identifier: GPL-2.0
/* Tracks of a timeline, and what is on them: see tracks-private.h. */
#include <inttypes.h>

#include "base/array.h"
#include "base/error.h"
#include "output/perfetto-events.h"
#include "tracks-private.h"

/* Tracks by their uuids: a kind above, a number below */
enum tracks_kind {
	TRACKS_CPUS = 1,
	TRACKS_LOST,
	TRACKS_VM,
	TRACKS_CPU,
	TRACKS_VCPU,
	TRACKS_COUNTER,
};

static uint64_t uuid_of(enum tracks_kind kind, uint32_t number)
{
	return (uint64_t)kind << 32 | number;
}

/* Names of slices by number: these, and the slots of reasons behind them */
enum tracks_name {
	NAME_GUEST,
	NAME_UNKNOWN,
	NAME_USER,
	NAME_HALTED,
	NAME_OFF_CPU,
	NAME_TRACED,
	NAMES,
};

#define REASON_MAX	(ISA_NAME_MAX + REASON_NAME_MAX)

static const char *const names[NAMES] = {
	[NAME_GUEST] = "guest", [NAME_UNKNOWN] = "unknown", [NAME_USER] = "user",
	[NAME_HALTED] = "halted", [NAME_OFF_CPU] = "off CPU",
	[NAME_TRACED] = "traced",
};

/* Time stamps */

static uint64_t shown(const struct tracks *t, uint64_t ts)
{
	unsigned __int128 ns;

	if (likely(!t->rate.mult))
		return ts > INT64_MAX ? INT64_MAX : ts;
	ns = (unsigned __int128)ts * t->rate.mult / t->rate.div;
	return ns > INT64_MAX ? INT64_MAX : (uint64_t)ns;
}

static void set_bucket(const struct tracks *t, struct tracks_vcpu *v, uint64_t bucket)
{
	v->bucket = bucket;
	if (__builtin_mul_overflow(bucket + 1, t->bucket_width, &v->bucket_end))
		v->bucket_end = UINT64_MAX;
}

/* Tracks */

/* "VM 4242 qemu-kvm" */
static void describe_vm(struct tracks *t, uint32_t vm)
{
	const struct task *task = vm ? tasks_find(source_recording(t->src)->tasks, vm) :
				       NULL;
	char name[PERFETTO_NAME_MAX], escaped[PERFETTO_NAME_MAX / 2] = "";

	if (task)
		escape_text(escaped, sizeof(escaped), task->name, strlen(task->name));
	if (vm && vm < TASK_GUEST)
		snprintf(name, sizeof(name), "VM %" PRIu32 "%s%s", vm,
			 *escaped ? " " : "", escaped);
	else
		snprintf(name, sizeof(name), "%s", *escaped ? escaped : "VMs");
	perfetto_describe(&t->out, uuid_of(TRACKS_VM, vm), 0, name, false);
}

/* Of what a counter is, by what is known of time */
static void describe_counter(struct tracks *t, uint32_t number, uint32_t vm,
			     const char *vcpu)
{
	char name[96];

	if (t->bucket_per_second)
		snprintf(name, sizeof(name), "%s: exits per second", vcpu);
	else
		snprintf(name, sizeof(name), "%s: exits per %" PRIu64 " cycles", vcpu,
			 t->bucket_width);
	perfetto_describe(&t->out, uuid_of(TRACKS_COUNTER, number),
			  uuid_of(TRACKS_VM, vm), name, true);
}

/* Return -1 if memory is short. */
static int begin_track(struct tracks *t, struct perfetto_track *track,
		       unsigned int nr_names, uint64_t ts)
{
	/* The first one is that of all others. */
	if (perfetto_begin(&t->out, track, ++t->sequences + 1, nr_names, shown(t, ts)) == 0)
		return 0;
	return error("out of memory: tracks");
}

struct tracks_vcpu *tracks_new_vcpu(struct tracks *t, uint32_t vm, uint32_t vcpu,
				    const char *name, uint64_t ts)
{
	const uint32_t number = t->nr_vcpus;
	struct tracks_vcpu *v;

	if (array_room(t->vcpus, t->nr_vcpus, t->allocated, "vCPUs") < 0)
		return NULL;
	v = &t->vcpus[t->nr_vcpus++];
	*v = (struct tracks_vcpu){ .track.uuid = uuid_of(TRACKS_VCPU, number),
				   .vm = vm, .vcpu = vcpu };
	set_bucket(t, v, ts / t->bucket_width);
	describe_vm(t, vm);
	perfetto_describe(&t->out, v->track.uuid, uuid_of(TRACKS_VM, vm), name, false);
	describe_counter(t, number, vm, name);
	return begin_track(t, &v->track, NAMES + t->p->reasons.nr, ts) < 0 ? NULL : v;
}

/* Slices of vCPUs */

static void slice_named(struct tracks *t, struct tracks_vcpu *v, uint64_t ts,
			enum tracks_name name)
{
	perfetto_slice(&t->out, &v->track, shown(t, ts), name, names[name], NULL);
}

void tracks_end_slice(struct tracks *t, struct tracks_vcpu *v, uint64_t ts)
{
	perfetto_slice_end(&t->out, &v->track, shown(t, ts));
}

static void leave_guest(struct tracks *t, struct tracks_vcpu *v)
{
	if (v->in_guest)
		tracks_end_slice(t, v, v->guest_to);
	v->in_guest = false;
}

/* What comes at @ts is inside the guest's slice only if that goes on until then. */
static void leave_guest_before(struct tracks *t, struct tracks_vcpu *v, uint64_t ts)
{
	if (v->guest_to != ts)
		leave_guest(t, v);
}

void tracks_begin_before(struct tracks *t, struct tracks_vcpu *v)
{
	const struct span s = v->before;

	v->before = (struct span){ 0, 0 };
	if (s.from == s.to || !t->slices)
		return;
	leave_guest_before(t, v, s.from);
	if (v->before_unknown) {
		leave_guest(t, v);
		slice_named(t, v, s.from, NAME_UNKNOWN);
		tracks_end_slice(t, v, s.to);
		return;
	}
	if (!v->in_guest)
		slice_named(t, v, s.from, NAME_GUEST);
	v->in_guest = true;
	v->guest_to = s.to;
}

static NOINLINE void draw_part(struct tracks *t, struct tracks_vcpu *v, uint64_t *ts,
			       uint64_t cycles, enum tracks_name name)
{
	if (!cycles)
		return;
	slice_named(t, v, *ts, name);
	*ts += cycles;
	tracks_end_slice(t, v, *ts);
}

static void name_reason(const struct tracks *t, uint32_t isa, uint64_t code,
			char name[REASON_MAX])
{
	const struct reason *r = reasons_named(&t->p->reasons, isa, code);
	char buf[ISA_NAME_MAX];

	if (r)
		snprintf(name, REASON_MAX, "%s %s", isa_name(buf, isa), r->name);
	else
		snprintf(name, REASON_MAX, "%s 0x%" PRIx64, isa_name(buf, isa),
			 code);
}

/* Only what has a name in reports has a number, and its name is told once. */
ALWAYS_INLINE unsigned int number_of(const struct tracks *t, uint32_t isa, uint64_t code)
{
	const struct reasons *reasons = &t->p->reasons;
	unsigned int slot;

	if (unlikely(!isa_valid(isa)))
		return PERFETTO_NO_NUMBER;
	slot = reasons_slot(reasons, isa, code);
	return reasons->slots[slot].other ? PERFETTO_NO_NUMBER : NAMES + slot;
}

void tracks_begin_exit(struct tracks *t, struct tracks_vcpu *v, uint64_t ts,
		       uint32_t isa, uint64_t code, const struct perfetto_args *args)
{
	const unsigned int number = number_of(t, isa, code);
	char name[REASON_MAX];

	if (unlikely(!perfetto_has_name(&v->track, number)))
		name_reason(t, isa, code, name);
	perfetto_slice(&t->out, &v->track, shown(t, ts), number, name, args);
}

/* Names that are not told yet are: slowly. */
static NOINLINE void draw_parts(struct tracks *t, struct tracks_vcpu *v, uint64_t ts,
				const struct tracks_parts *parts)
{
	draw_part(t, v, &ts, parts->user, NAME_USER);
	draw_part(t, v, &ts, parts->halted, NAME_HALTED);
	draw_part(t, v, &ts, parts->off_cpu, NAME_OFF_CPU);
	draw_part(t, v, &ts, parts->traced, NAME_TRACED);
	tracks_end_slice(t, v, parts->to);
}

ALWAYS_INLINE void put_part(const struct tracks *t, struct perfetto_writer *w,
			    struct tracks_vcpu *v, uint64_t *ts, uint64_t cycles,
			    enum tracks_name name)
{
	if (!cycles)
		return;
	perfetto_put_begin(w, &v->track, shown(t, *ts), name, NULL);
	*ts += cycles;
	perfetto_put_end(w, &v->track, shown(t, *ts));
}

#define PARTS_NAMES	(1u << NAME_USER | 1u << NAME_HALTED | 1u << NAME_OFF_CPU)

/* Were the names of all parts told? */
ALWAYS_INLINE bool knows_parts(const struct tracks_vcpu *v,
			       const struct tracks_parts *parts)
{
	const uint64_t names = (parts->traced ? 1u << NAME_TRACED : 0) |
			       (parts->user | parts->halted | parts->off_cpu ?
				PARTS_NAMES : 0);

	return (names & ~*v->track.named) == 0;
}

/* The slice of the exit, with all that is in it */
ALWAYS_INLINE void draw_whole(struct tracks *t, struct tracks_vcpu *v,
			      const struct tracks_parts *parts, uint64_t ts,
			      uint32_t isa, uint64_t code,
			      const struct perfetto_args *args)
{
	const unsigned int number = number_of(t, isa, code);
	struct perfetto_writer w;

	if (unlikely(!knows_parts(v, parts) || !perfetto_has_name(&v->track, number))) {
		tracks_begin_exit(t, v, parts->from, isa, code, args);
		draw_parts(t, v, ts, parts);
		return;
	}
	w = perfetto_write(&t->out);
	perfetto_put_begin(&w, &v->track, shown(t, parts->from), number, args);
	if (unlikely(parts->user | parts->halted | parts->off_cpu)) {
		put_part(t, &w, v, &ts, parts->user, NAME_USER);
		put_part(t, &w, v, &ts, parts->halted, NAME_HALTED);
		put_part(t, &w, v, &ts, parts->off_cpu, NAME_OFF_CPU);
	}
	put_part(t, &w, v, &ts, parts->traced, NAME_TRACED);
	perfetto_put_end(&w, &v->track, shown(t, parts->to));
	perfetto_wrote(&t->out, &w);
}

void tracks_draw_exit(struct tracks *t, struct tracks_vcpu *v,
		      const struct tracks_parts *parts, uint32_t isa, uint64_t code,
		      const struct perfetto_args *args)
{
	const uint64_t ts = parts->to - parts->user - parts->halted - parts->off_cpu -
			    parts->traced;

	leave_guest_before(t, v, parts->from);
	draw_whole(t, v, parts, ts, isa, code, args);
	if (v->in_guest)
		v->guest_to = parts->to;
}

/* Counters */

static void put_count(struct tracks *t, const struct tracks_vcpu *v, uint64_t bucket,
		      uint64_t exits)
{
	perfetto_count(&t->out, uuid_of(TRACKS_COUNTER, v - t->vcpus),
		       shown(t, bucket * t->bucket_width),
		       exits * (t->bucket_per_second ? t->bucket_per_second : 1));
}

static void end_bucket(struct tracks *t, struct tracks_vcpu *v, uint64_t next)
{
	put_count(t, v, v->bucket, v->exits);
	if (next > v->bucket + 1)
		put_count(t, v, v->bucket + 1, 0);
	set_bucket(t, v, next);
	v->exits = 0;
}

void tracks_next_bucket(struct tracks *t, struct tracks_vcpu *v, uint64_t ts)
{
	const uint64_t bucket = ts / t->bucket_width;

	if (bucket > v->bucket)
		end_bucket(t, v, bucket);
}

/* CPUs */

/* Slices there have the names of vCPUs, the first of which have numbers. */
#define NUMBERED_VCPUS	1024u

static int begin_cpu(struct tracks *t, unsigned int index, uint64_t ts)
{
	struct perfetto_track *track = &t->cpus[index].track;

	if (likely(track->sequence))
		return 0;
	track->uuid = uuid_of(TRACKS_CPU, index);
	return begin_track(t, track, NUMBERED_VCPUS, ts);
}

static void end_on_cpu(struct tracks *t, unsigned int index)
{
	struct tracks_cpu *cpu = &t->cpus[index];
	const struct tracks_vcpu *v = &t->vcpus[cpu->vcpu];
	unsigned int number = cpu->vcpu < NUMBERED_VCPUS ? cpu->vcpu :
							   PERFETTO_NO_NUMBER;
	struct perfetto_writer w;
	char name[64];

	if (cpu->vcpu == TRACKS_NONE)
		return;
	cpu->vcpu = TRACKS_NONE;
	if (likely(perfetto_has_name(&cpu->track, number))) {
		w = perfetto_write(&t->out);
		perfetto_put_begin(&w, &cpu->track, shown(t, cpu->on.from), number, NULL);
		perfetto_put_end(&w, &cpu->track, shown(t, cpu->on.to));
		perfetto_wrote(&t->out, &w);
		return;
	}
	snprintf(name, sizeof(name), "VM %" PRIu32 " vCPU %" PRIu32, v->vm, v->vcpu);
	perfetto_slice(&t->out, &cpu->track, shown(t, cpu->on.from), number, name, NULL);
	perfetto_slice_end(&t->out, &cpu->track, shown(t, cpu->on.to));
}

int tracks_come_to_cpu(struct tracks *t, unsigned int index, uint32_t vcpu,
		       struct span on)
{
	struct tracks_cpu *cpu = &t->cpus[index];

	end_on_cpu(t, index);
	cpu->vcpu = vcpu;
	cpu->on = on;
	return begin_cpu(t, index, on.from);
}

void tracks_describe_cpus(struct tracks *t)
{
	const struct recording *info = source_recording(t->src);
	char name[32];
	unsigned int i;

	perfetto_describe(&t->out, uuid_of(TRACKS_CPUS, 0), 0, "Host CPUs", false);
	for (i = 0; i < info->nr_cpus; i++) {
		snprintf(name, sizeof(name), "CPU %" PRIu32, info->cpus[i].cpu);
		perfetto_describe(&t->out, uuid_of(TRACKS_CPU, i),
				  uuid_of(TRACKS_CPUS, 0), name, false);
	}
}

/* Lost events */

void tracks_draw_lost(struct tracks *t)
{
	const uint64_t to = t->lost.to < t->last ? t->lost.to : t->last;

	if (!t->lost.to)
		return;
	perfetto_describe(&t->out, uuid_of(TRACKS_LOST, 0), 0, "Lost events", false);
	perfetto_span(&t->out, uuid_of(TRACKS_LOST, 0), shown(t, t->lost.from),
		      shown(t, to > t->lost.from ? to : t->lost.from), "lost");
	t->lost.to = 0;
}

/* All of them */

/* All was read: what is still open ends. */
void tracks_end(struct tracks *t)
{
	struct tracks_vcpu *v;
	size_t i;

	for (i = 0; i < t->nr_vcpus; i++) {
		v = &t->vcpus[i];
		if (v->taken)
			tracks_draw_before(t, v);
		leave_guest(t, v);
		end_bucket(t, v, v->bucket + 2);
	}
	for (i = 0; t->cpus && i < source_recording(t->src)->nr_cpus; i++)
		end_on_cpu(t, i);
	tracks_draw_lost(t);
}

