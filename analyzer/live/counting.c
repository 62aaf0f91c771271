// SPDX-License-Identifier: GPL-2.0
/*
 * Counters, each interval: read, compared with what they were, and printed.
 */
#include "live/counters.h"

#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exposition.h"
#include "live/batch.h"
#include "live/clock.h"
#include "live/listen.h"
#include "live/screen.h"

/* Who listens closes connections that are too old. */
#define LOOK_MS		1000u

struct counting {
	struct kvx *k;
	struct live_options *opt;
	struct counters now;
	struct figures base;		/* that they are compared with */
	struct figures shown;
	uint64_t base_ms;
	bool reset;			/* the base is when they were reset */
	struct batch batch;
	struct screen *screen;		/* NULL: text is printed, */
	struct listen *listen;		/* or is to be asked for */
};

static const char *const since_names[] = {
	[LIVE_SINCE_START] = "start",
	[LIVE_SINCE_INTERVAL] = "interval",
	[LIVE_SINCE_RESET] = "reset",
};

/* Tables */

static void put_table_row(FILE *out, const struct figures_row *row,
			  const char *name, int width)
{
	fprintf(out, "%-*s %12" PRIu64 " %18" PRIu64, width, name, row->exits,
		row->cycles);
	if (row->has_range)
		fprintf(out, " %12" PRIu64 " %12" PRIu64 " %12" PRIu64, row->min,
			figures_average(row), row->max);
	else
		fprintf(out, " %12s %12" PRIu64 " %12s", "-",
			figures_average(row), "-");
	fprintf(out, " %18" PRIu64 " %18" PRIu64 " %18" PRIu64 "\n", row->user,
		row->halted, row->off_cpu);
}

static void put_since(FILE *out, const struct counting *c, uint64_t ms)
{
	fputs("figures:  ", out);
	if (c->opt->since == LIVE_SINCE_RESET || c->reset)
		fputs("since the counters were reset", out);
	else
		fprintf(out, "of %.1f s, %s; min and max of all of them, or -",
			ms / 1000., c->opt->since == LIVE_SINCE_START ?
				    "since live was started" :
				    "since those before");
	fputs("; cycles are TSC ticks\n", out);
}

static void put_table(FILE *out, const struct counting *c,
		      const struct figures_row **rows, uint64_t ms)
{
	size_t width = strlen("reason"), i;

	for (i = 0; i < c->shown.nr; i++)
		if (strlen(rows[i]->name) > width)
			width = strlen(rows[i]->name);
	if (c->now.epoch)
		fprintf(out, "counters: up to epoch %u report %" PRIu64 "; reports that were skipped: %" PRIu64 "\n",
			c->now.epoch, c->now.report, c->now.skipped);
	else
		fputs("counters: no report since they were reset\n", out);
	put_since(out, c, ms);
	fprintf(out, "\n%-*s %12s %18s %12s %12s %12s %18s %18s %18s\n",
		(int)width, "reason", "exits", "cycles", "min", "avg", "max",
		"user", "halted", "off_cpu");
	for (i = 0; i < c->shown.nr; i++)
		put_table_row(out, rows[i], rows[i]->name, width);
	put_table_row(out, &c->shown.total, "total", width);
}

/* CSV: what is not known is empty. */

static void put_csv_row(FILE *out, const struct counting *c, const char *row,
			const char *reason, const struct figures_row *f)
{
	fprintf(out, "%s,%s,%u,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",", row,
		reason, c->now.epoch, c->now.report, f->exits, f->cycles);
	if (f->has_range)
		fprintf(out, "%" PRIu64, f->min);
	fprintf(out, ",%" PRIu64 ",", figures_average(f));
	if (f->has_range)
		fprintf(out, "%" PRIu64, f->max);
	fprintf(out, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n", f->user,
		f->halted, f->off_cpu);
}

