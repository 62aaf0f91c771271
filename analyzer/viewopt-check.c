// SPDX-License-Identifier: GPL-2.0
/*
 * Do the options of a view agree?  What one of them means, as which column it names,
 * may depend on others: so it is settled when all are known.
 */
#include "viewopt.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "result/columns.h"

/* "cannot sort by: NAME, expected one of ..."  -1, always */
static int refuse_column(const struct view_options *opt, const char *what,
			 const char *name, size_t len)
{
	char known[640];
	size_t used = 0;
	unsigned int i;

	for (i = 0; i < nr_columns && used < sizeof(known); i++)
		if (columns_belong(&columns[i], opt->subject))
			used += snprintf(known + used, sizeof(known) - used,
					 "%s%s", used ? ", " : "",
					 columns[i].key);
	return error("%s: %.*s, expected one of %s", what, (int)len, name, known);
}

static int find_sort(struct view_options *opt)
{
	if (!opt->sort_key)
		return 0;
	opt->sort = columns_find(opt->subject, opt->sort_key);
	return opt->sort ? 0 : refuse_column(opt, "cannot sort by", opt->sort_key,
					     strlen(opt->sort_key));
}

static bool has_column(const struct view_options *opt, const struct column *col)
{
	unsigned int i;

	for (i = 0; i < opt->nr_columns; i++)
		if (opt->columns[i] == col)
			return true;
	return false;
}

/* Each once, in the order in which they are named */
static int find_columns(struct view_options *opt)
{
	const char *name = opt->columns_list, *end;
	const struct column *col;
	char word[64];

	opt->nr_columns = 0;
	for (; name; name = *end ? end + 1 : NULL) {
		end = strchrnul(name, ',');
		snprintf(word, sizeof(word), "%.*s", (int)(end - name), name);
		col = columns_find(opt->subject, word);
		if (!col)
			return refuse_column(opt, "no such column", name, end - name);
		if (!has_column(opt, col))
			opt->columns[opt->nr_columns++] = col;
	}
	if (opt->nr_columns && opt->format == VIEW_JSON)
		return error("--columns is for tables and CSV: JSON has names for all");
	return 0;
}

/* Up to three options say what the view is of: they have to agree. */
static int find_subject(struct view_options *opt)
{
	if (opt->list && opt->format_is_time)
		return error("--list is of exits: not with --format=time");
	if (opt->list && opt->view && opt->subject != VIEW_OF_LIST)
		return error("--list is of single exits: not with --view=%s",
			     opt->view);
	if (opt->format_is_time && opt->view && opt->subject != VIEW_OF_TIME)
		return error("--format=time is a view of time: not with --view=%s",
			     opt->view);
	if (opt->list)
		opt->subject = VIEW_OF_LIST;
	if (opt->format_is_time)
		opt->subject = VIEW_OF_TIME;
	return 0;
}

/* A label can be sorted by only if it is there. */
static bool sorts_by_missing(const struct view_options *opt)
{
	unsigned int by = view_by(opt);

	if (by & BY_VCPU)
		by |= BY_VM | BY_THREAD;
	/* Of several recordings it may be there, too. */
	if (by & (BY_VM | BY_THREAD))
		by |= BY_RECORDING;
	if (!opt->sort || !(opt->sort->flags & COLUMN_LABEL))
		return false;
	return !(opt->sort->by & by) ||
	       ((opt->sort->flags & COLUMN_MAP) && !opt->guest_map);
}

/* The first option of @f that is given; NULL: none */
static const char *filter_option(const struct filter_options *f)
{
	if (!f->nr_reasons && (f->vms.nr || f->vcpus.nr || f->threads.nr))
		return f->vms.nr ? "vm" : f->vcpus.nr ? "vcpu" : "thread";
	return f->nr_reasons ? "reason" : f->cpus.nr ? "cpu" :
	       f->from.given ? "from" : f->to.given ? "to" :
	       f->has_longer_than ? "longer-than" : NULL;
}

/* Time is the vCPU's, whatever it does and wherever it is: from when to when, at most. */
static int check_time(const struct view_options *opt)
{
	const struct filter_options *f = &opt->filter;
	const char *option = f->nr_reasons ? "reason" : f->cpus.nr ? "cpu" :
			     f->has_longer_than ? "longer-than" : NULL;

	if (opt->of)
		return error("a view of time has all parts: not with --of");
	if (opt->by & ~(BY_VM | BY_VCPU | BY_THREAD | BY_RECORDING))
		return error("a view of time is by vm, vcpu, thread or recording, and nothing else");
	if (option)
		return error("a view of time is of all of the vCPU's time: not with --%s",
			     option);
	return 0;
}

