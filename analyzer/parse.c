// SPDX-License-Identifier: GPL-2.0
#include "parse.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <traceevent/event-parse.h>

#include "base/error.h"
#include "event/symbols.h"
#include "source/swap.h"

/*
 * What is parsed of a format, at the most.  libtraceevent takes time that grows
 * with the square of the words of a line, and some 200 bytes for each field.  The
 * longest formats of kernels have some 100 KB, nearly all of it in the print
 * format, which libtraceevent is not given.
 */
#define FORMAT_BYTES_MAX	(1u << 20)
#define FORMAT_FIELDS_MAX	256u
#define FIELD_WORDS_MAX		16u
#define FIELD_BYTES_MAX		256u	/* of its line: also of its name */

/* Another event that is a kvm_entry */
#define LOAD_AGAIN	PARSE_KINDS
#define LOADED		(PARSE_KINDS + 1)

/* What is alive only while formats are parsed. */
struct loader {
	struct parse *p;
	const char *path, *record_command;
	struct tep_handle *tep;
	/* By enum parse_kind, and LOAD_AGAIN */
	struct tep_event *events[LOADED];
	struct source_format formats[LOADED];
	const char *names[LOADED];	/* of the machine's events, or NULL */
};

/*
 * One line of events/header_page, such as
 * "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;".
 */
static bool header_field(const char *text, const char *name,
			 unsigned int *offset, unsigned int *size)
{
	const char *line = strstr(text, name);

	return line && sscanf(line + strlen(name), " offset:%u; size:%u;",
			      offset, size) == 2;
}

static int load_header_page(struct parse *p, const struct recording *info)
{
	unsigned int commit, commit_bytes, data, data_bytes;
	char text[1024];
	size_t len = info->header_page_len;

	if (len >= sizeof(text))
		len = sizeof(text) - 1;
	memcpy(text, info->header_page, len);
	text[len] = '\0';
	if (!header_field(text, " commit;", &commit, &commit_bytes))
		return error("bad header_page: %s: no field commit", info->path);
	if (!header_field(text, " data;", &data, &data_bytes))
		return error("bad header_page: %s: no field data", info->path);
	/*
	 * The text is the top buffer's.  Each instance has sub-buffers of a
	 * size of its own; what version 7 calls its page size is that.
	 */
	if (info->instance && info->version == 7 &&
	    info->buffer_page_size > data)
		data_bytes = info->buffer_page_size - data;
	return subbuf_format_init(&p->subbuf, commit, commit_bytes, data,
				  data_bytes);
}

static unsigned int format_index(const struct loader *l,
				 const struct source_format *format)
{
	unsigned int i;

	for (i = PARSE_ENTRY; i < LOADED; i++)
		if (l->names[i] && machine_format_is(format,
						     l->p->machine->system,
						     l->names[i]))
			return i;
	return PARSE_OTHER;
}

/* A word of a declaration; those that libtraceevent treats apart are none. */
static size_t word_len(const char *text, const char *end)
{
	const char *p = text;

	if (p == end || isdigit((unsigned char)*p))
		return 0;
	if (end - p > 2 && p[0] == '_' && p[1] == '_' && p[2] != 'u' &&
	    p[2] != 's')
		return 0;
	while (p < end && (isalnum((unsigned char)*p) || *p == '_'))
		p++;
	return p - text;
}

/*
 * The line of an integer field: "\tfield:u64 seq;\toffset:72;\tsize:8;
 * \tsigned:0;", with two words at least before the first semicolon.  A line
 * beyond the bounds is none, as that of a string or an array.
 */
