// SPDX-License-Identifier: GPL-2.0
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "viewopt.h"

enum option_flags {
	OPTION_PLAIN = 1,	/* takes no value */
	OPTION_OPTIONAL = 2,	/* may have one */
	OPTION_EARLY = 4,	/* says how the recording is opened */
	OPTION_LOOKS = 8,	/* asks for no view, but says how one is shown */
	OPTION_COMPARE = 16,	/* is of comparisons only */
};

struct option_def {
	const char *name;
	unsigned int flags;
	int (*set)(struct options *opt, const char *arg);
	int (*set_view)(struct view_options *view, const char *arg);
};

/* Decimal from @min to @max, up to the end or up to @stop; NULL: it is not. */
static const char *parse_number_to(const char *arg, char stop, uint64_t min,
				   uint64_t max, uint64_t *v)
{
	char *end;

	if (!isdigit((unsigned char)*arg))
		return NULL;
	errno = 0;
	*v = strtoull(arg, &end, 10);
	if (errno || *v < min || *v > max || (*end && *end != stop))
		return NULL;
	return end;
}

static const char *parse_number(const char *arg, uint64_t min, uint64_t max,
				uint64_t *v)
{
	return parse_number_to(arg, '.', min, max, v);
}

static int set_check(struct options *opt, const char *arg)
{
	opt->check = true;
	opt->log = arg;
	return 0;
}

static int set_last(struct options *opt, const char *arg)
{
	(void)arg;
	opt->last = true;
	return 0;
}

static int set_report(struct options *opt, const char *arg)
{
	const char *end;
	uint64_t epoch;

	end = parse_number(arg, 0, UINT32_MAX, &epoch);
	if (end && *end == '.')
		end = parse_number(end + 1, 1, UINT64_MAX, &opt->report);
	if (!end || *end)
		return error("bad report: %s, expected EPOCH or EPOCH.N", arg);
	opt->one_epoch = true;
	opt->epoch = epoch;
	return 0;
}

/* "17", "2:17"; or a time, which has a point or an @ */
static int set_show(struct options *opt, const char *arg)
{
	struct show_request show = { .text = arg };
	const char *end = arg;
	uint64_t epoch = 0;

	if (*arg == '@' || strchr(arg, '.')) {
		opt->show = show;
		return filter_parse_time(&opt->show.time, arg);
	}
	show.has_number = true;
	show.has_epoch = strchr(arg, ':');
	if (show.has_epoch)
		end = parse_number_to(arg, ':', 0, UINT32_MAX, &epoch);
	if (end && *end == ':')
		end++;
	if (end)
		end = parse_number_to(end, '\0', 1, UINT64_MAX, &show.seq);
	if (!end)
		return error("bad exit: %s, expected its number, 17 or EPOCH:17, or a time, as --list has it, 2.637021469, or @8.111701, as trace-cmd report has it",
			     arg);
	show.epoch = epoch;
	opt->show = show;
	return 0;
}

static int set_formats(struct options *opt, const char *arg)
{
	opt->request.formats = arg;
	return 0;
}

static int set_instance(struct options *opt, const char *arg)
{
	if (!*arg)
		return error("bad instance: an empty name");
	opt->request.instance = arg;
	return 0;
}

static int set_isa(struct options *opt, const char *arg)
{
	if (!isa_find(arg, strlen(arg), &opt->isa) || !isa_valid(opt->isa))
		return error("unknown ISA: %s, expected vmx or svm", arg);
	return 0;
}

static int set_tsc_khz(struct options *opt, const char *arg)
{
	const char *end;
	uint64_t khz;

	end = parse_number(arg, 1, UINT32_MAX, &khz);
	if (!end || *end)
		return error("bad rate of the TSC: %s, expected kHz, e.g. 2400000",
			     arg);
	opt->request.tsc_khz = khz;
	return 0;
}

static int set_jobs(struct options *opt, const char *arg)
{
	const char *end;
	uint64_t jobs;

	end = parse_number(arg, 1, THREADS_MAX, &jobs);
	if (!end || *end)
		return error("bad number of threads: %s, expected 1 to %u", arg,
			     THREADS_MAX);
	opt->threads = jobs;
	return 0;
}

static int set_paired(struct options *opt, const char *arg)
{
	(void)arg;
	opt->compare.paired = true;
	return 0;
}

