// SPDX-License-Identifier: GPL-2.0
#include "live/options.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <stdlib.h>

#include "console.h"
#include "live/keepstate.h"

#define NS_PER_MS	1000000u
#define INTERVAL_MIN_MS	20u
#define INTERVAL_MAX_MS	3600000u

struct parser {
	struct live_options *o;
	struct kvx *k;
};

/* One table for parsing and help; the man page is compared with it. */
static const struct option_def {
	char letter;		/* 0: none */
	const char *name;
	const char *arg;	/* NULL: none */
	const char *help;	/* NULL: it is not shown */
	/* NULL: it is the library's */
	int (*set)(struct parser *p, const char *arg);
	bool of_exits;		/* counters do not have it */
} option_defs[];

#define refuse(p, ...)	(kvx_say((p)->k, KVX_ERROR, __VA_ARGS__), -1)

static int set_library(struct parser *p, const char *name, const char *arg)
{
	return kvx_set(p->k, name, arg) == KVX_OK ? 0 : -1;
}

static int set_batch(struct parser *p, const char *arg)
{
	(void)arg;
	p->o->batch = true;
	return 0;
}

/* "1s", "500ms", "2"; seconds if it has no unit */
static int parse_ms(struct parser *p, const char *what, const char *arg,
		    uint64_t *ms)
{
	static const struct {
		const char *unit;
		double ms;
	} units[] = { { "", 1000 }, { "s", 1000 }, { "ms", 1 }, { "min", 60000 } };
	char *end;
	double v;
	size_t i;

	errno = 0;
	v = strtod(arg, &end);
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (end != arg && !errno && v >= 0 && !strcmp(end, units[i].unit) &&
		    v * units[i].ms <= INTERVAL_MAX_MS) {
			*ms = v * units[i].ms;
			return 0;
		}
	return refuse(p, "bad %s: %s, expected a time up to an hour: 500ms, 2s",
		      what, arg);
}

static int set_interval(struct parser *p, const char *arg)
{
	uint64_t *ms = &p->o->interval_ms;

	p->o->interval_set = true;
	if (parse_ms(p, "interval", arg, ms) < 0)
		return -1;
	if (*ms && *ms < INTERVAL_MIN_MS)
		return refuse(p, "bad interval: %s, expected %u ms or more, or 0: figures at the end only",
			      arg, INTERVAL_MIN_MS);
	return 0;
}

static int parse_number(struct parser *p, const char *what, const char *arg,
			uint64_t max, uint64_t *v)
{
	char *end;

	errno = 0;
	*v = strtoull(arg, &end, 10);
	if (*arg < '0' || *arg > '9' || *end || errno || !*v || *v > max)
		return refuse(p, "bad %s: %s, expected 1 to %" PRIu64, what, arg,
			      max);
	return 0;
}

static int set_count(struct parser *p, const char *arg)
{
	return parse_number(p, "count", arg, UINT32_MAX, &p->o->count);
}

static int set_for(struct parser *p, const char *arg)
{
	return parse_ms(p, "time", arg, &p->o->for_ms);
}

static int set_buffer(struct parser *p, const char *arg)
{
	return parse_number(p, "buffer size", arg, 1u << 30, &p->o->buffer_kb);
}

static int set_pid(struct parser *p, const char *arg)
{
	uint64_t pid;

	if (parse_number(p, "process", arg, INT32_MAX, &pid) < 0)
		return -1;
	p->o->pid = pid;
	return 0;
}

static int set_save(struct parser *p, const char *arg)
{
	if (!*arg)
		return refuse(p, "bad file to save: an empty name");
	p->o->save = arg;
	return 0;
}

static int set_counters(struct parser *p, const char *arg)
{
	(void)arg;
	p->o->counters = true;
	return 0;
}

static int set_since(struct parser *p, const char *arg)
{
	static const char *const names[] = { "start", "interval", "reset" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(arg, names[i])) {
			p->o->since = i;
			p->o->since_set = true;
			return 0;
		}
	return refuse(p, "bad since: %s, expected start, interval or reset", arg);
}

static int set_output(struct parser *p, const char *arg)
{
	if (!*arg)
		return refuse(p, "bad output: an empty name");
	p->o->output = arg;
	return 0;
}

