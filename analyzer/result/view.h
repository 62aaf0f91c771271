/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A view: figures of the recorded exits, in groups, or where the time of each
 * vCPU went, for people and programs.
 * It proves nothing; reports (stamped.c) do.
 *
 * The driving loops in views.c fill a struct view, view_finish() sorts it, and
 * columns.h gives what each format prints of it.
 */
#ifndef ANALYZER_VIEW_H
#define ANALYZER_VIEW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/losses.h"
#include "base/recording.h"
#include "event/filter.h"
#include "event/reasons.h"
#include "result/group.h"
#include "result/list.h"

enum view_format {
	VIEW_NONE,		/* reports, in the kernel's own grammar */
	VIEW_TABLE,
	VIEW_JSON,
	VIEW_CSV,
};

/* What exits are grouped by */
#define BY_VM		1u
#define BY_VCPU		2u
#define BY_CPU		4u
#define BY_REASON	8u
#define BY_RIP		16u
#define BY_DETAIL	32u
#define BY_TIME		64u	/* each exit by itself: of a list */

struct column;

/* What a view is of */
enum view_subject {
	VIEW_OF_EXITS,
	VIEW_OF_TIME,		/* where it went, for each vCPU */
	VIEW_OF_LIST,		/* single exits, the most expensive first */
};

struct view_options {
	enum view_format format;
	enum view_subject subject;
	bool format_is_time;		/* --format=time, */
	const char *view;		/* --view, */
	bool list;			/* --list, as given */
	unsigned int by;		/* BY_...; 0: by reason, or by vCPU */
	const char *sort_key;		/* as given; NULL: by cycles */
	const struct column *sort;	/* by viewopt_check() */
	uint64_t top;			/* groups that are shown; 0: all */
	bool raw;			/* table: plain integers */
	bool terminal;			/* standard output is one */
	bool histogram;			/* of each group: not in CSV */
	struct filter_options filter;
};

/* BY_...: those that were asked for, or what is usual */
static inline unsigned int view_by(const struct view_options *opt)
{
	if (opt->subject == VIEW_OF_LIST)
		return BY_TIME | BY_VM | BY_VCPU | BY_CPU | BY_REASON | BY_RIP |
		       BY_DETAIL;
	if (opt->by)
		return opt->by;
	return opt->subject == VIEW_OF_TIME ? BY_VCPU : BY_REASON;
}

struct view {
	const struct view_options *opt;
	const struct recording *info;
	const struct reasons *reasons;
	const struct filter *filter;	/* which exits are looked at */
	const char *unit;		/* "cycles" or "ns" */
	bool patched;			/* the kernel that was recorded */
	bool stamped;			/* and it counted: figures are split */
	unsigned int by;		/* BY_VCPU includes BY_VM if stamped */

	uint32_t isas;			/* of all exits: isa_bit() */
	uint64_t vcpus, vms;		/* of all exits; vms only if stamped */
	uint64_t exits;			/* all that could be used */
	uint64_t before, lost;		/* exits not recorded, if stamped; they
					   saturate */
	uint64_t unused;		/* round trips within losses, if not */
	uint64_t lacking;		/* events that the kernel recorded, and
					   the file does not have */
	bool detailed;			/* by rip or detail: */
	uint64_t unknown;		/* exits whose kvm_exit is not recorded */
	uint64_t unattached;		/* events inside no exit that is known */
	uint64_t no_room;		/* exits in groups "other" */
	struct losses losses;
	uint64_t first_ts;		/* of the first event */
	bool has_span;			/* the clock says how long */
	uint64_t span_ns;		/* first event to last */
	uint64_t window_ns;		/* what of it is looked at: filter.h */
	uint64_t times_span;		/* of a view of time, in @unit: first
					   stamp to last, or the same as above */

	struct groups groups;		/* of the exits that are looked at */
	struct list list;		/* or these exits */
	const struct group **sorted;	/* after view_finish() */
	size_t nr_shown;
	size_t nr_more;			/* groups that are not shown, */
	struct group more, total;	/* their figures, those of all */
};

/* A zeroed struct is an empty one. */
void view_release(struct view *v);

/* The recording lasts from @first_ts to @last_ts. */
void view_set_span(struct view *v, uint64_t first_ts, uint64_t last_ts);

/* All groups are there: sort and sum up.  Return -1 only if memory is short. */
int view_finish(struct view *v);

/* Return -1 after an error: nothing more can be written. */
int view_print(const struct view *v, FILE *out);

#endif /* ANALYZER_VIEW_H */