#define PERCENT_PLACES	3u	/* of the least effect */

/* A percentage, also as a decimal fraction of one: "2", "0.5%" */
static int set_min_effect(struct options *opt, const char *arg)
{
	unsigned int places = PERCENT_PLACES;
	const char *end;
	uint64_t percent;

	end = parse_number(arg, 0, 1000, &percent);
	if (end && *end == '.')
		for (end++; isdigit((unsigned char)*end) && places; places--)
			percent = percent * 10 + (*end++ - '0');
	if (!end || (*end && strcmp(end, "%")) || end[-1] == '.')
		return error("bad effect: %s, expected percent from 0 to 1000, with three decimal places at the most: 2, 0.5%%",
			     arg);
	while (places--)
		percent *= 10;
	opt->compare.min_effect = percent;
	return 0;
}

static int set_raw(struct view_options *view, const char *arg)
{
	(void)arg;
	view->raw = true;
	return 0;
}

static int set_width(struct options *opt, const char *arg)
{
	const char *end;
	uint64_t width;

	end = parse_number(arg, 1, UINT32_MAX, &width);
	if (!end || *end)
		return error("bad width: %s, expected columns", arg);
	opt->view.width = width;
	return 0;
}

static int set_terminal(struct options *opt, const char *arg)
{
	(void)arg;
	opt->view.terminal = true;
	return 0;
}

static int set_blocks(struct view_options *view, const char *arg)
{
	(void)arg;
	view->blocks = true;
	return 0;
}

static int set_color(struct view_options *view, const char *arg)
{
	(void)arg;
	view->color = true;
	return 0;
}

static int set_program(struct view_options *view, const char *arg)
{
	view->program = arg;
	return 0;
}

static const struct option_def defs[] = {
	{ "check", OPTION_OPTIONAL, set_check, NULL },
	{ "last", OPTION_PLAIN, set_last, NULL },
	{ "report", 0, set_report, NULL },
	{ "show", 0, set_show, NULL },
	{ "format", 0, NULL, viewopt_format },
	{ "view", 0, NULL, viewopt_view },
	{ "by", 0, NULL, viewopt_by },
	{ "sort", 0, NULL, viewopt_sort },
	{ "columns", 0, NULL, viewopt_columns },
	{ "of", 0, NULL, viewopt_of },
	{ "top", 0, NULL, viewopt_top },
	{ "list", OPTION_PLAIN, NULL, viewopt_list },
	{ "histogram", OPTION_PLAIN, NULL, viewopt_histogram },
	{ "bins", 0, NULL, viewopt_bins },
	{ "longer-than", 0, NULL, viewopt_longer_than },
	{ "raw", OPTION_PLAIN, NULL, set_raw },
	{ "reason", 0, NULL, viewopt_reason },
	{ "vm", 0, NULL, viewopt_vm },
	{ "vcpu", 0, NULL, viewopt_vcpu },
	{ "thread", 0, NULL, viewopt_thread },
	{ "cpu", 0, NULL, viewopt_cpu },
	{ "from", 0, NULL, viewopt_from },
	{ "to", 0, NULL, viewopt_to },
	{ "instance", OPTION_EARLY, set_instance, NULL },
	{ "formats", OPTION_EARLY, set_formats, NULL },
	{ "isa", OPTION_EARLY, set_isa, NULL },
	{ "tsc-khz", OPTION_EARLY, set_tsc_khz, NULL },
	{ "unit", 0, NULL, viewopt_unit },
	{ "guest-map", 0, NULL, viewopt_guest_map },
	{ "jobs", 0, set_jobs, NULL },
	{ "paired", OPTION_PLAIN | OPTION_COMPARE, set_paired, NULL },
	{ "min-effect", OPTION_COMPARE, set_min_effect, NULL },
	{ "terminal", OPTION_PLAIN, set_terminal, NULL },
	{ "width", 0, set_width, NULL },
	{ "blocks", OPTION_PLAIN | OPTION_LOOKS, NULL, set_blocks },
	{ "color", OPTION_PLAIN | OPTION_LOOKS, NULL, set_color },
	{ "program", OPTION_LOOKS, NULL, set_program },
};

