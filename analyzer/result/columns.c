// SPDX-License-Identifier: GPL-2.0
#include "result/columns.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"
#include "base/error.h"
#include "event/clock.h"
#include "result/task_names.h"

#define NS_PLACES	9u

static void set_integer(struct value *value, u128 v)
{
	value->type = VALUE_INTEGER;
	value->integer = v;
}

static void set_ratio(struct value *value, u128 part, u128 whole,
		      unsigned int places)
{
	value->type = VALUE_DECIMAL;
	value->integer = decimal_ratio(part, whole, places);
	value->order = (double)part / (double)whole;
}

/* A percentage has two places less than the ratio. */
static void set_percent(struct value *value, const struct column *col,
			u128 part, u128 whole)
{
	if (whole)
		set_ratio(value, part, whole, col->decimals + 2);
}

_Static_assert(ISA_NAME_MAX + REASON_NAME_MAX <= COLUMN_TEXT_MAX,
	       "room for an exit reason");

static u128 sum_of_cycles(const struct view *v, const struct group *g)
{
	return v->report.proven ? (uint64_t)g->cell.cycles : g->cell.cycles;
}

/* Of what --of names */
static u128 sum_of(const struct view *v, const struct group *g)
{
	return v->opt->of ? stats_sum_of(&g->cell, v->opt->of) :
			    sum_of_cycles(v, g);
}

#define GETTER(name) \
	static void get_##name(const struct view *v, const struct group *g, \
			       const struct column *col, struct value *value)

#define INTEGER(name, expression) \
	GETTER(name) \
	{ \
		(void)v; \
		(void)col; \
		set_integer(value, expression); \
	}

/* Of one exit: nothing without exits, or if none has a length */
#define FIGURE(name, expression) \
	GETTER(name) \
	{ \
		(void)v; \
		(void)col; \
		if (stats_timed(&g->cell)) \
			set_integer(value, expression); \
	}

/* Of a report that is the kernel's: its sums have 64 bits and wrap around. */
#define SUM(name) \
	GETTER(name) \
	{ \
		(void)col; \
		set_integer(value, v->report.proven ? (uint64_t)g->cell.name : \
						      g->cell.name); \
	}

INTEGER(cpu, g->key.cpu)
INTEGER(exits, g->cell.exits)
INTEGER(timed, stats_timed(&g->cell))
SUM(user)
SUM(halted)
SUM(off_cpu)
INTEGER(backwards, g->cell.backwards)
FIGURE(min, g->cell.min)
FIGURE(avg, sum_of(v, g) / stats_timed(&g->cell))
FIGURE(max, g->cell.max)
FIGURE(percentile, group_percentile(g, col->permille))
FIGURE(stddev, group_stddev(g, v->opt->of))

/* A guest that has a name only, or none that is known, is no number. */
GETTER(vm)
{
	(void)col;
	if (v->stamped || (g->key.vm && g->key.vm < TASK_GUEST))
		set_integer(value, g->key.vm);
}

GETTER(vcpu)
{
	(void)col;
	if (v->stamped || g->key.vcpu != VCPU_UNKNOWN)
		set_integer(value, g->key.vcpu);
}

/* 0: its VM and vCPU say it */
GETTER(thread)
{
	(void)v;
	(void)col;
	if (g->key.thread)
		set_integer(value, g->key.thread);
}

static void set_name(const struct view *v, const struct group *g, uint32_t id,
		     struct value *value)
{
	const char *name = task_names_of(v, g, id);

	if (!name)
		return;
	value->type = VALUE_TEXT;
	escape_text(value->text, sizeof(value->text), name, strlen(name));
}

GETTER(vm_name)
{
	(void)col;
	set_name(v, g, g->key.vm, value);
}

GETTER(thread_name)
{
	(void)col;
	set_name(v, g, g->key.thread, value);
}

/* Exits of which none has a length: what they add up to is not known. */
static bool is_untimed(const struct group *g)
{
	return g->cell.exits && !stats_timed(&g->cell);
}

/* A sum: reports have a 0 there, as in the kernel's grammar it is a number. */
GETTER(cycles)
{
	(void)col;
	if (v->opt->subject == VIEW_OF_REPORTS || !is_untimed(g))
		set_integer(value, sum_of_cycles(v, g));
}

GETTER(total)
{
	(void)v;
	(void)col;
	if (!is_untimed(g))
		set_integer(value, stats_sum_of(&g->cell, STATS_OF_TOTAL));
}