static void put_csv(FILE *out, const struct counting *c,
		    const struct figures_row **rows)
{
	size_t i;

	fputs("row,reason,epoch,report,exits,cycles,min_cycles,avg_cycles,max_cycles,user_cycles,halted_cycles,off_cpu_cycles\n",
	      out);
	for (i = 0; i < c->shown.nr; i++)
		put_csv_row(out, c, "group", rows[i]->name, rows[i]);
	put_csv_row(out, c, "total", "", &c->shown.total);
}

/* JSON */

static void put_json_range(FILE *out, const char *key, bool known, uint64_t v)
{
	if (known)
		fprintf(out, "\"%s\": %" PRIu64 ", ", key, v);
	else
		fprintf(out, "\"%s\": null, ", key);
}

static void put_json_figures(FILE *out, const struct figures_row *f)
{
	fprintf(out, "\"exits\": %" PRIu64 ", \"cycles\": %" PRIu64 ", ",
		f->exits, f->cycles);
	put_json_range(out, "min", f->has_range, f->min);
	put_json_range(out, "avg", f->exits, figures_average(f));
	put_json_range(out, "max", f->has_range, f->max);
	fprintf(out, "\"user\": %" PRIu64 ", \"halted\": %" PRIu64 ", \"off_cpu\": %" PRIu64 ", \"backwards\": ",
		f->user, f->halted, f->off_cpu);
}

static void put_json_string(FILE *out, const char *text)
{
	for (putc('"', out); *text; text++) {
		if (*text == '"' || *text == '\\')
			putc('\\', out);
		if ((unsigned char)*text < ' ')
			fprintf(out, "\\u%04x", *text);
		else
			putc(*text, out);
	}
	putc('"', out);
}

static void put_json(FILE *out, const struct counting *c,
		     const struct figures_row **rows, uint64_t ms)
{
	size_t i;

	fprintf(out, "{\"since\": \"%s\", \"of_seconds\": ",
		since_names[c->opt->since]);
	/* When they were reset is not known. */
	if (c->reset || c->opt->since == LIVE_SINCE_RESET)
		fputs("null, ", out);
	else
		fprintf(out, "%.3f, ", ms / 1000.);
	fprintf(out, "\"was_reset\": %s, \"epoch\": %u, \"report\": %" PRIu64 ", \"skipped_reports\": %" PRIu64 ", \"unit\": \"cycles\", \"groups\": [",
		c->reset ? "true" : "false", c->now.epoch, c->now.report,
		c->now.skipped);
	for (i = 0; i < c->shown.nr; i++) {
		fputs(i ? ", {\"reason\": " : "{\"reason\": ", out);
		put_json_string(out, rows[i]->name);
		fputs(", ", out);
		put_json_figures(out, rows[i]);
		/* The kernel counts them of all reasons together. */
		fputs("null}", out);
	}
	fputs("], \"total\": {", out);
	put_json_figures(out, &c->shown.total);
	fprintf(out, "%" PRIu64 "}}", c->shown.total.backwards);
}

/* Metrics: of counters, what they are.  Prometheus makes differences itself. */

static char *labels_of(const struct figures_row *row)
{
	const char *space = strchr(row->name, ' ');
	char isa[FIGURES_NAME_MAX] = "", *labels = NULL;
	size_t len;
	FILE *out = open_memstream(&labels, &len);

	if (!out)
		return NULL;
	if (space)
		memcpy(isa, row->name, space - row->name);
	exposition_reason(out, isa, row->name);
	return fclose(out) ? NULL : labels;
}

static void put_sample(FILE *out, const struct exposition_metric *m,
		       const char *labels, const char *label, uint64_t v)
{
	exposition_sample(out, m->name, "", labels, label);
	fprintf(out, "%" PRIu64 "\n", v);
}

static void put_single(FILE *out, const struct exposition_metric *m,
		       const char *label, uint64_t v)
{
	exposition_begin(out, m);
	put_sample(out, m, "", label, v);
}