/* What a list is of, and its order, is always the same. */
static int check_list(const struct view_options *opt)
{
	if (opt->by)
		return error("--list is of single exits: not with --by");
	if (opt->sort_key)
		return error("--list is sorted by cycles: not with --sort");
	return 0;
}

/* The first option that chooses exits, or which groups are shown; NULL: none */
static const char *chooses_but_unit(const struct view_options *opt)
{
	return opt->sort_key ? "sort" :
	       opt->columns_list ? "columns" : opt->of ? "of" :
	       opt->top ? "top" :
	       opt->histogram ? "histogram" : filter_option(&opt->filter);
}

static const char *choosing_option(const struct view_options *opt)
{
	return opt->unit ? "unit" : chooses_but_unit(opt);
}

/* The kernel's reports are what they are. */
static int check_reports(const struct view_options *opt)
{
	const char *option = opt->by ? "by" : choosing_option(opt);

	if (opt->format == VIEW_JSONL || opt->format == VIEW_SQLITE)
		return error("reports have the formats reports, table, csv and json");

	return option ? error("reports are of all exits, by reason: not with --%s",
			      option) : 0;
}

/* It has all, from which views choose. */
static int check_state(const struct view_options *opt)
{
	const char *option = opt->view ? "view" : opt->list ? "list" :
			     choosing_option(opt);

	if (option)
		return error("a state is of all exits and times: not with --%s",
			     option);
	if (opt->range_bytes)
		return error("a state has whole details, which views group by range: not --by=detail:4K");
	if (opt->guest_map)
		return error("a state has instructions as numbers: --guest-map names them when it is shown, with --by=rip");
	return 0;
}

/* So are a summary and a page. */
static int check_whole(const struct view_options *opt, const char *what)
{
	const char *option = opt->view ? "view" : opt->list ? "list" :
			     opt->by ? "by" : opt->guest_map ? "guest-map" :
			     chooses_but_unit(opt);

	return option ? error("%s is of all exits and times: not with --%s", what,
			      option) : 0;
}

/* The same ones each time, not too many, and in base units */
static int check_metrics(struct view_options *opt)
{
	const char *option = opt->view ? "view" : opt->list ? "list" :
			     opt->guest_map ? "guest-map" :
			     opt->unit ? "unit" : opt->sort_key ? "sort" :
			     opt->columns_list ? "columns" : opt->of ? "of" :
			     opt->histogram ? "histogram" :
			     filter_option(&opt->filter);

	if (option)
		return error("metrics are of all exits: not with --%s", option);
	if (opt->by & ~METRICS_BY)
		return error("metrics are by reason, vm or recording, and nothing else: each series stays for ever");
	if (!opt->top)
		opt->top = METRICS_TOP;
	return 0;
}

static int check_histogram(const struct view_options *opt)
{
	if (opt->subject == VIEW_OF_TIME)
		return error("--histogram is of exits: not with a view of time");
	if (opt->subject == VIEW_OF_LIST)
		return error("--histogram is of groups of exits: not with a list");
	if (opt->format == VIEW_CSV)
		return error("--histogram has no place in CSV: use --format=json");
	return 0;
}

/* Each stack is of one group, and has one weight. */
static int check_folded(struct view_options *opt)
{
	const char *option = opt->columns_list ? "columns" :
			     opt->unit ? "unit" :
			     opt->histogram ? "histogram" : NULL;

	if (opt->subject == VIEW_OF_LIST || opt->subject == VIEW_OF_REPORTS)
		return error("--format=folded is of exits or time: not with --view=%s",
			     opt->subject == VIEW_OF_LIST ? "list" : "reports");
	if (option)
		return error("--format=folded has cycles for each group, and nothing else: not with --%s",
			     option);
	if (!opt->by && opt->subject == VIEW_OF_EXITS)
		opt->by = BY_VCPU | BY_REASON | BY_DETAIL;
	return 0;
}

/* Functions need a map, and a map is for instructions. */
static int check_map(const struct view_options *opt)
{
	const unsigned int by = view_by(opt);

	if ((by & BY_FUNCTION) && !opt->guest_map)
		return error("--by=function needs --guest-map: System.map of the guest's kernel, a copy of its /proc/kallsyms, or its vmlinux");
	if (opt->guest_map && !(by & (BY_FUNCTION | BY_RIP)))
		return error("--guest-map names the guest's instructions: use it with --by=rip, --by=function or --list");
	return 0;
}

