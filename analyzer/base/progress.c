// SPDX-License-Identifier: GPL-2.0
#include "base/progress.h"

static void set_total(struct progress *p, uint64_t total)
{
	__atomic_store_n(&p->total, total, __ATOMIC_RELAXED);
}

void progress_begin(struct progress *p, const struct reading *reading,
		    uint64_t total)
{
	if (!p)
		return;
	p->reading = reading;
	p->running = reading;
	set_total(p, total);
	if (p->running && p->watch)
		p->watch(p->user, true);
}

void progress_expect(struct progress *p, uint64_t bytes)
{
	if (p && p->running)
		set_total(p, reading_bytes(p->reading) + bytes);
}

void progress_end(struct progress *p)
{
	if (!p || !p->running)
		return;
	p->running = false;
	if (p->watch)
		p->watch(p->user, false);
}

uint64_t progress_total(const struct progress *p)
{
	return __atomic_load_n(&p->total, __ATOMIC_RELAXED);
}
