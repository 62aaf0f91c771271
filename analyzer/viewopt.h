/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The arguments of the options that choose a view.
 *
 * All return 0, or -1 after an error that names what is valid.
 */
#ifndef ANALYZER_VIEWOPT_H
#define ANALYZER_VIEWOPT_H

#include "result/view.h"

int viewopt_format(struct view_options *opt, const char *arg);
int viewopt_columns(struct view_options *opt, const char *arg);
int viewopt_of(struct view_options *opt, const char *arg);
int viewopt_view(struct view_options *opt, const char *arg);
int viewopt_by(struct view_options *opt, const char *arg);
int viewopt_sort(struct view_options *opt, const char *arg);
int viewopt_top(struct view_options *opt, const char *arg);
int viewopt_reason(struct view_options *opt, const char *arg);
int viewopt_vm(struct view_options *opt, const char *arg);
int viewopt_vcpu(struct view_options *opt, const char *arg);
int viewopt_thread(struct view_options *opt, const char *arg);
int viewopt_cpu(struct view_options *opt, const char *arg);
int viewopt_from(struct view_options *opt, const char *arg);
int viewopt_list(struct view_options *opt, const char *arg);
int viewopt_bins(struct view_options *opt, const char *arg);
int viewopt_longer_than(struct view_options *opt, const char *arg);
int viewopt_histogram(struct view_options *opt, const char *arg);
int viewopt_guest_map(struct view_options *opt, const char *arg);
int viewopt_unit(struct view_options *opt, const char *arg);
int viewopt_to(struct view_options *opt, const char *arg);

/* Is it --view=reports that says what is printed? */
bool viewopt_asks_for_reports(const struct view_options *opt);

/* All options were seen: do they go together?  Look up the column. */
int viewopt_check(struct view_options *opt);

/* Are they what recordings can be compared by? */
int viewopt_check_compare(const struct view_options *opt);

#endif /* ANALYZER_VIEWOPT_H */