GETTER(recording)
{
	const char *path = v->nr_sources ? v->sources[g->key.recording].path :
					   v->info->path;
	size_t len = strlen(path);

	(void)col;
	value->type = VALUE_TEXT;
	value->integer = g->key.recording;
	if (escape_text(value->text, sizeof(value->text), path, len) == len)
		return;
	/* The end of it says more. */
	path += len - sizeof(value->text) / 4 + 4;
	strcpy(value->text, "...");
	escape_text(value->text + 3, sizeof(value->text) - 3, path, strlen(path));
}

INTEGER(recording_index, g->key.recording)

GETTER(isa)
{
	char buf[ISA_NAME_MAX];

	(void)v;
	(void)col;
	value->type = VALUE_TEXT;
	snprintf(value->text, sizeof(value->text), "%s",
		 isa_name(buf, g->key.isa));
}

/* NULL: it has none */
static const struct reason *name_of(const struct view *v,
				    const struct group *g)
{
	if (v->opt->subject == VIEW_OF_REPORTS)
		return v->report.reasons[g - v->groups.list];
	return reasons_named(v->reasons, g->key.isa, g->key.code);
}

/* Of all that reports call "other" there is no single one. */
GETTER(code)
{
	(void)col;
	if (v->opt->subject != VIEW_OF_REPORTS || !name_of(v, g)->other)
		set_integer(value, g->key.code);
}

/* As reports have it, but by its number if the recording has no name for it */
GETTER(reason)
{
	const struct group_key *key = &g->key;
	const struct reason *r = name_of(v, g);
	char buf[ISA_NAME_MAX];

	(void)col;
	value->type = VALUE_TEXT;
	if (r)
		snprintf(value->text, sizeof(value->text), "%s %s",
			 isa_name(buf, key->isa), r->name);
	else
		snprintf(value->text, sizeof(value->text), "%s 0x%" PRIx64,
			 isa_name(buf, key->isa), key->code);
}

/* Which report it is; of all recorded exits, none */

GETTER(block)
{
	(void)g;
	(void)col;
	value->type = VALUE_TEXT;
	strcpy(value->text, v->report.proven ? "proven" : "recorded");
}

#define REPORT(name, expression) \
	GETTER(name) \
	{ \
		(void)g; \
		(void)col; \
		if (v->report.proven) \
			set_integer(value, expression); \
	}

REPORT(epoch, v->report.epoch)
REPORT(report, v->report.number)
REPORT(since, v->report.since)
REPORT(seq, v->report.seq)

GETTER(exits_percent)
{
	set_percent(value, col, g->cell.exits, v->total.cell.exits);
}

GETTER(cycles_percent)
{
	if (is_untimed(g))
		return;
	set_percent(value, col, g->cell.cycles, v->total.cell.cycles);
}

static uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* What bucket @number has of a recording of @span_ns, as far as that is looked at */
static uint64_t bucket_ns(const struct view *v, uint64_t number, uint64_t span_ns)
{
	const struct filter_options *f = &v->opt->filter;
	const uint64_t width = v->groups.width_ns;
	uint64_t from = number * width;
	uint64_t to = min_u64(from + width, span_ns);

	if (f->from.given && v->from_ns > from)
		from = v->from_ns;
	if (f->to.given)
		to = min_u64(to, v->to_ns);
	return to > from ? to - from : 0;
}

/* How long what was recorded of @g took, of all recordings together; 0: no telling */
static u128 time_of(const struct view *v, const struct group *g)
{
	u128 sum = 0;
	size_t i;

	if (!v->has_span)
		return 0;
	if (!(v->by & BY_TIME) || g == &v->total)
		return v->window_ns;
	if (g == &v->more)
		return 0;
	if (!v->nr_sources)
		return bucket_ns(v, g->key.ts, v->span_ns);
	for (i = 0; i < v->nr_sources; i++)
		if (!(v->by & BY_RECORDING) || g->key.recording == i)
			sum += bucket_ns(v, g->key.ts, v->sources[i].span_ns);
	return sum;
}

/* A second has 10^9 ns: as many places more */
GETTER(exits_per_s)
{
	const u128 ns = time_of(v, g);

	if (ns)
		set_ratio(value, g->cell.exits, ns, col->decimals + NS_PLACES);
}