static int set_listen(struct parser *p, const char *arg)
{
	p->o->listen = arg;
	return 0;
}

static int set_stop_after(struct parser *p, const char *arg)
{
	p->o->stop_after = arg;
	return set_library(p, "longer-than", arg);
}

static int set_replay(struct parser *p, const char *arg)
{
	p->o->replay = arg;
	return 0;
}

static int set_format(struct parser *p, const char *arg)
{
	struct live_options *o = p->o;

	o->format = arg;
	o->csv = !strcmp(arg, "csv");
	o->json = !strcmp(arg, "jsonl");
	o->prometheus = !strcmp(arg, "prometheus");
	if (!o->csv && !o->json && !o->prometheus && strcmp(arg, "table"))
		return refuse(p, "bad format: %s, expected table, csv, jsonl or prometheus", arg);
	return set_library(p, "format", o->json ? "json" : arg);
}

/* Is it one of the words of a list with commas?  Up to ":", if it has that. */
static bool has_word(const char *list, const char *word)
{
	const size_t len = strlen(word);

	for (; list; list = strchr(list, ',')) {
		list += *list == ',';
		if (!strncmp(list, word, len) && strchr(",:", list[len]))
			return true;
	}
	return false;
}

static int set_by(struct parser *p, const char *arg)
{
	struct live_options *o = p->o;

	if (has_word(arg, "time"))
		return refuse(p, "--by=time: live, each interval is shown: see the time of a recording that is saved");
	o->details |= has_word(arg, "detail") || has_word(arg, "kind") ||
		      has_word(arg, "level");
	o->needs_exits |= o->details || has_word(arg, "rip") ||
			  has_word(arg, "function");
	o->by = arg;
	return set_library(p, "by", arg);
}

static int set_list(struct parser *p, const char *arg)
{
	p->o->details = true;
	p->o->needs_exits = true;
	p->o->not_screen = "list";
	return set_library(p, "list", arg);
}

static int set_view(struct parser *p, const char *arg)
{
	if (!strcmp(arg, "time")) {
		p->o->times = true;
		p->o->not_screen = "view";
	} else if (!strcmp(arg, "list")) {
		return set_list(p, NULL);
	} else if (strcmp(arg, "exits")) {
		return refuse(p, "bad view: %s, expected exits, time or list", arg);
	}
	return set_library(p, "view", arg);
}

static int set_help(struct parser *p, const char *arg)
{
	(void)arg;
	p->o->help = true;
	return 0;
}

static const struct option_def option_defs[] = {
	{ 'B', "batch", NULL, "print each interval, instead of a screen", set_batch },
	{ 'd', "interval", "=TIME", "how often; default: 1s; 0: at the end only",
	  set_interval },
	{ 'n', "count", "=N", "end after so many intervals", set_count },
	{ 0, "for", "=TIME", "end so long after the first event", set_for },
	{ 'C', "counters", NULL, "of a patched kernel: its own figures, nothing recorded",
	  set_counters },
	{ 0, "since", "=WHEN", "screen: start, interval; of counters also reset", set_since },
	{ 'p', "pid", "=PID", "record this process only: a VM", set_pid,
	  .of_exits = true },
	{ 'S', "save", "=FILE", "keep all that was seen: a trace.dat, or FILE.state", set_save,
	  .of_exits = true },
	{ 0, "stop-after", "=N", "at an exit longer than N, save what came before, and end",
	  set_stop_after,
	  .of_exits = true },
	{ 'm', "buffer", "=KIB", "trace buffer of each CPU", set_buffer,
	  .of_exits = true },
	{ 'f', "format", "=FORMAT", "table, csv, jsonl, prometheus",
	  set_format },
	{ 'o', "output", "=FILE", "prometheus: write this file, anew each time",
	  set_output },
	{ 'l', "listen", "=[ADDR:]PORT", "serve metrics: http://ADDR:PORT/metrics",
	  set_listen },
	{ 'w', "view", "=VIEW", "exits, time (where each vCPU's went), list",
	  set_view,
	  .of_exits = true },
	{ 'b', "by", "=KEY,...", "reason, vm, vcpu, cpu, rip, detail, ...",
	  set_by,
	  .of_exits = true },
	{ 's', "sort", "=COLUMN", "sort by a column; default: cycles",
	  .of_exits = true },
	{ 't', "top", "=N", "show the first N groups, sum up the others",
	  .of_exits = true },
	{ 0, "list", NULL, "show single exits, by cycles", set_list,
	  .of_exits = true },
	{ 0, "columns", "=COL,...", "these figures, in this order",
	  .of_exits = true },
	{ 0, "of", "=PART", "percentiles and so on: of user, halted, ...",
	  .of_exits = true },
	{ 0, "longer-than", "=N", "only exits of more than N cycles, or N us, ms, s",
	  .of_exits = true },
	{ 0, "guest-map", "=FILE", "System.map of the guest: --by=function, names of rip",
	  .of_exits = true },
	{ 0, "raw", NULL, "table: no commas in numbers",
	  .of_exits = true },
	{ 0, "unit", "=UNIT", "show times in cycles, ns, us, ms or, in a table, auto",
	  .of_exits = true },
	{ 0, "reason", "=NAME,...", "only these exit reasons",
	  .of_exits = true },
	{ 0, "vm", "=PID,...", "only these VMs",
	  .of_exits = true },
	{ 0, "vcpu", "=N,...", "only these vCPUs",
	  .of_exits = true },
	{ 0, "thread", "=TID,...", "only these threads of the host",
	  .of_exits = true },
	{ 0, "cpu", "=N,...", "only exits that ended on these CPUs",
	  .of_exits = true },
	{ 'h', "help", NULL, "show this help", set_help },
	{ 0, "replay", "=DIR", NULL, set_replay },
};

