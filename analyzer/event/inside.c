// SPDX-License-Identifier: GPL-2.0
#include "event/inside.h"

#include <string.h>

static int lookup_exit(struct inside *in, const struct source *src)
{
	const struct machine *m = in->p->machine;
	struct parse_wanted wanted[MACHINE_FIELDS] = { 0 };
	unsigned int nr = 0;

	for (; nr < MACHINE_FIELDS && m->exit_fields[nr].name; nr++)
		wanted[nr] = (struct parse_wanted){
			.field = &in->exit.fields[nr],
			.name = m->exit_fields[nr].name,
			.optional = m->exit_fields[nr].optional,
		};
	if (parse_lookup(in->p, src, m->system, m->exit, &in->exit.event,
			 wanted, nr) < 0)
		return -1;
	for (nr = 0; nr < MACHINE_FIELDS; nr++)
		if (parse_has(in->exit.fields[nr]))
			in->exit_has |= 1u << nr;
	return 0;
}

static int lookup(const struct inside *in, const struct source *src,
		  const struct machine_event *def, struct inside_event *e)
{
	struct parse_wanted wanted[MACHINE_FIELDS] = { 0 };
	unsigned int nr = 0;

	for (; nr < MACHINE_FIELDS && def->fields[nr]; nr++) {
		wanted[nr].field = &e->fields[nr];
		wanted[nr].name = def->fields[nr];
	}
	wanted[0].older = def->older;
	return parse_lookup(in->p, src, in->p->machine->system, def->name,
			    &e->event, wanted, nr);
}

int inside_init(struct inside *in, const struct parse *p,
		const struct source *src)
{
	unsigned int i;

	memset(in, 0, sizeof(*in));
	in->p = p;
	if (lookup_exit(in, src) < 0)
		return -1;
	for (i = 0; i < p->machine->nr_inside; i++) {
		if (lookup(in, src, &p->machine->inside[i],
			   &in->events[i]) < 0)
			return -1;
		if (in->events[i].event.present)
			in->index[in->events[i].event.id] = i + 1;
	}
	return 0;
}

bool inside_event(const struct inside *in, const struct subbuf_record *rec,
		  struct detail *d)
{
	unsigned int i = in->index[subbuf_event_id(rec)], j;
	const struct machine_event *def;
	const struct inside_event *e;
	uint64_t v[MACHINE_FIELDS];

	if (!i)
		return false;
	e = &in->events[--i];
	def = &in->p->machine->inside[i];
	if (rec->len < e->event.min_len)
		return false;
	for (j = 0; j < MACHINE_FIELDS && def->fields[j]; j++)
		v[j] = parse_get(rec->data, e->fields[j]);
	*d = def->make(v);
	return true;
}

bool inside_exit(const struct inside *in, const struct subbuf_record *rec,
		 uint32_t isa, uint64_t code, uint64_t *rip, struct detail *d)
{
	const struct parse_field *f = in->exit.fields;
	uint64_t v[MACHINE_FIELDS];
	unsigned int i;

	if (rec->len < in->exit.event.min_len)
		return false;
	for (i = 0; i < MACHINE_FIELDS; i++)
		v[i] = in->exit_has & 1u << i ? parse_get(rec->data, f[i]) : 0;
	*rip = v[0];
	*d = in->p->machine->exit_detail(isa, code,
					 parse_exit_reason(in->p, rec), v,
					 in->exit_has);
	return true;
}
