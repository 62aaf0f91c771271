// SPDX-License-Identifier: GPL-2.0
/*
 * File -> state: docs/state.md says what each number is.  Whatever is accepted is
 * in the one form that state-save.c writes.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/decimal.h"
#include "base/error.h"
#include "base/varint.h"
#include "result/state-private.h"

/* What is read at a time: no more is allocated than the file has, and this. */
#define PIECE	(1u << 20)

/* What a part takes without names and figures, about */
#define PART_BYTES	(16u << 10)

/* A part, in memory */
struct in {
	const char *path;
	const uint8_t *start, *pos, *end;
	uint64_t offset;		/* of @start in the file */
	unsigned int version;
	bool untold;			/* its times say which parts are known */
	struct state *state;
};

static int bad(const struct in *in, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static int bad(const struct in *in, const char *fmt, ...)
{
	char what[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return error("bad state: %s: at 0x%" PRIx64 ": %s", in->path,
		     in->offset + (uint64_t)(in->pos - in->start), what);
}

static int get_wide(struct in *in, const char *what, u128 max, u128 *v)
{
	char found[DECIMAL_U128_MAX], allowed[DECIMAL_U128_MAX];

	if (!varint_get(&in->pos, in->end, v))
		return bad(in, "%s: not a number, or not in its shortest form",
			   what);
	if (*v <= max)
		return 0;
	return bad(in, "%s: %s exceeds %s", what, decimal_u128(found, *v),
		   decimal_u128(allowed, max));
}

static int get(struct in *in, const char *what, uint64_t max, uint64_t *v)
{
	u128 wide;

	if (get_wide(in, what, max, &wide) < 0)
		return -1;
	*v = wide;
	return 0;
}

static int get_u32(struct in *in, const char *what, uint32_t max, uint32_t *v)
{
	uint64_t wide;

	if (get(in, what, max, &wide) < 0)
		return -1;
	*v = wide;
	return 0;
}

/* @text has room for @max bytes and a NUL. */
static int get_text(struct in *in, const char *what, size_t max, char *text)
{
	uint64_t len;

	if (get(in, what, max, &len) < 0)
		return -1;
	if (len > (uint64_t)(in->end - in->pos))
		return bad(in, "%s: %" PRIu64 " bytes exceed %td", what, len,
			   in->end - in->pos);
	if (memchr(in->pos, 0, len))
		return bad(in, "%s: a NUL in a text", what);
	memcpy(text, in->pos, len);
	text[len] = '\0';
	in->pos += len;
	return 0;
}

/* Any number of 64 bits, into each of @to */
struct field {
	const char *what;
	uint64_t *to;
};

static int get_fields(struct in *in, const struct field *fields, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (get(in, fields[i].what, UINT64_MAX, fields[i].to) < 0)
			return -1;
	return 0;
}

#define GET_FIELDS(in, fields) \
	get_fields(in, fields, sizeof(fields) / sizeof((fields)[0]))

/* All before the names, as it is in the file */
struct head {
	uint32_t by, flags, is_ns;
	uint64_t width_ns;		/* of buckets of time; 0: not by time */
	char path[STATE_PATH_MAX + 1], clock[STATE_CLOCK_MAX + 1];
	char host[RECORDING_HOST_MAX + 1];
	struct recording info;
	struct view facts;		/* plain numbers of it */
};

static int get_recording(struct in *in, struct head *h)
{
	struct recording *info = &h->info;
	const struct field fields[] = {
		{ "first time stamp", &h->facts.first_ts },
		{ "span", &h->facts.span_ns },
		{ "span of times", &h->facts.times_span },
	};
	const struct field sizes[] = {
		{ "bytes of events", &info->data_bytes },
		{ "missing bytes", &info->missing_bytes },
		{ "dropped events", &info->dropped_events },
	};

	if (get_text(in, "path", STATE_PATH_MAX, h->path) < 0)
		return -1;
	if ((h->flags & STATE_HAS_CLOCK) &&
	    get_text(in, "trace clock", STATE_CLOCK_MAX, h->clock) < 0)
		return -1;
	info->path = h->path;
	info->clock = h->flags & STATE_HAS_CLOCK ? h->clock : NULL;
	if (get_u32(in, "rate of the TSC", UINT32_MAX, &info->tsc2nsec_mult) < 0 ||
	    get_u32(in, "shift of the rate", info->tsc2nsec_mult ? 63 : 0,
		    &info->tsc2nsec_shift) < 0 ||
	    get_u32(in, "kHz of the TSC", UINT32_MAX, &info->tsc_khz) < 0 ||
	    GET_FIELDS(in, fields) < 0 ||
	    get_u32(in, "CPUs", UINT32_MAX, &info->nr_cpus) < 0 ||
	    GET_FIELDS(in, sizes) < 0)
		return -1;
	info->has_tsc2nsec = info->tsc2nsec_mult;
	if (h->facts.span_ns && !(h->flags & STATE_HAS_SPAN))
		return bad(in, "span: %" PRIu64 ", where none is known",
			   h->facts.span_ns);
	return 0;
}

static int get_file(struct in *in, struct head *h)
{
	struct recording *info = &h->info;
	const struct field fields[] = {
		{ "time of the recording", &info->written },
		{ "bytes of the recording", &info->file_bytes },
	};

	if (!(h->flags & STATE_HAS_FILE))
		return 0;
	if (get_text(in, "host", RECORDING_HOST_MAX, h->host) < 0 ||
	    GET_FIELDS(in, fields) < 0)
		return -1;
	info->host = h->host;
	return 0;
}

static int get_losses(struct in *in, struct losses *l)
{
	const struct field fields[] = {
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

	return GET_FIELDS(in, fields);
}

static int get_counts(struct in *in, struct view *v)
{
	const struct field fields[] = {
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

	if (get_u32(in, "ISAs", UINT32_MAX, &v->isas) < 0 ||
	    get(in, "vCPUs", STATE_EXITS_MAX, &v->vcpus) < 0 ||
	    get(in, "VMs", STATE_EXITS_MAX, &v->vms) < 0 ||
	    get(in, "exits", STATE_EXITS_MAX, &v->exits) < 0)
		return -1;
	return GET_FIELDS(in, fields);
}

static int get_head(struct in *in, struct head *h)
{
	memset(h, 0, sizeof(*h));
	if (get_u32(in, "keys", STATE_KEYS, &h->by) < 0 ||
	    get_u32(in, "flags", STATE_FLAGS, &h->flags) < 0 ||
	    get_u32(in, "unit", 1, &h->is_ns) < 0)
		return -1;
	if ((h->by & BY_TIME) &&
	    get(in, "width of buckets", UINT64_MAX, &h->width_ns) < 0)
		return -1;
	if ((h->by & BY_TIME) && !h->width_ns)
		return bad(in, "width of buckets: 0");
	if ((h->flags & STATE_STAMPED) && h->is_ns)
		return bad(in, "unit: ns, of stamps");
	if ((h->flags & STATE_EACH_PART) &&
	    (!(h->flags & STATE_STAMPED) || in->version < STATE_VERSION))
		return bad(in, "flags: figures of each part, where there are none");
	if (h->by & ~STATE_KEYS)
		return bad(in, "keys: an unknown one");
	if ((h->by & BY_VCPU) &&
	    !(h->by & (h->flags & STATE_STAMPED ? BY_VM : BY_VM | BY_THREAD)))
		return bad(in, "keys: vCPUs without their VMs or threads");
	if (get_recording(in, h) < 0 || get_losses(in, &h->facts.losses) < 0 ||
	    get_file(in, h) < 0)
		return -1;
	return get_counts(in, &h->facts);
}

static int get_name(struct in *in, struct reasons *r)
{
	char name[REASON_NAME_MAX];
	const struct reason *last;
	uint32_t isa;
	uint64_t code;

	if (get_u32(in, "ISA of a name", UINT32_MAX, &isa) < 0 ||
	    get(in, "code of a name", UINT64_MAX, &code) < 0 ||
	    get_text(in, "name", REASON_NAME_MAX - 1, name) < 0)
		return -1;
	if (reasons_add(r, isa, code, name) < 0)
		return -1;
	last = &r->slots[r->nr - 1];
	if (strcmp(last->name, name))
		return bad(in, "name: not printable ASCII");
	if (r->nr > 1 && reason_compare(last - 1, last) >= 0)
		return bad(in, "name: not in the order of ISAs and codes");
	return 0;
}

static int get_names(struct in *in, struct reasons *r)
{
	uint32_t nr;

	if (get_u32(in, "names", REASONS_MAX, &nr) < 0)
		return -1;
	for (; nr; nr--)
		if (get_name(in, r) < 0)
			return -1;
	return reasons_finish(r);
}

/* Count what is allocated. */
static int charge(struct in *in, size_t bytes)
{
	in->state->bytes += bytes;
	if (in->state->bytes <= STATE_BYTES_MAX)
		return 0;
	return bad(in, "more figures than %llu MiB have room for: save them by fewer keys",
		   STATE_BYTES_MAX >> 20);
}

static int get_tasks(struct in *in, struct tasks *tasks)
{
	char name[TASK_NAME_MAX];
	struct task *task;
	uint32_t nr, id, last = 0;

	if (get_u32(in, "names of threads", TASKS_MAX, &nr) < 0)
		return -1;
	for (; nr; nr--, last = id) {
		if (get_u32(in, "thread", UINT32_MAX, &id) < 0 ||
		    get_text(in, "name of a thread", TASK_NAME_MAX - 1, name) < 0 ||
		    charge(in, 2 * sizeof(*task)) < 0)
			return -1;
		if (id <= last || !*name)
			return bad(in, "name of a thread: empty, or not in the order of threads");
		task = tasks_get(tasks, id);
		if (!task)
			return error("out of memory: names of threads");
		task_set_name(task, name, strlen(name));
	}
	return 0;
}

static int get_detail(struct in *in, struct detail *d)
{
	uint32_t kind, op, flags;

	if (get_u32(in, "kind of detail", DETAIL_KINDS - 1, &kind) < 0 ||
	    get(in, "detail", UINT64_MAX, &d->value) < 0 ||
	    get_u32(in, "direction", DETAIL_OPS - 1, &op) < 0 ||
	    get_u32(in, "size", UINT32_MAX, &d->size) < 0 ||
	    get(in, "error code", UINT64_MAX, &d->error) < 0 ||
	    get_u32(in, "flags of an exit", UINT16_MAX, &flags) < 0)
		return -1;
	d->kind = kind;
	d->op = op;
	d->flags = flags;
	return 0;
}

static int get_rip(struct in *in, struct group_key *k)
{
	if (get_u32(in, "kind of rip", RIP_OTHER, &k->rip_is) < 0)
		return -1;
	if (k->rip_is == RIP_NONE)
		return bad(in, "kind of rip: none");
	return get(in, "rip", UINT64_MAX, &k->rip);
}

/* @prev: the key before, if @any, which this one has to be behind */
static int get_key(struct in *in, const struct view *v, unsigned int by,
		   struct group_key *k, const struct group_key *prev, bool any)
{
	memset(k, 0, sizeof(*k));
	/* Its end is a time, too. */
	if ((by & BY_TIME) && get(in, "bucket of time",
				  UINT64_MAX / v->groups.width_ns - 1, &k->ts) < 0)
		return -1;
	if ((by & BY_VM) && get_u32(in, "VM", UINT32_MAX, &k->vm) < 0)
		return -1;
	if ((by & BY_VCPU) && get_u32(in, "vCPU", UINT32_MAX, &k->vcpu) < 0)
		return -1;
	if ((by & BY_THREAD) &&
	    get_u32(in, "thread", UINT32_MAX, &k->thread) < 0)
		return -1;
	if ((by & BY_CPU) && get_u32(in, "CPU", UINT32_MAX, &k->cpu) < 0)
		return -1;
	if ((by & BY_REASON) && (get_u32(in, "ISA", UINT32_MAX, &k->isa) < 0 ||
				 get(in, "code", UINT64_MAX, &k->code) < 0))
		return -1;
	if ((by & BY_RIP) && get_rip(in, k) < 0)
		return -1;
	if ((by & BY_DETAIL) && get_detail(in, &k->detail) < 0)
		return -1;
	if (any && group_key_compare(prev, k) >= 0)
		return bad(in, "group: not in the order of keys");
	return 0;
}

static int get_bucket(struct in *in, struct histogram *h, uint64_t *next,
		      uint64_t *left)
{
	uint64_t skip, count, bucket;
	unsigned int block;
	int place;

	if (get(in, "bucket", HISTOGRAM_BLOCKS * HISTOGRAM_BUCKETS - 1 - *next,
		&skip) < 0 || get(in, "exits of a bucket", *left, &count) < 0)
		return -1;
	if (!count)
		return bad(in, "exits of a bucket: 0");
	bucket = *next + skip;
	block = bucket / HISTOGRAM_BUCKETS;
	place = h->place[block];
	if (!place) {
		if (charge(in, HISTOGRAM_BUCKETS * sizeof(*h->counts)) < 0)
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
static int get_histogram(struct in *in, struct histogram *h, uint64_t left,
			 uint64_t min, uint64_t max)
{
	uint64_t next = 0, nr, i;

	if (get(in, "buckets", HISTOGRAM_BLOCKS * HISTOGRAM_BUCKETS, &nr) < 0)
		return -1;
	for (i = 0; i < nr; i++) {
		if (next == HISTOGRAM_BLOCKS * HISTOGRAM_BUCKETS)
			return bad(in, "bucket: behind the last one");
		if (get_bucket(in, h, &next, &left) < 0)
			return -1;
		if (!i && next - 1 != bucket_of(min))
			return bad(in, "bucket: the first one is not that of the minimum");
	}
	if (left)
		return bad(in, "buckets: %" PRIu64 " exits are in none", left);
	if (next - 1 != bucket_of(max))
		return bad(in, "bucket: the last one is not that of the maximum");
	return 0;
}

static int get_range(struct in *in, uint64_t *min, uint64_t *max)
{
	uint64_t range;

	if (get(in, "minimum", UINT64_MAX, min) < 0 ||
	    get(in, "range", UINT64_MAX - *min, &range) < 0)
		return -1;
	*max = *min + range;
	return 0;
}

static int get_squares(struct in *in, struct sumsq *squares)
{
	return get_wide(in, "squares", ~(u128)0, &squares->low) < 0 ? -1 :
	       get(in, "high squares", UINT64_MAX, &squares->high);
}

/* A sum that says what a part was says how long all exits were of it. */
static int check_part(struct in *in, const struct group_part *p,
		      const struct stats_cell *c, enum stats_of of)
{
	const u128 sum = stats_sum_of(c, of);
	const uint64_t n = stats_timed(c);

	/* So long that it was cut: no sum says how much of it. */
	if (of == STATS_OF_TOTAL && p->max == UINT64_MAX)
		return 0;
	if (sum < (u128)n * p->min || sum > (u128)n * p->max)
		return bad(in, "%s: not a sum of exits from the minimum to the maximum",
			   stats_of_name(of));
	if (!sumsq_possible(&p->squares, n, sum, p->max))
		return bad(in, "squares of %s: not of exits that have this sum and maximum",
			   stats_of_name(of));
	return 0;
}

static int get_one_part(struct in *in, struct group *g, unsigned int i)
{
	struct group_part *p = &g->parts[i];
	const struct stats_cell *c = &g->cell;

	if (!state_has_part(c, GROUP_PART_OF(i))) {
		if (charge(in, HISTOGRAM_BUCKETS * sizeof(*p->histogram.counts)) < 0)
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
static int get_parts(struct in *in, struct group *g)
{
	unsigned int i;

	if (!state_has_part(&g->cell, STATS_OF_TOTAL))
		return 0;
	if (charge(in, GROUP_PARTS * sizeof(*g->parts)) < 0)
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
static int get_lengths(struct in *in, struct group *g, bool each_part)
{
	struct stats_cell *c = &g->cell;
	uint64_t timed = stats_timed(c);

	if (get_range(in, &c->min, &c->max) < 0)
		return -1;
	if (get_wide(in, "cycles", (u128)timed * c->max, &c->cycles) < 0)
		return -1;
	if (c->cycles < (u128)timed * c->min)
		return bad(in, "cycles: less than as often the minimum");
	if (get_squares(in, &g->squares) < 0)
		return -1;
	if (!sumsq_possible(&g->squares, timed, c->cycles, c->max))
		return bad(in, "squares: not of exits that have this sum and maximum");
	if (get_histogram(in, &g->histogram, timed, c->min, c->max) < 0)
		return -1;
	return each_part ? get_parts(in, g) : 0;
}

static int get_figures(struct in *in, struct group *g, uint64_t max_exits,
		       bool each_part)
{
	struct stats_cell *c = &g->cell;
	u128 most;

	if (get(in, "exits of a group", max_exits, &c->exits) < 0)
		return -1;
	if (!c->exits)
		return bad(in, "exits of a group: 0");
	most = (u128)c->exits * UINT64_MAX;
	if (get(in, "exits without a length", c->exits, &c->untimed) < 0 ||
	    get(in, "backwards", c->exits, &c->backwards) < 0 ||
	    get_wide(in, "user", most, &c->user) < 0 ||
	    get_wide(in, "halted", most, &c->halted) < 0 ||
	    get_wide(in, "off_cpu", most, &c->off_cpu) < 0)
		return -1;
	if (stats_timed(c))
		return get_lengths(in, g, each_part);
	c->min = UINT64_MAX;
	c->max = 0;
	return 0;
}

static int get_groups(struct in *in, struct view *v)
{
	uint64_t left = STATE_EXITS_MAX;
	struct group_key key, prev;
	struct group *g;
	uint32_t nr, i;

	if (get_u32(in, "groups", GROUPS_MAX, &nr) < 0)
		return -1;
	for (i = 0; i < nr; i++, prev = key) {
		if (get_key(in, v, v->by, &key, &prev, i) < 0 ||
		    charge(in, 2 * sizeof(*g)) < 0)
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

static int get_time(struct in *in, struct view *v, const struct group_key *key)
{
	struct times times = { .known = TIMES_ALL };
	struct group *g;
	unsigned int i;

	if (in->untold && get_u32(in, "known parts of the time", TIMES_ALL, &times.known) < 0)
		return -1;
	for (i = 0; i < TIMES_PARTS; i++) {
		if (get_wide(in, "part of the time",
			     times.known & 1u << i ? TIME_MAX : 0,
			     &times.part[i]) < 0)
			return -1;
		times.span += times.part[i];
	}
	if (charge(in, 2 * sizeof(*g) + sizeof(times)) < 0)
		return -1;
	g = groups_get(&v->groups, key);
	if (!g)
		return bad(in, "more than %u groups", GROUPS_MAX);
	return group_add_times(g, &times);
}

static int get_times(struct in *in, struct view *v)
{
	struct group_key key, prev;
	uint32_t nr, i;

	if (get_u32(in, "vCPUs with times", GROUPS_MAX, &nr) < 0)
		return -1;
	for (i = 0; i < nr; i++, prev = key)
		if (get_key(in, v, v->by & (BY_VM | BY_VCPU | BY_THREAD), &key,
			    &prev, i) < 0 ||
		    get_time(in, v, &key) < 0)
			return -1;
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
	v->detailed = h->by & (BY_RIP | BY_DETAIL);
	v->unknown = h->facts.unknown;
	v->unattached = h->facts.unattached;
	v->no_room = h->facts.no_room;
	v->proof = h->facts.proof;
	v->proof.known = h->flags & STATE_HAS_PROOF;
	v->proof.whole = h->flags & STATE_WHOLE;
	v->complete = true;
}

static int get_view(struct in *in, struct head *h, struct reasons *names,
		    struct view *v)
{
	const struct view_options opt = {
		.format = VIEW_STATE, .by = h->by,
		.subject = h->flags & STATE_HAS_TIMES ? VIEW_OF_TIME :
							VIEW_OF_EXITS,
	};

	if (charge(in, PART_BYTES + names->nr * sizeof(*names->slots)) < 0 ||
	    view_init(v, &opt, &h->info, names) < 0)
		return -1;
	set_facts(v, h);
	if (get_groups(in, v) < 0)
		return -1;
	in->untold = h->flags & STATE_UNTOLD;
	if ((h->flags & STATE_HAS_TIMES) && get_times(in, v) < 0)
		return -1;
	if (in->untold != state_has_untold(v))
		return bad(in, "flags: parts of the time that nothing tells, where there are none");
	return in->pos == in->end ? 0 :
	       bad(in, "%td bytes more than there should be", in->end - in->pos);
}

static int get_part(struct in *in)
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

/* The file itself */

struct file {
	const char *path;
	int fd;
	const uint8_t *data;		/* all of it, if it is in memory: no @fd */
	size_t bytes;
	uint64_t pos;
	unsigned int version;
};

/* As read() */
static ssize_t read_some(struct file *f, void *to, size_t len)
{
	const size_t left = f->bytes - f->pos;

	if (!f->data)
		return read(f->fd, to, len);
	if (len > left)
		len = left;
	memcpy(to, f->data + f->pos, len);
	return len;
}

/* Read @len bytes, or report it: a file of another length than it says. */
static int read_all(struct file *f, uint8_t *to, size_t len)
{
	ssize_t n;

	while (len) {
		n = read_some(f, to, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error("cannot read %s: %s", f->path,
				     strerror(errno));
		if (!n)
			return error("bad state: %s: it ends at 0x%" PRIx64 ", %zu bytes early",
				     f->path, f->pos, len);
		to += n;
		f->pos += n;
		len -= n;
	}
	return 0;
}

/* @len bytes that the file says it has: allocated as they come. */
static uint8_t *read_payload(struct file *f, uint64_t len)
{
	uint8_t *data = NULL, *more;
	uint64_t done = 0, piece;

	while (done < len || !data) {
		piece = len - done < PIECE + done ? len - done : PIECE + done;
		more = realloc(data, done + piece + 1);
		if (!more) {
			error("out of memory: a state of %" PRIu64 " bytes", len);
			break;
		}
		data = more;
		if (read_all(f, data + done, piece) < 0)
			break;
		done += piece;
		if (done == len)
			return data;
	}
	free(data);
	return NULL;
}

static uint64_t number_of(const uint8_t *from, unsigned int bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | from[bytes];
	return v;
}

/* The part before, to compare with */
struct last {
	uint8_t *data;
	uint64_t len;
};

static int compare_with(const struct last *last, const uint8_t *data,
			uint64_t len)
{
	int order = memcmp(last->data, data, last->len < len ? last->len : len);

	return order ? order : (last->len > len) - (last->len < len);
}

static int load_part(struct state *s, struct file *f, struct last *last)
{
	uint64_t at = f->pos, len;
	uint8_t head[STATE_PART_HEAD], *data;
	struct in in = { .path = f->path, .version = f->version, .state = s };
	int ret = -1;

	if (read_all(f, head, sizeof(head)) < 0)
		return -1;
	len = number_of(head, 8);
	data = read_payload(f, len);
	if (!data)
		return -1;
	in.start = in.pos = data;
	in.end = data + len;
	in.offset = at + STATE_PART_HEAD;
	if (crc32_z(0, data, len) != number_of(head + 8, 4))
		error("bad state: %s: at 0x%" PRIx64 ": checksum is not that of the %" PRIu64 " bytes that follow: damaged",
		      f->path, at, len);
	else if (last->data && compare_with(last, data, len) >= 0)
		error("bad state: %s: at 0x%" PRIx64 ": not in the order of bytes, or there twice",
		      f->path, at);
	else
		ret = get_part(&in);
	free(last->data);
	*last = (struct last){ data, len };
	return ret;
}

static int load_head(struct file *f, uint64_t *nr)
{
	uint8_t head[STATE_HEAD];

	if (read_all(f, head, sizeof(head)) < 0)
		return -1;
	if (memcmp(head, STATE_MAGIC, STATE_MAGIC_LEN))
		return error("not a state: %s", f->path);
	f->version = number_of(head + 8, 4);
	if (f->version < STATE_VERSION_CYCLES || f->version > STATE_VERSION)
		return error("unknown version of a state: %s: %u, expected %u to %u: it was saved by another version of this program: save the figures again",
			     f->path, f->version, STATE_VERSION_CYCLES,
			     STATE_VERSION);
	*nr = number_of(head + 12, 4);
	if (!*nr || *nr > STATE_PARTS_MAX)
		return error("bad state: %s: %" PRIu64 " recordings, expected 1 to %u",
			     f->path, *nr, STATE_PARTS_MAX);
	return 0;
}

/* It is written with the lowest version that can be. */
static int check_version(const struct state *s, size_t first, const struct file *f)
{
	if (f->version == state_version(s, first))
		return 0;
	return error("bad state: %s: version %u, without what is new in it",
		     f->path, f->version);
}

static int load(struct state *s, struct file *f)
{
	struct last last = { .data = NULL };
	const size_t first = s->nr;
	uint64_t nr = 0;
	uint8_t more;
	int ret = load_head(f, &nr);

	for (; nr && !ret; nr--)
		ret = load_part(s, f, &last);
	free(last.data);
	if (!ret && read_some(f, &more, 1) == 1)
		ret = error("bad state: %s: at 0x%" PRIx64 ": something follows its end",
			    f->path, f->pos);
	return ret ? ret : check_version(s, first, f);
}

/* Of a file that is not sound, nothing stays. */
static int load_all(struct state *s, struct file *f)
{
	const size_t first = s->nr;
	int ret = load(s, f);
	size_t i;

	for (i = first; !ret && i < s->nr; i++) {
		s->parts[i].file = strdup(f->path);
		if (!s->parts[i].file)
			ret = error("out of memory: a path");
	}
	if (ret)
		state_cut(s, first);
	return ret;
}

int state_load(struct state *s, const char *path)
{
	struct file f = { .path = path, .fd = open(path, O_RDONLY | O_CLOEXEC) };
	int ret;

	if (f.fd < 0)
		return error("cannot open %s: %s", path, strerror(errno));
	ret = load_all(s, &f);
	close(f.fd);
	return ret;
}

int state_load_bytes(struct state *s, const char *path, const void *data, size_t bytes)
{
	struct file f = { .path = path, .fd = -1, .data = data, .bytes = bytes };

	return load_all(s, &f);
}

bool state_is(const char *path)
{
	char head[STATE_MAGIC_LEN];
	struct stat st;
	bool is;
	int fd;

	/* A pipe can be opened once. */
	if (stat(path, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	is = fd >= 0 &&
	     pread(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head) &&
	     !memcmp(head, STATE_MAGIC, sizeof(head));

	if (fd >= 0)
		close(fd);
	return is;
}
