// SPDX-License-Identifier: GPL-2.0
/*
 * A view by reason and VM as metrics for Prometheus, in its text format 0.0.4, which
 * the textfile collector of node_exporter takes.
 *
 * All samples of a metric stand together, so each metric goes over all groups.  Their
 * labels are made once.  How many groups there are is bounded by --top; the others are
 * one group, "other".  The buckets of histograms are the same ones everywhere: those of
 * different hosts can be added up.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/decimal.h"
#include "base/error.h"
#include "exposition.h"
#include "output/formats.h"
#include "result/columns.h"

/* Bounds are 2^n - 1, so that they are exact: half a microsecond to 17 s, in ns */
#define FIRST_POWER	9u
#define LAST_POWER	34u

#define NS_DECIMALS	9u	/* of seconds */

struct metrics {
	const struct view *v;
	FILE *out;
	const struct view_source *sources;	/* which is what, one at least */
	size_t nr_sources;
	size_t nr;			/* groups, with "other", if there is one */
	char **labels;			/* of each: 'isa="svm",reason="hlt"' */
	const char *name;		/* of the metric at hand */
};

static const struct group *group_at(const struct metrics *m, size_t i)
{
	return i < m->v->nr_shown ? m->v->sorted[i] : &m->v->more;
}

/* Labels */

/* Any bytes will do. */
static void put_label(FILE *out, const char *name, const char *value)
{
	char text[4 * 4096];

	escape_text(text, sizeof(text), value, strlen(value));
	exposition_label(out, name, text);
}

static void put_number_label(FILE *out, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	put_label(out, name, text);
}

/* Which of several recordings: two of them may have one path, and one host. */
static void put_source_labels(FILE *out, const struct metrics *m, size_t i)
{
	const struct view_source *s = &m->sources[i];

	if (m->nr_sources == 1)
		return;
	put_number_label(out, "recording_index", i);
	put_label(out, "recording", s->path);
	if (s->host && *s->host)
		put_label(out, "host", s->host);
}

/* What column @key of @g says; "": nothing */
static void get_text(const struct view *v, const struct group *g, const char *key,
		     struct value *value)
{
	char buf[DECIMAL_U128_MAX];

	columns_get(v, columns_find(v->opt->subject, key), g, value);
	if (value->type == VALUE_INTEGER)
		strcpy(value->text, decimal_u128(buf, value->integer));
	else if (value->type != VALUE_TEXT)
		value->text[0] = '\0';
}

static void put_group_labels(FILE *out, const struct metrics *m, const struct group *g)
{
	const struct view *v = m->v;
	struct value isa, value;

	if (v->by & BY_REASON) {
		get_text(v, g, "isa", &isa);
		get_text(v, g, "reason", &value);
		exposition_reason(out, isa.text, value.text);
		/* A recording may have one name for two codes. */
		put_number_label(out, "code", g->key.code);
	}
	if (v->by & BY_VM) {
		get_text(v, g, "vm", &value);
		if (*value.text || !g->key.vm)
			put_label(out, "vm", value.text);
		else
			put_number_label(out, "vm", g->key.vm);
		get_text(v, g, "vm_name", &value);
		if (*value.text)
			put_label(out, "vm_name", value.text);
	}
	if (v->by & BY_RECORDING)
		put_source_labels(out, m, g->key.recording);
}

static void put_other_labels(FILE *out, const struct view *v)
{
	if (v->by & BY_REASON)
		put_label(out, "reason", "other");
	if (v->by & BY_VM)
		put_label(out, "vm", "other");
	if (v->by & BY_RECORDING)
		put_label(out, "recording", "other");
}

static int make_labels(struct metrics *m)
{
	size_t len, i;
	FILE *out;

	m->labels = calloc(m->nr + 1, sizeof(*m->labels));
	for (i = 0; m->labels && i < m->nr; i++) {
		out = open_memstream(&m->labels[i], &len);
		if (!out)
			return -1;
		if (i < m->v->nr_shown)
			put_group_labels(out, m, m->v->sorted[i]);
		else
			put_other_labels(out, m->v);
		if (fclose(out))
			return -1;
	}
	return m->labels ? 0 : -1;
}

static void release_labels(struct metrics *m)
{
	size_t i;

	for (i = 0; m->labels && i < m->nr; i++)
		free(m->labels[i]);
	free(m->labels);
}

