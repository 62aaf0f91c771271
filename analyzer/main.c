// SPDX-License-Identifier: GPL-2.0
/*
 * Options and exit status.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyze.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/outfile.h"
#include "base/output.h"
#include "result/state.h"
#include "viewopt.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

enum action {
	ACTION_ANALYZE,
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_USAGE,		/* wrong usage: reported */
};

struct command {
	struct options options;
	enum action action;
	const char *view_option;	/* the first one that asks for a view */
	bool has_format;
	const char *output;		/* NULL: standard output */
};

/* One table for parsing and help; the man page is compared with it. */
static const struct option_def {
	char letter;		/* 0: none */
	const char *name;
	const char *arg;	/* NULL: none; optional if it begins with '[' */
	const char *help;
	int (*set)(struct command *cmd, const char *arg);
	int (*set_view)(struct view_options *view, const char *arg);
} option_defs[];

/* Decimal from @min to @max, up to the end or up to a dot; NULL: it is not. */
static const char *parse_number(const char *arg, uint64_t min, uint64_t max,
				uint64_t *v)
{
	char *end;

	if (!isdigit((unsigned char)*arg))
		return NULL;
	errno = 0;
	*v = strtoull(arg, &end, 10);
	if (errno || *v < min || *v > max || (*end && *end != '.'))
		return NULL;
	return end;
}

static int set_check(struct command *cmd, const char *arg)
{
	cmd->options.check = true;
	cmd->options.log = arg;
	return 0;
}

static int set_last(struct command *cmd, const char *arg)
{
	(void)arg;
	cmd->options.last = true;
	return 0;
}

static int set_report(struct command *cmd, const char *arg)
{
	const char *end;
	uint64_t epoch;

	end = parse_number(arg, 0, UINT32_MAX, &epoch);
	if (end && *end == '.')
		end = parse_number(end + 1, 1, UINT64_MAX,
				   &cmd->options.report);
	if (!end || *end)
		return error("bad report: %s, expected EPOCH or EPOCH.N", arg);
	cmd->options.one_epoch = true;
	cmd->options.epoch = epoch;
	return 0;
}

static int set_formats(struct command *cmd, const char *arg)
{
	cmd->options.request.formats = arg;
	return 0;
}

static int set_instance(struct command *cmd, const char *arg)
{
	if (!*arg)
		return error("bad instance: an empty name");
	cmd->options.request.instance = arg;
	return 0;
}

static int set_isa(struct command *cmd, const char *arg)
{
	if (!isa_find(arg, strlen(arg), &cmd->options.isa))
		return error("unknown ISA: %s, expected vmx or svm", arg);
	return 0;
}

static int set_tsc_khz(struct command *cmd, const char *arg)
{
	const char *end;
	uint64_t khz;

	end = parse_number(arg, 1, UINT32_MAX, &khz);
	if (!end || *end)
		return error("bad rate of the TSC: %s, expected kHz, e.g. 2400000",
			     arg);
	cmd->options.request.tsc_khz = khz;
	return 0;
}

static int set_jobs(struct command *cmd, const char *arg)
{
	const char *end;
	uint64_t jobs;

	end = parse_number(arg, 1, THREADS_MAX, &jobs);
	if (!end || *end)
		return error("bad number of threads: %s, expected 1 to %u", arg,
			     THREADS_MAX);
	cmd->options.threads = jobs;
	return 0;
}

static int set_raw(struct view_options *view, const char *arg)
{
	(void)arg;
	view->raw = true;
	return 0;
}

static int set_output(struct command *cmd, const char *arg)
{
	if (!*arg)
		return error("bad output: an empty name");
	cmd->output = arg;
	return 0;
}

static int set_help(struct command *cmd, const char *arg)
{
	(void)arg;
	cmd->action = ACTION_HELP;
	return 0;
}

static int set_version(struct command *cmd, const char *arg)
{
	(void)arg;
	cmd->action = ACTION_VERSION;
	return 0;
}