#define NR_OPTIONS	(sizeof(option_defs) / sizeof(option_defs[0]))
#define LONG_OPTION	256

static void fill_getopt(struct option *longs, char *shorts)
{
	size_t i;

	for (i = 0; i < NR_OPTIONS; i++) {
		longs[i] = (struct option){
			.name = option_defs[i].name,
			.has_arg = option_defs[i].arg ? required_argument :
							no_argument,
			.val = LONG_OPTION + i,
		};
		if (!option_defs[i].letter)
			continue;
		*shorts++ = option_defs[i].letter;
		if (option_defs[i].arg)
			*shorts++ = ':';
	}
	memset(&longs[i], 0, sizeof(longs[i]));
	*shorts = '\0';
}

static const struct option_def *find_option(int c)
{
	size_t i;

	if (c >= LONG_OPTION && c < (int)(LONG_OPTION + NR_OPTIONS))
		return &option_defs[c - LONG_OPTION];
	for (i = 0; i < NR_OPTIONS; i++)
		if (option_defs[i].letter == c)
			return &option_defs[i];
	return NULL;
}

static int report_option(struct parser *p, int c, const char *word)
{
	const struct option_def *def = optopt ? find_option(optopt) : NULL;

	if (!def)
		return refuse(p, "bad option: %s", word);
	return refuse(p, c == ':' ? "option needs a value: --%s" :
				    "option takes no value: --%s", def->name);
}

static int parse_words(struct parser *p, int argc, char **argv)
{
	struct option longs[NR_OPTIONS + 1];
	const struct option_def *def;
	char shorts[2 * NR_OPTIONS + 3] = ":";
	int c, index;

	fill_getopt(longs, shorts + 1);
	opterr = 0;
	while (!p->o->help) {
		index = optind;
		c = getopt_long(argc, argv, shorts, longs, NULL);
		if (c == -1)
			break;
		def = c == ':' || c == '?' ? NULL : find_option(c);
		if (!def)
			return report_option(p, c, argv[index]);
		if (def->of_exits)
			p->o->of_exits = def->name;
		if ((def->set ? def->set(p, optarg) :
				set_library(p, def->name, optarg)) < 0)
			return -1;
	}
	if (optind < argc && !p->o->help)
		return refuse(p, "live takes no recording: %s", argv[optind]);
	return 0;
}

