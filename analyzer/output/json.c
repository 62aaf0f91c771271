// SPDX-License-Identifier: GPL-2.0
/*
 * A view as one JSON document: docs/schema.json describes it.
 *
 * The document is written piece by piece, so that memory does not grow with the
 * number of groups.  Integers are JSON integers up to 2^63 - 1 and decimal
 * strings beyond.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/decimal.h"
#include "base/error.h"
#include "output/formats.h"
#include "output/json-private.h"
#include "result/columns.h"

#define FORMAT_VERSION	1

static json_t *integer(u128 v)
{
	char buf[DECIMAL_U128_MAX];

	if (v > INT64_MAX)
		return json_string(decimal_u128(buf, v));
	return json_integer(v);
}

/* Text from a file may be no valid UTF-8. */
static json_t *text(const char *s)
{
	char buf[4 * 4096];

	if (!s)
		return json_null();
	escape_text(buf, sizeof(buf), s, strlen(s));
	return json_string(buf);
}

json_t *json_path_hex(const char *path)
{
	const size_t len = strlen(path);
	char buf[4 * 4096], *hex;
	json_t *text;
	size_t i;

	escape_text(buf, sizeof(buf), path, len);
	if (!strcmp(buf, path))
		return NULL;
	hex = malloc(2 * len + 1);
	if (!hex)
		return NULL;
	for (i = 0; i < len; i++)
		sprintf(hex + 2 * i, "%02x", (unsigned char)path[i]);
	text = json_string(hex);
	free(hex);
	return text;
}

static json_t *known(bool is_known, u128 v)
{
	return is_known ? integer(v) : json_null();
}

json_t *json_of_value(const struct value *value)
{
	switch (value->type) {
	case VALUE_INTEGER:
		return integer(value->integer);
	case VALUE_DECIMAL:
		return json_real(decimal_real(value->integer, value->decimals));
	case VALUE_TEXT:
		return text(value->text);
	default:
		return json_null();
	}
}

/* These return NULL if memory is short, as json_pack() does if any value is. */

static json_t *isas_of(const struct view *v)
{
	json_t *isas = json_array();
	char buf[ISA_NAME_MAX];
	unsigned int i;

	for (i = 0; i < ISA_BITS; i++)
		if ((v->isas & 1u << i) &&
		    json_array_append_new(isas, json_string(isa_name(buf,
					isa_of_bit(i)))) < 0) {
			json_decref(isas);
			return NULL;
		}
	return isas;
}

static json_t *by_of(const struct view *v)
{
	const struct column *list[COLUMNS_MAX];
	unsigned int nr = columns_select(v, false, list), i;
	json_t *by = json_array();

	for (i = 0; i < nr; i++)
		if ((list[i]->flags & COLUMN_LABEL) &&
		    json_array_append_new(by, json_string(list[i]->key)) < 0) {
			json_decref(by);
			return NULL;
		}
	return by;
}

static json_t *recording_of(const struct view *v)
{
	/* Reports tell no VM or vCPU from another. */
	const bool counted = v->opt->subject != VIEW_OF_REPORTS;

	return json_pack("{s:o, s:o*, s:o, s:o, s:b, s:b, s:o*, s:o, s:o*, s:o*, s:o}",
		"path", text(v->info->path), "path_hex", json_path_hex(v->info->path),
		"clock", text(v->info->clock),
		"span_ns", known(v->has_span, v->span_ns),
		"patched", v->patched, "stamped", v->stamped,
		"isas", counted ? isas_of(v) : NULL,
		"cpus", integer(v->info->nr_cpus),
		"vcpus", counted ? integer(v->vcpus) : NULL,
		"vms", counted ? known(v->stamped || v->vms, v->vms) : NULL,
		"exits", integer(v->exits));
}

/* How many reports are proven; NULL, which leaves it out, if nobody has asked */
static json_t *proof_of(const struct view_proof *p)
{
	if (!p->known)
		return NULL;
	return json_pack("{s:o, s:o, s:b}", "epochs", integer(p->epochs),
			 "reports", integer(p->reports), "whole", p->whole);
}

