/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A view: figures of the recorded exits, in groups, where the time of each vCPU
 * went, or one of the kernel's reports (report.h), for people and programs.
 *
 * The driving loops fill a struct view, view_finish() sorts it, and columns.h gives
 * what each format prints of it.  It owns all that it shows: options, names and
 * facts of the recording are copied, so that it can be printed when all of these
 * are gone.
 */
#ifndef ANALYZER_VIEW_H
#define ANALYZER_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/losses.h"
#include "base/recording.h"
#include "base/tasks.h"
#include "event/filter.h"
#include "event/guest_map.h"
#include "event/reasons.h"
#include "result/group.h"
#include "result/list.h"
#include "result/unit.h"

enum view_format {
	VIEW_NONE,		/* reports, in the kernel's own grammar */
	VIEW_TABLE,
	VIEW_JSON,
	VIEW_CSV,
	VIEW_JSONL,		/* an object a line */
	VIEW_SQLITE,		/* a database */
	VIEW_FOLDED,		/* stacks, for flame graphs */
	VIEW_STATE,		/* figures to be read again: state.h */
	VIEW_SUMMARY,		/* of both exits and times: output/summary.h */
	VIEW_PERFETTO,		/* a timeline, of one recording: tracks.c */
	VIEW_HTML,		/* a page: likewise, and by time: output/html.h */
	VIEW_PROMETHEUS,	/* metrics, by METRICS_BY: output/prometheus.c */
};

/* What exits are grouped by */
#define BY_VM		1u
#define BY_VCPU		2u
#define BY_CPU		4u
#define BY_REASON	8u
#define BY_RIP		16u
#define BY_DETAIL	32u
#define BY_TIME		64u	/* in buckets: time_buckets.h */
#define BY_RECORDING	256u	/* of several */
#define BY_KIND		16384u	/* of detail */
#define BY_EXIT		32768u	/* each by itself: of a list */
#define BY_LEVEL	2048u	/* L1, L2: event/level.h */
#define BY_FUNCTION	512u	/* that rip is in, by a map of the guest */
#define BY_THREAD	1024u	/* of the host */
#define BY_REPORT	128u	/* of reports, which are by reason, too */

/* What metrics can be by, and by default, as far as it is known: not more series */
#define METRICS_BY	(BY_VM | BY_REASON | BY_RECORDING)
#define METRICS_TOP	200u	/* groups, by default, of some 40 series each */

struct column;

#define VIEW_COLUMNS_MAX	64u	/* that --columns can name */

struct view_copies;

/* What a view is of */
enum view_subject {
	VIEW_OF_EXITS,
	VIEW_OF_TIME,		/* where it went, for each vCPU */
	VIEW_OF_LIST,		/* single exits, the most expensive first */
	VIEW_OF_REPORTS,	/* those of the kernel, and all recorded exits */
};

struct view_options {
	enum view_format format;
	enum view_subject subject;
	bool format_is_time;		/* --format=time, */
	const char *view;		/* --view, */
	bool list;			/* --list, as given */
	unsigned int by;		/* BY_...; 0: by reason, or by vCPU */
	const char *columns_list;	/* as given; NULL: all of them */
	const struct column *columns[VIEW_COLUMNS_MAX];	/* by viewopt_check() */
	unsigned int nr_columns;
	enum stats_of of;		/* what percentiles and so on are of */
	uint64_t width_ns;		/* of buckets of time; 0: what suits */
	uint32_t range_bytes;		/* of addresses in details; 0: each by
					   itself */
	const char *sort_key;		/* as given; NULL: by cycles */
	const struct column *sort;	/* by viewopt_check() */
	uint64_t top;			/* groups that are shown; 0: all */
	uint64_t dearest;		/* single exits that are kept besides groups */
	bool raw;			/* table: plain integers */
	enum unit_wanted unit;
	const char *guest_map;		/* path; NULL: none */
	bool terminal;			/* a table is for one */
	bool blocks;			/* which shows block characters, */
	bool color;			/* and colors */
	const char *program;		/* what this one is called there; or NULL */
	uint32_t width;			/* of a table, in columns; 0: any */
	bool histogram;			/* of each group: not in CSV */
	unsigned int bins;		/* of it for each power of two; 0: one */
	struct filter_options filter;
};