/* Which part of the exits took most of the time of all of them */
static enum stats_of mostly(const struct group *g)
{
	enum stats_of of, most = STATS_OF_CYCLES;

	for (of = STATS_OF_USER; of <= STATS_OF_OFF_CPU; of++)
		if (stats_sum_of(&g->cell, of) > stats_sum_of(&g->cell, most))
			most = of;
	return most;
}

GETTER(mostly)
{
	(void)v;
	(void)col;
	if (!stats_timed(&g->cell))
		return;
	value->type = VALUE_TEXT;
	strcpy(value->text, stats_of_name(mostly(g)));
}

FIGURE(mostly_percentile, group_percentile_of(g, mostly(g), col->permille))
FIGURE(mostly_max, group_max_of(g, mostly(g)))

/* Of the time of vCPUs */

GETTER(span)
{
	(void)v;
	(void)col;
	set_integer(value, g->times ? g->times->span : 0);
}

/* Of vCPUs that no event tells it of, it is not 0, but not known. */
static bool has_part(const struct group *g, enum times_part part)
{
	return g->times && (g->times->known & 1u << part);
}

GETTER(part)
{
	(void)v;
	if (has_part(g, col->part))
		set_integer(value, g->times->part[col->part]);
	else if (!g->times)
		set_integer(value, 0);
}

GETTER(part_percent)
{
	(void)v;
	if (has_part(g, col->part))
		set_percent(value, col, g->times->part[col->part],
			    g->times->span);
}

/* Halts that were polled as a whole; those that were slept in */

static bool has_halts(const struct group *g)
{
	return g->times && (g->times->known & TIMES_TOLD);
}

