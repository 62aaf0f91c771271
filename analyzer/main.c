// SPDX-License-Identifier: GPL-2.0
/*
 * The command line and the exit status: a client of the library (kvmexits.h), which
 * does the rest.
 */
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "console.h"
#include "kvmexits.h"
#include "live/live.h"
#include "outfile.h"

enum action {
	ACTION_ANALYZE,
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_USAGE,		/* wrong usage: reported */
	ACTION_OUTPUT,		/* of an option only: where to print */
};

struct command {
	struct kvx *k;
	enum action action;
	char **paths;			/* of recordings and states */
	int nr_paths;
	const char *output;		/* NULL: standard output */
	bool check;
	const char *log;		/* of --check; or NULL */
	bool compare;			/* two sides, of which the first one has */
	int before;			/* so many paths */
	bool has_jobs;
	const char *is_for_file;	/* what the format makes; NULL: text */
};

/* One table for parsing and help; the man page is compared with it. */
static const struct option_def {
	char letter;		/* 0: none */
	const char *name;
	const char *arg;	/* NULL: none; optional if it begins with '[' */
	const char *help;
	/* What the program has to know of it, besides the library */
	void (*note)(struct command *cmd, const char *arg);
	enum action action;		/* of those that the library has not */
	enum {
		OF_VIEWS,		/* not of compare, */
		OF_BOTH,
		OF_COMPARE,		/* or of nothing else */
	} of;
	const char *compare_help;	/* NULL: as help */
} option_defs[];

static void note_check(struct command *cmd, const char *arg)
{
	cmd->check = true;
	cmd->log = arg;
}

static void note_format(struct command *cmd, const char *arg)
{
	cmd->is_for_file = strcmp(arg, "state") == 0 ? "a state" :
			   strcmp(arg, "sqlite") == 0 ? "a database" :
			   strcmp(arg, "perfetto") == 0 ? "a timeline" : NULL;
}

static void note_jobs(struct command *cmd, const char *arg)
{
	(void)arg;
	cmd->has_jobs = true;
}

static const struct option_def option_defs[] = {
	{ 'c', "check", "[=LOG]",
	  "compare with the kernel's figures, recorded or in LOG", note_check },
	{ 'l', "last", NULL, "print the last report only" },
	{ 'r', "report", "=E[.N]",
	  "print the reports of epoch E only, or its report N" },
	{ 'f', "format", "=FORMAT",
	  "table, csv, json, html, perfetto, reports, ...", note_format,
	  .of = OF_BOTH, .compare_help = "table, csv, json, html" },
	{ 'w', "view", "=VIEW",
	  "exits, time (where each vCPU's went), list, reports" },
	{ 'b', "by", "=KEY,...",
	  "reason, vm, vcpu, thread, cpu, rip, detail, time, ...",
	  .of = OF_BOTH, .compare_help = "reason, vcpu, cpu, rip, detail, kind, ..." },
	{ 's', "sort", "=COLUMN", "sort by a column; default: cycles" },
	{ 't', "top", "=N", "show the first N groups, sum up the others",
	  .of = OF_BOTH },
	{ 0, "list", NULL, "show single exits, by cycles; --top: 20" },
	{ 0, "show", "=SEQ|TIME", "one exit, event by event: by its number or time" },
	{ 0, "columns", "=COL,...", "table, csv: these figures, in this order" },
	{ 0, "of", "=PART", "percentiles, order of a list and so on: of halted, ..." },
	{ 0, "histogram", NULL, "how many exits took how long, for each group" },
	{ 0, "bins", "=N", "likewise, by N bins for each power of two" },
	{ 0, "longer-than", "=N",
	  "only exits of more than N cycles, or N us, ms, s",
	  .of = OF_BOTH },
	{ 0, "raw", NULL, "table: no commas in numbers",
	  .of = OF_BOTH },
	{ 0, "reason", "=NAME,...",
	  "only these exit reasons: hlt, svm hlt, 0x78",
	  .of = OF_BOTH },
	{ 0, "vm", "=PID,...", "only these VMs",
	  .of = OF_BOTH },
	{ 0, "vcpu", "=N,...", "only these vCPUs",
	  .of = OF_BOTH },
	{ 0, "thread", "=TID,...", "only these threads of the host",
	  .of = OF_BOTH },
	{ 0, "cpu", "=N,...", "only exits that ended on these CPUs",
	  .of = OF_BOTH },
	{ 0, "from", "=SECONDS", "only exits that ended since then, or",
	  .of = OF_BOTH },
	{ 0, "to", "=SECONDS", "before; time begins with the first event",
	  .of = OF_BOTH },
	{ 'o', "output", "=FILE", "print to a file, which is there once all is",
	  NULL, ACTION_OUTPUT,
	  .of = OF_BOTH },
	{ 'i', "instance", "=NAME",
	  "read an ftrace instance, not the top buffer",
	  .of = OF_BOTH },
	{ 'F', "formats", "=FILE",
	  "event formats for what a killed trace-cmd left",
	  .of = OF_BOTH },
	{ 0, "isa", "=vmx|svm", "for old recordings that do not say it",
	  .of = OF_BOTH },
	{ 0, "tsc-khz", "=N",
	  "rate of the TSC, for recordings that do not say it",
	  .of = OF_BOTH },
	{ 0, "guest-map", "=FILE", "names of functions: the guest's kallsyms" },
	{ 0, "unit", "=UNIT",
	  "show times in cycles, ns, us, ms or, in a table, auto",
	  .of = OF_BOTH },
	{ 0, "paired", NULL,
	  "recordings are pairs: A B B A is A A -- B B", .of = OF_COMPARE },
	{ 0, "min-effect", "=PERCENT",
	  "a difference that is less is no change; default: 2", .of = OF_COMPARE },
	{ 'j', "jobs", "=N",
	  "use up to N threads, not one for each CPU", note_jobs,
	  .of = OF_BOTH },
	{ 'h', "help", NULL, "show this help", NULL, ACTION_HELP,
	  .of = OF_BOTH },
	{ 'V', "version", NULL, "show the version", NULL, ACTION_VERSION,
	  .of = OF_BOTH },
};

