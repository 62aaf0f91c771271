// SPDX-License-Identifier: GPL-2.0
#include "live/counters.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEBUGFS		"/sys/kernel/debug"
#define PREFIX		"kvm_exit_cycles: "
#define REASONS_MAX	255u		/* lines of a report */

#define failed(k, ...)	(kvx_say(k, KVX_ERROR, __VA_ARGS__), -1)

void counters_release(struct counters *c)
{
	figures_release(&c->figures);
	*c = (struct counters){ .epoch = 0 };
}

static bool take(const char **p, const char *word)
{
	const size_t len = strlen(word);

	if (strncmp(*p, word, len))
		return false;
	*p += len;
	return true;
}

/* " KEY 123" */
static bool take_value(const char **p, const char *key, uint64_t *v)
{
	char *end;

	if (!take(p, key) || **p < '0' || **p > '9')
		return false;
	errno = 0;
	*v = strtoull(*p, &end, 10);
	*p = end;
	return !errno;
}

static bool take_parts(const char **p, struct figures_row *row)
{
	return take_value(p, " user ", &row->user) &&
	       take_value(p, " halted ", &row->halted) &&
	       take_value(p, " off_cpu ", &row->off_cpu);
}

static bool parse_total(struct counters *c, const char *p)
{
	struct figures_row *row = &c->figures.total;

	return !row->exits && take_value(&p, "exits ", &row->exits) &&
	       row->exits && take_value(&p, " cycles ", &row->cycles) &&
	       take_parts(&p, row) &&
	       take_value(&p, " backwards ", &row->backwards) && !*p;
}

/* Formats take what the kernel has: printable ASCII. */
static bool is_name(const char *p, const char *end)
{
	for (; p < end; p++)
		if (*p < ' ' || *p > '~')
			return false;
	return true;
}

static bool parse_reason(struct counters *c, const char *p)
{
	const char *end = strstr(p, ": exits ");
	struct figures_row *row;
	uint64_t avg;

	if (!end || end == p || !is_name(p, end) || c->figures.nr >= REASONS_MAX)
		return false;
	row = figures_add(&c->figures, p, end - p);
	if (!row)
		return false;
	row->has_range = true;
	p = end;
	return take_value(&p, ": exits ", &row->exits) && row->exits &&
	       take_value(&p, " cycles ", &row->cycles) &&
	       take_value(&p, " min ", &row->min) &&
	       take_value(&p, " avg ", &avg) &&
	       take_value(&p, " max ", &row->max) && take_parts(&p, row) && !*p;
}

static bool parse_line(struct counters *c, const char *p)
{
	const bool first = !c->epoch;
	uint64_t epoch, report;

	if (!take(&p, PREFIX))
		return false;
	if (take_value(&p, "skipped ", &c->skipped))
		return !*p;
	if (!take_value(&p, "epoch ", &epoch) || !epoch || epoch > UINT32_MAX ||
	    !take_value(&p, " report ", &report) || !report || !take(&p, ": "))
		return false;
	if (!first && (epoch != c->epoch || report != c->report))
		return false;
	c->epoch = epoch;
	c->report = report;
	return first ? parse_total(c, p) : parse_reason(c, p);
}

/* The line of the total has no minimum: that of all reasons is it. */
static void range_of_all(struct figures *f)
{
	struct figures_row *total = &f->total;
	size_t i;

	for (i = 0; i < f->nr; i++) {
		if (!i || f->rows[i].min < total->min)
			total->min = f->rows[i].min;
		if (!i || f->rows[i].max > total->max)
			total->max = f->rows[i].max;
	}
	total->has_range = f->nr;
}

/* The exits of all reasons are all exits. */
static bool adds_up(const struct figures *f)
{
	uint64_t exits = 0;
	size_t i;

	for (i = 0; i < f->nr; i++)
		exits += f->rows[i].exits;
	return exits == f->total.exits;
}

static int parse(struct counters *c, struct kvx *k, const char *path, FILE *in)
{
	unsigned int line = 0;
	char text[1024];

	while (fgets(text, sizeof(text), in)) {
		line++;
		text[strcspn(text, "\n")] = '\0';
		if (!parse_line(c, text))
			return failed(k, "bad counters: %s: line %u: \"%.200s\": expected those of this version's kernel patch",
				      path, line, text);
	}
	if (ferror(in))
		return failed(k, "cannot read: %s: %s", path, strerror(errno));
	if (!line || !adds_up(&c->figures))
		return failed(k, "bad counters: %s: %s", path,
			      line ? "the exits of all reasons are not those of the total" :
				     "the file is empty");
	figures_finish(&c->figures);
	range_of_all(&c->figures);
	return 0;
}

/* Why there is no such file */
static int explain(struct kvx *k, const char *debugfs, const char *path, int err)
{
	char kvm[4096];

	if (err == EACCES || err == EPERM)
		return failed(k, "cannot open: %s: %s: counters take root: run it with sudo",
			      path, strerror(err));
	if (err != ENOENT && err != ENOTDIR)
		return failed(k, "cannot open: %s: %s", path, strerror(err));
	snprintf(kvm, sizeof(kvm), "%s/kvm", debugfs);
	if (access(kvm, F_OK) == 0)
		return failed(k, "no %s: this kernel is not patched: live without --counters records on any kernel",
			      path);
	return failed(k, "no %s: debugfs is not mounted there, or KVM is not loaded: mount -t debugfs none %s; modprobe kvm_intel, or kvm_amd",
		      kvm, debugfs);
}

int counters_read(struct counters *c, struct kvx *k,
		  const struct live_options *opt)
{
	const char *debugfs = opt->replay ? opt->replay : DEBUGFS;
	char path[4096];
	FILE *in;
	int ret;

	*c = (struct counters){ .epoch = 0 };
	snprintf(path, sizeof(path), "%s/kvm/exit_cycles", debugfs);
	in = fopen(path, "re");
	if (!in)
		return explain(k, debugfs, path, errno);
	ret = parse(c, k, path, in);
	fclose(in);
	return ret;
}