#define HALTS(name) \
	GETTER(name) \
	{ \
		(void)v; \
		(void)col; \
		if (has_halts(g)) \
			set_integer(value, g->times->name); \
		else if (!g->times) \
			set_integer(value, 0); \
	} \
	GETTER(name##_percent) \
	{ \
		(void)v; \
		if (has_halts(g)) \
			set_percent(value, col, g->times->name, g->times->span); \
	}

HALTS(polled)
HALTS(slept)

/* People need no more decimals than the width of buckets has. */
static void cut_zeros(uint64_t width, struct value *value)
{
	for (; value->decimals && width % 10 == 0; width /= 10) {
		value->integer /= 10;
		value->decimals--;
	}
}

/* When the bucket begins; of a list, when the exit ended */
GETTER(time)
{
	const struct clock_rate *r = &v->rate;

	(void)col;
	if (v->by & BY_TIME) {
		value->type = VALUE_DECIMAL;
		value->integer = (u128)g->key.ts * v->groups.width_ns;
		if (v->opt->format == VIEW_TABLE && v->groups.width_ns)
			cut_zeros(v->groups.width_ns, value);
		return;
	}
	if (!r->div)
		return;
	value->type = VALUE_DECIMAL;
	value->integer = g->key.ts <= v->first_ts ? 0 :
			 clock_scale(g->key.ts - v->first_ts, r->mult, r->div);
}

/* Time stamps as they are, in seconds: what trace-cmd report prints.  Sums have none. */
static void set_absolute(const struct view *v, uint64_t ts, struct value *value)
{
	if (!ts || !v->rate.div)
		return;
	value->type = VALUE_DECIMAL;
	value->integer = clock_scale(ts, v->rate.mult, v->rate.div);
}

GETTER(start)
{
	(void)col;
	set_absolute(v, g->key.begin, value);
}

GETTER(end)
{
	(void)col;
	if (!g->cell.untimed)
		set_absolute(v, g->key.ts, value);
}

GETTER(width)
{
	(void)g;
	(void)col;
	value->type = VALUE_DECIMAL;
	value->integer = v->groups.width_ns;
}

/* Unknown: none */
GETTER(level)
{
	(void)v;
	(void)col;
	if (g->key.level <= LEVEL_UNKNOWN)
		return;
	value->type = VALUE_TEXT;
	strcpy(value->text, g->key.level == LEVEL_L1 ? "L1" : "L2");
}

static const char *const rip_words[] = {
	[RIP_NONE] = "-", [RIP_UNKNOWN] = "unknown", [RIP_OTHER] = "other",
	[RIP_NOWHERE] = "in no function",
};

GETTER(rip)
{

	(void)v;
	(void)col;
	value->type = VALUE_TEXT;
	value->integer = g->key.rip;
	if (g->key.rip_is == RIP_KNOWN) {
		*decimal_append_hex(value->text, g->key.rip) = '\0';
		return;
	}
	strcpy(value->text, rip_words[g->key.rip_is]);
	value->integer = (u128)UINT64_MAX + 1;	/* behind all addresses */
}

#define OFFSET_MAX	20u		/* bytes: "+0x", 16 digits, the end */

/* "default_idle+0xf", or, of groups by function, its name */
GETTER(function)
{
	const struct guest_function *f = NULL;
	size_t len;

	(void)col;
	value->type = VALUE_TEXT;
	value->integer = g->key.rip;
	if (g->key.rip_is == RIP_KNOWN)
		f = guest_map_find(v->map, g->key.rip);
	if (!f) {
		strcpy(value->text, rip_words[g->key.rip_is == RIP_KNOWN ?
					      RIP_NOWHERE : g->key.rip_is]);
		value->integer = (u128)UINT64_MAX + 1;
		return;
	}
	len = snprintf(value->text, sizeof(value->text) - OFFSET_MAX, "%s",
		       guest_map_name(v->map, f));
	if (len >= sizeof(value->text) - OFFSET_MAX)
		len = sizeof(value->text) - OFFSET_MAX - 1;
	if (v->by & BY_RIP)
		snprintf(value->text + len, OFFSET_MAX, "+0x%" PRIx64,
			 g->key.rip - f->address);
}

GETTER(detail)
{
	(void)v;
	(void)col;
	if (g->key.detail.kind == DETAIL_NONE && !g->key.detail.flags)
		return;
	value->type = VALUE_TEXT;
	detail_text(&g->key.detail, value->text);
}

GETTER(detail_kind)
{
	(void)v;
	(void)col;
	value->type = VALUE_TEXT;
	strcpy(value->text, detail_kind_name(&g->key.detail));
}

GETTER(detail_value)
{
	(void)v;
	(void)col;
	if (detail_has_value(&g->key.detail))
		set_integer(value, g->key.detail.value);
}

#define LABEL	COLUMN_LABEL
#define MACHINE	COLUMN_MACHINE
#define STAMPS	COLUMN_STAMPS
#define TRIPS	COLUMN_ROUND_TRIPS
#define SINGLE	(COLUMN_SINGLE | COLUMN_EACH | COLUMN_ASKED)
#define REASON_LINE	COLUMN_REPORT
#define BOTH_LINES	(COLUMN_REPORT | COLUMN_REPORT_TOTAL | COLUMN_SUM)
#define TOTAL_LINE	(COLUMN_REPORT_TOTAL | COLUMN_SUM)

/*
 * A part of the time, and its share.  People are shown shares first: @share is
 * the priority of the one, @sum of the other.
 */
#define PART(name, short_name, which, flag, share, sum) \
	{ .key = name, .unit = UNIT_CYCLES, .flags = COLUMN_TIME | (flag), \
	  .priority = (sum), .part = (which), .get = get_part }, \
	{ .key = name "_percent", .header = short_name "%", \
	  .unit = UNIT_PERCENT, .flags = COLUMN_TIME | (flag), \
	  .priority = (share), .decimals = 2, .part = (which), \
	  .get = get_part_percent }

#define HALT_COLUMNS(name) \
	{ .key = #name, .unit = UNIT_CYCLES, .flags = COLUMN_TIME | COLUMN_ASKED, \
	  .priority = 14, .get = get_##name }, \
	{ .key = #name "_percent", .header = #name "%", .unit = UNIT_PERCENT, \
	  .flags = COLUMN_TIME | COLUMN_ASKED, .priority = 4, .decimals = 2, \
	  .get = get_##name##_percent }

const struct column columns[] = {
	{ .key = "block", .flags = LABEL | MACHINE, .by = BY_REPORT,
	  .get = get_block },
	{ .key = "epoch", .flags = LABEL | MACHINE | STAMPS, .by = BY_REPORT,
	  .get = get_epoch },
	{ .key = "report", .flags = LABEL | MACHINE | STAMPS, .by = BY_REPORT,
	  .get = get_report },
	{ .key = "since", .flags = LABEL | MACHINE | STAMPS, .by = BY_REPORT,
	  .get = get_since },
	{ .key = "seq", .flags = LABEL | MACHINE | STAMPS, .by = BY_REPORT,
	  .get = get_seq },
	{ .key = "time", .unit = UNIT_SECONDS, .flags = LABEL,
	  .by = BY_TIME | BY_EXIT, .decimals = NS_PLACES, .get = get_time },
	{ .key = "width", .unit = UNIT_SECONDS, .flags = LABEL | MACHINE,
	  .by = BY_TIME, .decimals = NS_PLACES, .get = get_width },
	{ .key = "recording", .flags = LABEL, .by = BY_RECORDING,
	  .get = get_recording },
	{ .key = "recording_index", .flags = LABEL | MACHINE,
	  .by = BY_RECORDING, .get = get_recording_index },
	{ .key = "vm", .flags = LABEL, .by = BY_VM, .priority = 2,
	  .get = get_vm },
	{ .key = "vm_name", .flags = LABEL | COLUMN_NAME, .by = BY_VM,
	  .priority = 10, .get = get_vm_name },
	{ .key = "vcpu", .flags = LABEL, .by = BY_VCPU, .get = get_vcpu },
	{ .key = "thread", .flags = LABEL, .by = BY_THREAD, .get = get_thread },
	{ .key = "thread_name", .flags = LABEL | COLUMN_NAME, .by = BY_THREAD,
	  .priority = 4, .get = get_thread_name },
	{ .key = "cpu", .flags = LABEL, .by = BY_CPU, .priority = 3,
	  .get = get_cpu },
	{ .key = "reason", .flags = LABEL, .by = BY_REASON, .get = get_reason },
	{ .key = "isa", .flags = LABEL | MACHINE, .by = BY_REASON,
	  .get = get_isa },
	{ .key = "code", .flags = LABEL | MACHINE, .by = BY_REASON,
	  .get = get_code },
	{ .key = "level", .flags = LABEL, .by = BY_LEVEL, .get = get_level },
	{ .key = "rip", .flags = LABEL, .by = BY_RIP, .priority = 1,
	  .get = get_rip },
	{ .key = "function", .flags = LABEL | COLUMN_MAP,
	  .by = BY_RIP | BY_FUNCTION, .get = get_function },
	{ .key = "kind", .flags = LABEL, .by = BY_KIND, .get = get_detail_kind },
	{ .key = "detail", .flags = LABEL, .by = BY_DETAIL, .get = get_detail },
	{ .key = "detail_kind", .flags = LABEL | MACHINE, .by = BY_DETAIL,
	  .get = get_detail_kind },
	{ .key = "detail_value", .flags = LABEL | MACHINE, .by = BY_DETAIL,
	  .get = get_detail_value },
	{ .key = "exits", .flags = COLUMN_BOTH | COLUMN_COUNT | BOTH_LINES,
	  .get = get_exits },
	{ .key = "timed", .flags = COLUMN_BOTH | COLUMN_COUNT | COLUMN_UNTIMED |
	  COLUMN_REPORT, .get = get_timed },
	{ .key = "exits_percent", .header = "exits%", .unit = UNIT_PERCENT,
	  .decimals = 2, .priority = 10, .get = get_exits_percent },
	{ .key = "exits_per_s", .header = "exits/s", .unit = UNIT_PER_SECOND,
	  .decimals = 1, .priority = 16, .get = get_exits_per_s },
	{ .key = "start", .unit = UNIT_SECONDS, .flags = SINGLE, .decimals = NS_PLACES,
	  .get = get_start },
	{ .key = "end", .unit = UNIT_SECONDS, .flags = SINGLE, .decimals = NS_PLACES,
	  .get = get_end },
	{ .key = "cycles", .flags = COLUMN_EACH | BOTH_LINES,
	  .get = get_cycles },
	{ .key = "cycles_percent", .header = "cycles%", .unit = UNIT_PERCENT,
	  .decimals = 2, .priority = 3, .get = get_cycles_percent },
	{ .key = "min", .unit = UNIT_CYCLES, .flags = REASON_LINE | COLUMN_OF,
	  .priority = 12, .get = get_min },
	{ .key = "avg", .unit = UNIT_CYCLES, .flags = REASON_LINE | COLUMN_OF,
	  .priority = 2, .get = get_avg },
	{ .key = "stddev", .unit = UNIT_CYCLES, .flags = COLUMN_OF,
	  .priority = 15,
	  .get = get_stddev },
	{ .key = "p50", .unit = UNIT_CYCLES, .flags = COLUMN_OF, .priority = 9,
	  .permille = 500, .get = get_percentile },
	{ .key = "p90", .unit = UNIT_CYCLES, .flags = COLUMN_OF, .priority = 13,
	  .permille = 900, .get = get_percentile },
	{ .key = "p99", .unit = UNIT_CYCLES, .flags = COLUMN_OF, .priority = 5,
	  .permille = 990, .get = get_percentile },
	{ .key = "p99_9", .header = "p99.9", .unit = UNIT_CYCLES,
	  .flags = COLUMN_OF, .priority = 14, .permille = 999, .get = get_percentile },
	{ .key = "max", .unit = UNIT_CYCLES, .flags = REASON_LINE | COLUMN_OF,
	  .priority = 4, .get = get_max },
	{ .key = "mostly", .flags = STAMPS | COLUMN_MOSTLY, .priority = 3,
	  .get = get_mostly },
	{ .key = "mostly_p99", .header = "its p99", .unit = UNIT_CYCLES,
	  .flags = STAMPS | COLUMN_MOSTLY, .priority = 3, .permille = 990,
	  .get = get_mostly_percentile },
	{ .key = "mostly_max", .header = "its max", .unit = UNIT_CYCLES,
	  .flags = STAMPS | COLUMN_MOSTLY, .priority = 17, .get = get_mostly_max },
	{ .key = "user", .unit = UNIT_CYCLES,
	  .flags = STAMPS | COLUMN_PARTS | COLUMN_EACH | BOTH_LINES, .priority = 8,
	  .get = get_user },
	{ .key = "halted", .unit = UNIT_CYCLES,
	  .flags = STAMPS | COLUMN_PARTS | COLUMN_EACH | BOTH_LINES, .priority = 6,
	  .get = get_halted },
	{ .key = "off_cpu", .unit = UNIT_CYCLES,
	  .flags = STAMPS | COLUMN_PARTS | COLUMN_EACH | BOTH_LINES, .priority = 7,
	  .get = get_off_cpu },
	{ .key = "total", .unit = UNIT_CYCLES,
	  .flags = COLUMN_EACH | COLUMN_OF_TOTAL, .get = get_total },
	{ .key = "backwards", .flags = STAMPS | COLUMN_PARTS | MACHINE | COLUMN_EACH |
	  TOTAL_LINE, .get = get_backwards },
	{ .key = "span", .unit = UNIT_CYCLES, .flags = COLUMN_TIME,
	  .priority = 10, .get = get_span },
	PART("guest", "guest", TIMES_GUEST, 0, 1, 11),
	PART("processing", "proc", TIMES_PROCESSING, 0, 2, 12),
	PART("user", "user", TIMES_USER, 0, 3, 13),
	PART("halted", "halted", TIMES_HALTED, 0, 4, 14),
	HALT_COLUMNS(polled),
	HALT_COLUMNS(slept),
	PART("off_cpu", "off_cpu", TIMES_OFF_CPU, 0, 5, 15),
	PART("traced", "traced", TIMES_TRACED, STAMPS, 7, 16),
	PART("unknown", "unknown", TIMES_UNKNOWN, 0, 6, 17),
	PART("before", "before", TIMES_BEFORE, 0, 8, 18),
	PART("after", "after", TIMES_AFTER, 0, 9, 19),
};

const unsigned int nr_columns = sizeof(columns) / sizeof(columns[0]);
_Static_assert(sizeof(columns) / sizeof(columns[0]) <= COLUMNS_MAX,
	       "as many as a list of them has room for");

bool columns_belong(const struct column *col, enum view_subject subject)
{
	if (subject == VIEW_OF_REPORTS)
		return (col->flags & (COLUMN_REPORT | COLUMN_REPORT_TOTAL)) ||
		       (col->by & (BY_REPORT | BY_REASON));
	if (col->by == BY_REPORT)
		return false;
	if (col->flags & COLUMN_SINGLE)
		return subject == VIEW_OF_LIST;
	if (col->flags & COLUMN_LABEL)
		return subject != VIEW_OF_TIME ||
		       (col->by & (BY_VM | BY_VCPU | BY_THREAD | BY_RECORDING));
	if (subject == VIEW_OF_LIST)
		return col->flags & (COLUMN_EACH | COLUMN_COUNT);
	if (col->flags & COLUMN_BOTH)
		return true;
	return (subject == VIEW_OF_TIME) == !!(col->flags & COLUMN_TIME);
}

/* What exits are grouped by has to be seen; of names and single ones less will do. */
unsigned int columns_priority(const struct column *col,
			      enum view_subject subject)
{
	return (col->flags & COLUMN_LABEL) && !(col->flags & COLUMN_NAME) &&
	       subject != VIEW_OF_LIST ? 0 : col->priority;
}

static bool is_there(const struct view *v, const struct column *col)
{
	if (!columns_belong(col, v->opt->subject))
		return false;
	if ((col->flags & COLUMN_LABEL) && !(col->by & v->by))
		return false;
	if ((col->flags & COLUMN_MAP) && !v->map)
		return false;
	if ((col->flags & COLUMN_OF_TOTAL) && v->opt->of != STATS_OF_TOTAL)
		return false;
	if ((col->flags & COLUMN_MOSTLY) && (!v->each_part || v->opt->of))
		return false;
	if ((col->flags & COLUMN_NAME) && !(v->named & col->by))
		return false;
	if ((col->flags & COLUMN_UNTIMED) && !v->total.cell.untimed)
		return false;
	return !(col->flags & (v->stamped ? COLUMN_ROUND_TRIPS :
					    COLUMN_STAMPS));
}

static bool is_for_people(const struct view *v, const struct column *col)
{
	return !(col->flags & COLUMN_MACHINE) &&
	       !((col->flags & COLUMN_COUNT) &&
		 v->opt->subject == VIEW_OF_LIST);
}

/* Labels say what a row is, and CSV says of exits how many are missing. */
static bool stays(const struct column *col, bool machine)
{
	return (col->flags & COLUMN_LABEL) ||
	       (machine && !strcmp(col->key, "exits"));
}

static bool is_of_parts(const struct column *col)
{
	return col && (col->flags & COLUMN_MOSTLY);
}

static bool is_of_halts(const struct column *col)
{
	return col && (col->flags & COLUMN_ASKED) && (col->flags & COLUMN_TIME);
}

bool columns_want_halts(const struct view_options *opt)
{
	unsigned int i;

	for (i = 0; i < opt->nr_columns; i++)
		if (is_of_halts(opt->columns[i]))
			return true;
	return is_of_halts(opt->sort);
}

bool columns_want_parts(const struct view_options *opt)
{
	unsigned int i;

	if (opt->format == VIEW_STATE || opt->format == VIEW_SUMMARY)
		return true;
	if (opt->subject != VIEW_OF_EXITS || opt->of)
		return false;
	if (is_of_parts(opt->sort))
		return true;
	for (i = 0; i < opt->nr_columns; i++)
		if (is_of_parts(opt->columns[i]))
			return true;
	/* Elsewhere they are there for who asks: they take time, and memory by group. */
	return !opt->nr_columns && opt->format == VIEW_TABLE && opt->terminal &&
	       !(view_by(opt) & (BY_RIP | BY_FUNCTION | BY_DETAIL | BY_TIME | BY_LEVEL));
}

unsigned int columns_select(const struct view *v, bool machine,
			    const struct column *list[COLUMNS_MAX])
{
	unsigned int i, nr = 0;

	for (i = 0; i < nr_columns; i++)
		if (!(columns[i].flags & COLUMN_ASKED) && is_there(v, &columns[i]) &&
		    (machine || is_for_people(v, &columns[i])) &&
		    (!v->opt->nr_columns || stays(&columns[i], machine)))
			list[nr++] = &columns[i];
	for (i = 0; i < v->opt->nr_columns; i++)
		if (!stays(v->opt->columns[i], machine) &&
		    is_there(v, v->opt->columns[i]))
			list[nr++] = v->opt->columns[i];
	return nr;
}

int columns_check(const struct view *v)
{
	unsigned int i;

	for (i = 0; i < v->opt->nr_columns; i++)
		if (!is_there(v, v->opt->columns[i]))
			return error("--columns: %s: this view has no column %s",
				     v->info->path, v->opt->columns[i]->key);
	return 0;
}

/* What a figure can be in; the first one is that of columns' own names. */
static const char *const unit_names[] = { "cycles", "ns", "us", "ms" };

#define NR_UNITS	(sizeof(unit_names) / sizeof(unit_names[0]))

/* CSV has the unit behind it. */
static bool is_name_with_unit(const struct column *col, const char *name)
{
	size_t len = strlen(col->key), i;

	if (col->unit != UNIT_CYCLES || strncmp(name, col->key, len) ||
	    name[len] != '_')
		return false;
	for (i = 0; i < NR_UNITS; i++)
		if (!strcmp(name + len + 1, unit_names[i]))
			return true;
	return false;
}

static bool is_name(const struct column *col, const char *name)
{
	return !strcmp(col->key, name) || is_name_with_unit(col, name) ||
	       (col->header && !strcmp(col->header, name));
}

/* "ns", "us_percent", "ms%": what is called cycles here */
static const char *in_cycles(const char *name, char buf[COLUMN_TEXT_MAX])
{
	size_t i;

	for (i = 1; i < NR_UNITS; i++) {
		if (strncmp(name, unit_names[i], 2))
			continue;
		if (!name[2] || !strcmp(name + 2, "_percent") ||
		    !strcmp(name + 2, "%")) {
			snprintf(buf, COLUMN_TEXT_MAX, "cycles%s", name + 2);
			return buf;
		}
	}
	return name;
}

const struct column *columns_find(enum view_subject subject, const char *name)
{
	char buf[COLUMN_TEXT_MAX];
	unsigned int i;

	name = in_cycles(name, buf);
	for (i = 0; i < nr_columns; i++)
		if (columns_belong(&columns[i], subject) &&
		    is_name(&columns[i], name))
			return &columns[i];
	return NULL;
}

const char *columns_suffix(const struct view *v, const struct column *col,
		       char buf[COLUMN_TEXT_MAX])
{
	if (!v->opt->of || !(col->flags & COLUMN_OF))
		return "";
	snprintf(buf, COLUMN_TEXT_MAX, "_%s", stats_of_name(v->opt->of));
	return buf;
}

const char *columns_unit(const struct view *v)
{
	return v->shown.converted ? v->shown.name : v->unit;
}

const char *columns_name(const struct view *v, const char *text,
			 char buf[COLUMN_TEXT_MAX])
{
	static const char word[] = "cycles";
	size_t len = sizeof(word) - 1;

	if (strncmp(text, word, len))
		return text;
	snprintf(buf, COLUMN_TEXT_MAX, "%s%s", columns_unit(v), text + len);
	return buf;
}

static int cmp_integer(u128 a, u128 b)
{
	return a < b ? -1 : a > b;
}

static int cmp_real(double a, double b)
{
	return a < b ? -1 : a > b;
}

/* Is it a time, or a sum of times? */
static bool is_length(const struct column *col)
{
	return col->unit == UNIT_CYCLES || !strcmp(col->key, "cycles");
}

static void convert(const struct unit *unit, struct value *value)
{
	value->integer = unit_to_ns(unit, value->integer);
	value->decimals = unit->decimals;
	value->scaled = unit->scaled;
	if (unit->decimals)
		value->type = VALUE_DECIMAL;
}

/* A highest sample is exact, and nothing exceeds it. */
static void round_percentile(const struct view *v, const struct column *col,
			     const struct group *g, struct value *value)
{
	const uint64_t highest = is_of_parts(col) ? group_max_of(g, mostly(g)) :
						    g->cell.max;
	const u128 max = v->shown.converted ? unit_to_ns(&v->shown, highest) : highest;

	if (value->integer < max && max <= UINT64_MAX)
		value->integer = histogram_justified(value->integer);
	if (value->integer > max)
		value->integer = max;
}

void columns_get(const struct view *v, const struct column *col,
		 const struct group *g, struct value *value)
{
	value->type = VALUE_NONE;
	value->integer = 0;
	value->order = 0;
	value->decimals = col->decimals;
	value->scaled = false;
	col->get(v, g, col, value);
	if (v->shown.converted && is_length(col) &&
	    value->type == VALUE_INTEGER)
		convert(&v->shown, value);
	if (v->shown.rounded && col->permille && value->type != VALUE_NONE)
		round_percentile(v, col, g, value);
}

int columns_compare(const struct column *col, const struct value *a,
		    const struct value *b)
{
	int order;

	if (a->type != b->type)
		return a->type == VALUE_NONE ? 1 : -1;
	if (a->type == VALUE_NONE)
		return 0;
	if (a->type == VALUE_TEXT) {
		order = cmp_integer(a->integer, b->integer);
		return order ? order : strcmp(a->text, b->text);
	}
	order = cmp_integer(a->integer, b->integer);
	if (!order)
		order = cmp_real(a->order, b->order);
	return col->flags & COLUMN_LABEL ? order : -order;
}
