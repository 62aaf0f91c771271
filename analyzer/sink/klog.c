// SPDX-License-Identifier: GPL-2.0
#include "sink/klog.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

#define KLOG_LINE_MAX	4096	/* printk writes less than 1024 at once */

/* Stands for a NUL, so that no line ends there; no line of ours has either. */
#define NUL_SEEN	'\1'

static const char klog_prefix[] = "kvm_exit_cycles: ";

/* Take @word from the begin of @*p. */
static bool take(const char **p, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*p, word, len))
		return false;
	*p += len;
	return true;
}

static bool take_u64(const char **p, uint64_t *v)
{
	const char *s = *p;
	unsigned int digit;

	for (*v = 0; *s >= '0' && *s <= '9'; s++) {
		digit = *s - '0';
		if (*v > (UINT64_MAX - digit) / 10)
			return false;
		*v = *v * 10 + digit;
	}
	if (s == *p)
		return false;
	*p = s;
	return true;
}

static bool take_value(const char **p, const char *key, uint64_t *v)
{
	return take(p, key) && take_u64(p, v);
}

static bool at_end(const char *p)
{
	return !p[strspn(p, " \t\r")];
}

static bool take_sum(const char **p, const char *key, u128 *sum)
{
	uint64_t v;

	if (!take_value(p, key, &v))
		return false;
	*sum = v;
	return true;
}

static bool take_parts(const char **p, struct stats_cell *c)
{
	return take_sum(p, " user ", &c->user) &&
	       take_sum(p, " halted ", &c->halted) &&
	       take_sum(p, " off_cpu ", &c->off_cpu);
}

/* "exits 48215 cycles 6738012420 user ... backwards 0" */
static bool parse_total(const char *p, struct check_line *line)
{
	struct stats_cell *c = &line->cell;

	line->slot = CHECK_TOTAL;
	return take_value(&p, "exits ", &c->exits) &&
	       take_sum(&p, " cycles ", &c->cycles) && take_parts(&p, c) &&
	       take_value(&p, " backwards ", &c->backwards) && at_end(p);
}

/* "svm hlt: exits 2561 cycles 295024738 min ... off_cpu 107640" */
static bool parse_reason(const struct reasons *reasons, const char *p,
			 struct check_line *line)
{
	const char *end = strstr(p, ": exits ");
	struct stats_cell *c = &line->cell;

	if (!end || (strncmp(p, "vmx ", 4) && strncmp(p, "svm ", 4)))
		return false;
	line->slot = reasons_find_name(reasons, p, end - p);
	if (line->slot < 0)
		line->slot = CHECK_UNKNOWN;
	line->has_avg = true;
	p = end;
	return take_value(&p, ": exits ", &c->exits) &&
	       take_sum(&p, " cycles ", &c->cycles) &&
	       take_value(&p, " min ", &c->min) &&
	       take_value(&p, " avg ", &line->avg) &&
	       take_value(&p, " max ", &c->max) && take_parts(&p, c) &&
	       at_end(p);
}

/* Where our own words begin: not in the middle of another word. */
static const char *find_prefix(const char *text)
{
	const char *p = text;

	while ((p = strstr(p, klog_prefix))) {
		if (p == text || strchr(" \t]>:", p[-1]) || p[-1] == NUL_SEEN)
			return p + strlen(klog_prefix);
		p++;
	}
	return NULL;
}

enum klog_kind klog_parse(const struct reasons *reasons, const char *text,
			  struct check_line *line)
{
	const char *p = find_prefix(text);
	uint64_t epoch;

	if (!p)
		return KLOG_OTHER;
	if (take(&p, "counting, interval "))
		return KLOG_LOAD;
	if (!take(&p, "epoch "))
		return KLOG_OTHER;
	memset(line, 0, sizeof(*line));
	if (!take_u64(&p, &epoch) || !epoch || epoch > UINT32_MAX)
		return KLOG_MALFORMED;
	line->epoch = epoch;
	if (!take_value(&p, " report ", &line->report) || !line->report ||
	    !take(&p, ": "))
		return KLOG_MALFORMED;
	if (!strncmp(p, "exits ", 6))
		return parse_total(p, line) ? KLOG_LINE : KLOG_MALFORMED;
	return parse_reason(reasons, p, line) ? KLOG_LINE : KLOG_MALFORMED;
}

struct reader {
	struct check *c;
	const char *path;
	struct klog_counts *counts;
	uint32_t epoch;		/* of the preceding line; 0: none */
	uint64_t report;
	struct few malformed, back;	/* messages */
};

static void malformed(struct reader *r, const char *text)
{
	/* The first one of each load */
	if (!r->counts->malformed++ && few_more(&r->malformed))
		warning("malformed line in log: %s: \"%.200s\"", r->path, text);
}

static void restart(struct reader *r)
{
	check_restart(r->c);
	r->counts->malformed = 0;
	r->epoch = 0;
	r->report = 0;
}

static int add_line(struct reader *r, const struct check_line *line,
		    const char *text)
{
	bool back = line->epoch < r->epoch ||
		    (line->epoch == r->epoch && line->report < r->report);

	r->counts->lines++;
	/*
	 * Reports are printed in order.  Going back with a whole new report is
	 * a load whose first line is gone; with less, it is a stray line.
	 */
	if (back && line->slot != CHECK_TOTAL) {
		malformed(r, text);
		return 0;
	}
	if (back) {
		if (few_more(&r->back))
			note("log goes back: %s: epoch %u report %llu follows epoch %u report %llu: taken for a new load of the module",
			     r->path, line->epoch,
			     (unsigned long long)line->report, r->epoch,
			     (unsigned long long)r->report);
		restart(r);
	}
	r->epoch = line->epoch;
	r->report = line->report;
	return check_add(r->c, line);
}

static int handle(struct reader *r, const char *text)
{
	struct check_line line;

	switch (klog_parse(r->c->reasons, text, &line)) {
	case KLOG_OTHER:
		return 0;
	case KLOG_LOAD:
		r->counts->loads++;
		restart(r);
		return 0;
	case KLOG_LINE:
		return add_line(r, &line, text);
	case KLOG_MALFORMED:
		malformed(r, text);
		return 0;
	}
	return 0;
}

/*
 * Read a line, without its newline, of which KLOG_LINE_MAX - 1 bytes are kept.
 */
static bool read_line(FILE *f, char *text)
{
	size_t len = 0;
	int c;

	while ((c = getc_unlocked(f)) != EOF && c != '\n')
		if (len < KLOG_LINE_MAX - 1)
			text[len++] = c ? c : NUL_SEEN;
	text[len] = '\0';
	return c != EOF || len;
}

static int read_lines(struct reader *r, FILE *f)
{
	char text[KLOG_LINE_MAX];

	while (read_line(f, text))
		if (handle(r, text) < 0)
			return -1;
	if (ferror(f))
		return error("cannot read: %s: %s", r->path, strerror(errno));
	return 0;
}

int klog_read(struct check *c, const char *path, struct klog_counts *counts)
{
	struct reader r = { .c = c, .path = path, .counts = counts };
	FILE *f = strcmp(path, "-") ? fopen(path, "r") : stdin;
	int ret;

	memset(counts, 0, sizeof(*counts));
	if (!f)
		return error("cannot open: %s: %s", path, strerror(errno));
	if (f == stdin)
		r.path = "standard input";
	ret = read_lines(&r, f);
	few_end(&r.malformed, "loads of the module with malformed lines");
	few_end(&r.back, "steps back of the log, each taken for a new load");
	if (f != stdin)
		fclose(f);
	return ret;
}