static void put_parts(FILE *out, const struct figures_row *row, const char *labels)
{
	const struct exposition_metric *m = &exposition_cycles;

	put_sample(out, m, labels, "part=\"processing\"", row->cycles);
	put_sample(out, m, labels, "part=\"user\"", row->user);
	put_sample(out, m, labels, "part=\"halted\"", row->halted);
	put_sample(out, m, labels, "part=\"off_cpu\"", row->off_cpu);
}

static void put_metrics(FILE *out, const struct counting *c,
			const struct figures_row **rows)
{
	static const struct exposition_metric skipped = {
		"kvm_exit_skipped_reports_total", "counter",
		"Reports that the kernel did not print.",
	};
	char version[64], *labels;
	size_t i;

	snprintf(version, sizeof(version), "version=\"%s\"", kvx_version());
	put_single(out, &exposition_build, version, 1);
	exposition_begin(out, &exposition_exits);
	for (i = 0; i < c->shown.nr; i++) {
		labels = labels_of(rows[i]);
		if (labels)
			put_sample(out, &exposition_exits, labels, "",
				   rows[i]->exits);
		free(labels);
	}
	exposition_begin(out, &exposition_cycles);
	for (i = 0; i < c->shown.nr; i++) {
		labels = labels_of(rows[i]);
		if (labels)
			put_parts(out, rows[i], labels);
		free(labels);
	}
	put_single(out, &exposition_backwards, "", c->shown.total.backwards);
	put_single(out, &skipped, "", c->now.skipped);
	put_single(out, &exposition_written, "", time(NULL));
}

/* All of these */

static int print(struct counting *c, double seconds, uint64_t ms)
{
	const struct figures_row **rows = figures_by_cycles(&c->shown);
	char *text = NULL;
	size_t len = 0;
	FILE *out = rows ? open_memstream(&text, &len) : NULL;
	int ret;

	if (!out) {
		free(rows);
		kvx_say(c->k, KVX_ERROR, "out of memory: counters");
		return -1;
	}
	if (c->opt->prometheus)
		put_metrics(out, c, rows);
	else if (c->opt->csv)
		put_csv(out, c, rows);
	else if (c->opt->json)
		put_json(out, c, rows, ms);
	else
		put_table(out, c, rows, ms);
	fclose(out);
	ret = 0;
	if (c->listen)
		listen_set(c->listen, text, len);
	else
		ret = batch_print(&c->batch, text, len, seconds);
	if (!ret)
		c->batch.blocks++;
	free(text);
	free(rows);
	return ret;
}

/* What is shown: all of what was counted, or what came since the base */
static int compare(struct counting *c)
{
	const struct figures none = { .rows = NULL };
	int ret;

	figures_release(&c->shown);
	ret = figures_since(&c->shown, &c->now.figures, &c->base);
	if (ret)
		return ret;
	kvx_say(c->k, KVX_NOTE, "the counters were reset meanwhile: exits since the last time that they were read, up to then, are not in the figures");
	c->reset = true;
	figures_release(&c->base);
	figures_release(&c->shown);
	return figures_since(&c->shown, &c->now.figures, &none);
}

static int show_frame(struct counting *c, uint64_t ms)
{
	struct frame f = { .figures = c->shown, .ms = ms, .unit = "cycles",
			   .what = "reason" };

	c->shown = (struct figures){ .rows = NULL };
	snprintf(f.missing, sizeof(f.missing),
		 "the kernel's counters: all exits up to epoch %u report %" PRIu64 "; reports that were not printed: %" PRIu64,
		 c->now.epoch, c->now.report, c->now.skipped);
	if (c->reset)
		strcpy(f.said, "figures are since the counters were reset");
	screen_add(c->screen, &f);
	c->batch.blocks++;
	return 0;
}