static bool integer_field(const char *line, size_t len, unsigned int *offset,
			  unsigned int *size)
{
	static const char prefix[] = "\tfield:";
	const char *end = line + len, *p = line + sizeof(prefix) - 1;
	unsigned int words = 0, is_signed;
	char numbers[64];
	size_t n;
	int used = 0;

	if (len < sizeof(prefix) || len > FIELD_BYTES_MAX ||
	    memcmp(line, prefix, sizeof(prefix) - 1))
		return false;
	for (; (n = word_len(p, end)); p++, words++) {
		p += n;
		if (p == end || *p != ' ')
			break;
	}
	if (!n || !words || words >= FIELD_WORDS_MAX || p == end || *p != ';' ||
	    (size_t)(end - p) >= sizeof(numbers))
		return false;
	n = end - p;
	memcpy(numbers, p, n);
	numbers[n] = '\0';
	return sscanf(numbers, "; offset:%5u; size:%5u; signed:%1u;%n", offset,
		      size, &is_signed, &used) == 3 && (size_t)used == n;
}

/* A line and its length without the newline; NULL at the end */
static const char *next_line(const char *text, const char *end, size_t *len)
{
	const char *newline;

	if (text == end)
		return NULL;
	newline = memchr(text, '\n', end - text);
	*len = (newline ? newline : end) - text;
	return text;
}

/*
 * What of @format libtraceevent is given: the id and the integer fields, in the
 * plain form that kernels print.  It crashes on others.  Return how many bytes
 * that is; *@fields is how many fields there are.
 */
static size_t copy_fields(const struct source_format *format, char *to,
			  const char *name, unsigned int *fields)
{
	const char *line = format->text, *end;
	size_t len, used = sprintf(to, "name: %s\n", name);
	unsigned int offset, size;

	*fields = 0;
	end = line + symbols_fields_len(format->text, format->len);
	for (; (line = next_line(line, end, &len));
	     line += len + (line + len < end)) {
		bool is_field = integer_field(line, len, &offset, &size);

		*fields += is_field;
		if (is_field ||
		    (len > 4 && len < 12 && !memcmp(line, "ID: ", 4) &&
		     strspn(line + 4, "0123456789") == len - 4) ||
		    !len || (len == 7 && !memcmp(line, "format:", 7))) {
			memcpy(to + used, line, len);
			used += len;
			to[used++] = '\n';
		}
	}
	return used + sprintf(to + used, "print fmt: \"\"\n");
}

static bool in_bounds(const char *path, const struct source_format *format,
		      const char *name, const char *what, size_t nr, size_t max)
{
	if (nr <= max)
		return true;
	error("bad event format: %s: %s:%s has %zu %s, allowed are %zu", path,
	      format->system, name, nr, what, max);
	return false;
}

/*
 * libtraceevent keeps what it is parsing in variables of its own: see
 * is_flag_field in its event-parse.c.  So one thread at a time.
 */
static void parse_event(struct tep_handle *tep, const char *text, size_t len,
			const char *system)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	tep_parse_event(tep, text, len, system);
	pthread_mutex_unlock(&lock);
}

/*
 * Let libtraceevent parse the fields (for the print format see symbols.h).
 * Whether that succeeded is seen by what is there afterwards.
 */
static struct tep_event *parse_fields(struct tep_handle *tep, const char *path,
				      const struct source_format *format,
				      const char *name)
{
	struct tep_event *event;
	unsigned int fields;
	char *text;
	size_t len;

	if (!in_bounds(path, format, name, "bytes", format->len,
		       FORMAT_BYTES_MAX))
		return NULL;
	/* Lines are copied or dropped; one newline may come to it. */
	text = malloc(format->len + 128);
	if (!text) {
		error("out of memory: event format of %zu bytes", format->len);
		return NULL;
	}
	len = copy_fields(format, text, name, &fields);
	if (fields <= FORMAT_FIELDS_MAX)
		parse_event(tep, text, len, format->system);
	free(text);
	if (!in_bounds(path, format, name, "fields", fields, FORMAT_FIELDS_MAX))
		return NULL;
	event = tep_find_event_by_name(tep, format->system, name);
	if (!event)
		error("bad event format: %s: %s:%s cannot be parsed", path,
		      format->system, name);
	else if (event->id > 0 && event->id <= 65535)
		return event;
	else
		error("bad event format: %s: %s:%s has id %d, allowed are 1 to 65535",
		      path, format->system, name, event->id);
	return NULL;
}