/* Samples */

static void begin(struct metrics *m, const struct exposition_metric *metric)
{
	m->name = metric->name;
	exposition_begin(m->out, metric);
}

static void begin_metric(struct metrics *m, const char *name, const char *type,
			 const char *help)
{
	begin(m, &(struct exposition_metric){ name, type, help });
}

/* @label is one more, behind @labels; either may be "". */
static void put_name(const struct metrics *m, const char *suffix, const char *labels,
		     const char *label)
{
	exposition_sample(m->out, m->name, suffix, labels, label);
}

static void put_integer(const struct metrics *m, const char *suffix,
			const char *labels, const char *label, u128 v)
{
	char buf[DECIMAL_U128_MAX];

	put_name(m, suffix, labels, label);
	fprintf(m->out, "%s\n", decimal_u128(buf, v));
}

static void put_seconds(const struct metrics *m, const char *suffix,
			const char *labels, const char *label, u128 ns)
{
	char buf[DECIMAL_MAX];

	put_name(m, suffix, labels, label);
	fprintf(m->out, "%s\n", decimal_text(buf, ns, NS_DECIMALS));
}

/* One that has a single sample */
static void put_known(struct metrics *m, const struct exposition_metric *metric,
		      u128 v)
{
	begin(m, metric);
	put_integer(m, "", "", "", v);
}

static void put_single(struct metrics *m, const char *name, const char *type,
		       const char *help, u128 v)
{
	put_known(m, &(struct exposition_metric){ name, type, help }, v);
}

static void put_exits(struct metrics *m)
{
	size_t i;

	begin(m, &exposition_exits);
	for (i = 0; i < m->nr; i++)
		put_integer(m, "", m->labels[i], "", group_at(m, i)->cell.exits);
}

/* Histograms, of the unit of the recording */

static void put_bucket(const struct metrics *m, size_t i, bool seconds,
		       unsigned int power, uint64_t exits)
{
	const uint64_t bound = (1ull << power) - 1;
	char text[DECIMAL_MAX], label[DECIMAL_MAX + sizeof("le=\"\"")];

	decimal_text(text, bound, seconds ? NS_DECIMALS : 0);
	snprintf(label, sizeof(label), "le=\"%s\"", text);
	put_integer(m, "_bucket", m->labels[i], label, exits);
}

static void put_histogram(const struct metrics *m, size_t i, bool seconds)
{
	const struct group *g = group_at(m, i);
	uint64_t counts[HISTOGRAM_POWERS], exits = 0;
	unsigned int power;

	histogram_powers(&g->histogram, counts);
	for (power = 0; power <= LAST_POWER; power++) {
		exits += counts[power];
		if (power >= FIRST_POWER)
			put_bucket(m, i, seconds, power, exits);
	}
	put_integer(m, "_bucket", m->labels[i], "le=\"+Inf\"", stats_timed(&g->cell));
	if (seconds)
		put_seconds(m, "_sum", m->labels[i], "", g->cell.cycles);
	else
		put_integer(m, "_sum", m->labels[i], "", g->cell.cycles);
	put_integer(m, "_count", m->labels[i], "", stats_timed(&g->cell));
}

static void put_histograms(struct metrics *m)
{
	const bool seconds = !strcmp(m->v->unit, "ns");
	size_t i;

	if (m->v->stamped)
		begin_metric(m, "kvm_exit_cycles", "histogram",
			     "Cycles that KVM spent on an exit, without userspace, halted and off the CPU.");
	else
		begin_metric(m, seconds ? "kvm_exit_round_trip_seconds" :
					  "kvm_exit_round_trip_cycles", "histogram",
			     "From an exit to the next entry, with all that was in between.");
	for (i = 0; i < m->nr; i++)
		put_histogram(m, i, seconds);
}

/* Where time went; all parts of an exit together are its round trip */

static const struct part {
	const char *label;
	bool stamped;
	enum stats_of of;
} parts[] = {
	{ "part=\"round_trip\"", false, STATS_OF_CYCLES },
	{ "part=\"processing\"", true, STATS_OF_CYCLES },
	{ "part=\"user\"", true, STATS_OF_USER },
	{ "part=\"halted\"", true, STATS_OF_HALTED },
	{ "part=\"off_cpu\"", true, STATS_OF_OFF_CPU },
};

