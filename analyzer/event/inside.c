// SPDX-License-Identifier: GPL-2.0
#include "event/inside.h"

#include <string.h>

/* So that a field that is not there can be read, too: it has what comes first. */
static void let_read(struct parse_event *e)
{
	if (e->min_len < 8)
		e->min_len = 8;
}

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
	let_read(&in->exit.event);
	for (nr = 0; nr < MACHINE_FIELDS; nr++)
		if (parse_has(in->exit.fields[nr])) {
			in->exit_has |= 1u << nr;
			in->exit_mask[nr] = UINT64_MAX;
		}
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
	if (parse_lookup(in->p, src, in->p->machine->system, def->name, &e->event,
			 wanted, nr) < 0)
		return -1;
	let_read(&e->event);
	return 0;
}

int inside_init(struct inside *in, const struct parse *p,
		const struct source *src)
{
	const uint64_t none[MACHINE_FIELDS] = { 0 };
	const struct machine_event *def;
	struct inside_event *e;
	struct detail made;
	unsigned int i;

	memset(in, 0, sizeof(*in));
	in->p = p;
	in->level = LEVEL_UNKNOWN;
	if (lookup_exit(in, src) < 0)
		return -1;
	for (i = 0; i < p->machine->nr_inside; i++) {
		def = &p->machine->inside[i];
		e = &in->events[i + 1];
		if (lookup(in, src, def, e) < 0)
			return -1;
		def->make(none, &made);
		e->kind = made.kind;
		if (!e->event.present)
			continue;
		in->index[e->event.id] = i + 1;
		if (e->kind == DETAIL_NESTED)
			in->level = LEVEL_L1;
	}
	return 0;
}

_Static_assert(MACHINE_FIELDS == 5, "what the next two decode");

/* A field that the event does not have is any number, and make() ignores it. */
void inside_decode_event(const struct inside *in, unsigned int index,
			 const uint8_t *data, struct detail *d)
{
	const struct parse_field *f = in->events[index].fields;
	const uint64_t v[MACHINE_FIELDS] = {
		parse_get(data, f[0]), parse_get(data, f[1]),
		parse_get(data, f[2]), parse_get(data, f[3]),
		parse_get(data, f[4]),
	};

	in->p->machine->inside[index - 1].make(v, d);
}

/* Field @i of a kvm_exit; 0 if there is none */
static uint64_t get_field(const struct inside *in, const uint8_t *data,
			  unsigned int i)
{
	return parse_get(data, in->exit.fields[i]) & in->exit_mask[i];
}

void inside_decode_exit(const struct inside *in, const uint8_t *data,
			uint32_t isa, uint64_t code, uint64_t *rip,
			struct detail *d)
{
	const uint64_t v[MACHINE_FIELDS] = {
		get_field(in, data, 0), get_field(in, data, 1),
		get_field(in, data, 2), get_field(in, data, 3),
		get_field(in, data, 4),
	};

	*rip = v[0];
	in->p->machine->exit_detail(isa, code, parse_exit_reason(in->p, data), v,
				    in->exit_has, d);
}