static int load_format(struct loader *l, const struct source_format *format)
{
	unsigned int i = format_index(l, format);
	struct tep_event *event;

	if (i == PARSE_OTHER || l->events[i])
		return 0;
	event = parse_fields(l->tep, l->path, format, l->names[i]);
	if (!event)
		return -1;
	l->events[i] = event;
	l->formats[i] = *format;
	l->p->present[i == LOAD_AGAIN ? PARSE_ENTRY : i] = true;
	return 0;
}

static struct tep_format_field *find_one(struct tep_event *event,
					 const char *name)
{
	struct tep_format_field *field = tep_find_field(event, name);

	return field ? field : tep_find_common_field(event, name);
}

static struct tep_format_field *find_field(struct tep_event *event,
					   const struct parse_wanted *w)
{
	struct tep_format_field *field = find_one(event, w->name);

	return field || !w->older ? field : find_one(event, w->older);
}

/* Fill in @w, and let *@min_len be no less than it takes. */
static int lookup_field(const char *path, struct tep_event *event,
			const struct parse_wanted *w, uint32_t *min_len)
{
	struct tep_format_field *f = find_field(event, w);
	uint32_t end;

	if (!f && w->optional)
		return 0;
	if (!f)
		return error("bad event format: %s: %s:%s has no field %s",
			     path, event->system, event->name, w->name);
	if (f->size != 1 && f->size != 2 && f->size != 4 && f->size != 8)
		return error("bad event format: %s: field %s of %s:%s has %d bytes, allowed are 1, 2, 4, 8",
			     path, w->name, event->system, event->name, f->size);
	if (f->offset < 0 || f->offset > 65535 - 8 || f->offset + f->size < 8)
		return error("bad event format: %s: field %s of %s:%s is at %d",
			     path, w->name, event->system, event->name,
			     f->offset);
	end = f->offset + f->size;
	w->field->load = end - 8;
	w->field->shift = 64 - 8 * f->size;
	if (end > *min_len)
		*min_len = end;
	return 0;
}

static int load_field(struct loader *l, enum parse_kind kind,
		      const struct parse_wanted *w)
{
	return lookup_field(l->path, l->events[kind], w, &l->p->min_len[kind]);
}

static int load_fields(struct loader *l, enum parse_kind kind,
		       const struct parse_wanted *w, unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (load_field(l, kind, &w[i]) < 0)
			return -1;
	return 0;
}

#define LOAD_FIELDS(l, kind, w) \
	load_fields(l, kind, w, sizeof(w) / sizeof((w)[0]))

static int load_entry(struct loader *l)
{
	struct parse_layout *p = &l->p->layout;
	const struct parse_wanted fields[] = {
		{ &p->entry.vcpu_id, "vcpu_id" }, { &p->entry.tsc, "tsc" },
		{ &p->entry.exit_tsc, "exit_tsc" }, { &p->entry.user, "user" },
		{ &p->entry.halted, "halted" }, { &p->entry.off_cpu, "off_cpu" },
		{ &p->entry.seq, "seq" }, { &p->entry.traced, "traced" },
		{ &p->entry.epoch, "epoch" }, { &p->entry.report, "report" },
		{ &p->entry.vm, "vm" },
		{ &p->entry.exit_reason, "exit_reason" },
		{ &p->entry.isa, "isa" },
	};

	return LOAD_FIELDS(l, PARSE_ENTRY, fields);
}

/* Of a kernel without stamps: no more than which vCPU it is */
static int load_plain_entry(struct loader *l)
{
	const struct parse_wanted vcpu = {
		&l->p->layout.entry.vcpu_id, "vcpu_id", .optional = true,
	};

	return load_field(l, PARSE_ENTRY, &vcpu);
}