static void put_parts(struct metrics *m, bool seconds)
{
	const struct part *part, *end = parts + sizeof(parts) / sizeof(parts[0]);
	size_t i;
	u128 sum;

	if (seconds)
		begin_metric(m, "kvm_exit_time_seconds_total",
			     exposition_cycles.type, exposition_cycles.help);
	else
		begin(m, &exposition_cycles);
	for (i = 0; i < m->nr; i++)
		for (part = parts; part < end; part++) {
			if (part->stamped != m->v->stamped)
				continue;
			sum = stats_sum_of(&group_at(m, i)->cell, part->of);
			if (seconds)
				put_seconds(m, "", m->labels[i], part->label,
					    unit_to_ns(&m->v->shown, sum));
			else
				put_integer(m, "", m->labels[i], part->label, sum);
		}
}

static void put_times(struct metrics *m)
{
	if (strcmp(m->v->unit, "ns"))
		put_parts(m, false);
	if (m->v->shown.converted)
		put_parts(m, true);
	if (m->v->shown.hz)
		put_single(m, "kvm_exit_tsc_hertz", "gauge",
			   "Cycles in a second, by which seconds were made of them.",
			   m->v->shown.hz);
}

/* Recordings, each by itself */

typedef bool (*source_fn)(const struct metrics *m, const struct view_source *s,
			  const char *labels);

/* A metric without samples is left out. */
static int put_source_metric(struct metrics *m, const char *name, const char *type,
			     const char *help, source_fn put)
{
	bool begun = false;
	size_t i, len;
	char *labels;
	FILE *out;

	for (i = 0; i < m->nr_sources; i++) {
		out = open_memstream(&labels, &len);
		if (!out)
			return -1;
		put_source_labels(out, m, i);
		if (fclose(out))
			return -1;
		if (!begun && put(NULL, &m->sources[i], labels)) {
			begin_metric(m, name, type, help);
			begun = true;
		}
		if (begun)
			put(m, &m->sources[i], labels);
		free(labels);
	}
	return 0;
}

/* Each of these returns whether there is a sample, and puts it if @m is not NULL. */

static bool put_written(const struct metrics *m, const struct view_source *s,
			const char *labels)
{
	if (m && s->written)
		put_integer(m, "", labels, "", s->written);
	return s->written;
}

static bool put_span(const struct metrics *m, const struct view_source *s,
		     const char *labels)
{
	if (m && s->has_span)
		put_seconds(m, "", labels, "", s->span_ns);
	return s->has_span;
}

static bool put_missing(const struct metrics *m, const struct view_source *s,
			const char *labels)
{
	if (m && m->v->stamped) {
		put_integer(m, "", labels, "why=\"before\"", s->before);
		put_integer(m, "", labels, "why=\"lost\"", s->lost);
	} else if (m) {
		put_integer(m, "", labels, "why=\"unused\"", s->unused);
	}
	return true;
}

static bool put_epochs(const struct metrics *m, const struct view_source *s,
		       const char *labels)
{
	if (m && s->proof.known)
		put_integer(m, "", labels, "", s->proof.epochs);
	return s->proof.known;
}

static bool put_reports(const struct metrics *m, const struct view_source *s,
			const char *labels)
{
	if (m && s->proof.known)
		put_integer(m, "", labels, "", s->proof.reports);
	return s->proof.known;
}

static bool put_whole(const struct metrics *m, const struct view_source *s,
		      const char *labels)
{
	if (m && s->proof.known)
		put_integer(m, "", labels, "", s->proof.whole);
	return s->proof.known;
}

static bool put_compared(const struct metrics *m, const struct view_source *s,
			 const char *labels)
{
	if (m && s->proof.compared) {
		put_integer(m, "", labels, "verdict=\"equal\"", s->proof.equal);
		put_integer(m, "", labels, "verdict=\"different\"",
			    s->proof.different);
	}
	return s->proof.compared;
}

