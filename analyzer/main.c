// SPDX-License-Identifier: GPL-2.0
/*
 * Options and exit status.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze.h"
#include "error.h"

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
};

/* One table for parsing and help; the man page is compared with it. */
static const struct option_def {
	char letter;		/* 0: none */
	const char *name;
	const char *arg;	/* NULL: none; optional if it begins with '[' */
	const char *help;
	int (*set)(struct command *cmd, const char *arg);
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
	  "compare with the kernel's figures: those in the\n"
	  "recording, or those in a kernel log; - reads\n"
	  "standard input", set_check },
	{ 'F', "formats", "=FILE",
	  "event formats for what a killed trace-cmd left", set_formats },
	{ 'i', "instance", "=NAME",
	  "read an ftrace instance, not the top buffer",
	  set_instance },
	{ 'j', "jobs", "=N",
	  "use up to N threads, not one for each CPU", set_jobs },
	{ 'l', "last", NULL, "print the last report only", set_last },
	{ 'r', "report", "=E[.N]",
	  "print the reports of epoch E only, or its report N", set_report },
	{ 'h', "help", NULL, "show this help", set_help },
	{ 'V', "version", NULL, "show the version", set_version },
};

#define NR_OPTIONS (sizeof(option_defs) / sizeof(option_defs[0]))

static const char usage_head[] =
	"Usage: analyzer [OPTION...] TRACE.DAT\n"
	"\n"
	"Print the reports on KVM's exits and their cycles that a trace-cmd\n"
	"recording proves, byte for byte as the kernel printed them.\n"
	"\n";

static const char usage_tail[] =
	"\n"
	"Examples:\n"
	"  trace-cmd record -e kvm         record all VMs until Ctrl-C\n"
	"  analyzer trace.dat              the reports\n"
	"  analyzer --check trace.dat      compare with the kernel's own figures\n"
	"  dmesg | analyzer --check=- trace.dat     compare with the kernel log\n"
	"  dmesg | grep -o 'kvm_exit_cycles: epoch .*' |\n"
	"          diff - <(analyzer trace.dat)     no output: all equal\n"
	"\n"
	"Exit status: 0 complete, 1 failed, 2 usage, 3 complete but with losses,\n"
	"4 --check: something differs, 5 --check: nothing could be compared.\n";

static void print_option(const struct option_def *def)
{
	char left[32], letter[8] = "    ";
	const char *help = def->help, *end;

	if (def->letter)
		snprintf(letter, sizeof(letter), "-%c, ", def->letter);
	snprintf(left, sizeof(left), "%s--%s%s", letter, def->name,
		 def->arg ? def->arg : "");
	printf("  %-22s", left);
	while ((end = strchr(help, '\n'))) {
		printf("%.*s\n%24s", (int)(end - help), help, "");
		help = end + 1;
	}
	printf("%s\n", help);
}

static int print_help(void)
{
	size_t i;

	fputs(usage_head, stdout);
	for (i = 0; i < NR_OPTIONS; i++)
		print_option(&option_defs[i]);
	fputs(usage_tail, stdout);
	return fflush(stdout) ? STATUS_FAILED : STATUS_OK;
}

static int print_version(void)
{
	printf("analyzer %s\n", VERSION);
	return fflush(stdout) ? STATUS_FAILED : STATUS_OK;
}

/* What getopt_long() wants, from the table. */
static void fill_getopt(struct option *longs, char *shorts)
{
	size_t i;

	for (i = 0; i < NR_OPTIONS; i++) {
		longs[i].name = option_defs[i].name;
		longs[i].has_arg = !option_defs[i].arg ? no_argument :
				   option_defs[i].arg[0] == '[' ?
				   optional_argument : required_argument;
		longs[i].flag = NULL;
		longs[i].val = option_defs[i].letter;
		*shorts++ = option_defs[i].letter;
		if (longs[i].has_arg == required_argument)
			*shorts++ = ':';
	}
	memset(&longs[i], 0, sizeof(longs[i]));
	*shorts = '\0';
}

static const struct option_def *find_option(int letter)
{
	size_t i;

	for (i = 0; i < NR_OPTIONS; i++)
		if (option_defs[i].letter == letter)
			return &option_defs[i];
	return NULL;
}

static int usage_error(struct command *cmd)
{
	cmd->action = ACTION_USAGE;
	return error("see: analyzer --help");
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
			error("bad option: %s", argv[index]);
			return usage_error(cmd);
		}
		if (def->set(cmd, optarg) < 0)
			return usage_error(cmd);
		if (cmd->action != ACTION_ANALYZE)
			return 0;
	}
	if (cmd->options.check && (cmd->options.last || cmd->options.one_epoch)) {
		error("--check compares all reports: not with --last or --report");
		return usage_error(cmd);
	}
	if (argc - optind != 1) {
		error(argc == optind ? "no recording given" :
				       "more than one recording given");
		return usage_error(cmd);
	}
	cmd->options.path = argv[optind];
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

int main(int argc, char **argv)
{
	struct command cmd = { .options.out = stdout };

	if (parse_command(&cmd, argc, argv) < 0)
		return STATUS_USAGE;
	switch (cmd.action) {
	case ACTION_HELP:
		return print_help();
	case ACTION_VERSION:
		return print_version();
	default:
		if (!cmd.options.threads)
			cmd.options.threads = cpus_online();
		return analyze(&cmd.options);
	}
}