/* Is it one of those that are of exits and proof, most of times, too, at once? */
static inline bool view_is_of_all(const struct view_options *opt)
{
	return opt->format == VIEW_STATE || opt->format == VIEW_SUMMARY ||
	       opt->format == VIEW_HTML || opt->format == VIEW_PROMETHEUS;
}

/* BY_...: those that were asked for, or what is usual */
static inline unsigned int view_by(const struct view_options *opt)
{
	if (opt->subject == VIEW_OF_LIST)
		return BY_EXIT | BY_VM | BY_VCPU | BY_CPU | BY_REASON | BY_RIP |
		       BY_DETAIL;
	if (opt->subject == VIEW_OF_REPORTS)
		return BY_REPORT | BY_REASON;
	if (opt->by)
		return opt->by;
	return opt->subject == VIEW_OF_TIME ? BY_VCPU : BY_REASON;
}

/* What of a detail is asked for, @by it or its kind, or neither */
static inline void detail_mask(struct detail *d, unsigned int by, uint32_t range_bytes)
{
	if ((by & BY_DETAIL) && range_bytes)
		detail_to_range(d, range_bytes);
	else if (!(by & BY_DETAIL))
		detail_set_kind(d, by & BY_KIND ? d->kind : DETAIL_NONE);
}

/* One of the reports of a view, or the block of all recorded exits: report.h */
struct view_report {
	bool proven;
	uint32_t epoch, since;		/* since: 0 if that is not known */
	uint64_t number;
	uint64_t seq;			/* of its last exit */
	uint64_t index;			/* of the blocks that are printed */
	const struct reason **reasons;	/* of each of the groups */
	size_t allocated;
};

/* What a state keeps of the proof of reports */
struct view_proof {
	bool known;
	uint64_t epochs, reports;	/* that are recorded; that are proven */
	bool whole;			/* each exit is in a proven report */

	/* Of a recording at hand, no state: against its kvm_exit_stats */
	bool compared;			/* it has any */
	uint64_t equal, different;	/* reports */
};

/* One of several recordings whose figures were added up: state.h */
struct view_source {
	char *path, *host;		/* host: "": unknown */
	uint64_t written;		/* seconds since 1970; 0: unknown */
	uint64_t file_bytes;		/* likewise */
	uint64_t exits, before, lost, unused;
	bool has_span;
	uint64_t span_ns;
	struct view_proof proof;
	struct tasks tasks;		/* owned, as are path and host */
};

struct view;

#define VIEW_SAID	-2	/* it failed, and that was said */

/* What is done with each group, or exit.  Return -1 or VIEW_SAID to end it. */
typedef int (*view_group_fn)(void *arg, const struct view *v, const struct group *g);

struct view {
	struct view_copies *copies;		/* which the next five point into */
	const struct view_options *opt;
	const struct recording *info;	/* without arrays: recording_copy() */
	const struct reasons *reasons;	/* names: reasons_copy() */
	const struct guest_map *map;	/* of instructions; NULL: none */
	struct tasks *tasks;		/* names of threads: tasks_copy() */
	bool chosen;			/* some exits are not looked at */
	uint64_t longer_than;		/* these are: in @unit, if that is asked */
	uint64_t from_ns, to_ns;	/* likewise: since the first event */
	const char *unit;		/* "cycles" or "ns": a literal */
	struct unit_fit fit;		/* how fast the TSC is, by its events */
	struct unit shown;		/* the unit of what is shown: see
					   view_choose_unit() */
	bool patched;			/* the kernel that was recorded */
	bool stamped;			/* and it counted: figures are split */
	unsigned int by;		/* BY_VCPU includes BY_VM and, without
					   stamps, BY_THREAD, where known */