/* "2026-11-30T19:00:00Z"; NULL, as for 0, which is no time: it is left out */
static json_t *time_of(uint64_t seconds)
{
	const time_t t = seconds;
	char buf[sizeof("-2147481748-01-01T00:00:00Z")];
	struct tm tm;

	if (!seconds || (uint64_t)t != seconds || !gmtime_r(&t, &tm) ||
	    !strftime(buf, sizeof(buf), "%FT%TZ", &tm))
		return NULL;
	return json_string(buf);
}

/* Those that were added up, each by itself */
static json_t *source_of(const struct view *v, const struct view_source *s)
{
	return json_pack("{s:o, s:o*, s:o*, s:o*, s:o*, s:o, s:o, s:o, s:o, s:o, s:o*}",
		"path", text(s->path), "path_hex", json_path_hex(s->path),
		"host", *s->host ? text(s->host) : NULL,
		"written", time_of(s->written),
		"file_bytes", s->file_bytes ? integer(s->file_bytes) : NULL,
		"exits", integer(s->exits),
		"span_ns", known(s->has_span, s->span_ns),
		"exits_before", known(v->stamped, s->before),
		"exits_lost", known(v->stamped, s->lost),
		"round_trips_unused", known(!v->stamped, s->unused),
		"proof", proof_of(&s->proof));
}

