// SPDX-License-Identifier: GPL-2.0
/* One exit as one JSON document: docs/schema-show.json describes it. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "output/json-private.h"
#include "output/one.h"

#define FORMAT_VERSION	1

static json_t *number(bool known, uint64_t v)
{
	const struct value value = { .type = known ? VALUE_INTEGER : VALUE_NONE,
				     .integer = v };

	return json_of_value(&value);
}

static json_t *text(const char *s)
{
	return *s ? json_string(s) : json_null();
}

static json_t *since_first(const struct one *o, bool known, uint64_t ts)
{
	uint64_t ns;

	return known && one_ns(o, ts, &ns) ? number(true, ns) : json_null();
}

static json_t *rip_of(const struct one_exit *x)
{
	char buf[24];

	snprintf(buf, sizeof(buf), "0x%" PRIx64, x->rip);
	return x->has_rip ? json_string(buf) : json_null();
}

/* @before: when the exit before it ended */
static json_t *exit_of(const struct one *o, const struct one_exit *x,
		       const uint64_t *before)
{
	const bool timed = x->has_end, stamped = x->has_number;
	const struct stats_sample *s = &x->sample;
	const bool ran = before && x->has_begin;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"epoch", number(stamped, x->epoch), "report", number(stamped, x->report),
		"number", number(stamped, x->seq),
		"begin_ns", since_first(o, x->has_begin, x->begin),
		"end_ns", since_first(o, true, x->end),
		"later", number(ran, ran ? one_gap(o, *before, x->begin) : 0),
		"cpu", number(true, x->cpu), "reason", text(x->reason),
		"rip", rip_of(x), "detail", text(x->detail),
		"length", number(timed, s->cycles), "user", number(stamped, s->user),
		"halted", number(stamped, s->halted),
		"off_cpu", number(stamped, s->off_cpu),
		"traced", number(stamped, x->traced),
		"backwards", json_boolean(s->backwards));
}

static json_t *fields_of(const struct fields *f)
{
	json_t *o = json_object(), *value;
	const struct field *field;
	unsigned int i;

	for (i = 0; i < f->nr; i++) {
		field = &f->list[i];
		if (field->is_text)
			value = json_string(field->text);
		else if (field->is_signed)
			value = json_integer((int64_t)field->value);
		else
			value = number(true, field->value);
		if (json_object_set_new(o, field->name, value) < 0) {
			json_decref(o);
			return NULL;
		}
	}
	return o;
}

static json_t *event_of(const struct one *o, const struct one_event *e,
			const uint64_t *before)
{
	return json_pack("{s:o, s:o, s:o, s:s, s:o}",
		"time_ns", since_first(o, true, e->ts),
		"later", number(before, before ? one_gap(o, *before, e->ts) : 0),
		"cpu", number(true, e->cpu), "event", e->fields.event,
		"fields", fields_of(&e->fields));
}

/* Append @item, which may be NULL as memory is short. */
static int append(json_t *list, json_t *item)
{
	return item ? json_array_append_new(list, item) : -1;
}

static json_t *events_of(const struct one *o, const uint64_t *before)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < o->nr; i++) {
		if (append(list, event_of(o, &o->events[i], before)) < 0) {
			json_decref(list);
			return NULL;
		}
		before = &o->events[i].ts;
	}
	return list;
}

static json_t *exits_of(const struct one *o, const struct one_exit *list,
			unsigned int nr, const uint64_t *before)
{
	json_t *all = json_array();
	unsigned int i;

	for (i = 0; i < nr; i++) {
		if (append(all, exit_of(o, &list[i], before)) < 0) {
			json_decref(all);
			return NULL;
		}
		before = &list[i].end;
	}
	return all;
}

static json_t *path_of(const struct one *o)
{
	char buf[4 * 4096];

	escape_text(buf, sizeof(buf), o->info->path, strlen(o->info->path));
	return json_string(buf);
}

int one_print_json(const struct one *o, FILE *out)
{
	const uint64_t *last = o->has_last ? &o->last : NULL;
	const uint64_t *before = o->nr_before ? &o->before[o->nr_before - 1].end : last;
	json_t *all;
	int ret;

	all = json_pack("{s:i, s:s, s:{s:o, s:o*, s:b}, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o, s:o, s:o}",
		"format", FORMAT_VERSION, "view", "exit",
		"recording", "path", path_of(o), "path_hex", json_path_hex(o->info->path),
		"stamped", o->stamped,
		"unit", o->unit, "clock_unit", one_clock_unit(o),
		"vm", number(o->has_vm, o->vm), "vm_name", text(o->vm_name),
		"vcpu", number(o->has_vcpu, o->vcpu),
		"thread", number(true, o->thread), "thread_name", text(o->thread_name),
		"exit", exit_of(o, &o->exit, before),
		"events_not_shown", number(true, o->more),
		"events_lost", o->gap,
		"events", events_of(o, before),
		"before", exits_of(o, o->before, o->nr_before, last),
		"after", exits_of(o, o->after, o->nr_after, &o->exit.end));
	if (!all)
		return error("out of memory: JSON");
	ret = json_dumpf(all, out, JSON_INDENT(1));
	json_decref(all);
	putc('\n', out);
	return ret < 0 || ferror(out) ? -1 : 0;
}
