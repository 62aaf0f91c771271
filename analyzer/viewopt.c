// SPDX-License-Identifier: GPL-2.0
#include "viewopt.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct word {
	const char *name;
	unsigned int value;
};

/* "time" stands for a table of that subject. */
static const struct word formats[] = {
	{ "reports", VIEW_NONE }, { "table", VIEW_TABLE },
	{ "time", VIEW_TABLE }, { "json", VIEW_JSON }, { "csv", VIEW_CSV },
	{ "jsonl", VIEW_JSONL }, { "sqlite", VIEW_SQLITE },
	{ "folded", VIEW_FOLDED },
	{ "state", VIEW_STATE }, { "summary", VIEW_SUMMARY },
	{ "html", VIEW_HTML }, { "perfetto", VIEW_PERFETTO },
	{ "prometheus", VIEW_PROMETHEUS },
};

static const struct word subjects[] = {
	{ "exits", VIEW_OF_EXITS }, { "time", VIEW_OF_TIME },
	{ "list", VIEW_OF_LIST }, { "reports", VIEW_OF_REPORTS },
};

static const struct word keys[] = {
	{ "reason", BY_REASON }, { "vm", BY_VM }, { "vcpu", BY_VCPU },
	{ "cpu", BY_CPU }, { "rip", BY_RIP }, { "detail", BY_DETAIL },
	{ "recording", BY_RECORDING }, { "function", BY_FUNCTION },
	{ "time", BY_TIME }, { "kind", BY_KIND },
	{ "thread", BY_THREAD }, { "level", BY_LEVEL },
};

#define NR(array)	(sizeof(array) / sizeof((array)[0]))

static const struct word *find_word(const struct word *words, size_t nr,
				    const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (strlen(words[i].name) == len &&
		    !memcmp(words[i].name, text, len))
			return &words[i];
	return NULL;
}

int viewopt_format(struct view_options *opt, const char *arg)
{
	const struct word *word = find_word(formats, NR(formats), arg,
					    strlen(arg));

	if (!word)
		return error("unknown format: %s, expected reports, table, time, json, jsonl, csv, sqlite, folded, perfetto, state, summary, html or prometheus",
			     arg);
	opt->format = word->value;
	opt->format_is_time = !strcmp(word->name, "time");
	return 0;
}

int viewopt_guest_map(struct view_options *opt, const char *arg)
{
	opt->guest_map = arg;
	return 0;
}

int viewopt_unit(struct view_options *opt, const char *arg)
{
	static const struct word units[] = {
		{ "cycles", UNIT_WANTED_CYCLES }, { "ns", UNIT_WANTED_NS },
		{ "us", UNIT_WANTED_US }, { "ms", UNIT_WANTED_MS },
		{ "auto", UNIT_WANTED_AUTO },
	};
	const struct word *word = find_word(units, NR(units), arg, strlen(arg));

	if (!word)
		return error("unknown unit: %s, expected cycles, ns, us, ms or auto",
			     arg);
	opt->unit = word->value;
	return 0;
}

int viewopt_of(struct view_options *opt, const char *arg)
{
	enum stats_of of;

	for (of = STATS_OF_CYCLES; of <= STATS_OF_TOTAL; of++)
		if (!strcmp(stats_of_name(of), arg)) {
			opt->of = of;
			return 0;
		}
	return error("unknown measure: %s, expected cycles, user, halted, off_cpu or total",
		     arg);
}

int viewopt_view(struct view_options *opt, const char *arg)
{
	const struct word *word = find_word(subjects, NR(subjects), arg,
					    strlen(arg));

	if (!word)
		return error("unknown view: %s, expected exits, time, list or reports", arg);
	opt->subject = word->value;
	opt->view = word->name;
	return 0;
}

bool viewopt_asks_for_reports(const struct view_options *opt)
{
	return opt->view && opt->subject == VIEW_OF_REPORTS && !opt->list;
}

/* What is behind the colon of "time:50ms", up to @end */
static int parse_bucket(struct view_options *opt, const char *text, const char *end)
{
	bool has_unit;

	if (filter_parse_duration(text, end, &opt->width_ns, &has_unit) &&
	    has_unit && opt->width_ns)
		return 0;
	return error("bad width of --by=time: %.*s, expected more than 0 us, ms or s, e.g. time:50ms",
		     (int)(end - text), text);
}