/* The base of the next interval: what was read */
static void keep_base(struct counting *c, uint64_t now)
{
	if (c->opt->since != LIVE_SINCE_INTERVAL)
		return;
	figures_release(&c->base);
	c->base = c->now.figures;
	c->now.figures = (struct figures){ .rows = NULL };
	c->base_ms = now;
	c->reset = false;
}

static int show(struct counting *c, uint64_t start)
{
	const uint64_t now = clock_ms();
	int ret;

	counters_release(&c->now);
	if (counters_read(&c->now, c->k, c->opt) < 0)
		return -1;
	ret = compare(c);
	if (ret < 0)
		kvx_say(c->k, KVX_ERROR, "out of memory: counters");
	if (ret >= 0)
		ret = c->screen ? show_frame(c, now - start) :
				  print(c, (now - start) / 1000., now - c->base_ms);
	keep_base(c, now);
	return ret < 0 ? -1 : 0;
}

/* What is there at the beginning is no interval. */
static int read_base(struct counting *c)
{
	if (counters_read(&c->now, c->k, c->opt) < 0)
		return -1;
	c->base_ms = clock_ms();
	if (c->opt->since == LIVE_SINCE_RESET || c->opt->prometheus)
		return 0;
	c->base = c->now.figures;
	c->now.figures = (struct figures){ .rows = NULL };
	return 0;
}

/* Return false if that was the end. */
static bool sleep_until(struct counting *c, uint64_t ms,
			const volatile int *stopped)
{
	struct pollfd input = { .fd = c->screen ? STDIN_FILENO :
				      c->listen ? listen_fd(c->listen) : -1,
				.events = POLLIN };
	uint64_t now;

	while (!*stopped && (now = clock_ms()) < ms) {
		if (poll(&input, 1, ms - now < LOOK_MS ? ms - now : LOOK_MS) > 0 &&
		    (input.revents & (POLLHUP | POLLERR | POLLNVAL)))
			return false;
		if (c->listen)
			listen_serve(c->listen);
		if (c->screen && !screen_keys(c->screen))
			return false;
	}
	return !c->screen || !*stopped;
}

/* Once the base is read */
static int show_all(struct counting *c, const volatile int *stopped)
{
	const struct live_options *opt = c->opt;
	const uint64_t start = clock_ms();
	const uint64_t end = opt->for_ms ? start + opt->for_ms : UINT64_MAX;
	uint64_t next = start;
	int ret = 0;

	while (!ret && !*stopped && clock_ms() < end &&
	       !(opt->count && c->batch.blocks >= opt->count)) {
		next = opt->interval_ms ? next + opt->interval_ms : UINT64_MAX;
		if (!sleep_until(c, next < end ? next : end, stopped))
			break;
		/* An interval that was cut short is shown, too. */
		ret = show(c, start);
		while (next <= clock_ms())
			next += opt->interval_ms;
	}
	return ret;
}

/* Or what listens.  On a screen, an interval is the difference of two frames. */
static int open_screen(struct counting *c)
{
	const bool interval = c->opt->since == LIVE_SINCE_INTERVAL;

	if (c->opt->listen) {
		c->listen = listen_open(c->k, c->opt->listen);
		return c->listen ? 0 : -1;
	}
	if (!c->opt->screen)
		return 0;
	if (interval)
		c->opt->since = LIVE_SINCE_START;
	c->screen = screen_open(c->k, &c->opt->interval_ms, interval);
	return c->screen ? 0 : -1;
}

int counters_show(struct kvx *k, struct live_options *opt,
		  const volatile int *stopped)
{
	struct counting c = { .k = k, .opt = opt,
			      .batch = { .k = k, .opt = opt } };
	int ret = open_screen(&c) < 0 ? -1 : read_base(&c);

	if (!ret)
		ret = show_all(&c, stopped);

	screen_close(c.screen);
	listen_close(c.listen);
	counters_release(&c.now);
	figures_release(&c.base);
	figures_release(&c.shown);
	return ret < 0 ? KVX_FAILED : KVX_OK;
}