#define NR_OPTIONS (sizeof(option_defs) / sizeof(option_defs[0]))

/* %1$s: what the program is called here, which is something else installed */
static const char usage_head[] =
	"Usage: %1$s [OPTION...] [TRACE.DAT]\n"
	"       %1$s --format=FORMAT [OPTION...] TRACE.DAT|STATE...\n"
	"       %1$s record|live|host-check|compare ...\n"
	"\n"
	"Print the reports on KVM's exits and their cycles that a trace-cmd recording\n"
	"proves; in a terminal a summary; or a view, which --format and so on choose.\n"
	"\n";

static const char usage_tail[] =
	"\n"
	"Examples:\n"
	"  %1$s record sleep 60  # record all VMs, compare with the log\n"
	"  %1$s compare old*.dat -- new*.dat  # what changed\n"
	"  dmesg | grep -o 'kvm_exit_cycles: epoch .*' |\n"
	"          diff - <(%1$s trace.dat | grep ': epoch ')  # see man\n"
	"\n"
	"Exit status: 0 complete, 1 failed, 2 usage, 3 losses, 7 files were left out,\n"
	"4 --check: something differs, 5 --check: nothing compared, 130 interrupted.\n";

/* "[=LOG]": behind a letter, without the "=" */
static bool takes_optional(const struct option_def *def)
{
	return def->arg && def->arg[0] == '[';
}

static void print_option(const struct option_def *def, const char *help, FILE *out)
{
	char left[32], letter[16] = "    ";

	if (def->letter && takes_optional(def))
		snprintf(letter, sizeof(letter), "-%c[%s, ", def->letter,
			 def->arg + 2);
	else if (def->letter)
		snprintf(letter, sizeof(letter), "-%c, ", def->letter);
	snprintf(left, sizeof(left), "%s--%s%s", letter, def->name,
		 def->arg ? def->arg : "");
	console_put_option(out, left, help);
}

static const char compare_head[] =
	"Usage: %1$s compare [OPTION...] BEFORE... -- AFTER...\n"
	"\n"
	"Compare recordings, or saved states, made before a change and after it: for each\n"
	"exit reason, exits per second and what they cost, with intervals of 95 %%, and\n"
	"a verdict.  Four recordings a side or more give exact ones.\n"
	"\n";

static const char compare_tail[] =
	"\n"
	"Examples:\n"
	"  %1$s compare old.dat -- new.dat  # what differs within these two\n"
	"  %1$s compare old*.dat -- new*.dat\n"
	"  %1$s compare --by=reason,detail --reason=io old*.dat -- new*.dat\n"
	"\n"
	"Exit status: 0 no change or better, 1 failed, 2 usage, 3 likewise but with\n"
	"losses, 6 worse, 130 interrupted.\n";

/* Is it an option of what is asked for? */
static bool is_option_of(const struct option_def *def, bool compare)
{
	return def->of == OF_BOTH || (def->of == OF_COMPARE) == compare;
}

static const char *help_of(const struct option_def *def, bool compare)
{
	return compare && def->compare_help ? def->compare_help : def->help;
}