static const struct option_def option_defs[] = {
	{ 'c', "check", "[=LOG]",
	  "compare with the kernel's figures, those in the\n"
	  "recording or in a kernel log (-: standard input)", set_check, NULL },
	{ 'l', "last", NULL, "print the last report only", set_last, NULL },
	{ 'r', "report", "=E[.N]",
	  "print the reports of epoch E only, or its report N", set_report,
	  NULL },
	{ 'f', "format", "=FORMAT",
	  "reports, or a view: table, time, json, csv, state", NULL,
	  viewopt_format },
	{ 'w', "view", "=VIEW",
	  "exits, time (where each vCPU's went), list, reports", NULL,
	  viewopt_view },
	{ 'b', "by", "=KEY,...",
	  "group by reason, vm, vcpu, cpu, rip, detail, recording", NULL,
	  viewopt_by },
	{ 's', "sort", "=COLUMN", "sort by a column; default: cycles", NULL,
	  viewopt_sort },
	{ 't', "top", "=N", "show the first N groups, sum up the others", NULL,
	  viewopt_top },
	{ 0, "list", NULL, "show single exits, by cycles; --top: 20", NULL,
	  viewopt_list },
	{ 0, "histogram", NULL, "how many exits took how long, for each group",
	  NULL, viewopt_histogram },
	{ 0, "longer-than", "=N", "only exits of more than N cycles, or N us, ms, s",
	  NULL, viewopt_longer_than },
	{ 0, "raw", NULL, "table: no commas in numbers", NULL, set_raw },
	{ 0, "reason", "=NAME,...", "only these exit reasons: hlt, svm hlt, 0x78",
	  NULL, viewopt_reason },
	{ 0, "vm", "=PID,...", "only these VMs", NULL, viewopt_vm },
	{ 0, "vcpu", "=N,...", "only these vCPUs; unpatched kernels: threads",
	  NULL, viewopt_vcpu },
	{ 0, "cpu", "=N,...", "only exits that ended on these CPUs", NULL,
	  viewopt_cpu },
	{ 0, "from", "=SECONDS", "only exits that ended since then, or", NULL,
	  viewopt_from },
	{ 0, "to", "=SECONDS", "before; time begins with the first event", NULL,
	  viewopt_to },
	{ 'o', "output", "=FILE", "print to a file, which is there once all is",
	  set_output, NULL },
	{ 'i', "instance", "=NAME",
	  "read an ftrace instance, not the top buffer", set_instance, NULL },
	{ 'F', "formats", "=FILE",
	  "event formats for what a killed trace-cmd left", set_formats,
	  NULL },
	{ 0, "isa", "=vmx|svm", "for old recordings that do not say it",
	  set_isa, NULL },
	{ 0, "tsc-khz", "=N",
	  "rate of the TSC, for recordings that do not say it", set_tsc_khz,
	  NULL },
	{ 0, "unit", "=UNIT",
	  "show times in cycles, ns, us, ms or, in a table, auto", NULL,
	  viewopt_unit },
	{ 'j', "jobs", "=N",
	  "use up to N threads, not one for each CPU", set_jobs, NULL },
	{ 'h', "help", NULL, "show this help", set_help, NULL },
	{ 'V', "version", NULL, "show the version", set_version, NULL },
};

#define NR_OPTIONS (sizeof(option_defs) / sizeof(option_defs[0]))

/* %1$s: what the program is called here, which is something else installed */
static const char usage_head[] =
	"Usage: %1$s [OPTION...] TRACE.DAT\n"
	"       %1$s --format=FORMAT [OPTION...] TRACE.DAT|STATE...\n"
	"\n"
	"Print the reports on KVM's exits and their cycles that a trace-cmd\n"
	"recording proves, byte for byte as the kernel printed them; or a view of all\n"
	"exits, of which --format and the options below it choose.\n"
	"\n";