/* "detail:4K" */
static int parse_range(struct view_options *opt, const char *text, const char *end)
{
	static const struct word ranges[] = {
		{ "4K", 1u << 12 }, { "2M", 1u << 21 }, { "1G", 1u << 30 },
	};
	const struct word *word = find_word(ranges, NR(ranges), text, end - text);

	if (!word)
		return error("bad range of --by=detail: %.*s, expected 4K, 2M or 1G",
			     (int)(end - text), text);
	opt->range_bytes = word->value;
	return 0;
}

int viewopt_by(struct view_options *opt, const char *arg)
{
	const struct word *word;
	const char *end, *colon;

	opt->width_ns = 0;
	opt->range_bytes = 0;
	for (opt->by = 0;; arg = end + 1) {
		end = strchrnul(arg, ',');
		colon = memchr(arg, ':', end - arg);
		word = find_word(keys, NR(keys), arg, (colon ? colon : end) - arg);
		if (!word || (colon && !(word->value & (BY_TIME | BY_DETAIL))))
			return error("cannot group by: %.*s, expected reason, vm, vcpu, thread, cpu, rip, function, detail, recording, time, kind, level, or some of them with commas in between, and time:50ms, detail:4K",
				     (int)(end - arg), arg);
		if (colon && (word->value == BY_TIME ?
			      parse_bucket(opt, colon + 1, end) :
			      parse_range(opt, colon + 1, end)) < 0)
			return -1;
		opt->by |= word->value;
		if (!*end)
			return 0;
	}
}

/* Which column that is depends on what the view is of. */
int viewopt_sort(struct view_options *opt, const char *arg)
{
	opt->sort_key = arg;
	return 0;
}

int viewopt_columns(struct view_options *opt, const char *arg)
{
	opt->columns_list = arg;
	return 0;
}

int viewopt_top(struct view_options *opt, const char *arg)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(arg, &end, 10);
	if (!isdigit((unsigned char)*arg) || *end || errno || !n ||
	    n > GROUPS_MAX)
		return error("bad number of rows: %s, expected 1 to %u", arg,
			     GROUPS_MAX);
	opt->top = n;
	return 0;
}

int viewopt_reason(struct view_options *opt, const char *arg)
{
	return filter_parse_reasons(&opt->filter, arg);
}

int viewopt_vm(struct view_options *opt, const char *arg)
{
	return filter_parse_numbers(&opt->filter.vms, "vm", arg);
}

int viewopt_vcpu(struct view_options *opt, const char *arg)
{
	return filter_parse_numbers(&opt->filter.vcpus, "vcpu", arg);
}

int viewopt_thread(struct view_options *opt, const char *arg)
{
	return filter_parse_numbers(&opt->filter.threads, "thread", arg);
}

int viewopt_cpu(struct view_options *opt, const char *arg)
{
	return filter_parse_numbers(&opt->filter.cpus, "cpu", arg);
}

/* An exit cannot fit one of two ends: what was meant is not clear. */
static int refuse_twice(bool given, const char *option)
{
	return given ? error("--%s is given twice: it takes one value", option) :
		       0;
}

int viewopt_from(struct view_options *opt, const char *arg)
{
	if (refuse_twice(opt->filter.from.given, "from") < 0)
		return -1;
	return filter_parse_time(&opt->filter.from, arg);
}

int viewopt_list(struct view_options *opt, const char *arg)
{
	(void)arg;
	opt->list = true;
	return 0;
}

int viewopt_longer_than(struct view_options *opt, const char *arg)
{
	if (refuse_twice(opt->filter.has_longer_than, "longer-than") < 0)
		return -1;
	return filter_parse_length(&opt->filter, arg);
}

int viewopt_histogram(struct view_options *opt, const char *arg)
{
	(void)arg;
	opt->histogram = true;
	return 0;
}

/* It is a histogram of so many. */
int viewopt_bins(struct view_options *opt, const char *arg)
{
	unsigned int bins;
	char end;

	if (!isdigit((unsigned char)*arg) || sscanf(arg, "%3u%c", &bins, &end) != 1 ||
	    !histogram_can_have(bins))
		return error("bad number of bins: %s, expected 1, 2, 4, 8, 16, 32 or 64 for each power of two",
			     arg);
	opt->histogram = true;
	opt->bins = bins;
	return 0;
}

int viewopt_to(struct view_options *opt, const char *arg)
{
	if (refuse_twice(opt->filter.to.given, "to") < 0)
		return -1;
	return filter_parse_time(&opt->filter.to, arg);
}