static int load_exit(struct loader *l)
{
	const struct machine *m = l->p->machine;
	struct parse_layout *p = &l->p->layout;
	const struct parse_wanted reason[] = {
		{ &p->exit.exit_reason, m->reason_field, m->reason_older },
	};
	const struct parse_wanted sort[] = {
		{ &p->exit.sort, m->sort_field, m->sort_older, true },
	};
	/* Kernels of about 2010 and before have no isa. */
	const struct parse_wanted isa[] = {
		{ &p->exit.isa, m->isa_field, .optional = !l->p->stamped },
		{ &p->exit.vcpu_id, "vcpu_id", .optional = !l->p->stamped },
	};
	const struct parse_wanted stamps[] = {
		{ &p->exit.tsc, "tsc" }, { &p->exit.vm, "vm" },
	};

	if (LOAD_FIELDS(l, PARSE_EXIT, reason) < 0 ||
	    (m->sort_field && LOAD_FIELDS(l, PARSE_EXIT, sort) < 0) ||
	    (m->isa_field && LOAD_FIELDS(l, PARSE_EXIT, isa) < 0))
		return -1;
	l->p->has_isa = parse_has(p->exit.isa);
	return l->p->stamped ? LOAD_FIELDS(l, PARSE_EXIT, stamps) : 0;
}

static int load_report(struct loader *l)
{
	struct parse *p = l->p;
	const struct parse_wanted fields[] = {
		{ &p->report.epoch, "epoch" }, { &p->report.report, "report" },
		{ &p->report.since, "since" },
		{ &p->report.interval, "interval" }, { &p->report.seq, "seq" },
	};

	return LOAD_FIELDS(l, PARSE_REPORT, fields);
}

static int load_stats(struct loader *l)
{
	struct parse *p = l->p;
	const struct parse_wanted fields[] = {
		{ &p->stats.epoch, "epoch" }, { &p->stats.report, "report" },
		{ &p->stats.isa, "isa" },
		{ &p->stats.exit_reason, "exit_reason" },
		{ &p->stats.kind, "kind" }, { &p->stats.exits, "exits" },
		{ &p->stats.cycles, "cycles" }, { &p->stats.min, "min" },
		{ &p->stats.max, "max" }, { &p->stats.user, "user" },
		{ &p->stats.halted, "halted" }, { &p->stats.off_cpu, "off_cpu" },
		{ &p->stats.backwards, "backwards" },
	};

	return LOAD_FIELDS(l, PARSE_STATS, fields);
}

/*
 * Every event begins with the id, and has the pid in its first 8 bytes.  It becomes
 * one of @kind.
 */
static int load_common(struct loader *l, unsigned int i, enum parse_kind kind)
{
	const struct parse_wanted pid = { &l->p->pid, "common_pid" };
	struct tep_event *event = l->events[i];
	struct tep_format_field *f;

	f = tep_find_common_field(event, "common_type");
	if (!f || f->offset != 0 || f->size != 2)
		return error("bad event format: %s: %s:%s has no common_type of 2 bytes at 0",
			     l->path, event->system, event->name);
	l->p->kind[event->id] = kind;
	return lookup_field(l->path, event, &pid, &l->p->min_len[kind]);
}

static int load_symbols(struct loader *l, enum parse_kind kind)
{
	const struct source_format *f = &l->formats[kind];

	return !f->text ? 0 : symbols_load(&l->p->reasons, l->p->machine,
					   f->text, f->len);
}

/* Of two names for one code, the first one stays: that of the recording. */
static int add_names(struct reasons *r, const struct machine *m)
{
	unsigned int i;

	for (i = 0; i < m->nr_names; i++)
		if (reasons_add(r, m->isas[0].isa, m->names[i].code,
				m->names[i].name) < 0)
			return -1;
	return 0;
}

/*
 * kvm_entry of a patched kernel has the table, kvm_exit of any other; but old
 * ones name nothing, or in a way that nobody else can follow.
 */
static int load_reasons(struct loader *l)
{
	struct reasons *r = &l->p->reasons;

	/* What a reason lacks to 64 bits is the code's own to say, but on x86. */
	if (l->p->machine->isa_field)
		r->code_max = l->p->stamped ? UINT32_MAX :
			      UINT64_MAX >> l->p->layout.exit.exit_reason.shift;
	if (load_symbols(l, PARSE_ENTRY) < 0)
		return -1;
	if (!r->nr && load_symbols(l, PARSE_EXIT) < 0)
		return -1;
	if (add_names(r, l->p->machine) < 0)
		return -1;
	l->p->named = r->nr;
	if (!r->nr && l->p->stamped)
		return error("bad event format: %s: neither kvm:kvm_entry nor kvm:kvm_exit names the exit reasons",
			     l->path);
	return reasons_finish(r);
}