static const char usage_tail[] =
	"\n"
	"Examples:\n"
	"  kvm-exit-cycles-record-and-check sleep 60  # record, compare with the log\n"
	"  trace-cmd record -e kvm  # record all VMs until Ctrl-C\n"
	"  %1$s trace.dat  # the reports\n"
	"  %1$s --check trace.dat  # compare with the kernel's own figures\n"
	"  %1$s --format=table trace.dat  # where the cycles went\n"
	"  %1$s --by=reason,detail --top=9 trace.dat\n"
	"  dmesg | grep -o 'kvm_exit_cycles: epoch .*' |\n"
	"          diff - <(%1$s trace.dat | grep ': epoch ')  # empty: equal,\n"
	"          # if recorded from before a reset to after a report: see the man page\n"
	"\n"
	"Exit status: 0 complete, 1 failed, 2 usage, 3 complete but with losses,\n"
	"4 --check: something differs, 5 --check: nothing compared, 130 interrupted.\n";

/* "[=LOG]": behind a letter, without the "=" */
static bool takes_optional(const struct option_def *def)
{
	return def->arg && def->arg[0] == '[';
}

static void print_option(const struct option_def *def, FILE *out)
{
	char left[32], letter[16] = "    ";
	const char *help = def->help, *end;

	if (def->letter && takes_optional(def))
		snprintf(letter, sizeof(letter), "-%c[%s, ", def->letter,
			 def->arg + 2);
	else if (def->letter)
		snprintf(letter, sizeof(letter), "-%c, ", def->letter);
	snprintf(left, sizeof(left), "%s--%s%s", letter, def->name,
		 def->arg ? def->arg : "");
	fprintf(out, "  %-22s", left);
	if (strlen(left) >= 22)
		fprintf(out, "\n%24s", "");
	while ((end = strchr(help, '\n'))) {
		fprintf(out, "%.*s\n%24s", (int)(end - help), help, "");
		help = end + 1;
	}
	fprintf(out, "%s\n", help);
}

static void print_help(FILE *out)
{
	size_t i;

	fprintf(out, usage_head, program_invocation_short_name);
	for (i = 0; i < NR_OPTIONS; i++)
		print_option(&option_defs[i], out);
	fprintf(out, usage_tail, program_invocation_short_name);
}

static void print_version(FILE *out)
{
	fprintf(out, "%s %s\n", program_invocation_short_name, VERSION);
}

/* What getopt_long() returns for the table's first option, if it is spelled out */
#define LONG_OPTION	256

/* What getopt_long() wants, from the table. */
static void fill_getopt(struct option *longs, char *shorts)
{
	size_t i;

	for (i = 0; i < NR_OPTIONS; i++) {
		longs[i].name = option_defs[i].name;
		longs[i].has_arg = !option_defs[i].arg ? no_argument :
				   takes_optional(&option_defs[i]) ?
				   optional_argument : required_argument;
		longs[i].flag = NULL;
		longs[i].val = LONG_OPTION + i;
		if (!option_defs[i].letter)
			continue;
		*shorts++ = option_defs[i].letter;
		if (longs[i].has_arg != no_argument)
			*shorts++ = ':';
		if (longs[i].has_arg == optional_argument)
			*shorts++ = ':';
	}
	memset(&longs[i], 0, sizeof(longs[i]));
	*shorts = '\0';
}

/* @c: a letter, or an index from LONG_OPTION on; NULL: there is none */
static const struct option_def *find_option(int c)
{
	size_t i;

	if (c >= LONG_OPTION)
		return &option_defs[c - LONG_OPTION];
	for (i = 0; i < NR_OPTIONS; i++)
		if (option_defs[i].letter == c)
			return &option_defs[i];
	return NULL;
}

static int set_option(struct command *cmd, const struct option_def *def,
		      const char *arg)
{
	struct view_options *view = &cmd->options.view;

	if (def->set)
		return def->set(cmd, arg);
	if (def->set_view == viewopt_format)
		cmd->has_format = true;
	else if (!cmd->view_option)
		cmd->view_option = def->name;
	return def->set_view(view, arg);
}

