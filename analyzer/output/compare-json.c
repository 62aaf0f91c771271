// SPDX-License-Identifier: GPL-2.0
/* A comparison as one JSON document: docs/schema-compare.json describes it. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "base/error.h"
#include "output/compare-private.h"
#include "output/json-private.h"

#define FORMAT_VERSION	1

static json_t *text(const char *s)
{
	char buf[4 * 4096];

	escape_text(buf, sizeof(buf), s, strlen(s));
	return json_string(buf);
}

static json_t *number(bool known, double v)
{
	return known && isfinite(v) ? json_real(v) : json_null();
}

/* Of a list or an object that is NULL once memory was short */

static void append(json_t **list, json_t *value)
{
	if (!*list || json_array_append_new(*list, value) == 0)
		return;
	json_decref(*list);
	*list = NULL;
}

static void set(json_t **object, const char *key, json_t *value)
{
	if (!*object || json_object_set_new(*object, key, value) == 0)
		return;
	json_decref(*object);
	*object = NULL;
}

static json_t *paths_of(const struct compare_input *in)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < in->nr; i++)
		append(&list, text(in->views[i].info->path));
	return list;
}

/* Their bytes in hex, null of those that are as they are; NULL if all of them are */
static json_t *path_bytes_of(const struct compare_input *in)
{
	json_t *list = json_array(), *hex;
	bool any = false;
	unsigned int i;

	for (i = 0; i < in->nr; i++) {
		hex = json_path_hex(in->views[i].info->path);
		any = any || hex;
		append(&list, hex ? hex : json_null());
	}
	if (any)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *side_of(const struct comparison *c, enum compare_side side)
{
	return json_pack("{s:o, s:o*, s:I, s:o}", "recordings",
			 paths_of(&c->sides[side]), "recordings_hex",
			 path_bytes_of(&c->sides[side]), "exits",
			 (json_int_t)c->exits[side], "seconds",
			 number(c->per_second, c->seconds[side]));
}

static json_t *differences_of(const struct comparison *c)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < c->nr_differences; i++)
		append(&list, text(c->differences[i]));
	return list;
}

static json_t *figure_of(const struct compare_figure *f)
{
	const bool tells = f->known || f->verdict != VERDICT_NONE;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o*}",
		"before", number(f->has[BEFORE], f->value[BEFORE]),
		"after", number(f->has[AFTER], f->value[AFTER]),
		"ratio", number(f->has_ratio, f->ratio),
		"low", number(f->known, f->low), "high", number(f->known, f->high),
		"p", number(tells, f->p),
		"p_adjusted", number(f->tested, f->adjusted),
		"change", f->tested ? json_string(compare_change(f->verdict)) :
				      json_null(),
		"halves", f->has_halves ?
			json_pack("[f, f]", f->halves[BEFORE], f->halves[AFTER]) :
			NULL);
}

static json_t *labels_of(const struct compare_row *row)
{
	const struct column *list[COLUMNS_MAX];
	json_t *o = json_object();
	struct value value;
	unsigned int nr, i;

	nr = row->group ? compare_labels(row->view, true, list) : 0;
	for (i = 0; i < nr; i++) {
		columns_get(row->view, list[i], row->group, &value);
		set(&o, list[i]->key, json_of_value(&value));
	}
	return o;
}

static json_t *row_of(const struct comparison *c, const struct compare_row *row)
{
	json_t *o = labels_of(row);
	unsigned int what;

	set(&o, "judged", json_boolean(row->judged));
	for (what = 0; what < COMPARE_FIGURES; what++)
		set(&o, compare_name(c, what), figure_of(&row->figures[what]));
	set(&o, "by_count", number(true, row->by_count));
	set(&o, "by_cost", number(true, row->by_cost));
	return o;
}

static void add_sentence(void *user, const char *sentence)
{
	append(user, text(sentence));
}

static json_t *sentences_of(const struct comparison *c)
{
	json_t *list = json_array();

	compare_tell(c, add_sentence, &list);
	return list;
}

static json_t *inference_of(const struct comparison *c)
{
	return json_pack("{s:s, s:b, s:f, s:o, s:b, s:o, s:I}",
		"evidence", compare_evidence(c), "paired", c->opt.paired,
		"min_effect", (double)c->opt.min_effect / COMPARE_EFFECT_ONE,
		"relabelings", c->evidence == EVIDENCE_NONE ? json_null() :
			json_integer(c->relabelings),
		"drawn", c->drawn,
		"lowest_p", number(c->evidence == EVIDENCE_EXACT, c->lowest_p),
		"tests", (json_int_t)c->nr_tests);
}

/* Write @value and free it.  @before goes before it. */
static int put(FILE *out, const char *before, json_t *value)
{
	int ret;

	fputs(before, out);
	ret = json_dumpf(value, out, JSON_REAL_FLAGS | JSON_ENCODE_ANY);
	json_decref(value);
	return ret;
}

static int put_rows(const struct comparison *c, FILE *out)
{
	size_t i;

	fputs(",\n \"groups\": [", out);
	for (i = 0; i < c->nr_rows; i++)
		if (put(out, i ? ",\n  " : "\n  ", row_of(c, &c->rows[i])) < 0)
			return -1;
	fputs("]", out);
	return 0;
}

int compare_print_json(const struct comparison *c, FILE *out)
{
	if (put(out, "{\"format\": ", json_integer(FORMAT_VERSION)) < 0 ||
	    put(out, ",\n \"view\": ", json_string("compare")) < 0 ||
	    put(out, ",\n \"before\": ", side_of(c, BEFORE)) < 0 ||
	    put(out, ",\n \"after\": ", side_of(c, AFTER)) < 0 ||
	    put(out, ",\n \"differences\": ", differences_of(c)) < 0 ||
	    put(out, ",\n \"unit\": ", json_string(c->unit)) < 0 ||
	    put(out, ",\n \"inference\": ", inference_of(c)) < 0 ||
	    put_rows(c, out) < 0 ||
	    put(out, ",\n \"total\": ", row_of(c, &c->total)) < 0 ||
	    put(out, ",\n \"verdict\": ",
		json_string(compare_verdict(c->verdict))) < 0 ||
	    put(out, ",\n \"sentences\": ", sentences_of(c)) < 0)
		return -1;
	fputs("}\n", out);
	return ferror(out) ? -1 : 0;
}