static int load_event(struct loader *l, enum parse_kind kind)
{
	if (!l->events[kind])
		return 0;
	if (load_common(l, kind, kind) < 0)
		return -1;
	switch (kind) {
	case PARSE_ENTRY:
		return l->p->stamped ? load_entry(l) : load_plain_entry(l);
	case PARSE_EXIT:
		return load_exit(l);
	case PARSE_REPORT:
		return load_report(l);
	case PARSE_STATS:
		return load_stats(l);
	default:
		return 0;
	}
}

static int load_events(struct loader *l)
{
	enum parse_kind kind;

	if (!l->p->present[PARSE_ENTRY] && !l->events[PARSE_EXIT])
		return error("no kvm events in %s: record with: %s", l->path,
			     l->record_command);
	l->p->stamped = l->p->machine->isa_field && l->events[PARSE_ENTRY] &&
			(tep_find_field(l->events[PARSE_ENTRY], "exit_tsc") ||
			 tep_find_field(l->events[PARSE_ENTRY], "seq"));
	if (!l->p->stamped && !l->events[PARSE_EXIT])
		return error("no event %s in %s: record with: %s",
			     l->names[PARSE_EXIT], l->path, l->record_command);
	if (l->events[LOAD_AGAIN] && load_common(l, LOAD_AGAIN, PARSE_ENTRY) < 0)
		return -1;
	for (kind = PARSE_ENTRY; kind < PARSE_KINDS; kind++)
		if (load_event(l, kind) < 0)
			return -1;
	l->p->usual = !memcmp(&l->p->layout, &parse_usual, sizeof(parse_usual));
	return load_reasons(l);
}

/* "903"; 0 if that is no id */
static unsigned int format_id(const char *text, const char *end)
{
	unsigned int id = 0;

	for (; text < end; text++) {
		if (!isdigit((unsigned char)*text))
			return 0;
		id = id * 10 + (*text - '0');
	}
	return id <= UINT16_MAX ? id : 0;
}

/* Where all integers of @format are */
static int load_swaps_of(struct swaps *s, const struct source_format *format)
{
	const char *line = format->text, *end;
	unsigned int fields = 0, id = 0, offset, size;
	size_t len;

	end = line + symbols_fields_len(format->text, format->len);
	for (; (line = next_line(line, end, &len));
	     line += len + (line + len < end)) {
		if (!id && len > 4 && len < 12 && !memcmp(line, "ID: ", 4))
			id = format_id(line + 4, line + len);
		if (integer_field(line, len, &offset, &size) &&
		    fields++ < FORMAT_FIELDS_MAX &&
		    swaps_add(s, offset, size) < 0)
			return -1;
	}
	swaps_finish_event(s, id);
	return 0;
}

static int load_swaps(struct parse *p, const struct source *src)
{
	struct source_formats it = SOURCE_FORMATS_INIT;
	struct source_format format;

	if (!source_recording(src)->big_endian)
		return 0;
	p->swaps = swaps_alloc();
	if (!p->swaps)
		return -1;
	p->subbuf.swaps = p->swaps;
	while (source_next_format(src, &it, &format))
		if (load_swaps_of(p->swaps, &format) < 0)
			return -1;
	return 0;
}

static int load_formats(struct loader *l, const struct source *src)
{
	struct source_formats it = SOURCE_FORMATS_INIT;
	struct source_format format;

	while (source_next_format(src, &it, &format))
		if (load_format(l, &format) < 0)
			return -1;
	return load_events(l);
}

static struct tep_handle *new_tep(const struct parse *p)
{
	struct tep_handle *tep = tep_alloc();