static void print_help(const struct command *cmd, FILE *out)
{
	const struct option_def *def;

	fprintf(out, cmd->compare ? compare_head : usage_head,
		program_invocation_short_name);
	for (def = option_defs; def < option_defs + NR_OPTIONS; def++)
		if (is_option_of(def, cmd->compare))
			print_option(def, help_of(def, cmd->compare), out);
	fprintf(out, cmd->compare ? compare_tail : usage_tail,
		program_invocation_short_name);
}

static void print_version(FILE *out)
{
	fprintf(out, "%s %s\n", program_invocation_short_name,
		kvx_version());
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

/* Say what is wrong.  -1, always */
#define refuse(cmd, ...)	(kvx_say((cmd)->k, KVX_ERROR, __VA_ARGS__), -1)

static int set_option(struct command *cmd, const struct option_def *def,
		      const char *arg)
{
	if (cmd->compare && !is_option_of(def, true))
		return refuse(cmd, "--%s is no option of compare", def->name);
	if (def->action == ACTION_OUTPUT) {
		if (!*arg)
			return refuse(cmd, "bad output: an empty name");
		cmd->output = arg;
		return 0;
	}
	if (def->action) {
		cmd->action = def->action;
		return 0;
	}
	if (def->note)
		def->note(cmd, arg);
	return kvx_set(cmd->k, def->name, arg) == KVX_OK ? 0 : -1;
}

/* A long option is cut so short that it may be several: which? */
static bool report_ambiguous(struct command *cmd, const char *word)
{
	const size_t len = strcspn(word, "=");
	char text[32 * NR_OPTIONS] = "";
	size_t i, nr = 0;

	if (len < 3 || strncmp(word, "--", 2))
		return false;
	for (i = 0; i < NR_OPTIONS; i++)
		if (!strncmp(option_defs[i].name, word + 2, len - 2)) {
			strcat(strcat(text, nr++ ? ", --" : "--"),
			       option_defs[i].name);
		}
	if (nr > 1)
		kvx_say(cmd->k, KVX_ERROR, "ambiguous option: %s: it may be %s",
			word, text);
	return nr > 1;
}

/*
 * What is wrong with the option in @word: @c is what getopt_long() returned, and
 * optopt the option, 0 for a long one that there is not.
 */
static void report_option(struct command *cmd, int c, const char *word)
{
	const struct option_def *def = optopt ? find_option(optopt) : NULL;

	if (!def && report_ambiguous(cmd, word))
		return;
	if (!def)
		kvx_say(cmd->k, KVX_ERROR, "bad option: %s", word);
	else if (c == '?')
		kvx_say(cmd->k, KVX_ERROR, "option takes no value: --%s", def->name);
	else if (optopt >= LONG_OPTION)
		kvx_say(cmd->k, KVX_ERROR, "option needs a value: --%s", def->name);
	else
		kvx_say(cmd->k, KVX_ERROR, "option needs a value: -%c", optopt);
}

/*
 * The rest of the command line has to be one recording; of views and states, also
 * several, and states.
 */
static int take_paths(struct command *cmd, int nr, char **words)
{
	/* What trace-cmd writes, and reads, if it is told nothing else */
	static char name[] = "trace.dat", *usual[] = { name };

	cmd->paths = words;
	cmd->nr_paths = nr;
	if (nr == 1 || (nr > 1 && kvx_adds(cmd->k)))
		return 0;
	if (!nr && cmd->log && !strcmp(cmd->log, usual[0]))
		return refuse(cmd, "no recording given: %s is taken for a log",
			      cmd->log);
	if (!nr && access(usual[0], F_OK) < 0)
		return refuse(cmd, "no recording given, and there is no %s here",
			      usual[0]);
	if (!nr) {
		cmd->paths = usual;
		cmd->nr_paths = 1;
		return 0;
	}
	if (cmd->check && !cmd->log)
		return refuse(cmd, "more than one recording given: %s, %s: is one of them a log: --check=%s?",
			      words[0], words[1], words[0]);
	return refuse(cmd, "more than one recording given: %s, %s: reports are of one; a view can be of several: --format=table",
		      words[0], words[1]);
}

/*
 * Of a comparison: the @nr words behind "--", or NULL, if there is none.  Those before
 * it are cmd->paths by now, and have room behind them.  Two need no "--".
 */
static int take_sides(struct command *cmd, int nr, char **words)
{
	int i;

	cmd->before = words ? cmd->nr_paths : cmd->nr_paths == 2;
	for (i = 0; i < nr; i++) {
		if (!strncmp(words[i], "--", 2))
			return refuse(cmd, "options go before the recordings: %s",
				      words[i]);
		cmd->paths[cmd->nr_paths++] = words[i];
	}
	if (!words && !cmd->before)
		return refuse(cmd, "compare needs two sides: BEFORE... -- AFTER...");
	if (!cmd->before || cmd->before == cmd->nr_paths)
		return refuse(cmd, "no recording %s: compare BEFORE... -- AFTER...",
			      cmd->before ? "after" : "before");
	return 0;
}

static int usage_error(struct command *cmd)
{
	cmd->action = ACTION_USAGE;
	return refuse(cmd, "see: %s%s --help", program_invocation_short_name,
		      cmd->compare ? " compare" : "");
}

/* What getopt_long() returns for a word that is no option, if it is to */
#define WORD	1

static int take_rest(struct command *cmd, int argc, char **argv)
{
	if (!cmd->compare)
		return kvx_check(cmd->k) != KVX_OK ||
		       take_paths(cmd, argc - optind, argv + optind) < 0 ? -1 : 0;
	return kvx_check_compare(cmd->k) != KVX_OK ||
	       take_sides(cmd, argc - optind, strcmp(argv[optind - 1], "--") ?
			  NULL : argv + optind) < 0 ? -1 : 0;
}

/* What standard output can show, if it is where results go */
static void choose_looks(struct command *cmd, const char *program)
{
	kvx_set(cmd->k, "program", strchr(program, '/') ? program :
				   program_invocation_short_name);
	if (cmd->output || !isatty(STDOUT_FILENO))
		return;
	kvx_set(cmd->k, "terminal", NULL);
	if (console_has_blocks())
		kvx_set(cmd->k, "blocks", NULL);
	if (console_has_colors())
		kvx_set(cmd->k, "color", NULL);
}

static int parse_command(struct command *cmd, int argc, char **argv)
{
	struct option longs[NR_OPTIONS + 1];
	const struct option_def *def;
	/* Of a comparison, words are told one by one, up to "--". */
	char shorts[2 * NR_OPTIONS + 3] = "-:";
	int c, index;

	fill_getopt(longs, shorts + 2);
	opterr = 0;
	cmd->paths = argv;
	for (;;) {
		index = optind;
		c = getopt_long(argc, argv, shorts + !cmd->compare, longs, NULL);
		if (c == -1)
			break;
		if (c == WORD) {
			cmd->paths[cmd->nr_paths++] = optarg;
			continue;
		}
		def = find_option(c);
		if (!def) {
			report_option(cmd, c, argv[index]);
			return usage_error(cmd);
		}
		if (set_option(cmd, def, optarg) < 0)
			return usage_error(cmd);
		if (cmd->action != ACTION_ANALYZE)
			return 0;
	}
	choose_looks(cmd, argv[0]);
	return take_rest(cmd, argc, argv) < 0 ? usage_error(cmd) : 0;
}

/* CPUs that this process may use */
static unsigned int cpus_online(void)
{
	cpu_set_t set;
	int n;

	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return 1;
	n = CPU_COUNT(&set);
	return n > (int)KVX_JOBS_MAX ? KVX_JOBS_MAX : (unsigned int)n;
}

static void set_number(struct kvx *k, const char *option, unsigned int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", number);
	kvx_set(k, option, text);
}

/* The only state of the program: for the signal handler. */
static struct kvx *volatile interrupted;

static void stop_reading(int sig)
{
	(void)sig;
	kvx_stop(interrupted);
}

/*
 * Ctrl-C: print what is known so far, and what is being printed to its end: so
 * writes go on after it.  Once more: end at once.  Of a check, the
 * part that was compared says nothing.  Who started this in the background may
 * have chosen to ignore it.
 */
static void catch_interrupt(const struct command *cmd)
{
	struct sigaction sa = { .sa_handler = stop_reading,
				.sa_flags = SA_RESETHAND | SA_RESTART };
	struct sigaction old;

	interrupted = cmd->k;
	if (!cmd->check && sigaction(SIGINT, NULL, &old) == 0 &&
	    old.sa_handler != SIG_IGN)
		sigaction(SIGINT, &sa, NULL);
}

static int open_inputs(struct command *cmd)
{
	int i, status = kvx_open(cmd->k, cmd->paths[0]);

	/* One of several is left out, as are those that are opened later. */
	if (status == KVX_FAILED && cmd->nr_paths > 1 && !cmd->compare)
		status = kvx_add_state(cmd->k, cmd->paths[0], NULL, 0);
	for (i = 1; i < cmd->nr_paths && status == KVX_OK; i++)
		status = kvx_add(cmd->k, cmd->paths[i]);
	return status;
}

static int run_analysis(struct command *cmd, FILE *out)
{
	struct watch watch = { .k = cmd->k };
	unsigned int width = console_width(!cmd->output);
	int status;

	if (!cmd->has_jobs)
		set_number(cmd->k, "jobs", cpus_online());
	if (width)
		set_number(cmd->k, "width", width);
	kvx_on_reading(cmd->k, watch_reading, &watch);
	catch_interrupt(cmd);
	status = open_inputs(cmd);
	if (status != KVX_OK)
		return status;
	return cmd->compare ? (int)kvx_compare(cmd->k, cmd->before, out) :
			      (int)kvx_print(cmd->k, out);
}

static int run_command(struct command *cmd, FILE *out)
{
	switch (cmd->action) {
	case ACTION_HELP:
		print_help(cmd, out);
		return KVX_OK;
	case ACTION_VERSION:
		print_version(out);
		return KVX_OK;
	default:
		return run_analysis(cmd, out);
	}
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) &&
	       x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Is what is written to be among what is read? */
static bool is_input(const struct command *cmd, const char *path)
{
	int i;

	for (i = 0; i < cmd->nr_paths; i++)
		if (is_same_file(cmd->paths[i], path))
			return true;
	return false;
}

/* A state can be replaced by one that has more; a recording would be lost. */
static int check_output(struct command *cmd)
{
	int i;

	for (i = 0; i < cmd->nr_paths; i++)
		if (is_same_file(cmd->paths[i], cmd->output) &&
		    !kvx_is_state(cmd->paths[i]))
			return refuse(cmd, "--output=%s is the recording that is read",
				      cmd->output);
	return 0;
}

static int run_to_file(struct command *cmd)
{
	struct outfile file;
	struct output output;
	int status;

	if (check_output(cmd) < 0)
		return KVX_USAGE;
	if (outfile_open(&file, cmd->k, cmd->output) < 0)
		return KVX_FAILED;
	if (output_open(&output, cmd->k, file.fd) < 0) {
		outfile_drop(&file);
		return KVX_FAILED;
	}
	output.name = cmd->output;
	status = run_command(cmd, output.file);
	if (output_close(&output) < 0)
		status = KVX_FAILED;
	if (status == KVX_INCOMPLETE && is_input(cmd, cmd->output)) {
		kvx_say(cmd->k, KVX_ERROR, "not written: %s: it is read, too, and something was left out",
			cmd->output);
		status = KVX_FAILED;
	}
	if (status == KVX_FAILED || status == KVX_USAGE)
		outfile_drop(&file);
	else if (outfile_keep(&file) < 0)
		status = KVX_FAILED;
	return status;
}

static int run_to_stdout(struct command *cmd)
{
	struct output output;
	int status;

	if (output_open(&output, cmd->k, STDOUT_FILENO) < 0)
		return KVX_FAILED;
	status = run_command(cmd, output.file);
	/* Whatever else is to be said: it was not all printed. */
	return output_close(&output) < 0 ? (int)KVX_FAILED : status;
}

static int run(struct command *cmd, int argc, char **argv)
{
	int status;

	/* A recording of that name is ./live or ./compare. */
	if (argc > 1 && !strcmp(argv[1], "live"))
		return live_main(cmd->k, argc - 1, argv + 1);
	cmd->compare = argc > 1 && !strcmp(argv[1], "compare");
	status = cmd->compare ? 0 : commands_run(cmd->k, argv);
	if (status) {
		if (status == KVX_USAGE)
			usage_error(cmd);
		return status;
	}
	if (parse_command(cmd, argc - cmd->compare, argv + cmd->compare) < 0)
		return KVX_USAGE;
	if (cmd->output && cmd->action == ACTION_ANALYZE)
		return run_to_file(cmd);
	if (cmd->is_for_file && cmd->action == ACTION_ANALYZE &&
	    isatty(STDOUT_FILENO)) {
		kvx_say(cmd->k, KVX_ERROR, "%s is not for a terminal: write it to a file: --output=FILE",
			cmd->is_for_file);
		return KVX_USAGE;
	}
	return run_to_stdout(cmd);
}

int main(int argc, char **argv)
{
	struct command cmd = { .k = kvx_new() };
	int status;

	if (!cmd.k) {
		fprintf(stderr, "%s: out of memory\n",
			program_invocation_short_name);
		return KVX_FAILED;
	}
	kvx_print_messages(cmd.k, stderr, program_invocation_short_name);
	status = run(&cmd, argc, argv);
	/* A second Ctrl-C ends the process; a first one comes too late. */
	interrupted = NULL;
	kvx_free(cmd.k);
	return status;
}