static json_t *sources_of(const struct view *v)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < v->nr_sources; i++)
		if (json_array_append_new(list, source_of(v, &v->sources[i])) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

static json_t *reasons_of(const struct filter_options *opt)
{
	struct filter_word w = { .opt = opt };
	json_t *list = opt->nr_reasons ? json_array() : json_null();
	char buf[1024];

	while (filter_next_reason(&w)) {
		escape_text(buf, sizeof(buf), w.text, w.end - w.text);
		if (json_array_append_new(list, json_string(buf)) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *range_of(const struct filter_range *range)
{
	char buf[FILTER_RANGE_MAX];

	if (!range->not && range->first == range->last)
		return integer(range->first);
	return json_string(filter_range_text(buf, range));
}

static json_t *numbers_of(const struct filter_list *l)
{
	json_t *list = l->nr ? json_array() : json_null();
	unsigned int i;

	for (i = 0; i < l->nr; i++)
		if (json_array_append_new(list, range_of(&l->ranges[i])) < 0) {
			json_decref(list);
			return NULL;
		}
	return list;
}

/* How fast the TSC is, where figures were converted by that */
static json_t *rate_of(const struct view *v)
{
	static const char *const from[] = {
		[RATE_FROM_RECORDING] = "recording", [RATE_FROM_USER] = "user",
		[RATE_FROM_FIT] = "fit",
	};

	return json_pack("{s:o, s:o, s:s}", "hz", integer(v->shown.hz),
			 "error_hz", known(v->shown.from == RATE_FROM_FIT,
					   v->shown.error_hz),
			 "from", from[v->shown.from]);
}

/* In the unit that is shown: what is not whole there is a decimal */
static json_t *length_of(const struct view *v, uint64_t length)
{
	u128 ns;

	if (!v->shown.converted)
		return integer(length);
	ns = unit_to_ns(&v->shown, length);
	return v->shown.decimals ?
	       json_real(decimal_real(ns, v->shown.decimals)) : integer(ns);
}

static json_t *filters_of(const struct view *v)
{
	const struct filter_options *opt = &v->opt->filter;

	return json_pack("{s:o, s:o, s:o, s:o*, s:o, s:o, s:o, s:o, s:o}",
		"reasons", reasons_of(opt), "vms", numbers_of(&opt->vms),
		"vcpus", numbers_of(&opt->vcpus), "threads", opt->threads.nr ?
			numbers_of(&opt->threads) : NULL,
		"cpus", numbers_of(&opt->cpus),
		"longer_than", opt->has_longer_than ?
			length_of(v, v->longer_than) : json_null(),
		"from_ns", known(opt->from.given, v->from_ns),
		"to_ns", known(opt->to.given, v->to_ns),
		"span_ns", known(v->has_span, v->window_ns));
}

static json_t *losses_of(const struct view *v)
{
	const struct losses *l = &v->losses;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o*}",
		"exits_before", known(v->stamped && !l->unread, v->before),
		"exits_lost", known(v->stamped && !l->unread, v->lost),
		"round_trips_unused", known(!v->stamped, v->unused),
		"events", integer(l->lost_events),
		"uncounted_places", integer(l->lost_uncounted),
		"dropped_events", integer(v->info->dropped_events),
		"damaged_bytes", integer((u128)l->damaged_bytes +
					 l->bad_chunks_bytes),
		"cut_bytes", integer(v->info->missing_bytes),
		"unread_bytes", integer(l->unread),
		"lacking_events", v->lacking ? integer(v->lacking) : NULL);
}

static json_t *details_of(const struct view *v)
{
	return json_pack("{s:o, s:o, s:o}",
		"exits_unknown", integer(v->unknown),
		"exits_other", integer(v->no_room),
		"events_unattached", integer(v->unattached));
}

struct json {
	const struct view *v;
	FILE *out;
	const struct column *list[COLUMNS_MAX];
	unsigned int nr;
	uint64_t rows;			/* that were written */
};

/* [lowest, highest, exits] of each bin that has any */
static json_t *histogram_of(const struct view *v, const struct group *g)
{
	const unsigned int bins = v->opt->bins ? v->opt->bins : 1;
	uint64_t low = 0, high = 0, n;
	json_t *list = json_array();

	for (;; low = high + 1) {
		high = histogram_bin_high(low, bins);
		n = histogram_bin_count(&g->histogram, low, high);
		if (n && json_array_append_new(list, json_pack("[o, o, o]",
				integer(low), integer(high), integer(n))) < 0) {
			json_decref(list);
			return NULL;
		}
		if (high == UINT64_MAX)
			return list;
	}
}

/* Of which report it is stands before all its rows. */
static json_t *row_of(const struct json *j, const struct group *g, bool labels)
{
	json_t *o = json_object();
	char buf[COLUMN_TEXT_MAX];
	struct value value;
	unsigned int i;

	for (i = 0; i < j->nr; i++) {
		if ((j->list[i]->flags & COLUMN_LABEL) &&
		    (!labels || j->list[i]->by == BY_REPORT))
			continue;
		columns_get(j->v, j->list[i], g, &value);
		if (json_object_set_new(o, columns_name(j->v, j->list[i]->key,
							buf),
					json_of_value(&value)) < 0) {
			json_decref(o);
			return NULL;
		}
	}
	if (j->v->opt->histogram &&
	    json_object_set_new(o, "histogram", histogram_of(j->v, g)) < 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

/* Write @value and free it.  @before goes before it. */
static int put(const struct json *j, const char *before, json_t *value)
{
	int ret;

	fputs(before, j->out);
	ret = json_dumpf(value, j->out, JSON_REAL_FLAGS | JSON_ENCODE_ANY);
	json_decref(value);
	return ret;
}

static int put_group(void *arg, const struct view *v, const struct group *g)
{
	struct json *j = arg;

	(void)v;
	return put(j, j->rows++ ? ",\n  " : "\n  ", row_of(j, g, true));
}

static int put_groups(struct json *j)
{
	int ret;

	fputs(",\n \"groups\": [", j->out);
	ret = view_for_groups(j->v, put_group, j);
	fputs("]", j->out);
	return ret;
}

/* {"block": "proven", "epoch": 1, ..., "total": {...}, "reasons": [...]} */
static int put_report(const struct json *j)
{
	const struct view *v = j->v;
	struct value value;
	unsigned int i;
	size_t line;

	fputs(v->report.index ? ",\n  " : "\n  ", j->out);
	for (i = 0; i < j->nr; i++) {
		if (j->list[i]->by != BY_REPORT)
			continue;
		columns_get(v, j->list[i], &v->total, &value);
		fprintf(j->out, "%s\"%s\": ", i ? ", " : "{", j->list[i]->key);
		if (put(j, "", json_of_value(&value)) < 0)
			return -1;
	}
	if (put(j, ",\n   \"total\": ", row_of(j, &v->total, false)) < 0)
		return -1;
	fputs(",\n   \"reasons\": [", j->out);
	for (line = 0; line < v->nr_shown; line++)
		if (put(j, line ? ",\n    " : "\n    ",
			row_of(j, v->sorted[line], true)) < 0)
			return -1;
	fputs("]}", j->out);
	return 0;
}

static struct json json_of(const struct view *v, FILE *out)
{
	struct json j = { .v = v, .out = out };

	j.nr = columns_select(v, true, j.list);
	return j;
}

static const char *subject_name(enum view_subject subject)
{
	static const char *const names[] = {
		[VIEW_OF_EXITS] = "exits", [VIEW_OF_TIME] = "time",
		[VIEW_OF_LIST] = "list", [VIEW_OF_REPORTS] = "reports",
	};

	return names[subject];
}

static int begin(const struct view *v, FILE *out)
{
	const struct json j = json_of(v, out);

	if (put(&j, "{\"format\": ", json_integer(FORMAT_VERSION)) < 0 ||
	    put(&j, ",\n \"view\": ",
		json_string(subject_name(v->opt->subject))) < 0 ||
	    put(&j, ",\n \"recording\": ", recording_of(v)) < 0 ||
	    (v->left_out &&
	     put(&j, ",\n \"inputs_left_out\": ", integer(v->left_out)) < 0) ||
	    (v->nr_sources &&
	     put(&j, ",\n \"recordings\": ", sources_of(v)) < 0) ||
	    (v->chosen && put(&j, ",\n \"filters\": ", filters_of(v)) < 0) ||
	    put(&j, ",\n \"losses\": ", losses_of(v)) < 0 ||
	    (v->detailed && put(&j, ",\n \"details\": ", details_of(v)) < 0) ||
	    put(&j, ",\n \"unit\": ", json_string(columns_unit(v))) < 0 ||
	    (v->shown.from && put(&j, ",\n \"tsc\": ", rate_of(v)) < 0))
		return -1;
	if (v->opt->of && put(&j, ",\n \"of\": ",
			      json_string(stats_of_name(v->opt->of))) < 0)
		return -1;
	if (v->opt->subject == VIEW_OF_REPORTS)
		fputs(",\n \"blocks\": [", out);
	return ferror(out) ? -1 : 0;
}

static int put_block(const struct view *v, FILE *out)
{
	struct json j = json_of(v, out);
	int ret;

	if (v->opt->subject == VIEW_OF_REPORTS)
		return put_report(&j);
	if (put(&j, ",\n \"by\": ", by_of(v)) < 0)
		return -1;
	ret = put_groups(&j);
	if (ret)
		return ret;
	if (put(&j, ",\n \"groups_not_shown\": ", integer(v->nr_more)) < 0 ||
	    put(&j, ",\n \"more\": ", v->nr_more ? row_of(&j, &v->more, false) :
						   json_null()) < 0 ||
	    put(&j, ",\n \"total\": ", row_of(&j, &v->total, false)) < 0)
		return -1;
	return ferror(out) ? -1 : 0;
}

static int end(const struct view *v, FILE *out)
{
	fputs(v->opt->subject == VIEW_OF_REPORTS ? "]}\n" : "}\n", out);
	return ferror(out) ? -1 : 0;
}

/*
 * One object a line: what the rows of CSV have, those that say what is missing, too.
 */
static int put_line(const struct json *j, const char *kind, json_t *o)
{
	if (!o || json_object_set_new(o, "row", json_string(kind)) < 0) {
		json_decref(o);
		return -1;
	}
	return put(j, "", o) < 0 || putc('\n', j->out) == EOF ? -1 : 0;
}

static int put_group_line(void *arg, const struct view *v, const struct group *g)
{
	(void)v;
	return put_line(arg, "group", row_of(arg, g, true));
}

static int put_lines(const struct view *v, FILE *out)
{
	struct json j = json_of(v, out);
	const int ret = view_for_groups(v, put_group_line, &j);

	if (ret)
		return ret;
	if (v->nr_more && put_line(&j, "more", row_of(&j, &v->more, false)) < 0)
		return -1;
	return put_line(&j, "total", row_of(&j, &v->total, false));
}

static int put_missing_line(const struct json *j, const char *kind, uint64_t exits)
{
	return put_line(j, kind, json_pack("{s:o}", "exits",
					   known(!j->v->losses.unread, exits)));
}

static int end_lines(const struct view *v, FILE *out)
{
	const struct json j = json_of(v, out);

	if (v->stamped ? put_missing_line(&j, "before", v->before) < 0 ||
			 put_missing_line(&j, "lost", v->lost) < 0 :
			 put_missing_line(&j, "unused", v->unused) < 0)
		return -1;
	return v->lacking ? put_missing_line(&j, "lacking_events", v->lacking) : 0;
}

const struct format format_jsonl = { NULL, put_lines, end_lines };

const struct format format_json = { begin, put_block, end };