static const struct source_metric {
	const char *name, *type, *help;
	source_fn put;
} source_metrics[] = {
	{ "kvm_exit_recording_timestamp_seconds", "gauge",
	  "When the file of the recording was last changed.", put_written },
	{ "kvm_exit_recording_span_seconds", "gauge",
	  "From the first event to the last.", put_span },
	{ "kvm_exit_missing_exits_total", "counter",
	  "Exits before the recording, lost in it, or within losses.", put_missing },
	{ "kvm_exit_epochs_total", "counter",
	  "Epochs of the kernel's counters that are recorded.", put_epochs },
	{ "kvm_exit_proven_reports_total", "counter",
	  "Reports of the kernel that the recording proves.", put_reports },
	{ "kvm_exit_proof_complete", "gauge",
	  "1: each recorded exit is in a report that is proven.", put_whole },
	{ "kvm_exit_compared_reports_total", "counter",
	  "Proven reports beside the kernel's own figures in the recording.",
	  put_compared },
};

static int put_sources(struct metrics *m)
{
	const struct source_metric *s = source_metrics;
	size_t i;

	for (i = 0; i < sizeof(source_metrics) / sizeof(*s); i++, s++)
		/* Of what was not read, nobody knows what is missing. */
		if (!(s->put == put_missing && m->v->losses.unread) &&
		    put_source_metric(m, s->name, s->type, s->help, s->put) < 0)
			return -1;
	return 0;
}

/* What is of all recordings */

static void put_losses(struct metrics *m)
{
	const struct view *v = m->v;
	const struct losses *l = &v->losses;

	put_single(m, "kvm_exit_lossy", "gauge",
		   "1: something is missing, or cannot be used.", v->lossy);
	begin_metric(m, "kvm_exit_lost_events_total", "counter",
		     "Events that are missing: counted where they are, dropped by the kernel, lacking in the file.");
	put_integer(m, "", "", "how=\"counted\"", l->lost_events);
	put_integer(m, "", "", "how=\"dropped\"", v->info->dropped_events);
	put_integer(m, "", "", "how=\"lacking\"", v->lacking);
	put_single(m, "kvm_exit_lost_places_total", "counter",
		   "Places where events are missing that nobody counted.",
		   l->lost_uncounted);
	begin_metric(m, "kvm_exit_unreadable_bytes_total", "counter",
		     "Bytes of events that are damaged, behind the end of the file, or not read.");
	put_integer(m, "", "", "how=\"damaged\"",
		    (u128)l->damaged_bytes + l->bad_chunks_bytes);
	put_integer(m, "", "", "how=\"cut\"", v->info->missing_bytes);
	put_integer(m, "", "", "how=\"unread\"", l->unread);
	if (v->stamped)
		put_known(m, &exposition_backwards, v->total.cell.backwards);
}

static void put_head(struct metrics *m)
{
	begin(m, &exposition_build);
	put_integer(m, "", "", "version=\"" VERSION "\"", 1);
	put_known(m, &exposition_written, time(NULL));
	put_single(m, "kvm_exit_recordings", "gauge", "Recordings in these figures.",
		   m->nr_sources);
	put_single(m, "kvm_exit_inputs_left_out", "gauge",
		   "Recordings and states that cannot be read.", m->v->left_out);
	put_single(m, "kvm_exit_series_summed_up", "gauge",
		   "Groups for which there is no room: reason other.",
		   m->v->nr_more);
}

static int put_all(struct metrics *m)
{
	put_head(m);
	if (put_sources(m) < 0)
		return -1;
	put_losses(m);
	put_exits(m);
	put_histograms(m);
	put_times(m);
	return ferror(m->out) ? -1 : 0;
}

static int put_block(const struct view *v, FILE *out)
{
	/* Of one recording that was not put together with others */
	const struct view_source one = {
		.before = v->before, .lost = v->lost, .unused = v->unused,
		.has_span = v->has_span, .span_ns = v->span_ns,
		.proof = v->proof, .written = v->info->written,
	};
	struct metrics m = {
		.v = v, .out = out,
		.sources = v->nr_sources ? v->sources : &one,
		.nr_sources = v->nr_sources ? v->nr_sources : 1,
		.nr = v->nr_shown + (v->nr_more != 0),
	};
	int ret = make_labels(&m);

	if (v->nr_more)
		note("%zu groups of the least time are summed up as reason \"other\": choose how many are not with --top",
		     v->nr_more);
	if (!ret)
		ret = put_all(&m);
	release_labels(&m);
	return ret;
}

const struct format format_prometheus = { .block = put_block };