	uint32_t isas;			/* of all exits: isa_bit() */
	uint64_t vcpus, vms;		/* of all exits; without stamps, vCPUs
					   are threads, and no VMs: unknown */
	unsigned int named;		/* BY_VM, BY_THREAD: some have names */
	uint64_t exits;			/* all that could be used */
	uint64_t before, lost;		/* exits not recorded, if stamped; they
					   saturate */
	uint64_t unused;		/* round trips within losses, if not */
	uint64_t lacking;		/* events that the kernel recorded, and
					   the file does not have */
	bool each_part;			/* groups have figures of each part: see
					   columns_want_parts() */
	bool complete;			/* all figures of the recording are
					   there */
	bool lossy;			/* something of it is missing */
	struct view_proof proof;
	bool detailed;			/* by rip or detail: */
	uint64_t unknown;		/* exits whose kvm_exit is not recorded */
	uint64_t unattached;		/* events inside no exit that is known */
	uint64_t no_room;		/* exits in groups "other" */
	struct losses losses;
	uint64_t first_ts;		/* of the first event */
	struct clock_rate rate;		/* of time stamps; 0: that is not known */
	bool has_span;			/* the clock says how long */
	uint64_t span_ns;		/* first event to last */
	uint64_t window_ns;		/* what of it is looked at: filter.h */
	uint64_t times_span;		/* of a view of time, in @unit: first
					   stamp to last, or the same as above */

	struct view_source *sources;	/* group_key.recording is an index */
	uint64_t left_out;		/* others, which cannot be read */
	size_t nr_sources;		/* 0: there is one, which was read */
	struct view_report report;	/* whose figures these are, of reports */
	struct groups groups;		/* of the exits that are looked at */
	struct list list;		/* or these exits */
	const struct group **sorted;	/* after view_finish() */
	size_t nr_shown;
	/* Not NULL: a whole list, whose exits come one by one, in the order of time */
	int (*each)(const struct view *v, view_group_fn fn, void *arg);
	void *each_arg;
	size_t nr_more;			/* groups that are not shown, */
	struct group more, total;	/* their figures, those of all */
};

/*
 * Copy what is shown of @opt, @info and @reasons.  Return -1 only if memory is
 * short.  Release works on a zeroed or failed one.
 */
int view_init(struct view *v, const struct view_options *opt,
	      const struct recording *info, const struct reasons *reasons);
void view_release(struct view *v);

/*
 * Take the single exits that @from kept besides its groups: @to is a list of them, as
 * @opt would have made it.  Return -1 only if memory is short; release also then.
 */
int view_take_list(struct view *to, struct view *from, const struct view_options *opt);

/* @v is of sums by VM and vCPU: it becomes one of single exits, as @opt has it. */
void view_become_list(struct view *v, const struct view_options *opt);

/* What is looked at, and from when to when: before view_set_span(). */
void view_choose(struct view *v, const struct filter *f);

/* The recording lasts from @first_ts to @last_ts. */
void view_set_span(struct view *v, uint64_t first_ts, uint64_t last_ts);

/*
 * The unit that figures are shown in: the one that the options ask for; those of a
 * table in a terminal are scaled.  Return -1 after an error: wrong usage.
 */
int view_choose_unit(struct view *v);

/* What the user says of the TSC's rate, where @v is of no recording at hand */
void view_set_tsc_khz(struct view *v, uint32_t khz);

/* Call @fn for all groups that are shown, in their order.  Return what ended it, or 0. */
int view_for_groups(const struct view *v, view_group_fn fn, void *arg);

/* Is it a list without a ceiling, which a program reads? */
static inline bool view_is_whole_list(const struct view_options *opt)
{
	return opt->subject == VIEW_OF_LIST && !opt->top &&
	       (opt->format == VIEW_CSV || opt->format == VIEW_JSON ||
		opt->format == VIEW_JSONL || opt->format == VIEW_SQLITE);
}

/* All groups are there: sort and sum up.  Return -1 only if memory is short. */
int view_finish(struct view *v);

#endif /* ANALYZER_VIEW_H */
