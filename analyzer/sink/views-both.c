// SPDX-License-Identifier: GPL-2.0
#include "sink/views-both.h"

#include <stdlib.h>

#include "base/array.h"
#include "base/diag.h"
#include "base/error.h"

static int add_head(struct both *b, const struct both_head *head)
{
	if (!b->later)
		return 0;
	if (array_room(b->heads, b->nr, b->allocated, "vCPUs") < 0)
		return -1;
	b->heads[b->nr++] = *head;
	return 0;
}

int both_begin_entry(struct views *s, const struct event_entry *e)
{
	const struct both_head head = { .is_entry = true, .entry = *e };

	if (!e->tsc || timeline_find(&s->timeline, e->vm, e->vcpu_id)) {
		s->both->odd = true;
		return 0;
	}
	return add_head(s->both, &head) < 0 ? -1 : timeline_stamped_entry(&s->timeline, e);
}

int both_begin_exit(struct views *s, const struct event_exit *e)
{
	const struct both_head head = { .exit = *e };

	if (!e->tsc || timeline_find(&s->timeline, e->vm, e->vcpu_id)) {
		s->both->odd = true;
		return 0;
	}
	return add_head(s->both, &head) < 0 ? -1 : timeline_stamped_exit(&s->timeline, e);
}

static void hear(void *user, enum diag_kind kind, const char *line, const char *text)
{
	(void)kind;
	(void)line;
	(void)text;
	__atomic_store_n((bool *)user, true, __ATOMIC_RELAXED);
}

int both_listen(struct views *s, int (*read)(struct views *s))
{
	bool heard = false;
	const struct diag listening = { .say = hear, .user = &heard };
	const struct diag *before = diag_set(&listening);
	int ret = read(s);

	diag_set(before);
	s->both->odd |= heard || s->timeline.backwards;
	return ret;
}

int both_begin_slice(struct views *s)
{
	s->both = calloc(1, sizeof(*s->both));
	if (!s->both)
		return error("out of memory: vCPUs");
	s->both->later = true;
	return 0;
}

void both_end_slice(struct views *s)
{
	timeline_release(&s->timeline);
	if (s->both)
		free(s->both->heads);
	free(s->both);
	s->both = NULL;
}

/* What the slice has of the vCPU of @head, behind that event */
static void join_vcpu(struct timeline *to, const struct timeline_vcpu *from)
{
	struct timeline_vcpu *v = timeline_find(to, from->vm, from->vcpu);
	unsigned int i;

	for (i = 0; i < TIMES_PARTS; i++)
		v->part[i] += from->part[i];
	v->last = from->last;
	v->state = from->state;
}

static int join_head(struct views *s, struct timeline *from, const struct both_head *head)
{
	const uint32_t vm = head->is_entry ? head->entry.vm : head->exit.vm;
	const uint32_t vcpu = head->is_entry ? head->entry.vcpu_id : head->exit.vcpu_id;
	int ret = head->is_entry ? both_charge_entry(s, &head->entry) :
				   both_charge_exit(s, &head->exit);

	if (!ret && !s->both->odd)
		join_vcpu(&s->timeline, timeline_find(from, vm, vcpu));
	return ret;
}

int both_join(struct views *s, const struct views *next)
{
	struct timeline *from = (struct timeline *)&next->timeline;
	size_t i;

	s->both->odd |= next->both->odd;
	for (i = 0; i < next->both->nr && !s->both->odd; i++)
		if (join_head(s, from, &next->both->heads[i]) < 0)
			return -1;
	return 0;
}