/* Whatever is chosen is what exits have that are recorded. */
static int check_counters(struct parser *p)
{
	struct live_options *o = p->o;

	if (o->of_exits)
		return refuse(p, "--%s does not go with --counters: the kernel's are of all exits, by reason",
			      o->of_exits);
	if (o->prometheus && o->since_set && o->since != LIVE_SINCE_RESET)
		return refuse(p, "--format=prometheus takes no other --since than reset: Prometheus works differences out");
	if (o->prometheus)
		o->since = LIVE_SINCE_RESET;
	return 0;
}

/* Who listens has the format that is asked for there. */
static int check_metrics(struct parser *p)
{
	struct live_options *o = p->o;

	if (o->listen && o->format && !o->prometheus)
		return refuse(p, "--listen: metrics are of --format=prometheus");
	if (o->listen && o->output)
		return refuse(p, "--listen does not go with --output");
	if (o->listen && !o->interval_ms)
		return refuse(p, "--listen takes an interval");
	if (o->listen && !o->format && set_format(p, "prometheus") < 0)
		return -1;
	if (o->output && !o->prometheus)
		return refuse(p, "--output: of --format=prometheus only");
	return 0;
}

/* Nothing is worth to be shown until then. */
static int check_stop_after(struct parser *p)
{
	struct live_options *o = p->o;

	if (!o->save)
		return refuse(p, "--stop-after takes --save=FILE: where to leave what came before");
	if (o->times)
		return refuse(p, "--stop-after does not go with --view=time");
	if (!o->interval_set)
		o->interval_ms = 0;
	return 0;
}

static int check_save(struct parser *p)
{
	const struct live_options *o = p->o;

	if (!keepstate_is(o->save))
		return 0;
	if (o->by && has_word(o->by, "function"))
		return refuse(p, "cannot save a state: it has no functions: use --by=rip, and --guest-map when it is shown");
	return keepstate_check(p->k, o->by);
}

static int check(struct parser *p)
{
	struct live_options *o = p->o;

	if (o->stop_after && !o->counters && check_stop_after(p) < 0)
		return -1;
	if (check_metrics(p) < 0)
		return -1;
	o->screen = !o->batch && !o->format && o->interval_ms;
	if (o->counters)
		return check_counters(p);
	if (o->since_set && (!o->screen || o->since == LIVE_SINCE_RESET))
		return refuse(p, "--since: of --counters, or start and interval on a screen");
	if (o->screen && o->not_screen)
		return refuse(p, "--%s: not on a screen: use --batch", o->not_screen);
	if (o->save && check_save(p) < 0)
		return -1;
	if (!o->format &&
	    set_library(p, "format", o->screen ? "csv" : "table") < 0)
		return -1;
	return kvx_check(p->k) == KVX_OK ? 0 : -1;
}

int live_options_parse(struct live_options *o, struct kvx *k, int argc,
		       char **argv)
{
	struct parser p = { .o = o, .k = k };

	*o = (struct live_options){ .interval_ms = 1000 };
	if (parse_words(&p, argc, argv) == 0 && (o->help || check(&p) == 0))
		return 0;
	kvx_say(k, KVX_ERROR, "see: %s live --help", program_invocation_short_name);
	return -1;
}

static const char help_head[] =
	"Usage: %1$s live [OPTION...]\n"
	"\n"
	"Show what KVM's exits cost while guests run, from a trace buffer of its own,\n"
	"which is removed at the end.  Figures are since the start: what is printed of\n"
	"a recording of that time.\n"
	"\n";

static const char help_tail[] =
	"\n"
	"Examples:\n"
	"  %1$s live --batch --by=vm,reason --top=10\n"
	"  %1$s live --batch --interval=0 --for=1min --save=minute.dat\n"
	"\n"
	"Exit status: 0 complete, 1 failed, 2 usage, 3 complete but with losses.\n";

void live_options_help(FILE *out)
{
	const struct option_def *def;
	char left[32], letter[8];

	fprintf(out, help_head, program_invocation_short_name);
	for (def = option_defs; def < option_defs + NR_OPTIONS; def++) {
		if (!def->help)
			continue;
		snprintf(letter, sizeof(letter), def->letter ? "-%c, " : "    ",
			 def->letter);
		snprintf(left, sizeof(left), "%s--%s%s", letter, def->name,
			 def->arg ? def->arg : "");
		console_put_option(out, left, def->help);
	}
	fprintf(out, help_tail, program_invocation_short_name);
}