static const struct option_def *find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(defs) / sizeof(defs[0]); i++)
		if (!strcmp(defs[i].name, name))
			return &defs[i];
	return NULL;
}

bool settings_is_early(const char *name)
{
	const struct option_def *def = find(name);

	return def && (def->flags & OPTION_EARLY);
}

static int set(struct settings *s, const struct option_def *def,
	       const char *value)
{
	struct view_options *view = &s->options.view;

	if ((def->flags & OPTION_COMPARE) && !s->compare_option) {
		s->compare_option = def->name;
		s->options.compare.min_effect = COMPARE_MIN_EFFECT;
	}
	if (def->set)
		return def->set(&s->options, value);
	if (def->set_view == viewopt_format)
		s->has_format = true;
	else if (!s->view_option && !(def->flags & OPTION_LOOKS))
		s->view_option = def->name;
	return def->set_view(view, value);
}

int settings_set(struct settings *s, const char *name, const char *value)
{
	const struct option_def *def = find(name);
	struct settings changed = *s;

	if (!def)
		return error("bad option: %s", name);
	if (value && (def->flags & OPTION_PLAIN))
		return error("option takes no value: --%s", name);
	if (!value && !(def->flags & (OPTION_PLAIN | OPTION_OPTIONAL)))
		return error("option needs a value: --%s", name);
	if (set(&changed, def, value) < 0)
		return -1;
	*s = changed;
	return 0;
}

/* Either reports in the kernel's own grammar, or a view */
static int choose_view(const struct settings *s, struct options *opt,
		       const char *report)
{
	if (!s->has_format && s->view_option)
		opt->view.format = VIEW_TABLE;
	else if (!s->has_format && !report && opt->view.terminal)
		opt->view.format = VIEW_SUMMARY;
	if (report && s->has_format && opt->view.format)
		return error("--%s is about reports: not with --format, unless there is --view=reports",
			     report);
	if (report && opt->view.format)
		return error("--%s is about reports: not with --%s", report,
			     s->view_option);
	if (s->view_option && !opt->view.format)
		return error("--%s is about views: not with --format=reports",
			     s->view_option);
	if (!opt->view.format)
		opt->view.subject = VIEW_OF_REPORTS;
	return 0;
}

/* The first one that is about reports; NULL: none */
static const char *report_option(const struct options *opt)
{
	return opt->check ? "check" : opt->last ? "last" :
	       opt->one_epoch ? "report" : NULL;
}

/* One exit has a table or JSON of its own, and nothing to choose. */
static int check_show(const struct settings *s, struct options *opt,
		      const char *report)
{
	const char *other = report ? report : s->view_option;

	if (other)
		return error("--show is of one exit: not with --%s", other);
	if (s->has_format && (opt->view.format_is_time ||
			      (opt->view.format != VIEW_TABLE &&
			       opt->view.format != VIEW_JSON)))
		return error("--show has the formats table and json");
	if (!s->has_format)
		opt->view.format = VIEW_TABLE;
	return 0;
}

int settings_get(const struct settings *s, struct options *opt)
{
	const char *report;

	*opt = s->options;
	report = report_option(opt);
	if (s->compare_option)
		return error("--%s is of comparisons: kvm-exit-cycles compare BEFORE... -- AFTER...",
			     s->compare_option);
	if (opt->check && (opt->last || opt->one_epoch))
		return error("--check compares all reports: not with --last or --report");
	if (opt->check && (opt->view.format || s->view_option))
		return error("--check is about reports: not with --%s",
			     s->has_format ? "format" : s->view_option);
	if (opt->show.text)
		return check_show(s, opt, report);
	if (!viewopt_asks_for_reports(&opt->view) &&
	    choose_view(s, opt, report) < 0)
		return -1;
	return viewopt_check(&opt->view);
}

int settings_get_compare(const struct settings *s, struct options *opt)
{
	const char *report;

	*opt = s->options;
	report = report_option(opt);
	if (report)
		return error("--%s is about reports: not with compare", report);
	if (opt->show.text)
		return error("--show is of one exit: not with compare");
	if (!s->has_format)
		opt->view.format = VIEW_TABLE;
	if (!s->compare_option)
		opt->compare.min_effect = COMPARE_MIN_EFFECT;
	return viewopt_check_compare(&opt->view) < 0 ? -1 :
	       viewopt_check(&opt->view);
}