/* Either reports in the kernel's own grammar, or a view */
static int check_view_options(struct command *cmd, const char *report)
{
	struct options *opt = &cmd->options;

	if (!cmd->has_format && cmd->view_option)
		opt->view.format = VIEW_TABLE;
	if (report && cmd->has_format && opt->view.format)
		return error("--%s is about reports: not with --format, unless there is --view=reports",
			     report);
	if (report && opt->view.format)
		return error("--%s is about reports: not with --%s", report,
			     cmd->view_option);
	if (cmd->view_option && !opt->view.format)
		return error("--%s is about views: not with --format=reports",
			     cmd->view_option);
	if (!opt->view.format)
		opt->view.subject = VIEW_OF_REPORTS;
	return 0;
}

/* Which kind of output, if the options agree on one? */
static int check_options(struct command *cmd)
{
	struct options *opt = &cmd->options;
	const char *report = opt->check ? "check" : opt->last ? "last" :
			     opt->one_epoch ? "report" : NULL;

	if (opt->check && (opt->last || opt->one_epoch))
		return error("--check compares all reports: not with --last or --report");
	if (opt->check && (opt->view.format || cmd->view_option))
		return error("--check is about reports: not with --%s",
			     cmd->has_format ? "format" : cmd->view_option);
	if (!viewopt_asks_for_reports(&opt->view) &&
	    check_view_options(cmd, report) < 0)
		return -1;
	return viewopt_check(&opt->view);
}

/*
 * What is wrong with the option in @word: @c is what getopt_long() returned, and
 * optopt the option, 0 for a long one that there is not.
 */
static void report_option(int c, const char *word)
{
	const struct option_def *def = optopt ? find_option(optopt) : NULL;

	if (!def)
		error("bad option: %s", word);
	else if (c == '?')
		error("option takes no value: --%s", def->name);
	else if (optopt >= LONG_OPTION)
		error("option needs a value: --%s", def->name);
	else
		error("option needs a value: -%c", optopt);
}

static bool makes_reports(const struct options *opt)
{
	return opt->check || opt->view.subject == VIEW_OF_REPORTS;
}

/*
 * The rest of the command line has to be one recording; of views and states, also
 * several, and states.
 */
static int take_paths(struct command *cmd, int nr, char **words)
{
	struct options *opt = &cmd->options;

	if (nr == 1 || (nr > 1 && !makes_reports(opt))) {
		opt->path = words[0];
		opt->more = words + 1;
		opt->nr_more = nr - 1;
		return 0;
	}
	if (!nr && opt->log)
		return error("no recording given: %s is taken for a log",
			     opt->log);
	if (!nr)
		return error("no recording given");
	if (opt->check && !opt->log)
		return error("more than one recording given: %s, %s: is one of them a log: --check=%s?",
			     words[0], words[1], words[0]);
	return error("more than one recording given: %s, %s: reports are of one; a view can be of several: --format=table",
		     words[0], words[1]);
}

static int usage_error(struct command *cmd)
{
	cmd->action = ACTION_USAGE;
	return error("see: %s --help", program_invocation_short_name);
}

static int parse_command(struct command *cmd, int argc, char **argv)
{
	struct option longs[NR_OPTIONS + 1];
	const struct option_def *def;
	char shorts[2 * NR_OPTIONS + 2] = ":";
	int c, index;

	fill_getopt(longs, shorts + 1);
	opterr = 0;
	for (;;) {
		index = optind;
		c = getopt_long(argc, argv, shorts, longs, NULL);
		if (c == -1)
			break;
		def = find_option(c);
		if (!def) {
			report_option(c, argv[index]);
			return usage_error(cmd);
		}
		if (set_option(cmd, def, optarg) < 0)
			return usage_error(cmd);
		if (cmd->action != ACTION_ANALYZE)
			return 0;
	}
	if (check_options(cmd) < 0 ||
	    take_paths(cmd, argc - optind, argv + optind) < 0)
		return usage_error(cmd);
	return 0;
}

/* CPUs that this process may use */
static unsigned int cpus_online(void)
{
	cpu_set_t set;
	int n;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	n = CPU_COUNT(&set);
	return n > (int)THREADS_MAX ? THREADS_MAX : (unsigned int)n;
}

