// SPDX-License-Identifier: GPL-2.0
#include "result/one.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "event/clock.h"

void one_release(struct one *o)
{
	free(o->events);
	memset(o, 0, sizeof(*o));
}

void one_name(struct one_exit *x, const struct reasons *reasons,
	      const struct group_key *key)
{
	const struct reason *r = reasons_named(reasons, key->isa, key->code);
	const struct detail *d = &key->detail;
	char isa[ISA_NAME_MAX];

	if (r)
		snprintf(x->reason, sizeof(x->reason), "%s %s",
			 isa_name(isa, key->isa), r->name);
	else
		snprintf(x->reason, sizeof(x->reason), "%s 0x%" PRIx64,
			 isa_name(isa, key->isa), key->code);
	x->has_rip = key->rip_is == RIP_KNOWN;
	x->rip = key->rip;
	*x->detail = '\0';
	if (d->kind != DETAIL_NONE || d->flags)
		detail_text(d, x->detail);
}

struct one_event *one_add_event(struct one *o, bool *failed)
{
	*failed = false;
	if (o->nr == ONE_EVENTS_MAX) {
		o->more++;
		return NULL;
	}
	if (array_room(o->events, o->nr, o->allocated, "events of an exit") < 0) {
		*failed = true;
		return NULL;
	}
	return &o->events[o->nr++];
}

bool one_ns(const struct one *o, uint64_t ts, uint64_t *ns)
{
	return clock_to_ns(o->info, ts > o->first_ts ? ts - o->first_ts : 0, ns);
}

uint64_t one_gap(const struct one *o, uint64_t from, uint64_t to)
{
	const uint64_t units = to > from ? to - from : 0;
	uint64_t ns;

	return clock_to_ns(o->info, units, &ns) ? ns : units;
}

const char *one_clock_unit(const struct one *o)
{
	const struct clock *clock = clock_of(o->info);
	uint64_t ns;

	if (clock_to_ns(o->info, 0, &ns))
		return "ns";
	return clock && clock->unit ? clock->unit : "ticks";
}