/* A database has exits, which it groups itself. */
static int check_sqlite(struct view_options *opt)
{
	if (opt->subject != VIEW_OF_LIST && opt->view)
		return error("--format=sqlite has single exits: not with --view=%s",
			     opt->view);
	if (opt->by || opt->sort_key)
		return error("--format=sqlite has single exits, with views that group them: not with --%s",
			     opt->by ? "by" : "sort");
	if (opt->columns_list)
		return error("--format=sqlite has all columns: not with --columns");
	opt->subject = VIEW_OF_LIST;
	return 0;
}

/* It has exits one by one: all that can be chosen is which ones, and what is said of them. */
static int check_perfetto(struct view_options *opt)
{
	const char *option = opt->view ? "view" : opt->list ? "list" :
			     opt->sort_key ? "sort" : opt->columns_list ? "columns" :
			     opt->of ? "of" : opt->top ? "top" :
			     opt->histogram ? "histogram" :
			     opt->guest_map ? "guest-map" : NULL;

	if (option)
		return error("a timeline is of exits one by one: not with --%s", option);
	if (opt->unit > UNIT_WANTED_NS)
		return error("a timeline is in cycles or ns");
	if (!opt->by)
		opt->by = BY_REASON | BY_RIP | BY_DETAIL;
	if (opt->range_bytes || opt->width_ns ||
	    (opt->by & ~(BY_REASON | BY_RIP | BY_DETAIL) && opt->by != BY_TIME))
		return error("a timeline has exits with their rip and detail, exits with --by=reason, or counters with --by=time");
	return 0;
}

int viewopt_check(struct view_options *opt)
{
	const struct filter_options *f = &opt->filter;

	if (opt->format == VIEW_STATE)
		return check_state(opt);
	if (opt->format == VIEW_SUMMARY)
		return check_whole(opt, "a summary");
	if (opt->format == VIEW_HTML)
		return check_whole(opt, "a page");
	if (opt->format == VIEW_PROMETHEUS)
		return check_metrics(opt);
	if (opt->format == VIEW_PERFETTO && check_perfetto(opt) < 0)
		return -1;
	if (opt->unit && opt->subject == VIEW_OF_REPORTS)
		return error("--unit: reports are in the unit of the kernel: not with --view=reports");
	if (opt->unit == UNIT_WANTED_AUTO && opt->raw)
		return error("--raw shows plain numbers: not with --unit=auto");
	if (find_subject(opt) < 0)
		return -1;
	if (opt->format == VIEW_SQLITE && check_sqlite(opt) < 0)
		return -1;
	if (opt->format == VIEW_FOLDED && check_folded(opt) < 0)
		return -1;
	if (check_map(opt) < 0)
		return -1;
	if (opt->subject == VIEW_OF_LIST && check_list(opt) < 0)
		return -1;
	if (opt->subject == VIEW_OF_TIME && check_time(opt) < 0)
		return -1;
	if (opt->subject == VIEW_OF_REPORTS && check_reports(opt) < 0)
		return -1;
	if (opt->histogram && check_histogram(opt) < 0)
		return -1;
	if (find_sort(opt) < 0 || find_columns(opt) < 0)
		return -1;
	if (f->from.given && f->to.given && f->from.absolute == f->to.absolute &&
	    f->from.ns >= f->to.ns)
		return error("--from is not before --to: nothing is in between");
	if (sorts_by_missing(opt))
		return error("--sort=%s needs --by=%s", opt->sort->key,
			     opt->sort->key);
	return 0;
}

/* What is another one in each recording, or of none that is compared */
static const char *uncomparable_option(const struct view_options *opt)
{
	const struct filter_options *f = &opt->filter;

	return opt->list ? "list" : opt->histogram ? "histogram" :
	       opt->sort_key ? "sort" : opt->view ? "view" :
	       opt->format_is_time ? "format=time" :
	       opt->by & BY_VM ? "by=vm" :
	       opt->by & BY_RECORDING ? "by=recording" :
	       opt->by & BY_FUNCTION ? "by=function" :
	       opt->by & BY_TIME ? "by=time" :
	       f->from.absolute ? "from=@..." :
	       f->to.absolute ? "to=@..." : NULL;
}

int viewopt_check_compare(const struct view_options *opt)
{
	const char *option = uncomparable_option(opt);

	if (option)
		return error("--%s: not with compare, which is of exits, by what recordings have in common",
			     option);
	if (opt->format != VIEW_TABLE && opt->format != VIEW_CSV &&
	    opt->format != VIEW_JSON && opt->format != VIEW_HTML)
		return error("compare has the formats table, csv, json and html");
	return 0;
}