/* The only state of the program: for the signal handler. */
static struct reading reading;

static void stop_reading(int sig)
{
	(void)sig;
	reading_stop(&reading);
}

/*
 * Ctrl-C: print what is known so far, and what is being printed to its end: so
 * writes go on after it.  Once more: end at once.  Of a check, the
 * part that was compared says nothing.  Who started this in the background may
 * have chosen to ignore it.
 */
static void catch_interrupt(const struct options *opt)
{
	struct sigaction sa = { .sa_handler = stop_reading,
				.sa_flags = SA_RESETHAND | SA_RESTART };
	struct sigaction old;

	if (!opt->check && sigaction(SIGINT, NULL, &old) == 0 &&
	    old.sa_handler != SIG_IGN)
		sigaction(SIGINT, &sa, NULL);
}

static int run_analysis(struct command *cmd)
{
	struct options *opt = &cmd->options;
	struct progress progress;

	if (!opt->threads)
		opt->threads = cpus_online();
	opt->request.reading = &reading;
	opt->progress = &progress;
	opt->view.terminal = !cmd->output && isatty(STDOUT_FILENO);
	catch_interrupt(opt);
	return analyze(opt);
}

static int run_command(struct command *cmd)
{
	switch (cmd->action) {
	case ACTION_HELP:
		print_help(cmd->options.out);
		return STATUS_OK;
	case ACTION_VERSION:
		print_version(cmd->options.out);
		return STATUS_OK;
	default:
		return run_analysis(cmd);
	}
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) &&
	       x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* A state can be replaced by one that has more; a recording would be lost. */
static int check_output(const struct command *cmd)
{
	const struct options *opt = &cmd->options;
	const char *path = opt->path;
	unsigned int i = 0;

	do {
		if (is_same_file(path, cmd->output) && !state_is(path))
			return error("--output=%s is the recording that is read",
				     cmd->output);
		path = i < opt->nr_more ? opt->more[i] : NULL;
	} while (i++ < opt->nr_more);
	return 0;
}

static int run_to_file(struct command *cmd)
{
	struct outfile file;
	struct output output;
	int status;

	if (check_output(cmd) < 0)
		return STATUS_USAGE;
	if (outfile_open(&file, cmd->output) < 0)
		return STATUS_FAILED;
	if (output_open(&output, file.fd) < 0) {
		outfile_drop(&file);
		return STATUS_FAILED;
	}
	output.name = cmd->output;
	cmd->options.out = output.file;
	status = run_command(cmd);
	if (output_close(&output) < 0)
		status = STATUS_FAILED;
	if (status == STATUS_FAILED || status == STATUS_USAGE)
		outfile_drop(&file);
	else if (outfile_keep(&file) < 0)
		status = STATUS_FAILED;
	return status;
}

static int run_to_stdout(struct command *cmd)
{
	struct output output;
	int status;

	if (output_open(&output, STDOUT_FILENO) < 0)
		return STATUS_FAILED;
	cmd->options.out = output.file;
	status = run_command(cmd);
	/* Whatever else is to be said: it was not all printed. */
	return output_close(&output) < 0 ? STATUS_FAILED : status;
}

int main(int argc, char **argv)
{
	const struct diag diag = { diag_print, stderr,
				   program_invocation_short_name };
	struct command cmd = { .action = ACTION_ANALYZE };

	diag_set(&diag);
	hash_seed_init();
	if (parse_command(&cmd, argc, argv) < 0)
		return STATUS_USAGE;
	if (cmd.output && cmd.action == ACTION_ANALYZE)
		return run_to_file(&cmd);
	if (cmd.options.view.format == VIEW_STATE &&
	    cmd.action == ACTION_ANALYZE && isatty(STDOUT_FILENO)) {
		error("a state is not for a terminal: write it to a file: --output=FILE");
		return STATUS_USAGE;
	}
	return run_to_stdout(&cmd);
}