	if (!tep) {
		error("out of memory: event formats");
		return NULL;
	}
	tep_set_long_size(tep, p->subbuf.long_bytes);
	tep_set_file_bigendian(tep, TEP_LITTLE_ENDIAN);
	return tep;
}

int parse_init(struct parse *p, const struct source *src)
{
	const struct recording *info = source_recording(src);
	struct loader l = { .p = p, .path = info->path,
			    .record_command = recording_advice(info)->exits };
	int ret;

	memset(p, 0, sizeof(*p));
	reasons_init(&p->reasons);
	p->machine = machine_of(src);
	if (!p->machine)
		return -1;
	if (!p->machine->isa_field)
		p->isa = p->machine->isas[0].isa;
	l.names[PARSE_ENTRY] = p->machine->entry;
	l.names[LOAD_AGAIN] = p->machine->again;
	l.names[PARSE_EXIT] = p->machine->exit;
	l.names[PARSE_REPORT] = "kvm_exit_report";
	l.names[PARSE_STATS] = "kvm_exit_stats";
	if (load_header_page(p, info) < 0 || load_swaps(p, src) < 0)
		return -1;
	l.tep = new_tep(p);
	if (!l.tep)
		return -1;
	ret = load_formats(&l, src);
	tep_free(l.tep);
	return ret;
}

static int lookup_fields(const char *path, struct tep_event *event,
			 struct parse_event *out,
			 const struct parse_wanted *w, unsigned int nr)
{
	unsigned int i;

	if (!event)
		return -1;
	out->present = true;
	out->id = event->id;
	for (i = 0; i < nr; i++)
		if (lookup_field(path, event, &w[i], &out->min_len) < 0)
			return -1;
	return 0;
}

int parse_lookup(const struct parse *p, const struct source *src,
		 const char *system, const char *name, struct parse_event *out,
		 const struct parse_wanted *w, unsigned int nr)
{
	struct source_formats it = SOURCE_FORMATS_INIT;
	const char *path = source_recording(src)->path;
	struct source_format format;
	struct tep_handle *tep;
	int ret;

	memset(out, 0, sizeof(*out));
	do {
		if (!source_next_format(src, &it, &format))
			return 0;
	} while (!machine_format_is(&format, system, name));
	tep = new_tep(p);
	if (!tep)
		return -1;
	ret = lookup_fields(path, parse_fields(tep, path, &format, name), out,
			    w, nr);
	tep_free(tep);
	return ret;
}

void parse_release(struct parse *p)
{
	reasons_release(&p->reasons);
	swaps_free(p->swaps);
	p->swaps = NULL;
}

uint64_t parse_machine_code(const struct parse *p, const uint8_t *data)
{
	const struct parse_field sort = p->layout.exit.sort;

	return p->machine->code(p->isa, parse_has(sort) ?
				parse_get(data, sort) : MACHINE_NO_SORT,
				parse_get(data, p->layout.exit.exit_reason));
}

void parse_report(const struct parse *p, const uint8_t *d,
		  struct event_report *e)
{
	e->epoch = parse_get(d, p->report.epoch);
	e->report = parse_get(d, p->report.report);
	e->since = parse_get(d, p->report.since);
	e->interval = parse_get(d, p->report.interval);
	e->seq = parse_get(d, p->report.seq);
}

void parse_stats(const struct parse *p, const uint8_t *d,
		 struct event_stats *e)
{
	e->epoch = parse_get(d, p->stats.epoch);
	e->report = parse_get(d, p->stats.report);
	e->isa = parse_get(d, p->stats.isa);
	e->code = x86_code(e->isa, parse_get(d, p->stats.exit_reason));
	e->kind = parse_get(d, p->stats.kind);
	e->exits = parse_get(d, p->stats.exits);
	e->cycles = parse_get(d, p->stats.cycles);
	e->min = parse_get(d, p->stats.min);
	e->max = parse_get(d, p->stats.max);
	e->user = parse_get(d, p->stats.user);
	e->halted = parse_get(d, p->stats.halted);
	e->off_cpu = parse_get(d, p->stats.off_cpu);
	e->backwards = parse_get(d, p->stats.backwards);
}
