/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A report of the kernel, or the block of all recorded exits, as a view of
 * VIEW_OF_REPORTS: a group for each line of a reason, in the order of the kernel's
 * lines, and the total.
 *
 * The reports of a recording have no limit.  So one struct view shows them one
 * after the other:
 *
 *	report_init(), and what is known of the recording
 *	writer_begin()
 *	report_set() and writer_block(), for each
 *	writer_end()
 */
#ifndef ANALYZER_REPORT_H
#define ANALYZER_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "result/columns.h"
#include "result/view.h"
#include "stats.h"

/* What a report is called */
struct report_id {
	uint32_t epoch, since;
	uint64_t number, seq;
};

/* As view_init(), whatever the view is to be of by @opt */
int report_init(struct view *v, const struct view_options *opt,
		const struct recording *info, const struct reasons *reasons);

/*
 * Show @t, whose slots are those of v->reasons: of the proven report @id, or of
 * all recorded exits if @id is NULL.  Return -1 only if memory is short.
 */
int report_set(struct view *v, const struct report_id *id,
	       const struct stats_table *t);

/* One figure of @g, as the kernel has it.  @col is of reports. */
u128 report_value(const struct column *col, const struct group *g);

#endif /* ANALYZER_REPORT_H */
